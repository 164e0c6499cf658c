"""Files that were attached while chats were in memory come into the store's file, and no other ones go."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.attachments.reading import attachment_of
from app.services.conversations import saved_prompts, store_file, tags
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import LLMError

pytestmark = pytest.mark.anyio

NOTES = attachment_of("notes.txt", b"hello")
OTHER = attachment_of("PRIVATE.txt", b"nobody's business")


async def to_memory(store: ConversationStore) -> None:
    assert store.path is not None
    await store._submit(lambda: store._go_to_memory("the disk is full", store.path))


async def names(store: ConversationStore, chat: int) -> list[list[str]]:
    return [[file.name for file in message.attachments] for message in await store.messages(chat)]


async def test_a_draft_file_from_before_that_was_sent_in_memory_is_saved(store: ConversationStore) -> None:
    chat = await store.create_conversation(title="x")
    file = await store.attach(chat, NOTES)
    await to_memory(store)
    await store.add_user_message(chat, None, "look", [file.id])
    assert await store.try_again()
    assert await names(store, chat) == [["notes.txt"]]
    assert await store.draft_attachments(chat) == []


async def test_a_file_that_vanished_is_written_anew_with_all_that_was_attached_and_kept(
    store: ConversationStore, tmp_path: Path
) -> None:
    chat = await store.create_conversation(title="x")
    await store.add_user_message(chat, None, "look", [(await store.attach(chat, NOTES)).id])
    await store.write(saved_prompts.save_prompt, "mine", "text")
    await to_memory(store)
    for file in tmp_path.glob("c.db*"):
        file.unlink()
    assert await store.try_again()
    assert await names(store, chat) == [["notes.txt"]]
    assert [p.text for p in await store.read(saved_prompts.prompts) if p.own] == ["text"]


async def test_a_chat_that_a_new_message_brings_back_comes_with_its_files_and_tags(
    store: ConversationStore, tmp_path: Path
) -> None:
    await store.create_conversation(title="another")
    chat = await store.create_conversation(title="x")
    first = await store.add_user_message(chat, None, "look", [(await store.attach(chat, NOTES)).id])
    await store.write(tags.add_tags, [chat], ["bug"])
    await to_memory(store)
    elsewhere = ConversationStore(tmp_path / "c.db")
    await elsewhere.open()
    await elsewhere.destroy_conversation(chat)
    await elsewhere.aclose()
    await store.add_user_message(chat, first, "more")
    assert await store.try_again()
    assert await names(store, chat) == [["notes.txt"], []]
    found = await store.conversation(chat)
    assert found is not None and found.tags == ("bug",)


async def test_a_chip_keeps_its_file_whatever_another_process_attached_meanwhile(
    store: ConversationStore, tmp_path: Path
) -> None:
    mine, theirs = await store.create_conversation(title="mine"), await store.create_conversation(title="theirs")
    await to_memory(store)
    elsewhere = ConversationStore(tmp_path / "c.db")
    await elsewhere.open()
    await elsewhere.attach(theirs, OTHER)
    await elsewhere.aclose()
    chip = await store.attach(mine, NOTES)
    assert await store.try_again()
    await store.add_user_message(mine, None, "look", [chip.id])
    assert await names(store, mine) == [["notes.txt"]]
    assert [file.name for file in await store.draft_attachments(theirs)] == ["PRIVATE.txt"]


async def test_taking_a_file_off_takes_no_other_one_that_got_its_number(
    store: ConversationStore, tmp_path: Path
) -> None:
    mine, theirs = await store.create_conversation(title="mine"), await store.create_conversation(title="theirs")
    file = await store.attach(mine, NOTES)
    await to_memory(store)
    elsewhere = ConversationStore(tmp_path / "c.db")
    await elsewhere.open()
    await elsewhere.detach(file.id)
    reused = await elsewhere.attach(theirs, OTHER)
    await elsewhere.aclose()
    assert reused.id == file.id
    await store.detach(file.id)
    assert await store.try_again()
    assert [file.name for file in await store.draft_attachments(theirs)] == ["PRIVATE.txt"]


async def test_no_prompt_takes_a_file_of_another_chat(store: ConversationStore) -> None:
    mine, theirs = await store.create_conversation(), await store.create_conversation()
    file = await store.attach(theirs, OTHER)
    with pytest.raises(LLMError, match="no longer there"):
        await store.add_user_message(mine, None, "look", [file.id])
    assert await store.messages(mine) == []


async def test_a_draft_that_is_only_a_file_is_a_chat_and_is_missed(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await store.attach(chat, NOTES)
    listed = await store.chat_list(10, archived=True)
    assert [one.id for one in listed.dated] == [chat]
    await to_memory(store)
    assert await store.unsaved_chats() == []
    other = await store.create_conversation()
    await store.attach(other, OTHER)
    assert await store.unsaved_chats() == [other]


async def test_attached_files_do_not_make_a_store_too_large_to_be_shown(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await store.create_conversation(title="x")
    large, small = attachment_of("large.txt", b"a line\n" * 200_000), NOTES
    for file in (large, small):
        await store.add_user_message(chat, None, file.name, [(await store.attach(chat, file)).id])
    monkeypatch.setattr(store_file, "MAX_MEMORY_COPY_BYTES", 1_200_000)
    monkeypatch.setattr(store_file, "_NEWEST_FILES", store_file._NEWEST_FILES.replace(str(256 * 1024 * 1024), "1000"))
    await to_memory(store)
    assert [c.title for c in await store.conversations()] == ["x"]
    shown = await names(store, chat)
    assert ["notes.txt"] in shown and ["large.txt"] not in shown
    assert await store.try_again()
    files = {m.text: [f.name for f in m.attachments] for m in await store.messages(chat)}
    assert await store.read(lambda db: db.execute("SELECT count(*) FROM content").fetchone()[0]) == 2, files
