"""The one door to the network: makes HTTP clients, sets limits and clocks, keeps the log, names what went wrong.

Nothing else in the program imports the HTTP library. Every request has a connection of its own, so no answer can
be mixed up with the rest of an earlier one and no cookie survives (reliability A16); redirects are reported, never
followed (A13); bodies are asked for uncompressed (A10). Loopback and private addresses are reached without a proxy.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import logging
import ssl
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from app.lean_dataclass import dataclass
from app.services.llm import limits, transport_errors
from app.services.llm.address import check_may_be_contacted, host_of, is_loopback, is_private_network, port_of
from app.services.llm.connections import DeadlineError, Dialer, DialError, Resolver, Watch
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.network_log import NetworkEntry, NetworkLog
from app.services.llm.outgoing import Key, encoded, request_headers
from app.services.llm.safe_json import loads
from app.services.llm.trust import Trust
from app.services.wording import capitalised, say

if TYPE_CHECKING:
    import httpx2

logger = logging.getLogger(__name__)

_REDIRECTS = frozenset({300, 301, 302, 303, 305, 307, 308})
#: After a finish reason only a usage chunk and `[DONE]` may follow; a server that keeps silent then is not waited for.
FINISHING_GRACE_S = 3.0


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A whole answer. `value` is None where the body is not JSON; `text` is the body, cut for error statuses."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; of repeated headers the last one."""
    value: Any
    text: str


class RedirectError(Exception):
    """The cause of the error for an answer that points elsewhere. `target`: its address, or a path, without a query.

    `location`: all of it, for whoever follows; it may hold a signature, and is not for showing.
    """

    def __init__(self, location: str) -> None:
        self.target = location.partition("?")[0].partition("#")[0]
        self.location = location
        super().__init__(self.target)


