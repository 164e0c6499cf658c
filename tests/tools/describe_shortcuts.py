"""The window's keys as Markdown, read from its table of commands."""

from __future__ import annotations

from app.desktop.shortcuts import DEFAULT_KEYS, command_names
from tests.tools.markdown import table


def shortcuts() -> str:
    """Every command with its default keys."""
    names = command_names()
    return table(
        ("keys", "command"), [(f"`{keys}`" if keys else "", names[command]) for command, keys in DEFAULT_KEYS.items()]
    )
