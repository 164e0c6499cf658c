"""Sentences of the core for people, in the language of the front that shows them.

The English sentence is the key. A front with other languages gives its translator to `speak`; without one they stay as
they are, which is what terminals, the gateway and other programs get.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)
_translate: Callable[[str], str] | None = None


def speak(translate: Callable[[str], str] | None) -> None:
    """Have every later sentence translated; called from whatever thread makes one. None: English again."""
    global _translate
    _translate = translate


def is_translated() -> bool:
    """Whether sentences are in another language than English now."""
    return _translate is not None


def say(text: str, /, **values: object) -> str:
    """A sentence with its values put in, as `str.format` does: `say("Model {name!r} not found.", name=name)`.

    `text` has to be a literal: the tool that collects what is to be translated reads the source.
    """
    if _translate is None or not text:
        return text.format(**values) if values else text
    spoken = _translate(text) or text
    if not values:
        return spoken
    try:
        return spoken.format(**values)
    except (LookupError, ValueError, TypeError, AttributeError):
        logger.warning("the translation of %r has other places for values than the sentence", text)
        return text.format(**values)


def capitalised(text: str) -> str:
    """A part of a sentence as its beginning: the first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def later(_context: str, text: str) -> str:
    """Marks a text of a table that is translated when it is shown, by a variable; `_context`: where it stands then."""
    return text
