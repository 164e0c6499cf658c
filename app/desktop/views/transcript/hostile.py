"""Bounds and visible stand-ins for text that nobody vouches for.

Layout, not parsing, is what freezes Qt: one endless line or a hundred thousand combining marks on one letter take
seconds. What is cut here is cut on the screen only; copying and saving use the source.
"""

from __future__ import annotations

import re

from app.desktop.views.transcript.words import counted, number, tr
from app.lean_dataclass import dataclass

MAX_LINE = 2_000  # characters of one code line that are drawn
MAX_CELL = 600  # characters of one table cell that are drawn
MAX_COLUMNS = 64
MAX_MARKS = 6  # combining marks in a row; the longest honest sequences (Vietnamese, Thai, Hebrew) stay below
MAX_QUOTE_DEPTH = 8
MAX_LIST_DEPTH = 8
MAX_LABEL = 300  # names, runtimes, file names

# Zero-width, direction, tag and filler characters: what makes code read differently from what it does
# (Trojan Source, CVE-2021-42574). A joiner after an emoji builds one picture and stays.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_REVEALED = re.compile(
    f"[{_HIDDEN}{_CONTROLS}]+|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d",
)
_CONTROL_PICTURES = {code: 0x2400 + code for code in range(32) if code not in (9, 10)}
_CONTROL_PICTURES |= (
    {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD) | dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
)
_NEEDS_TAMING = re.compile(f"[{_CONTROLS}]")
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u0730-\u074a\u0816-\u082d\u08ca-\u0902\u093c\u0941-\u0948\u094d\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0f71-\u0f84\u1ab0-\u1aff\u1cd0-\u1ce8\u1dc0-\u1dff\u20d0-\u20f0\u302a-\u302d"
    "\u3099\u309a\ua66f-\ua67d\ua8e0-\ua8f1\ufe20-\ufe2f\U0001d165-\U0001d172"
)
_MARK_RUN = re.compile(f"([{_MARKS}]{{{MAX_MARKS}}})([{_MARKS}]+)")
_REVEAL_AT_MOST = 4  # of one run; a thousand tag characters must not become ten thousand letters


@dataclass(frozen=True, slots=True)
class Edit:
    """Display range [start, start + length) in UTF-16 units stands for `original` in the source."""

    start: int
    length: int
    original: str


def utf16_length(text: str) -> int:
    """Length as Qt counts it: characters beyond the BMP are two units."""
    if text.isascii() or max(text) < "\U00010000":
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_slice(text: str, start: int, end: int) -> str:
    """The part of `text` between two UTF-16 offsets; half a surrogate pair is left out."""
    if text.isascii() or not text or max(text) < "\U00010000":
        return text[start:end]
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[start * 2 : end * 2].decode("utf-16-le", "ignore")


def utf16_offsets(text: str) -> list[int] | None:
    """UTF-16 offset of every code point (and the end), or None where both counts are the same."""
    if text.isascii() or max(text) < "\U00010000":
        return None
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if character > "\uffff" else 1))
    return offsets


def tame(text: str) -> str:
    """Prose that is safe to lay out: controls become pictures, piles of marks are cut with a visible note."""
    if _NEEDS_TAMING.search(text):
        text = text.translate(_CONTROL_PICTURES)
    if not text.isascii() and _MARK_RUN.search(text):
        text = _MARK_RUN.sub(lambda found: found[1] + _more_marks(found[2]), text)
    return text


def label(text: str) -> str:
    """A name from outside as one short line of plain text."""
    text = " ".join(reveal(text[: MAX_LABEL + 1])[0].split())
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def reveal(text: str) -> tuple[str, list[Edit]]:
    """Code as it is to be read: hidden characters as "[U+202E]", and what to put back when it is copied."""
    if text.isascii() and not _NEEDS_TAMING.search(text):
        return text, []
    pieces: list[str] = []
    edits: list[Edit] = []
    done = at = 0
    for found in _stand_ins(text):
        before = text[done : found[0]]
        at += utf16_length(before) if before else 0
        pieces += [before, found[2]]
        edits.append(Edit(at, utf16_length(found[2]), text[found[0] : found[1]]))
        at += edits[-1].length
        done = found[1]
    pieces.append(text[done:])
    return "".join(pieces), edits


def _stand_ins(text: str) -> list[tuple[int, int, str]]:
    found = [(m.start(), m.end(), _spell(m[0])) for m in _REVEALED.finditer(text)]
    found += [(m.start(2), m.end(2), _more_marks(m[2])) for m in _MARK_RUN.finditer(text)]
    found.sort()
    return found


def _more_marks(marks: str) -> str:
    return counted("[+1 mark]", "[+%Ln marks]", len(marks))


def _spell(run: str) -> str:
    shown = "".join(_picture(character) for character in run[:_REVEAL_AT_MOST])
    more = len(run) - _REVEAL_AT_MOST
    return shown + tr("[+{n} hidden]").format(n=number(more)) if more > 0 else shown


def _picture(character: str) -> str:
    code = ord(character)
    return chr(_CONTROL_PICTURES[code]) if code < 32 or code == 0x7F else f"[U+{code:04X}]"


def original_text(text: str, edits: list[Edit], start: int, end: int) -> str:
    """Source text of the display range [start, end), UTF-16 units: stand-ins put back, paddings left out.

    A stand-in that is touched counts as a whole.
    """
    if not edits:
        return utf16_slice(text, start, end)
    pieces: list[str] = []
    at = start
    for edit in edits:
        edit_end = edit.start + edit.length
        if edit_end <= at:
            continue
        if edit.start >= end:
            break
        if edit.start > at:
            pieces.append(utf16_slice(text, at, edit.start))
        pieces.append(edit.original)
        at = edit_end
    if at < end:
        pieces.append(utf16_slice(text, at, end))
    return "".join(pieces)


def clipboard_text(text: str) -> str:
    """The same text without lone surrogates, which neither a clipboard nor a file can hold."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
