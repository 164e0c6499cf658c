"""How well what was typed fits a name: beginnings of words before pieces, pieces before scattered letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

WHOLE, BEGINNING, WORD, INITIALS, INSIDE, SCATTERED = 100.0, 90.0, 80.0, 60.0, 50.0, 20.0
#: From here on a fit is no chance: a word, a piece of one, or initials. Long names lose a little.
LEAST_WORD = 40.0
#: Fewer letters than these are scattered over nearly every name.
LEAST_SCATTERED = 3
_WORDS = re.compile(r"\w+")


def fit(typed: str, name: str) -> float | None:
    """0 to 100; None where a word of what was typed is not in the name at all. Nothing typed fits everything alike."""
    wanted, there = _plain(typed).split(), _plain(name)
    if not wanted:
        return 0.0
    if " ".join(wanted) == there:
        return WHOLE
    found = [_fit_word(word, there) for word in wanted]
    if any(one is None for one in found):
        return None
    return sum(one for one in found if one is not None) / len(found) - len(there) / 1_000


def ranked(typed: str, things: Iterable[T], name_of: Callable[[T], str], most: int) -> list[T]:
    """The things whose name fits, best first; alike ones stay in their order."""
    scored = [(score, one) for one in things if (score := fit(typed, name_of(one))) is not None]
    scored.sort(key=lambda pair: -round(pair[0], 6))
    return [one for _score, one in scored[:most]]


def _fit_word(word: str, name: str) -> float | None:
    if name.startswith(word):
        return BEGINNING
    words = _WORDS.findall(name)
    if any(one.startswith(word) for one in words):
        return WORD
    if len(word) > 1 and word in "".join(one[0] for one in words):
        return INITIALS
    if word in name:
        return INSIDE
    gaps = _gaps(word, name) if len(word) >= LEAST_SCATTERED else None
    return None if gaps is None else max(1.0, SCATTERED - gaps)


def _gaps(word: str, name: str) -> int | None:
    """How many letters lie between the typed ones in their order; None where they are not all there."""
    start = name.find(word[0])
    place = start
    for letter in word[1:]:
        if place < 0:
            return None
        place = name.find(letter, place + 1)
    return None if place < 0 else place - start + 1 - len(word)


def _plain(text: str) -> str:
    """Without case and accents, spaces as one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
