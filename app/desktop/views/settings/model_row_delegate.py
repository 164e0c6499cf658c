"""How a row of the table of local models is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from app.desktop.glyphs import StateGlyph, paint_glyph
from app.desktop.mirror import Mirror
from app.desktop.models.model_table_model import Column, Role, TableRow, action_words
from app.desktop.views.settings.simulated_badge import badge_width, paint_simulated
from app.desktop.views.settings.table_head import RowDelegate, draw_line, paint_ground

if TYPE_CHECKING:
    from app.desktop.theme import Theme

RIGHT_ALIGNED: frozenset[int] = frozenset({Column.SIZE, Column.CONTEXT, Column.SPEED, Column.MEMORY, Column.USED})
BUTTON_HEIGHT = 28
STATE_TOKENS = {StateGlyph.LOADED: "ok", StateGlyph.BUSY: "accent", StateGlyph.GONE: "text3"}
_Index = QModelIndex | QPersistentModelIndex


class TableDelegate(RowDelegate):
    """Two lines in the first column, one in the others; hairlines between rows."""

    def __init__(self, theme: Theme, row_height: int, parent: QObject | None = None) -> None:
        super().__init__(theme, row_height, parent)
        self.step = 0
        #: The row whose button is pressed, and the one under the pointer; -1: none.
        self.pressed = self.hovered = -1

    def button_rect(self, rect: QRect) -> QRect:
        """Of the button in its cell."""
        px = self.theme.px
        height = px(BUTTON_HEIGHT)
        box = QRect(rect.left() + px(8), rect.center().y() - height // 2 + 1, rect.width() - px(20), height)
        return QStyle.visualRect(QGuiApplication.layoutDirection(), rect, box)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self.theme
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row: TableRow = index.data(Role.ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if state & QStyle.StateFlag.State_MouseOver and not selected:
            painter.fillRect(rect, theme.color("hover"))
        paint_ground(painter, theme, rect, selected=selected, last=index.row() == index.model().rowCount() - 1)
        if index.column() == Column.MODEL:
            self._paint_model(painter, row, QRectF(rect))
        elif index.column() == Column.ACTION:
            self._paint_button(painter, row, rect, index.row())
        elif index.column() == Column.STATE and row.keep:
            self._paint_state(painter, row, QRectF(rect))
        else:
            self._paint_text(painter, row, Column(index.column()), QRectF(rect))
        painter.restore()

    def _paint_button(self, painter: QPainter, row: TableRow, rect: QRect, number: int) -> None:
        if row.action is None:
            return
        theme = self.theme
        box = self.button_rect(rect)
        fill = "pressed" if number == self.pressed else "hover" if number == self.hovered else "raised"
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color(fill))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), theme.px(6), theme.px(6))
        painter.setFont(theme.font("small-medium"))
        painter.setPen(theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, action_words(row.action))

    def _paint_state(self, painter: QPainter, row: TableRow, rect: QRectF) -> None:
        """The state, and under it how long it lasts."""
        theme, px = self.theme, self.theme.px
        box = rect.adjusted(px(8), px(5), -px(8), -px(5))
        upper = QRectF(box.left(), box.top(), box.width(), theme.line_height("body"))
        color = theme.color(STATE_TOKENS.get(row.glyph, "text2"))
        draw_line(painter, upper, row.state, theme.font("body"), color, elide=Qt.TextElideMode.ElideRight)
        lower = QRectF(box.left(), upper.bottom(), box.width(), theme.line_height("caption"))
        font = theme.font("caption", tabular=True)
        draw_line(painter, lower, row.keep, font, theme.color("text3"), elide=Qt.TextElideMode.ElideRight)

    def _paint_model(self, painter: QPainter, row: TableRow, rect: QRectF) -> None:
        theme, px = self.theme, self.theme.px
        mirror = Mirror(rect, painter.layoutDirection())
        at = mirror.point(QPointF(rect.left() + px(16), rect.center().y()))
        paint_glyph(painter, theme, row.glyph, at, self.step)
        box = rect.adjusted(px(36), px(5), -px(8), -px(5))
        font = theme.font("body-medium")
        metrics = QFontMetrics(font)
        badge = badge_width(theme) + px(8) if row.simulated else 0
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, max(px(40), int(box.width()) - badge))
        painter.setFont(font)
        painter.setPen(theme.color("text" if row.available else "text3"))
        upper = QRectF(box.left(), box.top(), box.width(), theme.line_height("body"))
        mirror.text(painter, upper, name)
        if badge:
            after = QPointF(box.left() + metrics.horizontalAdvance(name) + px(8), 0)
            paint_simulated(painter, theme, upper, mirror.corner(after, badge_width(theme)).x())
        mono = theme.font("mono-small")
        painter.setFont(mono)
        painter.setPen(theme.color("text3"))
        shown = QFontMetrics(mono).elidedText(row.model, Qt.TextElideMode.ElideMiddle, int(box.width()))
        lower = QRectF(box.left(), upper.bottom(), box.width(), theme.line_height("mono-small"))
        mirror.text(painter, lower, shown)

    def _paint_text(self, painter: QPainter, row: TableRow, column: Column, rect: QRectF) -> None:
        theme, px = self.theme, self.theme.px
        token = STATE_TOKENS.get(row.glyph, "text2") if column is Column.STATE else "text2"
        font = theme.font("mono") if column is Column.QUANT else theme.font("body", tabular=True)
        right = column in RIGHT_ALIGNED
        box = Mirror(rect, painter.layoutDirection()).rect(rect.adjusted(px(8), 0, -px(12 if right else 8), 0))
        color, elide = theme.color(token if row.available else "text3"), Qt.TextElideMode.ElideRight
        draw_line(painter, box, row.text(column), font, color, right=right, elide=elide)
