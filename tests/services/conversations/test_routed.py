"""What is kept of an answer that Auto chose the model of, and what is read of it again, whoever wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.conversations.routed import MODEL, Routed, Unanswered, unanswered, was_routed


def test_the_choice_stands_among_the_parameters_with_its_reasons() -> None:
    entry = Routed((("lm_studio", "qwen"), ("ollama", "llama")), "code · loaded").entry()
    assert entry == {"value": "lm_studio:qwen", "origin": "Auto: code · loaded"}
    assert was_routed({MODEL: entry}) and unanswered({MODEL: entry}) == ()


def test_who_did_not_answer_is_read_again() -> None:
    said = {"name": "Qwen", "kind": "overloaded", "message": "It is busy."}
    assert unanswered({MODEL: {"instead_of": [said]}}) == (Unanswered("Qwen", "overloaded", "It is busy."),)


@pytest.mark.parametrize(
    "parameters",
    [None, {}, {MODEL: "qwen"}, {MODEL: {}}, {MODEL: {"instead_of": "Qwen"}}, {MODEL: {"instead_of": [1, None]}}],
)
def test_anything_else_that_came_with_a_file_says_nothing(parameters: dict[str, Any] | None) -> None:
    assert not was_routed(parameters) and unanswered(parameters) == ()
