"""uvicorn's HTTP with limits of our own: how large a request's head may be, and how long it may take to come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Where a request's scope has its connection.
CONNECTION = "aica.connection"
MAX_HEAD_BYTES = 64 * 1024
#: From a connection's or request's first byte to the end of its head.
HEAD_LIMIT_S = 15.0


class LimitedHttpProtocol(HttpToolsProtocol):
    """Connections that send a head too large or too slowly are told so and closed; others are not disturbed."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.on_leave: set[Callable[[], None]] = set()
        """Called once when the client is gone, before anything else learns of it."""
        self._head_bytes = self._header_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        if self._head_timer is not None or self._head_bytes:
            self._head_bytes += len(data)
        super().data_received(data)
        # The parser keeps nothing of a head it has not read to its end but what it was given here.
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[literal-required]  # scopes may carry more
        self._header_bytes = 0
        if self._head_timer is None:
            self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)

    def on_headers_complete(self) -> None:
        if self._header_bytes > MAX_HEAD_BYTES:  # it came whole, in one piece
            self._refuse(b"431 Request Header Fields Too Large")
        self._head_arrived()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_arrived()
        for leave in tuple(self.on_leave):
            leave()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_LIMIT_S, self._refuse, b"408 Request Timeout")

    def _head_arrived(self) -> None:
        self._head_bytes = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: bytes) -> None:
        self._head_arrived()
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()


async def while_connected(scope: Mapping[str, Any], work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` as long as the client is there: when it goes, the work is cancelled, which closes what it has open.

    Raises:
        Whatever `work` raises.
    """
    connection: LimitedHttpProtocol = scope[CONNECTION]
    me = asyncio.current_task()
    assert me is not None
    left = False

    def leave() -> None:
        nonlocal left
        left = True
        me.cancel()

    connection.on_leave.add(leave)
    try:
        await work
    except asyncio.CancelledError:
        if not left or me.uncancel():
            raise
    finally:
        connection.on_leave.discard(leave)
