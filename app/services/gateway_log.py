"""One line of the gateway's log of requests: what `GET /api/v1/requests` returns and the window shows. No contents."""

from __future__ import annotations

from pydantic import BaseModel

#: Where a running gateway tells its newest requests.
PATH = "/api/v1/requests"


class LoggedRequest(BaseModel):
    """One request, without contents. `at`: seconds since the epoch."""

    id: str
    at: float
    method: str
    path: str
    token: str
    provider: str
    model: str
    status: int
    error: str
    streamed: bool
    input_tokens: int | None
    output_tokens: int | None
    first_byte_ms: float | None
    took_ms: float | None
