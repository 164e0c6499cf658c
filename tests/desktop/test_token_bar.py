"""The token bar in the real window, and the note about a prompt that does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.models.token_counts import bar_text
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.chat.token_bar import TokenBar
from app.services.conversations.records import ContextUse
from app.services.mock_server import MockServer
from tests.desktop.session_window import choose_more, laid_out, named, note_buttons, open_session, until
from tests.desktop.test_accessible_names import check_names, names_under

pytestmark = pytest.mark.anyio

TWIN = "simulated/twin-1b"
DOES_NOT_FIT = "This prompt does not fit: "


def bar_of(session: Session) -> TokenBar:
    bar = session.window.chat.composer.token_bar
    assert isinstance(bar, TokenBar)
    return bar


def value_of(session: Session) -> str:
    return QAccessible.queryAccessibleInterface(bar_of(session)).text(QAccessible.Text.Value)


async def choose(session: Session, model: str) -> None:
    await until(lambda: session.parts.models.chosen().model, what="a model is chosen by itself")
    session.chat.choose_model("lm_studio", model)


def type_and_send(qtbot: Any, window: QWidget, text: str) -> None:
    message = named(window, "Message")
    qtbot.keyClicks(message, text)
    qtbot.keyClick(message, Qt.Key.Key_Return)


async def test_the_bar_says_what_the_next_request_holds_of_the_loaded_window(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "A bucket that fills with tokens."
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await until(lambda: value_of(session) == "0 of 8.2k tokens", what="an empty chat in a loaded window")
        type_and_send(qtbot, session.window, "What is a token bucket?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        stored = (await session.engine.run(session.engine.store.messages(session.chat.conversation_id or 0)))[-1]
        counted = stored.metrics["input_tokens"] + stored.metrics["output_tokens"]
        await until(lambda: value_of(session) == f"{counted} of 8.2k tokens", what="the server's own count, without ≈")
        session.new_chat()
        await until(lambda: value_of(session) == "0 of 8.2k tokens", what="another chat")


async def test_typing_is_counted_when_it_stopped(qtbot: Any, theme: Theme, home: Path, simulator: MockServer) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await until(lambda: value_of(session) == "0 of 8.2k tokens")
        qtbot.keyClicks(named(session.window, "Message"), "What is a token bucket?")
        assert value_of(session) == "0 of 8.2k tokens", "no key costs a count"
        await until(lambda: value_of(session) == "≈6 of 8.2k tokens")


async def test_another_model_has_another_window_and_one_that_is_not_loaded_only_a_possible_one(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, "simulated/coder-7b")
        await until(lambda: value_of(session) == "0 of 16k tokens")
        session.chat.choose_model("lm_studio", "simulated/thinker-4b")
        await until(lambda: value_of(session) == "0 of at most 262k tokens")


async def test_without_a_known_window_only_the_figure_is_there(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: session.parts.models.chosen().simulated)
        await until(lambda: not bar_of(session).isVisible(), what="nothing is known of an empty chat and its window")
        session.window.chat.composer.edit.setPlainText("What is a token bucket?")
        await until(lambda: value_of(session) == "≈6 tokens, window unknown")
        assert bar_of(session).isVisible()
        assert bar_of(session).figure() == "≈6 · window unknown"
        assert bar_of(session).spans() == []


async def test_a_click_or_enter_names_and_numbers_the_parts(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    simulator.script.answer = "A bucket that fills with tokens."
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        type_and_send(qtbot, session.window, "What is a token bucket?")
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        session.window.chat.composer.edit.setPlainText("Go on.")
        bar = bar_of(session)
        await until(lambda: len(bar.spans()) == 2, what="the draft is a part of its own")
        bar.setFocus()
        qtbot.keyClick(bar, Qt.Key.Key_Return)
        assert bar.popup is not None
        lines = dict(bar.popup.lines())
        assert list(lines) == ["This chat so far", "Your message", "Together", "Window", "Room left"]
        assert not lines["This chat so far"].startswith("≈")
        assert lines["Your message"] == "≈2"
        assert lines["Window"].replace(",", "") == "8192"
        check_names("popup", bar.popup, least=0)
        assert "Parts of the next request" in names_under(session.window), "a screen reader finds the popup"
        assert QAccessible.queryAccessibleInterface(bar.popup).role() == QAccessible.Role.Dialog
        qtbot.keyClick(bar.popup, Qt.Key.Key_Escape)
        await until(lambda: bar.popup is None)
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
        assert bar.popup is not None
        bar.popup.close()
        await until(lambda: bar.popup is None)


async def test_tab_goes_from_the_model_over_the_bar_to_the_message(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await until(lambda: bar_of(session).isVisible())
        session.window.activateWindow()
        named(session.window, "Model").setFocus()
        names = []
        for _ in range(2):
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            names.append(QApplication.focusWidget().accessibleName())
        assert names == ["Context used", "Message"]


@pytest.mark.parametrize(("model", "window"), [(TWIN, "0 of 8.2k"), ("simulated/thinker-4b", "0 of at most 262k")])
async def test_row_a_has_room_for_it_from_560_pixels_on(
    theme: Theme, home: Path, simulator: MockServer, model: str, window: str
) -> None:
    async with open_session(theme, home, width=560) as session:
        await choose(session, model)
        await until(lambda: bar_of(session).isVisible() and bar_of(session).figure() == window)
        pane, composer, bar = session.window.chat, session.window.chat.composer, bar_of(session)
        assert pane.width() == 560
        await until(lambda: bar.width() >= bar.sizeHint().width(), what="the figure is not clipped")
        model = composer.model_button
        await until(lambda: model.width() >= min(200, model.sizeHint().width()), what="the model keeps its name")
        await laid_out(session)
        assert model.geometry().right() < bar.geometry().left()
        assert bar.geometry().right() <= composer.width() <= 560
        assert not composer._runtime.isVisible(), "the runtime gives way"
        pane.resize(559, pane.height())
        assert not bar.isVisible()
        pane.resize(560, pane.height())
        assert bar.isVisible()


def test_what_fits_never_reads_as_more_than_the_window() -> None:
    for total, window, text in (
        (32_700, 32_768, "33k of 33k"),
        (257_000, 262_144, "257k of 262k"),
        (1_900, 200_000, "1.9k of 200k"),
        (412, 8_192, "412 of 8.2k"),
        (1_000_000, 1_048_576, "1M of 1M"),
        (2_500_000, 1_000_000, "2.5M of 1M"),
    ):
        assert bar_text(ContextUse((), total, window, exact=True)) == text


async def test_a_nearly_full_window_warns_and_a_full_one_is_an_error(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        composer, bar = session.window.chat.composer, bar_of(session)
        for size, level in ((1_000, ""), (8_192 * 3.9 * 0.85, "warn"), (8_192 * 3.9 * 1.2, "error")):
            composer.set_text("x" * int(size))
            await until(lambda level=level: bar.spans() and bar.level() == level)
            ((left, width, token),) = bar.spans()
            assert (left, token) == (0, level or "accent")
            assert width <= theme.px(120)


async def test_a_prompt_that_does_not_fit_is_not_sent_but_told(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        composer, notice = session.window.chat.composer, session.window.chat.notice
        composer.set_text("y" * 39_000)
        composer.send_button.click()
        assert notice.text() == "This prompt does not fit: ≈10k of 8.2k tokens."
        assert composer.text() == "y" * 39_000, "the text stays in the composer"
        assert session.chat.transcript.count == 0
        assert note_buttons(session) == [
            "Load with 16k tokens",
            "Choose another model",
            "Send anyway",
        ]
        check_names("window with the note", session.window, least=8)
        session.chat.choose_model("lm_studio", "simulated/coder-7b")
        await until(lambda: not notice.isVisible(), what="the note goes with what it is about")
        session.chat.choose_model("lm_studio", TWIN)
        await until(lambda: "8.2k" in value_of(session))
        composer.send_button.click()
        named(session.window, "Choose another model")
        simulator.script.answer = "Too long, but here."
        qtbot.mouseClick(named(session.window, "Send anyway"), Qt.MouseButton.LeftButton)
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        assert session.chat.transcript.text(0) == "y" * 39_000
        assert composer.text() == ""


async def test_where_the_chat_is_what_fills_the_window_a_new_one_takes_the_message(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        store = session.engine.store
        chat = await session.engine.run(store.create_conversation(provider="lm_studio", model=TWIN))
        await session.engine.run(store.import_messages(chat, [("user", "u" * 20_000), ("assistant", "a" * 20_000)]))
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        composer = session.window.chat.composer
        composer.set_text("Go on.")
        composer.send_button.click()  # at once: the chat is still being counted
        await until(lambda: session.window.chat.notice.text().startswith(DOES_NOT_FIT))
        assert session.chat.transcript.count == 2
        check_names("window with the note", session.window, least=8)
        choose_more(session, "New chat with this message")
        assert session.chat.conversation_id is None
        assert composer.text() == "Go on."
        assert not session.window.chat.notice.isVisible()
        qtbot.keyClick(named(session.window, "Message"), Qt.Key.Key_Return)
        await until(lambda: session.chat.transcript.count == 2 and not session.chat.running)
        assert session.chat.conversation_id != chat
        found = await session.engine.run(store.conversation(chat))
        assert found is not None
        assert found.draft == ""


async def test_a_prompt_that_fits_is_sent_even_while_the_chat_is_being_counted(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        store = session.engine.store
        chat = await session.engine.run(store.create_conversation(provider="lm_studio", model=TWIN))
        await session.engine.run(store.import_messages(chat, [("user", "hello"), ("assistant", "Hello.")]))
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        composer = session.window.chat.composer
        composer.set_text("Go on.")
        composer.send_button.click()
        composer.send_button.click()  # pressed twice, sent once
        await until(lambda: session.chat.transcript.count == 4 and not session.chat.running)
        assert session.chat.transcript.text(2) == "Go on."
        assert composer.text() == ""


async def long_chat(session: Session, prompt: str) -> int:
    """A chat with one finished turn of a model that counted nothing; the id of its answer."""
    store = session.engine.store
    chat = await session.engine.run(store.create_conversation(provider="lm_studio", model=TWIN))
    await session.engine.run(store.import_messages(chat, [("user", prompt), ("assistant", "Hello.")]))
    session.open_chat(chat)
    await until(lambda: session.chat.conversation_id == chat and session.chat.transcript.message(1))
    shown = session.chat.transcript.message(1)
    assert shown is not None
    return shown.message_id


def asked(simulator: MockServer) -> int:
    return sum(request.path.endswith("/chat/completions") for request in simulator.stats.recorded)


@pytest.mark.parametrize("way", ["button", "shortcut", "note"])
async def test_asking_again_what_does_not_fit_is_a_question_too(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer, way: str
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        answer = await long_chat(session, "y" * 39_000)
        view, notice = session.window.chat.transcript, session.window.chat.notice
        if way == "button":
            view.regenerate_requested.emit(answer)
            view.regenerate_requested.emit(answer)  # pressed twice, asked once
        elif way == "note":
            view.note_action.emit(answer, "retry")
        else:
            session.parts.shortcuts.run("regenerate")
        await until(lambda: notice.text() == "This prompt does not fit: ≈10k of 8.2k tokens.")
        assert asked(simulator) == 0
        assert note_buttons(session) == [
            "Load with 16k tokens",
            "Choose another model",
            "Send anyway",
        ]
        simulator.script.answer = "Too long, but here."
        qtbot.mouseClick(named(session.window, "Send anyway"), Qt.MouseButton.LeftButton)
        await until(lambda: session.chat.transcript.text(1) == "Too long, but here." and not session.chat.running)
        assert asked(simulator) == 1
        assert not notice.isVisible()


async def test_asking_again_what_the_server_counted_and_took_is_no_question(
    theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        answer = await long_chat(session, "y" * 39_000)
        metrics = '{"input_tokens": 4000, "output_tokens": 2, "estimated": false}'
        change = "UPDATE message SET provider = 'lm_studio', model = ?, metrics = ? WHERE id = ?"
        store = session.engine.store
        await session.engine.run(store.write(lambda db: db.execute(change, (TWIN, metrics, answer)).rowcount))
        session.window.chat.transcript.regenerate_requested.emit(answer)
        await until(lambda: asked(simulator) == 1)
        assert not session.window.chat.notice.isVisible()


async def test_an_edited_prompt_that_does_not_fit_is_not_sent_but_told(
    qtbot: Any, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await choose(session, TWIN)
        await long_chat(session, "hello")
        prompt = session.chat.transcript.message(0)
        assert prompt is not None
        session.composing.begin_edit(prompt.message_id, "y" * 39_000)
        composer, notice = session.window.chat.composer, session.window.chat.notice
        composer.send_button.click()
        await until(lambda: notice.text() == "This prompt does not fit: ≈10k of 8.2k tokens.")
        assert composer.text() == "y" * 39_000
        assert session.composing.editing == prompt.message_id
        assert asked(simulator) == 0
        qtbot.mouseClick(named(session.window, "Send anyway"), Qt.MouseButton.LeftButton)
        await until(lambda: session.chat.transcript.text(0) == "y" * 39_000 and not session.chat.running)
        assert session.composing.editing is None
