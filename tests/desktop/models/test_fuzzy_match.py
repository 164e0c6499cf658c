"""What typed letters find among names, and in which order."""

from __future__ import annotations

import pytest

from app.desktop.models.fuzzy_match import fit, ranked

NAMES = ["New chat", "Find in chat", "Regenerate the last answer", "Rename the chat", "Delete the chat", "Zoom: größer"]


def found(typed: str) -> list[str]:
    return ranked(typed, NAMES, lambda name: name, 10)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("reg", "Regenerate the last answer"),
        ("chat", "New chat"),
        ("fic", "Find in chat"),
        ("last ans", "Regenerate the last answer"),
        ("dltch", "Delete the chat"),
        ("GROSSER", "Zoom: größer"),
        ("new chat", "New chat"),
    ],
)
def test_beginnings_initials_pieces_and_scattered_letters_find_a_name(typed: str, first: str) -> None:
    assert found(typed)[0] == first


def test_a_better_fit_comes_first_and_alike_ones_keep_their_order() -> None:
    assert found("") == NAMES
    scores = [fit("re", name) for name in ("Re", "Rename", "Do rename", "Share")]
    assert scores == sorted(scores, key=lambda score: -(score or 0))
    assert ranked("chat", ["a chat", "b chat"], lambda name: name, 1) == ["a chat"]


def test_what_is_not_there_is_not_found() -> None:
    assert found("xyz") == [] and fit("chat zebra", "New chat") is None
    assert fit("zh", "Zoom: größer") is None, "two letters are scattered over nearly everything"
