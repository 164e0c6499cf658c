"""Reading a request's body, bounded in size; its time is the connection's."""

from __future__ import annotations

from typing import Any

from app.gateway.answers import Receive, Scope
from app.gateway.errors import RefusedError
from app.gateway.http_protocol import CONNECTION
from app.gateway.options import MAX_BODY_BYTES
from app.services.llm.safe_json import loads


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The request's body.

    Raises:
        RefusedError: 415, it is not declared as JSON (a page could send it without asking); 413 above
            `MAX_BODY_BYTES`; 408, it stopped coming; 400 where the client went away.
    """
    headers = scope["aica"].headers
    kind = headers.get(b"content-type") or b""
    if kind.partition(b";")[0].strip().lower() != b"application/json":
        raise RefusedError(415, "bad_request", "Send JSON, with Content-Type: application/json.")
    declared = headers.get(b"content-length") or b"0"
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            if scope[CONNECTION].body_is_late:  # which the client was told; this is for the log
                raise RefusedError(408, "timeout", "The request's body stopped coming.")
            raise RefusedError(400, "cancelled", "The client went away.")
        piece = message.get("body", b"")
        size += len(piece)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        pieces.append(piece)
        if not message.get("more_body"):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large() -> RefusedError:
    return RefusedError(413, "too_large", f"The request is larger than {MAX_BODY_BYTES // 1024 // 1024} MB.")


def parsed(raw: bytes) -> dict[str, Any]:
    """Raises: RefusedError: 400, it is no JSON object."""
    try:
        body = loads(raw)
    except ValueError as exc:
        raise RefusedError(400, "bad_request", "The request's body is not JSON.", str(exc)[:200]) from exc
    if not isinstance(body, dict):
        raise RefusedError(400, "bad_request", "The request's body is not a JSON object.")
    return body
