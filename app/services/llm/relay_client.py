"""The door's second client: answers as bytes, for relaying them to somebody else.

aiohttp, because the cost of a connection there does not grow with the number of those that are open, and connections
are kept: a gateway has hundreds at a time. Everything else is the door's: name lookup, trust, proxies, log, errors.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import select
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from app.services.llm import limits, transport_errors
from app.services.llm.address import check_may_be_contacted, host_of, port_of
from app.services.llm.connections import (
    DeadlineError,
    DialError,
    Resolver,
    Watch,
    allowed_addresses,
    phrase_of,
    resolve,
)
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.network_log import NetworkEntry, NetworkLog
from app.services.llm.relay_target import RelayTarget
from app.services.wording import say

#: Below what servers keep an idle connection for (Node and uvicorn: 5 s), so that few are found closed.
_KEEP_ALIVE_S = 4.0
_READ_BUFFER_BYTES = 256 * 1024


class ProtocolError(Exception):
    """What came is not HTTP."""


class RelayAnswer:
    """A running answer. The case of a name in `headers` does not matter."""

    def __init__(
        self, response: aiohttp.ClientResponse, watch: Watch, exchange: RelayExchange, silence_s: float
    ) -> None:
        self.status = response.status
        self.headers = response.headers
        self.content_type = self.headers.get("content-type", "")
        self.bytes_in = 0
        self._peeked = b""
        self._is_over = False
        self._content = response.content
        self._watch = watch
        self._exchange = exchange
        self._silence_s = silence_s

    def hang_up(self) -> None:
        """Nobody wants the rest: the server learns it in this very moment, before anything here is cleared away."""
        self._exchange.hang_up()

    @property
    def is_event_stream(self) -> bool:
        return self.content_type.partition(";")[0].strip().lower() == "text/event-stream"

    async def next_chunk(self) -> bytes:
        """The next bytes of the body as they come, empty at its end. A plain call, since it is made for every token.

        Raises:
            LLMError: interrupted, timeout, protocol.
        """
        if self._peeked:
            chunk, self._peeked = self._peeked, b""
        elif self._is_over:
            return b""
        else:
            if self.bytes_in:
                self._watch.arm("silence", self._silence_s)
            try:
                chunk = await self._content.readany()
            except (aiohttp.ClientError, OSError, DeadlineError) as exc:
                raise self._exchange.failure(exc, mid_body=True) from exc
        self._watch.at = math.inf  # until the next bytes are asked for: whoever takes these may be slow
        self.bytes_in += len(chunk)
        return chunk

    async def peek(self) -> bytes:
        """The first bytes of the body; they come again from `next_chunk`.

        Raises:
            LLMError: as `next_chunk`.
        """
        self._peeked = await self.next_chunk()
        self.bytes_in = 0
        return self._peeked

    async def peek_refusal(self) -> bytes:
        """What an error answer says, about `limits.MAX_ERROR_BODY_BYTES` at most; it comes again from `next_chunk`.
        A body that breaks off is what came: the status has been said."""
        said = b""
        try:
            while len(said) <= limits.MAX_ERROR_BODY_BYTES and (chunk := await self.next_chunk()):
                said += chunk
        except LLMError:
            self._is_over = True
        self._peeked, self.bytes_in = said, 0
        return said

    async def read(self, max_bytes: int) -> bytes:
        """The whole body; at most one chunk more than `max_bytes` of it.

        Raises:
            LLMError: as `next_chunk`.
        """
        pieces: list[bytes] = []
        size = 0
        while size <= max_bytes and (chunk := await self.next_chunk()):
            pieces.append(chunk)
            size += len(chunk)
        return b"".join(pieces)


class RelayClient:
    """Keeps connections to servers. Belongs to the loop that first uses it; close it."""

    def __init__(self, door: HttpDoor) -> None:
        self._door = door
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    def _connections(self, *, kept: bool) -> aiohttp.ClientSession:
        """The session whose connections are kept, or the one that makes a new one for each request."""
        session = self._sessions.get(kept)
        if session is None:
            reuse: dict[str, Any] = {"keepalive_timeout": _KEEP_ALIVE_S} if kept else {"force_close": True}
            connector = _IdleConnections(
                limit=0, resolver=_DoorResolver(self._door), use_dns_cache=False, socket_factory=_new_socket, **reuse
            )
            session = self._sessions[kept] = aiohttp.ClientSession(
                connector=connector,
                # Clocks are ours: one counts to the first byte, one between two of them.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.CONNECT_TIMEOUT_S),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=_READ_BUFFER_BYTES,
                trust_env=False,
            )
        return session

    def opened(
        self,
        target: RelayTarget,
        body: bytes,
        *,
        headers: dict[str, str] | None = None,
        first_byte_s: float,
        silence_s: float,
    ) -> RelayExchange:
        """The answer to a POST, as a block: leaving it before the answer's end closes the connection, which stops the
        server.

        Raises:
            LLMError: on entering: not_running, unreachable, timeout, interrupted, protocol, config.
        """
        return RelayExchange(self, target, body, {**target.headers, **(headers or {})}, first_byte_s, silence_s)

    @property
    def network_log(self) -> NetworkLog | None:
        return self._door.network_log

    async def post(self, target: RelayTarget, headers: dict[str, str], body: bytes) -> aiohttp.ClientResponse:
        """The answer's head.

        Raises:
            LLMError: config, the address is forbidden.
            DialError, OSError, aiohttp.ClientError: as they come.
        """
        # The library asks its resolver for names only, and takes all that is digits and dots for an address.
        check_may_be_contacted(target.url)
        door = self._door.direct() if target.direct else self._door
        secure = target.url.startswith("https://")
        more: dict[str, Any] = {"ssl": await self._door.trust.context()} if secure else {}
        proxy = door.proxy_for(target.url)
        if proxy is not None:
            more["proxy"] = proxy
        return await self._send(target.url, headers, body, more)

    async def _send(
        self, url: str, headers: dict[str, str], body: bytes, more: dict[str, Any]
    ) -> aiohttp.ClientResponse:
        connection = _Connection()
        _connection.set(connection)
        asked = {"data": body, "headers": headers, "allow_redirects": False, **more}
        try:
            return await self._connections(kept=True).post(url, **asked)
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
            raise
        except (aiohttp.ClientConnectionError, ConnectionError):
            if connection.is_new:
                raise
            # A kept connection that the server was just closing: it is asked again, once, over a new one.
            return await self._connections(kept=False).post(url, **asked)

    async def aclose(self) -> None:
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()


class _IdleConnections(aiohttp.TCPConnector):
    """Kept connections of which only those are used again on which nothing came since their last answer: what is left
    over of one answer is never read as the beginning of the next, which may be somebody else's (reliability A16)."""

    async def _get(self, key: Any, traces: list[Any]) -> Any:
        while (found := await super()._get(key, traces)) is not None:
            if _is_idle(found.protocol):
                return found
            found.close()
        return None


