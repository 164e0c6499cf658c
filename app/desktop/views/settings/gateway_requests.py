"""The table of requests in Settings, Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from app.desktop.mirror import Mirror
from app.desktop.models.gateway_requests_model import Column, GatewayRequestsModel, RequestRow, Role
from app.desktop.views.settings.simulated_badge import badge_width, paint_simulated
from app.desktop.views.settings.table_head import HEIGHT, Columns, RowDelegate, RowTable, draw_line, paint_ground

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 32
COLUMNS = Columns(
    widths={
        Column.TIME: 84,
        Column.TOKEN: 110,
        Column.PROVIDER: 110,
        Column.STATUS: 160,
        Column.TOKENS: 112,
        Column.FIRST_BYTE: 84,
        Column.TOOK: 84,
    },
    flexible=Column.MODEL,
    least=200,
    leaves_first=(Column.FIRST_BYTE, Column.PROVIDER, Column.TOOK, Column.TOKEN, Column.TOKENS),
    right_aligned=frozenset({Column.TOKENS, Column.FIRST_BYTE, Column.TOOK}),
)
#: So many rows are on show; the others scroll.
MOST_ROWS = 10
_Index = QModelIndex | QPersistentModelIndex


class RequestDelegate(RowDelegate):
    """Rows of one line; a simulated model carries its badge."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, px = self.theme, self.theme.px
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row: RequestRow = index.data(Role.ROW)
        column = Column(index.column())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        paint_ground(painter, theme, rect, selected=chosen, last=index.row() == index.model().rowCount() - 1)
        right, mirror = column in COLUMNS.right_aligned, Mirror(QRectF(rect), option.direction)
        box = QRectF(rect).adjusted(px(12), 0, -px(12 if right else 8), 0)
        mono = column is Column.MODEL
        font = theme.font("mono") if mono else theme.font("body", tabular=True)
        badge = badge_width(theme) + px(8) if mono and row.simulated else 0
        token = "error" if column is Column.STATUS and row.failed else "text" if mono and row.model else "text2"
        room = max(px(40), int(box.width()) - badge)
        place = mirror.rect(box)
        wide = draw_line(painter, place, row.text(column), font, theme.color(token), right=right, room=room)
        if badge:
            at = mirror.corner(QPointF(box.left() + wide + px(8), 0), badge_width(theme))
            paint_simulated(painter, theme, box, at.x())
        painter.restore()


class RequestsTable(RowTable):
    """As high as its rows, up to a limit."""

    def __init__(self, theme: Theme, model: GatewayRequestsModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, RequestDelegate, COLUMNS, ROW, parent)
        self.setAccessibleName(self.tr("Gateway requests"))
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._fit_rows)
        self._fit_rows()

    def _fit_rows(self) -> None:
        rows = max(1, min(self.model().rowCount(), MOST_ROWS))
        self.setFixedHeight(self.theme.px(HEIGHT) + rows * self.theme.px(ROW))
