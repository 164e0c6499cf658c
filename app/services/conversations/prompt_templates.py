"""Placeholders in a saved prompt: `{{code}}`. Whoever sends it puts something in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from app.lean_dataclass import dataclass

_PLACE = re.compile(r"\{\{[ \t]*([A-Za-z][A-Za-z0-9_ -]{0,39}?)[ \t]*\}\}")
#: What is said behind a prompt's name goes here, or to its end where it has no such place.
INPUT = "input"


@dataclass(frozen=True, slots=True)
class Place:
    """A placeholder in a text: code points from `start` to `end`."""

    name: str
    start: int
    end: int


def places(text: str) -> list[Place]:
    """All placeholders in their order; names in lower case."""
    return [Place(found[1].lower(), *found.span()) for found in _PLACE.finditer(text)]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with what is known in its places; what is put in is not looked through for further ones."""
    return _PLACE.sub(lambda found: values.get(found[1].lower(), found[0]), text)


def with_input(text: str, said: str, today: date | None = None) -> str:
    """A prompt as it is sent: with the day, and with what was said in its place or behind it."""
    values = {"date": (today or date.today()).isoformat()}
    if not said:
        return filled(text, values)
    if any(place.name == INPUT for place in places(text)):
        return filled(text, {**values, INPUT: said})
    return f"{filled(text, values).rstrip()}\n\n{said}"
