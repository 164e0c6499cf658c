"""Numbers beside the lines of code, for who wants them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from app.desktop.views.transcript import TranscriptView
from app.desktop.views.transcript.blocks.code import LINE_SHIFT, CodeBlock
from tests.desktop.views.transcript.conftest import Show, answer

LONG = "\n".join(f"line_{n} = {n}" for n in range(1, 13))


def numbered(view: TranscriptView, *, on: bool = True) -> CodeBlock:
    view.set_reading(open_thinking=False, announce_sentences=False, line_numbers=on)
    view.viewport().repaint()
    return next(b for b in view.flow.document(0).flat if isinstance(b, CodeBlock))


def left_edge(view: TranscriptView, block: CodeBlock) -> QImage:
    """The strip between the frame and the text, from the first line to the last."""
    place = next(p for p in view.flow.visible if p.block is block)
    top = place.top + block.line_top(0)
    inside = QRect(view.column_left() + 2, top, view.look.pad + view.look.px(10), block.shown_lines() * 10)
    return view.viewport().grab(inside).toImage()


def test_they_stand_beside_the_lines_and_not_in_the_text(show: Show) -> None:
    view = show([answer(f"```python\n{LONG}\n```")])
    plain = numbered(view, on=False)
    without = left_edge(view, plain)
    before = plain.offset_at(view.look.pad + 3, plain.line_top(2 << LINE_SHIFT) + 3)
    block = numbered(view)
    assert left_edge(view, block) != without
    assert block.plain(0, block.end_offset()) == LONG
    gutter = block._gutter
    assert gutter > 0 and block.height == plain.height
    y = block.line_top(2 << LINE_SHIFT) + 3
    assert block.offset_at(view.look.pad + gutter + 3, y) == before == 2 << LINE_SHIFT
    assert block.offset_at(3, y) == 2 << LINE_SHIFT  # on a number: the beginning of its line


@pytest.mark.parametrize("wrapped", [False, True])
def test_scrolling_and_wrapping_leave_them_in_place(show: Show, *, wrapped: bool) -> None:
    view = show([answer("```python\n" + "x = 1  # " + "long " * 60 + "\ny = 2\n```")])
    block = numbered(view)
    block.wrapped = wrapped
    block.discard_layout()
    view.actions_.after_highlight()
    before = left_edge(view, block)
    block.scroll_sideways(200)
    view.viewport().repaint()
    assert left_edge(view, block) == before
    if wrapped:
        assert block.shown_lines() == 2 and block.line_top(1 << LINE_SHIFT) > block.line_top(0) + block._step


def test_they_need_more_room_with_more_lines(show: Show) -> None:
    few = numbered(show([answer("```\na\n```")]))._gutter
    many = numbered(show([answer("```\n" + "a\n" * 1_000 + "```")]))._gutter
    assert many > few
