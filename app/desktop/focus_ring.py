"""One ring for the whole window: drawn outside the focused control, only after the keyboard was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QLineEdit,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class FocusRing(QWidget):
    """A transparent overlay of a window; follows the focus and hides when the mouse gave it.

    Text inputs and scroll areas show their own focus and get no ring. A border that thickens with `:focus` in
    the style sheet would change the widget's size, which is why the ring lies outside.
    """

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self._theme = theme
        self._target: QWidget | None = None
        self._by_key = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)
        window.installEventFilter(self)
        self._watch_input()
        theme.changed.connect(self.update)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self.parent():
            if kind in (QEvent.Type.Show, QEvent.Type.WinIdChange):
                self._watch_input()
        elif watched is self._target:
            if kind in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.EnabledChange):
                self._place()
        elif kind == QEvent.Type.KeyPress:
            self._by_key = True
        elif kind == QEvent.Type.MouseButtonPress:
            self._by_key = False
            self._place()
        return False

    def _watch_input(self) -> None:
        # Keys and clicks are seen at the native window, where they come once; a filter on the application would
        # run Python for every event of every widget.
        handle = self.window().windowHandle()
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if self._target is not None and isValid(self._target):
            self._target.removeEventFilter(self)
        self._target = new if new is not None and self._takes_ring(new) else None
        if self._target is not None:
            self._target.installEventFilter(self)
        self._place()

    def _place(self) -> None:
        target = self._target
        if target is None or not self._by_key or not target.isVisible() or target.window() is not self.window():
            self.hide()
            return
        margin = 4  # 2 px away, 2 px thick
        corner = target.mapTo(self.window(), target.rect().topLeft())
        self.setGeometry(QRect(corner, target.size()).adjusted(-margin, -margin, margin, margin))
        self.raise_()
        self.show()
        self.update()

    @staticmethod
    def _takes_ring(widget: QWidget) -> bool:
        if isinstance(widget, (QLineEdit, QAbstractItemView, QAbstractScrollArea)):
            return False
        return isinstance(widget, (QAbstractButton, QTabBar)) or bool(widget.property("focusRing"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("focus"), 2))
        radius = self._theme.px(6) + 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
