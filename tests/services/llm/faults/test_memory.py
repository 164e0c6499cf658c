"""What servers without measure cost: each limit of the wire is passed for real, by a program of its own."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.services.llm import limits
from tests.fakes.raw_http import Reply, answer, delta, drip, events, head, raw, stream
from tests.services.llm.faults.wires import WIRES

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak is read as Linux tells it"),
]

ROOT = Path(__file__).resolve().parents[4]
MOST_MB = 600
STREAM = head(200, "text/event-stream")
LINES = head(200, "application/x-ndjson")
PIECE = 256 * 1024


def endless(opening: bytes, piece: bytes) -> Reply:
    return drip(opening, piece, every_s=0)


def of_size(begin: bytes, piece: bytes, end: bytes, size: int) -> bytes:
    return begin + piece * ((size - len(begin) - len(end)) // len(piece)) + end


def said(text: str) -> bytes:
    return events(delta(text), done=False)


def called(arguments: str) -> bytes:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}
    return events(delta(tool_calls=[call]), done=False)


BODY, ANSWER, EVENT = limits.MAX_JSON_BODY_BYTES - 1, limits.MAX_ANSWER_BYTES - 1, limits.MAX_EVENT_BYTES - 100


def lists(size: int) -> bytes:
    return of_size(b'{"choices": [', b"[],", b"0]}", size)


def faces() -> bytes:
    """A line of Ollama's in which each character is four bytes."""
    return WIRES[-1].texts[1].replace("🙂".encode(), "🙂".encode() * 20_000)


#: Which wire, what the server does, which errors are right; "" for none.
CASES: dict[str, tuple[str, Callable[[], Reply], set[str]]] = {
    "an event without end": ("lm_studio", lambda: endless(STREAM + b"data: ", b"x" * PIECE), {"too_large"}),
    "an event of lines without end": ("anthropic", lambda: endless(STREAM, b"data: x\n" * 30_000), {"too_large"}),
    "events of millions of lists": (
        "lm_studio",
        lambda: raw(STREAM + (b"data: " + lists(EVENT) + b"\n\n") * 3),
        {"protocol"},
    ),
    "a line without end": ("ollama", lambda: endless(LINES + b'{"message": "', b"x" * PIECE), {"too_large"}),
    "an answer without end": ("lm_studio", lambda: endless(STREAM, said("x" * PIECE)), {"too_large"}),
    "faces without end": ("ollama", lambda: endless(LINES, faces()), {"too_large"}),
    "calls of tools without end": ("lm_studio", lambda: endless(STREAM, called("x" * PIECE)), {"too_large"}),
    "a whole answer without end": ("openai", lambda: endless(head(200) + b'{"a": "', b"x" * PIECE), {"too_large"}),
    "a whole answer of lists": ("lm_studio", lambda: answer(lists(BODY)), {"protocol"}),
    "a whole answer of numbers": (
        "lm_studio",
        lambda: answer(of_size(b'{"choices": [', b"1.5,", b"0]}", ANSWER)),
        {"protocol", "too_large"},
    ),
    "headers without end": ("lm_studio", lambda: endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 10_000), {"protocol"}),
    "a header without end": ("lm_studio", lambda: endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * PIECE), {"protocol"}),
    "an error without end": ("lm_studio", lambda: endless(head(500), b"x" * PIECE), {"server_error"}),
    "what becomes a gigabyte unpacked": (
        "lm_studio",
        lambda: stream(gzip.compress(b"\0" * 50_000_000, 1) * 20, Content_Encoding="gzip"),
        {"protocol"},
    ),
    "a list of objects": ("models", lambda: answer(of_size(b'{"data": [', b'{"":0},', b"0]}", BODY)), {""}),
    "a list of words": ("models", lambda: answer(of_size(b'{"data": [', b'"ab",', b"0]}", BODY)), {""}),
    "one long word beside lists": (
        "models",
        lambda: answer(of_size(b'{"data": [' + b"[]," * 200 + b'"', b"a", b'"]}', BODY)),
        {""},
    ),
    "a list without end": ("models", lambda: endless(head(200) + b"[", b"[]," * 80_000), {"too_large"}),
}


async def asked_in_a_process_of_its_own(name: str) -> dict[str, Any]:
    wire, made, _ = CASES[name]
    reply = made()
    serving = next((one for one in WIRES if one.name == wire), WIRES[0])
    async with serving.server(reply) as server:
        server.routes["/v1/models"] = reply
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.services.llm.faults.memory_child", wire, server.url),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(120):
            out, _ = await child.communicate()
    found: dict[str, Any] = json.loads(out)
    return found


#: Those that cost the most, or one of a kind.
QUICK = (
    *("an event without end", "events of millions of lists", "faces without end", "calls of tools without end"),
    *("a whole answer of lists", "a whole answer of numbers", "a header without end", "an error without end"),
    *("what becomes a gigabyte unpacked", "a list of objects", "one long word beside lists"),
)


@pytest.mark.parametrize(
    "names",
    [
        QUICK,
        pytest.param(
            tuple(CASES),
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif("not config.getoption('-m')", reason="by command: pytest -m slow"),
            ],
        ),
    ],
    ids=["some", "all"],
)
async def test_A10_a_server_without_measure_takes_no_more_than_600_mb(names: tuple[str, ...]) -> None:
    at_once = asyncio.Semaphore(2)
    wrong: dict[str, object] = {}

    async def check(name: str) -> None:
        async with at_once:
            found = await asked_in_a_process_of_its_own(name)
        if found["kind"] not in CASES[name][2] or found["peak_mb"] >= MOST_MB:
            wrong[name] = found

    await asyncio.gather(*map(check, names))
    assert not wrong
