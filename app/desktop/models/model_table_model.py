"""The models of the local servers as a table; columns exist only where at least one model has the fact.

Who sorts it sees what is unknown last, whichever way.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from app.desktop.glyphs import StateGlyph
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.row_table_model import Index, RowTableModel
from app.lean_dataclass import dataclass


def tr(text: str) -> str:
    return QCoreApplication.translate("ModelTable", text)


class Column(IntEnum):
    """Columns in the order they stand."""

    MODEL = 0
    RUNTIME = 1
    STATE = 2
    QUANT = 3
    SIZE = 4
    CONTEXT = 5
    SPEED = 6
    MEMORY = 7
    USED = 8
    ACTION = 9


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1


class Action(StrEnum):
    """What Enter and the button of a row do."""

    LOAD = "load"
    UNLOAD = "unload"
    CANCEL = "cancel"


def action_words(action: Action | None) -> str:
    """The button's text."""
    words = {Action.LOAD: tr("Load…"), Action.UNLOAD: tr("Unload"), Action.CANCEL: tr("Cancel")}
    return words[action] if action is not None else ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One model, its texts ready to paint; "" where nothing is known."""

    instance_id: str
    model: str
    name: str
    runtime: str
    state: str
    glyph: StateGlyph
    quantization: str = ""
    size: str = ""
    context: str = ""
    size_bytes: int = 0
    available: bool = True
    simulated: bool = False
    speed: str = ""
    speed_source: str = ""
    """Measured or expected, and from what."""
    tokens_per_second: float = 0.0
    context_length: int = 0
    """Tokens it has where it is loaded, else could have; 0: unknown."""
    most_context: int = 0
    """Tokens it could have at most; 0: unknown."""
    keep: str = ""
    """How long it stays in memory yet, under the state."""
    memory: str = ""
    memory_bytes: int = 0
    used: str = ""
    used_at: float = 0.0
    """Unix time of its last answer here."""
    action: Action | None = None
    """What the row can do; None where nothing can be done with it now."""
    can_delete: bool = False
    has_folder: bool = False
    """Its files can be shown in their folder."""
    keep_fixed: str = ""
    """Why the time it stays in memory cannot be changed; "" where it can."""

    @property
    def is_loaded(self) -> bool:
        return self.action is Action.UNLOAD

    @property
    def can_keep(self) -> bool:
        return not self.keep_fixed

    @property
    def key(self) -> tuple[str, str]:
        return self.instance_id, self.model

    def text(self, column: int) -> str:
        return {
            Column.MODEL: self.name,
            Column.RUNTIME: self.runtime,
            Column.STATE: self.state,
            Column.QUANT: self.quantization,
            Column.SIZE: self.size,
            Column.CONTEXT: self.context,
            Column.SPEED: self.speed,
            Column.MEMORY: self.memory,
            Column.USED: self.used,
            Column.ACTION: action_words(self.action),
        }[Column(column)]


class ModelTableModel(RowTableModel):
    """Rows in the order given; the filter keeps those that hold every word.

    Signals:
        completed(): every server was asked once, so that no rows means no models.
    """

    columns = Column
    completed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_complete = False
        self._all: tuple[TableRow, ...] = ()
        self._shown: tuple[TableRow, ...] = ()
        self._filter = ""
        self._sorted_by: Column | None = None
        self._descending = False

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == Role.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text(index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.MODEL:
            return plain_tooltip(row.model)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.SPEED:
            return plain_tooltip(row.speed_source)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row) if index.column() == Column.MODEL else row.text(index.column())
        return None

    def heads(self) -> tuple[str, ...]:
        return (
            *(tr("Model"), tr("Runtime"), tr("State"), tr("Quant"), tr("Size"), tr("Context")),
            *(tr("Speed"), tr("Memory"), tr("Last used"), ""),
        )

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    @property
    def all_rows(self) -> tuple[TableRow, ...]:
        """Every model, whatever the filter shows."""
        return self._all

    def known_columns(self) -> set[Column]:
        """Columns in which at least one model has something."""
        return {column for column in Column if column is Column.MODEL or any(row.text(column) for row in self._all)}

    def set_rows(self, rows: Sequence[TableRow], *, complete: bool = True) -> None:
        """Take what the servers say now; rows that only changed are repainted in place.

        `complete`: every server was asked at least once.
        """
        self._all = tuple(rows)
        self._show()
        if complete and not self.is_complete:
            self.is_complete = True
            self.completed.emit()

    def set_filter(self, text: str) -> None:
        self._filter = text
        self._show()

    # -- order

    @property
    def order(self) -> tuple[Column, bool] | None:
        """The column it is sorted by, and whether from the last to the first; None: as the servers have it."""
        return None if self._sorted_by is None else (self._sorted_by, self._descending)

    def sort_by(self, column: Column | None, *, descending: bool = False) -> None:
        """None: in the order of the servers, loaded ones first."""
        self._sorted_by, self._descending = column, descending
        self._show()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def turn(self, column: Column) -> None:
        """What a click on a head does: this column, then the other way round, then no order at all."""
        first = column in _LARGEST_FIRST
        if self._sorted_by is not column:
            self.sort_by(column, descending=first)
        elif self._descending == first:
            self.sort_by(column, descending=not first)
        else:
            self.sort_by(None)

    def _in_order(self, rows: list[TableRow]) -> list[TableRow]:
        column = self._sorted_by
        if column is None:
            return rows
        known = [row for row in rows if row.text(column)]
        known.sort(key=lambda row: _rank(row, column), reverse=self._descending)
        return known + [row for row in rows if not row.text(column)]

    def _show(self) -> None:
        words = self._filter.casefold().split()
        shown = tuple(self._in_order([row for row in self._all if _matches(row, words)]))
        if shown == self._shown:
            return
        if [(r.instance_id, r.model) for r in shown] == [(r.instance_id, r.model) for r in self._shown]:
            self._shown = shown
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(Column) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()


def spoken(row: TableRow) -> str:
    """A row for a screen reader."""
    parts = [row.name, row.runtime, row.state, row.keep, row.quantization, row.size]
    if row.context:
        parts.append(tr("window {c}").format(c=row.context))
    parts.append(row.speed)
    if row.memory:
        parts.append(tr("takes {n} of memory").format(n=row.memory))
    if row.used:
        parts.append(tr("last used {t}").format(t=row.used))
    if row.simulated:
        parts.append(tr("simulated"))
    return ", ".join(part for part in parts if part)


#: Where the largest, or the newest, is what people look for.
_LARGEST_FIRST = frozenset({Column.SIZE, Column.CONTEXT, Column.SPEED, Column.MEMORY, Column.USED})
#: Glyphs in the order in which states are sorted.
_STATES = (StateGlyph.LOADED, StateGlyph.BUSY, StateGlyph.IDLE, StateGlyph.GONE)


def _rank(row: TableRow, column: Column) -> tuple[Any, ...]:
    """What a row is sorted by; those that are alike keep the order of their names."""
    by_name = row.name.casefold()
    if column is Column.SIZE:
        return row.size_bytes, by_name
    if column is Column.CONTEXT:
        return row.context_length, by_name
    if column is Column.SPEED:
        return row.tokens_per_second, by_name
    if column is Column.MEMORY:
        return row.memory_bytes, by_name
    if column is Column.USED:
        return row.used_at, by_name
    if column is Column.STATE:
        return _STATES.index(row.glyph) if row.glyph in _STATES else len(_STATES), by_name
    return row.text(column).casefold(), by_name


def _matches(row: TableRow, words: list[str]) -> bool:
    text = f"{row.name} {row.model} {row.runtime} {row.quantization} {row.state}".casefold()
    return all(word in text for word in words)
