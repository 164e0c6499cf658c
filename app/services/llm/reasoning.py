"""Separates reasoning that models write inline from their answer, while it streams (reliability A14).

Known forms: `<think>`, `<thinking>`, `<thought>` and `[THINK]` with their closing tags, and a closing tag alone
(the chat template already wrote the opening one). Tags inside inline code and fenced code stay text, and so does
everything that only looks like a tag. No character is ever lost; a tag split over chunks is held back until it is one
or is not.
"""

from __future__ import annotations

import re
from typing import Literal

#: What a piece is: text of the answer, reasoning, or the discovery that all text so far was reasoning.
PieceKind = Literal["text", "reasoning", "text_was_reasoning"]
Piece = tuple[PieceKind, str]

_PAIRS = {"<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>", "[THINK]": "[/THINK]"}
_OPENING = tuple(_PAIRS)
_CLOSING = tuple(_PAIRS.values())
_TAGS = _OPENING + _CLOSING
_LONGEST = max(map(len, _TAGS))
_NOTABLE = re.compile(r"[<\[`~\n]")


class ReasoningSeparator:
    """Feed it the text deltas of one answer; it says which parts are reasoning.

    Args:
        only_at_start: accept an opening tag only before any other text (answers that must be JSON, where a tag
            further in belongs to a string).
    """

    def __init__(self, *, only_at_start: bool = False) -> None:
        self._only_at_start = only_at_start
        self._held = ""
        self._close = ""  # the tag that ends the reasoning we are in; empty outside
        self._seen_tag = False
        self._trim = False  # white space between a closing tag and the answer belongs to neither
        self._blank_so_far = True  # nothing but white space since the start, or since a closing tag
        self._line_is_blank = True  # nothing but white space since the last line end
        self._ticks = 0  # length of the backtick run that opened inline code
        self._fence = ""  # the run that opened fenced code

    def field_seen(self) -> None:
        """The server sends reasoning in a field of its own: a closing tag alone is text from now on."""
        self._seen_tag = True

    def feed(self, text: str) -> list[Piece]:
        pieces: list[Piece] = []
        if not self._held and _NOTABLE.search(text) is None:
            # Almost every delta: nothing in it can start, end or hide a tag.
            self._note_blank(text, 0, len(text))
            self._emit(text, pieces)
        else:
            buffer, self._held = self._held + text, ""
            self._scan(buffer, pieces, final=False)
        return pieces

    def finish(self) -> list[Piece]:
        """What was held back; the answer is over."""
        buffer, self._held = self._held, ""
        pieces: list[Piece] = []
        self._scan(buffer, pieces, final=True)
        return pieces

    def _scan(self, buffer: str, pieces: list[Piece], *, final: bool) -> None:
        position = start = 0
        while (match := _NOTABLE.search(buffer, position)) is not None:
            at = match.start()
            self._note_blank(buffer, position, at)
            mark = buffer[at]
            if mark == "\n":
                self._line_is_blank, self._ticks = True, 0
                position = at + 1
                continue
            if mark in "`~":
                end = _run_end(buffer, at)
                if end == len(buffer) and not final:
                    self._emit(buffer[start:at], pieces)
                    self._held = buffer[at:]
                    return
                self._note_run(buffer[at:end])
                self._line_is_blank = self._blank_so_far = False
                position = end
                continue
            tag = self._tag_at(buffer, at)
            if tag is None and not final and self._may_become_tag(buffer[at : at + _LONGEST], at, len(buffer)):
                self._emit(buffer[start:at], pieces)
                self._held = buffer[at:]
                return
            if tag is None:
                self._line_is_blank = self._blank_so_far = False
                position = at + 1
                continue
            self._emit(buffer[start:at], pieces)
            self._cross(tag, pieces)
            position = start = at + len(tag)
        self._note_blank(buffer, position, len(buffer))
        self._emit(buffer[start:], pieces)

    def _note_blank(self, buffer: str, begin: int, end: int) -> None:
        if begin < end and (self._line_is_blank or self._blank_so_far) and not buffer[begin:end].isspace():
            self._line_is_blank = self._blank_so_far = False

    def _note_run(self, run: str) -> None:
        """Follow Markdown's code: fences stand alone at the start of a line, inline code ends with its own run."""
        if self._fence:
            if self._line_is_blank and run[0] == self._fence[0] and len(run) >= len(self._fence):
                self._fence = ""
        elif self._line_is_blank and len(run) >= 3:
            self._fence, self._ticks = run, 0
        elif run[0] == "`":
            self._ticks = 0 if self._ticks == len(run) else (self._ticks or len(run))

    def _tag_at(self, buffer: str, at: int) -> str | None:
        for tag in _TAGS:
            if buffer.startswith(tag, at) and self._counts(tag):
                return tag
        return None

    def _may_become_tag(self, window: str, at: int, size: int) -> bool:
        return at + len(window) == size and any(tag.startswith(window) and self._counts(tag) for tag in _TAGS)

    def _counts(self, tag: str) -> bool:
        """Whether this tag would mean something here."""
        if self._close:
            # An unbalanced fence inside reasoning must not swallow the answer: at a line's start the tag ends it.
            return tag == self._close and (self._line_is_blank or not (self._fence or self._ticks))
        if self._fence or self._ticks:
            return False
        if tag in _CLOSING:
            return not self._seen_tag and not self._only_at_start
        return self._blank_so_far or not self._only_at_start

    def _cross(self, tag: str, pieces: list[Piece]) -> None:
        if tag in _OPENING:
            self._close = _PAIRS[tag]
        else:
            if not self._close:
                pieces.append(("text_was_reasoning", ""))
            self._close = ""
            self._blank_so_far = self._trim = True
        self._seen_tag = True
        self._line_is_blank = True
        self._fence, self._ticks = "", 0

    def _emit(self, text: str, pieces: list[Piece]) -> None:
        if self._close:
            if text:
                pieces.append(("reasoning", text))
            return
        if self._trim:
            text = text.lstrip()
            self._trim = not text
        if text:
            pieces.append(("text", text))


def separate(text: str) -> tuple[str, str]:
    """Answer and reasoning of a whole text."""
    separator = ReasoningSeparator()
    answer: list[str] = []
    reasoning: list[str] = []
    for kind, piece in [*separator.feed(text), *separator.finish()]:
        if kind == "text_was_reasoning":
            reasoning, answer = answer, []
        else:
            (answer if kind == "text" else reasoning).append(piece)
    return "".join(answer), "".join(reasoning)


def _run_end(buffer: str, at: int) -> int:
    end = at
    while end < len(buffer) and buffer[end] == buffer[at]:
        end += 1
    return end
