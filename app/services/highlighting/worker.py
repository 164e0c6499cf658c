"""The child process that runs Pygments and draws formulas: one request a line on stdin, one answer a line on stdout,
both JSON.

Code in an answer is hostile text, and a lexer's regular expression can take minutes on a few hundred characters of
it. Nothing in Python can end such a match from inside, so it happens here, where a C-level timer or the parent can
end the whole process. Standard library, Pygments and ziamath only: the file is also run by its path.

Request `{"lexer": "python", "lines": ["…"]}`; answer `{"ranges": [[[start, length, kind], …], …]}`, one list a line,
in UTF-16 units. Request `{"formula": "\\frac{1}{2}", "ink": "#010203"}`; answer `{"svg": "<svg …"}`, at 16 px.
`{"error": "…"}` to either.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import re
import sys
from itertools import accumulate
from typing import Any, BinaryIO

#: (start, length, kind) in UTF-16 units; kind is a syntax colour: key, str, num, com, fn, type, ok or error.
Range = tuple[int, int, str]

#: A block that takes longer ends this process. The parent gives up earlier; this is for when the parent is gone.
SECONDS_EACH = 5.0
MEMORY_BYTES = 512 * 1024 * 1024

# Pygments token types; names follow pygments.token.STANDARD_TYPES.
_KINDS = (
    ("Comment.Preproc", "key"), ("Comment", "com"), ("Literal.String.Doc", "str"), ("Literal.String", "str"),
    ("Literal.Number", "num"), ("Keyword.Type", "type"), ("Keyword", "key"), ("Operator.Word", "key"),
    ("Name.Function", "fn"), ("Name.Builtin.Pseudo", "type"), ("Name.Builtin", "fn"), ("Name.Class", "type"),
    ("Name.Decorator", "fn"), ("Name.Tag", "key"), ("Name.Attribute", "fn"), ("Name.Exception", "type"),
    ("Generic.Inserted", "ok"), ("Generic.Deleted", "error"),
)  # fmt: skip
#: Builtins that are called types by those who read code.
_TYPE_NAMES = frozenset({"bool", "bytes", "bytearray", "dict", "float", "int", "list", "object", "set", "str", "tuple"})
_CALL = re.compile(r"(?<!\w)[^\W\d]\w*+(?=\()")


def colour(lexer_name: str, lines: list[str]) -> list[list[Range]]:
    """The colour ranges of each line.

    Raises:
        ValueError: there is no lexer of that name.
    """
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # ships no types
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        lexer = get_lexer_by_name(lexer_name, stripnl=False, stripall=False, ensurenl=False)
    except ClassNotFound as exc:
        raise ValueError(f"there is no lexer named {lexer_name!r}") from exc
    found: list[list[Range]] = [[] for _ in lines]
    row = column = 0
    # With a line end at the end: some lexers see a line only by it.
    for _, token, value in lexer.get_tokens_unprocessed("\n".join(lines) + "\n"):
        kind = _kind_of(token, value)
        for number, part in enumerate(value.split("\n")):
            if number:
                row, column = row + 1, 0
            if row < len(found) and kind and part:
                _append(found[row], column, len(part), kind)
            column += len(part)
    return [_in_utf16(line, _with_calls(line, ranges)) for line, ranges in zip(lines, found, strict=True)]


def _append(ranges: list[Range], start: int, length: int, kind: str) -> None:
    if ranges and ranges[-1][2] == kind and ranges[-1][0] + ranges[-1][1] == start:
        ranges[-1] = (ranges[-1][0], ranges[-1][1] + length, kind)
    else:
        ranges.append((start, length, kind))


def _kind_of(token: Any, value: str) -> str:
    """Our kind of a Pygments token; "" is plain text."""
    path = ".".join(token)
    for prefix, kind in _KINDS:
        if path.startswith(prefix):
            return "type" if kind == "fn" and value in _TYPE_NAMES else kind
    return ""


def _with_calls(line: str, ranges: list[Range]) -> list[Range]:
    """Lexers leave called names plain; a name before a bracket is coloured like a function."""
    taken = bytearray(len(line) + 1)
    for start, length, _ in ranges:
        taken[start : start + length] = b"\x01" * length
    calls = [(m.start(), len(m[0]), "fn") for m in _CALL.finditer(line) if not taken[m.start()]]
    return sorted(ranges + calls)


def _in_utf16(line: str, ranges: list[Range]) -> list[Range]:
    if line.isascii() or max(line) <= "\uffff":
        return ranges
    at = list(accumulate((2 if character > "\uffff" else 1 for character in line), initial=0))
    return [(at[start], at[start + length] - at[start], kind) for start, length, kind in ranges]


def draw(formula: str, ink: str, *, inline: bool = False) -> str:
    """The formula as paths in SVG; black, which the library uses for some lines, becomes ink, too.

    Raises:
        ValueError: it is none, or has commands that the library does not know and would write out.
    """
    from latex2mathml.converter import convert
    from ziamath.config import config  # here: 0.2 s
    from ziamath.zmath import Latex

    if formula.replace("\\{", "").count("{") != formula.replace("\\}", "").count("}"):
        raise ValueError("a brace is missing")
    if "\\" in convert(formula):
        raise ValueError("a command is not known")
    config.svg2 = False  # Qt's renderer draws nothing of SVG 2
    svg: str = Latex(formula, size=16, color=ink, inline=inline).svg()
    return svg.replace('"black"', f'"{ink}"')


def answer(request: bytes) -> dict[str, Any]:
    """One answer for one request line; a library's bug is an answer, too."""
    try:
        asked = json.loads(request)
        if "formula" in asked:
            return {"svg": draw(asked["formula"], asked["ink"], inline=asked.get("inline", False))}
        return {"ranges": colour(asked["lexer"], asked["lines"])}
    except Exception as exc:  # noqa: BLE001 - whatever a library does wrong costs one block its colours or its picture
        return {"error": f"{type(exc).__name__}: {exc}"[:300]}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until stdin ends: the parent closed it, or died."""
    nowhere = os.open(os.devnull, os.O_WRONLY)  # a window's child may have no stderr
    for request in requests:
        # A thread of C that needs no interpreter lock: a match that never ends cannot hold it off.
        faulthandler.dump_traceback_later(SECONDS_EACH, exit=True, file=nowhere)
        answers.write(json.dumps(answer(request), separators=(",", ":")).encode() + b"\n")
        answers.flush()
        faulthandler.cancel_dump_traceback_later()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the parent's time limit holds there
        return
    # macOS refuses this limit, and a lower one that is already there stays: the time limit holds anyway.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(OSError):
        os.nice(5)  # colours can wait


def main() -> int:
    """The whole life of the child."""
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
