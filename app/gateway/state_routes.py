"""Whether the gateway lives and is ready, its figures, its requests, and its documentation."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel

from app.gateway import docs_page
from app.gateway.catalogue_routes import gateway_of
from app.services import gateway_log
from app.services.gateway_log import LoggedRequest
from app.services.llm.errors import LLMError

routes = APIRouter()
_DATABASE_WAIT_S = 2.0


class Alive(BaseModel):
    status: str = "ok"


@routes.get("/healthz", tags=["state"], summary="The process lives")
async def healthz() -> Alive:
    return Alive()


@routes.get("/readyz", tags=["state"], summary="It can answer", responses={503: {"description": "Not now."}})
async def readyz(request: Request) -> Response:
    """The database answers. Providers may be down: that is told per model."""
    gateway = gateway_of(request)
    try:
        async with asyncio.timeout(_DATABASE_WAIT_S):
            await gateway.database.ping()
    except (LLMError, TimeoutError):
        return JSONResponse({"status": "unready", "reason": "The database does not answer."}, 503)
    states = gateway.services.catalogue.states()
    return JSONResponse({"status": "ready", "providers": {name: state.status for name, state in states.items()}})


@routes.get("/metrics", tags=["state"], summary="Figures for Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    gateway = gateway_of(request)
    text = gateway.metrics.exposition(gateway.services.catalogue.states())
    return Response(text, media_type=gateway.metrics.content_type)


@routes.get(gateway_log.PATH, tags=["state"], summary="The newest requests of this process, without contents")
async def requests(request: Request) -> list[LoggedRequest]:
    return [
        LoggedRequest(
            id=one.request_id,
            at=one.started_at,
            method=one.method,
            path=one.path,
            token=one.token_name,
            provider=one.provider,
            model=one.model,
            status=one.status,
            error=one.error_kind,
            streamed=one.streamed,
            input_tokens=one.input_tokens,
            output_tokens=one.output_tokens,
            first_byte_ms=one.first_byte_ms,
            took_ms=one.took_ms,
        )
        for one in reversed(gateway_of(request).requests)
    ]


@routes.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    described: dict[str, Any] = request.app.openapi()
    return HTMLResponse(docs_page.page(described), headers={"content-security-policy": docs_page.POLICY})