class ByteStream:
    """A running answer: iterate over its byte chunks. Ends with `StopAsyncIteration` only at the body's proper end.

    The clocks: until the first progress the first-token deadline holds, whatever bytes come; then `silence` between
    bytes and `PROGRESS_FACTOR` times that between two complete events. Without `progress_by_caller` every chunk
    counts as progress.
    """

    def __init__(self, response: httpx2.Response, body: AsyncIterator[bytes], exchange: _Exchange) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
        self.content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        self._response = response
        self._body = body
        self._exchange = exchange
        self._watch = exchange.watch
        self._time = asyncio.get_running_loop().time
        self._silence_s = exchange.silence_s
        self._progress_by_caller = exchange.progress_by_caller
        self._progressed = False
        self._finishing = False
        self._progress_at = 0.0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Raises: LLMError: interrupted, timeout, protocol."""
        try:
            chunk = await self._body.__anext__()
        except StopAsyncIteration:
            self._watch.disarm()
            raise
        except _transport_exceptions() as exc:
            raise self._exchange.failure(exc, mid_body=True) from exc
        if not self._progress_by_caller:
            self.progress()
        elif self._progressed:
            # Moves the deadline only; the timer behind it re-arms itself when it fires too early.
            self._watch.at = min(self._time() + self._silence_s, self._progress_at)
        return chunk

    def progress(self) -> None:
        """Tell that a complete event came: starts the silence clock and renews the progress clock."""
        now = self._time()
        self._progress_at = now + self._silence_s * limits.PROGRESS_FACTOR
        if self._progressed:
            self._watch.at = now + self._silence_s
        else:
            self._progressed = True
            self._watch.arm("silence", self._silence_s)

    def finishing(self) -> None:
        """The answer is complete; wait for the rest only as long as `FINISHING_GRACE_S` from the first call."""
        if self._finishing:
            return
        self._finishing = True
        self._silence_s = min(self._silence_s, FINISHING_GRACE_S)
        self._progressed = True
        self._progress_at = self._time() + self._silence_s
        self._watch.arm("silence", self._silence_s)

    async def read_text(self, max_bytes: int = limits.MAX_ERROR_BODY_BYTES) -> str:
        """The body as text, cut at `max_bytes`; a body that breaks off gives what came."""
        return (await self._exchange.read_cut(self, max_bytes)).decode("utf-8", "replace")

    async def aclose(self) -> None:
        """Close the connection; the server sees it at once. Closing twice is harmless.

        May be called while another task iterates: that one gets `LLMError` `cancelled`.
        """
        self._watch.expire("closed")


class HttpDoor:
    """Sends requests for the whole core. Lives on one event loop; cheap until the first request.

    Args:
        network_log: gets one entry a request.
        ca_file: extra certificate authorities (PEM), beside those the operating system trusts.
        use_proxy_for_local: also reach loopback and private addresses through the environment's proxy.
        resolver: replaces the system's name lookup.
    """

    def __init__(
        self,
        *,
        network_log: NetworkLog | None = None,
        ca_file: Path | None = None,
        use_proxy_for_local: bool = False,
        resolver: Resolver | None = None,
    ) -> None:
        self.network_log = network_log
        self._resolver = resolver
        self._open: set[_Exchange] = set()
        self._past_proxies = False
        self.configure(ca_file=ca_file, use_proxy_for_local=use_proxy_for_local)

    def configure(self, *, ca_file: Path | None, use_proxy_for_local: bool) -> None:
        """For requests from now on; those that run keep what they began with. The file is read anew."""
        self._use_proxy_for_local = use_proxy_for_local
        self.trust = Trust(_system_context, ca_file)

    def direct(self) -> HttpDoor:
        """The same door past every proxy, whatever the settings say: for servers that are children of ours."""
        other = copy.copy(self)  # the log and the list of running exchanges are shared
        other._past_proxies = True
        return other

    def prepare(self) -> None:
        """Load the HTTP library, once: 150 ms of ours, which are no time of any server's."""
        import anyio._backends._asyncio  # noqa: F401 - what anyio itself loads at the first connection
        import httpx2  # noqa: F401 - here: whoever opens no connection pays nothing

        _transport_class()

    async def request_json(
        self,
        method: str,
        url: str,
        *,
        purpose: str,
        key: Key = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        timeout_s: float = limits.LIST_TIMEOUT_S,
        max_bytes: int = limits.MAX_JSON_BODY_BYTES,
    ) -> JsonAnswer:
        """One short call, whole within `timeout_s`. Any status but a redirect is returned, not raised.

        Raises:
            LLMError: not_running, unreachable, timeout, interrupted, protocol, too_large, config.
        """
        self.prepare()
        exchange = _Exchange(self, method, url, purpose, silence_s=timeout_s, whole=True)
        async with self._running(exchange, key, headers, json, first_byte_s=timeout_s) as answer:
            cut = answer.status >= 400
            limit = min(max_bytes, limits.MAX_ERROR_BODY_BYTES) if cut else max_bytes
            body = await (exchange.read_cut if cut else exchange.read_all)(answer, limit)
            return JsonAnswer(answer.status, answer.headers, _json_or_none(body), body.decode("utf-8", "replace"))

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        purpose: str,
        key: Key = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        first_byte_timeout_s: float = limits.FIRST_TOKEN_TIMEOUT_CLOUD_S,
        silence_timeout_s: float = limits.SILENCE_TIMEOUT_S,
        progress_by_caller: bool = False,
    ) -> AsyncIterator[ByteStream]:
        """An answer that arrives piece by piece. Leaving the context closes the connection.

        Raises:
            LLMError: on entering: not_running, unreachable, timeout, interrupted, protocol, config.
        """
        self.prepare()
        exchange = _Exchange(self, method, url, purpose, silence_timeout_s, progress_by_caller)
        async with self._running(exchange, key, headers, json, first_byte_s=first_byte_timeout_s) as answer:
            yield answer

    async def aclose(self) -> None:
        """End every running exchange; they fail with `cancelled`."""
        for exchange in tuple(self._open):
            exchange.watch.expire("closed")

    @asynccontextmanager
    async def _running(
        self,
        exchange: _Exchange,
        key: Key,
        headers: Mapping[str, str] | None,
        json: Any,
        *,
        first_byte_s: float,
    ) -> AsyncIterator[ByteStream]:
        content = None if json is None else encoded(json)
        sent_headers = request_headers(key, headers, content is not None)
        self._open.add(exchange)
        if self.network_log is not None:
            self.network_log.begin(exchange.entry)
        try:
            yield await exchange.open(sent_headers, content, first_byte_s)
        except LLMError as exc:
            exchange.entry.error = exc.kind.value
            raise
        finally:
            self._open.discard(exchange)
            await exchange.aclose()
            exchange.entry.end()
            logger.debug("%s", exchange.entry)
            if self.network_log is not None:
                self.network_log.end(exchange.entry)

    def proxy_for(self, url: str) -> str | None:
        """The environment's proxy for an address, None where it is reached directly."""
        if self._past_proxies:
            return None
        if not self._use_proxy_for_local and (is_loopback(url) or is_private_network(url)):
            return None
        proxies = urllib.request.getproxies()
        proxy = proxies.get(url.partition("://")[0]) or proxies.get("all")
        if not proxy or urllib.request.proxy_bypass(host_of(url)):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    @property
    def resolver(self) -> Resolver | None:
        return self._resolver


