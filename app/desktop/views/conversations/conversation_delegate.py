"""Rows of the sidebar's list as they are painted: groups, chats, search hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from app.desktop.glyphs import StateGlyph, paint_glyph
from app.desktop.mirror import Mirror
from app.desktop.models.conversation_list_model import Role

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Of the rows that hold others.
ICONS = {"folder": "folder", "archive": "archive", "trash": "trash"}
#: What stands before a found word takes one part in so many of a line that is too long.
LEAD_SHARE = 3
_Index = QModelIndex | QPersistentModelIndex


class ConversationDelegate(QStyledItemDelegate):
    """Paints rows from tokens: groups, chats with their time or state, search hits with a snippet."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.step = 0
        self.current_id = 0
        #: Of the row that is painted.
        self._mirror = Mirror(QRectF(), Qt.LayoutDirection.LeftToRight)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        heights = {"group": 28, "folder": 28, "archive": 28, "hit": 48}
        return QSize(10, self._theme.px(heights.get(index.data(Role.KIND), 32)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, px = self._theme, self._theme.px
        rect: QRect = option.rect
        kind = index.data(Role.KIND)
        self._mirror = Mirror(QRectF(rect), option.direction)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if kind == "group":
            painter.setFont(theme.font("caption-label"))
            painter.setPen(theme.color("text3"))
            self._mirror.text(painter, QRectF(rect).adjusted(px(16), px(6), -px(8), 0), index.data())
            painter.restore()
            return
        if kind in ICONS:
            self._paint_place(painter, option, index, rect)
        else:
            self._paint_row(painter, option, index, rect)
        painter.restore()

    def _paint_place(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, rect: QRect) -> None:
        """A folder, the archived chats or the trash: its icon and name, and what is in it while that is not seen."""
        theme, px = self._theme, self._theme.px
        kind, count = str(index.data(Role.KIND)), int(index.data(Role.COUNT))
        inner = QRectF(rect).adjusted(px(8), 0, -px(8), -1)
        self._paint_ground(painter, option, inner, chosen=False)
        if kind != "trash":
            inner.translate(0, px(2))  # nearer to what it heads
        view = option.widget
        ratio = view.devicePixelRatioF() if view is not None else 1.0
        edge = px(14)
        at = QPointF(inner.left() + px(8), inner.center().y() - edge / 2)
        painter.drawPixmap(self._mirror.corner(at, edge), theme.pixmap(ICONS[kind], "text3", edge, ratio))
        right = 0
        if kind != "trash":
            on = "chevron-left" if self._mirror.is_mirrored else "chevron-right"
            chevron = on if index.data(Role.FOLDED) else "chevron-down"
            place = QPointF(inner.right() - px(8) - edge, inner.center().y() - edge / 2)
            painter.drawPixmap(self._mirror.corner(place, edge), theme.pixmap(chevron, "text3", edge, ratio))
            right = edge + px(4)
        font = theme.font("body" if kind == "trash" else "caption-label")
        if count and (kind == "trash" or index.data(Role.FOLDED)):
            right += self._paint_caption(painter, inner.adjusted(0, 0, -right, 0), str(count))
        painter.setFont(font)
        painter.setPen(theme.color("text2" if kind == "trash" else "text3"))
        box = inner.adjusted(px(8) + edge + px(6), 0, -(right + px(8)), 0)
        name = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(box.width()))
        self._mirror.text(painter, box, name)

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index, rect: QRect) -> None:
        theme, px = self._theme, self._theme.px
        inner = QRectF(rect).adjusted(px(8), 0, -px(8), -1)
        chosen = index.data(Role.CONVERSATION_ID) == self.current_id and index.data(Role.KIND) == "chat"
        self._paint_ground(painter, option, inner, chosen=chosen)
        unread = index.data(Role.STATE) == "unread"
        right = self._paint_end(painter, index, inner)
        font = theme.font("body-bold" if unread else "body-medium" if chosen else "body")
        text_box = inner.adjusted(px(8), 0, -(right + px(8)), 0)
        if index.data(Role.KIND) == "hit":
            self._paint_hit(painter, index, text_box, theme.font("body"))
            return
        painter.setFont(font)
        painter.setPen(theme.color("text" if chosen or unread else "text2"))
        title = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(text_box.width()))
        self._mirror.text(painter, text_box, title)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, inner: QRectF, *, chosen: bool) -> None:
        """Whether it is open, under the mouse, or has the focus."""
        theme, px = self._theme, self._theme.px
        hovered, focused = self._pointed_at(option)
        if chosen or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selected" if chosen else "hover"))
            painter.drawRoundedRect(inner, px(6), px(6))
        if focused:
            pen = painter.pen()
            pen.setColor(theme.color("focus"))
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setWidthF(1.5)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner.adjusted(1, 1, -1, -1), px(5), px(5))

    @staticmethod
    def _pointed_at(option: QStyleOptionViewItem) -> tuple[bool, bool]:
        """Whether the mouse is over the row, and whether it has the focus ring."""
        view = option.widget
        assert isinstance(view, QListView), "this delegate paints a list view"
        if not view.viewport().underMouse() and not view.hasFocus():
            return False, False
        from PySide6.QtWidgets import QStyle  # here: its many enums cost 7 ms, which a start can do without

        state: QStyle.StateFlag = option.state
        wanted = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_Selected
        return bool(state & QStyle.StateFlag.State_MouseOver), (state & wanted) == wanted

    def _paint_end(self, painter: QPainter, index: _Index, inner: QRectF) -> int:
        """The time or the state glyph at the end; returns the room it takes."""
        theme, px = self._theme, self._theme.px
        state = index.data(Role.STATE)
        if state:
            glyph = StateGlyph.BUSY if state == "answering" else StateGlyph.UNREAD
            at = self._mirror.point(QPointF(inner.right() - px(12), inner.center().y()))
            paint_glyph(painter, theme, glyph, at, self.step)
            return px(20)
        time = index.data(Role.TIME)
        if not time:
            return 0
        return self._paint_caption(painter, inner, time)

    def _paint_caption(self, painter: QPainter, inner: QRectF, text: str) -> int:
        """Small at the end; returns the room it takes."""
        theme, px = self._theme, self._theme.px
        font = theme.font("caption", tabular=True)
        painter.setFont(font)
        painter.setPen(theme.color("text3"))
        self._mirror.text(painter, inner.adjusted(0, 0, -px(8), 0), text, end=True)
        return QFontMetrics(font).horizontalAdvance(text) + px(8)

    def _paint_hit(self, painter: QPainter, index: _Index, box: QRectF, font: QFont) -> None:
        from app.desktop.models.plain_snippet import runs_of  # here: nothing of a search belongs to a start

        theme, px = self._theme, self._theme.px
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        title = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(box.width()))
        self._mirror.text(painter, box.adjusted(0, px(5), 0, -px(22)), title)
        small = theme.font("caption")
        metrics = QFontMetrics(small)
        painter.setFont(small)
        x, y = box.left(), box.top() + px(26)
        for text, found in fitting(runs_of(str(index.data(Role.SNIPPET))), int(box.width()), metrics):
            room = QRectF(x, y, metrics.horizontalAdvance(text), metrics.height())
            if found:
                painter.fillRect(self._mirror.rect(room), theme.color("find"))
            painter.setPen(theme.color("text" if found else "text2"))
            self._mirror.text(painter, room, text)
            x += room.width()


def fitting(runs: list[tuple[str, bool]], room: int, metrics: QFontMetrics) -> list[tuple[str, bool]]:
    """Pieces of a line as wide as there is room, the first found word in view: elided before it and at the end."""
    widths = [metrics.horizontalAdvance(text) for text, _found in runs]
    first = next((i for i, (_text, found) in enumerate(runs) if found), 0)
    shown: list[tuple[str, bool]] = []
    if first and sum(widths) > room:
        rest = sum(widths[first:])
        lead_room = max(room - rest, min(room // LEAD_SHARE, room - widths[first]))
        lead = metrics.elidedText(runs[0][0], Qt.TextElideMode.ElideLeft, max(lead_room, 0))
        runs = [(lead, False), *runs[first:]]
    for text, found in runs:
        if room <= 0:
            break
        fits = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        room -= metrics.horizontalAdvance(fits)
        shown.append((fits, found))
        if fits != text:
            break
    return [(text, found) for text, found in shown if text]
