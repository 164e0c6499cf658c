"""Tips with words from outside: titles, names of models, files and presets."""

from __future__ import annotations

_BREAKING = "\N{WORD JOINER}"


def plain_tooltip(text: str) -> str:
    """The same words, in which Qt finds no HTML: it would show it as such, and load the files that it names."""
    return text.replace("<", f"<{_BREAKING}").replace("&", f"&{_BREAKING}")
