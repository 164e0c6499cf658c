"""Every fault on every provider, over real HTTP: one outcome, in our words, with all the text that came.

`pytest tests/services/llm/faults` runs all of them; their number is asserted, so that none goes missing unseen.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers._answer_reader import BaseAnswerReader
from app.services.llm.providers._failures import Server
from app.services.llm.stream_events import Finished, StreamEvent, TextDelta
from tests.fakes.raw_http import Reply, chunk, cut, head, pieces, raw
from tests.services.llm.faults.faults import FAULTS, Fault
from tests.services.llm.faults.soak import soak
from tests.services.llm.faults.wires import KEY_CANARY, MODEL, PARTS, PROMPT_CANARY, TEXT, WIRES, Wire

pytestmark = pytest.mark.anyio

REQUEST = ChatRequest(model=MODEL, messages=(Message(role="user", content=PROMPT_CANARY),))
wires = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)


@dataclass
class Outcome:
    """What one request came to."""

    text: str = ""
    finished: int = 0
    error: LLMError | None = None


async def outcome_of(wire: Wire, reply: Reply, **options: object) -> Outcome:
    """Ask once; anything but an `LLMError` fails the test, and so does anything that stays behind."""
    found = Outcome()
    before = asyncio.all_tasks()
    async with wire.server(reply) as server:
        async with wire.make(server.url, **options) as provider:
            try:
                async with asyncio.timeout(20):
                    async for event in provider.stream(REQUEST):
                        if isinstance(event, TextDelta):
                            found.text += event.text
                        found.finished += isinstance(event, Finished)
            except LLMError as exc:
                found.error = exc
        left = {task for task in asyncio.all_tasks() - before if "_serve" not in repr(task.get_coro())}
        assert not left, f"tasks left behind: {left}"
    return found


def check(found: Outcome) -> None:
    """What holds for every outcome, whatever went wrong."""
    assert found.finished == (found.error is None), "a whole answer or an error, never both, never neither"
    if found.error is None:
        return
    told = f"{found.error.message}\n{found.error.hint}\n{found.error.details}"
    assert found.error.message and found.error.hint, "what happened, and what to do next"
    for secret in (KEY_CANARY, PROMPT_CANARY, "Traceback", "<html", "<!doctype"):
        assert secret not in told
    assert not any(ord(c) < 32 and c != "\n" for c in told)


def test_there_are_at_least_sixty_faults_with_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@wires
async def test_A3_A5_A6_A7_A8_every_fault_ends_in_one_error_of_ours_or_costs_nothing(
    wire: Wire, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fault.limits.items():
        monkeypatch.setattr(limits, name, value)
    found = await outcome_of(wire, fault.reply(wire), **fault.options)
    check(found)
    if fault.text is None:
        assert TEXT.startswith(found.text) or found.text.startswith(TEXT[:10])
    else:
        assert found.text == fault.text
    if fault.kinds:
        assert found.error is not None and found.error.kind in fault.kinds, found.error and found.error.kind
        assert fault.words in f"{found.error.hint}\n{found.error.details}", "in the server's own words"
    else:
        assert found.error is None, found.error


def complete(wire: Wire) -> bytes:
    """A whole response, from its status line to its last chunk."""
    return head(200, wire.content_type, chunked=True) + chunk(wire.body) + b"0\r\n\r\n"


def texts_of(wire: Wire, sent: int) -> set[str]:
    """What may be shown of the first `sent` bytes of the body: the text of all frames in them, and of one that lacks
    no more than the line breaks at its end."""
    found, end = {""}, 0
    text = ""
    for number, one in enumerate(wire.frames):
        end += len(one)
        if sent < end - (len(one) - len(one.rstrip())):
            break
        before = text
        text += wire.text_of(number)
        found = {text} if sent >= end else {before, text}
    return found


def check_cut(found: Outcome, wire: Wire, sent: int, *, reset: bool = False) -> None:
    """`sent`: bytes of the body that went out. After a reset the system may drop what was not read yet."""
    check(found)
    if reset:
        assert TEXT.startswith(found.text)
    else:
        assert found.text in texts_of(wire, sent)
    if found.error is None:
        assert found.text == TEXT
    else:
        assert found.error.kind in (ErrorKind.INTERRUPTED, ErrorKind.PROTOCOL, ErrorKind.NOT_RUNNING)
        assert not (found.text and found.error.kind is not ErrorKind.INTERRUPTED), "text came: it was interrupted"


@wires
async def test_A7_a_cut_at_every_border_between_frames_keeps_what_came(wire: Wire) -> None:
    before = len(head(200, wire.content_type))
    sent = b""
    for frame in wire.frames:
        sent += frame
        whole = head(200, wire.content_type) + sent
        for at in (len(whole), len(whole) - 1, before + len(sent) - len(frame) + 1):
            check_cut(await outcome_of(wire, cut(whole, at)), wire, at - before)


@wires
async def test_A7_twenty_cuts_at_random_places_keep_what_came(wire: Wire) -> None:
    whole = complete(wire)
    before = whole.index(wire.body)
    places = random.Random(wire.name).sample(range(len(whole)), 20)  # the same ones in every run
    for number, at in enumerate(places):
        reset = number % 2 == 0
        found = await outcome_of(wire, cut(whole, at, reset=reset))
        check_cut(found, wire, max(0, min(at - before, len(wire.body))), reset=reset)


@pytest.mark.parametrize("wire", [WIRES[0], WIRES[-1]], ids=lambda wire: wire.name)
async def test_A7_a_damaged_byte_anywhere_around_the_body_ends_in_one_error_of_ours_or_costs_nothing(
    wire: Wire,
) -> None:
    """Every byte of the head and of the framing of its chunks, each in its turn."""
    opening = head(200, wire.content_type, chunked=True)
    framed = [chunk(frame) for frame in wire.frames]
    whole = opening + b"".join(framed) + b"0\r\n\r\n"
    places = set(range(len(opening))) | set(range(len(whole) - 5, len(whole)))
    end = len(opening)
    for piece, frame in zip(framed, wire.frames, strict=True):
        start = piece.index(b"\r\n") + 2
        places |= {end + at for at in range(len(piece)) if not start <= at < start + len(frame)}
        end += len(piece)
    for place, damage in itertools.product(sorted(places), (b"\x00", b"z")):
        found = await outcome_of(wire, raw(whole[:place] + damage + whole[place + 1 :]), timeout=2)
        check(found)
        assert TEXT.startswith(found.text) and (found.error is not None or found.text == TEXT), (place, damage)


def read(wire: Wire, *chunks: bytes) -> Outcome:
    """What the parser alone makes of these bytes."""
    reader = wire.reader(Server("A server", "a", f"http://x{wire.path}"), MODEL)
    found: list[StreamEvent] = []
    for data in chunks:
        found += reader.feed(data)
        if reader.done:
            break
    found += reader.finish()
    error = reader.incomplete()
    if error is None:
        found += reader.end()
    text = "".join(event.text for event in found if isinstance(event, TextDelta))
    return Outcome(text, sum(isinstance(event, Finished) for event in found), error)


@wires
def test_A7_a_cut_at_every_byte_keeps_what_came(wire: Wire) -> None:
    for at in range(len(wire.body) + 1):
        check_cut(read(wire, wire.body[:at]), wire, at)


@wires
async def test_a_reader_that_throws_broken_answers_away_would_be_found(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof of the tests above: such a reader tells the right error, only the text is gone."""
    feed, held = BaseAnswerReader.feed, WeakKeyDictionary[BaseAnswerReader, list[StreamEvent]]()

    def only_when_done(reader: BaseAnswerReader, data: bytes) -> list[StreamEvent]:
        kept = held.setdefault(reader, [])
        kept += feed(reader, data)
        return held.pop(reader) if reader.done else []

    monkeypatch.setattr(BaseAnswerReader, "feed", only_when_done)
    check_cut(read(wire, wire.body), wire, len(wire.body))
    at = len(wire.start)
    whole = head(200, wire.content_type) + wire.body
    lost = [read(wire, wire.body[:at]), await outcome_of(wire, cut(whole, len(whole) - len(wire.body) + at))]
    for found in lost:
        check(found)
        assert found.text == ""
        with pytest.raises(AssertionError):
            check_cut(found, wire, at)


