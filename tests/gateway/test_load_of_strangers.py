"""A gateway in a process of its own beside clients without measure: what others wait for, and what its memory does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import psutil
import pytest

from app.services.mock_server import MockServer, Script
from tests.gateway.conftest import configure
from tests.gateway.serve_process import serving
from tests.slowness import slowness

pytestmark = pytest.mark.anyio

MEGABYTE = 1024 * 1024
TOKEN = "test-token"
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer test-token\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
JSON = b"Content-Type: application/json\r\n"
#: Of one process, whatever is sent to it; it begins with about 100.
MOST_MB = 600


def of(body: bytes) -> bytes:
    return HEAD + JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body


def filled(begin: bytes, piece: bytes, end: bytes, size: int) -> bytes:
    return begin + piece * ((size - len(begin) - len(end)) // len(piece)) + end


def abuses(size: int) -> dict[str, tuple[Callable[[], bytes], set[int]]]:
    """What is sent, and what it is told, if the answer comes before the connection ends. `size`: of bodies, bytes."""

    def body(begin: bytes, piece: bytes, end: bytes) -> Callable[[], bytes]:
        return lambda: of(filled(begin, piece, end, size))

    return {
        "a head without end": (lambda: GET + b"X: " + b"a" * size, {400, 431}),
        "a target without end": (lambda: b"GET /" + b"a" * size, {400, 431}),
        "headers without end": (lambda: GET + b"a: b\r\n" * (size // 6), {400, 431}),
        "a body that is declared too large": (lambda: HEAD + JSON + b"Content-Length: 99999999999\r\n\r\n{", {413}),
        "a body that is sent too large": (
            lambda: (
                HEAD + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n" + b" " * MEGABYTE + b"\r\n") * 40
            ),
            {413},
        ),
        "depth": (body(b'{"a":', b"[", b""), {400}),
        "a number": (body(b'{"a":', b"9", b"}"), {400}),
        "lists": (body(b'{"a":[', b"[],", b"0]}"), {400}),
        "objects": (body(b'{"a":[', b'{"":0},', b"0]}"), {400}),
        "texts": (body(b'{"a":[' + b"[0]," * 200, b'"",', b"0]}"), {400, 404, 503}),
        "one long text": (body(b'{"a":[' + b"[]," * 200 + b'"', b"a", b'"]}'), {400, 404, 503}),
        "escapes": (body(b'{"a":"', b"\\ud83d", b'"}'), {400, 404, 503}),
        "what is packed": (
            lambda: (
                HEAD + JSON + b"Content-Encoding: gzip\r\nContent-Length: 4096\r\n\r\n" + b"\x1f\x8b" + b"\0" * 4094
            ),
            {400, 415},
        ),
    }


@asynccontextmanager
async def gateway() -> AsyncIterator[tuple[psutil.Process, str]]:
    async with MockServer(Script(ttft=0, tokens_per_second=0)) as server:
        configure(lm_studio={"base_url": server.base_url})
        async with serving(AICA_GATEWAY_TOKEN=TOKEN) as (process, address):
            yield psutil.Process(process.pid), address


async def send(address: str, data: bytes) -> bytes:
    """What is answered, however much of it is taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    try:
        writer.write(data)
        async with asyncio.timeout(30):
            return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    finally:
        writer.transport.abort()


async def longest_wait(client: httpx2.AsyncClient, until_done: asyncio.Future[object]) -> float:
    """Seconds that another client waits for its answer at most, meanwhile."""
    longest = 0.0
    while not until_done.done():
        began = time.monotonic()
        assert (await client.get("/v1/models")).status_code == 200
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.01)
    return longest


@pytest.mark.parametrize(
    ("size", "senders"),
    [
        (4 * MEGABYTE, 2),
        pytest.param(
            *(31 * MEGABYTE, 3),
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif("not config.getoption('-m')", reason="by command: pytest -m slow"),
            ],
        ),
    ],
)
async def test_D7_while_some_send_without_measure_others_are_answered_within_a_second(size: int, senders: int) -> None:
    waits: dict[str, float] = {}
    async with gateway() as (process, address):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=20, trust_env=False) as client:
            await client.get("/v1/models")
            for name, (made, expected) in abuses(size).items():
                data = made()
                abused = asyncio.gather(*(send(address, data) for _ in range(senders)))
                waits[name] = await longest_wait(client, abused)
                for told in await abused:
                    assert not told or int(told.split()[1]) in expected, (name, told)
            peak_mb = process.memory_info().rss / MEGABYTE
            assert (await client.get("/healthz")).status_code == 200
    assert not {name: wait for name, wait in waits.items() if wait >= slowness()}, waits
    assert peak_mb < MOST_MB, peak_mb


async def test_D7_connections_that_send_nothing_keep_nobody_waiting() -> None:
    async with gateway() as (process, address), contextlib.AsyncExitStack() as stack:
        port = int(address.rpartition(":")[2])
        for number in range(500):
            connected = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            if number % 2:
                connected.sendall(HEAD[:-20])
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=20, trust_env=False) as client:
            done = asyncio.ensure_future(asyncio.sleep(1))
            assert await longest_wait(client, done) < slowness()
        assert process.memory_info().rss / MEGABYTE < MOST_MB
