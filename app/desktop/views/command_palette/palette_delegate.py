"""Rows of the palette as they are painted: group lines, hits with a snippet, and rows of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.desktop.models.palette_model import PaletteEntry, Role
from app.desktop.models.plain_snippet import runs_of
from app.desktop.views.conversations.conversation_delegate import fitting

if TYPE_CHECKING:
    from app.desktop.theme import Theme

GROUP, LINE, HIT = 28, 32, 52
#: Of a row's width that its title keeps from what stands at the right.
TITLE_SHARE = 0.45
_LEADING = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
_TRAILING = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
_Index = QModelIndex | QPersistentModelIndex


class PaletteDelegate(QStyledItemDelegate):
    """Paints from tokens."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        #: Whether the row that is painted runs from right to left.
        self._mirrored = False

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        entry: PaletteEntry = index.data(Role.ENTRY)
        return QSize(10, self._theme.px({"group": GROUP, "message": HIT}.get(entry.kind, LINE)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry: PaletteEntry = index.data(Role.ENTRY)
        rect: QRect = option.rect
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        painter.setLayoutDirection(option.direction)
        if entry.kind == "group":
            self._paint_texts(painter, entry, QRectF(rect).adjusted(px(16), px(4), -px(16), 0), "caption-label")
            painter.restore()
            return
        state: QStyle.StateFlag = option.state
        inner = QRectF(rect).adjusted(px(6), 0, -px(6), 0)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("selected" if chosen else "hover"))
            painter.drawRoundedRect(inner, px(6), px(6))
        box = inner.adjusted(px(10), 0, -px(10), 0)
        if entry.kind == "message":
            self._paint_texts(painter, entry, box.adjusted(0, px(6), 0, -px(26)), "body-medium")
            self._paint_snippet(painter, entry, box.adjusted(0, px(27), 0, 0))
        else:
            if entry.icon:
                box = self._paint_icon(painter, entry.icon, box)
            self._paint_texts(painter, entry, box, "body")
        painter.restore()

    def _paint_icon(self, painter: QPainter, icon: str, box: QRectF) -> QRectF:
        """Returns the room beside it."""
        size = self._theme.px(16)
        x = box.right() - size if self._mirrored else box.left()
        picture = self._theme.pixmap(icon, "text2", size, painter.device().devicePixelRatioF())
        painter.drawPixmap(QPointF(x, box.center().y() - size / 2), picture)
        taken = size + self._theme.px(10)
        return box.adjusted(0, 0, -taken, 0) if self._mirrored else box.adjusted(taken, 0, 0, 0)

    def _paint_texts(self, painter: QPainter, entry: PaletteEntry, box: QRectF, role: str) -> None:
        """The title, and what stands at the end of the line."""
        theme = self._theme
        end_font, font = theme.font("caption", tabular=True), theme.font(role)
        room = box.width() * (1 - TITLE_SHARE)
        end = QFontMetrics(end_font).elidedText(entry.end.strip(), Qt.TextElideMode.ElideRight, int(room))
        painter.setFont(end_font)
        painter.setPen(theme.color("text2"))
        painter.drawText(box, _TRAILING, end)
        taken = QFontMetrics(end_font).horizontalAdvance(end) + (theme.px(12) if end else 0)
        left = box.adjusted(taken, 0, 0, 0) if self._mirrored else box.adjusted(0, 0, -taken, 0)
        painter.setFont(font)
        token = {"group": "text2", "more": "accent"}.get(entry.kind, "text")
        painter.setPen(theme.color(token))
        shown = QFontMetrics(font).elidedText(entry.title, Qt.TextElideMode.ElideRight, int(left.width()))
        painter.drawText(left, _LEADING, shown)

    def _paint_snippet(self, painter: QPainter, entry: PaletteEntry, box: QRectF) -> None:
        """Code stays left to right, whatever the window's direction."""
        theme = self._theme
        font = theme.font("mono")
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        x = box.left()
        for text, found in fitting(runs_of(entry.snippet), int(box.width()), metrics):
            width = metrics.horizontalAdvance(text)
            if found:
                painter.fillRect(QRectF(x, box.top(), width, metrics.height()), theme.color("find"))
            painter.setPen(theme.color("text" if found else "text2"))
            painter.drawText(QPointF(x, box.top() + metrics.ascent()), text)
            x += width
