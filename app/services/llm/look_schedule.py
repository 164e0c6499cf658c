"""When servers are looked at next: less often the longer one is down, and at once after the system has slept."""

from __future__ import annotations

import time
from collections.abc import Callable

#: The longest pause of a server that is down: so many intervals, but never beyond so many seconds.
MOST_INTERVALS = 4
LONGEST_PAUSE_S = 120.0
#: A look that comes a little early still counts as the one that was due.
SLACK = 0.1
#: How often the two clocks are compared, and by how much they may differ before the system must have slept.
SLEEP_CHECK_S = 10.0
SLEPT_S = 20.0


class LookSchedule:
    """Counts missed looks by provider. Times are those of `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._missed: dict[str, int] = {}
        self._due_at: dict[str, float] = {}

    def missed(self, instance_id: str, interval_s: float, *, began: float) -> None:
        """A look that began then found the server down."""
        self._missed[instance_id] = self._missed.get(instance_id, 0) + 1
        self._due_at[instance_id] = began + self.pause_s(instance_id, interval_s) - SLACK * interval_s

    def answered(self, instance_id: str) -> None:
        """The server was heard from; it is looked at in every interval again."""
        self._missed.pop(instance_id, None)
        self._due_at.pop(instance_id, None)

    def pause_s(self, instance_id: str, interval_s: float) -> float:
        """Seconds from one look at this server to the next."""
        missed = self._missed.get(instance_id, 0)
        doublings = min(max(0, missed - 1), MOST_INTERVALS.bit_length() - 1)
        return max(interval_s, min(interval_s * (1 << doublings), LONGEST_PAUSE_S))

    def due(self, instance_id: str) -> bool:
        """Whether a server that is down may be asked again; the others always are."""
        return self._clock() >= self._due_at.get(instance_id, 0.0)


class SleepWatch:
    """Tells that the system has slept, by a wall clock that ran ahead of the waiting."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at = clock()
        self._ticked = time.monotonic()

    def has_slept(self) -> bool:
        """Whether it slept since the last question. Setting the clock forward looks the same, and does no harm.

        Some systems let the monotonic clock run on while they sleep: then one waiting took far too long.
        """
        wall_s, waited_s = self._clock() - self._at, time.monotonic() - self._ticked
        self._at, self._ticked = self._clock(), time.monotonic()
        return wall_s - min(waited_s, SLEEP_CHECK_S) > SLEPT_S
