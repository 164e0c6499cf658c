"""How the child process that reads hostile text is started."""

from __future__ import annotations

import sys
from pathlib import Path

from app.services.highlighting import worker
from app.services.piped_process import PipedProcess
from app.services.worker_command import worker_command

#: Starting it again costs less than keeping its memory for someone who reads.
IDLE_S = 3.0
#: A frozen program has no Python to run a file with, so it starts itself (app/desktop/main.py looks for this).
FROZEN_ARGUMENT = "--highlight-worker"


def highlighting_process(idle_s: float = IDLE_S) -> PipedProcess:
    """A child that is started by the first request."""
    return PipedProcess(Path(sys.executable), worker_command(FROZEN_ARGUMENT, worker), idle_s=idle_s)
