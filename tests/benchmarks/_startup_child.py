"""One start in a process of its own, stopped at a point: `python -m tests.benchmarks._startup_child POINT HOME`.

Points: `bare` (an empty window on the screen), `shell` (ours on the screen), `caret` (the last chat drawn and the
caret in Message), `idle` (ours, some seconds later), `bare_idle`. Prints JSON: `cpu_ms` of the whole process since it
began, `rss_mb` with its children, and ends without tidying up.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.desktop.session import Session

IDLE_S = 5.0


def report() -> None:
    """Say what it has cost so far and end."""
    cpu_ms = time.process_time() * 1e3
    rss_kb = sum(map(_resident_kb, [os.getpid(), *_children()]))
    os.write(1, f'{{"cpu_ms": {cpu_ms:.2f}, "rss_mb": {rss_kb / 1024:.2f}}}\n'.encode())
    os._exit(0)


def _children() -> list[int]:
    """Processes that this one started and that still run: their memory is ours, too."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def _resident_kb(process_id: int) -> int:
    lines = Path(f"/proc/{process_id}/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def bare_window() -> Any:
    """The floor: a Qt application with one empty, painted window."""
    from PySide6.QtWidgets import QApplication, QWidget

    application = QApplication(["bare"])
    window = QWidget()
    window.resize(1200, 800)
    window.show()
    application.processEvents()
    window.repaint()
    return application, window


def stop_bare(idle: bool) -> None:
    application, _window = bare_window()
    if idle:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(int(IDLE_S * 1e3), report)
        application.exec()
    report()


def stop_at_shell(home: str) -> None:
    from app.desktop.main import load_application, parser

    window, _theme, _paths = load_application().paint_shell(parser().parse_args(["--home", home]))
    assert window.isVisible()
    report()


def run_session(home: str, watch: Callable[[Session], Any]) -> None:
    """The program itself, with something that watches it."""
    from app.desktop.main import load_application, parser

    application = load_application()
    session = application.prepare(parser().parse_args(["--home", home]))
    kept = watch(session)
    application.run_until_closed(session)
    del kept


def stop_at_caret(home: str) -> None:
    def watch(session: Session) -> Any:
        from PySide6.QtCore import QEvent, QObject, QTimer

        class Watcher(QObject):
            """Waits for the first paint of the transcript that has a chat in it."""

            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint and session.chat.transcript.count:
                    QTimer.singleShot(0, done)
                return False

        def done() -> None:
            assert session.window.chat.composer.edit.hasFocus(), "the caret is not in Message"
            report()

        watcher = Watcher()

        def on_opened(_conversation_id: int) -> None:
            view = session.window.chat.transcript
            assert view is not None and session.chat.transcript.count
            view.viewport().installEventFilter(watcher)

        session.chat.opened.connect(on_opened)
        return watcher

    run_session(home, watch)


def stop_when_idle(home: str) -> None:
    def watch(session: Session) -> Any:
        from PySide6.QtCore import QTimer

        timer = QTimer(session)
        timer.setSingleShot(True)
        timer.timeout.connect(report)
        timer.start(int(IDLE_S * 1e3))
        return timer

    run_session(home, watch)


if __name__ == "__main__":
    point, state = sys.argv[1], sys.argv[2]
    if point.startswith("bare"):
        stop_bare(point == "bare_idle")
    elif point == "shell":
        stop_at_shell(state)
    elif point == "caret":
        stop_at_caret(state)
    else:
        stop_when_idle(state)
