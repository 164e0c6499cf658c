"""What went out: one entry per connection or request, without contents. The Privacy page shows it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import field

from app.lean_dataclass import dataclass
from app.services.observe import Event

MAX_ENTRIES = 2_000


@dataclass(slots=True)
class NetworkEntry:
    """One request. Bytes are counted as the exchange goes on; `status` is None until headers came."""

    purpose: str
    method: str
    host: str
    port: int
    path: str
    started_at: float = field(default_factory=time.time)
    bytes_out: int = 0
    bytes_in: int = 0
    status: int | None = None
    error: str | None = None
    took_ms: float | None = None

    def end(self) -> None:
        self.took_ms = (time.time() - self.started_at) * 1000

    def __str__(self) -> str:
        """One line for a log: nothing of what was said, nor of the key."""
        outcome = self.error or (str(self.status) if self.status is not None else "no answer")
        took = f"{self.took_ms:.0f} ms" if self.took_ms is not None else "running"
        where = f"{self.method} {self.host}:{self.port}{self.path}"
        return f"{self.purpose}: {where}: {outcome}, {took}, {self.bytes_out} bytes out, {self.bytes_in} in"


class NetworkLog:
    """The newest `MAX_ENTRIES` requests of this run; `changed` fires when one begins or ends."""

    def __init__(self) -> None:
        self.entries: deque[NetworkEntry] = deque(maxlen=MAX_ENTRIES)
        self.changed: Event[NetworkEntry] = Event()

    def begin(self, entry: NetworkEntry) -> NetworkEntry:
        self.entries.append(entry)
        self.changed.emit(entry)
        return entry

    def end(self, entry: NetworkEntry) -> None:
        entry.end()
        self.changed.emit(entry)
