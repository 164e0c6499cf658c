"""What the tables of Settings share in their models: so many rows as are shown, so many columns as have a head."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, ClassVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class RowTableModel(QAbstractTableModel):
    """Subclasses say what stands in a cell, and change `_shown` between the signals for it."""

    #: The columns in their order; Qt asks for their number with every paint, so it is not counted from `heads`.
    columns: ClassVar[type[IntEnum]]
    _shown: Sequence[Any]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown = ()

    def heads(self) -> tuple[str, ...]:
        """The names of the columns."""
        raise NotImplementedError

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        heads = self.heads()
        return heads[section] if 0 <= section < len(heads) else None
