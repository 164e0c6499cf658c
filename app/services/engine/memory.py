"""How much memory a model may take: what this computer has left, and what a model needs for its window."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass
from app.services.engine.footprint import CONTEXT_STEP, LEAST_CONTEXT, SPARE_BYTES, footprint

if TYPE_CHECKING:
    from app.services.engine.gguf_finder import ModelFile  # it asks the runtimes for folders, and they ask here

#: Beside weights and window at least: buffers of the computation, the engine itself, and what must stay free.
OVERHEAD_BYTES = SPARE_BYTES
#: For windows of other chats: at most, and where nobody knows what is free.
MOST_PROMPT_CACHE_MIB = 2_048
UNKNOWN_PROMPT_CACHE_MIB = 512
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SystemMemory:
    """Bytes of this computer, and of them those that programs could still take without swapping."""

    total: int
    available: int


def available_bytes() -> int | None:
    """Memory that programs could still take without swapping; None where the system does not say."""
    found = system_memory()
    return found.available if found is not None else None


def system_memory() -> SystemMemory | None:
    """None where the system does not say."""
    if sys.platform == "win32":
        return _memory_on_windows()
    if sys.platform != "linux":
        return None
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    rows = (line.split() for line in lines if line.startswith(("MemTotal:", "MemAvailable:")))
    found = {row[0]: int(row[1]) * 1024 for row in rows if len(row) > 1 and row[1].isdigit()}
    return SystemMemory(found["MemTotal:"], found["MemAvailable:"]) if len(found) == 2 else None


def _memory_on_windows() -> SystemMemory | None:
    import ctypes  # here: only where it is needed

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "available", "pages", "pages_left", "space", "left")),
            ("extended", ctypes.c_ulonglong),
        )

    status = Status(length=ctypes.sizeof(Status))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent in the stubs of other systems
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return SystemMemory(int(status.total), int(status.available))


def needed_bytes(model: ModelFile, context_length: int) -> int:
    """About what a loaded model takes, and what must stay free beside it; without the window where its head does not
    tell the sizes."""
    header = model.header
    made = footprint(header, model.size_bytes, context_length)
    if made is None:
        return model.size_bytes + OVERHEAD_BYTES
    return made.weights + made.window + max(made.working, OVERHEAD_BYTES)


def fitting_context(model: ModelFile, wanted: int, available: int | None) -> int | None:
    """The window that a model gets: at most what is wanted, what it was trained for and what fits into memory.

    None: not even a small window fits.
    """
    most = min(wanted, model.header.context_length or wanted)
    if available is None or needed_bytes(model, most) <= available:
        return most
    low, high = 0, most // CONTEXT_STEP + 1  # in steps: `low` fits, `high` does not
    while high - low > 1:
        middle = (low + high) // 2
        fits = needed_bytes(model, middle * CONTEXT_STEP) <= available
        low, high = (middle, high) if fits else (low, middle)
    fitting = low * CONTEXT_STEP
    return min(most, fitting) if fitting >= min(LEAST_CONTEXT, most) else None


def prompt_cache_mib(model: ModelFile, context_length: int, available: int | None) -> int:
    """Mebibytes for windows of other chats beside a loaded model; 0 where there is no room.

    At most half of what the model leaves, and none where not even one window fits: the engine keeps one at least,
    whatever the limit.
    """
    if available is None:
        return UNKNOWN_PROMPT_CACHE_MIB
    header = model.header
    window = header.window.size_bytes(context_length) if header.window is not None else 0
    room = (available - needed_bytes(model, context_length)) // 2
    return min(room // _MEBIBYTE, MOST_PROMPT_CACHE_MIB) if room >= window else 0
