"""How single blocks look: columns of tables, code in cells, marks of lists."""

from __future__ import annotations

import random

import pytest
from PySide6.QtGui import QImage

from app.desktop.views.transcript.blocks.table import TableBlock, _bounded
from app.desktop.views.transcript.blocks.text import TextBlock, reads_from_right
from app.desktop.views.transcript.flow import Placed
from app.desktop.views.transcript.view import TranscriptView
from tests.desktop.views.transcript.conftest import Show, answer

LEAST = 112


def table_of(view: TranscriptView) -> TableBlock:
    return next(block for block in view.flow.document(0).flat if isinstance(block, TableBlock))


def test_narrow_columns_keep_what_they_ask_for_and_wide_ones_share_the_rest() -> None:
    assert _bounded([60, 900, 80], 1_200, least=LEAST) == [60, 900, 80]
    assert _bounded([60, 900, 80], 720, least=LEAST) == [60, 580, 80]
    assert _bounded([900, 60, 500], 720, least=LEAST) == [330, 60, 330]
    assert _bounded([900] * 10, 720, least=LEAST) == [LEAST] * 10  # it scrolls sideways


def test_columns_that_can_fit_never_ask_for_a_scroll_bar() -> None:
    chance = random.Random(3)
    for _ in range(500):
        asked = [chance.randint(20, 1_500) for _ in range(chance.randint(1, 9))]
        room = chance.randint(200, 1_400)
        given = _bounded(asked, room, least=LEAST)
        assert all(min(width, LEAST) <= got <= width for width, got in zip(asked, given, strict=True))
        if sum(min(width, LEAST) for width in asked) <= room:
            assert sum(given) <= room


@pytest.mark.parametrize("width", [700, 701, 733, 900])
def test_a_table_that_fits_does_not_scroll(show: Show, width: int) -> None:
    text = "| call | result | n |\n|---|:-:|--:|\n| " + "word " * 40 + '| `["abcd", "ef"]` | 12 |\n'
    table = table_of(show([answer(text)], size=(width, 600)))
    assert table.widest_scroll == 0
    assert table._rows[1][1].layout.lineCount() == 1  # its column has the room that its code needs


def image_of(view: TranscriptView) -> QImage:
    return view.viewport().grab().toImage()


def test_code_in_a_cell_stands_on_the_fill_of_code(show: Show) -> None:
    view = show([answer("| a |\n|---|\n| `code` |\n")])
    fill = view.look.color("sunken").rgb()
    assert fill != view.look.color("base").rgb()
    image = image_of(view)
    assert sum(image.pixel(x, y) == fill for x in range(image.width()) for y in range(image.height())) > 100


def inked_rows(view: TranscriptView, image: QImage, placed: Placed, first: int, last: int) -> list[int]:
    """Rows of a block that are not empty between two distances from where its text starts."""
    edge = view.column_left() + placed.block.left(view.look)  # type: ignore[attr-defined]  # a text block
    base = view.look.color("base").lightness()
    rows = range(placed.top, placed.top + placed.block.height)
    columns = range(edge + first, edge + last)
    return [y for y in rows if any(abs(image.pixelColor(x, y).lightness() - base) > 60 for x in columns)]


def texts(view: TranscriptView) -> list[Placed]:
    return [placed for placed in view.flow.visible if placed.block.kind == "text"]


@pytest.mark.parametrize("zoom", [0.8, 1.0, 1.1, 1.25, 1.3, 1.6, 2.0])
def test_the_number_of_an_item_stands_on_the_line_of_its_text(show: Show, zoom: float) -> None:
    view = show([answer("1. 1")])
    view.set_zoom(zoom)
    placed = texts(view)[0]
    image = image_of(view)
    assert inked_rows(view, image, placed, -40, -1)[-1] == inked_rows(view, image, placed, 0, 40)[-1]


@pytest.mark.parametrize("zoom", [1.0, 1.6])
def test_marks_of_lists_stand_in_the_middle_of_small_letters_whatever_the_font(show: Show, zoom: float) -> None:
    view = show([answer("- x\n  - x\n    - x")])
    view.set_zoom(zoom)
    image = image_of(view)
    size = view.look.px(14)
    for placed in texts(view):
        mark = inked_rows(view, image, placed, -size, -1)
        letter = inked_rows(view, image, placed, 0, size)
        assert abs((mark[0] + mark[-1]) - (letter[0] + letter[-1])) <= 2
        assert 3 <= len(mark) <= view.look.px(6)
    first, second, third = (
        image.copy(
            view.column_left() + p.block.left(view.look) - size, p.top + p.block.gap, size, p.block.height - p.block.gap
        )  # type: ignore[attr-defined]  # text blocks
        for p in texts(view)
    )
    assert first != second != third != first


