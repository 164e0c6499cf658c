"""A chat that outgrew its window: leaving out, summarising, loading with more room, and taking each of it back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.transcript.blocks.boundary import BoundaryBlock
from app.services.conversations.context import SUMMARY_BEGINS
from app.services.conversations.history_cut import cut_history
from app.services.conversations.records import ContextSegment, ContextUse, HistoryCut
from app.services.conversations.store import ConversationStore
from app.services.llm.address import port_of
from app.services.mock_server import Fault, MockServer
from tests.desktop.session_window import (
    BLIND,
    answered,
    choose_more,
    laid_out,
    named,
    note_buttons,
    open_more,
    open_session,
    until,
)
from tests.desktop.test_accessible_names import check_names
from tests.desktop.test_token_bar import TWIN, bar_of, choose, value_of
from tests.fakes.lms import FakeLms

pytestmark = pytest.mark.anyio

FILLER = "word " * 1_500
LEAVE_OUT = "Leave out earlier messages"
SUMMARISE = "Summarise earlier messages"
NOT_SENT = "Not sent to the model from here up"


def requests(simulator: MockServer) -> list[list[dict[str, Any]]]:
    return [r.body["messages"] for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]


async def long_chat(session: Session, turns: int = 6) -> int:
    """Turns of about 1,900 tokens each; the window of the model holds four of them."""
    store = session.engine.store
    chat = await session.engine.run(store.create_conversation(provider="lm_studio", model=TWIN))
    for turn in range(turns):
        await session.engine.run(
            store.import_messages(chat, [("user", f"prompt {turn} {FILLER}"), ("assistant", f"answer {turn}")])
        )
    session.open_chat(chat)
    await until(lambda: session.chat.conversation_id == chat and session.chat.transcript.count == 2 * turns)
    return chat


async def overflow(session: Session, draft: str = "and on") -> None:
    """Send what does not fit."""
    session.window.chat.composer.set_text(draft)
    session.window.chat.composer.send_button.click()
    await until(lambda: any(why in session.window.chat.notice.text() for why in ("does not fit", "is not loaded")))


@asynccontextmanager
async def overflowing(theme: Theme, home: Path) -> AsyncIterator[Session]:
    """A window in which a long chat was refused one more prompt."""
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await long_chat(session)
        await overflow(session)
        yield session


def boundary_under(session: Session, index: int) -> BoundaryBlock | None:
    return session.window.chat.transcript.flow.document(index).boundary


def boundaries(session: Session) -> list[int]:
    return [i for i in range(session.chat.transcript.count) if boundary_under(session, i) is not None]


def press_control(session: Session, index: int, action: str) -> None:
    """A control of the boundary under a message, by the keyboard's way."""
    view = session.window.chat.transcript
    document = view.flow.document(index)
    number = document.flat.index(document.boundary)
    document.lay(number)
    control = next(c for c in document.flat[number].controls if c.action == action)
    view.actions_.run(index, number, control)


async def test_leaving_out_sends_the_prompt_and_marks_the_place_until_everything_is_sent_again(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.enforce_context = True
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        chat = await long_chat(session)
        await overflow(session)
        assert note_buttons(session) == [
            "Load with 16k tokens",
            LEAVE_OUT,
            SUMMARISE,
            "More…",
        ]
        check_names("note", session.window.chat.notice, least=4)
        qtbot.mouseClick(named(session.window, LEAVE_OUT), Qt.MouseButton.LeftButton)
        await answered(session, 14)
        assert session.window.chat.composer.text() == ""
        assert [m["content"][:8] for m in requests(simulator)[-1]][0:2] == ["prompt 3", "answer 3"]
        assert boundaries(session) == [5]
        block = boundary_under(session, 5)
        assert block is not None and block.accessible_name() == NOT_SENT
        await until(lambda: not bar_of(session).level(), what="the bar counts what is sent")
        pane = session.window.chat
        assert pane.undo_bar.isVisible()
        pane.transcript.scroll_to_message(0)
        jump = pane.findChild(QAbstractButton, "jumpToLatest")
        assert jump is not None and jump.isVisible()
        await laid_out(session)
        assert not jump.geometry().intersects(pane.undo_bar.geometry()), "both can be read"
    async with open_session(theme, home) as session:  # it survives
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 14)
        assert boundaries(session) == [5]
        press_control(session, 5, "send_all")
        await until(lambda: not boundaries(session))
        await until(lambda: bar_of(session).level() == "error", what="the whole chat counts again")
        session.undo()
        await until(lambda: boundaries(session) == [5], what="and that can be undone")


