"""Figures and how they are taken: percentiles, limits, the beat of the UI thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure of a case must stay at or under (`at_most`) or reach (`at_least`) a value."""

    case: str
    figure: str
    at_most: float | None = None
    at_least: float | None = None

    def holds(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def __str__(self) -> str:
        return f"<= {self.at_most:g}" if self.at_most is not None else f">= {self.at_least:g}"


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def spread_ms(values: Sequence[float], name: str) -> Figures:
    """p50, p99 and max of seconds, in milliseconds."""
    if not values:
        return {}
    return {
        f"{name}_p50_ms": round(percentile(values, 0.5) * 1e3, 2),
        f"{name}_p99_ms": round(percentile(values, 0.99) * 1e3, 2),
        f"{name}_max_ms": round(max(values) * 1e3, 2),
    }


def medians(rounds: Sequence[Figures]) -> Figures:
    return {key: round(statistics.median(r[key] for r in rounds if key in r), 3) for key in rounds[0]}


def resident_mb() -> float:
    """Resident memory of this process; 0 where the platform does not tell this way."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next((x for x in status.read_text().splitlines() if x.startswith("VmRSS")), "VmRSS: 0 kB")
    return round(int(line.split()[1]) / 1024, 1)


class Beat:
    """A 1 ms timer on the UI thread: how long, and how much CPU of that thread, lies between its beats."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[float] = []
        self.cpu: list[float] = []
        self._last: tuple[float, float] | None = None
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = None
        self._timer.start()

    def stop(self) -> Figures:
        self._timer.stop()
        return spread_ms(self.gaps, "gap") | spread_ms(self.cpu, "ui_cpu")

    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        if self._last is not None:
            self.gaps.append(now[0] - self._last[0])
            self.cpu.append(now[1] - self._last[1])
        self._last = now


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds on the clock, seconds of this thread's CPU) of one call."""
    wall, cpu = time.perf_counter(), time.thread_time()
    work()
    return time.perf_counter() - wall, time.thread_time() - cpu
