"""The rounded fill behind inline code, in running text and in the cells of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.desktop.views.transcript.inline import CODE

if TYPE_CHECKING:
    from app.desktop.views.transcript.blocks.base import PaintContext
    from app.desktop.views.transcript.inline import Inline

#: (left, right, top, height) of each line part between two offsets, from the text's top left.
Strips = Callable[[int, int], Iterable[tuple[float, float, float, float]]]


def chip_boxes(content: Inline, strips: Strips, height: int, pad: float = 0.0) -> list[QRectF]:
    """Where the fills of the code in `content` lie, from the text's top left.

    `pad`: how wide a pad is where those in the text may stand apart from their code: between words from right to left.
    """
    return [
        QRectF(left - pad, top + (step - height) / 2, right - left + 2 * pad, height)
        for start, end in _runs(content)
        for left, right, top, step in (strips(start + 1, end - 1) if pad and end - start > 2 else strips(start, end))
    ]


def paint_chips(context: PaintContext, boxes: Iterable[QRectF], origin: QPointF) -> None:
    """Fill boxes that count from `origin`."""
    painter, look = context.painter, context.look
    thickness = 1 / context.ratio
    half, radius = thickness / 2, look.px(4)
    painter.save()
    painter.translate(origin)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(look.color("line"), thickness))
    painter.setBrush(look.color("sunken"))
    for box in boxes:
        painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius, radius)
    painter.restore()


def _runs(content: Inline) -> list[tuple[int, int]]:
    """Start and end of each chip: neighbouring spans (pad, code, pad) form one."""
    runs: list[tuple[int, int]] = []
    for span in content.spans:
        if span.flags & CODE:
            if runs and runs[-1][1] == span.start and not _starts_chip(content, span.start):
                runs[-1] = (runs[-1][0], span.start + span.length)
            else:
                runs.append((span.start, span.start + span.length))
    return runs


def _starts_chip(content: Inline, offset: int) -> bool:
    pads = [edit.start for edit in content.edits if not edit.original]
    return offset in pads[::2] and offset - 1 in pads[1::2]
