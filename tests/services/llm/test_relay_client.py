"""The client behind the gateway's relayed routes: where it connects, and how often."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.relay_client import RelayClient
from app.services.llm.relay_target import RelayTarget
from tests.fakes.certificates import make_certificate
from tests.fakes.raw_http import RawServer, answer, dropping_port

pytestmark = pytest.mark.anyio


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="no uvloop"))]
)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Python's own loop, as in the window, and the gateway's."""
    return "asyncio", {"use_uvloop": request.param}


async def failure(door: HttpDoor, url: str) -> LLMError:
    client = RelayClient(door)
    try:
        with pytest.raises(LLMError) as caught:
            async with client.opened(RelayTarget(url, {}), b"{}", first_byte_s=5, silence_s=5):
                pass
    finally:
        await client.aclose()
        await door.aclose()
    return caught.value


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:169.254.169.254]"),
        *("[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]"),
    ],
)
async def test_D6_a_forbidden_address_is_refused_before_anything_is_sent(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def must_not_be_called(*_arguments: object) -> None:
        raise AssertionError("a request was about to be sent")

    monkeypatch.setattr(RelayClient, "_send", must_not_be_called)

    error = await failure(HttpDoor(), f"http://{host}/v1/chat/completions")

    assert error.kind is ErrorKind.CONFIG


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue of connections drops packets on Linux only")
async def test_a_host_that_does_not_take_the_connection_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECT_TIMEOUT_S", 0.3)
    lookups = 0

    async def counted(_host: str, _port: int) -> list[str]:
        nonlocal lookups
        lookups += 1
        return ["127.0.0.1"]

    async with dropping_port() as port:
        error = await failure(HttpDoor(resolver=counted), f"http://gpu-box:{port}/v1/chat/completions")

    assert error.kind is ErrorKind.UNREACHABLE and "No answer within 0.3 s" in error.hint
    assert lookups == 1


async def test_an_answer_that_begins_in_the_moment_its_time_runs_out_is_late_and_cancels_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock has asked for the task's end already when the head is there."""
    closed = []

    async def answered_too_late(*_arguments: object) -> object:
        await asyncio.sleep(0)
        exchange._watch.expire("first token")
        return SimpleNamespace(close=lambda: closed.append(True))

    monkeypatch.setattr(RelayClient, "post", answered_too_late)
    door = HttpDoor()
    exchange = RelayClient(door).opened(RelayTarget("http://127.0.0.1:1/x", {}), b"", first_byte_s=5, silence_s=5)

    with pytest.raises(LLMError) as caught:
        await exchange.__aenter__()

    await asyncio.sleep(0)
    assert caught.value.kind is ErrorKind.TIMEOUT and closed
    await door.aclose()


def numbered(number: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n%d" % number


class TalkativeServer:
    """Keeps its connections, answers requests with their number, and sends `surplus` after the first answer: together
    with it, or once `go_on` is set. In threads of its own, so that bytes may arrive while nobody looks."""

    def __init__(self, surplus: bytes, *, at_once: bool) -> None:
        self.go_on, self.sent = threading.Event(), threading.Event()
        self._surplus = surplus
        self._at_once = at_once
        self._answered = 0
        self._connected: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1/chat/completions"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def connections(self) -> int:
        return len(self._connected)

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:  # closed
                return
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connected.append(connected)
            self._threads.append(threading.Thread(target=self._serve, args=(connected,)))
            self._threads[-1].start()

    def _serve(self, connected: socket.socket) -> None:
        received = b""
        with contextlib.suppress(OSError):
            while piece := connected.recv(65_536):
                received += piece
                if received.endswith(b"\r\n\r\n{}"):
                    received = b""
                    self._answer(connected)

    def _answer(self, connected: socket.socket) -> None:
        self._answered += 1
        said = numbered(self._answered)
        if self._answered > 1:
            connected.sendall(said)
        elif self._at_once:
            connected.sendall(said + self._surplus)
            self.sent.set()
        else:
            connected.sendall(said)
            self.go_on.wait(10)
            connected.sendall(self._surplus)
            self.sent.set()

    def close(self) -> None:
        self.go_on.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(10)
        for connected in self._connected:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for connected in self._connected:
            connected.close()


@contextmanager
def talkative(surplus: bytes, *, at_once: bool) -> Iterator[TalkativeServer]:
    server = TalkativeServer(surplus, at_once=at_once)
    try:
        yield server
    finally:
        server.close()


@asynccontextmanager
async def relay_client() -> AsyncIterator[RelayClient]:
    door = HttpDoor()
    client = RelayClient(door)
    try:
        yield client
    finally:
        await client.aclose()
        await door.aclose()


async def asked(client: RelayClient, url: str) -> bytes:
    async with asyncio.timeout(10), client.opened(RelayTarget(url, {}), b"{}", first_byte_s=5, silence_s=5) as found:
        return await found.read(100)


@pytest.mark.parametrize(
    "surplus",
    [numbered(9), numbered(9)[:30], b"x", b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" + numbered(9)],
    ids=["an answer", "half an answer", "a byte", "a line", "an answer in two parts"],
)
@pytest.mark.parametrize("when", ["together with the answer", "later", "unseen"])
async def test_A16_what_a_server_sends_too_much_is_never_the_next_answer(surplus: bytes, when: str) -> None:
    async with relay_client() as client:
        with talkative(surplus, at_once=when.startswith("together")) as server:
            with contextlib.suppress(LLMError):  # where it follows at once, the answer itself may be taken for broken
                assert await asked(client, server.url) == b"1"
            server.go_on.set()
            if when == "unseen":  # the loop stands still: the bytes lie in the socket, and nobody saw them
                assert server.sent.wait(5)
                time.sleep(0.05)
            else:
                assert await asyncio.to_thread(server.sent.wait, 5)
                await asyncio.sleep(0.02)
            assert await asked(client, server.url) == b"2"


async def test_A16_a_connection_that_is_idle_is_used_again() -> None:
    async with relay_client() as client:
        with talkative(b"", at_once=True) as server:
            assert [await asked(client, server.url) for _ in range(3)] == [b"1", b"2", b"3"]
            assert server.connections == 1


async def test_A13_a_relayed_request_goes_to_no_untrusted_certificate(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    made = make_certificate(tmp_path, authority=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.file, made.key_file)
    async with RawServer(answer({}), tls=context) as server:
        error = await failure(HttpDoor(), f"{server.url}/v1/chat/completions")
        assert server.requests == []
    assert error.kind is ErrorKind.UNREACHABLE and "certificate is not trusted" in error.hint
