"""Folders, tags, pinned and archived chats and the trash in a real window, by mouse, keys and menus."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from app.desktop.controllers.conversations_controller import MOST_SHOWN
from app.desktop.models.conversation_list_model import ConversationListModel, Role
from app.desktop.session import Session
from app.desktop.theme import Theme
from app.paths import user_paths
from app.services.conversations import changes, folders, trash
from app.services.conversations.store import ConversationStore
from tests.desktop.session_window import named, notice_text, open_session, press, store_chat, until
from tests.slowness import slowness

pytestmark = pytest.mark.anyio

TITLES = ("apples", "pears", "plums")


@pytest.fixture
async def chats(home: Path) -> list[int]:
    return [await store_chat(home, title, [("user", f"words of {title}")]) for title in TITLES]


def lines(session: Session) -> list[str]:
    """The rows of the list as they read; a folded one in brackets."""
    model = session.window.conversations
    rows = [model.index(row) for row in range(model.rowCount())]
    return [f"[{one.data()}]" if one.data(Role.FOLDED) else str(one.data()) for one in rows]


def row(session: Session, title: str) -> QModelIndex:
    model = session.window.conversations
    return next(model.index(r) for r in range(model.rowCount()) if model.index(r).data() == title)


def spoken(session: Session, title: str) -> str:
    return str(row(session, title).data(Qt.ItemDataRole.AccessibleTextRole))


def click(session: Session, title: str) -> None:
    view = session.window.sidebar.list
    view.scrollTo(row(session, title))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(row(session, title)).center())


def menu_of(session: Session, *titles: str) -> QMenu:
    """The menu of rows, all of them selected, by the Menu key."""
    view = session.window.sidebar.list
    view.setFocus(Qt.FocusReason.OtherFocusReason)
    view.setCurrentIndex(row(session, titles[0]))
    for title in titles[1:]:
        view.selectionModel().select(row(session, title), view.selectionModel().SelectionFlag.Select)
    QTest.keyClick(view, Qt.Key.Key_Menu)
    return session.window.sidebar.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]


def entry(menu: QMenu, *path: str) -> QAction:
    """An entry by its words, through submenus."""
    action = next(one for one in menu.actions() if one.text() == path[0])
    below = action.menu()
    return entry(below, *path[1:]) if len(path) > 1 and isinstance(below, QMenu) else action


def choose(session: Session, titles: str | Sequence[str], *path: str) -> None:
    menu = menu_of(session, *([titles] if isinstance(titles, str) else titles))
    action = entry(menu, *path)
    menu.close()  # as a click does before it acts
    session.window.activateWindow()  # which offscreen a popup leaves to others
    action.trigger()


def type_name(session: Session, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    edit = session.window.sidebar.name_bar.edit
    assert edit.isVisible() and session.window.focusWidget() is edit
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, key)


async def listed(session: Session, *expected: str) -> None:
    try:
        await until(lambda: lines(session) == list(expected), timeout_s=5)
    except AssertionError:
        assert lines(session) == list(expected)
        raise


TODAY = ("Today", "plums", "pears", "apples")


async def test_chats_are_pinned_archived_and_put_into_a_folder_by_menu_and_all_of_it_is_undone(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        await listed(session, *TODAY, "Trash")
        choose(session, "pears", "Pin")
        await listed(session, "Pinned", "pears", "Today", "plums", "apples", "Trash")
        choose(session, "plums", "Move to folder", "New folder…")
        type_name(session, "fruit")
        in_folder = ("Pinned", "pears", "fruit", "plums", "Today", "apples")
        await listed(session, *in_folder, "Trash")
        assert session.window.focusWidget() is session.window.sidebar.list, "the focus is back in the list"
        choose(session, "apples", "Archive")
        await listed(session, "Pinned", "pears", "fruit", "plums", "[Archived]", "Trash")
        session.undo()
        await listed(session, *in_folder, "Trash")
        session.undo()
        await listed(session, "Pinned", "pears", "Today", "plums", "apples", "Trash")
        session.undo()
        await listed(session, *TODAY, "Trash")


async def test_what_is_chosen_is_done_to_all_selected_chats_and_said_by_their_number(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        await session.engine.run(session.engine.store.create_folder("A & B"))
        await session.conversations.reload()
        choose(session, ("apples", "plums"), "Move to folder", "A && B")
        await listed(session, "A & B", "plums", "apples", "Today", "pears", "Trash")
        label = named(session.window, "2 chats moved")
        assert label.isVisible()
        choose(session, ("apples", "pears"), "Move to folder", "No folder")
        await listed(session, "A & B", "plums", "Today", "pears", "apples", "Trash")
        choose(session, ("apples", "pears"), "Archive")
        await listed(session, "A & B", "plums", "[Archived]", "Trash")
        click(session, "Archived")
        await listed(session, "A & B", "plums", "Archived", "pears", "apples", "Trash")
        choose(session, ("apples", "pears"), "Unarchive")
        await listed(session, "A & B", "plums", "Today", "pears", "apples", "Trash")


async def test_Ctrl_Shift_N_makes_a_folder_and_a_taken_name_is_told_where_it_was_typed(
    qtbot: Any, theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        window = session.window
        window.toggle_sidebar()
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        type_name(session, " Fruit ")
        await listed(session, "Fruit", *TODAY, "Trash")
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        type_name(session, "FRUIT")
        bar = window.sidebar.name_bar
        await until(lambda: "is there already" in bar.edit.accessibleDescription())
        assert bar.isVisible()
        type_name(session, "else", Qt.Key.Key_Escape)
        assert not bar.isVisible() and lines(session)[0] == "Fruit"
        session.undo()
        await listed(session, *TODAY, "Trash")


async def test_a_folder_is_renamed_and_deleted_by_its_menu_and_keys_and_its_chats_stay(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        choose(session, "pears", "Move to folder", "New folder…")
        type_name(session, "fruit")
        await listed(session, "fruit", "pears", "Today", "plums", "apples", "Trash")
        choose(session, "fruit", "Rename folder…")
        type_name(session, "trees")
        await listed(session, "trees", "pears", "Today", "plums", "apples", "Trash")
        session.window.sidebar.list.setCurrentIndex(row(session, "trees"))
        session.parts.shortcuts.run("rename")
        type_name(session, "wood")
        await listed(session, "wood", "pears", "Today", "plums", "apples", "Trash")
        session.window.sidebar.list.setCurrentIndex(row(session, "wood"))
        QTest.keyClick(session.window.sidebar.list, Qt.Key.Key_Delete)
        await listed(session, *TODAY, "Trash")
        for expected in ("wood", "trees", "fruit"):
            session.undo()
            await listed(session, expected, "pears", "Today", "plums", "apples", "Trash")


async def test_folders_fold_by_click_and_keys_and_stay_so_in_the_next_run(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    folded = ("[fruit]", "Today", "plums", "apples", "Trash")
    async with open_session(theme, home) as session:
        choose(session, "pears", "Move to folder", "New folder…")
        type_name(session, "fruit")
        await listed(session, "fruit", "pears", "Today", "plums", "apples", "Trash")
        assert spoken(session, "fruit") == "fruit, folder, 1 chat, open"
        assert spoken(session, "pears").endswith("in folder fruit")
        click(session, "fruit")
        await listed(session, *folded)
        assert spoken(session, "fruit") == "fruit, folder, 1 chat, folded"
        view = session.window.sidebar.list
        for key, shown in ((Qt.Key.Key_Right, "fruit"), (Qt.Key.Key_Left, "[fruit]"), (Qt.Key.Key_Space, "fruit")):
            view.setCurrentIndex(row(session, "fruit"))
            QTest.keyClick(view, key)
            assert lines(session)[0] == shown
        QTest.keyClick(view, Qt.Key.Key_Return)
        choose(session, "apples", "Archive")
        await listed(session, "[fruit]", "Today", "plums", "[Archived]", "Trash")
        click(session, "Archived")
        await listed(session, "[fruit]", "Today", "plums", "Archived", "apples", "Trash")
        assert spoken(session, "apples").endswith("archived")
    state = json.loads((home / "data" / "window.json").read_text())
    assert len(state["folded"]) == 1 and state["archive_open"] is True
    async with open_session(theme, home) as session:
        await listed(session, "[fruit]", "Today", "plums", "Archived", "apples", "Trash")


async def test_tags_are_typed_with_commas_between_and_undone(theme: Theme, home: Path, chats: list[int]) -> None:
    async with open_session(theme, home) as session:
        choose(session, "pears", "Tags…")
        await until(lambda: session.window.sidebar.name_bar.isVisible())
        type_name(session, "#sweet, ripe")
        await until(lambda: "tags: ripe, sweet" in spoken(session, "pears"))
        choose(session, ("apples", "pears"), "Tags…")
        await until(lambda: session.window.sidebar.name_bar.isVisible())
        assert session.window.sidebar.name_bar.edit.text() == "", "only what all of them have"
        type_name(session, "x" * 51)
        await until(lambda: "at most 50" in session.window.sidebar.name_bar.edit.accessibleDescription())
        type_name(session, "eaten")
        await until(lambda: "tags: eaten, ripe, sweet" in spoken(session, "pears"))
        choose(session, "pears", "Tags…")
        await until(lambda: session.window.sidebar.name_bar.isVisible())
        assert session.window.sidebar.name_bar.edit.text() == "eaten, ripe, sweet"
        type_name(session, "ripe")
        await until(lambda: spoken(session, "pears").endswith("tags: ripe"))
        session.undo()
        await until(lambda: "tags: eaten, ripe, sweet" in spoken(session, "pears"))


def drop(session: Session, titles: Sequence[str], onto: str) -> bool:
    """What the list does with chats that are let go over a row."""
    view, model = session.window.sidebar.list, session.window.conversations
    data: QMimeData = model.mimeData([row(session, title) for title in titles])
    event = QDropEvent(
        QPointF(view.visualRect(row(session, onto)).center()),
        Qt.DropAction.MoveAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(
        view.visualRect(row(session, onto)).center(), event.dropAction(), data, event.buttons(), event.modifiers()
    )
    for one in (enter, event):
        QApplication.sendEvent(view.viewport(), one)
    return event.isAccepted()


async def test_a_chat_is_dragged_into_a_folder_and_out_of_it(theme: Theme, home: Path, chats: list[int]) -> None:
    async with open_session(theme, home) as session:
        await session.engine.run(session.engine.store.create_folder("fruit"))
        await session.conversations.reload()
        assert drop(session, ["pears", "apples"], "fruit")
        await listed(session, "fruit", "pears", "apples", "Today", "plums", "Trash")
        drop(session, ["plums"], "apples")
        await listed(session, "fruit", "plums", "pears", "apples", "Trash")
        drop(session, ["plums"], "Trash")
        session.undo()
        await listed(session, "fruit", "pears", "apples", "Today", "plums", "Trash")
        drop(session, ["apples"], "Today")
        await listed(session, "fruit", "pears", "Today", "plums", "apples", "Trash")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_row_under_dragged_chats_is_ringed_in_the_colour_of_the_theme(
    theme: Theme, home: Path, chats: list[int], qapp: Any, scheme: Any
) -> None:
    async with open_session(theme, home, "--theme", scheme) as session:
        theme.apply(qapp, scheme)
        await listed(session, *TODAY, "Trash")
        view = session.window.sidebar.list
        before = view.viewport().grab().toImage()
        data = session.window.conversations.mimeData([row(session, "pears")])

        def move(onto: str) -> QImage:
            at = view.visualRect(row(session, onto)).center()
            buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            for kind in (QDragEnterEvent, QDragMoveEvent):
                QApplication.sendEvent(view.viewport(), kind(at, Qt.DropAction.MoveAction, data, buttons, none))
            return view.viewport().grab().toImage()

        def has_ring(image: QImage) -> bool:
            wanted = theme.color("focus").name()
            return any(image.pixelColor(x, y).name() == wanted for x in range(5, 14) for y in range(image.height()))

        ringed = move("Today")
        here = view.visualRect(row(session, "Today"))
        assert has_ring(ringed) and not has_ring(before)
        frame = {ringed.pixelColor(1, y).name() for y in range(here.top(), here.bottom())}
        assert frame == {before.pixelColor(1, here.center().y()).name()}, "Qt's own frame is black in both themes"
        assert not has_ring(move("Trash")), "nothing can be dropped there"
        assert has_ring(move("Today"))
        QApplication.sendEvent(view.viewport(), QDragLeaveEvent())
        assert not has_ring(view.viewport().grab().toImage())


async def answer(session: Session, text: str) -> None:
    """Press a button of the question that is open."""

    def box() -> QMessageBox | None:
        return next((b for b in session.window.findChildren(QMessageBox) if b.isVisible()), None)

    await until(lambda: box() is not None)
    asked = box()
    assert asked is not None and asked.defaultButton().text() == "Cancel"
    next(b for b in asked.buttons() if b.text() == text).click()
    await until(lambda: box() is None)


async def test_C10_the_trash_shows_deleted_chats_restores_them_and_removes_them_for_good(
    qtbot: Any, theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        sidebar = session.window.sidebar
        click(session, "Trash")
        await until(lambda: sidebar.trash_bar.isVisible())
        assert sidebar.empty_label.text() == "The trash is empty. Deleted chats stay here for 30 days."
        press(qtbot, session.window, "Back to all chats")
        await listed(session, *TODAY, "Trash")
        choose(session, ("pears", "plums"), "Delete")
        await listed(session, "Today", "apples", "Trash")
        assert spoken(session, "Trash") == "Trash, 2 chats"
        click(session, "Trash")
        await listed(session, "plums", "pears")
        assert spoken(session, "pears") == "pears, 30 days left"
        choose(session, "pears", "Restore")
        await listed(session, "plums")
        session.undo()
        await listed(session, "pears", "plums")
        choose(session, "pears", "Delete for good…")
        await answer(session, "Cancel")
        assert lines(session) == ["pears", "plums"]
        choose(session, "pears", "Delete for good…")
        await answer(session, "Delete for good")
        await listed(session, "plums")
        press(qtbot, session.window, "Empty trash")
        await answer(session, "Delete for good")
        await listed(session)
        QTest.keyClick(sidebar.list, Qt.Key.Key_Escape)
        await listed(session, "Today", "apples", "Trash")
        assert not sidebar.trash_bar.isVisible()
    data = b"".join(one.read_bytes() for one in (home / "data").iterdir() if one.is_file())
    assert b"words of pears" not in data and b"words of plums" not in data and b"words of apples" in data


async def test_C10_a_copy_from_before_an_upgrade_is_named_by_the_question_that_deletes_for_good(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    copy = user_paths(home).store_file.with_name("conversations.v3.bak.db")
    copy.write_bytes(b"chats of then")
    async with open_session(theme, home) as session:
        choose(session, "plums", "Delete")
        await listed(session, "Today", "pears", "apples", "Trash")
        click(session, "Trash")
        await listed(session, "plums")
        choose(session, "plums", "Delete for good…")
        await until(lambda: [box for box in session.window.findChildren(QMessageBox) if box.isVisible()])
        (box,) = [box for box in session.window.findChildren(QMessageBox) if box.isVisible()]
        assert box.informativeText().endswith(f"A copy from before an upgrade keeps what was in it: {copy}")
        await answer(session, "Delete for good")
        await listed(session)
    assert copy.read_bytes() == b"chats of then", "nobody asked for its end"


async def test_emptying_the_trash_takes_more_than_the_list_shows(theme: Theme, home: Path) -> None:
    store = ConversationStore(user_paths(home).store_file)
    await store.open()

    def fill(db: sqlite3.Connection) -> None:
        for number in range(MOST_SHOWN + 5):
            chat = changes.create_conversation(db, number, title=f"chat {number}")
            trash.delete_conversations(db, [chat], time.time())

    await store.write(fill)
    await store.aclose()
    async with open_session(theme, home) as session:
        assert len(await session.organise.controller.trashed()) == MOST_SHOWN + 5


async def test_Esc_leaves_the_trash_and_the_name_field_before_anything_else(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        view = session.window.sidebar.list
        click(session, "Trash")
        await until(lambda: session.window.sidebar.trash_bar.isVisible())
        assert view.hasFocus()
        QTest.keyClick(session.window, Qt.Key.Key_Escape)  # the window's own command
        await listed(session, *TODAY, "Trash")
        session.organise.ask_for_folder()
        QTest.keyClick(session.window.sidebar.name_bar.edit, Qt.Key.Key_Escape)
        assert view.hasFocus() and not session.window.sidebar.name_bar.isVisible()


async def test_undo_after_deleting_for_good_touches_no_chat_that_has_its_number_now(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        choose(session, "plums", "Move to folder", "New folder…")
        type_name(session, "fruit")
        await listed(session, "fruit", "plums", "Today", "pears", "apples", "Trash")
        choose(session, "plums", "Move to folder", "No folder")
        await listed(session, "fruit", *TODAY, "Trash")
        await session.organise.controller.destroy([chats[2]])
        assert len(lines(session)) == 6, "what is not in the trash is not deleted"
        assert session.window.sidebar.undo_bar.newest_at > 0
        choose(session, "plums", "Delete")
        await listed(session, "fruit", "Today", "pears", "apples", "Trash")
        await session.organise.controller.destroy([chats[2]])
        store = session.engine.store
        assert await session.engine.run(store.create_conversation(title="new")) == chats[2]
        await session.engine.run(store.set_draft(chats[2], "words"))
        assert not session.window.sidebar.undo_bar.undo(), "what is gone for good is not brought back"
        await session.conversations.reload()
        await listed(session, "fruit", "Today", "new", "pears", "apples", "Trash")


async def test_undoing_a_rename_touches_no_chat_that_has_its_number_now(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        store, run = session.engine.store, session.engine.run
        session.open_chat(chats[2])
        await until(lambda: session.chat.conversation_id == chats[2])
        session.organise.rename_open_chat("prunes")
        await until(lambda: session.window.windowTitle().startswith("prunes"), what="it is renamed")
        await until(lambda: session.window.sidebar.undo_bar.newest_at > 0)
        # As another program does it: this window has not heard of it.
        await run(store.delete_conversations([chats[2]]))
        await run(store.destroy_conversations([chats[2]]))
        assert await run(store.create_conversation(title="new")) == chats[2]
        session.window.sidebar.undo_bar.undo()
        await until(lambda: "not here any more" in notice_text(session))
        found = await run(store.conversation(chats[2]))
        assert found is not None and found.title == "new"


async def test_a_narrow_window_brings_the_list_out_to_ask_for_a_name(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home, width=800) as session:
        assert not session.window.sidebar.isVisible()
        session.parts.shortcuts.run("new_folder")
        assert session.window.sidebar.isVisible()
        type_name(session, "fruit")
        await listed(session, "fruit", *TODAY, "Trash")


async def test_Shift_F10_opens_the_menu_of_a_row(theme: Theme, home: Path, chats: list[int]) -> None:
    async with open_session(theme, home) as session:
        sidebar = session.window.sidebar
        sidebar.list.setCurrentIndex(row(session, "pears"))
        QTest.keyClick(sidebar.list, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
        (menu,) = sidebar.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
        assert entry(menu, "Tags…")
        menu.close()


async def test_what_another_program_does_to_the_open_chat_is_known_to_its_menu(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        session.open_chat(chats[0])
        await until(lambda: session.chat.conversation_id == chats[0])
        elsewhere = ConversationStore(user_paths(home).store_file)
        await elsewhere.open()
        await elsewhere.set_archived([chats[0]], True)
        await elsewhere.aclose()
        await listed(session, "Today", "plums", "pears", "[Archived]", "Trash")
        menu = QMenu()
        session.organise.fill_menu(menu)
        assert entry(menu, "Unarchive")


async def test_a_new_chat_leaves_the_trash(theme: Theme, home: Path, chats: list[int]) -> None:
    async with open_session(theme, home) as session:
        click(session, "Trash")
        await until(lambda: session.window.sidebar.trash_bar.isVisible())
        session.new_chat()
        await listed(session, *TODAY, "Trash")
        assert not session.window.sidebar.trash_bar.isVisible()


async def test_the_list_of_ten_thousand_chats_is_bounded_and_costs_the_window_little(theme: Theme, home: Path) -> None:
    store = ConversationStore(user_paths(home).store_file)
    await store.open()

    def fill(db: sqlite3.Connection) -> None:
        folder = folders.create_folder(db, "api", 0.0)
        for number in range(10_000):
            chat = changes.create_conversation(db, number, title=f"chat {number}")
            changes.set_draft(db, chat, "words")
            if number % 10 == 0:
                folders.move(db, [chat], folder)
            elif number % 10 == 1:
                folders.set_archived(db, [chat], True, 1.0)

    await store.write(fill)
    begin = time.perf_counter()
    shown = await store.chat_list(MOST_SHOWN, archived=True)
    took_s = time.perf_counter() - begin
    await store.aclose()
    assert (len(shown.placed), len(shown.dated), shown.more) == (1_000, 1_000, True)
    assert (shown.archived_count, len(shown.archived), shown.folders[0].chats) == (1_000, 1_000, 1_000)
    assert took_s < 0.5 * slowness()
    model = ConversationListModel()
    costs = []
    for _ in range(3):
        begin = time.thread_time()
        model.know_list(shown, set())
        model.show_list()
        costs.append(time.thread_time() - begin)
    assert min(costs) < 0.05 * slowness()


async def test_the_trash_stays_though_something_was_typed_into_the_search_just_before(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        sidebar = session.window.sidebar
        searched: list[str] = []
        session.parts.shortcuts.run("search")
        QTest.keyClicks(sidebar.search, "ref")
        sidebar.search_changed.connect(searched.append)
        session.parts.shortcuts.run("trash")
        await until(sidebar.trash_bar.isVisible)
        assert not sidebar._delay.isActive() and searched == []
        assert sidebar.search.text() == ""


async def test_search_leaves_the_trash_and_knows_where_a_chat_stands(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        choose(session, "pears", "Archive")
        await listed(session, "Today", "plums", "apples", "[Archived]", "Trash")
        click(session, "Trash")
        await until(lambda: session.window.sidebar.trash_bar.isVisible())
        session.window.sidebar.focus_search()
        QTest.keyClicks(session.window.sidebar.search, "is:archived")
        await listed(session, "Chats", "pears", "Messages", "pears")
        assert not session.window.sidebar.trash_bar.isVisible()
        hit = session.window.conversations.index(3)
        assert str(hit.data(Qt.ItemDataRole.AccessibleTextRole)).endswith("archived")
        menu = menu_of(session, "pears")
        assert entry(menu, "Unarchive")
        menu.close()


async def test_the_menu_of_the_open_chat_has_the_same_and_its_folder_stands_beside_the_title(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:

        def header_menu() -> QMenu:
            session.window.chat.header.menu_requested.emit()
            menus = session.window.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
            menu = [one for one in menus if any(action.text() == "Find in chat" for action in one.actions())][-1]
            menu.close()
            return menu

        assert "Archive" not in [action.text() for action in header_menu().actions()]
        session.open_chat(chats[0])
        await until(lambda: session.chat.conversation_id == chats[0])
        entry(header_menu(), "Archive").trigger()
        await listed(session, "Today", "plums", "pears", "[Archived]", "Trash")
        entry(header_menu(), "Unarchive").trigger()
        await listed(session, *TODAY, "Trash")
        entry(header_menu(), "Move to folder", "New folder…").trigger()
        type_name(session, "fruit")
        await listed(session, "fruit", "apples", "Today", "plums", "pears", "Trash")
        title = session.window.chat.header._label
        assert title.accessibleDescription() == "fruit"
        session.open_chat(chats[1])
        await until(lambda: session.chat.conversation_id == chats[1])
        assert title.accessibleDescription() == ""


async def test_undoing_a_rename_whose_old_name_was_taken_meanwhile_says_so(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        store, controller = session.engine.store, session.organise.controller
        folder = await session.engine.run(store.create_folder("fruit"))
        controller.rename_folder(folder, "nuts")
        bar = session.window.sidebar.undo_bar
        await until(bar.isVisible)
        await session.engine.run(store.create_folder("fruit"))
        session.undo()
        await until(lambda: "fruit" in notice_text(session))
        assert "Unexpected" not in notice_text(session)


async def test_the_open_chat_is_pinned_archived_and_tagged_by_command(
    theme: Theme, home: Path, chats: list[int]
) -> None:
    async with open_session(theme, home) as session:
        click(session, "pears")
        await until(lambda: session.chat.conversation_id == chats[1], what="the chat is open")
        run = session.parts.shortcuts.run

        def state(name: str) -> Any:
            chat = session.window.conversations.chat(chats[1])
            return getattr(chat, name) if chat is not None else None

        run("pin_chat")
        await until(lambda: state("pinned"), what="it is pinned")
        run("pin_chat")
        await until(lambda: state("pinned") is False, what="it is unpinned")
        run("archive_chat")
        await until(lambda: "pears" not in lines(session), what="it is out of the list")
        run("archive_chat")
        await until(lambda: "pears" in lines(session), what="it is back")
        run("tag_chat")
        await until(session.window.sidebar.name_bar.isVisible, what="its tags are asked for")
        run("trash")
        await until(session.window.sidebar.trash_bar.isVisible, what="the trash is shown")


async def test_commands_about_the_open_chat_do_nothing_where_none_was_begun(theme: Theme, home: Path) -> None:
    async with open_session(theme, home) as session:
        for command in ("pin_chat", "archive_chat", "tag_chat", "export_chat", "delete_chat"):
            session.parts.shortcuts.run(command)
        assert not session.window.sidebar.name_bar.isVisible() and lines(session) == ["Trash"]
