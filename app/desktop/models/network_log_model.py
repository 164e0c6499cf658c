"""Every connection of this run as a table, newest on top. Never any content."""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication, QLocale, QModelIndex, QObject, Qt

from app.desktop.models.figure_words import kind_words
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.row_table_model import Index, RowTableModel
from app.lean_dataclass import dataclass
from app.services.wording import later


def tr(text: str) -> str:
    return QCoreApplication.translate("NetworkLog", text)


class Column(IntEnum):
    TIME = 0
    PURPOSE = 1
    HOST = 2
    BYTES = 3
    STATUS = 4
    TOOK = 5


class Role(IntEnum):
    LINE = Qt.ItemDataRole.UserRole + 1


Place = Literal["here", "network", "outside"]


def duration_text(took_ms: float | None) -> str:
    """`340 ms`, `2.1 s`; "" where it is not known."""
    if took_ms is None:
        return ""
    if took_ms < 1_000:
        return tr("{n} ms").format(n=round(took_ms))
    return tr("{n} s").format(n=QLocale().toString(took_ms / 1_000, "f", 1))


@dataclass(frozen=True, slots=True)
class LogLine:
    """One request. `place`: this computer, the local network, or beyond. `error` is a kind of the core's."""

    started_at: float
    purpose: str
    method: str
    host: str
    port: int
    path: str
    bytes_out: int
    bytes_in: int
    status: int | None
    error: str
    took_ms: float | None
    place: Place

    @property
    def time_text(self) -> str:
        return time.strftime("%H:%M:%S", time.localtime(self.started_at))

    @property
    def host_text(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def purpose_text(self) -> str:
        return tr(PURPOSE_WORDS.get(self.purpose, self.purpose))

    @property
    def status_text(self) -> str:
        if self.error:
            return kind_words(self.error)
        if self.status is not None:
            return str(self.status)
        return tr("running") if self.took_ms is None else tr("done")

    @property
    def took_text(self) -> str:
        return duration_text(self.took_ms)

    def text(self, column: int) -> str:
        return {
            Column.TIME: self.time_text,
            Column.PURPOSE: self.purpose_text,
            Column.HOST: self.host_text,
            Column.BYTES: tr("{out} / {back}").format(out=_bytes(self.bytes_out), back=_bytes(self.bytes_in)),
            Column.STATUS: self.status_text,
            Column.TOOK: self.took_text,
        }[Column(column)]


PLACE_WORDS = {
    "here": later("NetworkLog", "this computer"),
    "network": later("NetworkLog", "your network"),
    "outside": later("NetworkLog", "outside your network"),
}


#: Of the log, which is in English.
PURPOSE_WORDS = {
    "built-in engine": later("NetworkLog", "built-in engine"),
    "chat": later("NetworkLog", "chat"),
    "connection check": later("NetworkLog", "connection check"),
    "delete": later("NetworkLog", "delete"),
    "first run": later("NetworkLog", "first run"),
    "gateway": later("NetworkLog", "gateway"),
    "health": later("NetworkLog", "health"),
    "load": later("NetworkLog", "load"),
    "loaded models": later("NetworkLog", "loaded models"),
    "model details": later("NetworkLog", "model details"),
    "model hub": later("NetworkLog", "model hub"),
    "models": later("NetworkLog", "models"),
    "pull": later("NetworkLog", "pull"),
    "unload": later("NetworkLog", "unload"),
}


class NetworkLogModel(RowTableModel):
    """Shows lines newest first. While paused it keeps what it shows."""

    columns = Column

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[LogLine, ...] = ()
        self._shown: list[LogLine] = []
        self._filter = ""
        self.paused = False

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        line = self._shown[index.row()]
        if role == Role.LINE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{line.method} {line.path}, {tr(PLACE_WORDS[line.place])}")
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == Column.HOST:
            return f"{line.host_text}, {tr(PLACE_WORDS[line.place])}"
        return None

    def heads(self) -> tuple[str, ...]:
        return (tr("Time"), tr("Purpose"), tr("Host"), tr("Bytes out / in"), tr("Status"), tr("Took"))

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """What is shown without the filter, oldest first."""
        return self._all

    def words(self, column: Column) -> set[str]:
        """What stands in a column, without the filter; one request stands for all that are alike."""
        alike = {(one.purpose, one.error, one.status, one.took_ms is None): one for one in self._all}
        return {one.text(column) for one in alike.values()}

    def set_lines(self, lines: Sequence[LogLine]) -> None:
        """Take the whole log, oldest first; ignored while paused."""
        if not self.paused:
            self._all = tuple(lines)
            self._show()

    def set_filter(self, text: str) -> None:
        self._filter = text
        self._show()

    def _show(self) -> None:
        words = self._filter.casefold().split()
        shown = [line for line in reversed(self._all) if _matches(line, words)]
        added = len(shown) - len(self._shown)
        if 0 < added <= 200 and _same(shown[added:], self._shown):
            self.beginInsertRows(QModelIndex(), 0, added - 1)
            self._shown = shown
            self.endInsertRows()
        elif added != 0 or not _same(shown, self._shown):
            self.beginResetModel()
            self._shown = shown
            self.endResetModel()
            return
        before, self._shown = self._shown, shown
        if before and shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(Column) - 1))


def _same(first: Sequence[LogLine], second: Sequence[LogLine]) -> bool:
    """Whether the same requests stand in the same places; their figures may differ."""
    return len(first) == len(second) and all(
        (a.started_at, a.host, a.port, a.path) == (b.started_at, b.host, b.port, b.path)
        for a, b in zip(first, second, strict=True)
    )


def _matches(line: LogLine, words: list[str]) -> bool:
    text = f"{line.purpose} {line.purpose_text} {line.host_text} {line.path} {line.status_text}".casefold()
    return all(word in text for word in words)


def _bytes(count: int) -> str:
    if count < 1_000:
        return str(count)
    if count < 1_000_000:
        return f"{QLocale().toString(count / 1_000, 'f', 1)} kB"
    return f"{QLocale().toString(count / 1_000_000, 'f', 1)} MB"
