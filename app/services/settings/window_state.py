"""What the window remembers between runs: size, place, sidebar, the open chat. Losing it loses nothing of value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.services.atomic_file import write_atomically

MAX_BYTES = 64 * 1024
#: Pixels that no screen has, and no frame; a larger number in the file is no place, and none of a frame.
_MOST_PIXELS, _WIDEST_FRAME = 100_000, 400


def _are_pixels(value: Any, count: int, least: int, most: int = _MOST_PIXELS) -> bool:
    whole = isinstance(value, list) and len(value) == count and all(type(one) is int for one in value)
    return whole and all(least <= one <= most for one in value)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


#: What a value has to be; others are kept as they are, whoever reads them looks.
_WANTED: dict[str, Callable[[Any], bool]] = {
    "size": lambda value: _are_pixels(value, 2, 1),
    "position": lambda value: _are_pixels(value, 2, -_MOST_PIXELS),
    "frame": lambda value: _are_pixels(value, 4, 0, _WIDEST_FRAME),
    "sidebar_width": lambda value: _are_pixels([value], 1, 0),
    "sidebar": _is_flag,
    "maximized": _is_flag,
    "theme": lambda value: value in ("light", "dark", "system"),
    "language": lambda value: isinstance(value, str),
}


def read_window_state(path: Path) -> dict[str, Any]:
    """The remembered values; empty when there are none or they cannot be read. One that is no such thing is left out:
    a damaged file must not keep the window from opening."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if name not in _WANTED or _WANTED[name](value)}


def write_window_state(path: Path, values: dict[str, Any]) -> None:
    """Replace the remembered values.

    Raises:
        OSError: the folder cannot be written.
    """
    write_atomically(path, json.dumps(values, indent=1).encode())
