"""The conversation store on a real SQLite file."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.services.conversations import migrations, queries, trash
from app.services.conversations.changes import NewAnswer
from app.services.conversations.records import USER_BIT, estimate_lines
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio


def an_answer(owner: str = "nobody") -> NewAnswer:
    return NewAnswer("lm_studio", "qwen/qwen3-4b", "Qwen3 4B", True, False, {"format": 1}, {}, owner)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(tmp_path / "data" / "conversations.db")
    await store.open()
    yield store
    await store.aclose()


async def a_turn(
    store: ConversationStore, conversation_id: int, parent: int | None, prompt: str, text: str
) -> tuple[int, int]:
    prompt_id = await store.add_user_message(conversation_id, parent, prompt)
    answer_id = await store.begin_answer(conversation_id, prompt_id, an_answer(store.owner_id))
    await store.finish_answer(answer_id, "complete", text, "", metrics={"ttft_ms": 1.5})
    return prompt_id, answer_id


async def texts(store: ConversationStore, conversation_id: int) -> list[str]:
    return [m.text for m in await store.messages(conversation_id)]


async def test_a_chat_comes_back_as_it_was_written(store: ConversationStore) -> None:
    chat = await store.create_conversation(title="Refunds", provider="lm_studio", model="qwen/qwen3-4b")
    await a_turn(store, chat, None, "Where should the key live?", "In a header.")
    opened = await store.open_conversation(chat)
    assert opened is not None
    assert [(m.role, m.status, m.text) for m in opened.messages] == [
        ("user", "complete", "Where should the key live?"),
        ("assistant", "complete", "In a header."),
    ]
    assert opened.conversation.message_count == 2
    assert opened.messages[1].metrics == {"ttft_ms": 1.5}
    assert opened.messages[1].model_name == "Qwen3 4B"


async def test_editing_a_prompt_makes_a_sibling_and_the_old_branch_comes_back(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    first, answer = await a_turn(store, chat, None, "one", "answer one")
    await a_turn(store, chat, answer, "two", "answer two")
    second, _ = await a_turn(store, chat, None, "one, better", "another answer")
    assert await texts(store, chat) == ["one, better", "another answer"]
    shown = await store.message(second)
    assert shown is not None
    assert shown.version == (2, 2)
    await store.choose_version(first)
    assert await texts(store, chat) == ["one", "answer one", "two", "answer two"]


async def test_regenerating_makes_a_second_version_of_the_answer(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    prompt, first = await a_turn(store, chat, None, "why", "because")
    second = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.finish_answer(second, "complete", "because of this", "", metrics={})
    assert await store.read(queries.siblings, first) == [first, second]
    assert await texts(store, chat) == ["why", "because of this"]
    await store.choose_version(first)
    assert await texts(store, chat) == ["why", "because"]


async def test_sizes_follow_every_change_of_the_branch(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    turns = [("user" if i % 2 == 0 else "assistant", "x" * (i % 400)) for i in range(2_500)]
    await store.import_messages(chat, turns)  # type: ignore[arg-type]  # literals of the role
    prompt, answer = await a_turn(store, chat, None, "a new first prompt", "short")
    await store.choose_version(await _first_of_import(store, chat, prompt))
    opened = await store.open_conversation(chat, last=10)
    assert opened is not None
    sizes = struct.unpack(f"<{len(opened.sizes) // 4}I", opened.sizes)
    assert len(sizes) == 2_500 == opened.conversation.message_count
    assert sizes[1] == estimate_lines("x")
    assert sizes[398] == estimate_lines("x" * 398) | USER_BIT
    assert opened.first_position == 2_490
    assert answer > 2_500


async def _first_of_import(store: ConversationStore, chat: int, sibling: int) -> int:
    return next(i for i in await store.read(queries.siblings, sibling) if i != sibling)


async def test_deleting_a_message_shows_its_sibling_and_undo_brings_it_back(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    prompt, first = await a_turn(store, chat, None, "why", "because")
    second = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.finish_answer(second, "complete", "other", "", metrics={})
    await store.delete_message(second)
    assert await texts(store, chat) == ["why", "because"]
    await store.restore_message(second)
    assert await texts(store, chat) == ["why", "other"]
    await store.delete_message(prompt)
    assert await texts(store, chat) == []
    await store.restore_message(prompt)
    assert await texts(store, chat) == ["why", "other"]
    assert first != second


async def test_C6_an_answer_cut_off_by_a_crash_is_marked_and_keeps_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    crashed = ConversationStore(path)
    await crashed.open()
    chat = await crashed.create_conversation()
    prompt = await crashed.add_user_message(chat, None, "go on")
    answer = await crashed.begin_answer(chat, prompt, an_answer("a process that is gone"))
    await crashed.journal(answer, 1, "Once upon ", "hm ")
    await crashed.journal(answer, 2, "a time", "yes")
    await crashed.aclose()
    again = ConversationStore(path)
    await again.open()
    stored = await again.message(answer)
    assert stored is not None
    assert (stored.status, stored.text, stored.reasoning) == ("interrupted", "Once upon a time", "hm yes")
    assert stored.error is not None
    assert stored.error["after_crash"] is True
    assert [h.message_id for h in (await again.search("upon")).hits] == [answer]
    found = await again.conversation(chat)
    assert found is not None
    assert found.unread, "the list shows which chat to look at"
    await again.aclose()


async def test_an_answer_of_a_process_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    running = ConversationStore(path)
    await running.open()
    chat = await running.create_conversation()
    prompt = await running.add_user_message(chat, None, "go on")
    answer = await running.begin_answer(chat, prompt, an_answer(running.owner_id))
    await running.journal(answer, 1, "so far", "")
    second = ConversationStore(path)
    await second.open()
    seen = await second.message(answer)
    assert seen is not None
    assert (seen.status, seen.text) == ("streaming", "so far")
    await second.aclose()
    await running.aclose()


async def test_search_finds_words_prefixes_and_identifiers_newest_first(store: ConversationStore) -> None:
    chat = await store.create_conversation(title="Buckets")
    await a_turn(store, chat, None, "what is token_bucket for", "It limits bursts.")
    await a_turn(store, chat, None, "Größe of a burst", "Ten.")
    assert [h.snippet for h in (await store.search("token_buck")).hits] == ["what is \x02token_bucket\x03 for"]
    assert len((await store.search("burst")).hits) == 2
    assert len((await store.search('grosse OR "')).hits) == 0
    assert len((await store.search("grö")).hits) == 1
    assert [c.id for c in await store.search_titles("uck")] == [chat]


async def test_a_deleted_chat_is_not_found_until_it_is_restored(store: ConversationStore) -> None:
    chat = await store.create_conversation(title="Old notes")
    await a_turn(store, chat, None, "canary", "bird")
    await store.delete_conversations([chat])
    assert await store.conversations() == []
    assert (await store.search("canary")).hits == []
    await store.restore_conversations([chat])
    assert [c.title for c in await store.conversations()] == ["Old notes"]


async def test_C10_a_destroyed_chat_leaves_nothing_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation(title="titlecanary77")
    await a_turn(store, chat, None, "promptcanary77", "answercanary77 " * 500)
    await store.destroy_conversation(chat)
    await store.aclose()
    for file in path.parent.iterdir():
        if file.is_file():
            assert b"canary77" not in file.read_bytes(), file.name


async def test_C10_copies_of_rows_that_were_left_when_a_page_was_divided_go_too(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    dice = random.Random(3)
    words: dict[int, list[str]] = {}
    for _ in range(300):  # messages of many chats in between each other, so that pages are divided
        if len(words) < 12:
            words[await store.create_conversation(title="x")] = []
        chat = dice.choice(list(words))
        word = f"canary{dice.getrandbits(64):016x}"
        await store.add_user_message(chat, None, word * dice.randint(1, 40))
        words[chat].append(word)
    gone = dice.sample(list(words), 6)
    for chat in gone:
        await store.destroy_conversation(chat)
    destroyed = [word for chat in gone for word in words[chat]]
    everything = b"".join(file.read_bytes() for file in path.parent.glob("conversations.db*"))
    assert [word for word in destroyed if word.encode() in everything] == []
    assert len(await store.conversations()) == 6
    await store.aclose()


@pytest.mark.parametrize("ends", ["finished", "killed"])
async def test_C6_the_file_is_not_written_anew_while_an_answer_is_being_written(tmp_path: Path, ends: str) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat, gone = await store.create_conversation(title="x"), await store.create_conversation(title="gone")
    prompt = await store.add_user_message(chat, None, "why?")
    await store.add_user_message(gone, None, "because")
    answer = await store.begin_answer(
        chat, prompt, NewAnswer("lm_studio", "m", "M", True, False, {"format": 1}, {}, store.owner_id)
    )
    await store.destroy_conversation(gone)
    assert await store.read(trash.is_untidy), "it waits"
    if ends == "finished":
        await store.finish_answer(answer, "complete", "so", "", metrics={})
    else:
        await store.aclose()
        store = ConversationStore(path)
        await store.open()
    assert not await store.read(trash.is_untidy)
    await store.aclose()


async def test_the_full_text_index_is_sound_after_edits(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation()
    for i in range(20):
        await a_turn(store, chat, None, f"prompt {i}", f"answer {i}")
    await store.delete_conversations([chat])
    await store.aclose()
    with sqlite3.connect(path) as db:
        # The plain form of this check passes on a damaged index; the one with rank 1 compares it with the table.
        db.execute("INSERT INTO message_fts(message_fts, rank) VALUES('integrity-check', 1)")
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    db.close()


async def test_C5_the_file_is_opened_with_the_promised_pragmas(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "conversations.db")
    await store.open()

    def pragmas(db: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "foreign_keys", "busy_timeout", "secure_delete")
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await store.read(pragmas) == ["wal", 1, 5000, 1]
    seen: list[int] = []

    def look(db: sqlite3.Connection) -> None:
        seen.append(db.execute("PRAGMA synchronous").fetchone()[0])

    await store.write(look)
    await store.write_soon(look)
    assert seen == [2, 1], "finished messages FULL, the journal NORMAL"
    assert await store.check() is None
    await store.aclose()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
async def test_C4_the_store_is_private_from_the_first_byte(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store = ConversationStore(tmp_path / "new" / "conversations.db")
        await store.open()
        await store.create_conversation(title="mine")
        for path in (tmp_path / "new").rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            if path.suffix != ".lock":
                assert mode == (0o700 if path.is_dir() else 0o600), path.name
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
        await store.aclose()
    finally:
        os.umask(old)


async def test_C7_a_damaged_file_is_kept_and_chat_goes_on_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    path.write_bytes(b"this is no database" * 400)
    before = path.read_bytes()
    store = ConversationStore(path)
    await store.open()
    assert not store.state.saved
    assert "damaged" in store.state.reason
    chat = await store.create_conversation(title="in memory")
    assert [c.id for c in await store.conversations()] == [chat]
    assert not await store.try_again()
    await store.aclose()
    assert path.read_bytes() == before


async def test_C7_a_newer_store_is_shown_but_never_written(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation(title="from the future")
    await a_turn(store, chat, None, "hello", "world")
    await store.aclose()
    db = sqlite3.connect(path)
    db.execute("ALTER TABLE message ADD COLUMN hologram BLOB")
    db.execute(f"PRAGMA user_version = {migrations.SCHEMA_VERSION + 1}")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    before = path.read_bytes()
    newer = ConversationStore(path)
    await newer.open()
    assert not newer.state.saved
    assert "newer version" in newer.state.reason
    assert await texts(newer, chat) == ["hello", "world"]
    await a_turn(newer, chat, None, "only in memory", "yes")
    await newer.aclose()
    assert path.read_bytes() == before


async def test_C7_a_full_disk_is_told_and_memory_is_written_back_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation(title="kept")
    prompt, answer = await a_turn(store, chat, None, "before", "it was full")
    told: list[bool] = []
    store.state_changed.subscribe(lambda state: told.append(state.saved))

    def fill(db: sqlite3.Connection) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")  # SQLite itself then answers SQLITE_FULL, as a full disk does

    await store.read(fill)
    await a_turn(store, chat, answer, "x" * 300_000, "still here")
    assert told == [False]
    assert "full" in store.state.reason
    assert [t[:10] for t in await texts(store, chat)] == ["before", "it was ful", "xxxxxxxxxx", "still here"]
    assert await store.try_again()
    assert told == [False, True]
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    assert [t[:10] for t in await texts(again, chat)] == ["before", "it was ful", "xxxxxxxxxx", "still here"]
    await again.aclose()
    assert prompt


@settings(max_examples=60, deadline=None)
@example(text="\0")
@example(text="a\0\ud800'\"%_ OR NEAR( title:x -y*")
@given(text=st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=80))
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_C9_any_string_can_be_stored_searched_found_and_deleted(text: str, anyio_backend: str) -> None:
    store = ConversationStore(None)
    await store.open()
    other = await store.create_conversation(title="another")
    await store.add_user_message(other, None, "something else")
    chat = await store.create_conversation(title=f"{text} needle8371 {text}")
    prompt = await store.add_user_message(chat, None, f"{text} needle8371 {text}")
    stored = await store.message(prompt)
    assert stored is not None
    assert stored.text == f"{text} needle8371 {text}".encode("utf-8", "replace").decode("utf-8")
    assert [hit.message_id for hit in (await store.search("needle8371")).hits] == [prompt]
    assert [hit.message_id for hit in (await store.search("needle8")).hits] == [prompt]
    assert [one.id for one in await store.search_titles("needle8371")] == [chat]
    await store.search(text)
    await store.search_titles(text)
    await store.rename(chat, text)
    assert (await store.conversation(chat)) is not None
    await store.destroy_conversation(chat)
    assert await store.message(prompt) is None
    await store.aclose()


async def test_a_very_long_chat_is_destroyed_without_hitting_nested_trigger_limits(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await store.import_messages(chat, [("user", f"m{i}") for i in range(5_000)])
    await store.destroy_conversation(chat)
    assert await store.messages(chat) == []


async def test_the_trash_is_emptied_after_thirty_days(tmp_path: Path) -> None:
    now = [1_000_000.0]
    path = tmp_path / "conversations.db"
    store = ConversationStore(path, clock=lambda: now[0])
    await store.open()
    chat = await store.create_conversation(title="gone soon")
    await a_turn(store, chat, None, "a", "b")
    keep = await store.create_conversation(title="stays")
    prompt, _ = await a_turn(store, keep, None, "c", "d")
    await store.delete_conversations([chat])
    await store.delete_message(prompt)
    await store.aclose()
    now[0] += trash.TRASH_SECONDS + 1
    later = ConversationStore(path, clock=lambda: now[0])
    await later.open()
    assert await later.conversation(chat) is None
    assert await later.message(prompt) is None
    assert await later.conversation(keep) is not None
    await later.aclose()


async def test_model_uses_remember_the_last_one_and_favourites(tmp_path: Path) -> None:
    now = [1.0]
    store = ConversationStore(None, clock=lambda: now[0])
    await store.open()
    await store.record_model_use("ollama", "a")
    now[0] = 2.0
    await store.record_model_use("ollama", "b")
    await store.set_favourite("ollama", "c", True)
    assert await store.read(queries.last_used_model, "ollama") == "b"
    assert [(u.model, u.favourite) for u in await store.model_uses()] == [("b", False), ("a", False), ("c", True)]
    await store.aclose()


async def test_forking_copies_the_shown_branch_up_to_a_message(store: ConversationStore) -> None:
    chat = await store.create_conversation(title="Origin", model="m")
    _, answer = await a_turn(store, chat, None, "one", "first")
    await a_turn(store, chat, answer, "two", "second")
    copy = await store.fork(answer)
    assert copy is not None
    assert await texts(store, copy) == ["one", "first"]
    await a_turn(store, copy, (await store.messages(copy))[-1].id, "another way", "third")
    assert await texts(store, chat) == ["one", "first", "two", "second"]
    assert await texts(store, copy) == ["one", "first", "another way", "third"]
    found = await store.conversation(copy)
    assert found is not None
    assert found.title == "Origin"


async def test_what_another_connection_commits_is_noticed_once_and_our_own_writes_are_not(
    store: ConversationStore,
) -> None:
    assert not await store.changed_elsewhere()
    await store.create_conversation(title="ours")
    assert not await store.changed_elsewhere()
    other = ConversationStore(store.path)
    await other.open()
    chat = await other.create_conversation(title="theirs")
    assert await store.changed_elsewhere()
    assert not await store.changed_elsewhere()
    await store.rename(chat, "ours now")
    assert not await store.changed_elsewhere()
    await other.destroy_conversation(chat)
    await other.aclose()
    assert await store.changed_elsewhere()


async def test_a_change_between_opening_and_the_first_question_is_not_missed(tmp_path: Path) -> None:
    one, other = (ConversationStore(tmp_path / "conversations.db") for _ in range(2))
    await one.open()
    await other.open()
    await other.create_conversation(title="theirs")
    assert await one.changed_elsewhere()
    await other.aclose()
    await one.aclose()


async def test_a_store_in_memory_is_changed_by_nobody_else() -> None:
    store = ConversationStore(None)
    await store.open()
    await store.create_conversation(title="ours")
    assert not await store.changed_elsewhere()
    await store.aclose()


@pytest.mark.parametrize("trashed", [0, 1, 2])
async def test_C10_the_words_of_what_leaves_the_trash_leave_the_files_however_many_chats_it_is(
    tmp_path: Path, trashed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_700_000_000.0]
    path = tmp_path / "conversations.db"
    store = ConversationStore(path, clock=lambda: now[0])
    await store.open()
    for number in range(3):
        chat = await store.create_conversation(title="A chat")
        word = "canaryword" if number < trashed else "another"
        await a_turn(store, chat, None, f"{word} prompt", f"{word} answer")
        if number < trashed:
            await store.delete_conversations([chat])
    await store.aclose()
    now[0] += trash.TRASH_SECONDS + 10
    cleaned = []
    monkeypatch.setattr(
        trash, "_forget_deleted_words", lambda db, real=trash._forget_deleted_words: cleaned.append(real(db))
    )

    again = ConversationStore(path, clock=lambda: now[0])
    await again.open()
    await again.aclose()

    assert b"canaryword" not in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert len(cleaned) == (1 if trashed else 0), "nothing is cleaned where nothing went"
