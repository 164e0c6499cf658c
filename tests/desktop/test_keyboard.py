"""Where the keyboard focus is: it lands where it can be used at once, and nothing that arrives takes it away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit, QListView, QMenu

from app.desktop.focus_ring import FocusRing
from app.desktop.models.conversation_list_model import Role
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.desktop.session_window import named, open_session, open_tab, until
from tests.fakes.lms import FakeLms
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing of this computer's own servers is asked."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    unused = refused_port()
    servers = {name: {"base_url": f"http://127.0.0.1:{unused}"} for name in ("lm_studio", "ollama")}
    text = json.dumps({"provider_configurations": servers})
    (config / "llm_studio_config.json").write_text(text, encoding="utf-8")
    return tmp_path / "home"


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


def _chat_of(rows: Any, row: int) -> int | None:
    return rows.index(row, 0).data(Role.CONVERSATION_ID)


def picture(view: QListView) -> QImage:
    return view.viewport().grab().toImage()


def focused(session: Session) -> str:
    """The accessible name of what has the keyboard focus, or its text."""
    widget = session.window.focusWidget()
    return (widget.accessibleName() or str(widget.property("text") or type(widget).__name__)) if widget else ""


async def open_page(session: Session, title: str) -> Any:
    return (await open_tab(session, title)).page(title)


def press_by_key(qtbot: Any, session: Session, name: str) -> None:
    """Focus a button and press it with the space bar, as somebody without a mouse does."""
    button = named(session.window, name)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert focused(session) == name
    qtbot.keyClick(button, Qt.Key.Key_Space)


def type_into(qtbot: Any, session: Session, name: str, text: str) -> None:
    field = named(session.window, name)
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


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
        await until(lambda: session.window.conversations.rowCount() == 5)
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
        await until(lambda: session.window.conversations.rowCount() == 5)
        session.new_chat()
        before = picture(session.window.sidebar.list)
        await to_the_list(session)
        assert current_chat(session) == chats[-1], "the newest stands on top"
        assert session.window.sidebar.chosen_ids() == [chats[-1]]
        assert picture(session.window.sidebar.list) != before, "the row has a ring"


async def test_F6_into_Settings_or_the_first_run_page_lands_on_a_control_with_a_ring(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        page = lambda: session.parts.panes.first_run_page  # noqa: E731 - asked again below
        await until(lambda: page() is not None and session.window.panes.currentWidget() is page())
        for wanted in (page().focusProxy(), None):
            if wanted is None:
                await open_page(session, "General")
                wanted = session.parts.panes.pane.tabs
            await to_the_list(session)
            session.parts.shortcuts.run("next_pane")
            assert session.window.focusWidget() is wanted
            assert FocusRing._takes_ring(wanted)


async def test_Tab_into_the_list_lands_on_a_row_too(qtbot: Any, theme: Theme, tmp_path: Path, chats: list[int]) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        await until(lambda: session.window.conversations.rowCount() == 5)
        session.window.sidebar.new_chat_button.setFocus(Qt.FocusReason.TabFocusReason)
        session.window.sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
        assert current_chat(session) == chats[-1]


async def test_a_click_into_the_list_chooses_nothing_by_itself(theme: Theme, tmp_path: Path, chats: list[int]) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        await until(lambda: session.window.conversations.rowCount() == 5)
        session.window.sidebar.list.setFocus(Qt.FocusReason.MouseFocusReason)
        assert session.window.sidebar.chosen_ids() == []


# -- after an act


async def test_after_Save_the_focus_is_back_in_the_field_that_was_edited(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await open_page(session, "Chat")
        pane = session.parts.panes.pane
        type_into(qtbot, session, "Temperature", "0.5")
        press_by_key(qtbot, session, "Save Settings")
        assert focused(session) == "Save Settings", "nothing moves before it is saved"
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert focused(session) == "Temperature"


async def test_after_Discard_the_focus_is_back_in_the_field_that_was_edited(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await open_page(session, "Chat")
        type_into(qtbot, session, "Temperature", "0.5")
        press_by_key(qtbot, session, "Discard")
        assert focused(session) == "Temperature"


async def test_Save_by_its_key_after_leaving_leaves_the_focus_where_the_person_went(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await open_page(session, "Chat")
        pane = session.parts.panes.pane
        type_into(qtbot, session, "Temperature", "0.5")
        press_by_key(qtbot, session, "Save Settings")
        named(session.window, "Search").setFocus()
        await until(lambda: pane.bar.text.text() == "Saved.")
        assert focused(session) == "Search"


async def test_Test_connection_keeps_the_focus_whatever_it_finds(qtbot: Any, theme: Theme, home: Path) -> None:
    async with MockServer() as server, open_session(theme, home, "--provider", "mock") as session:
        page = await open_page(session, "Local Models")
        card = page.cards["lm_studio"]
        type_into(qtbot, session, "LM Studio server URL", f"127.0.0.1:{refused_port()}")
        press_by_key(qtbot, session, "Test connection")
        assert focused(session) == "Test connection"
        await until(lambda: card.has_failed and not card._busy)
        assert focused(session) == "Test connection", "the first button that helps does not take the focus"
        press_by_key(qtbot, session, "Test again, LM Studio")
        await until(lambda: card._busy)
        await until(lambda: card.has_failed and not card._busy)
        assert focused(session) == "Test again, LM Studio"
        card.address.edit.setText(server.base_url)
        press_by_key(qtbot, session, "Test again, LM Studio")
        await until(lambda: not card.has_failed and not card._busy)
        assert focused(session) == "Test connection", "the finding is gone, and its buttons with it"


async def test_a_server_that_starts_hands_the_focus_from_Start_to_Stop(
    qtbot: Any, theme: Theme, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    FakeLms(tmp_path / "person")
    async with open_session(theme, home, "--provider", "mock") as session:
        page = await open_page(session, "Local Models")
        server = MockServer()
        address = session.engine.services.manager.provider("lm_studio").config.base_url

        async def start_backend(_backend: str, **_where: object) -> str:
            return await server.start(port=int(address.rpartition(":")[2].partition("/")[0]))

        monkeypatch.setattr("app.services.runtimes.start_backend", start_backend)
        press_by_key(qtbot, session, "Start server")
        assert focused(session) == "Start server"
        try:
            await until(lambda: page.cards["lm_studio"].stop_button.isVisible())
            assert focused(session) == "Stop server"
        finally:
            await session.engine.run(server.aclose())


async def test_a_stored_or_deleted_key_leaves_the_focus_in_its_row(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        page = await open_page(session, "Providers")
        type_into(qtbot, session, "API key, OpenAI", "sk-0123456789-abcd")
        press_by_key(qtbot, session, "Store key, OpenAI")
        assert focused(session) == "API key, OpenAI"
        await until(lambda: page.cards["openai"].key_row._delete.isVisible())
        assert named(session.window, "Replace key, OpenAI").property("text") == "Replace key"
        press_by_key(qtbot, session, "Delete key, OpenAI")
        await until(lambda: focused(session) == "API key, OpenAI")


async def test_a_server_taken_out_and_back_keeps_the_focus_with_it(qtbot: Any, theme: Theme, home: Path) -> None:
    file = home / "config" / "llm_studio_config.json"
    values = json.loads(file.read_text(encoding="utf-8"))
    address = {"type": "openai_compatible", "name": "Workshop", "base_url": f"http://127.0.0.1:{refused_port()}/v1"}
    values["provider_configurations"]["workshop"] = address
    file.write_text(json.dumps(values), encoding="utf-8")
    async with open_session(theme, home, "--provider", "mock") as session:
        await open_page(session, "Providers")
        press_by_key(qtbot, session, "Remove Workshop")
        assert focused(session) == "Undo: Workshop: removed when you save"
        press_by_key(qtbot, session, "Undo: Workshop: removed when you save")
        assert focused(session) == "Remove Workshop"


async def test_Send_and_Stop_hand_the_focus_to_the_message_field(qtbot: Any, theme: Theme, home: Path) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await until(lambda: session.parts.models.chosen().model or session.parts.models.chosen().simulated)
        qtbot.keyClicks(named(session.window, "Message"), "Hello")
        press_by_key(qtbot, session, "Send")
        assert focused(session) == "Message"
        await until(lambda: session.chat.running)
        named(session.window, "Stop").setFocus(Qt.FocusReason.TabFocusReason)
        await until(lambda: not session.chat.running, 20)
        assert focused(session) == "Message"


async def test_Jump_to_latest_hands_the_focus_to_the_message_field(qtbot: Any, theme: Theme, home: Path) -> None:
    store = ConversationStore(user_paths(home).store_file)
    await store.open()
    chat = await store.create_conversation(title="Long")
    await store.import_messages(chat, [("user", "Tell\n\n" * 200), ("assistant", "Words\n\n" * 200)])
    await store.aclose()
    async with open_session(theme, home) as session:
        session.open_chat(chat)
        transcript = session.window.chat.transcript
        assert transcript is not None
        await until(lambda: transcript.verticalScrollBar().maximum() > 0)
        transcript.verticalScrollBar().setValue(0)
        await until(lambda: session.window.chat._jump.isVisible())
        press_by_key(qtbot, session, "Jump to latest")
        await until(lambda: not session.window.chat._jump.isVisible())
        assert focused(session) == "Message"


async def test_the_menu_of_a_chat_names_what_pinning_does_to_it(
    theme: Theme, tmp_path: Path, chats: list[int], home: Path
) -> None:
    async with open_session(theme, home) as session:
        sidebar = session.window.sidebar
        rows = sidebar.list.model()
        await until(lambda: rows.rowCount() > 3)

        def words_of(chat: int) -> list[str]:
            index = rows.index(next(r for r in range(rows.rowCount()) if _chat_of(rows, r) == chat), 0)
            sidebar.list.scrollTo(index)
            sidebar._show_menu(sidebar.list.visualRect(index).center())
            menu = sidebar.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]
            words = [action.text() for action in menu.actions() if action.text()]
            menu.close()
            return words

        others = ["Move to folder", "Tags…", "Archive", "Copy link", "Export…", "Delete"]
        assert words_of(chats[0]) == ["Open", "Rename", "Pin", *others]
        session.organise.controller.set_pinned([chats[0]], True)
        await until(lambda: rows.index(1, 0).data(Role.CONVERSATION_ID) == chats[0])
        assert words_of(chats[0]) == ["Open", "Rename", "Unpin", *others]


async def test_after_a_rename_and_after_choosing_how_much_to_think_typing_goes_on(
    qtbot: Any, theme: Theme, tmp_path: Path, chats: list[int]
) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        session.open_chat(chats[0])
        await until(lambda: session.chat.conversation_id == chats[0])
        header, edit = session.window.chat.header, session.window.chat.composer.edit
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
            header.begin_rename()
            assert not edit.hasFocus()
            qtbot.keyClick(session.window.focusWidget(), key)
            assert edit.hasFocus()
        header.setFocus()
        session.window.chat.composer.thinking.chosen.emit("off")
        assert edit.hasFocus()


async def test_a_new_chat_and_Esc_in_the_hits_end_the_search(
    qtbot: Any, theme: Theme, tmp_path: Path, chats: list[int]
) -> None:
    async with open_session(theme, tmp_path / "home", "--provider", "mock") as session:
        sidebar = session.window.sidebar
        for leave in (session.new_chat, lambda: qtbot.keyClick(sidebar.list, Qt.Key.Key_Escape)):
            sidebar.focus_search()
            qtbot.keyClicks(sidebar.search, "zzz")
            leave()
            assert sidebar.search.text() == ""


async def test_Esc_leaves_a_field_of_keys_and_is_recorded_only_where_it_is_usual(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home) as session:
        page = await open_page(session, "Shortcuts")
        edit = page.rows["new_chat"].edit
        before = edit.keySequence()
        edit.setFocus()
        qtbot.keyClick(edit, Qt.Key.Key_Escape)
        assert edit.keySequence() == before and not edit.hasFocus()
        stop = page.rows["stop"].edit
        qtbot.keyClick(stop, Qt.Key.Key_Backspace)
        qtbot.keyClick(stop, Qt.Key.Key_Escape)
        await until(lambda: stop.keySequence().toString() == "Esc")


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
async def test_Enter_opens_the_first_hit_as_soon_as_there_is_one(
    qtbot: Any, theme: Theme, home: Path, key: Qt.Key
) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        chats = [await stored_chat(session, word) for word in ("apple", "pear", "plum")]
        await session.conversations.reload()
        sidebar = session.window.sidebar
        sidebar.focus_search()
        qtbot.keyClicks(sidebar.search, "pear")
        qtbot.keyClick(sidebar.search, key)  # at once: nothing has been looked for yet
        await until(lambda: session.chat.conversation_id is not None, what="a chat is opened")
        assert session.chat.conversation_id == chats[1], "what was found, not what stood first in the list before"


async def test_Enter_before_the_hits_is_forgotten_by_whoever_types_on_or_goes_elsewhere(
    qtbot: Any, theme: Theme, home: Path
) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        await stored_chat(session, "apple")
        await stored_chat(session, "apple pie")
        before = session.chat.conversation_id
        sidebar = session.window.sidebar
        sidebar.focus_search()
        qtbot.keyClicks(sidebar.search, "apple")
        qtbot.keyClick(sidebar.search, Qt.Key.Key_Return)
        qtbot.keyClicks(sidebar.search, " p")
        await until(lambda: sidebar.shown_query == "apple p", what="the hits")
        assert session.chat.conversation_id == before
        qtbot.keyClicks(sidebar.search, "i")
        qtbot.keyClick(sidebar.search, Qt.Key.Key_Return)
        session.window.chat.composer.focus()
        await until(lambda: sidebar.shown_query == "apple pi", what="the hits")
        assert session.chat.conversation_id == before
        assert session.window.chat.composer.edit.hasFocus()


async def stored_chat(session: Session, text: str) -> int:
    store = session.engine.store
    chat = await session.engine.run(store.create_conversation())
    await session.engine.run(store.import_messages(chat, [("user", text), ("assistant", "yes")]))
    return int(chat)


@pytest.mark.parametrize("by_key", [True, False])
async def test_closing_the_window_while_the_picker_is_open_closes_both(
    qtbot: Any, theme: Theme, home: Path, by_key: bool
) -> None:
    async with open_session(theme, home, "--provider", "mock") as session:
        session.parts.open_picker()
        picker = session.parts.picker
        assert picker.isVisible()
        closed: list[bool] = []
        session.closed.connect(lambda: closed.append(True))
        if by_key:  # the popup has the keyboard, so the desktop never sees the keys
            qtbot.keyClick(picker.filter, Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier)
        else:
            session.window.close()
        assert not picker.isVisible()
        await until(lambda: closed, what="the window is closed")
