"""Chats in folders, pinned, archived, with tags, and in the trash: in a real store."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.conversations import folders, tags
from app.services.conversations.folders import FolderNameError
from app.services.conversations.store import ConversationStore
from app.services.conversations.tags import TagError
from tests.services.conversations.test_store_recovery import Clock, fill_the_disk

pytestmark = pytest.mark.anyio

DAY = 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(tmp_path / "conversations.db", clock=clock)
    await store.open()
    yield store
    await store.aclose()


async def a_chat(store: ConversationStore, title: str) -> int:
    made = await store.create_conversation(title=title)
    await store.add_user_message(made, None, f"words of {title}")
    return made


async def folder_of(store: ConversationStore, chat: int) -> int | None:
    found = await store.conversation(chat)
    assert found is not None
    return found.folder_id


async def counts(store: ConversationStore) -> dict[str, int]:
    return {one.name: one.chats for one in await store.read(folders.list_folders)}


# -- folders


async def test_folders_are_listed_by_name_with_their_chats(store: ConversationStore) -> None:
    late, early = await store.create_folder("  web\n site "), await store.create_folder("Api")
    chats = [await a_chat(store, name) for name in ("a", "b", "c")]

    await store.write(folders.move, chats[:2], late)
    await store.delete_conversations([chats[1]])

    assert await counts(store) == {"Api": 0, "web site": 1}
    assert [one.id for one in await store.read(folders.list_folders)] == [early, late]
    assert await folder_of(store, chats[0]) == late and await folder_of(store, chats[2]) is None


@pytest.mark.parametrize(
    ("name", "said"), [("", "needs a name"), (" \t", "needs a name"), ("ÄRGER", "is there already")]
)
async def test_a_folder_whose_name_is_empty_or_taken_in_any_case_is_refused(
    store: ConversationStore, name: str, said: str
) -> None:
    await store.create_folder("Ärger")
    other = await store.create_folder("other")

    with pytest.raises(FolderNameError, match=said):
        await store.create_folder(name)
    with pytest.raises(FolderNameError, match=said):
        await store.write(folders.rename_folder, other, name)
    assert list(await counts(store)) == ["other", "Ärger"]


async def test_a_folder_is_renamed_and_may_change_the_case_of_its_name(store: ConversationStore) -> None:
    folder = await store.create_folder("api")

    assert await store.write(folders.rename_folder, folder, "API") == "api"

    assert list(await counts(store)) == ["API"]


async def test_of_a_deleted_folder_the_chats_stay_and_undo_brings_it_back_with_them(store: ConversationStore) -> None:
    folder, other = await store.create_folder("api"), await store.create_folder("other")
    chats = [await a_chat(store, name) for name in "abc"]
    await store.write(folders.move, chats, folder)

    gone = await store.write(folders.delete_folder, folder)

    assert gone is not None and await counts(store) == {"other": 0}
    assert [await folder_of(store, chat) for chat in chats] == [None, None, None]
    await store.write(folders.move, [chats[2]], other)
    await store.write(folders.restore_folder, gone)
    assert await counts(store) == {"api": 2, "other": 1}, "what went elsewhere meanwhile stays there"


async def test_a_folder_comes_back_under_another_name_where_its_own_was_taken(store: ConversationStore) -> None:
    folder = await store.create_folder("api")
    gone = await store.write(folders.delete_folder, folder)
    await store.create_folder("Api")

    assert gone is not None
    await store.write(folders.restore_folder, gone)

    assert list(await counts(store)) == ["Api", "api 2"]


async def test_moving_is_undone_to_where_each_chat_was(store: ConversationStore) -> None:
    one, two = await store.create_folder("one"), await store.create_folder("two")
    first, second = await a_chat(store, "a"), await a_chat(store, "b")
    await store.write(folders.move, [first], one)

    before = await store.write(folders.move, [first, second], two)
    await store.write(folders.move_back, before)

    assert (await folder_of(store, first), await folder_of(store, second)) == (one, None)
    await store.write(folders.delete_folder, two)
    await store.write(folders.move_back, {first: two})
    assert await folder_of(store, first) is None, "a folder that is gone is no folder"


# -- pinned and archived


async def test_pinning_and_archiving_say_which_chats_changed(store: ConversationStore) -> None:
    chats = [await a_chat(store, name) for name in "abc"]

    assert await store.write(folders.set_pinned, chats[:1], True) == chats[:1]
    assert await store.write(folders.set_pinned, chats[:2], True) == chats[1:2]
    assert await store.set_archived(chats[1:], True) == chats[1:]
    assert await store.set_archived(chats, True) == chats[:1]
    assert await store.set_archived(chats[:1], False) == chats[:1]

    found = {c.id: (c.pinned, c.archived_at is not None) for c in await store.conversations()}
    assert found == {chats[0]: (True, False), chats[1]: (True, True), chats[2]: (False, True)}


async def test_an_archived_chat_leaves_the_list_and_is_found_by_its_title_and_its_words(
    store: ConversationStore,
) -> None:
    kept, away = await a_chat(store, "kept"), await a_chat(store, "away")
    await store.set_archived([away], True)

    shown = await store.chat_list(100, archived=False)
    assert ([c.id for c in shown.dated], shown.archived, shown.archived_count) == ([kept], [], 1)
    assert [c.id for c in (await store.chat_list(100, archived=True)).archived] == [away]
    assert [c.id for c in await store.search_titles("away")] == [away]
    assert [hit.conversation_id for hit in (await store.search("words")).hits] == [away, kept]


async def test_the_list_has_all_of_folders_and_pins_however_old_and_of_others_the_newest(
    store: ConversationStore, clock: Clock
) -> None:
    folder = await store.create_folder("api")
    old, pinned = await a_chat(store, "old"), await a_chat(store, "pinned")
    await store.write(folders.move, [old], folder)
    await store.write(folders.set_pinned, [pinned], True)
    newer = []
    for name in "abcde":
        clock.now += 1
        newer.append(await a_chat(store, name))
    empty = await store.create_conversation(title="nobody wrote here")
    await store.write(folders.move, [empty], folder)

    shown = await store.chat_list(3, archived=False)

    assert [c.id for c in shown.placed] == [pinned, old]
    assert [c.id for c in shown.dated] == newer[:1:-1] and shown.more
    assert [(f.name, f.chats) for f in shown.folders] == [("api", 1)]


async def test_a_fork_stays_in_the_folder_and_keeps_the_tags(store: ConversationStore) -> None:
    folder = await store.create_folder("api")
    chat = await store.create_conversation(title="a")
    message = await store.add_user_message(chat, None, "words")
    await store.write(folders.move, [chat], folder)
    await store.write(tags.add_tags, [chat], ["bug"])

    forked = await store.fork(message)

    assert forked is not None
    made = await store.conversation(forked)
    assert made is not None and (made.folder_id, made.tags) == (folder, ("bug",))


# -- tags


async def test_tags_are_trimmed_counted_and_of_one_spelling(store: ConversationStore) -> None:
    first, second = await a_chat(store, "a"), await a_chat(store, "b")

    await store.write(tags.add_tags, [first], ["#Bug", "  open \n question "])
    await store.write(tags.add_tags, [first, second], ["bug", "ärger", "ÄRGER"])

    assert [c.tags for c in await store.conversations()] == [("Bug", "ärger"), ("Bug", "open question", "ärger")]
    assert await store.read(tags.list_tags) == [("Bug", 2), ("open question", 1), ("ärger", 2)]
    await store.delete_conversations([first])
    assert await store.read(tags.list_tags) == [("Bug", 1), ("ärger", 1)]


async def test_tags_are_taken_off_and_undone(store: ConversationStore) -> None:
    chat = await a_chat(store, "a")
    await store.write(tags.add_tags, [chat], ["bug", "later"])

    before = await store.write(tags.remove_tags, [chat], ["BUG", "never there"])
    found = await store.conversation(chat)
    assert found is not None and found.tags == ("later",)

    assert await store.write(tags.put_tags, before) == {chat: ("later",)}
    found = await store.conversation(chat)
    assert found is not None and found.tags == ("bug", "later")


@pytest.mark.parametrize("tag", ["", " ", "#", "##  ", "x" * 51])
async def test_a_tag_without_a_word_or_too_long_is_refused_and_nothing_is_changed(
    store: ConversationStore, tag: str
) -> None:
    chat = await a_chat(store, "a")
    with pytest.raises(TagError):
        await store.write(tags.add_tags, [chat], ["good", tag])
    assert await store.read(tags.list_tags) == []


def test_what_was_typed_as_tags_is_parted_at_commas() -> None:
    assert tags.tags_in(" #bug, open question,, #bug ,") == ("bug", "open question")


# -- the trash


async def test_the_trash_is_listed_newest_first_with_the_days_that_are_left(
    store: ConversationStore, clock: Clock
) -> None:
    first, second, _kept = [await a_chat(store, name) for name in ("first", "second", "kept")]
    await store.delete_conversations([first])
    clock.now += 10 * DAY
    await store.delete_conversations([second])
    clock.now += 5

    found = await store.trash()

    assert [(one.conversation.id, one.days_left) for one in found] == [(second, 30), (first, 20)]
    assert (await store.chat_list(5, archived=False)).trash_count == 2
    clock.now += 19.5 * DAY
    assert [one.days_left for one in await store.trash()] == [11, 1]


async def test_C10_what_is_deleted_for_good_out_of_the_trash_leaves_the_files(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "data" / "conversations.db"
    store = ConversationStore(path, clock=clock)
    await store.open()
    chats = [await a_chat(store, name) for name in ("zanzibar", "kilimanjaro", "restored")]
    await store.write(tags.add_tags, chats[:1], ["serengeti"])
    await store.delete_conversations(chats)
    await store.restore_conversations(chats[2:])

    assert await store.destroy_conversations(chats) == 2, "only what is in the trash still"

    assert [c.id for c in await store.conversations()] == [chats[2]]
    contents = b"".join(one.read_bytes() for one in path.parent.iterdir() if one.is_file())
    for word in (b"zanzibar", b"kilimanjaro", b"serengeti"):
        assert word not in contents
    await store.aclose()


async def test_a_chat_comes_out_of_the_trash_into_its_folder_unless_that_is_gone(store: ConversationStore) -> None:
    folder = await store.create_folder("api")
    chats = [await a_chat(store, name) for name in "ab"]
    await store.write(folders.move, chats, folder)
    await store.delete_conversations(chats)
    await store.restore_conversations(chats[:1])
    assert await folder_of(store, chats[0]) == folder
    await store.write(folders.delete_folder, folder)
    await store.restore_conversations(chats[1:])
    assert await folder_of(store, chats[1]) is None


# -- while the file cannot be written


async def test_folders_and_tags_changed_in_memory_are_written_back_beside_those_of_others(
    store: ConversationStore, tmp_path: Path
) -> None:
    kept, renamed, gone = [await store.create_folder(name) for name in ("kept", "renamed", "gone")]
    chat, other = await a_chat(store, "a"), await a_chat(store, "b")
    await store.write(folders.move, [chat], kept)
    await store.write(tags.add_tags, [chat], ["old", "stays"])
    await fill_the_disk(store)
    assert {c.id: (c.folder_id, c.tags) for c in await store.conversations()} == {
        chat: (kept, ("old", "stays")),
        other: (None, ()),
    }

    made = await store.create_folder("made")
    await store.write(folders.rename_folder, renamed, "new name")
    await store.write(folders.delete_folder, gone)
    await store.write(folders.move, [chat], made)
    await store.write(folders.move, [other], kept)
    await store.write(tags.remove_tags, [chat], ["old"])
    await store.write(tags.add_tags, [chat, other], ["fresh"])
    with sqlite3.connect(tmp_path / "conversations.db") as elsewhere:
        elsewhere.execute("INSERT INTO folder(uid, name, created_at) VALUES ('u', 'Theirs', 1)")
        elsewhere.execute("INSERT INTO conversation_tag VALUES (?, 'theirs')", (other,))
    elsewhere.close()

    assert await store.try_again()

    assert await counts(store) == {"kept": 1, "made": 1, "new name": 0, "Theirs": 0}
    names = {one.id: one.name for one in await store.read(folders.list_folders)}
    found = {c.title: (names[c.folder_id or 0], c.tags) for c in await store.conversations()}
    assert found == {"a": ("made", ("fresh", "stays")), "b": ("kept", ("fresh", "theirs"))}


async def test_a_chat_of_memory_goes_into_the_folder_of_that_name_that_another_process_made(
    store: ConversationStore, tmp_path: Path
) -> None:
    chat = await a_chat(store, "a")
    await fill_the_disk(store)
    made = await store.create_folder("api")
    await store.write(folders.move, [chat], made)
    with sqlite3.connect(tmp_path / "conversations.db") as elsewhere:
        for name in ("Web", "API"):
            elsewhere.execute("INSERT INTO folder(uid, name, created_at) VALUES (?, ?, 1)", (name, name))
    elsewhere.close()

    assert await store.try_again()

    assert await counts(store) == {"API": 1, "Web": 0}


async def test_a_file_from_before_there_were_folders_is_shown_from_memory() -> None:
    data = Path(__file__).resolve().parents[2] / "data"
    store = ConversationStore(None, copy_of=data / "store-v6.db")
    await store.open()
    chats = await store.conversations()
    assert chats and all(chat.folder_id is None and chat.tags == () for chat in chats)
    folder = await store.create_folder("api")
    await store.write(folders.move, [chats[0].id], folder)
    assert await folder_of(store, chats[0].id) == folder
    await store.aclose()
