"""State glyphs: eight-pixel shapes that differ in form as well as in colour."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.desktop.motion import ARC_STEPS_A_SECOND

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ARC_STEPS = ARC_STEPS_A_SECOND  # positions of the busy arc in one turn; one turn a second


class StateGlyph(Enum):
    """What a server, model or chat is doing."""

    LOADED = "loaded"
    IDLE = "idle"
    BUSY = "busy"
    SLOW = "slow"
    FAILED = "failed"
    GONE = "gone"
    UNREAD = "unread"


def paint_glyph(painter: QPainter, theme: Theme, glyph: StateGlyph, centre: QPointF, step: int = 0) -> None:
    """Paint a glyph around `centre`. `step` (0-11) turns the busy arc; a constant step is the reduced-motion form."""
    radius = theme.px(8) / 2
    box = QRectF(centre.x() - radius, centre.y() - radius, radius * 2, radius * 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _PAINTERS[glyph](painter, theme, box, step)
    painter.restore()


def _ring(painter: QPainter, theme: Theme, box: QRectF, token: str) -> QRectF:
    width = 1.5 * theme.scale
    inner = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setPen(QPen(theme.color(token), width))
    painter.drawEllipse(inner)
    return inner


def _loaded(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    painter.setBrush(theme.color("ok"))
    painter.drawEllipse(box)


def _idle(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    _ring(painter, theme, box, "text3")


def _busy(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    width = 1.5 * theme.scale
    inner = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    turn = -step * 360 // ARC_STEPS
    painter.setPen(QPen(theme.color("line"), width))
    painter.drawArc(inner, (90 + turn) * 16, -270 * 16)
    painter.setPen(QPen(theme.color("accent"), width))
    painter.drawArc(inner, (90 + turn) * 16, -90 * 16)


def _slow(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    inner = _ring(painter, theme, box, "warn")
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("warn"))
    painter.drawPie(inner, 270 * 16, 180 * 16)


def _failed(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    painter.setBrush(theme.color("error"))
    painter.drawPolygon(
        QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), QPointF(box.left(), box.bottom())])
    )


def _gone(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    inner = _ring(painter, theme, box, "text3")
    painter.drawLine(inner.bottomLeft(), inner.topRight())


def _unread(painter: QPainter, theme: Theme, box: QRectF, step: int) -> None:
    painter.setBrush(theme.color("accent"))
    inset = 0.5 * theme.scale
    painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))


_PAINTERS = {
    StateGlyph.LOADED: _loaded,
    StateGlyph.IDLE: _idle,
    StateGlyph.BUSY: _busy,
    StateGlyph.SLOW: _slow,
    StateGlyph.FAILED: _failed,
    StateGlyph.GONE: _gone,
    StateGlyph.UNREAD: _unread,
}
