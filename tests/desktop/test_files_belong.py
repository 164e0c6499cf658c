"""Files and drafts stay with the chat and the prompt they were given to, whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.attachments.attachment import Attachment
from app.services.attachments.reading import attachment_of
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, arguments, asked, chips, notice_text, open_session, ready, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text("numbers\n", encoding="utf-8")
    return path


def say(session: Session, text: str) -> None:
    session.window.chat.composer.set_text(text)
    session.window.chat.composer.send_requested.emit(text)


def names(session: Session) -> list[str]:
    return [chip.look.name for chip in chips(session)]


async def attach(session: Session, path: Path) -> None:
    session.parts.attaching.controller.add_paths([path])
    await ready(session, 1)


async def destroy(session: Session, chat: int) -> None:
    """Into the trash and out of it for good."""
    session.delete_chats([chat], offers_undo=False)
    store = session.engine.store
    await until(lambda: session.chat.conversation_id != chat)
    async with asyncio.timeout(5):
        while not await session.engine.run(store.trash()):
            await asyncio.sleep(0.01)
    await session.organise.controller.destroy([chat])


async def another_chat(session: Session, *messages: tuple[str, str]) -> int:
    store = session.engine.store
    made = await session.engine.run(store.create_conversation(title="another"))
    await session.engine.run(store.import_messages(made, list(messages)))
    return made


async def test_a_chat_that_has_the_number_of_a_destroyed_one_has_nothing_of_it(
    theme: Theme, home: Path, simulator: MockServer, report: Path
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await attach(session, report)
        session.window.chat.composer.set_text("draft")
        gone = session.chat.conversation_id
        assert gone is not None
        await destroy(session, gone)
        made = await another_chat(session, ("user", "hello"), ("assistant", "hi"))
        assert made == gone, "numbers are used again"
        session.open_chat(made)
        await until(lambda: session.chat.conversation_id == made)
        assert names(session) == []
        say(session, "go")
        await answered(session, 4)
        assert asked(simulator)[-1]["messages"][-1]["content"] == "go"


def slowly(name: str, text: str) -> Callable[[], Attachment]:
    def read() -> Attachment:
        time.sleep(0.4)
        return attachment_of(name, text.encode())

    return read


async def test_a_prompt_that_is_sent_anyway_waits_for_the_file_that_is_being_read(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        session.parts.attaching.controller._begin(session.chat.state, "slow.txt", slowly("slow.txt", "slow words"))
        session.window.chat.composer.set_text("see it")
        session.composing.send_anyway("see it")
        assert names(session) == ["slow.txt"]
        await answered(session, 2)
        [request] = asked(simulator)
        assert "slow words" in request["messages"][-1]["content"]
        assert names(session) == []


async def test_a_fault_while_a_file_is_read_is_told_and_leaves_a_chip_that_says_so(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    def fault() -> Attachment:
        raise RuntimeError("a fault of ours")

    async with open_session(theme, home, *arguments()) as session:
        controller = session.parts.attaching.controller
        controller._begin(session.chat.state, "x.txt", fault)
        await until(lambda: not controller.is_reading, what="the chip does not read for ever")
        [chip] = chips(session)
        assert chip.look.detail == "It could not be read. The log has the details."
        assert "Unexpected error: RuntimeError" in notice_text(session)
        say(session, "hi")
        assert "could not be read" in notice_text(session)
        session.parts.attaching._remove_unfit()
        session.window.chat.composer.send_requested.emit("hi")
        await answered(session, 2)


async def test_undo_in_the_chat_touches_no_chat_that_has_the_number_of_a_destroyed_one(
    theme: Theme, home: Path, simulator: MockServer, report: Path
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        say(session, "hello")
        await answered(session, 2)
        bar = session.window.chat.undo_bar
        kept = await another_chat(session, ("user", "a"), ("assistant", "b"))
        session.open_chat(kept)
        await until(lambda: session.chat.conversation_id == kept)
        session._delete_message((await stored(session, kept))[1])
        session.new_chat()
        await attach(session, report)
        gone = session.chat.conversation_id
        assert gone is not None
        session.parts.attaching.remove(chips(session)[0].look.key)
        await until(bar.isVisible)
        session.window.chat.composer.set_text("words")
        await destroy(session, gone)
        made = await another_chat(session)
        assert made == gone, "numbers are used again"
        session.undo()
        await asyncio.sleep(0.1)
        assert await session.engine.run(session.engine.store.draft_attachments(made)) == []
        assert len(await stored(session, kept)) == 2, "what was done in another chat can still be taken back"


async def stored(session: Session, chat: int) -> list[int]:
    return [message.id for message in await session.engine.run(session.engine.store.messages(chat))]
