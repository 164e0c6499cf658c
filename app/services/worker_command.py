"""How a child of ours that runs one module is started: by the module's file, or by this program where it is frozen."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType


def worker_command(frozen_argument: str, module: ModuleType) -> tuple[str, ...]:
    """The child's arguments after the interpreter, or after this program where it is frozen."""
    if getattr(sys, "frozen", False):
        return (frozen_argument,)
    assert module.__file__ is not None
    # Isolated: nothing from the current folder or from PYTHON* variables is imported.
    return ("-I", str(Path(module.__file__).resolve()))
