"""A formula in an answer: its source until there is a picture, then the picture, and the source again on demand."""

from __future__ import annotations

import asyncio
import re

import pytest
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest

from app.desktop.views.transcript import TranscriptView
from app.desktop.views.transcript.blocks.formula import FORMULA, FormulaBlock
from app.services.highlighting.formulas import Drawing, FormulaRenderer
from tests.desktop.views.transcript.conftest import Show, answer

SOURCE = r"x = \frac{a}{b}"


@pytest.fixture(scope="module")
def drawing() -> Drawing:
    async def draw() -> Drawing | None:
        renderer = FormulaRenderer()
        try:
            return await renderer.drawing(SOURCE)
        finally:
            await renderer.aclose()

    made = asyncio.run(draw())
    assert made is not None
    return made


def block_of(view: TranscriptView, index: int = 0) -> FormulaBlock:
    return next(b for b in view.flow.document(index).flat if isinstance(b, FormulaBlock))


def press(view: TranscriptView, action: str) -> None:
    document = view.flow.document(0)
    block = block_of(view)
    control = next(c for c in block.controls if c.action == action)
    view.actions_.run(0, document.flat.index(block), control)


def picture_of(view: TranscriptView) -> QImage:
    view.viewport().repaint()
    return view.viewport().grab().toImage()


def draw(view: TranscriptView, drawing: Drawing) -> None:
    block_of(view).take(drawing)
    view.actions_.after_highlight()


def test_the_picture_takes_the_place_of_the_source_and_gives_it_back(show: Show, drawing: Drawing) -> None:
    view = show([answer(f"Before\n\n$$\n{SOURCE}\n$$\n\nafter")])
    block = block_of(view)
    assert block.wants_deep_highlight and (block.language(), block.code_lines()) == (FORMULA, [SOURCE])
    as_source, high = picture_of(view), block.height
    draw(view, drawing)
    assert block.is_drawn and block.exact and block.height != high
    assert picture_of(view) != as_source
    assert block.accessible_name() == f"Formula, {SOURCE}"
    press(view, "copy_code")
    assert QGuiApplication.clipboard().text() == SOURCE
    press(view, "formula")
    assert not block.is_drawn and block.height == high
    press(view, "formula")
    assert block.is_drawn


def test_what_cannot_be_drawn_stays_as_it_was_written(show: Show) -> None:
    view = show([answer("$$\\frac{$$\n")])
    block = block_of(view)
    before = block.height
    block.take(None)
    view.actions_.after_highlight()
    assert not block.is_drawn and block.height == before
    assert [c.action for c in block.controls] == ["wrap", "save_code", "copy_code"]


def test_a_formula_that_is_found_or_chosen_has_a_ground(show: Show, drawing: Drawing) -> None:
    view = show([answer(f"$${SOURCE}$$\n")])
    block = block_of(view)
    draw(view, drawing)
    plain = picture_of(view)
    assert [(block.plain(a, b)) for a, b in block.find(re.compile("frac"))] == ["frac"]
    QTest.keySequence(view, QKeySequence.StandardKey.SelectAll)
    assert picture_of(view) != plain


def test_both_themes_draw_it_in_the_colour_of_their_text(show: Show, drawing: Drawing) -> None:
    view = show([answer(f"$${SOURCE}$$\n")])
    block = block_of(view)
    draw(view, drawing)
    view.viewport().grab()
    assert block._renderer is not None
    light = block._renderer[0]
    assert block._made_for("#ffffff") is not None
    assert block._renderer[0] == "#ffffff" != light