async def test_what_has_no_button_is_in_a_menu_that_the_keyboard_opens_and_leaves(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with overflowing(theme, home) as session:
        menu = open_more(session)
        assert menu.accessibleName() == "More choices"
        rest = ["Choose another model", "New chat with this message", "Send anyway"]
        assert [action.text() for action in menu.actions()] == rest
        QTest.keyClick(menu, Qt.Key.Key_Escape)
        assert QApplication.activePopupWidget() is None
        assert named(session.window, "More choices").hasFocus()
        assert session.window.chat.notice.isVisible()
        choose_more(session, "Send anyway")
        await answered(session, 14)
        assert not session.window.chat.notice.isVisible()


async def test_undo_takes_a_cut_back(qtbot: Any, theme: Theme, home: Path, simulator: MockServer) -> None:
    async with overflowing(theme, home) as session:
        qtbot.mouseClick(named(session.window, LEAVE_OUT), Qt.MouseButton.LeftButton)
        await answered(session, 14)
        session.undo()
        await until(lambda: not boundaries(session))


async def test_a_summary_is_written_by_the_chosen_model_shown_folded_and_sent_in_their_place(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.enforce_context = True
    simulator.script.answer = "They counted words."
    async with overflowing(theme, home) as session:
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        await until(lambda: session.window.chat.notice.text().startswith("Summarising "))
        assert session.chat.is_busy
        await answered(session, 14)
        assert not session.window.chat.notice.isVisible()
        assert requests(simulator)[-1][0]["content"].startswith(f"{SUMMARY_BEGINS}\n\nThey counted words.")
        (index,) = boundaries(session)
        block = boundary_under(session, index)
        assert block is not None and not block.opened
        title = block.title()
        assert title.startswith(f"Summary of {index + 1} earlier messages, written by ") and "Twin" in title
        press_control(session, index, "summary")
        document = session.window.chat.transcript.flow.document(index)
        assert document.flat[-1].plain(0, document.flat[-1].end_offset()) == "They counted words."
        press_control(session, index, "summary")
        assert document.flat[-1] is document.boundary
        bar_of(session).open_popup()
        popup = bar_of(session).popup
        assert popup is not None and dict(popup.lines())["Summary of earlier messages"] == "≈5"
        popup.close()


async def test_a_summary_that_fails_leaves_everything_as_it_was_and_says_why(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with overflowing(theme, home) as session:
        simulator.script.fault = Fault.CRASH
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        notice = session.window.chat.notice
        await until(lambda: notice.isVisible() and not notice.text().startswith(("Summarising", "This prompt")))
        await until(lambda: not session.chat.is_busy)
        assert not boundaries(session)
        assert session.window.chat.composer.text() == "and on", "the message is kept and was not sent"
        assert session.chat.transcript.count == 12


@pytest.mark.parametrize("way", ["notice", "composer"])
async def test_summarising_can_be_stopped(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer, way: str
) -> None:
    simulator.script.ttft = 30
    async with overflowing(theme, home) as session:
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        await until(lambda: requests(simulator), what="the model was asked")
        session.chat.send("meanwhile")
        assert [prompt.text for prompt in session.chat.state.queue] == ["meanwhile"]
        if way == "notice":
            action = next(b for b in session.window.chat.notice.findChildren(QAbstractButton) if b.text() == "Stop")
            qtbot.mouseClick(action, Qt.MouseButton.LeftButton)
        else:
            session.window.chat.composer.stop_requested.emit()
        await until(lambda: not session.chat.is_busy)
        assert not boundaries(session) and session.chat.transcript.count == 12
        assert session.window.chat.composer.text() == "and on"
        assert session.chat.state.queue[0].held, "what waited is the person's to decide about"
        assert not session.window.chat.notice.isVisible()


async def test_what_was_changed_while_the_summary_was_written_is_not_sent_by_itself(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.ttft = 0.3
    async with overflowing(theme, home) as session:
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        session.window.chat.composer.set_text("and on, in other words")
        await until(lambda: boundaries(session) and not session.chat.is_busy)
        assert session.window.chat.composer.text() == "and on, in other words"
        assert session.chat.transcript.count == 12


async def test_asking_again_leaves_out_what_is_above_the_prompt(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await long_chat(session)
        last = session.chat.transcript.message(11)
        session.window.chat.transcript.regenerate_requested.emit(last.message_id)
        await until(lambda: "does not fit" in session.window.chat.notice.text())
        qtbot.mouseClick(named(session.window, LEAVE_OUT), Qt.MouseButton.LeftButton)
        await until(lambda: requests(simulator) and not session.chat.is_busy)
        await answered(session, 12)
        assert requests(simulator)[-1][-1]["content"].startswith("prompt 5")
        assert boundaries(session) == [5]


async def test_a_refusal_by_the_server_offers_it_under_the_answer(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.fault, simulator.script.fault_times = Fault.CONTEXT_LENGTH, 1
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await long_chat(session, turns=3)
        session.chat.send("and on")
        await answered(session, 8)
        shown = session.chat.transcript.message(7)
        assert shown.note is not None
        assert [action.name for action in shown.note.actions] == ["shorten", "summarise", "choose_model"]
        session.window.chat.transcript.note_action.emit(shown.message_id, "shorten")
        await until(lambda: len(requests(simulator)) == 2)
        await answered(session, 8)
        assert len(requests(simulator)[1]) < len(requests(simulator)[0])
        assert boundaries(session) and session.chat.transcript.message(7).status == "complete"


async def test_a_loaded_model_is_loaded_anew_with_more_room_and_only_once(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.enforce_context = True
    simulator.script.load_seconds = 0.2
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await until(lambda: value_of(session) == "0 of 8.2k tokens")
        await overflow(session, "word " * 8_000)
        before = simulator.stats.models_loaded
        qtbot.mouseClick(named(session.window, "Load with 16k tokens"), Qt.MouseButton.LeftButton)
        await until(lambda: session.window.chat.notice.text().startswith("Loading "))
        await answered(session, 2)
        assert simulator.stats.models_loaded == before + 1
        await until(lambda: "of 16k tokens" in value_of(session))


@pytest.mark.skipif(sys.platform == "win32", reason="the fake is started by its first line")
async def test_what_the_larger_window_takes_in_memory_is_told_once_lm_studio_has_estimated_it(
    theme: Theme, home: Path, simulator: MockServer, tmp_path: Path
) -> None:
    said = {"8192": "Estimated Total Memory: 2.00 GB", "16384": "Estimated Total Memory: 2.52 GB"}
    FakeLms(tmp_path / "person", estimates=said, status_port=port_of(simulator.base_url))
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await until(lambda: value_of(session) == "0 of 8.2k tokens")
        await overflow(session, "word " * 8_000)
        assert note_buttons(session)[0] == "Load with 16k tokens"
        await until(lambda: note_buttons(session)[0] == "Load with 16k tokens (≈0.5 GB more)")


async def test_a_load_that_fails_says_so_and_sends_nothing(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.load_error = "insufficient system resources"
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await until(lambda: value_of(session) == "0 of 8.2k tokens")
        await overflow(session, "word " * 8_000)
        qtbot.mouseClick(named(session.window, "Load with 16k tokens"), Qt.MouseButton.LeftButton)
        await until(lambda: "could not be loaded" in session.window.chat.notice.text())
        assert not requests(simulator) and session.window.chat.composer.text() == "word " * 8_000


async def test_the_boundary_is_spoken_with_its_buttons(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "They counted words."
    async with overflowing(theme, home) as session:
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        await answered(session, 14)
        (index,) = boundaries(session)
        view = session.window.chat.transcript
        view.scroll_to_message(index)
        message = QAccessible.queryAccessibleInterface(view).child(index)
        assert "Sent as a summary from here up" in message.text(QAccessible.Text.Name)
        block = message.child(message.childCount() - 1)
        names = [block.child(i).text(QAccessible.Text.Name) for i in range(block.childCount())]
        assert len(names) == 2 and names[0].startswith("Summary of") and names[1] == "Send everything again"
        assert block.child(0).state().expandable


async def test_closing_the_window_ends_a_summary(qtbot: Any, theme: Theme, home: Path, simulator: MockServer) -> None:
    simulator.script.ttft = 30
    async with overflowing(theme, home) as session:
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        await until(lambda: requests(simulator), what="the model was asked")
    async with asyncio.timeout(5):
        while not simulator.stats.streams_aborted:
            await asyncio.sleep(0.01)


async def test_a_summary_goes_on_while_another_chat_is_shown_and_sends_nothing_there(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.ttft = 0.3
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        chat = await long_chat(session)
        await overflow(session)
        qtbot.mouseClick(named(session.window, SUMMARISE), Qt.MouseButton.LeftButton)
        session.new_chat()
        assert not session.chat.is_busy
        await until(lambda: not session.window.chat.notice.isVisible(), what="the end of the summary")
        assert session.chat.transcript.count == 0
        session.open_chat(chat)
        await until(lambda: session.chat.transcript.count == 12)
        assert boundaries(session)
        assert session.window.chat.composer.text() == "and on", "the draft waits"


async def test_a_cut_made_elsewhere_shows_and_counts(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        chat = await long_chat(session)
        await until(lambda: bar_of(session).level() == "error")
        other = ConversationStore(session.engine.store.path)
        await other.open()
        message = (await other.messages(chat))[7]
        await other.write(cut_history, message.id, HistoryCut())
        await other.aclose()
        await until(lambda: boundaries(session) == [7], what="the window looked at the store")
        await until(lambda: not bar_of(session).level())


async def test_a_model_that_is_not_loaded_is_not_left_to_a_window_that_may_be_too_small(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    """Its server would load it with 4,096 tokens, whatever the model could take."""
    simulator.script.enforce_context = True
    async with open_session(theme, home) as session:
        await choose(session, BLIND)
        await until(lambda: "at most" in value_of(session) or "tokens" in value_of(session))
        await overflow(session, "word " * 5_000)
        assert "is not loaded" in session.window.chat.notice.text()
        assert note_buttons(session)[0] == "Load with 8.2k tokens"
        assert not requests(simulator)
        qtbot.mouseClick(named(session.window, "Load with 8.2k tokens"), Qt.MouseButton.LeftButton)
        await answered(session, 2)
        assert session.chat.transcript.message(1).status == "complete"
        await until(lambda: "of 8.2k tokens" in value_of(session))


async def test_a_short_prompt_to_a_model_that_is_not_loaded_is_sent_as_ever(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, BLIND)
        session.window.chat.composer.send_requested.emit("Hello")
        await answered(session, 2)


async def test_nothing_is_left_out_for_a_file_that_does_not_fit_by_itself(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with overflowing(theme, home) as session:
        overflowed, file_alone = (
            ContextUse((ContextSegment("files", files), ContextSegment("history", 3_000)), files + 3_000, 8_192, False)
            for files in (6_000, 9_000)
        )
        for use, offered in ((overflowed, True), (replace(file_alone, draft_files=9_000), False)):
            choices = [one.text for one in session.parts.context.overflow.ways_out(use, lambda: None)]
            assert (LEAVE_OUT in choices) is offered