@wires
def test_A1_A2_where_the_bytes_are_split_makes_no_difference(wire: Wire) -> None:
    assert not wire.body.isascii(), "characters of several bytes are split, too"
    for at in range(len(wire.body) + 1):
        assert read(wire, wire.body[:at], wire.body[at:]) == Outcome(TEXT, 1, None)


#: Begins nothing, lacks its end (of two, of four), half of a pair, a longer form of “/”, an end without its beginning.
BAD_BYTES = (b"\xff", b"\xc3", b"\xf0\x9f\x99", b"\xed\xa0\xbd", b"\xc0\xaf", b"\x80")


@wires
def test_A2_bytes_that_are_no_utf_8_cost_nothing_but_themselves(wire: Wire) -> None:
    frame, said = wire.texts[0], PARTS[0].encode()
    start = frame.index(said)
    for bad, at in itertools.product(BAD_BYTES, range(len(said) + 1)):
        spoiled = frame[: start + at] + bad + frame[start + at :]
        body = b"".join((*wire.before, spoiled, *wire.texts[1:], *wire.end))
        expected = (said[:at] + bad + said[at:]).decode("utf-8", "replace") + "".join(PARTS[1:])
        assert "\ufffd" in expected
        assert read(wire, body) == Outcome(expected, 1, None), (bad, at)
        assert read(wire, *(bytes([byte]) for byte in body)) == Outcome(expected, 1, None), (bad, at)


