"""Small lights for the local servers, beside Settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.desktop.glyphs import StateGlyph, paint_glyph
from app.desktop.models.plain_tooltip import plain_tooltip

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class HealthLine(QWidget):
    """Small lights for the local servers, beside Settings."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._servers: list[tuple[str, StateGlyph, str]] = []
        self.setAccessibleName(self.tr("Servers"))
        self.setMinimumHeight(theme.px(28))

    def set_servers(self, servers: list[tuple[str, StateGlyph, str]]) -> None:
        """(name, glyph, words) of each server."""
        if servers == self._servers:
            return
        self._servers = servers
        spoken = "; ".join(f"{name}: {words}" for name, _glyph, words in servers)
        self.setAccessibleDescription(spoken)
        self.setToolTip(plain_tooltip("\n".join(f"{name}: {words}" for name, _glyph, words in servers)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font("caption"))
        px = self._theme.px
        width = sum(metrics.horizontalAdvance(name) + px(24) for name, _g, _w in self._servers)
        return QSize(width, px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._theme.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        font = theme.font("caption")
        painter.setFont(font)
        metrics = QFontMetrics(font)
        wanted = self.sizeHint().width()
        x, middle = (
            max(px(8), self.width() - wanted + px(8)),
            self.height() / 2,
        )  # at the right end, as Settings is at the left
        for name, glyph, _words in self._servers:
            width = metrics.horizontalAdvance(name)
            if x + px(12) + width > self.width():
                break
            paint_glyph(painter, theme, glyph, QPointF(x, middle))
            painter.setPen(theme.color("text2"))
            box = QRectF(x + px(8), 0, width + 2, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
            x += px(24) + width
