"""Sockets for the HTTP door: name lookup, the order of addresses, the check at connect time, and the one timer.

Plain asyncio, shaped as httpcore's network backend (`connect_tcp`, and streams with `read`, `write`, `start_tls`,
`aclose`). One `Dialer` serves one exchange, so its bytes and its clock belong to exactly one request. The clock is
one lazily re-armed timer: setting a deadline for every chunk costs an assignment, not a task or a context manager.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from app.services.llm import limits
from app.services.llm.address import forbidden_reason, parse_ip
from app.services.llm.network_log import NetworkEntry
from app.services.wording import say

#: Host and port → addresses to try, in order. Raises OSError when the name is not known.
Resolver = Callable[[str, int], Awaitable[list[str]]]

_READ_BUFFER_BYTES = 256 * 1024
_TIMER_SLACK_S = 0.001
#: A clock that is looked at so late stood still with the whole program: stopped by a terminal, or a machine that slept.
_STOOD_STILL_S = 0.5


class DialError(Exception):
    """No connection came about. `reason` is a phrase for people; `refused` that the port is closed."""

    def __init__(self, reason: str, *, refused: bool = False, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        self.forbidden = forbidden


class DeadlineError(Exception):
    """A clock ran out; `clock` is one of: first token, silence, progress, request, closed."""

    def __init__(self, clock: str, after_s: float) -> None:
        super().__init__(f"{clock} after {after_s:.1f} s")
        self.clock = clock
        self.after_s = after_s


class Watch:
    """The deadline of one exchange. `on_expire` runs once, on the loop, when it passes."""

    __slots__ = ("_handle", "_loop", "at", "clock", "expired", "on_expire", "seconds")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self.at = float("inf")
        self.clock = ""
        self.seconds = 0.0
        self.expired: DeadlineError | None = None
        self.on_expire: Callable[[DeadlineError], None] | None = None

    def now(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def arm(self, clock: str, seconds: float, *, at: float | None = None) -> None:
        """Let the deadline be `seconds` from now, or the loop time `at`; replaces the one before."""
        self.clock, self.seconds = clock, seconds
        self.at = self._loop.time() + seconds if at is None else at
        if self._handle is None or self._handle.when() > self.at:
            self._schedule()

    def expire(self, clock: str) -> None:
        """End the exchange now."""
        self.disarm()
        self.expired = DeadlineError(clock, self.seconds)
        if self.on_expire is not None:
            self.on_expire(self.expired)

    def disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self.at = float("inf")

    def _schedule(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_at(self.at, self._check)

    def _check(self) -> None:
        self._handle = None
        now = self._loop.time()
        if now + _TIMER_SLACK_S < self.at:  # it was moved while the timer ran
            self._schedule()
        elif now - self.at > _STOOD_STILL_S:  # what came meanwhile is still to be read
            self.arm(self.clock, self.seconds)
        else:
            self.expire(self.clock)


class SocketStream:
    """One TCP or TLS connection whose reads end with the exchange's deadline."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, watch: Watch, entry: NetworkEntry
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._watch = watch
        self._entry = entry
        watch.on_expire = self._on_expire
        if watch.expired is not None:
            self._on_expire(watch.expired)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._reader.read(max_bytes)
        self._entry.bytes_in += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        self._entry.bytes_out += len(buffer)
        self._writer.write(buffer)
        try:
            await self._writer.drain()
        except ConnectionError:
            # A server may answer (413, 401) and close before it has read everything: the answer is still to be
            # read. Where there is none, the next read says so.
            return

    async def aclose(self) -> None:
        self._watch.on_expire = None
        # Not close(): that would wait to deliver what is unsent, and a stopped generation must end at once.
        transport: asyncio.WriteTransport | None = self._writer.transport
        if transport is not None:  # a handshake that broke off may have left none
            transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> SocketStream:
        # The clock ends the handshake by a timeout, not by taking the connection away below it: asyncio would leave
        # a writer without a transport (CPython 3.11, `StreamWriter.start_tls`).
        loop = asyncio.get_running_loop()
        try:
            if self._watch.expired is not None:
                raise self._watch.expired
            async with asyncio.timeout(None) as limit:
                self._watch.on_expire = lambda _reason: limit.reschedule(loop.time())
                await self._writer.start_tls(
                    ssl_context, server_hostname=server_hostname, ssl_handshake_timeout=limits.CONNECT_TIMEOUT_S
                )
        except BaseException as exc:
            await self.aclose()
            if isinstance(exc, TimeoutError) and self._watch.expired is not None:
                raise self._watch.expired from exc
            raise
        self._watch.on_expire = self._on_expire
        return self

    def get_extra_info(self, info: str) -> Any:
        names = {"ssl_object": "ssl_object", "server_addr": "peername", "client_addr": "sockname", "socket": "socket"}
        return self._writer.get_extra_info(names[info]) if info in names else None

    def _on_expire(self, reason: DeadlineError) -> None:
        self._reader.set_exception(reason)
        self._writer.transport.abort()


