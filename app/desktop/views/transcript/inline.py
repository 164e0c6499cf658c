"""Inline markdown: one paragraph of source to display text and spans, in Qt's UTF-16 units. HTML stays text."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING

from app.desktop.views.transcript.formula_rule import INLINE_FORMULA, formula_rule, may_hold_formulas, written
from app.desktop.views.transcript.hostile import Edit, reveal, tame, utf16_length
from app.desktop.views.transcript.links import BARE_URL, Link, judge, trim_bare
from app.desktop.views.transcript.words import tr
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

BOLD, ITALIC, CODE, LINK, STRIKE, PAD, HIDDEN = 1, 2, 4, 8, 16, 32, 64

# The padding inside a code chip: no line breaks next to it, and the format makes it 4 px wide.
PAD_CHARACTER = "\u00a0"

#: Stands for a formula that is drawn; lines do not break between it and a comma behind it.
FORMULA_CHARACTER = "\u00a0"

_MARKUP = re.compile(r"[*_`\[\]!<&\\~]|://")


@dataclass(frozen=True, slots=True)
class Span:
    """Display range [start, start + length) carries `flags`; `link` indexes `Inline.links`, -1 is none."""

    start: int
    length: int
    flags: int
    link: int = -1


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that begins at display offset `start`; one character where it is drawn, else its source as code."""

    start: int
    source: str
    drawn: bool


@dataclass(slots=True)
class Inline:
    """Display text, its spans (ascending, not overlapping), link targets, and edits that undo what display added."""

    text: str
    spans: list[Span] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)
    length: int = 0


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 25 ms: paid by the first paragraph with markup, not by the start

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 16}).enable("strikethrough")
    parser.inline.ruler.before("escape", "formula", formula_rule)
    # Every target reaches `judge`, which is stricter; the parser's own list lets smb: and \\host through.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # the documented way to replace it
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]  # as above; judge needs what was written
    return parser


def preload() -> None:
    """Import the parser on a thread, so that the first paragraph with markup does not pay for it."""
    threading.Thread(target=_parser, name="markdown-parser", daemon=True).start()


def parse_inline(source: str, *, hard_breaks: bool = False, drawn: Collection[str] = ()) -> Inline:
    """Display form of one block of source lines joined by newlines.

    Args:
        source: bounded by the scanner (a few thousand characters).
        hard_breaks: a line break in the source is a line break on screen (what a person typed).
        drawn: formulas of which there is a picture.
    """
    source = tame(source)
    newline = "\u2028" if hard_breaks else " "
    if not _MARKUP.search(source) and not may_hold_formulas(source):
        text = source.replace("\n", newline)
        return Inline(text, length=utf16_length(text) if text else 0)
    builder = _Builder(newline, drawn)
    for token in _parser().parseInline(source)[0].children or ():
        builder.add(token)
    return builder.finished()


_OPENING = {"strong_open": BOLD, "em_open": ITALIC, "s_open": STRIKE}
_CLOSING = {"strong_close": BOLD, "em_close": ITALIC, "s_close": STRIKE}


class _Builder:
    """Puts display text and spans together, token by token."""

    def __init__(self, newline: str, drawn: Collection[str]) -> None:
        self._newline = newline
        self._drawn = drawn
        self._result = Inline("")
        self._pieces: list[str] = []
        self._at = 0
        self._flags = 0
        self._link = -1

    def finished(self) -> Inline:
        self._result.text = "".join(self._pieces)
        self._result.length = self._at
        return self._result

    def add(self, token: Token) -> None:
        kind = token.type
        if kind == "text":
            self._text(token.content)
        elif kind == "code_inline":
            self._code(token.content)
        elif kind == INLINE_FORMULA:
            self._formula(token.content, written(token.content, token.markup))
        elif kind == "softbreak":
            self._put(self._newline, self._flags)
        elif kind == "hardbreak":
            self._put("\u2028", self._flags)
        elif kind in _OPENING:
            self._flags |= _OPENING[kind]
        elif kind in _CLOSING:
            self._flags &= ~_CLOSING[kind]
        elif kind == "link_open":
            self._open_link(str(token.attrGet("href") or ""))
        elif kind == "link_close":
            self._close_link()
        elif kind == "image":
            self._image(token)
        else:
            self._text(token.content)

    def _put(self, text: str, flags: int) -> None:
        if not text:
            return
        length = utf16_length(text)
        if flags:
            self._result.spans.append(Span(self._at, length, flags, self._link))
        self._pieces.append(text)
        self._at += length

    def _text(self, text: str) -> None:
        if self._link >= 0:  # a link's own text must not lie about its direction
            self._revealed(text, self._flags)
            return
        if "://" not in text:
            self._put(text, self._flags)
            return
        done = 0
        for found in BARE_URL.finditer(text):
            url = trim_bare(found[0])
            self._put(text[done : found.start()], self._flags)
            self._open_link(url)
            self._put(url, self._flags)
            self._close_link()
            done = found.start() + len(url)
        self._put(text[done:], self._flags)

    def _code(self, text: str) -> None:
        flags = self._flags | CODE
        for part in (PAD_CHARACTER, None, PAD_CHARACTER):
            if part is None:
                self._revealed(text, flags)
            else:
                self._result.edits.append(Edit(self._at, 1, ""))
                self._put(part, flags | PAD)

    def _formula(self, source: str, whole: str) -> None:
        drawn = source in self._drawn
        self._result.formulas.append(Formula(self._at, source, drawn))
        if drawn:
            self._result.edits.append(Edit(self._at, 1, whole))
            self._put(FORMULA_CHARACTER, self._flags)
        else:
            self._code(whole)

    def _revealed(self, text: str, flags: int) -> None:
        shown, edits = reveal(text)
        base = self._at
        self._put(shown, flags | (HIDDEN if edits else 0))
        self._result.edits += [Edit(base + e.start, e.length, e.original) for e in edits]

    def _open_link(self, href: str) -> None:
        link = judge(href)
        self._result.links.append(link)
        self._link = len(self._result.links) - 1
        if link.opens:
            self._flags |= LINK

    def _close_link(self) -> None:
        self._flags &= ~LINK
        self._link = -1

    def _image(self, token: Token) -> None:
        """A picture from outside is never fetched: its text stands there, linked to the address and naming the host."""
        source = str(token.attrGet("src") or "")
        link = judge(source)
        where = link.shown.split("\n")[0] if link.opens else tr("not shown")
        self._open_link(source)
        self._revealed(f"{token.content or tr('image')} ({where})", self._flags)
        self._close_link()
