"""Rows of the model picker: Auto, favourites and recent ones, then each server's models, the simulated one last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from app.desktop.models.token_counts import short_count
from app.lean_dataclass import dataclass
from app.services.llm.models import ModelConfig, ModelState
from app.services.wording import later

MOST_RECENT = 3


def tr(text: str) -> str:
    return QCoreApplication.translate("Picker", text)


class Role(IntEnum):
    ENTRY = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of the picker. `available` is False while its server is down."""

    provider: str
    model: str
    config: ModelConfig
    server: str
    local: bool
    available: bool
    favourite: bool
    last_used_at: float | None


@dataclass(frozen=True, slots=True)
class PickerEntry:
    """One line: `kind` is "group", "model" or "auto". Texts are ready to paint; "" where nothing is known."""

    kind: str
    section: str
    name: str
    provider: str = ""
    model: str = ""
    server: str = ""
    local: bool = True
    quantization: str = ""
    context: str = ""
    size: str = ""
    state: str = ""
    """A word of: loaded, loading, idle, down, gone, simulated."""
    badges: tuple[str, ...] = ()
    favourite: bool = False
    note: str = ""
    """At the right end of a group line; behind the name of Auto."""
    place: str = ""
    """Of a group line: "this computer", the host on the network, or "cloud"."""
    on_this_computer: bool = True

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.kind, self.section, self.provider, self.model)


@dataclass(frozen=True, slots=True)
class ServerLine:
    """What a group line says of its server."""

    provider: str
    name: str
    local: bool
    note: str
    place: str
    on_this_computer: bool


STATE_WORDS = {
    "loaded": later("Picker", "Loaded"),
    "loading": later("Picker", "Loading"),
    "idle": "",
    "down": later("Picker", "Not reachable"),
    "gone": later("Picker", "No longer there"),
    "simulated": later("Picker", "For trying out"),
}
BADGE_WORDS = {
    "tools": later("Picker", "tools"),
    "vision": later("Picker", "vision"),
    "thinking": later("Picker", "thinking"),
}

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class ModelListModel(QAbstractListModel):
    """While the picker is open rows keep their place: changes repaint, new ones come at the end of their server."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[PickerEntry] = []
        self._shown: list[PickerEntry] = []
        self._filter = ""

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        entry = self._shown[index.row()]
        if role == Role.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(entry)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid() or self._shown[index.row()].kind == "group":
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    @property
    def model_count(self) -> int:
        """Models that are there, whatever the filter shows."""
        return len({(e.provider, e.model) for e in self._all if e.kind == "model"})

    def first_model_row(self) -> int | None:
        kinds = [entry.kind for entry in self._shown]
        return next((kinds.index(kind) for kind in ("model", "auto") if kind in kinds), None)

    def row_of(self, provider: str, model: str) -> int | None:
        return next((i for i, e in enumerate(self._shown) if (e.provider, e.model) == (provider, model)), None)

    def set_filter(self, text: str) -> None:
        """Show only models whose name, id, server or quantization holds every word."""
        self._filter = text
        self._show()

    def set_rows(
        self,
        rows: Sequence[ModelRow],
        servers: Sequence[ServerLine],
        simulated: PickerEntry,
        *,
        keep_places: bool,
        auto: PickerEntry | None = None,
    ) -> None:
        """Take what the catalogue says now; `auto` where it can be chosen, too."""
        entries = [*([auto] if auto is not None else []), *build_entries(rows, servers, simulated)]
        self._all = _keep_places(self._all, entries) if keep_places and self._all else entries
        self._show()

    def _show(self) -> None:
        words = self._filter.casefold().split()
        shown = [e for e in self._all if e.kind == "group" or _matches(e, words)]
        shown = _without_empty_groups(shown)
        if words:  # a model found twice (favourite and in its server) is shown once
            seen: set[tuple[str, str]] = set()
            unique = []
            for entry in shown:
                if entry.kind == "model" and (entry.provider, entry.model) in seen:
                    continue
                seen.add((entry.provider, entry.model))
                unique.append(entry)
            shown = _without_empty_groups(unique)
        if [e.key for e in shown] == [e.key for e in self._shown]:
            self._shown = shown
            if shown:
                self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()


def build_entries(rows: Sequence[ModelRow], servers: Sequence[ServerLine], simulated: PickerEntry) -> list[PickerEntry]:
    """All lines in the picker's order."""
    entries: list[PickerEntry] = []
    top = [r for r in rows if r.favourite]
    used = sorted(
        (r for r in rows if r.last_used_at is not None and not r.favourite), key=lambda r: -(r.last_used_at or 0)
    )
    top += used[:MOST_RECENT]
    if top and len(rows) > len(top):
        entries.append(PickerEntry("group", "top", tr("Favourites and recent")))
        entries += [entry_of(row, "top") for row in top]
    for server in servers:
        own = [r for r in rows if r.provider == server.provider]
        if not own and not server.note:
            continue
        entries.append(
            PickerEntry(
                "group",
                server.provider,
                server.name,
                server.provider,
                local=server.local,
                note=server.note,
                place=server.place,
                on_this_computer=server.on_this_computer,
            )
        )
        entries += [entry_of(row, server.provider) for row in own]
    entries += [PickerEntry("group", simulated.section, tr("Without a server")), simulated]
    return entries


