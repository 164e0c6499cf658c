"""Logging for fronts: a rotating file in UTC, one record a line, secrets taken out by the handler itself."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path

MAX_BYTES = 2 * 1024 * 1024
KEPT_FILES = 5
#: Records between two looks at how large the file has become.
_LOOK_EVERY = 16

#: What looks like a key, by letters without which it cannot be there: looking for those is far cheaper. The first group
#: stays. That no letter stands before a key is said behind its first letters, so that these can be jumped to.
_SECRETS = {
    letters: re.compile(pattern, re.IGNORECASE)
    for letters, pattern in {
        "bearer": r"(bearer\s+)[^\s\"',;]+",
        "authorization": r"(authorization[\"'=:\s]+)(?:[a-z]+[ =])?[^\s\"',;]+",
        "api": r"(api[-_]?key[\"'=:\s]+)[^\s\"',;]+",
        "sk-": r"()sk-(?<!\w...)[a-z0-9_:\-]{8,}",
        "aica_": r"()aica_(?<!\w.....)[a-z0-9_\-]{16,}",
        "aiza": r"()aiza(?<!\w....)[a-z0-9_\-]{20,}",
        "://": r"(://)[^/\s:@]+:[^/\s@]+(?=@)",
    }.items()
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def redact(text: str) -> str:
    """The text without anything that looks like a key, and on one line."""
    lowered = text.lower()
    for letters, pattern in _SECRETS.items():
        if letters in lowered:
            text = pattern.sub(r"\1…", text)
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


class RedactingFormatter(logging.Formatter):
    """UTC ISO 8601 times; redaction cannot be forgotten by a call site because it happens here."""

    _second = (0, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        second = int(record.created)
        if self._second[0] != second:
            self._second = (second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)))
        return f"{self._second[1]}.{int(record.msecs):03d}Z"

    def format(self, record: logging.LogRecord) -> str:
        # What the standard library comes to, for a third of its time.
        text = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.getMessage()}"
        if "\n" in text:  # one record a line, whatever somebody wrote into it
            text = text.replace("\n", "\\x0a")
        if not record.exc_info and not record.stack_info:
            return redact(text)
        below = [self.formatException(record.exc_info)] if record.exc_info else []
        below += [self.formatStack(record.stack_info)] if record.stack_info else []
        return "\n    ".join(redact(line) for line in "\n".join([text, *below]).split("\n"))


class LogFile(logging.FileHandler):
    """A log that begins a new file when it is full and keeps the last few.

    The standard library's own rotating handler would do, but its module brings pickle and sockets to every start. A
    file that becomes unwritable ends the logging rather than a traceback a record.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self._path = path
        self._records = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._records % _LOOK_EVERY == 0:
                self._close_full()
            self._records += 1
            super().emit(record)
        except OSError:  # a full disk or a read-only home is told by the store; other errors show in handleError
            return

    def _close_full(self) -> None:
        """Its own size tells, since other processes may write to it."""
        if self.stream is not None and os.fstat(self.stream.fileno()).st_size >= MAX_BYTES:
            full, self.stream = self.stream, None
            full.close()

    def _open(self) -> TextIOWrapper:
        """The file, private to the user; a new one where the old one is full."""
        if self._path.exists() and self._path.stat().st_size >= MAX_BYTES:
            with contextlib.suppress(OSError):  # somebody holds it open: the full file goes on being written
                self._move_back()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def _move_back(self) -> None:
        """`aica.log` becomes `aica.log.1`, and so on; the oldest one is overwritten."""
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, KEPT_FILES + 1))]
        for newer, older in reversed(list(pairwise(names))):
            if newer.exists():
                newer.replace(older)

    def handleError(self, record: logging.LogRecord) -> None:
        """Only for bugs, such as a wrong format: what the disk says goes no further."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def set_up(folder: Path | None, level: str = "INFO", *, stderr: bool = False) -> Path | None:
    """Install the handlers and return the log file; None where it cannot be written (then only stderr, if asked)."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    formatter = RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    path: Path | None = None
    if folder is not None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / "aica.log"
            handler = LogFile(path)
            handler.setFormatter(formatter)
            root.addHandler(handler)
        except OSError:
            path = None
    if stderr or path is None:
        console = logging.StreamHandler()
        console.setFormatter(formatter)
        console.setLevel(level.upper() if stderr else "ERROR")
        root.addHandler(console)
    for noisy in ("httpcore2", "httpx2", "asyncio", "qasync", "markdown_it"):
        logging.getLogger(noisy).setLevel("WARNING")
    return path
