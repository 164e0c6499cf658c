"""What is said after small acts, and that each can be taken back or found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from app.desktop.commands import Commands
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.desktop.views.settings.controls import NumberBox
from app.desktop.views.undo_bar import UndoBar
from tests.desktop.session_window import answered, arguments, notice_text, open_session, until

pytestmark = pytest.mark.anyio


async def begun(session: Session) -> int:
    await until(lambda: session.parts.models.all_looked_at)
    session.chat.send("Hello")
    await answered(session, 2)
    chat = session.chat.conversation_id
    assert chat is not None
    return chat


def title(session: Session) -> str:
    return str(session.window.chat.header._label.text())


async def test_a_new_title_can_be_taken_back(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await begun(session)
        before = title(session)
        session.window.chat.header.renamed.emit("Another name")
        await until(lambda: title(session) == "Another name")
        await until(lambda: session.window.sidebar.undo_bar.isVisible())
        session.undo()
        await until(lambda: title(session) == before)


async def test_a_fork_is_told_from_its_original(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        chat = await begun(session)
        before = title(session)
        message = session.chat.transcript.message(1)
        session.window.chat.transcript.fork_requested.emit(message.message_id)
        await until(lambda: session.chat.conversation_id not in (None, chat))
        await until(lambda: title(session) == f"{before} (fork)")
        await until(lambda: session.window.sidebar.undo_bar.isVisible())
        session.undo()
        await until(lambda: session.chat.conversation_id == chat, what="the first one is open again")


async def test_a_copied_link_is_said_and_leads_there_from_the_palette(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        chat = await begun(session)
        session.links.copy_open_chat()
        await until(lambda: "The link is copied" in notice_text(session))
        session.new_chat()
        await until(lambda: session.chat.conversation_id is None)
        await until(lambda: notice_text(session) == "", what="it was about the chat before")
        session.parts.shortcuts.run("palette")
        field = session.parts.palette.view.field
        qtbot.keyClicks(field, QGuiApplication.clipboard().text())
        qtbot.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: session.chat.conversation_id == chat)


async def test_a_command_by_its_name_stands_before_what_was_written_in_chats(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await until(lambda: session.parts.models.all_looked_at)
        session.chat.send("import os")
        await answered(session, 2)
        session.parts.shortcuts.run("palette")
        palette = session.parts.palette
        qtbot.keyClicks(palette.view.field, "import")
        await until(lambda: not palette.controller.is_looking)
        assert palette.view.current().kind == "command"


async def test_tags_stand_beside_the_title(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        chat = await begun(session)
        session.organise.controller.set_tags([chat], "bug", ())
        await until(lambda: "#bug" in session.window.chat.header._folder)


async def test_importing_from_the_palette_shows_where_its_result_stands(theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments(), width=1000) as session:
        session.window.resize(1000, 700)
        await begun(session)
        Commands(session.parts)._in_settings(lambda: None)
        await until(lambda: session.parts.panes.settings_open)
        page = session.parts.panes.pane.page("General")
        await until(lambda: page.chat_files.visibleRegion().boundingRect().height() > 0, what="the section is in sight")


def test_a_word_in_place_of_a_number_is_replaced_by_what_is_typed(qtbot: Any, theme: Theme) -> None:
    box = NumberBox(theme)
    box.setRange(0, 100_000)
    box.setSpecialValueText("Default")
    qtbot.addWidget(box)
    box.show()
    box.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(lambda: box.lineEdit().selectedText() == "Default")
    qtbot.keyClicks(box, "8192")
    assert box.value() == 8192


async def test_ctrl_z_takes_back_in_the_window_of_presets(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await begun(session)
        session.parts.shortcuts.run("presets")
        dialog = session.parts.chat_settings.presets
        done: list[bool] = []
        dialog.activateWindow()
        await until(dialog.isActiveWindow)
        dialog.undo_bar.offer("Gone", lambda: done.append(True))
        qtbot.keyClick(dialog.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: done)
        assert [label.text() for label in dialog.undo_bar.findChildren(QLabel)]


async def test_undo_leaves_the_focus_in_the_chat(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, *arguments()) as session:
        await begun(session)
        pane, done = session.window.chat, list[str]()
        pane.composer.focus()
        pane.undo_bar.offer("Message deleted", lambda: done.append("clicked"))
        qtbot.mouseClick(pane.undo_bar._button, Qt.MouseButton.LeftButton)
        assert session.window.focusWidget() is pane.composer.edit, "a click moves it nowhere"
        pane.undo_bar.offer("Message deleted", lambda: done.append("pressed"))
        pane.undo_bar._button.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(pane.undo_bar._button, Qt.Key.Key_Space)
        assert session.window.focusWidget() is pane.composer.edit, "the bar goes with its button"
        assert done == ["clicked", "pressed"]


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("“A chat about the sidebar and all that is in it” deleted", "“A chat about", "…” deleted"),
        ("«Una conversación sobre la barra lateral y todo» eliminada", "«Una con", "…» eliminada"),
        ("Preset “For reviews “in depth” and much more of it” deleted", "Preset “For re", "…” deleted"),
        ("qwen2.5-coder-with-a-very-long-name-32b-instruct-q4_k_m unloaded", "qwen2.5", "unloaded"),
        ("“Short” deleted", "“Short”", "“Short” deleted"),
    ],
)
def test_what_was_done_is_told_in_full_beside_a_title_that_loses_its_end(
    theme: Theme, qtbot: Any, text: str, starts: str, ends: str
) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    place.resize(264, 300)
    bar = UndoBar(theme, place)
    bar.offer(text, lambda: None)
    shown = bar._label.text()
    assert shown.startswith(starts)
    assert shown.endswith(ends)
