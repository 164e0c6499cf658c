"""Two answers side by side: nothing is lost, and what is the same is said to be."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.services.conversations.answer_diff import Piece, differences

TEXTS = st.text(alphabet="ab \n.é", max_size=60)


@given(TEXTS, TEXTS)
def test_the_pieces_make_both_answers(first: str, second: str) -> None:
    pieces = differences(first, second)
    assert "".join(p.text for p in pieces if p.kind != "added") == first
    assert "".join(p.text for p in pieces if p.kind != "removed") == second
    assert all(p.text for p in pieces)
    assert all(a.kind != b.kind for a, b in pairwise(pieces))


def test_a_word_that_changed_is_all_that_differs() -> None:
    first = "Use a list here.\nIt is fast.\n"
    second = "Use a tuple here.\nIt is fast.\n"
    assert differences(first, second) == [
        Piece("same", "Use a "),
        Piece("removed", "list"),
        Piece("added", "tuple"),
        Piece("same", " here.\nIt is fast.\n"),
    ]


def test_equal_and_empty_answers() -> None:
    assert differences("x", "x") == [Piece("same", "x")]
    assert differences("", "") == []
    assert differences("", "new") == [Piece("added", "new")]


def test_two_other_texts_are_told_apart_as_wholes() -> None:
    kinds = [p.kind for p in differences("alpha beta gamma delta", "one two three four five six")]
    assert kinds == ["removed", "added"]


def test_long_answers_take_no_minutes() -> None:
    first = " ".join(f"w{n}" for n in range(60_000))
    second = "\n".join(f"w{n * 7}" for n in range(60_000))
    began = time.perf_counter()
    pieces = differences(first, second)
    assert time.perf_counter() - began < 5
    assert "".join(p.text for p in pieces if p.kind != "added") == first
