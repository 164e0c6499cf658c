"""The most memory that this process has held since its program began."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_kb() -> int:
    """On Linux not `ru_maxrss`: a child begins with that of the process that started it."""
    if sys.platform.startswith("linux"):
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most
