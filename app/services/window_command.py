"""How the window is started from here: by links of the system, or by a window that opens another."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.paths import code_folder


def window_command() -> list[str]:
    """How the window is started here: the packaged program, the script beside the interpreter, or the checkout's."""
    script = Path(sys.executable).with_name("ai-coder-assistant.exe" if os.name == "nt" else "ai-coder-assistant")
    if getattr(sys, "frozen", False):
        return [str(script)]  # this may be the terminal, which lies beside it
    return [str(script)] if script.is_file() else [sys.executable, "-m", "app"]


def folder_of(command: list[str]) -> Path | None:
    return code_folder() if command[1:] == ["-m", "app"] else None
