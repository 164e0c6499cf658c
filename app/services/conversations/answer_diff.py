"""What differs between two answers: line by line, and word by word within lines that changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from app.lean_dataclass import dataclass

Kind = Literal["same", "removed", "added"]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
#: Words of two changed passages, multiplied: above this they are told apart as wholes, since comparing takes too long.
_MOST_PAIRS = 4_000_000
#: Lines of two answers, multiplied.
_MOST_LINE_PAIRS = 25_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text. All that is not `added` makes the first answer, all that is not `removed` the second."""

    kind: Kind
    text: str


def differences(first: str, second: str) -> list[Piece]:
    """The pieces in their order; neighbours differ in kind."""
    return list(_joined(_by_lines(first.splitlines(keepends=True), second.splitlines(keepends=True))))


def _by_lines(first: Sequence[str], second: Sequence[str]) -> Iterator[Piece]:
    if len(first) * len(second) > _MOST_LINE_PAIRS:
        yield from _apart("".join(first), "".join(second))
        return
    for tag, a, b, c, d in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(first[a:b]))
        else:
            yield from _by_words("".join(first[a:b]), "".join(second[c:d]))


def _by_words(first: str, second: str) -> Iterator[Piece]:
    before, after = _WORDS.findall(first), _WORDS.findall(second)
    if not before or not after or len(before) * len(after) > _MOST_PAIRS:
        yield from _apart(first, second)
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < 0.4:  # two texts, not two forms of one: single words in common only confuse
        yield from _apart(first, second)
        return
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(before[a:b]))
        else:
            yield from _apart("".join(before[a:b]), "".join(after[c:d]))


def _apart(first: str, second: str) -> Iterator[Piece]:
    if first:
        yield Piece("removed", first)
    if second:
        yield Piece("added", second)


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.kind == piece.kind:
            last = Piece(last.kind, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
