"""Around every route, in raw ASGI: request id, Host, log line and figures; then token and rate."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import socket
from typing import TYPE_CHECKING, Any

from app.gateway.answers import Receive, Scope, Send, send_refused, send_whole
from app.gateway.context import RequestContext, id_from, request_id, single_headers
from app.gateway.errors import RefusedError
from app.gateway.options import GatewayOptions
from app.services import gateway_log
from app.services.llm.errors import LLMError

if TYPE_CHECKING:
    from app.gateway.gateway import Gateway

logger = logging.getLogger(__name__)

#: Asked without a token everywhere, and those that are on loopback only.
OPEN_PATHS = frozenset({"/api/models/public", "/healthz", "/readyz"})
OPEN_ON_LOOPBACK = frozenset({"/metrics", "/docs", "/openapi.json"})
#: Too frequent and too dull for the log of requests; so is whoever looks at that log, every two seconds.
_NOT_LISTED = frozenset({"/healthz", "/readyz", "/metrics"})
_OK = 200
_MESSAGES = "/v1/messages"
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """The outermost application. What it lets through finds its `RequestContext` in `scope["aica"]`."""

    def __init__(self, gateway: Gateway, inner: Any) -> None:
        self._gateway = gateway
        self._inner = inner
        self._hosts = served_hosts(gateway.options)
        self._any_address = not gateway.options.loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            else:
                await self._inner(scope, receive, send)
            return
        headers = single_headers(scope["headers"])
        context = RequestContext(id_from(headers.get(b"x-request-id")), scope["method"], scope["path"], headers)
        scope["aica"] = context
        request_id.set(context.request_id)
        self._gateway.metrics.began()
        try:
            await self._answer(scope, receive, send, context)
        finally:
            context.took_ms = context.elapsed_ms()
            self._gateway.metrics.ended(context)
            self._note(context)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, context: RequestContext) -> None:
        try:
            self._check_host((context.headers.get(b"host") or b"").decode("latin-1"))
            await self._gateway.enter(context)
            try:
                await self._inner(scope, receive, send)
            finally:
                self._gateway.leave()
        except RefusedError as exc:
            if not context.status:
                await send_refused(send, context, exc)
        except asyncio.CancelledError:
            # The gateway ends and this answer took longer than its grace.
            context.error_kind = "overloaded"
            if not context.status:
                text = "The gateway is ending."
                await send_refused(
                    send, context, RefusedError(503, "overloaded", text, "Ask again.", {"retry-after": "5"})
                )
            raise
        except Exception:
            logger.exception("unexpected error in %s %s", context.method, context.path)
            context.error_kind = "server_error"
            if context.status:
                raise  # the server cuts the connection: the client must not take half an answer for a whole one
            await send_refused(
                send, context, RefusedError(500, "server_error", "An unexpected error.", "The gateway's log has more.")
            )

    def _check_host(self, host: str) -> None:
        """Raises: RefusedError: 421, the name is none that is served here (a page may have pointed it at us)."""
        name = _host_name(host)
        if name in self._hosts or (self._any_address and _is_address(name)):
            return
        raise RefusedError(
            421, "config", "This gateway does not answer to that host name.", "Start it with --allowed-host NAME."
        )

    def _note(self, context: RequestContext) -> None:
        if context.path in _NOT_LISTED or (context.path == gateway_log.PATH and context.status == _OK):
            return
        self._gateway.requests.append(context)
        logger.info(
            "%s %s %d %.1f ms token=%s provider=%s model=%s in=%s out=%s%s",
            context.method,
            context.path,
            context.status,
            context.took_ms,
            context.token_name or "-",
            context.provider or "-",
            context.model or "-",
            context.input_tokens if context.input_tokens is not None else "-",
            context.output_tokens if context.output_tokens is not None else "-",
            f" failed={context.error_kind}" if context.error_kind else "",
        )


class TokenGate:
    """Who may ask, and how often. Inside what lets pages of other origins read the answers."""

    def __init__(self, gateway: Gateway, inner: Any) -> None:
        self._gateway = gateway
        self._inner = inner
        self._loopback = gateway.options.loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            context: RequestContext = scope["aica"]
            if self._loopback and context.path == "/" and _wants_a_page(context):
                await send_whole(send, context, 302, b"", b"text/plain", [(b"location", b"/docs")])
                return
            try:
                await self._check_token(scope, context)
            except RefusedError as exc:
                await send_refused(send, context, exc)
                return
            except LLMError as exc:  # nobody is let in on what the database said a while ago
                logger.warning("tokens cannot be checked: %s", exc)
                text = "Tokens cannot be checked now: the database does not answer."
                await send_refused(send, context, RefusedError(503, "overloaded", text, "Try again in a moment."))
                return
        await self._inner(scope, receive, send)

    async def _check_token(self, scope: Scope, context: RequestContext) -> None:
        path = context.path
        limit = self._gateway.rate_limit
        if path in OPEN_PATHS or (self._loopback and path in OPEN_ON_LOOPBACK):
            if limit is not None and path == "/api/models/public":
                await limit.check(f"address:{(scope.get('client') or ('',))[0]}")
            return
        given = _token_in(context.headers, path)
        name = await self._gateway.token_name(given) if given else None
        if name is None:
            # Guessing is counted by address, also where asking is not: who has a token is not held up by it.
            await self._gateway.guesses.check(f"address:{(scope.get('client') or ('',))[0]}")
            hint = "Make one with: aica token create NAME" if self._loopback else ""
            text = "The token is not valid." if given else "A token is needed: Authorization: Bearer …"
            raise RefusedError(401, "auth", text, hint)
        context.token_name = name
        if limit is not None:
            await limit.check(f"token:{name}")


def _wants_a_page(context: RequestContext) -> bool:
    """Whether a person's browser asks: it cannot send a token, and the documentation is open."""
    return context.method == "GET" and b"text/html" in (context.headers.get(b"accept") or b"").lower()


def served_hosts(options: GatewayOptions) -> frozenset[str]:
    """Host names in lower case, without ports."""
    names = {*_LOOPBACK_NAMES, options.host.lower(), *(name.lower() for name in options.allowed_hosts)}
    if not options.loopback:
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local"}
    return frozenset(names - {"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


def _token_in(headers: dict[bytes, bytes | None], path: str) -> str:
    """The bearer token, "" for any other form. On Messages it may come as `x-api-key`, as Anthropic's clients send it,
    but never both ways."""
    bearer, key = b"authorization" in headers, b"x-api-key" in headers
    if bearer == key:
        return ""
    value = headers[b"authorization" if bearer else b"x-api-key"] or b""
    if key:
        return value.decode("latin-1") if path.startswith(_MESSAGES) else ""
    scheme, _, token = value.partition(b" ")
    return token.decode("latin-1") if scheme.lower() == b"bearer" and token.strip() == token else ""


#: Some clients leave the zone of a link-local address in, `[fe80::1%eth0]:3000`; it says nothing here.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)(?:%[\w.~%-]+)?\]|([^:\[\]]*))(?::[0-9]*)?", re.ASCII)


def _host_name(host: str) -> str:
    """`[::1]:3000` → `::1`, `Name:3000` → `name`; what is neither stays as it is."""
    host = host.strip().lower()
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]) if found else host


def _is_address(name: str) -> bool:
    """An address cannot be pointed elsewhere, as a name can: whoever uses one means this computer."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
