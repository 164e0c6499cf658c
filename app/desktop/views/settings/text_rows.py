"""Rows of one line of text, as most tables have them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from app.desktop.views.settings.table_head import Columns, RowDelegate, draw_line, paint_ground


class TextRows(RowDelegate):
    """Subclasses name their columns, and may paint a cell of their own; `mono`: the column of names of files."""

    columns: Columns
    mono: int = -1

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self.theme
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        last = index.row() == index.model().rowCount() - 1
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_MouseOver and not selected:
            painter.fillRect(option.rect, theme.color("hover"))
        paint_ground(painter, theme, option.rect, selected=selected, last=last)
        self.paint_cell(painter, QRectF(option.rect), index)
        painter.restore()

    def paint_cell(self, painter: QPainter, rect: QRectF, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, px = self.theme, self.theme.px
        right = index.column() in self.columns.right_aligned
        box = rect.adjusted(px(12), 0, -px(12 if right else 8), 0)
        color = theme.color("text" if index.column() == 0 else "text2")
        is_mono = index.column() == self.mono
        font = theme.font("mono-small") if is_mono else theme.font("body", tabular=True)
        elide = Qt.TextElideMode.ElideMiddle if is_mono else Qt.TextElideMode.ElideRight
        draw_line(painter, box, str(index.data()), font, color, right=right, elide=elide)
