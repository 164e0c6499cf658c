"""The application: relayed routes in raw ASGI, typed ones by FastAPI behind them, the guard around all."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from app.gateway.answers import Receive, Scope, Send, send_refused
from app.gateway.context import RequestContext
from app.gateway.errors import RefusedError
from app.gateway.gateway import Gateway
from app.gateway.guard import Guard, TokenGate
from app.gateway.options import MAX_SETTINGS_BYTES
from app.gateway.relay import Relay
from app.services.llm.relay_target import WireShape

SHAPES: tuple[WireShape, ...] = (
    *("chat/completions", "completions", "embeddings"),
    *("responses", "messages", "messages/count_tokens"),
)
#: The framework's import waits so long after the start, unless somebody asks for one of its routes before.
_WARM_UP_AFTER_S = 1.0
#: What the framework reads of such a request it does not tell: all that it may is counted.
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def make_app(gateway: Gateway) -> Any:
    """The ASGI application over a gateway that somebody else opens and closes."""
    dispatch = Dispatch(gateway)
    gateway.tasks.start(dispatch.warm_up(), name="gateway.framework")
    inner: Any = TokenGate(gateway, dispatch)
    if gateway.options.cors_origins:
        inner = _with_cors(inner, gateway)
    return Guard(gateway, inner)


class Dispatch:
    """Relayed routes directly: each layer of a framework in between would cost time with every token.

    Answers of all others get the request's id here, and their status is noted. The framework is imported a moment after
    the start, so that the first answer need not wait for it.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._relays = {f"/v1/{shape}": Relay(gateway, shape) for shape in SHAPES}
        self._framework: asyncio.Task[Any] | None = None

    async def warm_up(self) -> None:
        await asyncio.sleep(_WARM_UP_AFTER_S)
        await self._made()

    async def _made(self) -> Any:
        if self._framework is None:
            self._framework = self._gateway.tasks.start(asyncio.to_thread(self._make), name="gateway.routes")
        return await asyncio.shield(self._framework)

    def _make(self) -> Any:
        from app.gateway.framework import make_framework

        return make_framework(self._gateway, self._relays)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        relay = self._relays.get(scope["path"])
        if relay is not None and scope["method"] == "POST":
            await relay(scope, receive, send)
            return
        context: RequestContext = scope["aica"]

        async def stamped(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                context.answering()
                message = {**message, "headers": [*message["headers"], *context.response_headers]}
            await send(message)

        framework = await self._made()
        held = MAX_SETTINGS_BYTES if scope["method"] in _WITH_BODY else 0
        try:
            self._gateway.bodies.take(held)
        except RefusedError as exc:
            await send_refused(send, context, exc)
            return
        try:
            await framework(scope, receive, stamped)
        finally:
            self._gateway.bodies.give_back(held)


def _with_cors(inner: Any, gateway: Gateway) -> Any:
    from starlette.middleware.cors import CORSMiddleware  # here: most gateways serve no pages

    origins = gateway.options.cors_origins
    return CORSMiddleware(
        inner,
        allow_origins=list(origins),
        allow_credentials="*" not in origins,
        allow_methods=["GET", "POST", "PATCH", "OPTIONS"],
        allow_headers=["Content-Type", "Accept", "Authorization"],
        expose_headers=["X-Request-Id", "Retry-After"],
    )
