"""A state glyph as a widget; the busy arc turns only while it is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.glyphs import ARC_STEPS, StateGlyph, paint_glyph
from app.desktop.motion import ARC_INTERVAL_MS

if TYPE_CHECKING:
    from app.desktop.theme import Theme

EDGE = 16


class StateLight(QWidget):
    """Sixteen pixels square around an eight-pixel glyph. The words stand beside it, so it has no name of its own."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, glyph: StateGlyph = StateGlyph.IDLE) -> None:
        super().__init__(parent)
        self._theme = theme
        self._glyph = glyph
        self._step = 0
        self._timer = QTimer(self, interval=ARC_INTERVAL_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        theme.motion.changed.connect(self._run_while_seen)

    def set_glyph(self, glyph: StateGlyph) -> None:
        self._glyph = glyph
        self._run_while_seen()
        self.update()

    def sizeHint(self) -> QSize:
        edge = self._theme.px(EDGE)
        return QSize(edge, edge)

    def _run_while_seen(self) -> None:
        wanted = self._glyph is StateGlyph.BUSY and self.isVisible() and not self._theme.reduced_motion
        if wanted and not self._timer.isActive():
            self._timer.start()
        elif not wanted:
            self._timer.stop()
            self._step = 0
            self.update()

    def _turn(self) -> None:
        self._step = (self._step + 1) % ARC_STEPS
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run_while_seen()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_glyph(painter, self._theme, self._glyph, QPointF(self.width() / 2, self.height() / 2), self._step)
