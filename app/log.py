"""Logging for fronts: a rotating file in UTC, one record a line, secrets taken out by the handler itself."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
import time
from pathlib import Path

MAX_BYTES = 2 * 1024 * 1024
KEPT_FILES = 5

_SECRETS = re.compile(
    r"(?i)(bearer\s+|api[-_]?key[\"'=:\s]+|x-api-key[\"'=:\s]+|authorization[\"'=:\s]+)[^\s\"',;]+"
    r"|\bsk-[A-Za-z0-9_:\-]{8,}|\bAIza[A-Za-z0-9_\-]{20,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def redact(text: str) -> str:
    """The text without anything that looks like a key, and on one line."""
    text = _SECRETS.sub(lambda m: (m[1] or "") + "…", text)
    return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


class RedactingFormatter(logging.Formatter):
    """UTC ISO 8601 times; redaction cannot be forgotten by a call site because it happens here."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).split("\n")
        return "\n    ".join(redact(line) for line in lines)


class LogFile(logging.handlers.RotatingFileHandler):
    """A rotating file that may become unwritable: then nothing is logged, rather than a traceback a record."""

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a full disk or read-only home is told by the store
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
            handler: logging.Handler = LogFile(
                path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=True
            )
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