WRONG_VALUES: tuple[Any, ...] = (None, True, -1, 1.5, 10**30, "", "x" * 3, [], [None], {}, {"text": 7})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a JSON value something stands that could be another thing."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    copied = copy.copy(value)
    copied[path[0]] = replaced(value[path[0]], path[1:], wrong)
    return copied


@wires
def test_A4_no_field_of_any_frame_may_be_trusted(wire: Wire) -> None:
    """Each value of each frame is replaced by each wrong one: neither an exception nor a lost neighbour."""
    tried = 0
    for number, frame in enumerate(wire.frames):
        start = frame.rindex(b"data: ") + 6 if b"data: " in frame else 0
        if frame[start:].strip() == b"[DONE]":
            continue
        value = json.loads(frame[start:])
        for path, wrong in itertools.product(places(value), WRONG_VALUES):
            if (path, wrong) == (("done",), True):
                continue  # that is no damage: it says that the answer is over
            changed = frame[:start] + json.dumps(replaced(value, path, wrong)).encode() + b"\n\n"
            found = read(wire, *wire.frames[:number], changed, *wire.frames[number + 1 :])
            tried += 1
            said = number - len(wire.before)
            ends_here = found.error is not None or said >= len(PARTS)
            for index, part in enumerate(PARTS):
                lost = part not in found.text
                assert not lost or index == said or (ends_here and index > said), (frame, path, wrong, found)
    assert tried > 100


@wires
async def test_A1_pieces_of_any_size_are_the_same_answer(wire: Wire) -> None:
    source = random.Random(wire.name)
    for _ in range(10):
        borders = sorted({0, len(wire.body), *(source.randrange(len(wire.body)) for _ in range(12))})
        found = await outcome_of(
            wire, pieces([wire.body[a:b] for a, b in pairwise(borders)], content_type=wire.content_type)
        )
        check(found)
        assert (found.error, found.text) == (None, TEXT)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_A17_hundreds_of_answers_with_random_faults_leave_nothing_behind() -> None:
    """`python -m tests.services.llm.faults.soak` does the same ten thousand times."""
    found = await soak(400, seed=7)
    assert (found.grown(), found.wrong) == ([], [])
    assert found.outcomes["answered"] > 50 and found.outcomes["interrupted"] > 10
