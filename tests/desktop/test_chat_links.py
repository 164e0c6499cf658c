"""Links to chats in the window: copied where a chat or a message is, followed wherever they come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from app.desktop.session import Session
from app.desktop.theme import Theme
from app.services.conversations.chat_links import ChatLink, parse_link
from tests.desktop.session_window import (
    notice_text,
    open_session,
    open_tab,
    press,
    row_menu,
    store_chat,
    take,
    until,
)
from tests.fakes.programs import install
from tests.services.test_link_registration import XDG_MIME

pytestmark = pytest.mark.anyio

LONG = [("user" if n % 2 == 0 else "assistant", f"Message {n}\n\n" + "words\n\n" * 20) for n in range(40)]


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


async def uid_of(session: Session, chat: int) -> str:
    found = await session.engine.run(session.engine.store.conversation(chat))
    assert found is not None
    return found.uid


async def test_the_link_of_a_chat_is_copied_from_the_list_and_from_its_menu(theme: Theme, home: Path) -> None:
    chat = await store_chat(home, "Refunds", [("user", "How to retry?")])
    async with open_session(theme, home) as session:
        link = str(ChatLink(await uid_of(session, chat)))
        QGuiApplication.clipboard().setText("before")
        take(row_menu(session, "Refunds"), "Copy link")
        await until(lambda: clipboard() == link)
        QGuiApplication.clipboard().setText("before")
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        session.window.chat.header.menu_button.click()
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        take(menu, "Copy link to this chat")
        await until(lambda: clipboard() == link)


async def test_the_link_of_a_message_leads_back_to_it_from_another_chat(theme: Theme, home: Path) -> None:
    long = await store_chat(home, "Long", LONG)
    other = await store_chat(home, "Other", [("user", "hello")])
    async with open_session(theme, home) as session:
        session.open_chat(long)
        await until(lambda: session.chat.conversation_id == long and session.chat.transcript.count == 40)
        view = session.window.chat.transcript
        assert view is not None
        await until(lambda: view.model.message(39) is not None)
        QGuiApplication.clipboard().setText("before")
        take(view.actions_.menu(39, 0), "Copy link to this message")
        await until(lambda: clipboard().startswith("aica://chat/"))
        link = parse_link(clipboard())
        assert link is not None and link.message_id
        first = ChatLink(link.uid, link.message_id - 39)
        session.open_chat(other)
        await until(lambda: session.chat.conversation_id == other)
        places: list[int] = []
        session.chat.branch.revealed.connect(places.append)
        view.link_activated.emit(str(first))
        await until(lambda: session.chat.conversation_id == long and places == [0], what="the first message")
        assert not notice_text(session) and not session.window.findChildren(QMessageBox), "nothing was asked"


async def test_a_start_with_a_link_opens_its_chat(theme: Theme, home: Path) -> None:
    wanted = await store_chat(home, "Wanted", LONG)
    await store_chat(home, "Newer", [("user", "hello")])
    async with open_session(theme, home) as session:
        uid = await uid_of(session, wanted)
    async with open_session(theme, home, f"aica://chat/{uid}#3") as session:
        await until(lambda: session.chat.conversation_id == wanted)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("aica://chat/" + "0" * 32, "The chat of this link is not here."),
        ("aica://chat/../../etc/passwd", "This link leads to no chat of this program."),
        ("aica:<b>x</b>", "This link leads to no chat of this program."),
        ("", "This link leads to no chat of this program."),
    ],
)
async def test_E13_a_link_that_leads_nowhere_is_a_note_and_nothing_else(
    theme: Theme, home: Path, link: str, told: str
) -> None:
    chat = await store_chat(home, "Refunds", [("user", "How to retry?")])
    async with open_session(theme, home) as session:
        session.open_chat(chat)
        await until(lambda: session.chat.conversation_id == chat)
        session.parts.panes.open_settings("General")
        session.links.follow(link)
        await until(lambda: told in notice_text(session))
        assert session.chat.conversation_id == chat and not session.chat.is_busy


async def test_a_deleted_chat_and_a_message_of_another_chat_are_told(theme: Theme, home: Path) -> None:
    gone = await store_chat(home, "Gone", [("user", "a")])
    here = await store_chat(home, "Here", [("user", "b")])
    async with open_session(theme, home) as session:
        store = session.engine.store
        await session.engine.run(store.delete_conversations([gone]))
        session.links.follow(f"aica://chat/{await uid_of(session, gone)}")
        await until(lambda: "The chat of this link was deleted." in notice_text(session))
        session.links.follow(f"aica://chat/{await uid_of(session, here)}#1")
        await until(lambda: session.chat.conversation_id == here)
        assert "The message of this link is not in the chat any more." in notice_text(session)


async def test_settings_let_links_open_here_only_when_asked(
    qtbot: QtBot, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    xdg_mime = install(tmp_path / "bin", "xdg-mime", XDG_MIME)
    async with open_session(theme, home) as session:
        assert not xdg_mime.calls, "never by itself"
        pane = await open_tab(session, "General")
        section = pane.page("General").links
        await until(lambda: "do not open with this app yet" in section.state.text())
        assert not (tmp_path / "share").exists()
        press(qtbot, session.window, "Open aica:// links with this app")
        await until(lambda: "open with this app, from any other program" in section.state.text())
        assert not section.button.isVisible()


async def test_a_link_that_comes_while_the_window_closes_is_kept_for_the_next_one(theme: Theme, home: Path) -> None:
    chat = await store_chat(home, "Refunds", [("user", "How to retry?")])
    async with open_session(theme, home) as session:
        link = str(ChatLink(await uid_of(session, chat)))
        session.links.follow(link)
        await until(lambda: session.chat.conversation_id == chat)
        assert session.links.unfollowed is None, "it was followed"
        await session.close()
        assert not session.links.came_late
        session.links.follow(link)
        assert session.links.unfollowed == link
        assert session.links.came_late, "a window is wanted still"


async def test_a_window_closed_before_it_followed_its_link_does_not_come_back(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        session.links._is_open = False
        session.links.follow("aica://chat/x")  # as at a start, before the store is open
        await session.close()
        assert session.links.unfollowed == "aica://chat/x" and not session.links.came_late
