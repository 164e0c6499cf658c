"""Kills a process that does everything that can be done with chats, and compares what it showed with what is stored.

`python -m tests.benchmarks crash --runs 200`; every fifth kill meets a start that brings an older file up to date. It
ends with an error at the first thing that is not as it was shown.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from tests.benchmarks._measure import Figures, Limit
from tests.end_to_end.kill_runs import kill_runs

ROUNDS = 1
RUNS = int(os.environ.get("AICA_BENCHMARK_RUNS") or 50)
SEED = 200


def kills() -> Figures:
    """How many kills there were and what they met; all of it was found as it was shown."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="aica-benchmark-") as folder:
        met = asyncio.run(kill_runs(Path(folder), RUNS, SEED))
    return {**{name: float(count) for name, count in met.items()}, "seconds": time.monotonic() - began}


CASES = {"kills": kills}
LIMITS = [
    Limit("kills", "kills", at_least=RUNS),
    Limit("kills", "answers_cut", at_least=RUNS // 5),
    Limit("kills", "acts_cut", at_least=RUNS // 20),
]
