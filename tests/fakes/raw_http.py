"""A scriptable HTTP server on raw sockets: it can be as wrong as a real one, byte by byte, and remembers what it saw.

A reply is `async def reply(exchange) -> None`, writing whatever bytes it likes; the functions below make the usual
ones. `RawServer` answers every connection with the reply of the path, closing afterwards unless told otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Self, cast

Reply = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Exchange:
    """What a reply works with: the request, the two ends of the socket, and whether the client has gone."""

    request: Seen
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: RawServer

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_client_leaves(self) -> None:
        while await self.reader.read(65_536):
            pass

    def reset(self) -> None:
        """Close with RST instead of FIN, as a crashed server does."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class RawServer:
    """`async with RawServer(reply) as server:`; `routes` maps exact paths to other replies."""

    default: Reply
    routes: dict[str, Reply] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    """0 takes any free one."""
    tls: ssl.SSLContext | None = None
    requests: list[Seen] = field(default_factory=list)
    connections: int = 0
    disconnected: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.tls is None else 'https'}://{host}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            seen = await _read_request(reader)
            if seen is not None:
                self.requests.append(seen)
                reply = self.routes.get(seen.path, self.default)
                await reply(Exchange(seen, reader, writer, self))
        except (ConnectionError, asyncio.IncompleteReadError):
            self.disconnected.set()
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body)


class _Complainer(asyncio.Protocol):
    """Answers 400 to the first bytes, whatever they are, as servers do that get TLS where they speak http."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        self._transport.write(head(400, length=0))
        self._transport.close()


@contextlib.asynccontextmanager
async def complaining_server() -> AsyncIterator[int]:
    """The port of a server that answers 400 to everything, at once."""
    server = await asyncio.get_running_loop().create_server(_Complainer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def dropping_port() -> AsyncIterator[int]:
    """A port where nothing answers, as behind a firewall: its queue of connections is full. Linux only."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        await asyncio.sleep(0.05)
        yield port


def refused_port() -> int:
    """A port of this computer where nothing listens.

    Below those that the system gives away by itself: a server of a test that runs beside this one would get it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def head(
    status: int = 200,
    content_type: str = "application/json",
    *,
    length: int | None = None,
    chunked: bool = False,
    extra: Iterable[tuple[str, str]] = (),
) -> bytes:
    """Status line and headers. Without `length` and `chunked` the body lasts until the connection closes."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Type: {content_type}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    lines += [f"{name}: {value}" for name, value in extra]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def events(*values: object, done: bool = True) -> bytes:
    """An event stream: bytes and str go as they are, everything else as JSON."""
    texts = [v if isinstance(v, str) else v.decode() if isinstance(v, bytes) else json.dumps(v) for v in values]
    if done:
        texts.append("[DONE]")
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def delta(content: str | None = None, *, finish: str | None = None, **fields: object) -> dict[str, Any]:
    """One chunk of a chat completion."""
    inner = {**({"content": content} if content is not None else {}), **fields}
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": inner, "finish_reason": finish}]}


def raw(data: bytes) -> Reply:
    """Exactly these bytes, then close."""

    async def reply(exchange: Exchange) -> None:
        await exchange.write(data)

    return reply


def answer(value: object, status: int = 200, *, content_type: str = "application/json", **extra: str) -> Reply:
    """A whole answer: bytes and str as they are, everything else as JSON. `extra`: headers, `_` for `-`."""
    body = (
        value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else json.dumps(value).encode()
    )
    headers = [(name.replace("_", "-"), text) for name, text in extra.items()]
    return raw(head(status, content_type, length=len(body), extra=headers) + body)


def stream(body: bytes, *, content_type: str = "text/event-stream", **extra: str) -> Reply:
    """A chunked answer, in one chunk, properly ended."""
    headers = [(name.replace("_", "-"), text) for name, text in extra.items()]
    return raw(head(200, content_type, chunked=True, extra=headers) + chunk(body) + b"0\r\n\r\n")


def pieces(parts: Iterable[bytes], *, content_type: str = "text/event-stream", before: bytes | None = None) -> Reply:
    """Each part is its own write, flushed, with a turn of the loop in between; chunked and properly ended."""
    collected = tuple(parts)

    async def reply(exchange: Exchange) -> None:
        await exchange.write(head(200, content_type, chunked=True) if before is None else before)
        for part in collected:
            if part:
                await exchange.write(chunk(part))
                await asyncio.sleep(0)
        await exchange.write(b"0\r\n\r\n")

    return reply


def cut(data: bytes, at: int, *, reset: bool = False) -> Reply:
    """The first `at` bytes of a whole response, then the connection ends (FIN, or RST)."""

    async def reply(exchange: Exchange) -> None:
        await exchange.write(data[:at])
        if reset:
            exchange.reset()

    return reply


def stall(data: bytes = b"") -> Reply:
    """These bytes, then silence until the client leaves; sets `disconnected` then."""

    async def reply(exchange: Exchange) -> None:
        if data:
            await exchange.write(data)
        try:
            await exchange.until_client_leaves()
        finally:
            exchange.server.disconnected.set()

    return reply


def drip(before: bytes, piece: bytes, *, every_s: float) -> Reply:
    """The same piece again and again, for ever."""

    async def reply(exchange: Exchange) -> None:
        await exchange.write(before)
        try:
            while not exchange.writer.is_closing():
                await exchange.write(piece)
                await asyncio.sleep(every_s)
        finally:
            exchange.server.disconnected.set()

    return reply


def in_turn(*replies: Reply) -> Reply:
    """The first reply for the first request, and so on; the last one stays."""
    remaining = list(replies)

    async def reply(exchange: Exchange) -> None:
        current = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        await current(exchange)

    return reply
