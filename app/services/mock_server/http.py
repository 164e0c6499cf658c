"""HTTP/1.1 on one connection: reads requests, writes whole or chunked answers, notices when the client leaves.

Only what a simulator of LM Studio needs, on a bare asyncio protocol: a framework would hide the very faults
that are to be imitated (an answer cut in mid-chunk, a reset, a silence).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

from app.lean_dataclass import dataclass
from app.services.mock_server.script import Script
from app.services.mock_server.stats import Stats

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 128 * 1024 * 1024
WRITE_BUFFER_BYTES = 64 * 1024


class ApiError(Exception):
    """An answer that is an error. `body` is LM Studio's JSON; the status may well be 200."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


class ConnectionCutError(Exception):
    """A fault ended the connection on purpose; nothing more can be sent on it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are lower-case, `path` is without the query."""

    method: str
    target: str
    path: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ApiError: 400, the body is not JSON.
        """
        try:
            return json.loads(self.body or b"{}")
        except (ValueError, RecursionError) as exc:
            raise ApiError(400, {"error": f"Expected a JSON body: {exc}"}) from exc

    def json_object(self) -> dict[str, Any]:
        value = self.json()
        if not isinstance(value, dict):
            raise ApiError(400, {"error": "Expected a JSON object as the request body."})
        return value


class Connection(asyncio.Protocol):
    """One client. Requests are served one after the other by a task that is cancelled when the client leaves."""

    def __init__(
        self,
        serve: Callable[[Request, Connection], Awaitable[None]],
        script: Script,
        stats: Stats,
        connections: set[Connection],
    ) -> None:
        self._serve = serve
        self._script = script
        self._stats = stats
        self._connections = connections
        self._buffer = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._budget: int | None = None
        self._cut_with_reset = False
        self._chunked = False
        self._started = False
        self._keep_alive = True
        self.client_left = False
        self.task: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport | None = None

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self._connections.add(self)
        self._stats.connections_accepted += 1
        self._stats.connections_open += 1
        self.task = asyncio.get_running_loop().create_task(self._run(), name="simulator.connection")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > MAX_BODY_BYTES + MAX_HEAD_BYTES and self.transport is not None:
            self.transport.abort()
        self._wake()

    def eof_received(self) -> bool:
        self._leave()
        return False  # like Node's HTTP server: a client that half-closes has given up

    def connection_lost(self, exc: Exception | None) -> None:
        self._stats.connections_open -= 1
        self._connections.discard(self)
        self._leave()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _leave(self) -> None:
        if not self.client_left and self.task is not None and not self.task.done():
            self.client_left = True
            if self._started_or_serving():
                self._stats.last_disconnect_at = time.monotonic()
            self.task.cancel()

    def _started_or_serving(self) -> bool:
        return self._waiter is None

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # --- reading ---

    async def _run(self) -> None:
        assert self.transport is not None
        try:
            while self._keep_alive:
                request = await self._next_request()
                if request is None:
                    break
                self._started = self._chunked = False
                self._budget = None
                self._keep_alive = request.keep_alive
                self._stats.requests += 1
                await self._serve(request, self)
        except ConnectionCutError:
            self._end_abruptly()
        except ApiError as exc:  # the request itself could not be read
            self._keep_alive = False
            await self.send_json(exc.status, exc.body)
        except Exception:  # the outermost edge of a connection: one bad request must not stop the server
            logger.exception("the simulator failed to answer")
            self.transport.abort()
        finally:
            if not self.transport.is_closing():
                self.transport.close()

    async def _next_request(self) -> Request | None:
        try:
            async with asyncio.timeout(self._script.idle_close_s):
                head = await self._read_head()
        except TimeoutError:
            return None
        try:
            lines = head.decode("latin-1").split("\r\n")
            method, target, version = lines[0].split(" ")
            pairs = (line.split(":", 1) for line in lines[1:] if line)
            headers = {name.strip().lower(): value.strip() for name, value in pairs}
        except ValueError as exc:
            raise ApiError(400, {"error": "Malformed HTTP request."}) from exc
        if headers.get("expect", "").lower() == "100-continue" and self.transport is not None:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await self._read_body(headers)
        wanted = headers.get("connection", "").lower()
        keep_alive = wanted != "close" if version == "HTTP/1.1" else wanted == "keep-alive"
        return Request(method, target, target.partition("?")[0], headers, body, keep_alive)

    async def _read_head(self) -> bytes:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise ApiError(431, {"error": "Request header fields too large."})
            await self._more()
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return head

    async def _read_body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return await self._read_chunks()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            raise ApiError(413 if length.isdecimal() else 400, {"error": f"Unacceptable Content-Length {length!r}."})
        return await self._read_exactly(int(length))

    async def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            while (end := self._buffer.find(b"\r\n")) < 0:
                await self._more()
            try:
                size = int(bytes(self._buffer[:end]).partition(b";")[0], 16)
            except ValueError as exc:
                raise ApiError(400, {"error": "Malformed chunk."}) from exc
            del self._buffer[: end + 2]
            if size + len(body) > MAX_BODY_BYTES:
                raise ApiError(413, {"error": "Request body too large."})
            body += (await self._read_exactly(size + 2))[:-2]
            if size == 0:
                return bytes(body)

    async def _read_exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._more()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    async def _more(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    # --- writing ---

    def limit_body(self, byte_count: int, *, reset: bool = False) -> None:
        """End the connection after this many further bytes of the body."""
        self._budget = byte_count
        self._cut_with_reset = reset

    async def send_json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        await self.send(status, body, "application/json; charset=utf-8", headers)

    async def send(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        """A whole answer with its length."""
        self._write_head(status, {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})})
        await self.write(body)

    def start_stream(self, content_type: str) -> None:
        """The head of a chunked answer; `write` and `end` follow."""
        self._chunked = True
        self._write_head(
            200, {"Content-Type": content_type, "Cache-Control": "no-cache", "Transfer-Encoding": "chunked"}
        )

    @property
    def stream_started(self) -> bool:
        return self._started

    async def write(self, data: bytes) -> None:
        """Body bytes; waits while the client reads too slowly.

        Raises:
            ConnectionCutError: the budget of `limit_body` is used up.
        """
        size = self._script.chunk_bytes
        if size is None or size <= 0:
            self._write_piece(data)
        else:
            for start in range(0, len(data), size):
                self._write_piece(data[start : start + size])
                await asyncio.sleep(0)
        await self._writable.wait()

    async def end(self) -> None:
        assert self.transport is not None
        if self._chunked:
            self.transport.write(b"0\r\n\r\n")
        await self._writable.wait()

    def _write_head(self, status: int, headers: dict[str, str]) -> None:
        assert self.transport is not None
        self._started = True
        phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
        fields = {"X-Powered-By": "Express", "X-Simulated": "1", **headers}
        if self._keep_alive:
            fields |= {"Connection": "keep-alive", "Keep-Alive": f"timeout={max(1, int(self._script.idle_close_s))}"}
        else:
            fields["Connection"] = "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.transport.write(f"HTTP/1.1 {status} {phrase}\r\n{lines}\r\n".encode("latin-1", "replace"))

    def _write_piece(self, data: bytes) -> None:
        assert self.transport is not None
        cut = self._budget is not None and len(data) > self._budget
        if self._budget is not None:
            data = data[: self._budget]
            self._budget -= len(data)
        if data:
            self.transport.write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)
        if cut:
            raise ConnectionCutError

    def _end_abruptly(self) -> None:
        """Closes in mid-answer; what was written still goes out, unless a reset was asked for."""
        assert self.transport is not None
        if self._cut_with_reset:
            sock = self.transport.get_extra_info("socket")
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # on, zero seconds: close() resets
            with contextlib.suppress(OSError):  # the client may be gone already
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.close()
