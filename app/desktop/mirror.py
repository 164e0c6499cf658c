"""Parts painted by hand are thought of from left to right; where the language is written the other way, each place is
mirrored within its row."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter


class Mirror:
    """Places within `bounds`, as given or on the other side."""

    def __init__(self, bounds: QRectF, direction: Qt.LayoutDirection) -> None:
        self._bounds = bounds
        self.is_mirrored = direction == Qt.LayoutDirection.RightToLeft

    def rect(self, box: QRectF) -> QRectF:
        if not self.is_mirrored:
            return box
        left = self._bounds.left() + self._bounds.right() - box.right()
        return QRectF(left, box.top(), box.width(), box.height())

    def point(self, at: QPointF) -> QPointF:
        if not self.is_mirrored:
            return at
        return QPointF(self._bounds.left() + self._bounds.right() - at.x(), at.y())

    def corner(self, at: QPointF, width: float) -> QPointF:
        """The left upper corner of something `width` wide."""
        return self.rect(QRectF(at.x(), at.y(), width, 0)).topLeft()

    def text(self, painter: QPainter, box: QRectF, text: str, *, end: bool = False) -> None:
        """One line at the beginning of the box, or at its end; its own words decide how they are read."""
        draw_line_of_text(painter, self.rect(box), text, right=end != self.is_mirrored)


def draw_line_of_text(painter: QPainter, box: QRectF, text: str, *, right: bool) -> None:
    """One line at that side of the box, in the middle of its height; `4.7 GB` stays so, whatever the window's side."""
    before = painter.layoutDirection()
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side, text)
    painter.setLayoutDirection(before)
