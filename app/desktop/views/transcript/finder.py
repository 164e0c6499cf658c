"""Find in chat, in the view: which words are marked, and which of the marks is the current one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.desktop.views.transcript.blocks.code import LINE_SHIFT, CodeBlock
from app.desktop.views.transcript.document import PlaceholderDocument
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.views.transcript.blocks.base import Block
    from app.desktop.views.transcript.flow import Placed
    from app.desktop.views.transcript.view import TranscriptView


@dataclass(frozen=True, slots=True)
class Mark:
    """One place: a message, a block of it, and offsets inside the block."""

    index: int
    number: int
    range: tuple[int, int]


class Finder:
    """Belongs to a transcript view."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self.pattern: re.Pattern[str] | None = None
        self.current: Mark | None = None

    def mark(self, pattern: re.Pattern[str] | None) -> None:
        """Mark everything in view that matches; None marks nothing."""
        self.pattern = pattern
        self.current = None
        self._view.viewport().update()

    def current_in(self, placed: Placed) -> tuple[int, int] | None:
        """The offsets of the current mark where it is in this block."""
        current = self.current
        if current is None or (current.index, current.number) != (placed.index, placed.number):
            return None
        return current.range

    def first_index(self) -> int:
        """The message that is being read: the first one whose beginning is in view."""
        visible = self._view.flow.visible
        below = next((p.index for p in visible if p.top >= 0), None)
        return below if below is not None else (visible[0].index if visible else 0)

    def is_here(self, index: int) -> bool:
        """Whether the message's text is in memory; where it is not, it is on its way after `go_near`."""
        return not isinstance(self._view.flow.document(index), PlaceholderDocument)

    def go_near(self, index: int) -> None:
        """Bring a message into view, so that its text comes."""
        self._view.scroll_to_message(index)

    def next_in(self, index: int, *, forward: bool) -> bool:
        """Go on to the next mark of this message, the first one where the current mark is elsewhere; False where there
        is none."""
        marks = self._marks(index)
        current = self.current
        if current is not None and current.index == index:
            here = (current.number, current.range)
            rest = [m for m in marks if ((m.number, m.range) > here) == forward and (m.number, m.range) != here]
        else:
            rest = marks
        if not rest:
            return False
        self._show(rest[0 if forward else -1])
        return True

    def _marks(self, index: int) -> list[Mark]:
        if self.pattern is None:
            return []
        document = self._view.flow.document(index)
        return [
            Mark(index, number, one)
            for number, block in enumerate(document.flat)
            if block.selectable
            for one in block.find(self.pattern)
        ]

    def _show(self, mark: Mark) -> None:
        view, flow = self._view, self._view.flow
        self.current = mark
        block = flow.document(mark.index).flat[mark.number]
        if isinstance(block, CodeBlock) and block.folded and mark.range[0] >> LINE_SHIFT >= block.shown_lines():
            block.folded = False
            flow.document(mark.index).relayout(mark.number)
        flow.reveal(mark.index, mark.number, margin=view.look.px(16))
        top = flow.top_of(mark.index, mark.number)
        if top is not None:
            self._bring_line_into_view(top, block, mark.range[0])
        block.reveal_sideways(mark.range)
        view.refresh()

    def _bring_line_into_view(self, top: int, block: Block, offset: int) -> None:
        """A block may be far higher than the window."""
        height, margin = self._view.viewport().height(), self._view.look.px(64)
        line = top + block.line_top(offset)
        if not margin // 2 <= line <= height - margin:
            self._view.flow.scroll_by(line - height // 3)