def entry_of(row: ModelRow, section: str) -> PickerEntry:
    config = row.config
    state = {ModelState.LOADED: "loaded", ModelState.LOADING: "loading"}.get(config.state, "idle")
    badges = [name for name in ("tools", "vision", "thinking") if name in config.capabilities]
    return PickerEntry(
        "model",
        section,
        config.display_name,
        row.provider,
        row.model,
        row.server,
        row.local,
        config.quantization or "",
        context_text(config.loaded_context_length, config.context_length),
        size_text(config.size_bytes),
        state if row.available else "down",
        tuple(badges),
        row.favourite,
        "simulated" if config.simulated else "",
    )


def context_text(loaded: int | None, possible: int | None) -> str:
    """ "32k of 262k": loaded of possible; what is unknown is left out."""
    if loaded and possible and loaded != possible:
        return tr("{n} of {m}").format(n=short_count(loaded), m=short_count(possible))
    return short_count(loaded or possible) if loaded or possible else ""


def size_text(size_bytes: int | None) -> str:
    if not size_bytes:
        return ""
    locale = QLocale()
    if size_bytes >= 1_000_000_000:
        return tr("{n} GB").format(n=locale.toString(size_bytes / 1e9, "f", 1))
    if size_bytes < 1_000_000:  # not “0 MB”
        return tr("{n} kB").format(n=locale.toString(max(1, round(size_bytes / 1e3))))
    return tr("{n} MB").format(n=locale.toString(size_bytes / 1e6, "f", 0))


def spoken(entry: PickerEntry) -> str:
    """A line for a screen reader: name, server, state, then the figures."""
    if entry.kind != "model":
        return ", ".join(part for part in (entry.name, entry.note if entry.kind == "auto" else "") if part)
    parts = [
        entry.name,
        entry.server,
        tr("simulated") if entry.note == "simulated" or entry.state == "simulated" else "",
        tr(STATE_WORDS.get(entry.state, "")) or tr("Not loaded"),
        entry.quantization,
        tr("window {c}").format(c=entry.context) if entry.context else "",
        entry.size,
        ", ".join(tr(BADGE_WORDS[badge]) for badge in entry.badges),
        tr("this computer or network") if entry.local else tr("cloud"),
        tr("favourite") if entry.favourite else "",
    ]
    return ", ".join(part for part in parts if part)


def _matches(entry: PickerEntry, words: list[str]) -> bool:
    text = f"{entry.name} {entry.model} {entry.server} {entry.quantization}".casefold()
    return all(word in text for word in words)


def _without_empty_groups(entries: list[PickerEntry]) -> list[PickerEntry]:
    kept = []
    for i, entry in enumerate(entries):
        following = entries[i + 1] if i + 1 < len(entries) else None
        is_empty = following is None or following.kind == "group" or following.section != entry.section
        if entry.kind != "group" or entry.note or not is_empty:
            kept.append(entry)
    return kept


def _keep_places(before: list[PickerEntry], now: list[PickerEntry]) -> list[PickerEntry]:
    """Known lines stay where they were, new ones follow the last of their section, gone ones are marked."""
    fresh = {entry.key: entry for entry in now}
    kept: list[PickerEntry] = []
    for entry in before:
        if entry.key in fresh:
            kept.append(fresh.pop(entry.key))
        elif entry.kind == "model" and entry.section != "top":
            kept.append(replace(entry, state="gone"))
        elif entry.kind == "model":
            kept.append(entry)
    for entry in fresh.values():
        places = [i for i, other in enumerate(kept) if other.section == entry.section]
        at = places[-1] + 1 if places else max(0, len(kept) - 1)
        kept.insert(at, entry)
    return kept
