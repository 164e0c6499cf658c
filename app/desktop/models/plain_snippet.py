"""A found piece of a message in plain words: without the signs of Markdown, with the found words still marked.

The piece is cut anywhere, so no parser would see its structure; these are the signs a reader would stumble over.
"""

from __future__ import annotations

import re

#: Around each found word (`SearchHit.snippet`).
BEGIN, END = "\x02", "\x03"

#: Characters that are looked at, and how many of them before the first found word: a message may hold 100,000 dashes.
LONGEST, LEAD = 400, 150

# As texts, compiled when first used: nothing of this belongs to a start.
_FENCE = r"(?m)^(?:`{3,}|~{3,}).*$"
_CODE = r"(`{1,2})([^`].*?)\1"
# Never `\s` at a beginning: over blank lines it tries every line with every other one.
_RULE = r"(?m)^(?=.*[|=_*-]{3})[ \t|:=_*-]+$"
_LINE_START = r"(?m)^([ \t…\x02]*)(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)+"
_PICTURE_OR_LINK = r"!?\[([^\]\n]*)\]\([^)\s]*(?:[ \t]+\"[^\"\n]*\")?\)?"
_STRONG = r"\*\*\*?|~~"
_EMPHASIS = r"(?<![\w*])\*(?=[^\s*])([^*\n]+)(?<=\S)\*(?![\w*])"
_CELL = r"[ \t]*\|[ \t]*"


def plain_snippet(text: str) -> str:
    """One line of plain words; what is between single backticks stays letter for letter."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[2].strip())
        return f"\x00{len(kept) - 1}\x00"

    start = max(0, text.find(BEGIN) - LEAD)
    text = ("…" if start else "") + text[start : start + LONGEST]
    text = re.sub(_FENCE, "", text.replace("\x00", ""))
    text = re.sub(_CODE, keep, text)
    text = re.sub(_RULE, "", text)
    text = "\n".join(_without_pipes(line) for line in text.split("\n"))
    text = re.sub(_LINE_START, r"\1", text)
    text = re.sub(_PICTURE_OR_LINK, r"\1", text)
    text = re.sub(_EMPHASIS, r"\1", re.sub(_STRONG, "", text)).replace("`", "")
    text = re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match[1])], text)
    return " ".join(text.split())


def _without_pipes(line: str) -> str:
    """A row of a table as its cells; other lines keep their pipes."""
    bare = line.strip(f"… \t{BEGIN}{END}")
    if not bare.startswith("|") and not bare.endswith("|"):
        return line
    cells = [cell for cell in re.split(_CELL, line) if cell.strip(f" {BEGIN}{END}")]
    return ", ".join(cells).replace("…, ", "…")


def runs_of(snippet: str) -> list[tuple[str, bool]]:
    """Its pieces in order, each with whether it was found."""
    runs: list[tuple[str, bool]] = []
    for piece in re.split(f"({BEGIN}[^{BEGIN}{END}]*{END}?)", snippet):
        text = piece.strip(BEGIN + END)
        if text:
            runs.append((text, piece.startswith(BEGIN)))
    return runs
