"""Rows of the command palette: what was found, in groups, each with what choosing it does."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Literal

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.desktop.models.plain_snippet import BEGIN, END
from app.lean_dataclass import dataclass

PaletteKind = Literal["message", "chat", "command", "setting", "more"]
_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


def tr(text: str) -> str:
    return QCoreApplication.translate("Palette", text)


class Role(IntEnum):
    ENTRY = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One row. `end` stands at the right: keys, a time, a tab. `snippet` has \\x02 and \\x03 around what was found."""

    kind: PaletteKind | Literal["group", "link"]
    title: str
    end: str = ""
    snippet: str = ""
    icon: str = ""
    conversation_id: int = 0
    message_id: int = 0
    command: str = ""
    tab: str = ""
    path: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What stays the same while rows come and go around it."""
        return (self.kind, self.conversation_id, self.message_id, self.command, self.tab, self.path)

    @property
    def spoken(self) -> str:
        snippet = self.snippet.replace(BEGIN, "").replace(END, "")
        return ", ".join(part for part in (self.title, snippet, self.end) if part)


class PaletteModel(QAbstractListModel):
    """The rows of one moment; a palette has a few dozen of them, so they are replaced together."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PaletteEntry] = []

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        entry = self._rows[index.row()]
        if role == Role.ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        return entry.spoken if role == Qt.ItemDataRole.AccessibleTextRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()].kind == "group":
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def entry(self, row: int) -> PaletteEntry | None:
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, key: tuple[object, ...]) -> int | None:
        return next((i for i, entry in enumerate(self._rows) if entry.kind != "group" and entry.key == key), None)

    @property
    def hits(self) -> int:
        """How many rows can be chosen."""
        return sum(entry.kind not in ("group", "more") for entry in self._rows)

    def set_groups(self, groups: Sequence[tuple[str, str, Sequence[PaletteEntry]]]) -> None:
        """(title, what stands at its right, rows) of each group; empty ones without a word are left out."""
        rows: list[PaletteEntry] = []
        for title, end, entries in groups:
            if entries or end:
                rows += [PaletteEntry("group", title, end), *entries]
        if rows == self._rows:
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
