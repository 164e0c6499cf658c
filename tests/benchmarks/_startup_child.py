"""One start in a process of its own, stopped at a point: `python -m tests.benchmarks._startup_child POINT HOME`.

Points: `bare` (an empty window on the screen), `shell` (ours on the screen), `caret` (the last chat drawn and the
caret in Message), `idle` (ours, some seconds later), `bare_idle`, `rest` (ours, left alone for a while after that),
`bare_rest`. Prints JSON: `cpu_ms` of the whole process since it began, `rss_mb` with its children, and at rest
`cpu_ms_per_s` and `wakes_per_s` with its children; ends without tidying up.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.desktop.session import Session

IDLE_S = 5.0
#: Until the last thing that a start does later is done, and how long it is watched from then on.
SETTLED_S, REST_S = 12.0, 20.0


def report(more: dict[str, float] | None = None) -> None:
    """Say what it has cost so far and end."""
    rss_kb = sum(_number(pid, "VmRSS") for pid in _processes())
    figures = {"cpu_ms": time.process_time() * 1e3, "rss_mb": rss_kb / 1024, **(more or {})}
    os.write(1, json.dumps({name: round(value, 2) for name, value in figures.items()}).encode() + b"\n")
    os._exit(0)


def report_rest() -> None:
    """Look twice, with nothing done between, and say what a second costs."""
    from PySide6.QtCore import QTimer

    before = _spent()

    def look_again() -> None:
        cpu_ms, wakes = (now - then for now, then in zip(_spent(), before, strict=True))
        report({"cpu_ms_per_s": cpu_ms / REST_S, "wakes_per_s": wakes / REST_S})

    QTimer.singleShot(round(REST_S * 1e3), look_again)


def _spent() -> tuple[float, int]:
    """CPU in milliseconds, and how often a thread went to sleep: of this process and its children."""
    ticks, wakes = 0, 0
    for pid in _processes():
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(after_name[11]) + int(after_name[12])
        for task in Path(f"/proc/{pid}/task").iterdir():
            wakes += _number(f"{pid}/task/{task.name}", "voluntary_ctxt_switches")
    return ticks * 1e3 / os.sysconf("SC_CLK_TCK"), wakes


def _processes() -> list[int]:
    return [os.getpid(), *_children()]


def _children() -> list[int]:
    """Processes that this one started and that still run: their memory is ours, too."""
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


def _number(whose: int | str, name: str) -> int:
    """A figure of a process's, or a thread's, `status`."""
    lines = Path(f"/proc/{whose}/status").read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


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


def stop_bare(point: str) -> None:
    application, _window = bare_window()
    if point != "bare":
        from PySide6.QtCore import QTimer

        after_s, then = WAITS[point.removeprefix("bare_")]
        QTimer.singleShot(round(after_s * 1e3), then)
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


def stop_later(home: str, point: str) -> None:
    def watch(session: Session) -> Any:
        from PySide6.QtCore import QTimer

        after_s, then = WAITS[point]
        timer = QTimer(session)
        timer.setSingleShot(True)
        timer.timeout.connect(then)
        timer.start(round(after_s * 1e3))
        return timer

    run_session(home, watch)


WAITS: dict[str, tuple[float, Callable[[], None]]] = {"idle": (IDLE_S, report), "rest": (SETTLED_S, report_rest)}


if __name__ == "__main__":
    point, state = sys.argv[1], sys.argv[2]
    if point.startswith("bare"):
        stop_bare(point)
    elif point == "shell":
        stop_at_shell(state)
    elif point == "caret":
        stop_at_caret(state)
    else:
        stop_later(state, point)
