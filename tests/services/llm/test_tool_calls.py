"""Calls of tools that arrive in pieces, in the order and with the omissions that servers choose (reliability A15)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.llm import limits
from app.services.llm.errors import ErrorKind
from app.services.llm.providers._failures import Server
from app.services.llm.stream_events import StreamEvent, ToolCallDelta
from tests.fakes.raw_http import delta
from tests.services.llm.faults.wires import WIRES, Wire, frame, line, named

#: Whatever a model writes there: whole, broken, nothing.
ARGUMENTS = st.sampled_from(
    ['{"x": 1}', "{}", "", '{"x": "ü🙂', "[1, 2", "null", "no JSON at all", '{"a": 1}{"b": 2}']
) | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30)
CALLS = st.lists(ARGUMENTS, min_size=1, max_size=5)
Pieces = list[tuple[int, str, bool]]
BY_NAME = {wire.name: wire for wire in WIRES}


def cut(arguments: list[str], source: random.Random) -> list[list[tuple[int, str, bool]]]:
    """(number of the call, a piece of its arguments, whether it is its first) for each call, in order."""
    found = []
    for number, text in enumerate(arguments):
        borders = [0, *sorted(source.randrange(len(text) + 1) for _ in range(source.randrange(4))), len(text)]
        pieces = [text[a:b] for a, b in itertools.pairwise(borders)]
        found.append([(number, piece, place == 0) for place, piece in enumerate(pieces)])
    return found


def interleaved(calls: list[Pieces], source: random.Random) -> Pieces:
    waiting, order = [list(one) for one in calls], []
    while any(waiting):
        chosen = source.choice([one for one in waiting if one])
        order.append(chosen.pop(0))
    return order


def put_together(wire: Wire, frames: Iterable[bytes]) -> tuple[dict[str, tuple[str, str]], Any]:
    """By id: name and arguments; and the error, if any."""
    reader = wire.reader(Server("A server", "a", f"http://x{wire.path}"), "m")
    events: list[StreamEvent] = []
    for one in frames:
        events += reader.feed(one)
    events += reader.finish()
    ids: dict[int, str] = {}
    found: dict[str, tuple[str, str]] = {}
    for event in events:
        if isinstance(event, ToolCallDelta):
            name, arguments = found.setdefault(ids.setdefault(event.index, event.call_id), ("", ""))
            found[ids[event.index]] = (name + event.name, arguments + event.arguments)
    return found, reader.incomplete()


def as_openai(pieces: Pieces, source: random.Random, *, repeats: bool = False) -> list[bytes]:
    """`repeats`: name and id come with every piece, as some servers send them."""
    frames = []
    for number, piece, first in pieces:
        function: dict[str, Any] = {"arguments": piece}
        call: dict[str, Any] = {"index": number, "function": function}
        if first or repeats:
            function["name"], call["id"] = f"f{number}", f"id{number}"
        elif source.random() < 0.5:
            function["name"], call["id"] = "", None
        frames.append(frame(delta(tool_calls=[call])))
    return [*frames, frame(delta(finish="tool_calls")), b"data: [DONE]\n\n"]


def as_anthropic(pieces: Pieces, _source: random.Random) -> list[bytes]:
    frames = list(BY_NAME["anthropic"].before[:1])
    for number, piece, first in pieces:
        if first:
            block = {"type": "tool_use", "id": f"id{number}", "name": f"f{number}", "input": {}}
            frames.append(named({"type": "content_block_start", "index": number, "content_block": block}))
        told = {"type": "input_json_delta", "partial_json": piece}
        frames.append(named({"type": "content_block_delta", "index": number, "delta": told}))
    return [*frames, *BY_NAME["anthropic"].end[1:]]


def as_responses(pieces: Pieces, _source: random.Random) -> list[bytes]:
    frames = []
    for number, piece, first in pieces:
        if first:
            item = {"type": "function_call", "id": f"fc{number}", "call_id": f"id{number}", "name": f"f{number}"}
            frames.append(named({"type": "response.output_item.added", "output_index": number, "item": item}))
        told = {"output_index": number, "item_id": f"fc{number}", "delta": piece}
        frames.append(named({"type": "response.function_call_arguments.delta", **told}))
    return [*frames, *BY_NAME["openai_responses"].end]


WAYS = {"lm_studio": as_openai, "anthropic": as_anthropic, "openai_responses": as_responses}


@pytest.mark.parametrize("name", WAYS)
@given(arguments=CALLS, seed=st.integers(0, 1_000))
def test_A15_calls_cut_anywhere_and_interleaved_are_the_same_calls(name: str, arguments: list[str], seed: int) -> None:
    source = random.Random(seed)
    pieces = interleaved(cut(arguments, source), source)
    found, error = put_together(BY_NAME[name], WAYS[name](pieces, source))
    assert error is None
    assert found == {f"id{number}": (f"f{number}", text) for number, text in enumerate(arguments)}


@given(arguments=CALLS, seed=st.integers(0, 1_000))
def test_A15_names_and_ids_that_come_with_every_piece_are_taken_once(arguments: list[str], seed: int) -> None:
    source = random.Random(seed)
    pieces = interleaved(cut(arguments, source), source)
    found, error = put_together(BY_NAME["lm_studio"], as_openai(pieces, source, repeats=True))
    assert error is None
    assert found == {f"id{number}": (f"f{number}", text) for number, text in enumerate(arguments)}


@given(arguments=CALLS, seed=st.integers(0, 1_000), leaves_out=st.sampled_from(["index", "zero"]))
def test_A15_calls_one_after_the_other_need_no_index(arguments: list[str], seed: int, leaves_out: str) -> None:
    """A server that leaves the index out, or says 0 to every call, tells them apart by their ids."""
    frames = []
    for pieces in cut(arguments, random.Random(seed)):
        for number, piece, first in pieces:
            call: dict[str, Any] = {"function": {"arguments": piece}}
            if leaves_out == "zero":
                call |= {"index": 0, "id": f"id{number}"}
            if first:
                call |= {"id": f"id{number}", "function": {"name": f"f{number}", "arguments": piece}}
            frames.append(frame(delta(tool_calls=[call])))
    found, error = put_together(BY_NAME["lm_studio"], [*frames, b"data: [DONE]\n\n"])
    assert error is None
    assert found == {f"id{number}": (f"f{number}", text) for number, text in enumerate(arguments)}


def many(name: str, count: int, size: int) -> list[bytes]:
    text = "x" * size
    if name == "ollama":
        calls = [{"function": {"name": f"f{number}", "arguments": text}} for number in range(count)]
        return [line({"message": {"tool_calls": [one]}, "done": False}) for one in calls]
    return WAYS[name]([(number, text, True) for number in range(count)], random.Random(0))


@pytest.mark.parametrize("name", [*WAYS, "ollama"])
@pytest.mark.parametrize(
    ("count", "size"), [(limits.MAX_TOOL_CALLS + 1, 2), (1, limits.MAX_TOOL_ARGUMENTS_BYTES + 1), (9, 1_000_000)]
)
def test_A15_too_many_calls_and_too_long_arguments_are_too_large(name: str, count: int, size: int) -> None:
    if (name, count) == ("ollama", 9):
        pytest.skip("there each call comes whole; all together are bounded by the answer's own limit")
    _, error = put_together(BY_NAME[name], many(name, count, size))
    assert error is not None and error.kind is ErrorKind.TOO_LARGE
