"""What went with a prompt: a chip for each file, a thumbnail for each picture."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath

from app.desktop.views.transcript.blocks.base import (
    Block,
    Control,
    PaintContext,
    control_key,
    draw_text,
    fill_rounded,
    ring,
)
from app.desktop.views.transcript.hostile import label
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from app.desktop.models.transcript_model import Attachment, TranscriptMessage
    from app.desktop.views.transcript.look import Look

THUMBNAIL = QSize(320, 240)


@dataclass(slots=True, eq=False)
class AttachmentsBlock(Block):
    """Pictures first, then the chips of files; a picture that is not there yet is a chip, too."""

    message: TranscriptMessage = field(kw_only=True)
    _chips: list[tuple[QRect, Attachment, str, str]] = field(default_factory=list)
    _thumbnails: list[tuple[QRect, Attachment, QImage]] = field(default_factory=list)

    kind = "attachments"

    def layout(self, look: Look, width: int) -> int:
        self.gap = look.px(8)
        self._chips, self._thumbnails, self.controls = [], [], []
        right = width - look.pad
        images = {one: look.picture(one.picture) for one in self.message.attachments if one.picture}
        x, y, line = look.pad, self.gap, 0
        for attachment in self.message.attachments:
            image = images.get(attachment)
            size = _chip_size(look, attachment) if image is None else _thumbnail_size(look, image)
            size.setWidth(min(size.width(), right - look.pad))
            if line and x + size.width() > right:
                x, y, line = look.pad, y + line + look.px(8), 0
            rect = QRect(x, y, size.width(), size.height())
            if image is None:
                name = _name(look, attachment)
                self._chips.append((rect, attachment, name, label(attachment.detail)))
            else:
                self._thumbnails.append((rect, attachment, image))
            if attachment.picture:
                words = tr("Open {name}").format(name=label(attachment.name))
                self.controls.append(
                    Control("picture", words, [rect], attachment.picture, hint=words, serial=len(self.controls))
                )
            x, line = x + size.width() + look.px(8), max(line, size.height())
        self.height = y + line
        self.exact = True
        return self.height

    def accessible_name(self) -> str:
        said = (", ".join(p for p in (label(a.name), label(a.detail)) if p) for a in self.message.attachments)
        return tr("Attached: {names}").format(names="; ".join(said))

    def holds(self, digest: str) -> bool:
        """Whether this picture is among them."""
        return any(one.picture == digest for one in self.message.attachments)

    def paint(self, context: PaintContext, x: int, y: int) -> None:
        for rect, attachment, name, detail in self._chips:
            _paint_chip(context, rect.translated(x, y), attachment, name, detail)
        for rect, _attachment, image in self._thumbnails:
            _paint_thumbnail(context, rect.translated(x, y), image)
        for control in self.controls:
            if control_key(control) == context.focus:
                ring(context, control.rects[0].translated(x, y), context.look.px(6))


def _name(look: Look, attachment: Attachment) -> str:
    return look.metrics("small").elidedText(label(attachment.name), Qt.TextElideMode.ElideMiddle, look.px(240))


def _chip_size(look: Look, attachment: Attachment) -> QSize:
    small = look.metrics("small")
    wide = look.px(28) + int(small.horizontalAdvance(_name(look, attachment))) + look.px(10)
    detail = label(attachment.detail)
    wide += int(small.horizontalAdvance(detail)) + look.px(8) if detail else 0
    return QSize(wide, look.px(26))


def _thumbnail_size(look: Look, image: QImage) -> QSize:
    most = QSize(look.px(THUMBNAIL.width()), look.px(THUMBNAIL.height()))
    size = image.size()
    if size.width() > most.width() or size.height() > most.height():
        size = size.scaled(most, Qt.AspectRatioMode.KeepAspectRatio)
    return size.expandedTo(QSize(look.px(16), look.px(16)))


def _paint_chip(context: PaintContext, box: QRect, attachment: Attachment, name: str, detail: str) -> None:
    look = context.look
    fill_rounded(context, box, look.px(6), "base", "line")
    size = look.px(14)
    at = QPointF(box.x() + look.px(8), box.y() + (box.height() - size) // 2)
    icon = "image" if attachment.picture else "file"
    context.painter.drawPixmap(at, look.icon(icon, "text2", size, context.ratio))
    left = box.x() + look.px(28)
    draw_text(context, "small", "text", left, box.y(), box.height(), name)
    left += int(look.metrics("small").horizontalAdvance(name)) + look.px(8)
    if detail:
        room = box.right() - look.px(8) - left
        shown = look.metrics("small").elidedText(detail, Qt.TextElideMode.ElideRight, room)
        token = "warn" if attachment.is_cut else "text3"
        draw_text(context, "small", token, left, box.y(), box.height(), shown)


def _paint_thumbnail(context: PaintContext, box: QRect, image: QImage) -> None:
    painter, radius = context.painter, context.look.px(6)
    painter.save()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    path = QPainterPath()
    path.addRoundedRect(QRectF(box), radius, radius)
    painter.setClipPath(path)
    painter.drawImage(box, image)
    painter.restore()
    fill_rounded(context, box, radius, "", "line")
