"""A window of whose chats nothing is kept: opened as a process of its own, told all the time, kept on demand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.desktop import temporary_wiring
from app.desktop.main import parser
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import arguments, notice_text, open_session, press, store_chat, until

pytestmark = pytest.mark.anyio


def everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def say(session: Session, text: str) -> None:
    edit = session.window.chat.composer.edit
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def keep_button(session: Session) -> QPushButton:
    found = session.window.chat.findChildren(QPushButton)
    return next(one for one in found if one.text() == "Keep this chat")


async def test_nothing_of_it_reaches_the_disk(theme: Theme, home: Path, simulator: MockServer) -> None:
    await store_chat(home, "An old chat", [("user", "old")])
    simulator.script.update({"answer": "canary " * 40, "tokens_per_second": 60})
    async with open_session(theme, home, "--temporary", *arguments()) as session:
        assert "temporary" in session.window.windowTitle()
        assert session.window.conversations.rowCount() == 1, "the trash alone: no chats of other windows"
        assert not keep_button(session).isEnabled()
        say(session, "canary question")
        await until(lambda: "canary" in (session.chat.transcript.text(1) or ""), what="it streams")
        assert b"canary" not in everything_below(home)
        QTest.keyClicks(session.window.chat.composer.edit, "canary draft")
        await until(lambda: not session.chat.is_busy, what="the answer is whole")
    assert b"canary" not in everything_below(home)
    store = ConversationStore(user_paths(str(home)).store_file)
    await store.open()
    assert [one.title for one in await store.conversations()] == ["An old chat"]
    await store.aclose()


async def test_a_chat_is_kept_on_demand_and_gone_from_the_window(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot
) -> None:
    async with open_session(theme, home, "--temporary", *arguments()) as session:
        say(session, "worth keeping")
        await until(keep_button(session).isEnabled, what="it can be kept")
        press(qtbot, session.window, "Keep this chat")
        await until(lambda: "is kept" in notice_text(session), what="it is told")
        await until(lambda: session.chat.transcript.count == 0, what="the window has a new chat")
        assert not keep_button(session).isEnabled()
        assert "temporary" in session.window.windowTitle()
        say(session, "not this one")
        await until(lambda: "is kept" not in notice_text(session), what="it is said of the other chat no more")
    async with open_session(theme, home) as session:
        titles = [one.title for one in await session.engine.run(session.engine.store.conversations())]
        assert titles == ["worth keeping"]
        answer = (await session.engine.run(session.engine.store.messages(1)))[1]
        assert answer.metrics.get("output_tokens"), "its figures came along"
        assert "temporary" not in session.window.windowTitle()


async def test_where_it_cannot_be_kept_it_stays_and_that_is_told(
    theme: Theme, home: Path, simulator: MockServer, qtbot: QtBot
) -> None:
    async with open_session(theme, home, "--temporary", *arguments()) as session:
        say(session, "worth keeping")
        await until(keep_button(session).isEnabled, what="it can be kept")
        file = user_paths(str(home)).store_file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"not a database" * 1000)
        press(qtbot, session.window, "Keep this chat")
        await until(lambda: "not kept" in notice_text(session), what="it is told")
        assert session.chat.transcript.count == 2


async def test_the_command_opens_a_window_with_the_same_places(
    theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told.json"
    program = f"import json, sys; open({str(told)!r}, 'w').write(json.dumps(sys.argv[1:]))"
    monkeypatch.setattr(temporary_wiring, "window_command", lambda: [sys.executable, "-c", program])
    async with open_session(theme, home, "--theme", "dark", *arguments("simulated/coder-7b")) as session:
        session.parts.shortcuts.run("temporary_window")
        await until(lambda: told.exists() and told.read_text(), what="the process has started")
    given: list[Any] = json.loads(told.read_text())
    places = ["--home", str(home), "--log-level", "INFO", "--theme", "dark"]
    model = ["--provider", "lm_studio", "--model", "simulated/coder-7b"]
    assert given == ["--temporary", *places, *model], "the same places, and the model that is chosen"
    assert parser().parse_args(given).temporary


async def test_a_program_that_does_not_start_is_told(
    theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporary_wiring, "window_command", lambda: [str(tmp_path / "none")])
    async with open_session(theme, home) as session:
        session.parts.shortcuts.run("temporary_window")
        assert "does not start" in notice_text(session)
