"""Pygments for closed code blocks, in slices: strings and comments over several lines get their right colour.

A lexer runs only on bounded input, yields between tokens and is given up when a single step takes too long. Its
module is imported by a thread, because that alone can take 20 ms.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QTimer

from app.desktop.views.transcript.highlight import TYPES
from app.desktop.views.transcript.hostile import MAX_LINE, utf16_offsets

if TYPE_CHECKING:
    from app.desktop.views.transcript.highlight import Range

logger = logging.getLogger(__name__)

MAX_LINES = 1_500
MAX_CHARACTERS = 60_000
SLICE_S = 0.0015
STEP_LIMIT_S = 0.05  # one token that takes longer: the lexer and this text do not get on
MAX_WAITING = 64

# Lexers whose rules are linear in practice; anything else keeps the line rules.
LEXERS = {
    "python": "python", "py": "python", "javascript": "javascript", "js": "javascript", "jsx": "javascript",
    "typescript": "typescript", "ts": "typescript", "tsx": "typescript", "c": "c", "h": "c", "cpp": "cpp",
    "c++": "cpp", "java": "java", "go": "go", "golang": "go", "rust": "rust", "rs": "rust", "bash": "bash",
    "sh": "bash", "shell": "bash", "zsh": "bash", "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "css": "css", "ruby": "ruby", "rb": "ruby", "kotlin": "kotlin", "swift": "swift", "csharp": "csharp",
    "c#": "csharp", "cs": "csharp", "lua": "lua", "dockerfile": "docker", "ini": "ini",
}  # fmt: skip


class Highlightable(Protocol):
    """A code block as this module sees it."""

    def code_lines(self) -> list[str]: ...
    def language(self) -> str: ...
    def set_ranges(self, ranges: list[list[Range]]) -> None: ...
    def keep_line_colours(self) -> None: ...


@dataclass(slots=True)
class _Job:
    block: Highlightable
    lexer: Any
    changed: Callable[[], None]
    lines: list[str] = field(default_factory=list)
    ranges: list[list[Range]] = field(default_factory=list)
    tokens: Iterator[tuple[int, Any, str]] | None = None
    row: int = 0
    column: int = 0


class DeepHighlighter(QObject):
    """A queue of closed code blocks that were seen; works while nothing streams, a slice at a turn of the loop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: OrderedDict[int, tuple[Highlightable, Callable[[], None]]] = OrderedDict()
        self._job: _Job | None = None
        self._lexers: dict[str, Any] = {}
        self._importing: set[str] = set()
        self._paused = False
        self._timer = QTimer(self)
        self._timer.setInterval(4)
        self._timer.timeout.connect(self._turn)

    def add(self, block: Highlightable, changed: Callable[[], None]) -> None:
        """Highlight `block` some time soon; `changed` is called when its ranges were set."""
        if block.language().lower() not in LEXERS:
            block.keep_line_colours()
            return
        self._waiting[id(block)] = (block, changed)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.popitem(last=False)
        if not self._paused:
            self._timer.start()

    def pause(self, paused: bool) -> None:
        """While an answer streams its flushes have the time."""
        self._paused = paused
        if paused:
            self._timer.stop()
        elif self._waiting or self._job is not None:
            self._timer.start()

    def clear(self) -> None:
        """Another conversation: nothing of the old one is worth colouring."""
        self._waiting.clear()
        self._job = None
        self._timer.stop()

    @property
    def busy(self) -> bool:
        return self._job is not None or bool(self._waiting)

    def _turn(self) -> None:
        if self._job is None:
            self._job = self._next_job()
        job = self._job
        if job is None:
            if not self._waiting:
                self._timer.stop()
            return
        try:
            done = _advance(job)
        except Exception:  # a lexer's bug leaves the line colours in place
            logger.exception("highlighting %s failed", job.block.language())
            LEXERS.pop(job.block.language().lower(), None)
            done, job.ranges = True, []
        if done:
            self._job = None
            if job.ranges:
                job.block.set_ranges(job.ranges)
                job.changed()
            else:
                job.block.keep_line_colours()

    def _next_job(self) -> _Job | None:
        for key, (block, changed) in list(self._waiting.items()):
            alias = LEXERS.get(block.language().lower())
            lexer = self._lexers.get(alias) if alias else None
            if alias and alias not in self._lexers:
                self._import(alias)
                continue
            del self._waiting[key]
            lines = block.code_lines()
            bounded = len(lines) <= MAX_LINES and sum(map(len, lines)) <= MAX_CHARACTERS
            if lexer is not None and lines and bounded and max(map(len, lines)) <= MAX_LINE:
                return _Job(block, lexer, changed, list(lines), [[] for _ in lines])
            block.keep_line_colours()
        return None

    def _import(self, alias: str) -> None:
        if alias in self._importing:
            return
        self._importing.add(alias)
        threading.Thread(target=_import_lexer, args=(alias, self._lexers), name=f"lexer-{alias}", daemon=True).start()


