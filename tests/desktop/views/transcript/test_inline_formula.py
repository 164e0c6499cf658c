"""Formulas within a line: recognised, shown as source until they are drawn, and copied as they were written."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.desktop.views.transcript import TranscriptView, inline_formulas
from app.desktop.views.transcript.blocks.table import TableBlock
from app.desktop.views.transcript.blocks.text import TextBlock
from app.desktop.views.transcript.hostile import original_text
from app.desktop.views.transcript.inline import CODE, parse_inline
from app.desktop.views.transcript.inline_formulas import INLINE_FORMULA
from app.services.highlighting.formulas import Drawing, FormulaRenderer
from tests.desktop.views.transcript.conftest import Show, answer, prompt

FRACTION = r"\frac{a}{b}"


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    async def draw() -> dict[str, Drawing | None]:
        renderer = FormulaRenderer()
        try:
            return {source: await renderer.drawing(source, inline=True) for source in (FRACTION, "n")}
        finally:
            await renderer.aclose()

    made = {source: drawing for source, drawing in asyncio.run(draw()).items() if drawing is not None}
    assert len(made) == 2
    return made


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        (r"with \(x^2\) and \( a+b \).", ["x^2", "a+b"]),
        (r"with $x^2$, $n$ and $O(n \log n)$", ["x^2", "n", r"O(n \log n)"]),
        (r"**bold $\alpha$** *it \(\beta\)*", [r"\alpha", r"\beta"]),
        ("over \\(a +\nb\\) lines", ["a + b"]),
        (r"$a_1$, $b'$", ["a_1", "b'"]),
    ],
)
def test_formulas_are_recognised(source: str, formulas: list[str]) -> None:
    content = parse_inline(source)
    assert [one.source for one in content.formulas] == formulas
    assert not any(one.drawn for one in content.formulas)


@pytest.mark.parametrize(
    "source",
    [
        *("costs $5 and $10", "from $5/month to $50/year", "$5-$10", "US$5 = AU$7", "$ a $", "$$", "$"),
        *("echo $HOME and $PATH", "$HOME/bin:$PATH", "a $100 note, a $20 note", "`$x$` and `\\(x\\)`", "\\$x$ y$"),
        *("run $(pwd)/$(name) there", "${HOME}/${USER}", "$HOME/$(date)", "f($a, $(b))", "$*=$@"),
        *("\\()", "\\( \\)", "\\(never closed", "$hello$ world$", "\\\\(x\\\\)"),
    ],
)
def test_prices_variables_and_code_are_no_formulas(source: str) -> None:
    assert parse_inline(source).formulas == []


def test_its_source_stands_there_as_code_until_it_is_drawn() -> None:
    content = parse_inline(f"half \\({FRACTION}\\), $n$.")
    assert rf"\({FRACTION}\)" in content.text and any(span.flags & CODE for span in content.spans)
    drawn = parse_inline(f"half \\({FRACTION}\\), $n$.", drawn={FRACTION, "n"})
    assert drawn.text == "half \u00a0, \u00a0." and [one.start for one in drawn.formulas] == [5, 8]
    for one in (content, drawn):
        assert original_text(one.text, one.edits, 0, one.length) == f"half \\({FRACTION}\\), $n$."


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab $\\()^_*`{}5😀\n")), max_size=80))
def test_whatever_is_drawn_is_copied_as_it_is_shown_undrawn(source: str) -> None:
    plain = parse_inline(source)
    drawn = parse_inline(source, drawn={one.source for one in plain.formulas})
    assert [one.source for one in drawn.formulas] == [one.source for one in plain.formulas]
    copies = [original_text(one.text, one.edits, 0, one.length) for one in (plain, drawn)]
    assert copies[0] == copies[1]


def text_block(view: TranscriptView, index: int = 0) -> TextBlock:
    return next(b for b in view.flow.document(index).flat if isinstance(b, TextBlock) and b.content is not None)


def picture_of(view: TranscriptView) -> QImage:
    view.viewport().repaint()
    return view.viewport().grab().toImage()


def answer_all(view: TranscriptView, drawings: dict[str, Drawing]) -> list[str]:
    """What the controller does, one request after the other."""
    asked: list[str] = []

    def reply(language: str, lines: list[str]) -> None:
        assert language == INLINE_FORMULA
        asked.append(lines[0])
        view.highlighter.take(drawings.get(lines[0]))

    view.highlighter.wanted.connect(reply)
    picture_of(view)
    view.highlighter.wanted.disconnect(reply)
    return asked


def test_what_is_seen_is_asked_for_once_and_drawn(show: Show, drawings: dict[str, Drawing]) -> None:
    view = show([answer(f"It is \\({FRACTION}\\) of $n$, that is $n$ and \\(bad\\).")])
    before = picture_of(view)
    view.highlighter.clear()
    view.highlighter.take(None)
    asked = answer_all(view, drawings)
    assert sorted(asked) == [FRACTION, "bad", "n"]
    block = text_block(view)
    assert block.parsed().text == "It is \u00a0 of \u00a0, that is \u00a0 and \u00a0\\(bad\\)\u00a0."
    assert picture_of(view) != before
    assert answer_all(view, drawings) == []
    assert block.accessible_name() == f"It is \\({FRACTION}\\) of $n$, that is $n$ and \\(bad\\)."


def test_a_high_formula_makes_its_line_higher_and_stays_inside(show: Show, drawings: dict[str, Drawing]) -> None:
    view = show([answer("one \\(" + FRACTION + "\\) two")])
    picture_of(view)
    view.formulas.put(FRACTION, drawings[FRACTION])
    plain = text_block(view).height
    text_block(view).discard_layout()
    view.actions_.after_highlight()
    assert text_block(view).height >= plain
    assert text_block(view).parsed().text == "one \u00a0 two"


def test_a_block_that_was_out_of_sight_takes_what_came_meanwhile(show: Show, drawings: dict[str, Drawing]) -> None:
    view = show([prompt("what is $n$?"), answer("$n$ is a number")])
    picture_of(view)
    view.formulas.put("n", drawings["n"])
    picture_of(view)
    for _ in range(3):  # a turn of the loop, then another painting
        QCoreApplication.processEvents()
        picture_of(view)
    assert all(text_block(view, index).parsed().formulas[0].drawn for index in (0, 1))


def test_both_themes_draw_it_in_the_colour_of_their_text(
    show: Show, drawings: dict[str, Drawing], qapp: QApplication
) -> None:
    view = show([answer("a $n$ b")])
    view.formulas.put("n", drawings["n"])
    for scheme in ("light", "dark"):
        view.theme.apply(qapp, scheme)
        picture_of(view)
        assert ("n", view.look.color("text").name()) in view.formulas._renderers


def test_more_formulas_than_are_kept_come_to_rest_and_none_is_left_out(
    show: Show, drawings: dict[str, Drawing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_formulas, "MOST_KEPT", 20)
    names = [f"a_{{{number}}}" for number in range(60)]
    view = show([answer(" ".join(f"${name}$" for name in names))])
    picture_of(view)
    view.highlighter.clear()
    view.highlighter.take(None)
    asked = [one for _ in range(100) for one in answer_all(view, dict.fromkeys(names, drawings["n"]))]
    assert len(asked) <= 60, "a formula that had to make room is not asked for again at once, and for ever"
    formulas = text_block(view).parsed().formulas
    assert sum(one.drawn for one in formulas) == 20
    assert all(view.formulas.drawing(one.source) is not None for one in formulas if one.drawn)


def test_a_drawing_that_made_room_for_others_is_shown_as_source_again(
    show: Show, drawings: dict[str, Drawing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_formulas, "SEEN_S", 0.0)
    view = show([answer("It is $n$.")])
    view.formulas.put("n", drawings["n"])
    text_block(view).discard_layout()
    view.actions_.after_highlight()
    picture_of(view)
    assert text_block(view).parsed().text == "It is \u00a0."
    for number in range(inline_formulas.MOST_KEPT):
        view.formulas.put(f"x_{number}", drawings["n"])
    view.highlighter.clear()
    for _ in range(3):
        picture_of(view)
        QCoreApplication.processEvents()
    assert "$n$" in text_block(view).parsed().text, "an empty place would stand there"


def test_one_that_is_wider_than_its_line_stays_source_that_wraps(show: Show, drawings: dict[str, Drawing]) -> None:
    view = show([answer("It is $n$, yes.")])
    view.formulas.put("n", dataclasses.replace(drawings["n"], width=3_000.0))
    for _ in range(3):
        text_block(view).discard_layout()
        view.actions_.after_highlight()
        picture_of(view)
    block = text_block(view)
    assert not block.parsed().formulas[0].drawn
    assert block._layout is not None and block._layout.maximumWidth() < 1_000
    paintings: list[int] = []
    view.formulas.ask(block, view.highlighter, lambda: paintings.append(1))
    QCoreApplication.processEvents()
    assert paintings == [], "it is not laid out again and again"


def table_block(view: TranscriptView) -> TableBlock:
    return next(block for block in view.flow.document(0).flat if isinstance(block, TableBlock))


def test_formulas_in_cells_are_drawn_and_copied_as_they_were_written(show: Show, drawings: dict[str, Drawing]) -> None:
    rows = f"| size | cost |\n|---|--:|\n| ${FRACTION}$ | \\(n\\) steps |\n| ten | 5 |\n"
    view = show([answer(rows)])
    before = picture_of(view)
    view.highlighter.clear()
    view.highlighter.take(None)
    assert sorted(answer_all(view, drawings)) == sorted([FRACTION, "n"])
    QCoreApplication.processEvents()
    assert picture_of(view) != before
    block = table_block(view)
    assert [one.drawn for one in block.shown_formulas()] == [True, True]
    assert block.plain(0, block.end_offset()) == f"size\tcost\n${FRACTION}$\t\\(n\\) steps\nten\t5"
    assert answer_all(view, drawings) == [], "they are asked for once"


def test_a_formula_wider_than_its_column_stays_source(show: Show, drawings: dict[str, Drawing]) -> None:
    wide = dataclasses.replace(drawings["n"], width=4_000.0)
    view = show([answer("| a | b |\n|---|---|\n| $n$ | $n$ |\n")])
    picture_of(view)
    view.highlighter.clear()
    view.highlighter.take(None)
    assert answer_all(view, {"n": wide}) == ["n"]
    QCoreApplication.processEvents()
    picture_of(view)
    assert table_block(view).too_wide == {"n"}
    assert not any(one.drawn for one in table_block(view).shown_formulas())


def test_a_drawing_that_comes_makes_only_the_rows_again_that_show_it(
    show: Show, drawings: dict[str, Drawing], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"| $x_{{{n}}}$ | `{n}` |\n" for n in range(30))
    view = show([answer(f"| a | b |\n|---|---|\n{rows}")])
    view.resize(600, 1_600)
    picture_of(view)
    laid: list[int] = []
    lay_row = TableBlock._lay_row

    def counted(block: TableBlock, look: Any, line: str, number: int) -> None:
        laid.append(number)
        lay_row(block, look, line, number)

    monkeypatch.setattr(TableBlock, "_lay_row", counted)
    block, high = table_block(view), dataclasses.replace(drawings["n"], height=60.0, baseline=30.0)
    for n in range(1, 30):
        view.formulas.put(f"x_{{{n}}}", high if n == 7 else drawings["n"])
        block.pictures_changed()
        view.actions_.after_highlight()
        picture_of(view)
    assert laid == [n + 1 for n in range(1, 30)], "each once, the head is row 0"
    heights = [b - a for a, b in zip(block._tops, block._tops[1:], strict=False)]
    assert heights[8] > 60 > max(heights[:8] + heights[9:]) and block.height >= block._tops[-1]