def _is_idle(protocol: Any) -> bool:
    """Whether nothing was sent on it, taken from its socket already or not. Its end counts as well."""
    if protocol.should_close:
        return False
    connected = protocol.transport.get_extra_info("socket")
    if not hasattr(select, "poll"):  # on Windows
        return not select.select([connected], [], [], 0)[0]
    look = select.poll()
    look.register(connected.fileno(), select.POLLIN)
    return not look.poll(0)


class _Connection:
    """What a request went over. The library's own way to learn it costs more than the rest of sending one."""

    is_new = False


_connection: ContextVar[_Connection] = ContextVar("relay_connection")


def _new_socket(address: tuple[Any, ...]) -> socket.socket:
    _connection.get().is_new = True
    family, kind, protocol, _name, _where = address
    return socket.socket(family, kind, protocol)


def _check_encoding(response: aiohttp.ClientResponse) -> None:
    """Refuses what the door refuses. Passed on, its usage and its end would be unreadable here, and its client did not
    ask for it either; unpacked, a few bytes may become any number.

    Raises:
        LLMError: protocol.
    """
    encoding = response.headers.get("Content-Encoding")
    if encoding is not None and encoding.strip().lower() not in ("", "identity"):
        raise LLMError(
            ErrorKind.PROTOCOL,
            say("The server's answer is compressed although that was not asked for."),
            say("Switch compression off there, or in what stands in front of it."),
        )


def _ender(response: aiohttp.ClientResponse) -> Callable[[DeadlineError], None]:
    def end(reason: DeadlineError) -> None:
        response.content.set_exception(reason)
        response.close()

    return end


