"""Stop while Auto still chooses the model: nobody is asked, and the prompt stays with an answer that was stopped."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.conversations.routed import Routed
from app.services.llm.errors import ErrorKind, LLMError
from app.services.mock_server import MockServer
from tests.desktop.session_window import asked, press, until
from tests.desktop.test_auto import configure, on_auto, window

pytestmark = pytest.mark.anyio


def choose_for_ever(session: Session) -> list[int]:
    """From now on Auto comes to no choice; the prompts that it was asked to choose for."""
    choosing: list[int] = []

    async def route(prompt_id: int) -> Routed:
        choosing.append(prompt_id)
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    session.engine.services.chats.route = route
    return choosing


async def test_stop_ends_an_answer_whose_model_is_still_being_chosen(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        choosing = choose_for_ever(session)
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
        choosing = choose_for_ever(session)
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


async def test_a_version_that_could_not_be_asked_for_ends_waiting_and_holds_what_waits(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        session.chat.send("Hello?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy)
        goes_on = threading.Event()

        async def refuse(_message_id: int, **_asked: object) -> None:
            while not goes_on.is_set():
                await asyncio.sleep(0.005)
            raise LLMError(ErrorKind.CONFIG, "The message is gone.", "")

        session.engine.services.chats.regenerate = refuse
        session.chat.regenerate(2)
        await until(lambda: session.chat.is_busy)
        session.chat.send("And then?")
        idle = asyncio.create_task(session.chat.until_idle())
        goes_on.set()
        await until(lambda: not session.chat.is_busy)
        await until(idle.done, what="who waits for the end of all answers is told")
        assert [(one.text, one.held) for one in session.chat.state.queue] == [("And then?", True)]


async def test_asking_twice_for_another_version_leaves_the_first_one_busy(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    configure(home)
    async with window(theme, home) as session:
        await on_auto(session)
        session.chat.send("Hello?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.is_busy)
        choosing = choose_for_ever(session)
        refused: list[str] = []
        session.chat.failed.connect(lambda message, _hint: refused.append(message))
        answer = session.chat.transcript.message(1)
        assert answer is not None
        session.chat.regenerate(answer.message_id)
        await until(lambda: choosing, what="Auto chooses")
        session.chat.regenerate(answer.message_id)
        await until(lambda: refused, what="the second one is refused")
        assert session.chat.is_busy, "Stop is still there for the first one"
        session.chat.stop()
        await until(lambda: not session.chat.is_busy)
