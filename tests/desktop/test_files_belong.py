"""Files and drafts stay with the chat and the prompt they were given to, whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.attachments.attachment import MAX_FILES, Attachment
from app.services.attachments.reading import attachment_of
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import ErrorKind, LLMError
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

    async def offer_nothing() -> None:
        return

    session.delete_chats([chat], instead_of_undo=offer_nothing)
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


async def test_a_chat_that_is_gone_is_told_and_what_was_being_written_stays_in_its_place(
    theme: Theme, home: Path, simulator: MockServer, report: Path
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        chat = await another_chat(session, ("user", "a"), ("assistant", "b"))
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        await attach(session, report)
        composer = session.window.chat.composer
        composer.set_text("a long draft")
        session.open_chat(999)
        await until(lambda: "That chat is not here any more." in notice_text(session))
        assert (session.chat.conversation_id, composer.text(), names(session)) == (chat, "a long draft", ["report.txt"])
        session.new_chat()
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        assert composer.text() == "a long draft"


async def test_a_draft_stays_when_two_chats_are_opened_in_quick_succession(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        chats = [await another_chat(session, ("user", "a")) for _ in range(3)]
        session.open_chat(chats[0])
        await until(lambda: session.chat.conversation_id == chats[0])
        session.window.chat.composer.set_text("a long draft")
        session.open_chat(chats[1])
        session.open_chat(chats[2])
        await until(lambda: session.chat.conversation_id == chats[2])
        assert session.window.chat.composer.text() == ""
        session.open_chat(chats[0])
        await until(lambda: session.chat.conversation_id == chats[0])
        assert session.window.chat.composer.text() == "a long draft"


async def edit_with_another_file(session: Session, report: Path, added: Path) -> int:
    """A prompt with one file is sent and being edited, with a second file beside it; the chat."""
    added.write_text("more\n", encoding="utf-8")
    await attach(session, report)
    say(session, "see")
    await answered(session, 2)
    chat = session.chat.conversation_id
    assert chat is not None
    [message, _answer] = await session.engine.run(session.engine.store.messages(chat))
    session.composing.begin_edit(message.id, message.text, message.attachments)
    session.parts.attaching.controller.add_paths([added])
    await ready(session, 2)
    return chat


async def test_what_is_written_stays_with_its_files_when_another_process_deletes_the_chat(
    theme: Theme, home: Path, simulator: MockServer, report: Path, tmp_path: Path
) -> None:
    added = tmp_path / "added.txt"
    async with open_session(theme, home, *arguments()) as session:
        chat = await edit_with_another_file(session, report, added)
        other = ConversationStore(user_paths(home).store_file)
        await other.open()
        await other.delete_conversations([chat])
        await other.aclose()
        await until(lambda: "What you were writing is kept here." in notice_text(session))
        assert session.window.chat.composer.text() == "see"
        assert [chip.look.name for chip in await ready(session, 2)] == ["report.txt", "added.txt"]
        session.window.chat.composer.send_requested.emit("see")
        await answered(session, 2)
        assert "more" in asked(simulator)[-1]["messages"][-1]["content"]


async def test_a_file_added_to_an_edit_comes_back_with_it(
    theme: Theme, home: Path, simulator: MockServer, report: Path, tmp_path: Path
) -> None:
    added = tmp_path / "added.txt"
    async with open_session(theme, home, *arguments()) as session:
        chat = await edit_with_another_file(session, report, added)
        session.on_escape()
        await until(lambda: names(session) == [])
        async with asyncio.timeout(5):
            while await session.engine.run(session.engine.store.draft_attachments(chat)):
                await asyncio.sleep(0.01)
        session.undo()
        await ready(session, 2)
        assert (session.window.chat.composer.text(), names(session)) == ("see", ["report.txt", "added.txt"])
        session.window.chat.composer.send_requested.emit("see")
        await until(lambda: len(asked(simulator)) == 2)
        assert "more" in asked(simulator)[-1]["messages"][-1]["content"]


@pytest.mark.parametrize("text", ["see", "see better"])
async def test_an_edit_with_a_file_of_its_own_goes_on_when_its_chat_is_opened_again(
    theme: Theme, home: Path, simulator: MockServer, report: Path, tmp_path: Path, text: str
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        chat = await edit_with_another_file(session, report, tmp_path / "added.txt")
        editing = session.composing.editing
        session.window.chat.composer.set_text(text)
        session.new_chat()
        await until(lambda: session.chat.conversation_id is None)
        assert (session.composing.editing, names(session)) == (None, []), "it is that chat's"
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        await until(lambda: names(session) == ["report.txt", "added.txt"], 5, "both files")
        assert (session.composing.editing, session.window.chat.composer.text()) == (editing, text)
        session.on_escape()
        await until(lambda: names(session) == [], 5, "nothing is beside the draft")


async def test_an_edited_prompt_that_could_not_be_sent_is_edited_again_with_its_files(
    theme: Theme, home: Path, simulator: MockServer, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_a: object, **_k: object) -> None:
        raise LLMError(ErrorKind.CONFIG, "An answer is still being written in this chat.", "Wait for its end.")

    async with open_session(theme, home, *arguments()) as session:
        await attach(session, report)
        say(session, "see")
        await answered(session, 2)
        [message, _answer] = await session.engine.run(session.engine.store.messages(session.chat.conversation_id or 0))
        composer = session.window.chat.composer
        composer.set_text("a draft")
        session.composing.begin_edit(message.id, message.text, message.attachments)
        with monkeypatch.context() as patch:  # the core refuses what the window took for free
            patch.setattr(session.engine.services.chats, "edit", refuse)
            say(session, "see better")
            await until(lambda: "still being written" in notice_text(session))
        assert (session.composing.editing, composer.text(), names(session)) == (
            message.id,
            "see better",
            ["report.txt"],
        )
        say(session, "see better")
        await until(lambda: len(asked(simulator)) == 2)
        assert "numbers" in asked(simulator)[-1]["messages"][-1]["content"]
        await answered(session, 2)
        assert (session.composing.editing, composer.text(), names(session)) == (None, "a draft", [])


async def test_a_prompt_that_waits_comes_back_with_its_files_after_a_restart(
    theme: Theme, home: Path, simulator: MockServer, report: Path
) -> None:
    simulator.script.ttft = 30.0
    async with open_session(theme, home, *arguments()) as session:
        say(session, "first")
        await until(lambda: session.chat.running)
        await attach(session, report)
        say(session, "see the report")
        await until(lambda: len(session.chat.state.queue) == 1)
        say(session, "and then this")
        await until(lambda: len(session.chat.state.queue) == 2)
        session.window.chat.composer.set_text("a draft")
        session.chat.stop()
        await until(lambda: not session.chat.running)
        chat = session.chat.conversation_id
        assert chat is not None
        session.new_chat()
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        assert [prompt.text for prompt in session.chat.state.queue] == ["see the report", "and then this"]
        assert (session.window.chat.composer.text(), names(session)) == ("a draft", [])
    async with open_session(theme, home, *arguments()) as session:
        await ready(session, 1)
        assert [prompt.text for prompt in session.chat.state.queue] == ["and then this"]
        assert session.window.chat.composer.text() == "see the report\n\na draft"
        assert names(session) == ["report.txt"]


async def test_a_prompt_with_files_survives_that_another_one_is_sent_before_it(
    theme: Theme, home: Path, simulator: MockServer, report: Path
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        simulator.script.ttft = 30.0
        say(session, "first")
        await until(lambda: session.chat.running)
        await attach(session, report)
        say(session, "see the report")
        await until(lambda: session.chat.state.queue)
        session.chat.stop()
        await until(lambda: not session.chat.running and session.chat.state.queue[0].held)
        simulator.script.ttft = 0.0
        say(session, "something else")
        await answered(session, 4)
    async with open_session(theme, home, *arguments()) as session:
        await ready(session, 1)
        assert session.window.chat.composer.text() == "see the report"


async def test_more_files_than_go_with_one_prompt_are_not_sent_and_none_is_lost(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(MAX_FILES + 1)]
    for path in paths:
        path.write_text(path.stem, encoding="utf-8")
    async with open_session(theme, home, *arguments()) as session:
        say(session, "see")
        await answered(session, 2)
        chat = session.chat.conversation_id or 0
        [message, _answer] = await session.engine.run(session.engine.store.messages(chat))
        session.parts.attaching.controller.add_paths(paths[:MAX_FILES])
        await ready(session, MAX_FILES)
        session.composing.begin_edit(message.id, message.text, message.attachments)
        session.window.chat.composer.set_text("see better")
        session.parts.attaching.controller.add_paths(paths[MAX_FILES:])
        await ready(session, 1)
        session.composing.cancel_edit(keeps_files="added")
        await ready(session, MAX_FILES + 1)
        say(session, "all of it")
        assert "at most 20 files" in notice_text(session)
        assert len(names(session)) == MAX_FILES + 1 and not session.chat.is_busy
        session.parts.attaching.remove(session.chat.state.files[0].key)
        say(session, "all of it")
        await until(lambda: len(asked(simulator)) == 2)
