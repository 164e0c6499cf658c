"""What a person sees of an unexpected error, and of a program that ended early several times."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from app.desktop.crash_care import NATIVE_FILE, CrashCare
from app.desktop.crash_reports import FOLDER
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.crash_page import CrashPage
from app.services.run_record import MOST_EARLY_ENDS
from app.services.tasks import TaskOwner
from tests.desktop.session_window import answered, arguments, notice_text, open_session, press, store_chat, until

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[2]


def page_of(session: Session) -> CrashPage | None:
    shown = session.window.panes.currentWidget()
    return shown if isinstance(shown, CrashPage) else None


def fail(session: Session, words: str = "an error of ours") -> None:
    try:
        raise RuntimeError(words)
    except RuntimeError as exc:
        session.crash.care.take("chat.test", exc)


async def test_the_page_tells_calmly_keeps_a_report_and_the_program_goes_on(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        fail(session)
        await until(lambda: page_of(session) is not None, what="the page is shown")
        page = page_of(session)
        assert page is not None
        kept = list((session.paths.logs / FOLDER).iterdir())
        assert len(kept) == 1
        assert kept[0].read_text(encoding="utf-8") == page.report.toPlainText()
        assert "RuntimeError: an error of ours" in page.report.toPlainText()
        assert session.window.focusWidget() is page.go_on
        press(qtbot, page, "Copy report")
        assert QGuiApplication.clipboard().text() == page.report.toPlainText()
        press(qtbot, page, "Go on")
        assert page_of(session) is None
        assert session.window.focusWidget() is session.window.chat.composer.edit
        session.chat.send("Hello")
        await answered(session, 2)


async def test_escape_goes_on_too(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        fail(session)
        await until(lambda: page_of(session) is not None)
        session.on_escape()
        assert page_of(session) is None


async def test_who_is_writing_is_not_interrupted_but_told(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        session.window.chat.composer.set_text("half a thought")
        fail(session)
        await until(lambda: "A report is kept" in notice_text(session))
        assert page_of(session) is None
        press(qtbot, session.window, "Show report")
        assert page_of(session) is not None
        session.on_escape()
        assert session.window.chat.composer.text() == "half a thought"


async def test_an_error_that_comes_again_and_again_fills_no_disk(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        for _time in range(50):
            fail(session)
        await until(lambda: page_of(session) is not None)
        await asyncio.sleep(0.2)
        assert len(list((session.paths.logs / FOLDER).iterdir())) <= 3


async def _broken() -> None:
    raise KeyError("in a task of whoever")


async def test_what_nobody_catches_is_heard(theme: Theme, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a task of any owner, in a slot of Qt, in a callback of the loop, in a thread."""
    async with open_session(theme, home, *arguments()) as session:
        heard: list[str] = []
        session.crash.care.happened.connect(lambda report: heard.append(report.title))
        before = sys.excepthook
        session.crash.care.install(asyncio.get_running_loop())
        try:
            error = ValueError("in a slot")
            sys.excepthook(ValueError, error, error.__traceback__)  # as PySide calls it
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            TaskOwner().start(_broken(), name="anybodys.task")
            thread = threading.Thread(target=lambda: [].pop(), name="worker")
            thread.start()
            thread.join()
            await until(lambda: len(heard) == 4)
        finally:
            session.crash.care.uninstall()
            asyncio.get_running_loop().set_exception_handler(None)
        assert sys.excepthook is before
        assert {title.partition(" ")[0] for title in heard} == {
            "ValueError",
            "ZeroDivisionError",
            "IndexError",
            "KeyError",
        }
        assert "KeyError (anybodys.task)" in heard


async def test_a_fault_that_ended_the_last_run_is_told(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        (session.paths.logs / NATIVE_FILE).write_text("Fatal Python error: Segmentation fault\n\nThread 0x1:\n")
        session.crash.care.look_back()
        await until(lambda: page_of(session) is not None)
        page = page_of(session)
        assert page is not None
        assert page._title.text() == "The program ended by itself the last time."


async def test_a_fault_of_the_run_after_a_fault_is_told_too(theme: Theme, tmp_path: Path) -> None:
    """Looking back takes the file of the last run away, never that of this one."""
    told: list[str] = []
    for run in range(3):
        care = CrashCare(tmp_path)
        care.happened.connect(lambda report: told.append(report.title))
        care.look_back()
        care.install(asyncio.get_running_loop())
        try:
            await until(lambda run=run: len(told) == run, what="the fault before is told")
            await until(lambda: not any(one.name == "crash-report" for one in threading.enumerate()))
            assert care._native is not None
            care._native.write(b"Fatal Python error: Segmentation fault\n")
        finally:
            care.uninstall()
            asyncio.get_running_loop().set_exception_handler(None)


async def test_safe_mode_opens_no_chat_and_leads_back(qtbot: Any, theme: Theme, home: Path) -> None:
    chat = await store_chat(home, "The last one", [("user", "hi"), ("assistant", "hello")])
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "window.json").write_text(json.dumps({"conversation": chat}))
    async with open_session(theme, home, *arguments(), "--safe-mode") as session:
        assert session.chat.conversation_id is None
        assert "Safe mode" in notice_text(session)
        assert "last starts" not in notice_text(session), "it was asked for"
        ended: list[bool] = []
        session.closed.connect(lambda: ended.append(True))
        press(qtbot, session.window, "Start normally")
        await until(lambda: ended)
        assert session.opens_again
    assert json.loads((home / "data" / "window.json").read_text())["conversation"] == chat, "it opens again then"


def test_after_three_starts_that_ended_early_the_real_program_is_careful(tmp_path: Path) -> None:
    child = ROOT / "tests" / "end_to_end" / "safe_mode_child.py"
    told = []
    for start in range(MOST_EARLY_ENDS + 2):
        killed = start < MOST_EARLY_ENDS
        ended = subprocess.run(
            [sys.executable, str(child), str(tmp_path / "home"), "kill" if killed else "close"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
        assert ended.returncode == (-signal.SIGKILL if killed else 0), ended.stderr
        told.append("Safe mode" in ended.stdout)
    assert told == [False, False, False, True, False], "careful once, and normal after an ordinary end"


def test_a_screenshot_counts_as_no_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "--home", str(tmp_path), "--screenshot", str(tmp_path / "a.png")]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(command, check=True, timeout=60, env=environment, cwd=ROOT, capture_output=True)
    assert not list(tmp_path.rglob("last-run.json"))


async def test_the_hooks_are_heard_through_qt_itself(theme: Theme, home: Path) -> None:
    """A slot that fails reaches `sys.excepthook`: what `install` relies on."""
    heard: list[type[BaseException]] = []
    before = sys.excepthook
    sys.excepthook = lambda kind, _error, _trace: heard.append(kind)
    try:
        QTimer.singleShot(0, lambda: 1 / 0)
        await until(lambda: heard)
    finally:
        sys.excepthook = before
    assert heard == [ZeroDivisionError]
