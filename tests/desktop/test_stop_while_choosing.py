"""Stop while Auto still chooses the model: nobody is asked, and the prompt stays with an answer that was stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.theme import Theme
from app.services.conversations.routed import Routed
from app.services.mock_server import MockServer
from tests.desktop.session_window import asked, press, until
from tests.desktop.test_auto import configure, on_auto, window

pytestmark = pytest.mark.anyio


async def test_stop_ends_an_answer_whose_model_is_still_being_chosen(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        choosing: list[int] = []

        async def route(prompt_id: int) -> Routed:
            choosing.append(prompt_id)
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")

        session.engine.services.chats.route = route
        session.chat.send("Hello?")
        await until(lambda: choosing, what="Auto chooses")
        assert session.chat.is_busy and not session.chat.running
        press(qtbot, session.window, "Stop")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy, what="it is stopped")
        shown = session.chat.transcript.message(1)
        assert shown is not None and (shown.status, shown.text) == ("stopped", "")
        stored = await session.engine.run(session.engine.store.messages(session.chat.conversation_id or 0))
        assert [(one.text, one.status) for one in stored] == [("Hello?", "complete"), ("", "stopped")]
        assert not asked(simulator)


@pytest.mark.parametrize("way", ["regenerate", "edit"])
async def test_stop_is_there_while_the_model_of_another_version_is_chosen(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer, way: str
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        session.chat.send("Hello?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy)
        choosing: list[int] = []

        async def route(prompt_id: int) -> Routed:
            choosing.append(prompt_id)
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")

        session.engine.services.chats.route = route
        prompt, answer = (session.chat.transcript.message(n) for n in (0, 1))
        assert prompt is not None and answer is not None
        before = len(asked(simulator))
        if way == "edit":
            session.chat.edit(prompt.message_id, "Hello again?", None, lambda *_why: None)
        else:
            getattr(session.chat, way)(answer.message_id)
        await until(lambda: choosing, what="Auto chooses")
        assert session.chat.is_busy
        press(qtbot, session.window, "Stop")
        await until(lambda: not session.chat.is_busy, what="it is stopped")
        assert len(asked(simulator)) == before
