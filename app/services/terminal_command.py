"""How the terminal command is called in this installation, for every sentence that names it to a person."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

NAME = "aica"


def in_terminal(words: str) -> str:
    """The command line that runs these words of ours here: `aica doctor`, `.venv/bin/python -m app.cli.main doctor`."""
    return f"{_command()} {words}"


@functools.cache
def _command() -> str:
    """`aica` where a terminal finds it, else the script beside the interpreter, else the module of the checkout.

    The last works in the checkout's folder only, so the interpreter is named from there.
    """
    script = Path(sys.executable).parent / (f"{NAME}.exe" if os.name == "nt" else NAME)
    if shutil.which(NAME):
        return NAME
    if script.is_file():
        return _quoted(_from_checkout(script))
    if getattr(sys, "frozen", False):
        return _quoted(Path(sys.executable).name)
    return f"{_quoted(_from_checkout(Path(sys.executable)))} -m app.cli.main"


def _from_checkout(program: Path) -> str:
    root = Path(__file__).resolve().parents[2]
    return str(program.relative_to(root)) if program.is_relative_to(root) else str(program)


def _quoted(path: str) -> str:
    return subprocess.list2cmdline([path]) if os.name == "nt" else shlex.quote(path)
