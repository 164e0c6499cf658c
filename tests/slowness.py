"""How much slower than a quiet machine this one is right now, for limits that are about CPU time.

The promises name milliseconds on an ordinary desktop. A shared or old machine is slower as a whole; what a test may
fail on is our code taking longer than that.
"""

from __future__ import annotations

import time

#: CPU seconds of `_work` on the quiet machine that the limits were measured on.
QUIET_S = 0.0092


def _work() -> int:
    return sum(hash(str(number)) & 1 for number in range(60_000))


def slowness() -> float:
    """At least 1; the worst of three looks, since other work comes and goes."""
    worst = 0.0
    for _ in range(3):
        started = time.thread_time()
        _work()
        worst = max(worst, time.thread_time() - started)
    return max(1.0, worst / QUIET_S)
