"""Sentences of the core for people, in the language of the front that shows them.

The English sentence is the key. A front with other languages gives its translator to `speak`; without one they stay as
they are, which is what terminals, the gateway and other programs get.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] | None = None


def speak(translate: Callable[[str], str] | None) -> None:
    """Have every later sentence translated; called from whatever thread makes one. None: English again."""
    global _translate
    _translate = translate


def say(text: str, /, **values: object) -> str:
    """A sentence with its values put in, as `str.format` does: `say("Model {name!r} not found.", name=name)`.

    `text` has to be a literal: the tool that collects what is to be translated reads the source.
    """
    spoken = text if _translate is None else _translate(text)
    return spoken.format(**values) if values else spoken


def later(_context: str, text: str) -> str:
    """Marks a text of a table that is translated when it is shown, by a variable; `_context`: where it stands then."""
    return text
