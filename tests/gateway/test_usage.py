"""Counts from the end of an answer, and the event that is kept back, at every cut of the bytes."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateway.usage import TAIL_BYTES, Tail, UsageEventFilter, usage_in

USAGE = {"prompt_tokens": 12, "completion_tokens": 34, "prompt_tokens_details": {"cached_tokens": 5}}


def event(value: object, end: bytes = b"\n\n") -> bytes:
    return b"data: " + json.dumps(value).encode() + end


def cut_at(data: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(borders) if a != b]


def test_nested_counts_are_read_whole() -> None:
    assert usage_in(event({"choices": [], "usage": USAGE}) + b"data: [DONE]\n\n") == (12, 34)


def test_the_last_usage_counts_and_null_is_none() -> None:
    first, last = event({"usage": {"prompt_tokens": 1}}), event({"usage": None})
    assert usage_in(first + last) == (1, None)
    assert usage_in(b'data: {"usage": {"prompt_tok') == (None, None)
    assert usage_in(event({"usage": {"input_tokens": 3, "output_tokens": 4}})) == (3, 4)


@pytest.mark.parametrize(
    "text", [b"", b'"usage": {', b'"usage":' + b"{" * 5_000, b'{"usage": {"prompt_tokens": true}}']
)
def test_what_is_no_usage_is_none(text: bytes) -> None:
    assert usage_in(text) == (None, None)


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_the_tail_is_the_end_whatever_came_before(pieces: list[bytes]) -> None:
    end = event({"usage": USAGE})
    tail = Tail()
    for piece in [*pieces, b"x" * 70_000, *pieces, end]:
        tail.add(piece)
    assert len(end) < TAIL_BYTES
    assert tail.usage() == (12, 34)


@given(st.lists(st.integers(0, 10_000), max_size=40), st.sampled_from([b"\n\n", b"\r\n\r\n"]))
def test_only_the_usage_event_is_kept_back_wherever_the_bytes_are_cut(places: list[int], end: bytes) -> None:
    before = event({"choices": [{"delta": {"content": 'say "usage": {} twice'}}]}, end) * 3 + b": comment" + end
    after = b"data: [DONE]" + end
    data = before + event({"choices": [], "usage": USAGE}, end) + after
    kept = UsageEventFilter()

    passed = b"".join(kept.pass_on(piece) for piece in cut_at(data, places)) + kept.rest()

    assert passed == before + after


@given(st.lists(st.integers(0, 10_000), max_size=40), st.sampled_from([b"\n", b"\r\n"]), st.integers(1, 4))
def test_blank_lines_between_events_hide_no_usage_and_cost_no_event(places: list[int], end: bytes, more: int) -> None:
    apart = end * (2 + more)
    kept_events = [event({"choices": [{"delta": {"content": "a"}}]}, b""), b": comment", b"data: [DONE]"]
    data = apart.join([*kept_events[:2], event({"choices": [], "usage": USAGE}, b""), kept_events[2], b""])
    kept = UsageEventFilter()

    passed = b"".join(kept.pass_on(piece) for piece in cut_at(data, places)) + kept.rest()

    assert [line for line in passed.split(end) if line] == kept_events
    assert passed.endswith(end * 2)


@given(st.lists(st.integers(0, 10_000), max_size=40))
def test_counts_that_come_with_text_stay(places: list[int]) -> None:
    data = event({"choices": [{"delta": {"content": "x"}}], "usage": USAGE}) + b"data: [DONE]\n\n"
    kept = UsageEventFilter()

    assert b"".join(kept.pass_on(piece) for piece in cut_at(data, places)) + kept.rest() == data


@given(st.binary(max_size=2_000), st.lists(st.integers(0, 3_000), max_size=20))
def test_bytes_that_are_no_events_pass_unharmed(data: bytes, places: list[int]) -> None:
    if b'"usage"' in data:
        return
    kept = UsageEventFilter()
    assert b"".join(kept.pass_on(piece) for piece in cut_at(data, places)) + kept.rest() == data
