"""uvicorn's HTTP with limits of our own: how large a request's head may be, and how long it may take to come."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Where a request's scope has its connection.
CONNECTION = "aica.connection"
MAX_HEAD_BYTES = 64 * 1024
#: From a connection's or request's first byte to the end of its head.
HEAD_LIMIT_S = 15.0
#: For a body: between two pieces of it, and from its first byte to its last.
BODY_SILENCE_S = 30.0
BODY_LIMIT_S = 600.0
_LATE_BODY = (
    b'{"error": {"message": "The request\'s body stopped coming.", "type": "invalid_request_error",'
    b' "code": "timeout", "param": null}}'
)
_NO_UPGRADE = (
    b'{"error": {"message": "HTTP/1.1 is spoken here, and nothing else. Send no Upgrade header.",'
    b' "type": "invalid_request_error", "code": "bad_request", "param": null}}'
)
_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)


def _without_upgrade(data: bytes) -> bytes:
    """The bytes of a head whose wish for another protocol is nobody's: clients that would rather speak HTTP/2 ask with
    every request, and the parser would take no body from them."""
    if b"pgrade" not in data and b"PGRADE" not in data:  # far cheaper; who spells it otherwise is refused
        return data
    found = _UPGRADE.search(data)
    if found is None or 0 <= data.find(b"\r\n\r\n") < found.start():
        return data
    return b"%s\r\nX-Upgrade:%s" % (data[: found.start()], data[found.end() :])


class LimitedHttpProtocol(HttpToolsProtocol):
    """Connections whose requests are too large in the head, or too slow, are told so and closed, and no others.

    Most requests come whole, in one piece: those need no clock.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.on_leave: set[Callable[[], None]] = set()
        """Called once when the client is gone, before anything else learns of it."""
        self.body_is_late = False
        """A request was given up because its body stopped coming."""
        self._in_head = True
        self._in_body = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_began = self._body_piece = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            data = _without_upgrade(data)
        self._head_bytes += len(data)
        super().data_received(data)
        if not self._in_head:
            self._head_bytes = 0
            if self._in_body:
                self._note_piece()
        # The parser keeps nothing of a head it has not read to its end but what it was given here.
        elif self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")
        elif self._head_timer is None and not self.transport.is_closing():
            self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[literal-required]  # scopes may carry more
        self._in_head = True

    def on_headers_complete(self) -> None:
        # Where it came whole, in one piece, that piece may have had a body behind it.
        if self._head_bytes > MAX_HEAD_BYTES and sum(len(n) + len(v) + 4 for n, v in self.headers) > MAX_HEAD_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")
        elif self.parser.should_upgrade():  # its head came in pieces; what follows would not be read as its body
            self._refuse(b"400 Bad Request", _NO_UPGRADE)
        self._head_arrived()
        if not self.transport.is_closing():
            self._in_body = True
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._body_ended()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_arrived()
        self._body_ended()
        for leave in tuple(self.on_leave):
            leave()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_LIMIT_S, self._refuse, b"408 Request Timeout")

    def _head_arrived(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _note_piece(self) -> None:
        self._body_piece = self.loop.time()
        if self._body_timer is None:
            self._body_began = self._body_piece
            self._body_timer = self.loop.call_later(min(BODY_SILENCE_S, BODY_LIMIT_S), self._check_body)

    def _check_body(self) -> None:
        now = self.loop.time()
        if self.flow.read_paused:  # it waits for us, not we for it
            self._body_piece = now
        end = min(self._body_piece + BODY_SILENCE_S, self._body_began + BODY_LIMIT_S)
        if now < end:
            self._body_timer = self.loop.call_at(end, self._check_body)
            return
        self.body_is_late = True
        self._body_ended()
        if self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(b"408 Request Timeout", _LATE_BODY)

    def _body_ended(self) -> None:
        self._in_body = False
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _refuse(self, status: bytes, body: bytes = b"") -> None:
        self._head_arrived()
        if self.transport.is_closing():
            return
        kind = b"content-type: application/json\r\n" if body else b""
        about = b"%scontent-length: %d\r\nconnection: close\r\n\r\n" % (kind, len(body))
        self.transport.write(b"HTTP/1.1 " + status + b"\r\n" + about + body)
        self.transport.close()


class OnePiece:
    """A block within which what is sent goes out together, a head with its body: half the packets of a short answer.

    Stands for the connection's transport meanwhile.
    """

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._cycle = scope[CONNECTION].cycle
        self._transport: asyncio.Transport = self._cycle.transport
        self._pieces: list[bytes] = []
        self._closing = False

    def __enter__(self) -> None:
        self._cycle.transport = self

    def __exit__(self, *_about: object) -> None:
        self._cycle.transport = self._transport
        self._transport.write(b"".join(self._pieces))
        if self._closing:
            self._transport.close()

    def write(self, data: bytes) -> None:
        self._pieces.append(data)

    def close(self) -> None:
        self._closing = True

    def is_closing(self) -> bool:
        return self._closing or self._transport.is_closing()


async def while_connected(scope: Mapping[str, Any], work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` as long as the client is there: when it goes, the work is cancelled, which closes what it has open.

    Raises:
        Whatever `work` raises.
    """
    connection: LimitedHttpProtocol = scope[CONNECTION]
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    assert me is not None
    working, left = True, False

    def leave() -> None:
        # Behind whatever else hears of it: where many leave at once, their servers learn it before their requests are
        # cleared away.
        loop.call_soon(cancel)

    def cancel() -> None:
        nonlocal left
        if working:
            left = True
            me.cancel()

    connection.on_leave.add(leave)
    try:
        await work
    except asyncio.CancelledError:
        if not left or me.uncancel():
            raise
    finally:
        working = False
        connection.on_leave.discard(leave)


@contextmanager
def ended_with_client(scope: Mapping[str, Any], end: Callable[[], None]) -> Iterator[None]:
    """A block within which `end` is called at once when the client goes."""
    connection: LimitedHttpProtocol = scope[CONNECTION]
    connection.on_leave.add(end)
    try:
        yield
    finally:
        connection.on_leave.discard(end)
