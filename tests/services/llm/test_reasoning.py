"""Inline reasoning is separated from the answer, wherever the stream cut it (reliability A14)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm.reasoning import ReasoningSeparator, separate


def run(parts: list[str], separator: ReasoningSeparator | None = None) -> tuple[str, str]:
    separator = separator or ReasoningSeparator()
    answer, reasoning = "", ""
    for part in [*parts, None]:
        for kind, piece in separator.finish() if part is None else separator.feed(part):
            if kind == "text_was_reasoning":
                answer, reasoning = "", answer
            elif kind == "text":
                answer += piece
            else:
                reasoning += piece
    return answer, reasoning


CASES = [
    ("plain text", "plain text", ""),
    ("<think>why</think>because", "because", "why"),
    ("\n<think>\nwhy\n</think>\n\nbecause", "\nbecause", "\nwhy\n"),
    ("<thinking>why</thinking>because", "because", "why"),
    ("<thought>why</thought>because", "because", "why"),
    ("[THINK]why[/THINK]because", "because", "why"),
    ("why\n</think>\n\nbecause", "because", "why\n"),
    ("why[/THINK]because", "because", "why"),
    ("a<think>b</think>c<think>d</think>e", "ace", "bd"),
    ("<think>cut off", "", "cut off"),
    ("<think></think>x", "x", ""),
    ("a < b and b <c> [x] <thinks> <think", "a < b and b <c> [x] <thinks> <think", ""),
    ("[THINKING] </thinker> <Think>", "[THINKING] </thinker> <Think>", ""),
    ("use `<think>` here", "use `<think>` here", ""),
    ("use ``a ` <think>`` here", "use ``a ` <think>`` here", ""),
    ("end with `</think>` here", "end with `</think>` here", ""),
    ("x\n```html\n<think>a</think>\n```\ny", "x\n```html\n<think>a</think>\n```\ny", ""),
    ("x\n~~~\n</think>\n~~~\ny", "x\n~~~\n</think>\n~~~\ny", ""),
    ("<think>the `</think>` tag</think>ok", "ok", "the `</think>` tag"),
    ("<think>open fence\n```py\nx = 1\n</think>\nanswer", "answer", "open fence\n```py\nx = 1\n"),
    ("<think>a [/THINK] b</think>c", "c", "a [/THINK] b"),
    ("it`s a tick\n<think>a</think>b", "it`s a tick\nb", "a"),
    ("<think>a</think>b</think>c", "b</think>c", "a"),
    ("    indented code stays", "    indented code stays", ""),
    ("", "", ""),
]


@pytest.mark.parametrize("text, answer, reasoning", CASES)
def test_A14_reasoning_is_separated_at_every_split_of_the_text(text: str, answer: str, reasoning: str) -> None:
    assert separate(text) == (answer, reasoning)
    assert run(list(text)) == (answer, reasoning)
    for cut in range(len(text) + 1):
        assert run([text[:cut], text[cut:]]) == (answer, reasoning), cut
        for second in range(cut, len(text) + 1):
            assert run([text[:cut], text[cut:second], text[second:]]) == (answer, reasoning), (cut, second)


@given(st.text(alphabet="<>/thinkg[]THINK`~\n aé", max_size=80), st.lists(st.integers(0, 80), max_size=6))
def test_A14_chunk_borders_never_matter_and_no_character_is_lost(text: str, cuts: list[int]) -> None:
    borders = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    parts = [text[a:b] for a, b in pairwise(borders)]
    whole = separate(text)
    assert run(parts) == whole
    kept = sorted("".join(whole).replace("\n", "").replace(" ", ""))
    bare = text.replace("\n", "").replace(" ", "")
    if not any(tag in text for tag in ("think>", "thinking>", "thought>", "THINK]")):
        assert "".join(kept) == "".join(sorted(bare))
        assert whole == (text, "")


def test_A14_with_reasoning_in_its_own_field_a_lone_closing_tag_is_text() -> None:
    separator = ReasoningSeparator()
    separator.field_seen()
    assert run(["say ", "</think>", " now"], separator) == ("say </think> now", "")


def test_A14_tags_inside_a_json_answer_stay_in_its_strings() -> None:
    text = '{"html": "<think>x</think>"}'
    assert run([text], ReasoningSeparator(only_at_start=True)) == (text, "")
    assert run(["<think>hm</think>\n" + text], ReasoningSeparator(only_at_start=True)) == (text, "hm")


def test_a_delta_without_notable_characters_is_passed_on_at_once() -> None:
    separator = ReasoningSeparator()
    assert separator.feed("hello") == [("text", "hello")]
    assert separator.feed(" <b") == [("text", " <b")]
    assert separator.feed(" <thi") == [("text", " ")]
    assert separator.feed("s") == [("text", "<this")]