def _import_lexer(alias: str, into: dict[str, Any]) -> None:
    try:
        from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # ships no types

        into[alias] = get_lexer_by_name(alias, stripnl=False, stripall=False, ensurenl=False)
    except Exception:  # this alias has no lexer in the installed version; the line rules stay
        logger.exception("no lexer for %s", alias)
        into[alias] = None


_CALL = re.compile(r"(?<!\w)[^\W\d]\w*+(?=\()")


def _advance(job: _Job) -> bool:
    """Take tokens for one slice of time; True when the block is done."""
    if job.tokens is None:
        job.tokens = iter(job.lexer.get_tokens_unprocessed("\n".join(job.lines)))
    end = time.perf_counter() + SLICE_S
    before = time.thread_time()
    for _, kind, value in job.tokens:
        _place(job, _token_name(kind, value), value)
        now = time.perf_counter()
        if now > end:
            if time.thread_time() - before > STEP_LIMIT_S:
                job.ranges = []
                return True
            return False
    for row, line in enumerate(job.lines):
        job.ranges[row] = _with_calls(line, job.ranges[row])
        offsets = utf16_offsets(line)
        if offsets is not None:
            job.ranges[row] = [(offsets[a], offsets[a + n] - offsets[a], kind) for a, n, kind in job.ranges[row]]
    return True


def _with_calls(line: str, ranges: list[Range]) -> list[Range]:
    """Lexers leave called names plain; a name before a bracket is coloured like a function."""
    taken = bytearray(len(line) + 1)
    for start, length, _ in ranges:
        taken[start : start + length] = b"\x01" * length
    calls = [(m.start(), len(m[0]), "fn") for m in _CALL.finditer(line) if not taken[m.start()]]
    return sorted(ranges + calls)


def _place(job: _Job, name: str, value: str) -> None:
    parts = value.split("\n")
    for number, part in enumerate(parts):
        if number:
            job.row, job.column = job.row + 1, 0
        if job.row >= len(job.lines):
            return
        if name and part:
            row = job.ranges[job.row]
            if row and row[-1][2] == name and row[-1][0] + row[-1][1] == job.column:
                row[-1] = (row[-1][0], row[-1][1] + len(part), name)
            else:
                row.append((job.column, len(part), name))
        job.column += len(part)


def _token_name(kind: Any, value: str) -> str:
    """Pygments token type to our token; "" is plain text. Names follow pygments.token.STANDARD_TYPES."""
    path = ".".join(kind)
    for prefix, name in _TOKENS:
        if path.startswith(prefix):
            return "type" if name == "fn" and value in TYPES else name
    return ""


_TOKENS = (
    ("Comment.Preproc", "key"), ("Comment", "com"), ("Literal.String.Doc", "str"), ("Literal.String", "str"),
    ("Literal.Number", "num"), ("Keyword.Type", "type"), ("Keyword", "key"), ("Operator.Word", "key"),
    ("Name.Function", "fn"), ("Name.Builtin.Pseudo", "type"), ("Name.Builtin", "fn"), ("Name.Class", "type"),
    ("Name.Decorator", "fn"), ("Name.Tag", "key"), ("Name.Attribute", "fn"), ("Name.Exception", "type"),
    ("Generic.Inserted", "ok"), ("Generic.Deleted", "error"),
)  # fmt: skip
