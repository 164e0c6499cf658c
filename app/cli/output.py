"""What goes to the terminal: nothing from outside unfiltered, colours only where they are wanted, exit statuses.

Exit status (contract §5): 0 answered · 1 unexpected · 2 usage · 3 configuration · 4 could not reach the provider ·
5 the provider refused · 6 the answer broke off · 130 cancelled · 141 the reader of the output left.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from app.services.llm.errors import LLMError
    from app.services.llm.stream_events import Started

UNEXPECTED, USAGE, CONFIGURATION, CANCELLED = 1, 2, 3, 130
#: What a shell shows for a program that ends because its reader left (128 + SIGPIPE).
READER_LEFT = 141

# C0 without newline and tab, DEL, C1, direction controls, half surrogate pairs; what has no width, but for joiners,
# variants and marks of direction, which words of some languages and pictures need; tags, which no word needs.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
#: Begins what of a table's row did not fit into its line.
CONTINUED = "    "
DIM, BOLD, RED, RESET = "2", "1", "31", "0"


class UsageError(Exception):
    """The command line asks for something that makes no sense: exit status 2."""


def exit_status(error: LLMError, *, answered: bool = False) -> int:
    """The status for an error; `answered` = a first token had come, which makes a timeout a broken answer."""
    from app.services.llm.errors import exit_status_of  # here: `aica --help` needs none of the core

    return exit_status_of(error.kind, began=answered)


def visible(text: str) -> str:
    """Text from a model, server or file, safe for a terminal (reliability B8).

    Newline and tab stay; `\\r\\n` is a newline. Other C0 controls become their pictures (ESC → ␛), the rest of the
    unsafe characters their escapes (`\\x9b`, `\\u202e`).
    """
    return _UNSAFE.sub(_picture, text.replace("\r\n", "\n"))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str, limit: int = 0) -> str:
    """`visible` text for a table cell or a message: line breaks and tabs become spaces; cut at `limit` if given."""
    flat = visible(" ".join(text.split()))
    return flat if not limit or len(flat) <= limit else flat[: limit - 1] + "…"


class StreamWriter:
    """Writes an answer as it arrives. A `\\r` is held back until it is clear whether a `\\n` follows."""

    def __init__(self, stream: TextIO, style: str = "") -> None:
        self._stream = stream
        self._style = style if style and coloured(stream) else ""
        self._held = ""
        self._open = False
        self.last = ""

    def write(self, text: str) -> None:
        """Print at once, made safe and dimmed where that was asked for."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        self._put(visible(text[:-1] if self._held else text))

    def finish(self) -> None:
        """The end of this stretch: style off, and a line end where the text has none."""
        self._put(visible(self._held))
        self._held = ""
        if self.last and self.last != "\n":
            self._put("\n")
        if self._open:
            self._stream.write(f"\x1b[{RESET}m")
            self._open = False
        self._stream.flush()
        self.last = ""

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._style and not self._open:
            self._stream.write(f"\x1b[{self._style}m")
            self._open = True
        self._stream.write(text)
        self._stream.flush()
        self.last = text[-1]


def coloured(stream: TextIO) -> bool:
    """Whether colours are wanted there: a terminal, and neither NO_COLOR nor a terminal that has none."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, stream: TextIO) -> str:
    return f"\x1b[{style}m{text}\x1b[{RESET}m" if coloured(stream) else text


def columns_of(stream: TextIO) -> int | None:
    """How wide the terminal is, None where the stream is none: what is piped keeps its lines."""
    if not stream.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")
    try:
        width = int(asked) if asked.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return None
    return max(20, width) if width else None


def wrapped(text: str, stream: TextIO, indent: str = "") -> str:
    """The text with its lines broken at spaces where the stream is a terminal that is too narrow for them.

    `indent` begins what is left of a broken line. Words longer than the terminal is wide stay whole.
    """
    columns = columns_of(stream)
    if columns is None:
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _broken(line, columns, indent))


def _broken(line: str, columns: int, indent: str) -> list[str]:
    if len(line) <= columns:
        return [line]
    import textwrap  # here: few lines need it

    return textwrap.wrap(
        line,
        columns,
        subsequent_indent=indent,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )


def say(text: str) -> None:
    """A sentence on standard output."""
    print(wrapped(visible(text), sys.stdout))


def complain(text: str) -> None:
    """A sentence on standard error, after the program's name."""
    whole = wrapped(f"aica: {visible(text)}", sys.stderr)
    print(f"{styled('aica:', RED, sys.stderr)}{whole.removeprefix('aica:')}", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """A remark on standard error: never mixed into the answer."""
    print(styled(wrapped(f"aica: {visible(text)}", sys.stderr), DIM, sys.stderr), file=sys.stderr, flush=True)


def hint(text: str) -> None:
    """What to do next, on standard error."""
    if text:
        print(wrapped(visible(text), sys.stderr), file=sys.stderr, flush=True)


def note_left_out(started: Started) -> None:
    """Say which parameters an answer goes without; nothing where all of them went out."""
    if started.left_out:
        note(f"Not sent, since {one_line(started.provider)} does not accept it: {', '.join(started.left_out)}.")


def note_who_answered(provider: str, model: str) -> None:
    """For an answer to which nobody named the model; spelt as `--model` takes it."""
    note(f"Answered by {one_line(provider)}:{one_line(model)}.")


def report(error: LLMError) -> None:
    """An error for a person: what happened, then what to do."""
    complain(error.message)
    hint(error.whole_hint)


def json_line(value: Any) -> None:
    """One JSON object a line, flushed. ASCII only, so that no byte of it steers a terminal."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("\x7f", "\\u007f")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """Indented JSON for people and programs alike; ASCII only, as above."""
    print(json.dumps(value, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f"))


def error_object(error: LLMError) -> dict[str, Any]:
    """The `error` line of `ask --json`."""
    return {
        "type": "error",
        "kind": error.kind.value,
        "message": error.message,
        "hint": error.whole_hint,
        "retryable": error.retryable,
    }


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Columns padded to their widest cell, for standard output; cells are made safe here.

    On a terminal too narrow for all columns each row goes on in further lines.
    """
    cells = [list(head), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    columns = columns_of(sys.stdout)
    lines = []
    for first, end in _column_groups(widths, columns):
        indent = CONTINUED if first else ""
        lines.append([indent + _padded(row[first:end], widths[first:end]) for row in cells])
    rows_of_lines = ([line for line in row if line.strip()] for row in zip(*lines, strict=True))
    shown = (line for row in rows_of_lines for line in row)
    if columns is None:
        return "\n".join(shown)
    return "\n".join(piece for line in shown for piece in _broken(line, columns, CONTINUED))


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _column_groups(widths: Sequence[int], columns: int | None) -> list[tuple[int, int]]:
    """Which columns stand in one line, each as (first, end)."""
    if columns is None:
        return [(0, len(widths))]
    groups, first, used = [], 0, 0
    for n, width in enumerate(widths):
        if n > first and used + 2 + width > columns:
            groups.append((first, n))
            first, used = n, len(CONTINUED) + width
        else:
            used += width + (2 if n > first else 0)
    return [*groups, (first, len(widths))]


def size_text(size_bytes: int | None) -> str:
    """`4.7 GB`; empty when unknown."""
    if size_bytes is None:
        return ""
    size, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if units[0] == "B" or size >= 100 else f"{size:.1f} {units[0]}"
