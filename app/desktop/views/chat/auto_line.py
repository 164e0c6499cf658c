"""How Auto's line in the picker is painted: a glyph, its name, and what it proposes for the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QTransform

if TYPE_CHECKING:
    from app.desktop.mirror import Mirror
    from app.desktop.models.model_list_model import PickerEntry
    from app.desktop.theme import Theme


def paint_auto_line(painter: QPainter, theme: Theme, entry: PickerEntry, rect: QRectF, mirror: Mirror) -> None:
    """In the columns of the models below it; the note takes the room of the other columns and is elided."""
    px = theme.px
    size = px(14)
    ratio = painter.device().devicePixelRatioF()
    middle = rect.center().y()
    arrow = theme.pixmap("arrow-right", "text2", size, ratio)
    if mirror.is_mirrored:
        arrow = arrow.transformed(QTransform.fromScale(-1, 1))
    painter.drawPixmap(mirror.corner(QPointF(rect.left() + px(20) - size / 2, middle - size / 2), size), arrow)
    box = rect.adjusted(px(34), 0, -px(16), 0)
    font = theme.font("body-medium")
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    mirror.text(painter, box, entry.name)
    note = box.adjusted(QFontMetricsF(font).horizontalAdvance(entry.name) + px(10), 0, 0, 0)
    font = theme.font("body")
    painter.setFont(font)
    painter.setPen(theme.color("text3"))
    text = QFontMetricsF(font).elidedText(entry.note, Qt.TextElideMode.ElideRight, note.width())
    mirror.text(painter, note, text)
