"""What a person writes stays with the chat it was written for, however fast they are."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.desktop.error_display import _ACTIONS
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from tests.desktop.session_window import answered, open_session, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def simulator(simulator: MockServer) -> MockServer:
    simulator.script.answer = "fine"
    return simulator


def say(session: Session, text: str) -> None:
    session.window.chat.composer.send_requested.emit(text)


async def a_chat(session: Session, text: str) -> int:
    """A new chat with one finished turn."""
    await until(lambda: session.parts.models.chosen().model)
    session.new_chat()
    say(session, text)
    await answered(session, 2)
    assert session.chat.conversation_id is not None
    return session.chat.conversation_id


async def prompts(session: Session, chat: int) -> list[str]:
    return [m.text for m in await session.engine.run(session.engine.store.messages(chat)) if m.role == "user"]


async def test_an_edit_begun_in_one_chat_never_lands_there_from_another(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        first = await a_chat(session, "one")
        second = await a_chat(session, "two")
        session.open_chat(first)
        await until(lambda: session.chat.conversation_id == first)
        message = session.chat.transcript.message(0)
        assert message is not None
        session.composing.begin_edit(message.message_id, message.text)
        session.open_chat(second)
        await until(lambda: session.chat.conversation_id == second)
        say(session, "meant for two")
        await answered(session, 4)
        assert await prompts(session, first) == ["one"]
        assert await prompts(session, second) == ["two", "meant for two"]


async def test_leaving_an_edit_brings_back_what_was_being_written(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await a_chat(session, "one")
        composer = session.window.chat.composer
        composer.set_text("half a thought")
        message = session.chat.transcript.message(0)
        assert message is not None
        session.composing.begin_edit(message.message_id, message.text)
        assert composer.text() == "one"
        session.on_escape()
        assert composer.text() == "half a thought"


async def test_queued_prompts_wait_in_their_own_chat_and_survive_quitting(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        simulator.script.answer = "word " * 2_000
        simulator.script.tokens_per_second = 200.0
        say(session, "two")
        await until(lambda: chat in session.chat.running)
        say(session, "three, later")
        session.new_chat()
        assert session.chat.state.queue == []
        session.open_chat(chat)
        await until(lambda: [p.text for p in session.chat.state.queue] == ["three, later"])
    async with open_session(theme, home) as again:
        await until(lambda: again.chat.conversation_id == chat)
        assert [p.text for p in again.chat.state.queue] == ["three, later"]
        assert again.window.chat.queue.isVisibleTo(again.window)
        assert again.window.chat.composer.text() == ""


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]


async def test_a_queued_prompt_is_written_at_once_and_waits_for_the_person_after_a_kill(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        simulator.script.answer = "word " * 2_000
        simulator.script.tokens_per_second = 200.0
        say(session, "two")
        await until(lambda: chat in session.chat.running)
        say(session, "three, later")
        say(session, "four")

        async def kept() -> tuple[str, ...]:
            found = await session.engine.run(session.engine.store.conversation(chat))
            return found.queued if found else ()

        async with asyncio.timeout(5):
            while await kept() != ("three, later", "four"):
                await asyncio.sleep(0.01)
        data = session.engine.services.paths.data
        shutil.copytree(data, killed / data.relative_to(home), ignore=_sockets)  # what a kill leaves
    simulator.script.answer = "short"
    simulator.script.tokens_per_second = 0
    async with open_session(theme, killed) as again:
        await until(lambda: again.parts.models.chosen().model)
        again.open_chat(chat)
        await until(lambda: again.chat.conversation_id == chat)
        assert [p.text for p in again.chat.state.queue] == ["three, later", "four"]
        before = await prompts(again, chat)
        say(again, "five")
        await until(lambda: not again.chat.is_busy and again.chat.transcript.count > 2 * len(before))
        assert await prompts(again, chat) == [*before, "five"], "the answer's end sends nothing of the last run"
        again.window.chat.composer.set_text("being written")
        again.composing._edit_queued(0)
        assert again.window.chat.composer.text() == "three, later\n\nbeing written"
        assert [p.text for p in again.chat.state.queue] == ["four"]


async def test_a_prompt_that_could_not_be_sent_comes_back_before_what_is_being_written(
    theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        session.window.chat.composer.set_text("being written")
        session.chat.prompt_restored.emit("not sent")
        assert session.window.chat.composer.text() == "not sent\n\nbeing written"


async def test_stop_leaves_what_is_queued_for_the_person_to_decide(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        simulator.script.answer = "word " * 2_000
        simulator.script.tokens_per_second = 200.0
        say(session, "two")
        await until(lambda: chat in session.chat.running)
        say(session, "three")
        session.chat.stop()
        await until(lambda: not session.chat.running)
        assert [p.text for p in session.chat.state.queue] == ["three"]
        assert await prompts(session, chat) == ["one", "two"]
        buttons = session.window.chat.queue.findChildren
        await until(
            lambda: [b.text() for b in buttons(QAbstractButton) if b.isVisible()] == ["Not sent: three"],
            what="it says so",
        )
        simulator.script.tokens_per_second, simulator.script.answer = 0, "fine"
        say(session, "four")
        await answered(session, 6)
        assert await prompts(session, chat) == ["one", "two", "four"], "and waits for the person"


async def test_a_draft_stays_with_its_chat_when_a_new_one_is_begun(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        session.window.chat.composer.set_text("draft of one")
        session.new_chat()
        assert session.window.chat.composer.text() == ""
        session.open_chat(chat)
        await until(lambda: session.window.chat.composer.text() == "draft of one")
        assert len(await session.engine.run(session.engine.store.conversations())) == 1


async def test_two_quick_sends_make_one_chat_and_two_turns(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        say(session, "one")
        say(session, "two")
        await answered(session, 4)
        found = await session.engine.run(session.engine.store.conversations())
        assert len(found) == 1
        assert await prompts(session, found[0].id) == ["one", "two"]


async def test_a_draft_that_is_saved_while_its_text_is_sent_makes_no_second_chat(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.chat.composer.set_text("same text")
        session.composing.save_draft()
        say(session, "same text")
        await answered(session, 2)
        found = await session.engine.run(session.engine.store.conversations())
        assert [(c.title, c.draft) for c in found] == [("same text", "")]


async def test_what_is_typed_while_a_chat_loads_is_kept(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        first = await a_chat(session, "one")
        await a_chat(session, "two")
        session.open_chat(first)
        session.window.chat.composer.edit.insertPlainText("typed early")
        await until(lambda: session.chat.conversation_id == first)
        assert session.window.chat.composer.text() == "typed early"


async def test_deleting_a_chat_stops_its_answer_also_when_it_is_not_open(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        simulator.script.answer = "word " * 5_000
        simulator.script.tokens_per_second = 200.0
        say(session, "two")
        # Running begins before the request is on its way; what is tested is a stream that has begun.
        await until(lambda: chat in session.chat.running and simulator.stats.streams_open == 1)
        session.new_chat()
        session.delete_chats([chat])
        await until(lambda: not session.chat.running, 3)
        await until(lambda: simulator.stats.streams_aborted == 1, 2)


async def test_undo_takes_back_the_newest_act_first(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        message = session.chat.transcript.message(1)
        assert message is not None
        session._delete_message(message.message_id)
        await until(lambda: session.chat.transcript.count == 1)
        session.delete_chats([chat])
        await until(lambda: session.window.conversations.row_of(chat) is None)
        session.undo()
        await until(lambda: session.window.conversations.row_of(chat) is not None)


async def test_every_button_of_every_error_note_does_something(
    theme: Theme, home: Path, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with open_session(theme, home) as session:
        monkeypatch.setattr(session.parts.panes, "run_note_action", lambda _id, action: asked.append(action) or True)
        ways_out = ("shorten", "summarise")
        monkeypatch.setattr(
            session.parts.context.overflow,
            "run_note_action",
            lambda _id, action: action in ways_out and (asked.append(action) or True),
        )
        monkeypatch.setattr(session.chat, "regenerate", lambda _id: asked.append("regenerate"))
        monkeypatch.setattr(session.chat.branch, "dismiss_note", lambda _id: asked.append("keep"))
        monkeypatch.setattr(session.parts, "open_picker", lambda: asked.append("choose_model"))
        monkeypatch.setattr(session.parts.models, "refresh", lambda: asked.append("refresh"))
        for action in sorted({name for names in _ACTIONS.values() for name in names} - {"edit"}):
            before = len(asked)
            session.parts._on_note_action(1, action)
            await until(lambda count=before + 1: len(asked) == count, what=action)
        assert {"start_server", "test_connection", "enter_key", "open_settings", "open_website"} <= set(asked)


async def test_a_failed_answer_leaves_the_queue_alone(theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        chat = await a_chat(session, "one")
        simulator.script.answer = "word " * 100
        simulator.script.tokens_per_second = 100.0
        simulator.script.fault = Fault.NO_FINISH
        simulator.script.fault_after_tokens = 20
        say(session, "two")
        await until(lambda: chat in session.chat.running)
        say(session, "three")
        await until(lambda: not session.chat.running)
        assert [p.text for p in session.chat.state.queue] == ["three"]


async def test_a_late_first_token_is_a_question_and_the_request_goes_on(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.ttft = 4.0
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.engine.services.manager.providers["lm_studio"].config.first_token_timeout = 1.0
        say(session, "slow")
        await until(lambda: session.chat.transcript.count == 2)
        await until(lambda: (m := session.chat.transcript.message(1)) is not None and m.note is not None)
        shown = session.chat.transcript.message(1)
        assert shown is not None
        assert shown.note is not None
        assert [a.name for a in shown.note.actions] == ["wait_longer", "stop"]
        session.parts._on_note_action(shown.message_id, "wait_longer")
        assert shown.note is None
        await until(lambda: not session.chat.is_busy)
        assert session.chat.transcript.text(1) == "fine"
        ended = session.chat.transcript.message(1)
        assert ended is not None
        assert ended.note is None


async def test_versions_of_an_edited_prompt_are_reached_from_its_header(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await a_chat(session, "one")
        message = session.chat.transcript.message(0)
        assert message is not None
        session.composing.begin_edit(message.message_id, message.text)
        say(session, "one, better")
        await until(lambda: session.chat.transcript.text(0) == "one, better" and not session.chat.is_busy)
        view = session.window.chat.transcript
        assert view is not None
        view.viewport().repaint()
        header = view.flow.document(0).flat[0]
        assert [c.action for c in header.controls[:2]] == ["previous", "next"]
        view.actions_.run(0, 0, header.controls[0])
        await until(lambda: session.chat.transcript.text(0) == "one")


async def test_search_shows_the_sidebar_it_types_into(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.window.toggle_sidebar()
        assert not session.window.sidebar.isVisible()
        session.parts.shortcuts.run("search")
        assert session.window.sidebar.search.isVisible()
