"""The list itself: rounds off the row that chats are dragged onto, as it does the row with the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ChatListView(QListView):
    """Chats are dropped onto rows, never between them."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._over = QPersistentModelIndex()
        viewport = QWidget(self)  # of our own, as in TranscriptView; with what Qt gives to its own
        viewport.setBackgroundRole(QPalette.ColorRole.Base)
        viewport.setAutoFillBackground(True)
        self.setViewport(viewport)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDragDropOverwriteMode(True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self._set_over(QPersistentModelIndex(index) if event.isAccepted() else QPersistentModelIndex())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._set_over(QPersistentModelIndex())

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        self._set_over(QPersistentModelIndex())

    def _set_over(self, index: QPersistentModelIndex) -> None:
        if index != self._over:
            self._over = index
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Qt's own frame is black in both themes; where it is off for good nothing can be dropped onto a row.
        self.setDropIndicatorShown(False)
        super().paintEvent(event)
        self.setDropIndicatorShown(True)
        if not self._over.isValid():
            return
        theme, px = self._theme, self._theme.px
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("focus"), 1.5, Qt.PenStyle.DashLine))
        inner = QRectF(self.visualRect(self._over)).adjusted(px(8) + 1, 1, -px(8) - 1, -2)
        painter.drawRoundedRect(inner, px(5), px(5))
