"""The sidebar's list: its rows stay the same rows while chats come, go and move."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from app.desktop.models.conversation_list_model import ConversationListModel, Role
from app.services.conversations.folders import Folder
from app.services.conversations.listing import ChatList, TrashedChat
from app.services.conversations.records import Conversation

DAY = 86_400.0
TODAY = date(2026, 11, 21)
NOON = 1_795_262_400.0


def a_chat(number: int, **fields: Any) -> Conversation:
    values = {"updated_at": NOON, "pinned": False, "draft": "", "title": f"chat {number}", **fields}
    return Conversation(
        number,
        f"{number:032x}",
        values["title"],
        False,
        0.0,
        values["updated_at"],
        None,
        None,
        "",
        {},
        values["draft"],
        False,
        values["pinned"],
        None,
        2,
        folder_id=values.get("folder_id"),
        archived_at=values.get("archived_at"),
        tags=values.get("tags", ()),
    )


def show(model: ConversationListModel, shown: ChatList) -> list[str]:
    model.know_list(shown, set(), TODAY)
    model.show_list()
    return [str(model.index(row).data()) for row in range(model.rowCount())]


FOLDERS = [Folder(7, "a" * 32, "api", 0.0), Folder(8, "b" * 32, "web", 0.0)]


def test_groups_stand_in_their_order_and_an_empty_folder_is_shown() -> None:
    model = ConversationListModel()
    shown = ChatList(
        FOLDERS,
        [a_chat(1, pinned=True, folder_id=7), a_chat(2, folder_id=7)],
        [a_chat(3), a_chat(4, updated_at=NOON - 3 * DAY)],
        True,
        [],
        2,
        5,
    )
    assert show(model, shown) == [
        *("Pinned", "chat 1", "api", "chat 2", "web", "Today", "chat 3", "Previous 7 days", "chat 4"),
        *("Older chats: search for them", "Archived", "Trash"),
    ]
    texts = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert texts[1].endswith("pinned, in folder api") and texts[3].endswith("in folder api")
    assert [texts[row] for row in (0, 2, 4, 10, 11)] == [
        "Pinned, group",
        "api, folder, 1 chat, open",
        "web, folder, 0 chats, open",
        "Archived, group, 2 chats, folded",
        "Trash, 5 chats",
    ]


def test_a_fold_keeps_the_rows_around_it_and_what_is_remembered_is_taken_only_where_it_makes_sense() -> None:
    model = ConversationListModel()
    model.remember_folds({"folded": ["a" * 32, 5, None], "archive_open": "yes"})
    shown = ChatList(FOLDERS, [a_chat(1, folder_id=7), a_chat(2, folder_id=8)], [a_chat(3)])
    assert show(model, shown) == ["api", "web", "chat 2", "Today", "chat 3", "Trash"]
    removed: list[tuple[int, int]] = []
    model.rowsRemoved.connect(lambda _parent, first, last: removed.append((first, last)))
    model.set_folded(model.index(1), True)
    assert removed == [(2, 2)] and model.index(1).data(Role.FOLDED)
    assert model.folds_to_remember() == {"folded": ["a" * 32, "b" * 32], "archive_open": False}
    show(model, ChatList(FOLDERS[1:], []))
    assert model.folds_to_remember()["folded"] == ["b" * 32], "of a folder that is gone nothing is kept"
    model.remember_folds({"folded": "all", "archive_open": True})
    assert model.is_archive_open


def test_only_rows_that_differ_are_told_to_the_view() -> None:
    model = ConversationListModel()
    chats = [a_chat(number) for number in range(1, 6)]
    show(model, ChatList([], [], chats))
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    show(model, ChatList([], [], list(chats)))
    assert told == []
    show(model, ChatList([], [], [chats[0], a_chat(2, title="another"), *chats[2:]]))
    assert told == [(2, 2)]
    model.know_list(ChatList([], [], [a_chat(9), *chats]), {4}, TODAY)
    model.show_list()
    assert told[1:] == [(3, 5)], "the new one is inserted, the renamed and the answering one change"
    assert [model.index(row).data(Role.STATE) for row in (4, 5)] == ["", "answering"]


@pytest.mark.parametrize("onto", [None, 0, 10])
def test_what_is_no_place_takes_no_chats(onto: int | None) -> None:
    model = ConversationListModel()
    shown = ChatList(FOLDERS, [a_chat(1, pinned=True)], [a_chat(2)], archived_count=1)
    assert show(model, shown)[0] == "Pinned"
    data = model.mimeData([model.index(1)])
    place = QModelIndex() if onto is None else model.index(min(onto, model.rowCount() - 1))
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, place)
    assert not model.canDropMimeData(data, Qt.DropAction.MoveAction, -1, -1, place)


def test_the_model_is_sound_through_any_changes(qtmodeltester: ModelTester) -> None:
    model = ConversationListModel()
    qtmodeltester.check(model)
    pick = random.Random(5)
    for turn in range(60):
        chats = [a_chat(n, updated_at=NOON - pick.randrange(60) * DAY) for n in pick.sample(range(30), 12)]
        placed = [a_chat(100 + n, folder_id=pick.choice([7, 8]), pinned=pick.random() < 0.3) for n in range(6)]
        away = [a_chat(200 + n, archived_at=1.0) for n in range(pick.randrange(4))]
        folders = pick.sample(FOLDERS, pick.randrange(3))
        chats.sort(key=lambda one: -one.updated_at)
        show(model, ChatList(folders, placed, chats, turn % 3 == 0, away, len(away), turn))
        for row in range(model.rowCount()):
            if model.index(row).data(Role.KIND) in ("folder", "archive") and pick.random() < 0.5:
                model.set_folded(model.index(row), pick.random() < 0.5)
        if turn % 7 == 0:
            model.show_trash([TrashedChat(one, pick.randrange(31)) for one in chats])
        if turn % 11 == 0:
            model.show_hits(chats[:2], [])