class Dialer:
    """Makes the connections of one exchange."""

    def __init__(self, watch: Watch, entry: NetworkEntry, resolver: Resolver | None = None) -> None:
        self._watch = watch
        self._entry = entry
        self._resolve = resolver or resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> SocketStream:
        """Connect to the first address that takes the call, within `limits.CONNECT_TIMEOUT_S` for all of them.

        Raises:
            DialError: with the reason of the last address tried.
        """
        try:
            async with asyncio.timeout(limits.CONNECT_TIMEOUT_S):
                addresses = await allowed_addresses(host, port, self._resolve)
                reader, writer = await self._first_that_answers(addresses, port)
        except TimeoutError as exc:
            raise DialError(
                say("no answer within {connect_seconds:g} s", connect_seconds=limits.CONNECT_TIMEOUT_S)
            ) from exc
        return SocketStream(reader, writer, self._watch, self._entry)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> SocketStream:
        raise DialError("only TCP is spoken")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _first_that_answers(
        self, addresses: list[str], port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        share_s = limits.CONNECT_TIMEOUT_S / len(addresses)
        failure: OSError | None = None
        for position, address in enumerate(addresses, start=1):
            last = position == len(addresses)
            try:
                async with asyncio.timeout(None if last else share_s):
                    return await asyncio.open_connection(address, port, limit=_READ_BUFFER_BYTES)
            except TimeoutError as exc:
                failure = exc
            except OSError as exc:
                # A refusal says more than a missing route of the other address family.
                failure = failure if isinstance(failure, ConnectionRefusedError) else exc
        assert failure is not None
        raise DialError(phrase_of(failure), refused=isinstance(failure, ConnectionRefusedError)) from failure


async def allowed_addresses(host: str, port: int, lookup: Resolver) -> list[str]:
    """The addresses of a host that may be connected to, in order.

    Raises:
        DialError: the name is not known, or all it means is forbidden.
    """
    literal = parse_ip(host)
    try:
        found = [str(literal)] if literal is not None else await lookup(host, port)
    except (OSError, UnicodeError) as exc:
        raise DialError(say("name not found")) from exc
    allowed = []
    reason: str | None = say("name not found")
    for text in found:
        address = parse_ip(text.partition("%")[0])
        reason = forbidden_reason(address) if address is not None else None
        if address is not None and reason is None:
            allowed.append(text)
    if not allowed:
        raise DialError(reason or say("name not found"), forbidden=bool(found))
    return allowed


async def resolve(host: str, port: int) -> list[str]:
    """The system's addresses for a name, IPv4 first: LM Studio listens there only, and a black-holed IPv6 route
    costs seconds. `localhost` is not looked up (systems differ in what comes first)."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return ["127.0.0.1", "::1"]
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    infos.sort(key=lambda info: info[0] != socket.AF_INET)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


def phrase_of(failure: OSError) -> str:
    """Why no connection came about, for people."""
    if isinstance(failure, ConnectionRefusedError):
        return say("connection refused")
    if isinstance(failure, TimeoutError):
        return say("no answer")
    if failure.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL):
        return say("no route")
    return failure.strerror or say("connection failed")
