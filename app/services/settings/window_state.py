"""What the window remembers between runs: size, place, sidebar, the open chat. Losing it loses nothing of value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.services.atomic_file import write_atomically

MAX_BYTES = 64 * 1024


def read_window_state(path: Path) -> dict[str, Any]:
    """The remembered values; empty when there are none or they cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def write_window_state(path: Path, values: dict[str, Any]) -> None:
    """Replace the remembered values.

    Raises:
        OSError: the folder cannot be written.
    """
    write_atomically(path, json.dumps(values, indent=1).encode())
