"""What a gateway and those who watch over it agree on: a line of its log of requests, and tokens.

Light, so that the window knows it without the gateway's libraries.
"""

from __future__ import annotations

from pydantic import BaseModel

#: Where a running gateway tells its newest requests.
PATH = "/api/v1/requests"
#: Tokens begin so, which lets every log take them out.
TOKEN_PREFIX = "aica_"
#: A token of the environment, the user's own.
TOKEN_VARIABLE = "AICA_GATEWAY_TOKEN"
#: That of the window for the gateway it starts, and its name in the log of requests.
WINDOW_TOKEN_VARIABLE = "AICA_GATEWAY_WINDOW_TOKEN"


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
