"""Where the keyboard focus is: it lands where it can be used at once, and nothing that arrives takes it away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QListView

from app.desktop.models.conversation_list_model import Role
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from tests.desktop.session_window import open_session, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chats(tmp_path: Path) -> list[int]:
    """Three chats in a home of its own; the first is the oldest."""
    store = ConversationStore(user_paths(tmp_path / "home").store_file)
    await store.open()
    made = []
    for title in ("First", "Second", "Third"):
        chat = await store.create_conversation(title=title)
        await store.import_messages(chat, [("user", f"{title}?"), ("assistant", f"{title}.")])
        made.append(chat)
    await store.aclose()
    return made


def current_chat(session: Session) -> int | None:
    return session.window.sidebar.list.currentIndex().data(Role.CONVERSATION_ID)


def picture(view: QListView) -> QImage:
    return view.viewport().grab().toImage()


async def to_the_list(session: Session) -> None:
    """F6 until the list of chats has the focus."""
    for _ in range(3):
        session.parts.shortcuts.run("next_pane")
        if session.window.sidebar.list.hasFocus():
            return
    raise AssertionError("F6 does not come to the list of chats")


async def test_F6_lands_on_the_row_of_the_open_chat_and_arrows_go_on_from_there(
    qtbot: Any, theme: Theme, tmp_path: Path, chats: list[int]
) -> None:
    first, second, _third = chats
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        await until(lambda: session.window.conversations.rowCount() == 4)
        session.open_chat(second)
        await until(lambda: session.chat.conversation_id == second)
        await to_the_list(session)
        assert current_chat(session) == second
        qtbot.keyClick(session.window.sidebar.list, Qt.Key.Key_Down)
        assert current_chat(session) == first
        qtbot.keyClick(session.window.sidebar.list, Qt.Key.Key_Return)
        await until(lambda: session.chat.conversation_id == first)


async def test_F6_lands_on_the_first_chat_while_none_of_the_list_is_open(
    qtbot: Any, theme: Theme, tmp_path: Path, chats: list[int]
) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        await until(lambda: session.window.conversations.rowCount() == 4)
        session.new_chat()
        before = picture(session.window.sidebar.list)
        await to_the_list(session)
        assert current_chat(session) == chats[-1], "the newest stands on top"
        assert session.window.sidebar.chosen_ids() == [chats[-1]]
        assert picture(session.window.sidebar.list) != before, "the row has a ring"


async def test_Tab_into_the_list_lands_on_a_row_too(qtbot: Any, theme: Theme, tmp_path: Path, chats: list[int]) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        await until(lambda: session.window.conversations.rowCount() == 4)
        session.window.sidebar.new_chat_button.setFocus(Qt.FocusReason.TabFocusReason)
        session.window.sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
        assert current_chat(session) == chats[-1]


async def test_a_click_into_the_list_chooses_nothing_by_itself(theme: Theme, tmp_path: Path, chats: list[int]) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        await until(lambda: session.window.conversations.rowCount() == 4)
        session.window.sidebar.list.setFocus(Qt.FocusReason.MouseFocusReason)
        assert session.window.sidebar.chosen_ids() == []
