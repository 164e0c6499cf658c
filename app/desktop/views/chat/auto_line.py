"""How Auto's line in the picker is painted: a glyph, its name, and what it proposes for the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

if TYPE_CHECKING:
    from app.desktop.models.model_list_model import PickerEntry
    from app.desktop.theme import Theme


def paint_auto_line(painter: QPainter, theme: Theme, entry: PickerEntry, rect: QRectF) -> None:
    """In the columns of the models below it; the note takes the room of the other columns and is elided."""
    px = theme.px
    size = px(14)
    ratio = painter.device().devicePixelRatioF()
    middle = rect.center().y()
    painter.drawPixmap(
        QPointF(rect.left() + px(20) - size / 2, middle - size / 2), theme.pixmap("arrow-right", "text2", size, ratio)
    )
    box = rect.adjusted(px(34), 0, -px(16), 0)
    font = theme.font("body-medium")
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
    painter.drawText(box, align, entry.name)
    note = box.adjusted(QFontMetricsF(font).horizontalAdvance(entry.name) + px(10), 0, 0, 0)
    font = theme.font("body")
    painter.setFont(font)
    painter.setPen(theme.color("text3"))
    text = QFontMetricsF(font).elidedText(entry.note, Qt.TextElideMode.ElideRight, note.width())
    painter.drawText(note, align, text)
