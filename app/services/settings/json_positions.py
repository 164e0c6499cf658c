"""Where a value stands in a JSON text, so that an error can name line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r"[^\s,\]}]+")
_SPACE = re.compile(r"\s*")


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column of a character offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def find_value(text: str, path: Sequence[str | int]) -> tuple[int, int] | None:
    """Line and column of the value at `path` in a valid JSON text; of its nearest parent where it is absent.

    None when the text holds no JSON value at all.
    """
    offset = _skip(text, 0)
    if offset >= len(text):
        return None
    for step in path:
        inner = _descend(text, offset, step)
        if inner is None:
            break
        offset = inner
    return line_and_column(text, offset)


def _skip(text: str, i: int) -> int:
    match = _SPACE.match(text, i)
    return match.end() if match else i


def _descend(text: str, i: int, step: str | int) -> int | None:
    if i >= len(text) or text[i] not in "{[":
        return None
    is_object = text[i] == "{"
    i = _skip(text, i + 1)
    index = 0
    found: int | None = None  # the last of several equal keys wins, as in json.loads
    while i < len(text) and text[i] not in "}]":
        name: str | int = index
        if is_object:
            key = _STRING.match(text, i)
            if key is None:
                return found
            name = json.loads(key.group())
            i = _skip(text, _skip(text, key.end()) + 1)
        if name == step:
            found = i
        i = _skip(text, _value_end(text, i))
        if i < len(text) and text[i] == ",":
            i = _skip(text, i + 1)
        index += 1
    return found


def _value_end(text: str, i: int) -> int:
    depth = 0
    while i < len(text):
        char = text[i]
        if char == '"':
            match = _STRING.match(text, i)
            i = match.end() if match else len(text)
        elif char in "{[":
            depth += 1
            i += 1
        elif char in "}]":
            depth -= 1
            i += 1
        elif depth and char in ",: \t\r\n":
            i += 1
        else:
            match = _SCALAR.match(text, i)
            i = match.end() if match else i + 1
        if depth <= 0:
            return i
    return i
