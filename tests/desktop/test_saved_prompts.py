"""A slash in the message field offers the saved prompts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.conversations import saved_prompts
from app.services.mock_server import MockServer
from tests.desktop.session_window import answered, laid_out, open_session, until

pytestmark = pytest.mark.anyio


def rows(session: Session) -> list[str]:
    """Without the last line, which leads to all of them."""
    view: QListView = session.parts.prompts.popup.list
    return [view.model().index(row, 0).data() for row in range(view.model().rowCount() - 1)]


async def keep(session: Session, name: str, text: str) -> None:
    await session.engine.run(session.engine.store.write(saved_prompts.save_prompt, name, text))


async def test_typing_narrows_and_enter_puts_the_prompt_in_with_the_cursor_in_its_place(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "plan", "Plan {{input}} in steps 😀.")
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/")
        await until(popup.isVisible)
        assert rows(session) == ["/commit", "/explain", "/plan", "/refactor", "/review", "/test"]
        qtbot.keyClicks(edit, "re")
        assert rows(session)[:2] == ["/review", "/refactor"]
        qtbot.keyClick(edit, Qt.Key.Key_Down)
        assert popup.current() == "refactor"
        for _ in range(2):
            qtbot.keyClick(edit, Qt.Key.Key_Backspace)
        qtbot.keyClicks(edit, "pl")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        assert not popup.isVisible()
        assert edit.toPlainText() == "Plan  in steps 😀." and edit.textCursor().position() == len("Plan ")
        qtbot.keyClicks(edit, "the move")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        await answered(session, 2)
        body = next(r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions"))
        assert body["messages"][-1]["content"] == "Plan the move in steps 😀."


async def test_a_place_with_a_name_is_marked_and_undo_brings_the_slash_back(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "port", "Write it in {{language}}: {{input}}")
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/port")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        assert edit.textCursor().selectedText() == "{{language}}"
        edit.undo()
        assert edit.toPlainText() == "/port"


async def test_tab_goes_from_place_to_place_and_then_out_of_the_field(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "port", "😀 {{input}}\nfrom {{old}} to {{new}}.")
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/port")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        assert edit.textCursor().selectedText() == "{{old}}"
        qtbot.keyClicks(edit, "C")
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        assert edit.textCursor().selectedText() == "{{new}}"
        qtbot.keyClick(edit, Qt.Key.Key_Backtab)
        qtbot.keyClicks(edit, "++")
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        qtbot.keyClicks(edit, "Rust")
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        qtbot.keyClicks(edit, "the parser")
        assert edit.toPlainText() == "😀 the parser\nfrom C++ to Rust.", "the message's own place comes last"
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        assert not edit.hasFocus(), "there is no further place"
        assert edit.toPlainText() == "😀 the parser\nfrom C++ to Rust."


async def test_the_places_of_a_prompt_are_forgotten_with_it(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "port", "From {{old}} to {{new}}")
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/port")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        edit.undo()
        assert edit.toPlainText() == "/port"
        edit.clear()
        qtbot.keyClicks(edit, "words of my own")
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        assert not edit.hasFocus()


async def test_a_prompt_with_line_ends_of_windows_loses_no_letter(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "mail", "For {{who}}:\r\nAnswer {{input}}\r\nThanks, and be kind.")
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/mail")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        assert edit.textCursor().selectedText() == "{{who}}"
        assert edit.toPlainText() == "For {{who}}:\nAnswer \nThanks, and be kind."


async def test_tab_leaves_the_field_when_the_prompt_was_taken_back_or_another_text_put_in(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "port", "From {{old}} to {{new}}")
        composer, popup = session.window.chat.composer, session.parts.prompts.popup
        edit = composer.edit
        for undone in (True, False):
            composer.set_text("")
            edit.setFocus()
            qtbot.keyClicks(edit, "/port")
            await until(popup.isVisible)
            qtbot.keyClick(edit, Qt.Key.Key_Return)
            if undone:
                edit.undo()
                qtbot.keyClicks(edit, " words")
            else:
                composer.set_text("The draft of another chat")
            qtbot.keyClick(edit, Qt.Key.Key_Tab)
            assert not edit.hasFocus()


async def test_of_a_long_prompt_the_first_place_is_in_sight(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        await keep(session, "long", "About {{topic}}.\n" + "One more rule.\n" * 200)
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/long")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        await until(lambda: edit.verticalScrollBar().maximum() > 0)
        await laid_out(session)
        assert edit.viewport().rect().contains(edit.cursorRect())
        assert edit.verticalScrollBar().value() == 0


async def test_esc_leaves_the_slash_and_enter_sends_it_then(
    qtbot: QtBot, theme: Theme, home: Path, simulator: MockServer
) -> None:
    async with open_session(theme, home) as session:
        edit, popup = session.window.chat.composer.edit, session.parts.prompts.popup
        edit.setFocus()
        qtbot.keyClicks(edit, "/re")
        await until(popup.isVisible)
        qtbot.keyClick(edit, Qt.Key.Key_Escape)
        assert not popup.isVisible() and edit.toPlainText() == "/re"
        qtbot.keyClicks(edit, "v")
        assert not popup.isVisible(), "it was sent away for this slash"
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        await answered(session, 2)
        for text in ("a/b", "/ x", "/usr/bin", "//"):
            edit.setPlainText(text)
            assert not popup.isVisible(), text
        edit.setPlainText("")
        qtbot.keyClicks(edit, "/zzzz")
        await until(lambda: session.parts.prompts._prompts)
        assert not popup.isVisible(), "nothing of that name"
