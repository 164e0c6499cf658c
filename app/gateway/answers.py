"""Sending whole answers over raw ASGI."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from app.gateway.context import RequestContext
from app.gateway.errors import RefusedError, encoded

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = b"application/json"


async def send_whole(
    send: Send,
    context: RequestContext,
    status: int,
    body: bytes,
    content_type: bytes = JSON,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    context.status = status
    context.answering()
    about = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        *context.response_headers,
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": about})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, context: RequestContext, status: int, value: Any) -> None:
    await send_whole(send, context, status, json.dumps(value, ensure_ascii=False).encode())


async def send_refused(send: Send, context: RequestContext, refusal: RefusedError) -> None:
    context.error_kind = refusal.kind
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send_whole(send, context, refusal.status, encoded(refusal, context), headers=headers)