def _system_context() -> ssl.SSLContext:
    import httpx2  # here: importing the library costs 50 ms of CPU

    return httpx2.create_ssl_context()


class _Exchange:
    """One request and its answer, with its own client, connection, clock and log entry."""

    def __init__(
        self,
        door: HttpDoor,
        method: str,
        url: str,
        purpose: str,
        silence_s: float,
        progress_by_caller: bool = False,
        *,
        whole: bool = False,
    ) -> None:
        self._door = door
        self._method = method
        self._url = url
        self._client: httpx2.AsyncClient | None = None
        self._response: httpx2.Response | None = None
        self._body: Any = None
        self._started = asyncio.get_running_loop().time()
        self.silence_s = silence_s
        self.progress_by_caller = progress_by_caller
        self.whole = whole
        self.watch = Watch()
        path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]
        self.entry = NetworkEntry(purpose, method, host_of(url), port_of(url), path)

    async def open(self, headers: dict[str, str], content: bytes | None, first_byte_s: float) -> ByteStream:
        import httpx2  # here: importing the library costs 50 ms of CPU

        secure = self._url.startswith("https://")
        check_may_be_contacted(self._url)  # a proxy would look the name up itself, and so would the library's parser
        proxy = self._door.proxy_for(self._url)
        transport = _transport_class()(
            Dialer(self.watch, self.entry, self._door.resolver),
            await self._door.trust.context() if secure or (proxy or "").startswith("https://") else None,
            proxy,
        )
        self._client = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=None)
        self.watch.arm("request" if self.whole else "first token", first_byte_s)
        try:
            request = httpx2.Request(self._method, self._url, headers=headers, content=content)
            response = self._response = await self._client.send(request, stream=True, follow_redirects=False)
        except _transport_exceptions() as exc:
            raise self.failure(exc, mid_body=False) from exc
        self.entry.status = response.status_code
        self._check_head(response)
        # The raw body of the connection: the client's decoders and counters would double the cost of a token.
        self._body = transport.body
        return ByteStream(response, self._body, self)

    def failure(self, exc: Exception, *, mid_body: bool) -> LLMError:
        took_ms = (asyncio.get_running_loop().time() - self._started) * 1000
        context = transport_errors.Context(self._method, self._url, took_ms, mid_body=mid_body)
        return transport_errors.to_llm_error(self.watch.expired or exc, context)

    async def read_all(self, answer: ByteStream, max_bytes: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for chunk in _raw(self, answer):
            size += len(chunk)
            if size > max_bytes:
                raise self._too_large(max_bytes)
            pieces.append(chunk)
        return b"".join(pieces)

    async def read_cut(self, answer: ByteStream, max_bytes: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        try:
            async for chunk in _raw(self, answer):
                pieces.append(chunk)
                size += len(chunk)
                if size >= max_bytes:
                    break
        except LLMError as exc:
            if not pieces and exc.kind is ErrorKind.CANCELLED:
                raise
            # The status is what matters here; half an explanation is better than a second failure.
            logger.debug("an error body broke off: %s", exc.message)
        return b"".join(pieces)[:max_bytes]

    async def aclose(self) -> None:
        self.watch.disarm()
        body, response, client = self._body, self._response, self._client
        self._body = self._response = self._client = None
        try:
            if body is not None:
                await body.aclose()
            if response is not None:
                await response.aclose()
        finally:
            if client is not None:
                await client.aclose()

    def _check_head(self, response: httpx2.Response) -> None:
        size = sum(len(name) + len(value) for name, value in response.headers.raw)
        if size > limits.MAX_HEADER_BYTES:
            raise self._protocol(say("its headers are longer than any server's"), response.status_code)
        if response.status_code in _REDIRECTS and "location" in response.headers:
            location = response.headers["location"]
            target = transport_errors.shown_target(location)
            raise self._protocol(
                say("it points elsewhere ({target}); nothing was sent there", target=target),
                response.status_code,
                say("Check the address."),
            ) from RedirectError(location)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise self._protocol(say("it is compressed although that was not asked for"), response.status_code)

    def _protocol(self, why: str, status: int, hint: str = "") -> LLMError:
        hint = hint or say("Is another program on this port?")
        host = host_of(self._url)
        details = f"{self._method} {self._url}\nprotocol: HTTP {status}, {why}"
        message = say("{host} sent something that is not an answer.", host=host)
        return LLMError(ErrorKind.PROTOCOL, message, f"{capitalised(why)}. {hint}", status=status, details=details)

    def _too_large(self, max_bytes: int) -> LLMError:
        large = max_bytes >= 100_000
        shown = f"{max_bytes / 1_000_000:g} MB" if large else say("{n} bytes", n=max_bytes)
        return LLMError(
            ErrorKind.TOO_LARGE,
            say("The answer passed the limit of {shown}.", shown=shown),
            details=f"{self._method} {self._url}\ntoo_large: more than {max_bytes} bytes",
        )


async def _raw(exchange: _Exchange, answer: ByteStream) -> AsyncIterator[bytes]:
    """The chunks under one deadline for the whole body where the call is a short one."""
    if not exchange.whole:
        async for chunk in answer:
            yield chunk
        return
    while True:
        try:
            yield await exchange._body.__anext__()
        except StopAsyncIteration:
            return
        except _transport_exceptions() as exc:
            raise exchange.failure(exc, mid_body=True) from exc


def _json_or_none(body: bytes) -> Any:
    try:
        return loads(body)
    except ValueError:
        return None


@functools.cache
def _transport_exceptions() -> tuple[type[Exception], ...]:
    """Everything a connection of ours can fail with."""
    import httpcore2
    import httpx2

    return (
        DialError,
        DeadlineError,
        OSError,  # TimeoutError, ConnectionError and ssl.SSLError among them
        EOFError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
        httpcore2.TimeoutException,
        httpcore2.UnsupportedProtocol,
    )


@functools.cache
def _transport_class() -> type[Any]:
    """The transport of one request: one connection of its own, dialled by us. A class made late, as its base is."""
    import httpcore2
    import httpx2

    class Body(httpx2.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __aiter__(self) -> AsyncIterator[bytes]:
            iterator: AsyncIterator[bytes] = self._stream.__aiter__()
            return iterator

        async def aclose(self) -> None:
            if hasattr(self._stream, "aclose"):
                await self._stream.aclose()

    class OneConnection(httpx2.AsyncBaseTransport):
        """`body` is the answer's raw chunks once the headers came."""

        def __init__(self, dialer: Any, ssl_context: ssl.SSLContext | None, proxy: str | None) -> None:
            self._dialer = dialer
            self._ssl_context = ssl_context
            self._proxy = proxy
            self._connection: Any = None
            self.body: Any = None

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            url = httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            )
            self._connection = self._make_connection(url)
            answer = await self._connection.handle_async_request(
                httpcore2.Request(request.method, url, headers=request.headers.raw, content=request.stream)
            )
            self.body = aiter(answer.stream)
            return httpx2.Response(answer.status, headers=answer.headers, stream=Body(answer.stream))

        def _make_connection(self, url: Any) -> Any:
            if self._proxy is None:
                return httpcore2.AsyncHTTPConnection(
                    url.origin, ssl_context=self._ssl_context, network_backend=self._dialer
                )
            proxy = httpx2.Proxy(self._proxy)
            if proxy.url.scheme not in ("http", "https"):
                raise DialError(say("proxies of the kind {scheme!r} are not spoken", scheme=proxy.url.scheme))
            return httpcore2.AsyncHTTPProxy(
                httpcore2.URL(
                    scheme=proxy.url.raw_scheme,
                    host=proxy.url.raw_host,
                    port=proxy.url.port,
                    target=proxy.url.raw_path,
                ),
                proxy_auth=proxy.raw_auth,
                ssl_context=self._ssl_context,
                max_keepalive_connections=0,
                network_backend=self._dialer,
            )

        async def aclose(self) -> None:
            if self._connection is not None:
                await self._connection.aclose()

    return OneConnection
