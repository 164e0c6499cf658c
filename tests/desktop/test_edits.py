"""The new version of an old prompt: it stays with its message and its chat, and nothing else becomes part of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.desktop.controllers import context_controller
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.conversations.records import StoredMessage
from app.services.llm.errors import ErrorKind, LLMError
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, arguments, notice_text, open_session, until
from tests.desktop.test_files_belong import attach, names, say

pytestmark = pytest.mark.anyio


async def one_chat(session: Session, prompt: str) -> tuple[int, StoredMessage]:
    """A chat with this prompt and its answer; its number, and the prompt."""
    known = session.chat.transcript.count
    say(session, prompt)
    await answered(session, known + 2)
    chat = session.chat.conversation_id
    assert chat is not None
    return chat, (await prompts(session, chat))[0]


async def prompts(session: Session, chat: int) -> list[StoredMessage]:
    found = await session.engine.run(session.engine.store.messages(chat))
    return [one for one in found if one.role == "user"]


def begin(session: Session, message: StoredMessage, changed: str) -> None:
    session.composing.begin_edit(message.id, message.text, message.attachments)
    session.window.chat.composer.set_text(changed)


async def opened(session: Session, chat: int) -> None:
    await until(lambda: session.chat.conversation_id == chat)


def typed(session: Session) -> str:
    return session.window.chat.composer.text()


async def test_renaming_another_chat_in_the_list_leaves_draft_and_edit_with_theirs(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        first, _ = await one_chat(session, "first")
        session.window.chat.composer.set_text("draft of the first")
        session.composing.save_draft()
        session.new_chat()
        second, message = await one_chat(session, "second")
        begin(session, message, "second changed")
        session.window.sidebar.rename_requested.emit(first)
        await opened(session, first)
        assert (typed(session), session.composing.editing) == ("draft of the first", None)
        session.open_chat(second)
        await opened(session, second)
        assert (typed(session), session.composing.editing) == ("second changed", message.id)


async def test_an_edit_begins_only_in_the_chat_that_it_was_asked_for_in(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        _chat, message = await one_chat(session, "second")
        session.parts._on_edit(message.id)
        session.new_chat()
        await asyncio.sleep(0.3)
        assert (typed(session), session.composing.editing) == ("", None)


async def test_an_edit_goes_on_when_the_other_chat_is_not_there(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        _chat, message = await one_chat(session, "second")
        session.window.chat.composer.set_text("the draft")
        begin(session, message, "second changed")
        session.open_chat(99_999)
        await until(lambda: session.composing.editing == message.id)
        assert typed(session) == "second changed"
        session.on_escape()
        assert typed(session) == "the draft"


async def test_what_is_typed_while_a_chat_opens_stands_behind_its_edit(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    report = tmp_path / "report.txt"
    report.write_text("numbers", encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        await attach(session, report)
        chat, message = await one_chat(session, "second")
        begin(session, message, "second changed")
        session.new_chat()
        session.open_chat(chat)
        session.window.chat.composer.set_text(" x")
        await opened(session, chat)
        assert (typed(session), session.composing.editing) == ("second changed x", message.id)
        assert names(session) == ["report.txt"]


async def test_a_prompt_that_comes_back_stands_behind_the_edit_with_its_files(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.txt"
    report.write_text("numbers", encoding="utf-8")
    refused = asyncio.Event()

    async def refuse(*_a: object, **_k: object) -> None:
        while not refused.is_set():
            await asyncio.sleep(0.01)
        raise LLMError(ErrorKind.CONFIG, "No.", "Wait.")

    async with open_session(theme, home, *arguments()) as session:
        _chat, message = await one_chat(session, "second")
        monkeypatch.setattr(type(session.engine.services.chats), "send", refuse)
        await attach(session, report)
        say(session, "a prompt that fails")
        await until(lambda: names(session) == [])
        begin(session, message, "second changed")
        refused.set()
        await until(lambda: "No." in notice_text(session))
        assert (typed(session), names(session)) == ("second changed", [])
        session.on_escape()
        await until(lambda: names(session) == ["report.txt"], 5, "the file of the prompt that came back")
        assert typed(session) == "a prompt that fails"


async def test_a_queued_prompt_is_written_on_in_place_of_an_edit_which_can_be_brought_back(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.update({"tokens": 3_000, "tokens_per_second": 20.0})
    async with open_session(theme, home, *arguments()) as session:
        say(session, "one")
        await until(lambda: session.chat.transcript.count == 2)
        say(session, "queued")
        await until(lambda: len(session.chat.state.queue) == 1)
        [message] = await prompts(session, session.chat.conversation_id or 0)
        begin(session, message, "one changed")
        session.window.chat.queue.edit_requested.emit(0)
        assert (typed(session), session.composing.editing) == ("queued", None)
        session.undo()
        assert (typed(session), session.composing.editing) == ("one changed", message.id)
        session.on_escape()
        assert typed(session) == "queued"
        session.chat.stop()
        await until(lambda: not session.chat.is_busy)


def types_on(session: Session, _message: StoredMessage) -> None:
    session.window.chat.composer.set_text("a prompt and what was typed since")


def edits(session: Session, message: StoredMessage) -> None:
    begin(session, message, "second changed")


@pytest.mark.parametrize("then", [types_on, edits])
async def test_a_prompt_that_waits_for_the_count_is_not_sent_once_the_person_goes_on(
    theme: Theme,
    home: Path,
    simulator: MockServer,
    monkeypatch: pytest.MonkeyPatch,
    then: Callable[[Session, StoredMessage], None],
) -> None:
    real, may_count = context_controller.stored_use, asyncio.Event()

    async def slow(*arguments_: Any, **options: Any) -> Any:
        while not may_count.is_set():
            await asyncio.sleep(0.01)
        return await real(*arguments_, **options)

    async with open_session(theme, home, *arguments()) as session:
        chat, message = await one_chat(session, "second")
        monkeypatch.setattr(context_controller, "stored_use", slow)
        session.parts.context.controller.forget()
        composer = session.window.chat.composer
        composer.set_text("a prompt")
        composer.send_requested.emit("a prompt")
        assert session.parts.context._held is not None, "it waits"
        then(session, message)
        before = typed(session)
        may_count.set()
        await until(lambda: session.parts.context._held is None)
        await asyncio.sleep(0.2)
        assert typed(session) == before
        assert [one.text for one in await prompts(session, chat)] == ["second"]
        if session.composing.editing is not None:
            session.on_escape()
            assert typed(session) == "a prompt"
