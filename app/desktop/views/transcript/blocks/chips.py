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


def paint_chips(context: PaintContext, content: Inline, strips: Strips, origin: QPointF, height: int) -> None:
    """Fills of `height` behind the code in `content`, whose text starts at `origin`."""
    runs = _runs(content)
    if not runs:
        return
    painter, look = context.painter, context.look
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    thickness = 1 / context.ratio
    painter.setPen(QPen(look.color("line"), thickness))
    painter.setBrush(look.color("sunken"))
    half = thickness / 2
    for start, end in runs:
        for left, right, top, step in strips(start, end):
            box = QRectF(origin.x() + left, origin.y() + top + (step - height) / 2, right - left, height)
            painter.drawRoundedRect(box.adjusted(half, half, -half, -half), look.px(4), look.px(4))
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