class RelayExchange:
    """One request and its answer, which entering gives."""

    def __init__(
        self,
        client: RelayClient,
        target: RelayTarget,
        body: bytes,
        headers: dict[str, str],
        first_byte_s: float,
        silence_s: float,
    ) -> None:
        self._client = client
        self._target = target
        self._body = body
        self._headers = headers
        self._first_byte_s = first_byte_s
        self._silence_s = silence_s
        self._watch = Watch()
        self._response: aiohttp.ClientResponse | None = None
        self._answer: RelayAnswer | None = None
        self._started = time.monotonic()
        host, port, path = _place(target.url)
        self._entry = NetworkEntry("gateway", "POST", host, port, path)

    async def __aenter__(self) -> RelayAnswer:
        log = self._client.network_log
        if log is not None:
            log.begin(self._entry)
        try:
            response = self._response = await self._head()
            self._entry.status = response.status
            _check_encoding(response)
        except BaseException as exc:
            self._end(exc)
            raise
        self._watch.on_expire = _ender(response)
        self._answer = RelayAnswer(response, self._watch, self, self._silence_s)
        return self._answer

    async def _head(self) -> aiohttp.ClientResponse:
        """The answer's head; the clock that it starts goes on to the first bytes."""
        watch, task = self._watch, asyncio.current_task()
        assert task is not None
        cancelling = task.cancelling()

        def give_up(_reason: DeadlineError) -> None:
            task.cancel()

        watch.on_expire = give_up
        watch.arm("first token", self._first_byte_s)
        try:
            response = await self._client.post(self._target, self._headers, self._body)
            if watch.expired is not None:  # in the very moment when the head came
                response.close()
                await asyncio.sleep(0)  # where the cancellation arrives
        except asyncio.CancelledError:
            if watch.expired is None or task.uncancel() > cancelling:
                raise  # it was somebody else who wants this to end
            raise self.failure(watch.expired, mid_body=False) from None
        except (aiohttp.ClientError, OSError, DialError) as exc:
            raise self.failure(exc, mid_body=False) from exc
        return response

    async def __aexit__(self, _type: object, exc: BaseException | None, _traceback: object) -> None:
        self._end(exc)

    def _end(self, exc: BaseException | None) -> None:
        self._watch.disarm()
        response, entry = self._response, self._entry
        if response is not None:
            # Only a connection whose answer was read to its end can serve again.
            response.release() if response.content.at_eof() else response.close()
        if isinstance(exc, LLMError):
            entry.error = exc.kind.value
        entry.bytes_out = len(self._body)
        entry.bytes_in = self._answer.bytes_in if self._answer is not None else 0
        log = self._client.network_log
        if log is not None:
            log.end(entry)

    def hang_up(self) -> None:
        connection = self._response.connection if self._response is not None else None
        if connection is None or connection.transport is None:
            return  # the answer is here to its end
        with contextlib.suppress(OSError):  # the server was faster
            _shut_down(connection.transport.get_extra_info("socket"))

    def failure(self, exc: Exception, *, mid_body: bool) -> LLMError:
        """What went wrong in the door's words."""
        took_ms = (time.monotonic() - self._started) * 1000
        context = transport_errors.Context("POST", self._target.url, took_ms, mid_body=mid_body)
        return transport_errors.to_llm_error(_plain(exc), context)


def _shut_down(connected: Any) -> None:
    """End a connection in both directions without closing it, which its transport does.

    Raises:
        OSError: it has ended.
    """
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except TypeError:  # uvloop's sockets refuse it, those of Python's own loop do not
        with socket.socket(fileno=os.dup(connected.fileno())) as twin:
            twin.shutdown(socket.SHUT_RDWR)


@lru_cache
def _place(url: str) -> tuple[str, int, str]:
    """Host, port and path for the log."""
    return host_of(url), port_of(url), "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]


def _plain(exc: Exception) -> Exception:
    """The library's failure in the door's own terms."""
    if isinstance(exc, aiohttp.ClientConnectorDNSError):
        cause = exc.os_error.__cause__
        return cause if isinstance(cause, DialError) else DialError(say("name not found"))
    if isinstance(exc, aiohttp.ClientConnectorCertificateError):
        return exc.certificate_error
    if isinstance(exc, aiohttp.ClientConnectorError):
        failure = exc.os_error
        return DialError(phrase_of(failure), refused=isinstance(failure, ConnectionRefusedError))
    if isinstance(exc, aiohttp.ConnectionTimeoutError):
        return DialError(say("no answer within {connect_seconds:g} s", connect_seconds=limits.CONNECT_TIMEOUT_S))
    if isinstance(exc, aiohttp.ClientResponseError):
        return ProtocolError(str(exc.message))
    return exc


class _DoorResolver(AbstractResolver):
    """The door's lookup: loopback first, forbidden addresses refused."""

    def __init__(self, door: HttpDoor) -> None:
        self._door = door

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        lookup: Resolver = self._door.resolver or resolve
        try:
            found = await allowed_addresses(host, port, lookup)
        except DialError as exc:
            raise OSError(exc.reason) from exc
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in found
        ]

    async def close(self) -> None:
        return
