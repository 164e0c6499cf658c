"""The application: typed routes by FastAPI, relayed ones beside them in raw ASGI, the guard around all."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from app import __version__
from app.gateway import catalogue_routes, openapi, settings_routes, state_routes
from app.gateway.answers import Receive, Scope, Send
from app.gateway.context import RequestContext
from app.gateway.errors import RefusedError, encoded, refused
from app.gateway.gateway import Gateway
from app.gateway.guard import Guard, TokenGate
from app.gateway.relay import Relay
from app.services.llm.errors import LLMError
from app.services.llm.relay_target import WireShape

SHAPES: tuple[WireShape, ...] = (
    *("chat/completions", "completions", "embeddings"),
    *("responses", "messages", "messages/count_tokens"),
)


def make_app(gateway: Gateway) -> Any:
    """The ASGI application over a gateway that somebody else opens and closes."""
    app = FastAPI(
        title="AI Coder Assistant gateway",
        version=__version__,
        description="All models of all providers behind one address.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.gateway = gateway
    for router in (catalogue_routes.routes, settings_routes.routes, state_routes.routes):
        app.include_router(router)
    relays = {f"/v1/{shape}": Relay(gateway, shape) for shape in SHAPES}
    for path, relay in relays.items():
        app.router.routes.append(Route(path, relay, methods=["POST"]))
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    app.add_exception_handler(RefusedError, _answer_refused)
    app.add_exception_handler(LLMError, _answer_failed)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    inner: Any = TokenGate(gateway, _Dispatch(app, relays))
    if gateway.options.cors_origins:
        inner = _with_cors(inner, gateway)
    return Guard(gateway, inner)


class _Dispatch:
    """Relayed routes directly: each layer of the framework in between would cost time with every token.

    Answers of all others get the request's id here, and their status is noted.
    """

    def __init__(self, framework: Any, relays: Mapping[str, Relay]) -> None:
        self._framework = framework
        self._relays = relays

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._framework(scope, receive, send)
            return
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

        await self._framework(scope, receive, stamped)


def _with_cors(inner: Any, gateway: Gateway) -> Any:
    origins = gateway.options.cors_origins
    return CORSMiddleware(
        inner,
        allow_origins=list(origins),
        allow_credentials="*" not in origins,
        allow_methods=["GET", "POST", "PATCH", "OPTIONS"],
        allow_headers=["Content-Type", "Accept", "Authorization"],
        expose_headers=["X-Request-Id", "Retry-After"],
    )


def _answer(request: Request, refusal: RefusedError) -> Response:
    context: RequestContext = request.scope["aica"]
    context.error_kind = refusal.kind
    body = encoded(refusal, context)
    return Response(body, refusal.status, headers=refusal.headers, media_type="application/json")


async def _answer_refused(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RefusedError)
    return _answer(request, exc)


async def _answer_failed(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, LLMError)
    return _answer(request, refused(exc))


async def _answer_http(request: Request, exc: Exception) -> Response:
    """No such path, no such method."""
    assert isinstance(exc, HTTPException)
    words = {404: "There is no such path here.", 405: "This path does not take that method."}
    headers = dict(exc.headers or {})
    return _answer(
        request, RefusedError(exc.status_code, "bad_request", words.get(exc.status_code, exc.detail), "", headers)
    )


async def _answer_invalid(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    first = exc.errors()[0]
    place = ".".join(str(step) for step in first["loc"])
    return _answer(request, RefusedError(422, "bad_request", f"The request is not valid: {place}: {first['msg']}."))
