"""Unexpected errors, wherever they come from: a report is kept, the person is told, and the program goes on."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, qVersion

from app.services.atomic_file import private
from app.services.tasks import hear_faults

if TYPE_CHECKING:
    from app.desktop.crash_reports import CrashReport

logger = logging.getLogger(__name__)
#: Of the log folder: where Python's `faulthandler` writes when the system ends the program.
NATIVE_FILE = "native-fault.txt"
#: What the run before left there, while it is read.
NATIVE_FILE_BEFORE = "native-fault-before.txt"
#: Of one fault: further ones are in the log alone.
MOST_OF_A_KIND = 3


class CrashCare(QObject):
    """One per window. `take` is for any thread.

    Signals:
        happened(CrashReport): it is kept; on the window's thread.
    """

    happened = Signal(object)

    def __init__(self, logs: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logs = logs
        self._counts: dict[str, int] = {}
        self._guard = threading.Lock()
        self._native: IO[bytes] | None = None
        self._restore: list[Callable[[], None]] = []

    # -- where errors come from

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear of what nobody caught: in tasks, slots of Qt, threads and callbacks of the loop, and of faults of the
        system.

        Raises nothing: a log folder that cannot be written costs the reports alone.
        """
        before, before_thread = sys.excepthook, threading.excepthook
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_thread
        loop.set_exception_handler(self._on_loop)
        hear_faults(self.take)
        self._restore = [
            lambda: setattr(sys, "excepthook", before),
            lambda: setattr(threading, "excepthook", before_thread),
            lambda: hear_faults(None),
            self._close_native,
        ]
        with suppress(OSError):
            self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._native = open(self._logs / NATIVE_FILE, "ab", opener=private)  # noqa: SIM115 - until the end
            faulthandler.enable(self._native)

    def uninstall(self) -> None:
        """As it was before."""
        for restore in self._restore:
            restore()
        self._restore = []

    def _close_native(self) -> None:
        if self._native is not None:
            faulthandler.disable()
            self._native.close()
            self._native = None

    def look_back(self) -> None:
        """Tell of the fault that ended the run before, where there was one; before `install`.

        The file gets another name at once: `install` writes to a new one, which reading the old one takes not away.
        """
        before = self._logs / NATIVE_FILE_BEFORE

        def make() -> CrashReport | None:
            from app.desktop.crash_reports import native_report  # here: see `take`

            return native_report(self._logs, before, about=_about())

        with suppress(OSError):  # there is none, or it cannot be told
            (self._logs / NATIVE_FILE).replace(before)
            self._in_thread(make)

    def _on_uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logger.error("an unexpected error", exc_info=(kind, error, trace))
        self.take("a reaction of the window", error)

    def _on_thread(self, what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):
            name = what.thread.name if what.thread is not None else "a thread"
            logger.error("the thread %s failed", name, exc_info=what.exc_value)
            self.take(f"thread {name}", what.exc_value)

    def _on_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, BaseException):
            loop.default_exception_handler(context)
            return
        logger.error("a callback failed: %s", context.get("message", ""), exc_info=error)
        self.take("a callback", error)

    # -- what is done with them

    def take(self, where: str, error: BaseException) -> None:
        """Keep a report and tell of it. The first few of one fault: one that comes again and again fills no disk."""
        key = f"{where} {type(error).__name__}"
        with self._guard:
            self._counts[key] = count = self._counts.get(key, 0) + 1

        def make() -> CrashReport:
            from app.desktop.crash_reports import report_of  # here: hopefully never wanted

            return report_of(self._logs, where, error, about=_about())

        if count <= MOST_OF_A_KIND:
            self._in_thread(make)

    def _in_thread(self, make: Callable[[], CrashReport | None]) -> None:
        def run() -> None:
            report = make()
            if report is not None:
                with suppress(RuntimeError):  # the window is gone: the report is there
                    self.happened.emit(report)

        threading.Thread(target=run, name="crash-report", daemon=True).start()


def _about() -> list[str]:
    return [f"Qt: {qVersion()}"]
