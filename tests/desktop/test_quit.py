"""Closing the window at any moment leaves nothing running and loses no text (reliability A17)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, notice_text, open_session, open_tab, until

pytestmark = pytest.mark.anyio

DEFAULT_ROUNDS, LONG_ROUNDS = 12, 200


def ours() -> set[str]:
    return {t.name for t in threading.enumerate() if t.name.startswith(("engine", "store", "asyncio"))}


async def quit_once(theme: Theme, home: Path, server: MockServer, moment: float) -> None:
    shown: list[str] = []
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.chat.transcript.text_appended.connect(lambda _index, text: shown.append(text))
        session.window.chat.composer.send_requested.emit("Write for ever")
        await asyncio.sleep(moment)
        chat = session.chat.conversation_id
    assert ours() == set()
    if chat is None:
        return
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    messages = await store.messages(chat)
    await store.aclose()
    text = "".join(shown)
    if text:
        assert messages[-1].text.startswith(text), "everything that was shown is stored"
        assert messages[-1].status == "interrupted"


async def many_times(theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    chance = random.Random(17)
    async with MockServer() as server:
        server.script.ttft = 0.02
        server.script.tokens_per_second = 400.0
        server.script.answer = "word " * 5_000
        monkeypatch.setenv("LMSTUDIO_BASE_URL", server.base_url)
        sockets = len(psutil.Process().net_connections())
        for number in range(rounds):
            await quit_once(theme, tmp_path / f"home{number}", server, chance.uniform(0.0, 0.5))
        async with asyncio.timeout(3):
            while server.stats.streams_open:
                await asyncio.sleep(0.01)
        assert len(psutil.Process().net_connections()) <= sockets + 1


async def test_A17_quitting_at_random_moments_leaves_nothing_behind(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_times(theme, tmp_path, monkeypatch, DEFAULT_ROUNDS)


@pytest.mark.slow
@pytest.mark.skipif("not config.getoption('-m')", reason="by command: pytest -m slow")
async def test_A17_quitting_two_hundred_times(theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await many_times(theme, tmp_path, monkeypatch, LONG_ROUNDS)


# -- the question


@asynccontextmanager
async def quitting(theme: Theme, home: Path, server: MockServer) -> AsyncIterator[tuple[Session, QMessageBox]]:
    """A window in the middle of an answer that was asked to close, and its question."""
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.send_requested.emit("Write a while")
        await until(lambda: any(running.has_text for running in session.chat.running.values()))
        session.window.close()
        await until(lambda: session.window.findChildren(QMessageBox), what="the question")
        (box,) = session.window.findChildren(QMessageBox)
        yield session, box


def click(box: QMessageBox, text: str) -> None:
    next(button for button in box.buttons() if button.text() == text).click()


@pytest.fixture
async def writer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MockServer]:
    """A server whose answers take about a second."""
    async with MockServer() as server:
        server.script.ttft = 0.02
        server.script.tokens_per_second = 100.0
        server.script.answer = "word " * 100
        monkeypatch.setenv("LMSTUDIO_BASE_URL", server.base_url)
        yield server


async def test_the_window_closes_by_itself_when_the_answer_ends_under_the_question(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    async with quitting(theme, tmp_path / "home", writer) as (session, box):
        assert "closes by itself" in box.informativeText()
        closed: list[bool] = []
        session.closed.connect(lambda: closed.append(True))
        chat = session.chat.conversation_id
        await until(lambda: closed, what="the window closes")
        assert session.window.may_close
    store = ConversationStore(user_paths(tmp_path / "home").store_file)
    await store.open()
    messages = await store.messages(chat or 0)
    await store.aclose()
    assert (messages[-1].status, messages[-1].text) == ("complete", writer.script.answer)


async def test_a_prompt_that_waits_is_kept_when_the_window_closes_by_itself(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    async with quitting(theme, tmp_path / "home", writer) as (session, box):
        assert "Prompts that wait are kept" in box.informativeText()
        session.chat.send("And another")
        closed: list[bool] = []
        session.closed.connect(lambda: closed.append(True))
        chat = session.chat.conversation_id
        await until(lambda: closed, what="the window closes")
    store = ConversationStore(user_paths(tmp_path / "home").store_file)
    await store.open()
    messages = await store.messages(chat or 0)
    kept = await store.conversation(chat or 0)
    await store.aclose()
    assert [m.status for m in messages] == ["complete"] * 2
    assert kept is not None
    assert kept.queued == ("And another",)


async def test_a_prompt_that_waited_under_the_question_is_sent_for_who_stays(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    async with quitting(theme, tmp_path / "home", writer) as (session, box):
        session.chat.send("And another")
        click(box, "Stay")
        await until(lambda: session.chat.transcript.count == 4 and not session.chat.running, 20)
        assert not session.window.may_close


async def test_the_window_closes_by_itself_when_the_prompt_cannot_be_sent(
    theme: Theme, tmp_path: Path, writer: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = asyncio.Event()

    async def fails(*_args: object, **_options: object) -> None:
        await asyncio.sleep(0.2)
        raise OSError("no")

    async with open_session(theme, tmp_path / "home") as session:
        await until(lambda: session.parts.models.chosen().model)
        monkeypatch.setattr(session.engine.services.chats, "send", fails)
        session.window.chat.composer.send_requested.emit("Never sent")
        session.window.close()
        await until(lambda: session.window.findChildren(QMessageBox), what="the question")
        session.closed.connect(goes_on.set)
        async with asyncio.timeout(5):
            await goes_on.wait()
    store = ConversationStore(user_paths(tmp_path / "home").store_file)
    await store.open()
    kept = await store.conversation(1)
    await store.aclose()
    assert kept is not None
    assert kept.draft == "Never sent"


async def test_who_stays_stays_after_the_answer_too(theme: Theme, tmp_path: Path, writer: MockServer) -> None:
    async with quitting(theme, tmp_path / "home", writer) as (session, box):
        click(box, "Stay")
        await until(lambda: not session.chat.running)
        await asyncio.sleep(0)
        await until(lambda: not session.window.findChildren(QMessageBox))
        assert session.window.isVisible()
        assert not session.window.may_close
        session.window.close()
        await until(lambda: session.window.may_close, what="the next wish to close is not asked about")


async def test_closing_twice_asks_once(theme: Theme, tmp_path: Path, writer: MockServer) -> None:
    async with quitting(theme, tmp_path / "home", writer) as (session, box):
        session.window.close()
        await asyncio.sleep(0.05)
        assert session.window.findChildren(QMessageBox) == [box]
        click(box, "Quit and keep what arrived")
        await until(lambda: session.window.may_close)


async def test_another_language_brings_back_no_window_that_is_being_closed(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    async with quitting(theme, tmp_path / "home", writer) as (session, box):
        session.open_anew()
        click(box, "Quit and keep what arrived")
        await until(lambda: session.window.may_close)
        assert not session.opens_again


async def test_a_question_that_fails_brings_no_window_back_at_the_next_close(
    theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_session(theme, tmp_path / "home") as session:

        async def fails() -> bool:
            raise RuntimeError("in a question")

        with monkeypatch.context() as broken:
            broken.setattr(session.parts, "may_quit", fails)
            session.open_anew()
            await until(lambda: not session._asking)
        session.window.close()
        await until(lambda: session.window.may_close)
        assert not session.opens_again


# -- chats that only memory holds


def put_a_newer_store(home: Path) -> None:
    """A file of a newer version is read, but never written."""
    paths = user_paths(home)
    paths.store_file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(paths.store_file)) as db:
        db.execute("PRAGMA user_version = 9999")


@asynccontextmanager
async def with_an_unsaved_chat(theme: Theme, home: Path) -> AsyncIterator[tuple[Session, QMessageBox]]:
    """A window whose store cannot be written, with a chat, that was asked to close; and its question."""
    put_a_newer_store(home)
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.send_requested.emit("Keep this")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        session.window.close()
        await until(lambda: session.window.findChildren(QMessageBox), what="the question")
        (box,) = session.window.findChildren(QMessageBox)
        assert box.text() == "These chats could not be saved."
        assert "Keep this" in box.informativeText()
        assert session.window.isVisible()
        yield session, box


async def test_closing_without_chats_that_could_not_be_saved_is_a_choice(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    writer.script.tokens_per_second = 0
    async with with_an_unsaved_chat(theme, tmp_path / "home") as (session, box):
        click(box, "Stay")
        await until(lambda: not session.window.findChildren(QMessageBox))
        assert not session.window.may_close
        session.window.close()
        await until(lambda: session.window.findChildren(QMessageBox), what="the question again")
        click(session.window.findChildren(QMessageBox)[0], "Close without them")
        await until(lambda: session.window.may_close)


async def test_chats_that_could_not_be_saved_are_exported_before_the_window_closes(
    theme: Theme, tmp_path: Path, writer: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.script.tokens_per_second = 0
    target = tmp_path / "chats.json"
    answers: list[Path | None] = [None, tmp_path / "no-folder" / "chats.json", target]
    (tmp_path / "no-folder").write_bytes(b"")

    async def choose(*_args: object) -> Path | None:
        return answers.pop(0)

    monkeypatch.setattr("app.desktop.unsaved_chats.choose_save_file", choose)
    async with with_an_unsaved_chat(theme, tmp_path / "home") as (session, box):
        click(box, "Export…")  # and no file chosen
        await until(lambda: len(answers) == 2 and session.window.findChildren(QMessageBox) not in ([], [box]))
        click(session.window.findChildren(QMessageBox)[-1], "Export…")  # into what is no folder
        await until(
            lambda: any("could not be written" in b.informativeText() for b in session.window.findChildren(QMessageBox))
        )
        click(session.window.findChildren(QMessageBox)[-1], "Export…")
        await until(lambda: session.window.may_close)
    (chat,) = json.loads(target.read_text(encoding="utf-8"))["conversations"]
    assert [m["text"] for m in chat["messages"]] == ["Keep this", writer.script.answer]


async def test_nothing_is_asked_where_nothing_is_lost(theme: Theme, tmp_path: Path, writer: MockServer) -> None:
    put_a_newer_store(tmp_path / "home")
    async with open_session(theme, tmp_path / "home") as session:
        await until(lambda: session.parts.models.chosen().model)
        assert not session.engine.store.state.saved
        session.window.close()
        await until(lambda: session.window.may_close)


# -- settings that are not saved


@asynccontextmanager
async def with_unsaved_settings(
    theme: Theme, home: Path, edit: Callable[[QWidget], None]
) -> AsyncIterator[tuple[Session, QMessageBox]]:
    """A window that shows its chat again after something was changed in Settings, and was asked to close."""
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        await open_tab(session, "Chat")
        edit(session.window)
        session.parts.panes.leave()
        session.window.close()
        await until(lambda: session.window.findChildren(QMessageBox), what="the question")
        (box,) = session.window.findChildren(QMessageBox)
        assert box.text() == "Settings are not saved."
        assert box.windowModality() == Qt.WindowModality.WindowModal
        assert [button.text() for button in box.buttons()] == ["Save and quit", "Discard and quit", "Stay"]
        assert session.window.isVisible()
        yield session, box


def temperature(text: str) -> Callable[[QWidget], None]:
    """Types a temperature as a person does."""

    def edit(window: QWidget) -> None:
        QTest.keyClicks(named(window, "Temperature"), text)

    return edit


def saved_temperature(home: Path) -> object:
    file = home / "config" / "llm_studio_config.json"
    return json.loads(file.read_text(encoding="utf-8"))["chat"]["temperature"] if file.exists() else None


async def test_who_leaves_settings_without_saving_is_told_and_led_back(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    async with open_session(theme, tmp_path / "home") as session:
        await until(lambda: session.parts.models.chosen().model)
        pane = await open_tab(session, "Chat")
        session.on_escape()
        assert notice_text(session) == "", "nothing was changed"
        await open_tab(session, "Chat")
        temperature("0.3")(session.window)
        session.on_escape()
        assert notice_text(session).strip() == "Settings are not saved yet. Unsaved: Temperature"
        button = next(one for one in session.window.chat.notice.findChildren(QPushButton) if one.isVisible())
        assert button.text() == "Back to Settings"
        button.click()
        assert session.parts.panes.settings_open and pane.changes() == {("chat", "temperature"): 0.3}
        pane.save()
        await until(lambda: not pane.has_changes)
        session.on_escape()
        assert notice_text(session) == ""


async def test_unsaved_settings_are_saved_before_the_window_closes(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    home = tmp_path / "home"
    async with with_unsaved_settings(theme, home, temperature("0.3")) as (session, box):
        assert box.informativeText() == "Unsaved: Temperature"
        click(box, "Save and quit")
        await until(lambda: session.window.may_close)
    assert saved_temperature(home) == 0.3


async def test_unsaved_settings_are_let_go_only_when_the_person_says_so(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    home = tmp_path / "home"
    async with with_unsaved_settings(theme, home, temperature("0.3")) as (session, box):
        click(box, "Stay")
        await until(lambda: not session.window.findChildren(QMessageBox))
        assert not session.window.may_close
        assert session.parts.panes.pane.changes() == {("chat", "temperature"): 0.3}
        session.window.close()
        await until(lambda: session.window.findChildren(QMessageBox), what="the question again")
        click(session.window.findChildren(QMessageBox)[0], "Discard and quit")
        await until(lambda: session.window.may_close)
    assert saved_temperature(home) is None


async def test_settings_that_cannot_be_written_keep_the_window_open_and_say_why_in_settings(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    home = tmp_path / "home"
    async with with_unsaved_settings(theme, home, temperature("0.3")) as (session, box):
        (home / "config").write_bytes(b"in the way")
        click(box, "Save and quit")
        pane = session.parts.panes.pane
        await until(lambda: "Not saved" in pane.bar.text.text(), what="the reason")
        assert session.parts.panes.settings_open
        assert not session.window.may_close
        assert pane.changes() == {("chat", "temperature"): 0.3}


async def test_a_value_that_is_not_valid_is_not_lost_and_not_saved_but_shown(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    async with with_unsaved_settings(theme, tmp_path / "home", temperature("much")) as (session, box):
        session.parts.panes.open_settings("General")
        session.parts.panes.leave()
        click(box, "Save and quit")
        await until(lambda: session.parts.panes.settings_open)
        pane = session.parts.panes.pane
        assert pane.current_title == "Chat"
        assert named(session.window, "Temperature").text() == "much"  # type: ignore[attr-defined]  # a QLineEdit
        assert pane.bar.text.text() == "This is not a number."
        await until(lambda: session.window.focusWidget() is named(session.window, "Temperature"))
        assert not session.window.may_close


async def test_the_question_about_settings_comes_before_the_one_about_an_answer(
    theme: Theme, tmp_path: Path, writer: MockServer
) -> None:
    def edit_and_ask(window: QWidget) -> None:
        temperature("0.3")(window)
        window.chat.composer.send_requested.emit("Write a while")  # type: ignore[attr-defined]  # the main window

    writer.script.tokens_per_second = 20
    async with with_unsaved_settings(theme, tmp_path / "home", edit_and_ask) as (session, box):
        click(box, "Discard and quit")
        await until(lambda: any("still being written" in b.text() for b in session.window.findChildren(QMessageBox)))
        click(session.window.findChildren(QMessageBox)[-1], "Stay")
        await until(lambda: not session.window.findChildren(QMessageBox))
        assert session.parts.panes.pane.has_changes, "who stays keeps what was typed"


# -- parts that fail while they close


@pytest.mark.parametrize("part", ["chat.flush_draft", "store_watch.aclose", "parts.aclose", "highlight.aclose"])
async def test_a_part_that_fails_to_close_keeps_neither_the_window_nor_the_other_parts(
    theme: Theme, tmp_path: Path, writer: MockServer, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    async def fails(*_args: object) -> None:
        raise RuntimeError("a bug")

    async with open_session(theme, tmp_path / "home") as session:
        await until(lambda: session.parts.models.chosen().model)
        owner, name = part.split(".")
        real = getattr(getattr(session, owner), name)
        monkeypatch.setattr(getattr(session, owner), name, fails)
        closed: list[bool] = []
        session.closed.connect(lambda: closed.append(True))
        session.window.close()
        await until(lambda: closed, what="the end")
        assert not session.window.isVisible()
        assert ours() == set()
        if name == "aclose":
            await real()


async def test_a_watch_that_never_began_can_be_closed(theme: Theme, tmp_path: Path) -> None:
    from app.desktop.controllers.store_watch import StoreWatch
    from app.desktop.engine import Engine

    engine = Engine(user_paths(tmp_path), lambda: None)  # type: ignore[arg-type, return-value]  # never opened
    await StoreWatch(engine, lambda _name, _error: None).aclose()
