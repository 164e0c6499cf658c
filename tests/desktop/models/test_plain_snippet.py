"""A search hit reads as plain words, and the found ones stay marked."""

from __future__ import annotations

import time

import pytest

from app.desktop.models.plain_snippet import plain_snippet, runs_of
from tests.slowness import slowness


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ("use a **\x02token\x03 bucket** here", "use a \x02token\x03 bucket here"),
        ("**\x02bold\x03**", "\x02bold\x03"),
        ("call `\x02limit\x03(x | y)` once", "call \x02limit\x03(x | y) once"),
        ("an open `\x02call\x03 that was cut", "an open \x02call\x03 that was cut"),
        ("## The \x02limits\x03\n\nare low", "The \x02limits\x03 are low"),
        ("…\n- [x] \x02one\x03\n- two\n> three", "… \x02one\x03 two three"),
        ("| Name | \x02Age\x03 |\n|---|:--:|\n| Ann | 3 |", "Name, \x02Age\x03 Ann, 3"),
        ("…\x02Age\x03 | Size |\n| 1 | 2 |", "…\x02Age\x03, Size 1, 2"),
        ("see [the \x02guide\x03](https://docs.example/a) now", "see the \x02guide\x03 now"),
        ("```python\nx = \x021\x03\n```", "x = \x021\x03"),
        ("*very* \x02odd\x03, ~~gone~~", "very \x02odd\x03, gone"),
        ("2 * 3 * \x02four\x03", "2 * 3 * \x02four\x03"),
        ("def \x02__init__\x03(self, *args, a_b)", "def \x02__init__\x03(self, *args, a_b)"),
        ("a: int | \x02None\x03 = C#", "a: int | \x02None\x03 = C#"),
    ],
)
def test_signs_of_markdown_are_gone_and_words_stay(found: str, shown: str) -> None:
    assert plain_snippet(found) == shown


@pytest.mark.parametrize("sign", ["-", "`", "*", "| ", "[", "# ", "~~"])
def test_a_hostile_piece_takes_no_time(sign: str) -> None:
    before = time.thread_time()
    shown = plain_snippet(sign * 100_000 + " a\x02b\x03 " + sign * 100_000 + "c")
    assert time.thread_time() - before < 0.25 * slowness()
    assert "\x02b\x03" in shown


def test_the_pieces_know_which_of_them_were_found() -> None:
    assert runs_of("a \x02b\x03 c\x02d\x03") == [("a ", False), ("b", True), (" c", False), ("d", True)]
    assert runs_of("") == []


@pytest.mark.parametrize(
    "found",
    ["\n" * 390 + "x", "\n " * 190 + "x", "|\n" * 190 + "x", "-\n" * 190 + "x", "-" * 399 + "x", " \t" * 190 + "x"],
    ids=["blank lines", "indented blank lines", "pipes", "dashes on lines", "dashes", "blanks"],
)
def test_no_piece_takes_long_to_be_made_plain(found: str) -> None:
    plain_snippet(found)
    costs = []
    for _ in range(3):
        begin = time.thread_time()
        assert plain_snippet(found).endswith("x")
        costs.append(time.thread_time() - begin)
    assert min(costs) < 0.004


def test_a_rule_below_blank_lines_is_not_shown() -> None:
    assert plain_snippet("a\n\n  \n\t--- \n\n\n===\n b") == "a b"
