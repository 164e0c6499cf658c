"""How busy the processor is (Linux: `/proc/stat`, proc(5); Windows: `GetSystemTimes`)."""

from __future__ import annotations

import sys
from pathlib import Path

from app.lean_dataclass import dataclass

STAT = Path("/proc/stat")
#: Of the first line: user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in user already.
_FIELDS, _IDLE, _WAITING = 8, 3, 4


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Since the start of the computer, of all processors, in a unit of the system's own."""

    busy: int
    total: int


def read_processor(stat: Path = STAT) -> ProcessorTime | None:
    """None where the system does not tell."""
    if sys.platform == "win32":
        return _on_windows()
    if sys.platform != "linux":
        return None
    try:
        with stat.open(encoding="ascii", errors="replace") as file:
            fields = file.readline().split()[1 : _FIELDS + 1]
        counts = [int(field) for field in fields]
    except (OSError, ValueError):
        return None
    if len(counts) < _FIELDS:
        return None
    return ProcessorTime(sum(counts) - counts[_IDLE] - counts[_WAITING], sum(counts))


def _on_windows() -> ProcessorTime | None:
    import ctypes  # here: only where it is needed

    idle, kernel, user = ctypes.c_ulonglong(), ctypes.c_ulonglong(), ctypes.c_ulonglong()
    library = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent in the stubs of other systems
    if not library.GetSystemTimes(ctypes.byref(idle), ctypes.byref(kernel), ctypes.byref(user)):
        return None
    total = kernel.value + user.value  # the kernel's time holds the idle one
    return ProcessorTime(total - idle.value, total)


def busy_share(before: ProcessorTime | None, now: ProcessorTime | None) -> float | None:
    """From 0 to 1, between two looks; None where one is missing or no time has passed."""
    if before is None or now is None or now.total <= before.total:
        return None
    return min(1.0, max(0.0, (now.busy - before.busy) / (now.total - before.total)))
