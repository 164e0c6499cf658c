"""The typed routes, by FastAPI: catalogue, settings, state, documentation, and what failures look like there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Route

from app import __version__
from app.gateway import catalogue_routes, openapi, settings_routes, state_routes
from app.gateway.context import RequestContext
from app.gateway.errors import RefusedError, encoded, refused
from app.gateway.gateway import Gateway
from app.gateway.options import MAX_SETTINGS_BYTES
from app.services.llm.errors import LLMError


def make_framework(gateway: Gateway, relays: Mapping[str, Any]) -> FastAPI:
    """The application of all routes; relayed ones are here for their wrong methods only."""
    app = FastAPI(
        title="AI Coder Assistant gateway",
        version=__version__,
        description="All models of all providers behind one address.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # one spelling of a path, one rule about its token
        max_body_size=MAX_SETTINGS_BYTES,
    )
    app.state.gateway = gateway
    for router in (catalogue_routes.routes, settings_routes.routes, state_routes.routes):
        app.include_router(router)
    for path, relay in relays.items():
        app.router.routes.append(Route(path, relay, methods=["POST"]))
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    app.add_exception_handler(RefusedError, _answer_refused)
    app.add_exception_handler(LLMError, _answer_failed)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    return app


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
