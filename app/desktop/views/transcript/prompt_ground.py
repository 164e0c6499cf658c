"""The fill behind the person's own messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

from app.desktop.views.transcript.blocks.base import PaintContext, fill_rounded

if TYPE_CHECKING:
    from app.desktop.views.transcript.view import TranscriptView


def paint_prompts(view: TranscriptView, context: PaintContext, left: int) -> None:
    """From the first visible block of each prompt to its end, clipped to what is seen."""
    flow, look = view.flow, view.look
    done = -1
    for placed in flow.visible:
        if placed.index == done or not view.model.is_user(placed.index):
            continue
        done = placed.index
        document = flow.document(placed.index)
        top = placed.top - document.sums.top(placed.number)
        box = QRect(left, top + look.px(12), flow.width, document.height - look.px(12))
        if box.bottom() < context.top or box.top() > context.bottom:
            continue
        margin = look.px(16)
        box.setTop(max(box.top(), -margin))
        box.setBottom(min(box.bottom(), view.viewport().height() + margin))
        fill_rounded(context, box, look.px(8), "user")