HEBREW = "\u05e9\u05dc\u05d5\u05dd"


@pytest.mark.parametrize(
    ("text", "from_right"),
    [
        (HEBREW, True),
        (f"1) {HEBREW} and Python", True),
        (f"`x`: {HEBREW}", False),
        (f"(2026) {HEBREW}", True),
        (f"A word like {HEBREW}", False),
        ("42", False),
        ("\u00e9t\u00e9", False),
    ],
)
def test_a_paragraph_stands_where_its_first_letter_reads_from(show: Show, text: str, from_right: bool) -> None:
    assert reads_from_right(text) == from_right
    view = show([answer(text.replace("1) ", "\\1) "))])
    placed = texts(view)[0]
    left, right = inked_columns(view, placed)
    column = view.column_width()
    assert (column - right < left) == from_right


@pytest.mark.parametrize("mark", ["- {}", "7. {}", "- [ ] {}", "> {}"])
def test_marks_stand_on_the_side_where_the_text_begins(show: Show, mark: str) -> None:
    view = show([answer(mark.format("word")), answer(mark.format(HEBREW), 3)])
    english, hebrew = texts(view)
    column, pad = view.column_width(), view.look.pad
    assert inked_columns(view, english)[0] < pad + view.look.px(18)
    assert inked_columns(view, hebrew)[1] > column - pad - view.look.px(18)
    assert inked_columns(view, hebrew)[0] > column / 2


def test_a_click_into_mirrored_text_finds_the_letter_under_it(show: Show) -> None:
    view = show([answer(f"- {HEBREW} {HEBREW}\n- x")])
    block = texts(view)[0].block
    assert isinstance(block, TextBlock)
    (left, right, _top, _height), *_ = block._strips(0, 1)
    letter = block._x + (left + right) / 2
    assert block.offset_at(letter + 1, block.gap + 4) in (0, 1)
    assert letter > view.column_width() / 2


def test_between_words_from_the_right_the_fill_of_code_lies_behind_the_code(show: Show) -> None:
    view = show([answer(f"{HEBREW} `foo` barbar {HEBREW}")])
    block = texts(view)[0].block
    assert isinstance(block, TextBlock)
    at = block.parsed().text.index("foo")
    (left, right, _top, _height), *_ = block._strips(at, at + 3)
    image_of(view)
    assert block._chips is not None
    (chip,) = block._chips
    assert 0 < right - left < 60
    assert chip.left() <= left < right <= chip.right()
    assert chip.width() < right - left + 16


@pytest.mark.parametrize("text", ["\U0001e900\U0001e901 adlam", "\u0661\u0662 \u05e9\u05dc"])
def test_every_script_from_the_right_is_mirrored(show: Show, text: str) -> None:
    block = texts(show([answer(text)]))[0].block
    assert isinstance(block, TextBlock)
    assert block._from_right


def test_marks_of_deep_items_stand_beside_their_text_in_a_narrow_column(show: Show) -> None:
    text = "".join("  " * depth + f"- {HEBREW}\n" for depth in range(10))
    view = show([answer(text)], size=(320, 900))
    for placed in texts(view):
        block = placed.block
        assert isinstance(block, TextBlock)
        (_left, right, _top, _height), *_ = block._strips(0, 1)
        inset = block.left(view.look)
        assert block._x + right <= view.column_width() - inset + 1


def test_the_line_that_is_read_stays_when_the_width_changes_in_both_directions(show: Show) -> None:
    for word in ("word", HEBREW):
        view = show([answer(" ".join(f"{word}{n}" for n in range(2_000)))], size=(700, 400))
        view.jump_to_latest()
        view.scroll_by(-1_500)
        block = texts(view)[0].block
        assert isinstance(block, TextBlock)
        first = block.line_start(view.flow.anchor.below)
        view.resize(560, 400)
        assert block.line_start(view.flow.anchor.below) <= first
        assert first - block.line_start(view.flow.anchor.below) < 120


def inked_columns(view: TranscriptView, placed: Placed) -> tuple[int, int]:
    """The first and the last column of a block that is not empty, from the column's edge."""
    image, base = image_of(view), view.look.color("base").lightness()
    edge = view.column_left()
    rows = range(placed.top + placed.block.gap, placed.top + placed.block.height)
    found = [
        x
        for x in range(view.column_width())
        if any(abs(image.pixelColor(edge + x, y).lightness() - base) > 12 for y in rows)
    ]
    return found[0], found[-1]
