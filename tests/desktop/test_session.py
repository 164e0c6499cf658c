"""The window used as a person uses it: real widgets, real store, the simulated server over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.transcript.blocks.code import CodeBlock
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, asked, named, open_session, until
from tests.fakes.lms import FakeLms

pytestmark = pytest.mark.anyio


def type_and_send(qtbot: object, window: QWidget, text: str) -> None:
    message = named(window, "Message")
    qtbot.keyClicks(message, text)  # type: ignore[attr-defined]  # pytest-qt's bot
    qtbot.keyClick(message, Qt.Key.Key_Return)  # type: ignore[attr-defined]  # as above


async def test_send_stream_close_reopen_and_all_is_there(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "A **bold** answer with `code`."
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model, what="a model is chosen by itself")
        type_and_send(qtbot, session.window, "What is a token bucket?")
        await until(lambda: session.chat.running, what="the answer began")
        await until(lambda: not session.chat.running, what="the answer ended")
        transcript = session.chat.transcript
        assert transcript.count == 2
        assert transcript.text(1) == "A **bold** answer with `code`."
        shown = transcript.message(1)
        assert shown is not None
        assert shown.simulated
        assert "tokens" in shown.metrics
        assert session.window.windowTitle().startswith("What is a token bucket?")
        named(session.window, "Message")
        session.window.chat.composer.edit.setPlainText("half a thought")
    async with open_session(theme, home) as again:
        await until(lambda: again.chat.transcript.count == 2, what="the last chat is shown")
        assert again.chat.transcript.text(1) == "A **bold** answer with `code`."
        assert again.window.chat.composer.text() == "half a thought"
        assert again.window.conversations.rowCount() == 3  # "Today", the chat, and the trash


async def test_A9_stop_is_shown_at_once_and_keeps_the_text(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "word " * 5_000
    simulator.script.tokens_per_second = 300.0
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "Write for ever")
        await until(
            lambda: len(session.chat.transcript.text(1) or "") > 100 if session.chat.transcript.count > 1 else 0
        )
        stop = named(session.window, "Stop")
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]  # as above
        assert not stop.isVisible()
        assert named(session.window, "Send")
        await until(lambda: not session.chat.running, 2)
        shown = session.chat.transcript.message(1)
        assert shown is not None
        assert shown.status == "stopped"
        assert len(shown.text) > 100
        await until(lambda: simulator.stats.streams_aborted == 1, 1, "the server saw the disconnect")


async def test_editing_a_prompt_makes_a_second_version(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "first"
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "question")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        prompt = session.chat.transcript.message(0)
        assert prompt is not None
        session.composing.begin_edit(prompt.message_id, prompt.text)
        simulator.script.answer = "second"
        session.window.chat.composer.edit.setPlainText("better question")
        qtbot.keyClick(named(session.window, "Message"), Qt.Key.Key_Return)  # type: ignore[attr-defined]  # as above
        await until(lambda: session.chat.transcript.text(1) == "second" and not session.chat.running)
        edited = session.chat.transcript.message(0)
        assert edited is not None
        assert (edited.text, edited.version) == ("better question", (2, 2))
        session.chat.branch.show_version(edited.message_id, -1)
        await until(lambda: session.chat.transcript.text(0) == "question")
        await until(lambda: session.chat.transcript.text(1) == "first")


async def test_typing_ahead_queues_a_prompt_that_is_sent_after_the_answer(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "word " * 60
    simulator.script.tokens_per_second = 100.0
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "one")
        await until(lambda: session.chat.running)
        type_and_send(qtbot, session.window, "two")
        assert named(session.window, "Queued prompt 1")
        await until(lambda: session.chat.transcript.count == 4 and not session.chat.running)
        assert session.chat.transcript.text(2) == "two"


async def test_a_chat_that_answers_in_the_background_becomes_unread(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "word " * 60
    simulator.script.tokens_per_second = 200.0
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "long one")
        await until(lambda: session.chat.running)
        first = session.chat.conversation_id
        assert first is not None
        session.new_chat()
        assert session.chat.transcript.count == 0
        await until(lambda: not session.chat.running)
        await until(lambda: session.window.conversations.row_of(first) is not None)
        found = await session.engine.run(session.engine.store.conversation(first))
        assert found is not None
        assert found.unread
        session.open_chat(first)
        await until(lambda: session.chat.transcript.count == 2)
        assert (session.chat.transcript.text(1) or "").strip() == ("word " * 60).strip()


async def test_going_back_to_a_chat_that_is_still_answered_shows_all_its_text(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    text = "".join(f"w{i} " for i in range(300))
    simulator.script.answer = text
    simulator.script.tokens_per_second = 300.0
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "long one")
        await until(lambda: len(session.chat.transcript.text(1) or "") > 50 if session.chat.transcript.count > 1 else 0)
        first = session.chat.conversation_id
        assert first is not None
        session.new_chat()
        await until(lambda: len(session.chat.running[first].texts) > 15)
        session.open_chat(first)
        await until(lambda: not session.chat.running)
        assert session.chat.transcript.text(1) == text


async def test_a_server_that_is_down_is_told_where_it_happened(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    FakeLms(tmp_path / "person")  # where its program is missing, its website is offered instead
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.engine.services.manager.providers["lm_studio"].config.max_retries = 0
        await simulator.aclose()
        type_and_send(qtbot, session.window, "hello?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        shown = session.chat.transcript.message(1)
        assert shown is not None
        assert shown.note is not None
        assert shown.note.title == "LM Studio server not running."
        assert [a.name for a in shown.note.actions] == ["start_server", "test_connection", "retry", "choose_model"]
        assert "doctor" not in shown.note.text, "a terminal's command, where there is a button"
        assert "Nothing answers at" in shown.note.text
        assert session.chat.transcript.text(0) == "hello?"


async def test_deleting_a_chat_can_be_undone(qtbot: object, theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "keep me")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        chat = session.chat.conversation_id
        assert chat is not None
        await until(lambda: session.window.conversations.row_of(chat) is not None)
        session.delete_chats([chat])
        await until(lambda: session.window.conversations.row_of(chat) is None)
        session.undo()
        await until(lambda: session.window.conversations.row_of(chat) is not None)


async def test_searching_finds_a_message_and_opens_it(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "The zanzibar function."
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "name it")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        session.new_chat()
        search = named(session.window, "Search")
        qtbot.keyClicks(search, "zanzi")  # type: ignore[attr-defined]  # as above
        model = session.window.conversations
        await until(lambda: model.rowCount() == 2 and model.index(1).data(Qt.ItemDataRole.UserRole + 1) == "hit")
        qtbot.keyClick(search, Qt.Key.Key_Return)  # type: ignore[attr-defined]  # as above
        await until(lambda: session.chat.transcript.count == 2)


async def test_the_picker_lists_models_and_choosing_one_is_kept_with_the_chat(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: len(session.parts.models.rows()) > 1)
        session.parts.open_picker()
        picker = session.parts.picker
        assert picker.isVisible()
        other = next(r for r in session.parts.models.rows() if r.model != session.parts.models.chosen().model)
        qtbot.keyClicks(picker.filter, other.config.display_name)  # type: ignore[attr-defined]  # as above
        qtbot.keyClick(picker.filter, Qt.Key.Key_Return)  # type: ignore[attr-defined]  # as above
        assert not picker.isVisible()
        assert session.parts.models.chosen().model == other.model
        assert session.chat.state.model == other.model


async def test_B5_a_code_block_in_the_window_is_coloured_by_another_process_that_ends_with_it(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = '```python\nx = """first\nstill a string\n"""\n```\n'
    async with open_session(theme, home) as session:
        type_and_send(qtbot, session.window, "show me")
        view = session.window.chat.transcript
        assert view is not None
        await until(lambda: view.model.count == 2 and not session.chat.running)
        block = next(b for b in view.flow.document(1).flat if isinstance(b, CodeBlock))
        await until(lambda: view.viewport().grab() and not block.wants_deep_highlight)
        assert block._ranges is not None and block._ranges[1] == [(0, len("still a string"), "str")]
        highlighter = session.highlight._highlighter
        assert highlighter is not None and highlighter.process_id is not None
        child = highlighter.process_id
    assert not psutil.pid_exists(child)


async def finished_chat(qtbot: object, session: Session, text: str) -> int:
    """A new chat with one finished turn, open and in the list."""
    session.new_chat()
    type_and_send(qtbot, session.window, text)
    await answered(session, 2)
    chat = session.chat.conversation_id
    assert chat is not None
    await until(lambda: session.window.conversations.row_of(chat) is not None)
    return chat


async def test_undoing_the_deletion_of_the_open_chat_opens_it_with_its_draft(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        chat = await finished_chat(qtbot, session, "keep me")
        composer = session.window.chat.composer
        composer.edit.setPlainText("half a thought")
        session.delete_chats([chat])
        await until(lambda: session.window.conversations.row_of(chat) is None)
        assert session.chat.conversation_id is None
        assert composer.text() == ""
        session.undo()
        await until(lambda: session.chat.conversation_id == chat)
        assert session.chat.transcript.count == 2
        assert composer.text() == "half a thought"
        await until(lambda: session.window.conversations.row_of(chat) is not None)


async def test_undoing_the_deletion_of_another_chat_only_brings_it_back_to_the_list(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        first = await finished_chat(qtbot, session, "one")
        second = await finished_chat(qtbot, session, "two")
        session.delete_chats([first])
        await until(lambda: session.window.conversations.row_of(first) is None)
        session.undo()
        await until(lambda: session.window.conversations.row_of(first) is not None)
        assert session.chat.conversation_id == second


async def test_undo_does_not_take_away_a_chat_that_was_opened_after_the_deletion(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    """The person has gone on: what they look at now stays."""
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        first = await finished_chat(qtbot, session, "one")
        second = await finished_chat(qtbot, session, "two")
        session.delete_chats([second])
        await until(lambda: session.window.conversations.row_of(second) is None)
        session.open_chat(first)
        await until(lambda: session.chat.conversation_id == first)
        session.undo()
        await until(lambda: session.window.conversations.row_of(second) is not None)
        assert session.chat.conversation_id == first


async def test_a_new_prompt_written_since_the_deletion_is_kept_when_it_is_undone(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        chat = await finished_chat(qtbot, session, "one")
        session.delete_chats([chat])
        await until(lambda: session.window.conversations.row_of(chat) is None)
        qtbot.keyClicks(named(session.window, "Message"), "a new thought")  # type: ignore[attr-defined]  # as above
        session.undo()
        await until(lambda: session.window.conversations.row_of(chat) is not None)
        assert "a new thought" in session.window.chat.composer.text()


@pytest.mark.parametrize("width", [560, 700, 1200])
async def test_the_composer_is_as_wide_as_the_pane_allows_from_the_start(theme: Theme, home: Path, width: int) -> None:
    async with open_session(theme, home, width=width) as session:
        pane = session.window.chat
        assert pane.composer.width() == pytest.approx(min(720, pane.width() - 40), abs=16), "and a scroll bar's width"
        starters = pane._starters.findChildren(QPushButton)
        assert all(button.width() >= button.sizeHint().width() for button in starters)


async def test_a_provider_named_without_a_model_shows_the_model_that_will_answer(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home, "--provider", "lm_studio") as session:
        button = session.window.chat.composer.model_button
        await until(lambda: "LM Studio, loaded" in button.accessibleDescription())
        assert (session.chat.state.provider, session.chat.state.model) == ("lm_studio", "simulated/coder-7b")


async def test_closing_the_notice_of_an_edit_ends_the_edit(qtbot: object, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        composer = session.window.chat.composer
        await until(lambda: session.parts.models.chosen().model)
        type_and_send(qtbot, session.window, "question")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        prompt = session.chat.transcript.message(0)
        assert prompt is not None
        composer.set_text("what was being written")
        session.composing.begin_edit(prompt.message_id, prompt.text)
        close = named(session.window, "Close notice")
        close.setFocus()
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]  # pytest-qt
        assert not session.window.chat.notice.isVisible()
        assert composer.text() == "what was being written"
        assert session.window.focusWidget() is composer.edit
        type_and_send(qtbot, session.window, " and more")
        await until(lambda: session.chat.transcript.count == 4 and not session.chat.running)


async def a_changed_edit(qtbot: object, session: Session) -> int:
    """An earlier prompt is being edited, its text changed; what was being written before is put aside."""
    composer = session.window.chat.composer
    await until(lambda: session.parts.models.chosen().model)
    type_and_send(qtbot, session.window, "question")
    await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
    prompt = session.chat.transcript.message(0)
    assert prompt is not None and session.chat.conversation_id is not None
    composer.set_text("a draft")
    session.composing.begin_edit(prompt.message_id, prompt.text)
    composer.edit.selectAll()
    qtbot.keyClicks(composer.edit, "a better question")  # type: ignore[attr-defined]  # pytest-qt
    return session.chat.conversation_id


async def stored_draft(session: Session, chat: int) -> str:
    kept = await session.engine.run(session.engine.store.conversation(chat))
    return "" if kept is None else kept.draft


async def test_an_edit_of_an_old_prompt_goes_on_after_another_chat(qtbot: object, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        chat = await a_changed_edit(qtbot, session)
        composer = session.window.chat.composer
        session.new_chat()
        assert composer.text() == "" and session.composing.editing is None
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        assert composer.text() == "a better question" and session.composing.editing is not None
        await until_stored(session, chat, "a better question\n\na draft")
        session.on_escape()
        assert composer.text() == "a draft"


async def until_stored(session: Session, chat: int, draft: str) -> None:
    """The store keeps this draft with the chat."""
    async with asyncio.timeout(10):
        while await stored_draft(session, chat) != draft:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("ends", ["closed", "killed"])
async def test_what_was_changed_in_an_old_prompt_is_there_at_the_next_start(
    qtbot: object, theme: Theme, home: Path, ends: str
) -> None:
    async with open_session(theme, home) as session:
        chat = await a_changed_edit(qtbot, session)
        if ends == "killed":  # nothing is done at the end: what the pause in typing saved has to be enough
            await until_stored(session, chat, "a better question\n\na draft")
    async with open_session(theme, home) as session:
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        assert session.window.chat.composer.text() == "a better question\n\na draft"


async def test_an_unchanged_edit_leaves_the_draft_as_it_was(qtbot: object, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        chat = await a_changed_edit(qtbot, session)
        session.window.chat.composer.set_text("question")
        session.new_chat()
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        assert session.window.chat.composer.text() == "a draft"


async def test_an_edit_that_esc_ended_can_be_brought_back(qtbot: object, theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await a_changed_edit(qtbot, session)
        composer = session.window.chat.composer
        session.on_escape()
        assert composer.text() == "a draft" and session.composing.editing is None
        session.undo()
        assert composer.text() == "a better question" and session.composing.editing is not None
        session.on_escape()
        assert composer.text() == "a draft"


async def test_the_draft_beside_an_edit_that_was_sent_is_kept(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        chat = await a_changed_edit(qtbot, session)
        composer = session.window.chat.composer
        await until(lambda: not session.chat.is_busy)
        composer.send_requested.emit(composer.text())
        await until(lambda: session.composing.editing is None)
        await until(lambda: len(asked(simulator)) == 2 and not session.chat.is_busy)
        assert composer.text() == "a draft"
        await until_stored(session, chat, "a draft")


async def test_another_prompt_that_is_edited_takes_nothing_of_the_first(
    qtbot: object, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        await a_changed_edit(qtbot, session)
        composer, first = session.window.chat.composer, session.composing.editing
        session.composing.begin_edit(77, "another")
        assert composer.text() == "another"
        session.undo()
        assert (composer.text(), session.composing.editing) == ("a better question", first)
        session.on_escape()
        assert composer.text() == "a draft"


async def test_a_draft_stays_when_a_prompt_that_waited_is_sent_in_a_chat_that_is_not_open(
    qtbot: object, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        composer = session.window.chat.composer
        await until(lambda: session.parts.models.chosen().model)
        simulator.script.ttft = 3.0
        type_and_send(qtbot, session.window, "first")
        await until(lambda: session.chat.running)
        chat = session.chat.conversation_id
        assert chat is not None
        type_and_send(qtbot, session.window, "second")
        composer.set_text("a draft")
        session.new_chat()
        simulator.script.ttft = 0.0
        await until(lambda: session.chat.running and len(asked(simulator)) == 2, 15)
        await until(lambda: not session.chat.running)
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat and session.chat.transcript.count == 4)
        assert composer.text() == "a draft"


async def test_the_end_of_an_edit_leaves_a_notice_about_something_else(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        session.composing.begin_edit(1, "old")
        session.window.chat.notice.tell("Something else.")
        session.composing.cancel_edit()
        assert session.window.chat.notice.isVisible()


async def test_the_undo_bar_shortens_a_long_title_and_not_what_was_done(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        await until(lambda: session.parts.models.chosen().model)
        bar = session.window.sidebar.undo_bar
        bar.offer(f"“{'A very long title ' * 10}” deleted", lambda: None)
        shown = bar._label.text()
        assert shown.startswith("“A very long")
        assert shown.endswith("…” deleted"), "a title loses its end"
        assert bar._label.fontMetrics().horizontalAdvance(shown) <= bar._label.width()
        assert bar._label.accessibleName().startswith("“A very long title A very")
