"""A report of an unexpected error: a text file on this computer alone, without keys, chats or local variables.

Nothing sends it anywhere. What an exception says of itself may quote something, so the file is private, and a person
reads it before passing it on.
"""

from __future__ import annotations

import platform
import sys
import time
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app import __version__
from app.lean_dataclass import dataclass
from app.log import redact
from app.services.atomic_file import write_atomically

FOLDER = "reports"
MOST_KEPT = 20
#: Characters of an exception's own words; longer ones are likely to quote.
MOST_MESSAGE = 300
MOST_LOG_LINES = 40
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class CrashReport:
    """`file` is None where it could not be written; the text is whole then, too."""

    title: str
    """Kind of error and where: short, for a sentence."""
    text: str
    file: Path | None
    ended_program: bool = False
    """It is about the run before, which the system ended."""


def report_of(logs: Path, where: str, error: BaseException, *, about: Iterable[str] = ()) -> CrashReport:
    """Write a report of an exception. Blocks; never raises.

    Args:
        logs: the log folder; reports stand in a folder of it.
        where: what was being done, in our own words: a task's name.
        about: further lines about the system, such as Qt's version.
    """
    lines = [*_head(where, about), "", *_traceback(error), "", *_last_log_lines(logs / "aica.log")]
    title = f"{type(error).__name__} ({where})"
    return _kept(logs, title, lines)


def native_report(logs: Path, file: Path, *, about: Iterable[str] = ()) -> CrashReport | None:
    """What `faulthandler` left of the run before in `file`, as a report; None where it left nothing. Takes it away."""
    try:
        said = file.read_bytes()[:MOST_BYTES].decode("utf-8", "replace")
        file.unlink()
    except OSError:
        return None
    if not said.strip():
        return None
    lines = [*_head("the system ended the program", about), "", *(redact(line) for line in said.splitlines())]
    return replace(_kept(logs, redact(said.strip().splitlines()[0]), lines), ended_program=True)


def _head(where: str, about: Iterable[str]) -> list[str]:
    return [
        "AI Coder Assistant: report of an unexpected error",
        "This file stays on this computer. It holds no keys. What an error says may quote something: read it before",
        "you pass it on.",
        "",
        f"Time: {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC",
        f"Version: {__version__}",
        f"Python: {platform.python_version()} ({sys.platform}, {platform.machine()})",
        *about,
        f"While: {redact(where)}",
    ]


def _traceback(error: BaseException) -> list[str]:
    """Where it happened, by our own files and lines; without local variables, a long message cut."""
    told = traceback.TracebackException.from_exception(error, capture_locals=False)
    _shorten(told)
    lines = "".join(told.format()).splitlines()
    return [_without_home(redact(line)) for line in lines]


def _shorten(told: traceback.TracebackException) -> None:
    seen: set[int] = set()
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        text = str(one)
        if len(text) > MOST_MESSAGE:
            one._str = f"{text[:MOST_MESSAGE]}… ({len(text)} characters)"  # type: ignore[attr-defined]  # the only way
        waiting += [other for other in (one.__cause__, one.__context__, *(one.exceptions or ())) if other is not None]


def _without_home(line: str) -> str:
    home = str(Path.home())
    return line.replace(home, "~") if len(home) > 1 else line


def _last_log_lines(log_file: Path) -> list[str]:
    """The log holds no text of messages, and its own writer took keys out.

    Without the lines behind a record's first: those are of an exception, whose words are long there.
    """
    try:
        with log_file.open("rb") as stream:
            stream.seek(max(0, log_file.stat().st_size - MOST_BYTES))
            lines = stream.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    first = [line[:MOST_MESSAGE] for line in lines if not line.startswith(" ")]
    return ["Last lines of the log:", *(_without_home(redact(line)) for line in first[-MOST_LOG_LINES:])]


def _kept(logs: Path, title: str, lines: list[str]) -> CrashReport:
    text = "\n".join(lines) + "\n"
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    file = logs / FOLDER / f"report-{moment}-{time.monotonic_ns() % 1_000_000}.txt"
    try:
        write_atomically(file, text.encode(errors="replace"))
        _forget_old(file)
    except OSError:  # a full disk: it is shown all the same
        return CrashReport(title, text, None)
    return CrashReport(title, text, file)


def _forget_old(newest: Path) -> None:
    """By their names; `newest` stays even where the clock was set back."""
    others = sorted(file for file in newest.parent.glob("report-*.txt") if file != newest)
    for old in others[: 1 - MOST_KEPT]:
        with suppress(OSError):
            old.unlink()
