"""What is counted of a window that is in use for long, and whether it grows."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import Shiboken

from tests.benchmarks._measure import Figures, resident_mb

#: Figures of which each sample has one; the slope over the second half of the samples is what is limited.
COUNTED = (
    "rss_mb",
    "heap_mb",
    "python_blocks",
    "handles",
    "threads",
    "processes",
    "widgets",
    "windows",
    "qobjects",
    "wrappers",
    "tasks",
    "objects",
)
BEAT_MS = 10
#: Longer gaps count as this.
LONGEST_MS = 20_000
#: The act in which the theme changes: Qt dresses every widget anew in one go.
APART = "change_settings"


class _Heap(ctypes.Structure):
    """`struct mallinfo2` of the C library."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd")),
        *((name, ctypes.c_size_t) for name in ("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")),
    ]


def heap_mb() -> float:
    """What the C library has given away and was not given back; 0 where it does not tell."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return 0.0
    library.mallinfo2.restype = _Heap
    told = library.mallinfo2()
    return float(round((told.uordblks + told.hblkhd) / 2**20, 2))


def sample(window: QObject, core: asyncio.AbstractEventLoop | None) -> Figures:
    """All counts now, after the garbage was collected."""
    gc.collect()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    tops = application.topLevelWidgets()
    roots: list[QObject] = [application, window, *(top for top in tops if top.parent() is None and top is not window)]
    tasks = len(asyncio.all_tasks()) + (len(asyncio.all_tasks(core)) if core is not None else 0)
    return {
        "rss_mb": resident_mb(),
        "heap_mb": heap_mb(),
        "python_blocks": float(sys.getallocatedblocks()),
        "handles": float(len(os.listdir("/proc/self/fd"))),
        "threads": float(len(os.listdir("/proc/self/task"))),
        "processes": float(len(children_of(os.getpid()))),
        "widgets": float(len(application.allWidgets())),
        "windows": float(len(tops)),
        "qobjects": float(sum(1 + len(root.findChildren(QObject)) for root in roots)),
        "wrappers": float(len(Shiboken.getAllValidWrappers())),
        "tasks": float(tasks),
        "objects": float(len(gc.get_objects())),
    }


def children_of(process_id: int) -> list[int]:
    """The processes that one of its threads started and that still live, as Linux lists them."""
    found: list[int] = []
    for thread in Path(f"/proc/{process_id}/task").iterdir():
        try:
            found += map(int, (thread / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile has no more children
            continue
    return found


def slope(values: Sequence[float]) -> float:
    """By how much the values grow from one to the next, by least squares; 0 of fewer than two."""
    count = len(values)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(values) / count
    return sum((at - middle) * (value - mean) for at, value in enumerate(values)) / sum(
        (at - middle) ** 2 for at in range(count)
    )


def growth(samples: Sequence[Figures]) -> Figures:
    """Of each count: at the middle and the end of the run, and by how much it grows in a hundred rounds."""
    half = samples[len(samples) // 2 :]
    figures: Figures = {}
    for name in COUNTED:
        values = [one[name] for one in half]
        figures[f"{name}_middle"] = round(values[0], 1)
        figures[f"{name}_end"] = round(values[-1], 1)
        figures[f"{name}_per_100_rounds"] = round(100 * slope(values), 2)
    return figures


class Gaps:
    """How long a loop did not come round, seen by a timer of 10 ms; seconds of delay beyond it.

    Beside each the processor time of its thread is kept: on a machine with other work the clock counts that work, too.
    """

    def __init__(self) -> None:
        #: Counts by milliseconds: a list of all gaps would itself be what grows.
        self.late = [0] * LONGEST_MS
        self.cpu = [0] * LONGEST_MS
        #: Processor time in the act that is judged on its own.
        self.apart = [0] * LONGEST_MS
        #: The longest ones, with what the person did then.
        self.worst: list[tuple[float, float, str]] = []
        self.doing = ""
        self._last: tuple[float, float] | None = None
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = None
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        if self._last is not None:
            late, cpu = max(0.0, now[0] - self._last[0] - BEAT_MS / 1e3), now[1] - self._last[1]
            if self.doing == APART:
                self.apart[_bucket(cpu)] += 1
            else:
                self.late[_bucket(late)] += 1
                self.cpu[_bucket(cpu)] += 1
            if cpu > 0.03:
                self.worst = sorted([*self.worst, (cpu, late, self.doing)], reverse=True)[:12]
        self._last = now

    def figures(self) -> Figures:
        return {
            "gap_p99_ms": _reached(self.late, 0.99),
            "gap_max_ms": _reached(self.late, 1.0),
            "ui_cpu_p99_ms": _reached(self.cpu, 0.99),
            "ui_cpu_max_ms": _reached(self.cpu, 1.0),
            "new_theme_cpu_max_ms": _reached(self.apart, 1.0),
        }


def _bucket(seconds: float) -> int:
    return min(LONGEST_MS - 1, int(seconds * 1e3))


def _reached(counts: list[int], share: float) -> float:
    """The milliseconds that this share of what was counted stays at or under."""
    left = sum(counts) * share
    for milliseconds, count in enumerate(counts):
        left -= count
        if left <= 0:
            return float(milliseconds + 1) if count else 0.0
    return float(LONGEST_MS)
