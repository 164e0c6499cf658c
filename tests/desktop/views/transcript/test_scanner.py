"""The block scanner: the same blocks however the text is cut, and every block where it belongs."""

from __future__ import annotations

import itertools
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.desktop.views.transcript.scanner import SOFT, TABLE_ROWS, Scanner, Source, scan, split_row

PIECES = st.sampled_from(
    [
        "# Title\n", "word ", "two words\n", "\n", "\n\n", "- item\n", "  - nested\n", "1. one\n", "10) ten\n",
        "```python\n", "```\n", "~~~\n", "    indented\n", "   ```sh\n", "> quote\n", "> > deep\n", "> ```\n",
        "| a | b |\n", "|---|--:|\n", "| 1 | 2 |\n", "---\n", "===\n", "* * *\n", "$$\n", "\\[\n", "\\]\n", "\t",
        "$$x^2$$\n", "\\[ y \\]\n", "  $$ z $$ \n", "$$a$$ b\n",
        "\r\n", "- [ ] task\n", "`", "|", ">", "x" * (SOFT + 7), "long " * 500, "\u202e", "😀", "\x00",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=24).map("".join)


def facts(blocks: list[Source]) -> list[tuple[Any, ...]]:
    return [
        (b.kind, b.start, b.end, tuple(b.lines), b.level, b.marker, b.info, b.quote, b.indent, b.fence, b.open,
         b.continues, b.strip, b.body_start, b.body_end, b.head.start if b.head else None)
        for b in blocks
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PIECES, max_size=24).map("".join), st.lists(st.integers(1, 400), min_size=1, max_size=40), st.booleans()
)
def test_any_cut_of_the_text_gives_the_same_blocks(text: str, cuts: list[int], look: bool) -> None:
    whole = scan(text)
    scanner, at, turn = Scanner(), 0, 0
    while at < len(text):
        step = cuts[turn % len(cuts)]
        scanner.feed(text[at : at + step])
        if look:
            scanner.preview()
            scanner.partial_code()
        at, turn = at + step, turn + 1
    scanner.finish()
    assert facts(scanner.blocks) == facts(whole)
    assert scanner.length == len(text)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_one_character_at_a_time_gives_the_same_blocks(text: str) -> None:
    text = text[:1500]
    scanner = Scanner()
    for character in text:
        scanner.feed(character)
    scanner.finish()
    assert facts(scanner.blocks) == facts(scan(text))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_source_ranges_follow_each_other_and_hold_all_text(text: str) -> None:
    blocks = scan(text)
    for before, after in itertools.pairwise(blocks):
        assert before.start <= before.end <= after.start
        assert not text[before.end : after.start].strip(" \t\r\n>")
    if blocks:
        assert blocks[-1].end <= len(text)


def kinds(text: str) -> list[tuple[str, int, int]]:
    return [(b.kind, b.quote, b.indent) for b in scan(text)]


def test_code_inside_a_list_item_keeps_its_own_indentation_only() -> None:
    code = scan("1. do\n   ```python\n   if x:\n       y()\n   ```\n2. then\n")[1]
    assert (code.kind, code.info, code.indent, code.lines) == ("code", "python", 1, ["if x:", "    y()"])


def test_nesting_of_lists_and_quotes_is_kept() -> None:
    assert kinds("1. a\n   - b\n     - c\n2. d\n") == [("item", 0, 1), ("item", 0, 2), ("item", 0, 3), ("item", 0, 1)]
    assert kinds("> a\n> > b\n\nc") == [("paragraph", 1, 0), ("paragraph", 2, 0), ("paragraph", 0, 0)]


def test_a_number_does_not_cut_a_paragraph_in_two() -> None:
    assert kinds("It was in\n1984. It was cold.") == [("paragraph", 0, 0)]


def test_a_table_needs_a_line_of_dashes_with_as_many_cells() -> None:
    assert kinds("| a | b |\n|---|---|\n| 1 | 2 |") == [("table", 0, 0)]
    assert kinds("a | b\n--- \n") == [("heading", 0, 0)]
    assert kinds("Text before\n| a | b |\n|---|---|\n| 1 | 2 |") == [("paragraph", 0, 0), ("table", 0, 0)]
    assert split_row(r"| a \| b | `c` |") == ["a | b", "`c`"]


def test_a_long_table_goes_on_in_blocks_of_the_same_shape() -> None:
    blocks = scan("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 200)
    assert all(len(b.lines) <= TABLE_ROWS for b in blocks) and len(blocks) > 3
    assert all(b.head is blocks[0] for b in blocks[1:])


def test_an_endless_paragraph_is_closed_softly() -> None:
    blocks = scan("word " * 10_000)
    assert max(len(b.lines[0]) for b in blocks) <= SOFT
    assert not blocks[0].continues and all(b.continues for b in blocks[1:])
    assert "".join(b.lines[0] for b in blocks).replace(" ", "") == "word" * 10_000


def test_the_unfinished_line_is_shown_but_not_a_half_typed_mark() -> None:
    scanner = Scanner()
    scanner.feed("A sentence that ")
    assert [b.lines for b in scanner.preview()[1]] == [["A sentence that "]]
    scanner.feed("goes on\n``")
    assert scanner.preview() == (False, [])
    scanner.feed("`python\nx = 1\n``")
    assert scanner.partial_code() is None
    scanner.feed("no")
    assert scanner.partial_code() == "``no"


def test_what_was_closed_is_never_touched_again() -> None:
    scanner = Scanner()
    scanner.feed("# One\n\ntext\n\n- a\n- b\n")
    before = [(id(b), b.revision) for b in scanner.blocks[:-1]]
    scanner.feed("- c\n\nmore\n```\ncode\n")
    assert [(id(b), b.revision) for b in scanner.blocks[: len(before)]] == before


def test_cost_grows_with_the_text_and_not_with_its_square() -> None:
    def cost(lines: int) -> float:
        scanner = Scanner()
        start = time.thread_time()
        for _ in range(lines):
            scanner.feed("- an item with ")
            scanner.preview()
            scanner.feed("some words\n")
        return time.thread_time() - start

    cost(500)
    once, four = min(cost(2_000) for _ in range(3)), min(cost(8_000) for _ in range(3))
    assert four < once * 8


def test_a_line_that_is_nothing_but_a_formula_is_one() -> None:
    def formulas(text: str) -> list[list[str]]:
        return [b.lines for b in scan(text) if b.is_formula and not b.open]

    assert formulas("Before\n$$x^2$$\nafter") == [["x^2"]]
    assert formulas("\\[ \\frac{a}{b} \\\\ c \\]") == [["\\frac{a}{b} \\\\ c"]]
    assert formulas("- in a list\n\n  $$ y $$\n\n> $$z$$\n") == [["y"], ["z"]]
    assert formulas("$$\na\nb\n$$\n") == [["a", "b"]]
    for text in ("costs $$5$$ here", "$$$$", "$$a$$b$$", "echo $$", "`$$x$$`", "\\[x", "    $$code$$", "$x$"):
        assert formulas(text) == [], text
    assert [b.kind for b in scan("text\n$$x$$\nmore")] == ["paragraph", "code", "paragraph"]


def test_a_line_of_dollars_takes_no_time() -> None:
    began = time.perf_counter()
    for text in ("$$" + "\\" * 50_000, "$$" + "a" * 50_000, "\\[" + "\\a" * 50_000, "$$" + "\\$" * 50_000 + "$$"):
        scan(text)
    assert time.perf_counter() - began < 1
