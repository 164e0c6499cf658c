"""Reading a request's body, bounded in size, alone and with all others; its time is the connection's."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from app.gateway.answers import Receive, Scope
from app.gateway.errors import RefusedError
from app.gateway.http_protocol import CONNECTION
from app.gateway.options import MAX_BODIES_BYTES, MAX_BODY_BYTES
from app.services.llm.safe_json import loads

#: A larger body is parsed in another thread: of the largest ones a second long, in which nobody else was answered.
_PARSED_AT_ONCE_BYTES = 256 * 1024


@cache
def _parser() -> ThreadPoolExecutor:
    """One thread for all large bodies: several would leave little of the processor to those who ask for little."""
    return ThreadPoolExecutor(1, "gateway.bodies")


class BodyRoom:
    """What may still come of bodies while others are held: each takes room as it arrives, until its answer is done."""

    __slots__ = ("free_bytes",)

    def __init__(self, most_bytes: int = MAX_BODIES_BYTES) -> None:
        self.free_bytes = most_bytes

    def take(self, size_bytes: int) -> None:
        """Raises: RefusedError: 503, others hold too much."""
        self.check(size_bytes)
        self.free_bytes -= size_bytes

    def check(self, size_bytes: int) -> None:
        """Raises: RefusedError: as `take`."""
        if size_bytes > self.free_bytes:
            message, hint = "Requests that are being answered are too large together.", "Try again in a moment."
            raise RefusedError(503, "overloaded", message, hint, {"retry-after": "1"})

    def give_back(self, size_bytes: int) -> None:
        self.free_bytes += size_bytes


async def read_body(scope: Scope, receive: Receive, room: BodyRoom) -> bytes:
    """The request's body, for which `room` was taken: the caller gives that back.

    Raises:
        RefusedError: 415, it is not declared as JSON (a page could send it without asking); 413 above
            `MAX_BODY_BYTES`; 503, no room for it; 408, it stopped coming; 400 where the client went away.
    """
    headers = scope["aica"].headers
    kind = headers.get(b"content-type") or b""
    if kind.partition(b";")[0].strip().lower() != b"application/json":
        raise RefusedError(415, "bad_request", "Send JSON, with Content-Type: application/json.")
    declared = headers.get(b"content-length") or b"0"
    if declared.isdigit():
        if int(declared) > MAX_BODY_BYTES:
            raise _too_large()
        room.check(int(declared))  # a large one need not be sent for nothing; what is only claimed takes no room
    pieces: list[bytes] = []
    try:
        await _collect(scope, receive, room, pieces)
    except BaseException:
        room.give_back(sum(map(len, pieces)))
        raise
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _collect(scope: Scope, receive: Receive, room: BodyRoom, pieces: list[bytes]) -> None:
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
        room.take(len(piece))
        pieces.append(piece)
        if not message.get("more_body"):
            return


def _too_large() -> RefusedError:
    return RefusedError(413, "too_large", f"The request is larger than {MAX_BODY_BYTES // 1024 // 1024} MB.")


async def parsed(raw: bytes) -> dict[str, Any]:
    """Raises: RefusedError: 400, it is no JSON object."""
    try:
        if len(raw) <= _PARSED_AT_ONCE_BYTES:
            body = loads(raw)
        else:
            body = await asyncio.get_running_loop().run_in_executor(_parser(), loads, raw)
    except ValueError as exc:
        raise RefusedError(400, "bad_request", "The request's body is not JSON.", str(exc)[:200]) from exc
    if not isinstance(body, dict):
        raise RefusedError(400, "bad_request", "The request's body is not a JSON object.")
    return body
