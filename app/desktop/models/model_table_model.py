"""The models of the local servers as a table; columns exist only where at least one model has the fact."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
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


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1


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

    def text(self, column: int) -> str:
        return {
            Column.MODEL: self.name,
            Column.RUNTIME: self.runtime,
            Column.STATE: self.state,
            Column.QUANT: self.quantization,
            Column.SIZE: self.size,
            Column.CONTEXT: self.context,
            Column.SPEED: self.speed,
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
        return (tr("Model"), tr("Runtime"), tr("State"), tr("Quant"), tr("Size"), tr("Context"), tr("Speed"))

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

    def _show(self) -> None:
        words = self._filter.casefold().split()
        shown = tuple(row for row in self._all if _matches(row, words))
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
    parts = [row.name, row.runtime, row.state, row.quantization, row.size]
    if row.context:
        parts.append(tr("window {c}").format(c=row.context))
    parts.append(row.speed)
    if row.simulated:
        parts.append(tr("simulated"))
    return ", ".join(part for part in parts if part)


def _matches(row: TableRow, words: list[str]) -> bool:
    text = f"{row.name} {row.model} {row.runtime} {row.quantization} {row.state}".casefold()
    return all(word in text for word in words)
