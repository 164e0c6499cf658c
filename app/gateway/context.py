"""What is known of the request that is being served: its id, who asks, and what it came to."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import field

from app.lean_dataclass import dataclass

_USABLE_ID = re.compile(rb"[A-Za-z0-9._\-]{1,128}")

#: Answers are for whoever asked, and what they say they are.
_EVERY_ANSWER = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]

request_id: ContextVar[str] = ContextVar("request_id", default="")


@dataclass(slots=True)
class RequestContext:
    """Times are wall-clock seconds and milliseconds; tokens None where the server did not say. Holds no contents."""

    request_id: str
    method: str
    path: str
    headers: dict[bytes, bytes | None] = field(default_factory=dict, repr=False)
    """The request's, in lower case; None for one that comes twice, since nobody knows then which one counts."""
    token_name: str = ""
    provider: str = ""
    model: str = ""
    status: int = 0
    error_kind: str = ""
    streamed: bool = False
    began: bool = False
    """Part of an answer came from a server, whether or not it was passed on yet."""
    between_events: bool = True
    """The last byte that was passed on of a stream ended an event."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    first_byte_ms: float | None = None
    took_ms: float | None = None
    started_at: float = field(default_factory=time.time)
    _began: float = field(default_factory=time.perf_counter)

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self._began) * 1000

    def answering(self) -> None:
        """The first byte of an answer is on its way."""
        if self.first_byte_ms is None:
            self.first_byte_ms = self.elapsed_ms()

    @property
    def speaks_anthropic(self) -> bool:
        return b"anthropic-version" in self.headers or self.path.startswith("/v1/messages")

    @property
    def response_headers(self) -> list[tuple[bytes, bytes]]:
        """Headers of every answer to this request."""
        headers = [(b"x-request-id", self.request_id.encode()), *_EVERY_ANSWER]
        if self.speaks_anthropic:  # its clients look for the id there
            headers.append((b"request-id", self.request_id.encode()))
        return headers


def single_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes | None]:
    """As `RequestContext.headers` holds them."""
    found: dict[bytes, bytes | None] = {}
    for name, value in pairs:
        found[name] = None if name in found else value
    return found


def id_from(given: bytes | None) -> str:
    """The client's own id where it is one that can be logged, else a new one."""
    if given is not None and _USABLE_ID.fullmatch(given):
        return given.decode()
    return f"req_{random.getrandbits(64):016x}"


class RequestIdFilter(logging.Filter):
    """Puts the id of the request being served in front of every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        current = request_id.get()
        if current and not getattr(record, "has_request_id", False):
            record.msg = f"[{current}] {record.msg}"
            record.has_request_id = True
        return True
