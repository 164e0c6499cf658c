"""What the simulator saw happen: the server's side of every test about cancelling and retrying."""

from __future__ import annotations

import dataclasses
from collections import deque
from dataclasses import field
from typing import Any

from app.lean_dataclass import dataclass

MAX_RECORDED_REQUESTS = 100


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request as it arrived. `body` is the parsed JSON, None where there was none or it was not JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Stats:
    """Counters since the start. Times are `time.monotonic()` seconds of this computer."""

    requests: int = 0
    connections_accepted: int = 0
    connections_open: int = 0
    streams_open: int = 0
    streams_completed: int = 0
    streams_aborted: int = 0
    """The client closed its end while tokens were still to come."""
    answers_completed: int = 0
    """Whole (not streamed) generations answered."""
    answers_aborted: int = 0
    tokens_sent: int = 0
    models_loaded: int = 0
    last_disconnect_at: float | None = None
    """When a client last left in the middle of an answer."""
    last_token_at: float | None = None
    recorded: deque[RecordedRequest] = field(default_factory=lambda: deque(maxlen=MAX_RECORDED_REQUESTS))
    """The newest requests, for tests in the same process; not part of `as_dict`."""

    def as_dict(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "recorded"}
