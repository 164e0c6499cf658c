"""A popup that fades in: what lay under it is painted over it and goes.

The opacity of a window needs a compositor and is not there on Wayland, and an effect would redraw a list through a
pixmap; this is one picture of what was there, for 90 ms.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

FADE_MS = 90


class FadeIn(QWidget):
    """Lies over a popup; takes no clicks and no focus. Made once, started at each opening."""

    def __init__(self, popup: QWidget) -> None:
        super().__init__(popup)
        self._before = QPixmap()
        self._left = 1.0
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(1.0)
        self._animation.setEndValue(0.0)
        self._animation.valueChanged.connect(self._on_step)
        self._animation.finished.connect(self._end)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    def start(self, window: QWidget, duration_ms: int) -> None:
        """Just before the popup shows in its place over `window`; 0 ms shows it at once."""
        self._animation.stop()
        popup = self.parentWidget()
        assert popup is not None, "it lies over a popup"
        if duration_ms <= 0:
            self._end()
            return
        place = QRect(window.mapFromGlobal(popup.mapToGlobal(QPoint(0, 0))), popup.size())
        self._before = window.grab(place)
        self._left = 1.0
        self.setGeometry(popup.rect())
        self.raise_()
        self.show()
        self._animation.setDuration(duration_ms)
        self._animation.start()

    def _on_step(self, left: float) -> None:
        self._left = left
        self.update()

    def _end(self) -> None:
        self.hide()
        self._before = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(self._left)
        painter.drawPixmap(0, 0, self._before)
