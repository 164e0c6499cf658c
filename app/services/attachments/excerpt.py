"""Text out of the bytes of a file, and the part of it that a model reads: whole lines, in a fence."""

from __future__ import annotations

import codecs
import re

from app.lean_dataclass import dataclass
from app.services.attachments.attachment import NotAttachableError
from app.services.wording import say

#: About a hundred thousand tokens of one file; what is longer is cut, and says so.
TEXT_BUDGET = 400_000
#: Above this share of bytes beyond ASCII a file without an encoding of its own is no text in Latin letters.
_MOST_FOREIGN = 0.3
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\r\f\x1b") + b"\x7f"
_FOREIGN = bytes(range(128, 256))
_HEADING = re.compile(r" \(first (?:part of line 1|[\d,]+) of ([\d,]+) lines?\):$")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`block` is sent as it is. `shown_lines`: None = all of it, 0 = a part of the first line."""

    block: str
    lines: int
    shown_lines: int | None = None


def decoded(data: bytes) -> str | None:
    """These bytes as text with plain newlines: UTF-8, UTF-16 by its mark, else Latin-1; None for what is binary."""
    text = _decoded(data)
    return None if text is None or "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        beyond = len(data) - len(data.translate(None, _FOREIGN))
        is_text = len(data.translate(None, _CONTROLS)) == len(data) and beyond <= len(data) * _MOST_FOREIGN
        return data.decode("latin-1") if is_text else None


def excerpt(name: str, text: str, budget: int = TEXT_BUDGET) -> Excerpt:
    """What a model reads of a text: under the file's name, cut to at most `budget` characters by whole lines.

    Raises:
        NotAttachableError: there is nothing to read.
    """
    text = text.rstrip("\n")
    if not text.strip():
        raise NotAttachableError(say("“{name}” is empty, so there is nothing to attach.", name=name))
    lines = text.count("\n") + 1
    if len(text) <= budget:
        return Excerpt(_fenced(f"File {name!r}:", text), lines)
    end = text.rfind("\n", 0, budget + 1)
    if end > 0:
        shown = text.count("\n", 0, end) + 1
        heading = f"File {name!r} (first {shown:,} of {_counted(lines)}):"
        return Excerpt(_fenced(heading, text[:end]), lines, shown)
    heading = f"File {name!r} (first part of line 1 of {_counted(lines)}):"
    return Excerpt(_fenced(heading, text[:budget]), lines, 0)


def line_count(heading: str, newlines: int) -> int:
    """The lines of the whole file, from the first line of its block and the line breaks in the block."""
    found = _HEADING.search(heading)
    return int(found[1].replace(",", "")) if found else max(1, newlines - 2)


def _counted(lines: int) -> str:
    return f"{lines:,} line" if lines == 1 else f"{lines:,} lines"


def _fenced(heading: str, text: str) -> str:
    """In a fence longer than any run of backticks in the text, so that the text cannot end it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{heading}\n{fence}\n{text}\n{fence}"
