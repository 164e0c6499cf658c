"""The packages, fonts and icons inside the program, for the table of Settings, About."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.row_table_model import Index, RowTableModel


def tr(text: str) -> str:
    return QCoreApplication.translate("Libraries", text)


class Column(IntEnum):
    """In their order."""

    NAME = 0
    VERSION = 1
    LICENCE = 2


#: Name, version, licence.
LibraryRow = tuple[str, str, str]


class LibraryTableModel(RowTableModel):
    """The filter keeps the rows that hold every word."""

    columns = Column

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[LibraryRow, ...] = ()
        self._shown: tuple[LibraryRow, ...] = ()
        self._words: list[str] = []

    @property
    def total(self) -> int:
        """How many there are, whatever the filter shows."""
        return len(self._all)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(self._shown[index.row()][index.column()])
        return None

    def heads(self) -> tuple[str, ...]:
        return (tr("Name"), tr("Version"), tr("Licence"))

    def set_rows(self, rows: Sequence[LibraryRow]) -> None:
        self._all = tuple(rows)
        self._show()

    def set_filter(self, text: str) -> None:
        self._words = text.casefold().split()
        self._show()

    def _show(self) -> None:
        self.beginResetModel()
        self._shown = tuple(row for row in self._all if all(word in " ".join(row).casefold() for word in self._words))
        self.endResetModel()
