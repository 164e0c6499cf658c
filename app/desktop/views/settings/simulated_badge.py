"""The dashed badge "Simulated", painted into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen

if TYPE_CHECKING:
    from app.desktop.theme import Theme


def _text() -> str:
    return QCoreApplication.translate("SimulatedBadge", "Simulated")


def badge_width(theme: Theme) -> int:
    return QFontMetrics(theme.font("badge")).horizontalAdvance(_text()) + theme.px(12)


def paint_simulated(painter: QPainter, theme: Theme, line: QRectF, x: float) -> None:
    """Paint it at `x`, in the middle of a line."""
    px = theme.px
    box = QRectF(x, line.center().y() - px(9), badge_width(theme), px(18)).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(theme.color("outline"), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, px(4), px(4))
    painter.setFont(theme.font("badge"))
    painter.setPen(theme.color("text2"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _text())
