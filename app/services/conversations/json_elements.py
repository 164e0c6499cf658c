"""Finds the values in a JSON text that is too large to be in memory at once: where each begins and ends in the file.

The text is looked at as if each byte were a character: what marks the structure of JSON is ASCII and is never a part of
another character in UTF-8. So places are places in the file; what is found is decoded by whoever reads it from there.
"""

from __future__ import annotations

import json
from typing import BinaryIO, Final

from app.services.llm.safe_json import refuse_constant
from app.services.wording import say

_CHUNK: Final = 256 * 1024
_BOM: Final = "\xef\xbb\xbf"
_SPACE: Final = " \t\n\r"
_AFTER: Final = f"{_SPACE},:]}}"
#: How far before the end of what is in memory an error can be because the rest is missing: "-Infinity", "\\ud83d\\".
_CUT_OFF: Final = 16
_scan = json.JSONDecoder(parse_constant=refuse_constant).raw_decode


class ElementReader:
    """Walks through a file; no more than the value that it stands at is in memory."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        """`longest`: bytes that one value may have."""
        self._file = file
        self._longest = longest
        self._text = ""
        #: The place in the file where `_text` begins, and the place in `_text` to go on at.
        self._base = self._at = 0
        self._ended = False
        self._fill()
        if self._text.startswith(_BOM):
            self._at = len(_BOM)

    def peek(self) -> str:
        """The next character that is no space, "" at the end of the file."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._fill()

    def take(self, mark: str) -> bool:
        """Go past this character where it is the next one."""
        found = self.peek() == mark
        self._at += found
        return found

    def value(self) -> tuple[object, int, int]:
        """Go past the value that comes next; the value as it is before it is decoded, and from where to where it stood.

        Raises:
            ValueError: there is none, it is no JSON, or it is longer than is let in.
        """
        self.peek()
        while True:
            try:
                value, end = _scan(self._text, self._at)
            except RecursionError as exc:
                raise ValueError(say("nested too deep")) from exc
            except json.JSONDecodeError as exc:
                if self._ended or not self._may_be_cut_off(exc):
                    raise ValueError(say("{msg} at byte {base:,}", msg=exc.msg, base=self._base + exc.pos)) from exc
            else:
                if self._is_end(end):
                    start, self._at = self._base + self._at, end
                    return value, start, self._base + end
            if len(self._text) - self._at > self._longest:
                raise ValueError(say("a part of it is larger than {longest:,} MB", longest=self._longest // 1024**2))
            self._fill()

    def _may_be_cut_off(self, exc: json.JSONDecodeError) -> bool:
        return exc.msg.startswith("Unterminated string") or exc.pos >= len(self._text) - _CUT_OFF

    def _is_end(self, end: int) -> bool:
        """Whether a value ends there; "1" could go on as "1.5", and does where what follows "1" here is "."."""
        if self._ended or end < len(self._text) - _CUT_OFF:
            return True
        return end < len(self._text) and self._text[end] in _AFTER

    def _fill(self) -> None:
        """Twice as much as is left, so that a long value is looked at few times."""
        self._text, self._base, self._at = self._text[self._at :], self._base + self._at, 0
        more = self._file.read(max(_CHUNK, len(self._text)))
        self._ended = not more
        self._text += more.decode("latin-1")
