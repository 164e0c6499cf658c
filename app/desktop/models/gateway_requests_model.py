"""The requests of the running gateway as a table, newest on top. Never any content."""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale, QModelIndex, QObject, Qt

from app.desktop.models.network_log_model import duration_text
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.row_table_model import Index, RowTableModel
from app.lean_dataclass import dataclass


def tr(text: str) -> str:
    return QCoreApplication.translate("GatewayRequests", text)


class Column(IntEnum):
    TIME = 0
    TOKEN = 1
    MODEL = 2
    PROVIDER = 3
    STATUS = 4
    TOKENS = 5
    FIRST_BYTE = 6
    TOOK = 7


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request. Tokens and times are None where they are not known; `error` is a kind of the core's."""

    request_id: str
    at: float
    method: str
    path: str
    token: str
    provider: str
    model: str
    status: int
    error: str
    input_tokens: int | None
    output_tokens: int | None
    first_byte_ms: float | None
    took_ms: float | None
    simulated: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.error) or self.status >= 400

    def text(self, column: int) -> str:
        return {
            Column.TIME: time.strftime("%H:%M:%S", time.localtime(self.at)),
            Column.TOKEN: self.token or tr("none"),
            Column.MODEL: self.model or f"{self.method} {self.path}",
            Column.PROVIDER: self.provider,
            Column.STATUS: f"{self.status} {self.error.replace('_', ' ')}".strip(),
            Column.TOKENS: self._tokens_text(),
            Column.FIRST_BYTE: duration_text(self.first_byte_ms),
            Column.TOOK: duration_text(self.took_ms),
        }[Column(column)]

    def _tokens_text(self) -> str:
        if self.input_tokens is None and self.output_tokens is None:
            return ""
        locale = QLocale()
        counts = (tr("?") if n is None else locale.toString(n) for n in (self.input_tokens, self.output_tokens))
        return " / ".join(counts)


class GatewayRequestsModel(RowTableModel):
    """Rows come and go at the ends; those that stay keep their places, and with them selection and scrolling."""

    columns = Column

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[RequestRow] = []

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == Role.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            columns = (Column.TOKEN, Column.PROVIDER, Column.TOKENS, Column.FIRST_BYTE, Column.TOOK)
            facts = (f"{self.headerData(c, Qt.Orientation.Horizontal)}: {row.text(c)}" for c in columns if row.text(c))
            return plain_tooltip("\n".join([f"{row.method} {row.path}", *facts, row.request_id]))
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == Column.MODEL and row.simulated:
            return tr("{model}, simulated").format(model=row.text(Column.MODEL))
        return None

    def heads(self) -> tuple[str, ...]:
        return (
            *(tr("Time"), tr("Token"), tr("Model"), tr("Provider"), tr("Status")),
            *(tr("Tokens in / out"), tr("First byte"), tr("Took")),
        )

    def set_rows(self, rows: Sequence[RequestRow]) -> None:
        """Take the whole list, newest first."""
        wanted = list(rows)
        if wanted == self._shown:
            return
        added = _new_on_top(self._shown, wanted)
        if added is None:
            self.beginResetModel()
            self._shown = wanted
            self.endResetModel()
            return
        if added:
            self.beginInsertRows(QModelIndex(), 0, added - 1)
            self._shown = wanted[:added] + self._shown
            self.endInsertRows()
        if len(self._shown) > len(wanted):  # the gateway keeps so many, and no more
            self.beginRemoveRows(QModelIndex(), len(wanted), len(self._shown) - 1)
            del self._shown[len(wanted) :]
            self.endRemoveRows()
        if self._shown != wanted:
            self._shown = wanted
            self.dataChanged.emit(self.index(0, 0), self.index(len(wanted) - 1, len(Column) - 1))


def _new_on_top(before: list[RequestRow], wanted: list[RequestRow]) -> int | None:
    """How many rows are new, where the others stand as they did; None where they do not."""
    known = [(row.request_id, row.at) for row in before]
    asked = [(row.request_id, row.at) for row in wanted]
    if not known or known[0] not in asked:
        return None
    added = asked.index(known[0])
    stay = len(asked) - added
    return added if asked[added:] == known[:stay] else None
