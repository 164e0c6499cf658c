"""Half an hour of a server: sixty bars, one per half minute, their height the time of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.models.settings_form import HealthBar

if TYPE_CHECKING:
    from app.desktop.theme import Theme

PLACES = 60
BAR, GAP, HEIGHT = 2, 2, 24
#: A bar of this many times the median reaches the top; the median stands at a quarter.
FULL_SCALE = 4.0


class HealthStrip(QWidget):
    """Answered: `ok`; slow: `warn`; not answered: `error`, full height; not asked: nothing."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[HealthBar | None, ...] = ()
        self._median_ms = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_bars(self, bars: tuple[HealthBar | None, ...], median_ms: float | None, spoken: str) -> None:
        """Oldest first; `spoken` says it in words."""
        self._bars = bars[-PLACES:]
        self._median_ms = median_ms or 1.0
        self.setAccessibleDescription(spoken)
        self.setToolTip(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(PLACES * px(BAR + GAP), px(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        step = px(BAR + GAP)
        good = QColor(theme.color("ok"))
        good.setAlphaF(0.55)
        hair = theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, self.height() - hair, self.width(), hair), theme.color("line"))
        first = PLACES - len(self._bars)
        for place, bar in enumerate(self._bars, start=first):
            if bar is None:
                continue
            colour, height = good, float(self.height())
            if bar.latency_ms is None:
                colour = theme.color("error")
            else:
                share = min(1.0, max(0.12, bar.latency_ms / (self._median_ms * FULL_SCALE)))
                height = max(px(2), round(self.height() * share))
                if bar.slow:
                    colour, height = theme.color("warn"), float(self.height())
            x = (
                place * step
                if self.layoutDirection() != Qt.LayoutDirection.RightToLeft
                else self.width() - (place + 1) * step
            )
            painter.fillRect(QRectF(x, self.height() - height, px(BAR), height), colour)
