"""The store when its file or the clock fails it: what memory held is merged back, nothing is lost or swapped."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services import process_lock
from app.services.conversations import changes, opened_file, queries, store_file, trash
from app.services.conversations.changes import NewAnswer
from app.services.conversations.routed import record_passed_over
from app.services.conversations.store import ConversationStore
from app.services.llm.stream_events import PassedOver
from app.services.process_lock import OwnerLock
from tests.fakes.damaged_store import damage

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def an_answer(owner: str) -> NewAnswer:
    return NewAnswer("lm_studio", "qwen/qwen3-4b", "Qwen3 4B", True, False, {"format": 1}, {}, owner)


async def a_turn(store: ConversationStore, chat: int, parent: int | None, prompt: str, text: str) -> tuple[int, int]:
    prompt_id = await store.add_user_message(chat, parent, prompt)
    answer_id = await store.begin_answer(chat, prompt_id, an_answer(store.owner_id))
    await store.finish_answer(answer_id, "complete", text, "", metrics={})
    return prompt_id, answer_id


async def texts(store: ConversationStore, chat: int) -> list[str]:
    return [m.text for m in await store.messages(chat)]


async def fill_the_disk(store: ConversationStore) -> None:
    """SQLite answers SQLITE_FULL from the next growing write on, as with a full disk; the first such write follows."""

    def fill(db: sqlite3.Connection) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")

    await store.read(fill)
    filler = await store.create_conversation(title="x" * 300_000)
    assert not store.state.saved
    await store.destroy_conversation(filler)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(path: Path, clock: Clock) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(path, clock=clock)
    await store.open()
    yield store
    await store.aclose()


# -- memory back into the file


async def test_an_answer_begun_on_disk_and_finished_in_memory_is_whole_in_the_file(
    store: ConversationStore, path: Path, clock: Clock
) -> None:
    chat = await store.create_conversation(title="kept")
    prompt = await store.add_user_message(chat, None, "go on")
    answer = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.journal(answer, 1, "first ", "")
    clock.now += 5
    await fill_the_disk(store)
    await store.journal(answer, 2, "second", "")
    await store.finish_answer(answer, "complete", "first second", "", metrics={"ttft_ms": 2.0})
    assert await store.try_again()
    stored = await store.message(answer)
    assert stored is not None
    assert (stored.status, stored.text, stored.metrics) == ("complete", "first second", {"ttft_ms": 2.0})
    assert [h.message_id for h in (await store.search("second")).hits] == [answer]
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM journal").fetchone() == (0,)
        db.execute("INSERT INTO message_fts(message_fts, rank) VALUES('integrity-check', 1)")
    db.close()


async def test_runs_of_the_file_and_those_made_in_memory_are_in_the_file_once(
    store: ConversationStore, path: Path
) -> None:
    chat = await store.create_conversation()
    _, first = await a_turn(store, chat, None, "one", "first")
    running = await store.begin_answer(
        chat, await store.add_user_message(chat, first, "two"), an_answer(store.owner_id)
    )
    await fill_the_disk(store)
    await store.finish_answer(running, "complete", "second", "", metrics={"ttft_ms": 2.0})
    other = await store.create_conversation()
    _, third = await a_turn(store, other, None, "three", "third")
    assert await store.try_again()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT message_id, ttft_ms FROM run ORDER BY message_id").fetchall() == [
            *((first, None), (running, 2.0), (third, None)),
        ]
    db.close()


async def test_who_was_passed_over_while_the_file_could_not_be_written_is_in_it_afterwards(
    store: ConversationStore, path: Path
) -> None:
    chat = await store.create_conversation()
    on_disk = await store.begin_answer(chat, await store.add_user_message(chat, None, "a"), an_answer(store.owner_id))
    busy = PassedOver("ollama", "busy", "overloaded", "It is busy.")
    await store.write(record_passed_over, on_disk, 0, busy, 1.0)
    await fill_the_disk(store)
    await store.write(record_passed_over, on_disk, 1, busy, 2.0)
    await store.finish_answer(on_disk, "complete", "first", "", metrics={})
    assert await store.try_again()
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT started_at, of_message FROM run WHERE model = 'busy' ORDER BY 1").fetchall()
    db.close()
    assert found == [(1.0, on_disk), (2.0, on_disk)]


async def test_an_answer_still_running_goes_on_in_the_file(store: ConversationStore, clock: Clock) -> None:
    chat = await store.create_conversation()
    prompt = await store.add_user_message(chat, None, "go on")
    answer = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.journal(answer, 1, "first ", "")
    await fill_the_disk(store)
    later = await store.add_user_message(chat, answer, "and then")
    second = await store.begin_answer(chat, later, an_answer(store.owner_id))
    await store.journal(answer, 2, "second ", "")
    await store.journal(second, 1, "other", "")
    assert await store.try_again()
    await store.journal(answer, 3, "third", "")
    assert await texts(store, chat) == ["go on", "first second third", "and then", "other"]
    await store.finish_answer(second, "complete", "other answer", "", metrics={})
    assert (await texts(store, chat))[-1] == "other answer"


async def test_C11_small_changes_made_in_memory_survive_even_when_the_clock_went_back(
    store: ConversationStore, clock: Clock
) -> None:
    chat = await store.create_conversation(title="before")
    gone = await store.create_conversation(title="thrown away")
    prompt, first = await a_turn(store, chat, None, "why", "because")
    second = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.finish_answer(second, "complete", "other", "", metrics={})
    await store.record_model_use("ollama", "a")
    await fill_the_disk(store)
    clock.now -= 86_400
    await store.rename(chat, "after")
    await store.set_draft(chat, "half a thought")
    await store.set_model(chat, "ollama", "b")
    await store.choose_version(first)
    await store.delete_conversations([gone])
    await store.set_favourite("ollama", "b", True)
    await store.record_model_use("ollama", "a")
    made = await store.create_conversation(title="made in memory")
    await a_turn(store, made, None, "new", "chat")
    assert await store.try_again()
    found = await store.conversation(chat)
    assert found is not None
    assert (found.title, found.draft, found.model) == ("after", "half a thought", "b")
    assert await texts(store, chat) == ["why", "because"]
    assert await texts(store, made) == ["new", "chat"]
    assert {c.id for c in await store.conversations()} == {chat, made}
    assert {(u.model, u.uses, u.favourite) for u in await store.model_uses()} == {("a", 2, False), ("b", 0, True)}


async def test_C11_what_another_process_wrote_meanwhile_survives(store: ConversationStore, path: Path) -> None:
    chat = await store.create_conversation(title="shared")
    _, answer = await a_turn(store, chat, None, "one", "first")
    untouched = await store.create_conversation(title="not ours to change")
    await fill_the_disk(store)
    other = ConversationStore(path)
    await other.open()
    _, theirs = await a_turn(other, chat, answer, "their prompt", "their answer")
    await other.rename(chat, "their title")
    await other.rename(untouched, "their title too")
    another = await other.create_conversation(title="their chat")
    await other.record_model_use("ollama", "theirs")
    await other.aclose()
    _, ours = await a_turn(store, chat, answer, "our prompt", "our answer")
    await store.set_draft(chat, "our draft")
    await store.record_model_use("ollama", "ours")
    assert await store.try_again()
    assert len({ours, theirs}) == 2
    for message_id, text in ((theirs, "their answer"), (ours, "our answer")):
        stored = await store.message(message_id)
        assert stored is not None
        assert stored.text == text
    found = await store.conversation(chat)
    assert found is not None
    assert (found.title, found.draft) == ("their title", "our draft")
    assert {c.title for c in await store.conversations()} == {"their title", "their title too", "their chat"}
    assert {u.model for u in await store.model_uses()} == {"ours", "theirs"}
    assert await store.conversation(another) is not None


@pytest.mark.parametrize("table", ["conversation", "message"])
async def test_an_id_that_means_something_else_in_the_file_refuses_and_keeps_memory(
    store: ConversationStore, path: Path, table: str
) -> None:
    chat = await store.create_conversation(title="mine")
    _, answer = await a_turn(store, chat, None, "one", "first")
    await fill_the_disk(store)
    await store.set_draft(chat, "a draft")
    _, ours = await a_turn(store, chat, answer, "two", "second")
    with sqlite3.connect(path) as db:
        if table == "conversation":
            db.execute("UPDATE conversation SET uid = 'another chat' WHERE id = ?", (chat,))
        else:
            db.execute(
                "INSERT INTO message(id, conversation_id, role, status, text, created_at, chosen_at) "
                "VALUES (?, ?, 'user', 'complete', 'theirs', 1, 1)",
                (ours, chat),
            )
    db.close()
    assert not await store.try_again()
    assert not store.state.saved
    assert "another window changed the store" in store.state.reason
    assert "export" in store.state.reason
    assert await texts(store, chat) == ["one", "first", "two", "second"]
    await store.add_user_message(chat, ours, "goes on")
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT draft FROM conversation").fetchall() == [("",)], "nothing of ours went in"
    db.close()


async def test_a_chat_destroyed_in_memory_is_destroyed_in_the_file(store: ConversationStore, path: Path) -> None:
    chat = await store.create_conversation(title="titlecanary78")
    await a_turn(store, chat, None, "promptcanary78", "answercanary78")
    await fill_the_disk(store)
    await store.destroy_conversation(chat)
    assert await store.try_again()
    assert await store.conversation(chat) is None
    for file in path.parent.iterdir():
        if file.is_file():
            assert b"canary78" not in file.read_bytes(), file.name


async def test_chats_go_into_a_new_file_where_the_old_one_was_taken_away(store: ConversationStore, path: Path) -> None:
    chat = await store.create_conversation(title="only in memory now")
    await a_turn(store, chat, None, "one", "first")
    await fill_the_disk(store)
    for file in path.parent.glob("conversations.db*"):
        file.unlink()
    assert await store.try_again()
    assert await texts(store, chat) == ["one", "first"]


async def test_chats_made_beside_a_file_too_large_for_memory_join_it(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await store.create_conversation(title="large")
    await a_turn(store, chat, None, "one", "first")
    monkeypatch.setattr(store_file, "MAX_MEMORY_COPY_BYTES", 0)
    await fill_the_disk(store)
    assert await store.conversations() == []
    made = await store.create_conversation(title="made in memory")
    await a_turn(store, made, None, "two", "second")
    assert await store.try_again()
    assert await texts(store, chat) == ["one", "first"]
    assert await texts(store, made) == ["two", "second"]


async def test_a_chat_another_process_destroyed_comes_back_only_with_messages_of_ours(
    store: ConversationStore, path: Path
) -> None:
    drafted = await store.create_conversation(title="drafted")
    talked = await store.create_conversation(title="talked")
    _, answer = await a_turn(store, talked, None, "one", "first")
    await fill_the_disk(store)
    other = ConversationStore(path)
    await other.open()
    await other.destroy_conversation(drafted)
    await other.destroy_conversation(talked)
    await other.create_conversation(title="keeps the file from being empty")
    await other.aclose()
    with sqlite3.connect(path) as db:  # as if their new chat had not taken the id that became free
        db.execute("UPDATE conversation SET id = 900")
    db.close()
    await store.set_draft(drafted, "half a thought")
    await a_turn(store, talked, answer, "two", "second")
    assert await store.try_again()
    assert await store.conversation(drafted) is None
    assert await texts(store, talked) == ["one", "first", "two", "second"]


# -- a damaged file


async def test_C7_a_file_damaged_inside_is_told_when_it_is_opened(path: Path) -> None:
    first = ConversationStore(path)
    await first.open()
    chat = await first.create_conversation(title="t")
    await a_turn(first, chat, None, "one", "first")
    await first.aclose()
    damage(path, "message_streaming")
    store = ConversationStore(path)
    await store.open()
    assert not store.state.saved
    assert "damaged" in store.state.reason
    new = await store.create_conversation(title="goes on")
    assert new in {c.id for c in await store.conversations()}
    await store.aclose()


async def test_C7_a_file_that_another_program_holds_is_told_and_written_once_it_lets_go(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (opened_file, store_file):
        monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 100)
    first = ConversationStore(path)
    await first.open()
    chat = await first.create_conversation(title="of before")
    await first.aclose()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")  # as a program that is writing and does not come to an end
    holder.execute("UPDATE conversation SET title = 'theirs'")
    store = ConversationStore(path)
    await store.open()
    assert (store.state.saved, store.state.reason) == (False, "another program holds the file")
    assert [c.title for c in await store.conversations()] == ["of before"], "what is there can be read"
    await a_turn(store, chat, None, "meanwhile", "in memory")
    assert not await store.try_again()
    holder.execute("COMMIT")
    holder.close()
    assert await store.try_again()
    assert await texts(store, chat) == ["meanwhile", "in memory"]
    assert [c.title for c in await store.conversations()] == ["theirs"], "nor was their word lost"
    await store.aclose()


async def test_C7_damage_met_while_reading_is_told_and_the_chat_goes_on(path: Path) -> None:
    first = ConversationStore(path)
    await first.open()
    await first.create_conversation(title="t")
    await first.aclose()
    damage(path, "conversation")
    store = ConversationStore(path)
    told: list[str] = []
    store.state_changed.subscribe(lambda state: told.append(state.reason))
    await store.open()
    assert await store.conversations() == []
    assert not store.state.saved
    assert "damaged" in store.state.reason
    await store.create_conversation(title="goes on")
    assert [c.title for c in await store.conversations()] == ["goes on"]
    await store.aclose()


async def test_reading_tells_that_the_file_turned_out_damaged(path: Path) -> None:
    first = ConversationStore(path)
    await first.open()
    await first.record_model_use("ollama", "a")
    await first.aclose()
    damage(path, "model_use")
    store = ConversationStore(path)
    told: list[str] = []
    store.state_changed.subscribe(lambda state: told.append(state.reason))
    await store.open()
    assert store.state.saved
    assert await store.model_uses() == []
    assert len(told) == 1
    assert "damaged" in told[0]
    await store.aclose()


# -- a clock that jumps


async def test_C11_versions_work_while_the_clock_is_behind(store: ConversationStore, clock: Clock) -> None:
    chat = await store.create_conversation()
    prompt, first = await a_turn(store, chat, None, "why", "because")
    _, below = await a_turn(store, chat, first, "more", "deeper")
    clock.now -= 3_600
    second = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.finish_answer(second, "complete", "other", "", metrics={})
    await store.write(changes.rebuild_path, chat)
    assert await texts(store, chat) == ["why", "other"]
    await store.choose_version(first)
    assert await texts(store, chat) == ["why", "because", "more", "deeper"]
    await store.choose_version(second)
    assert await texts(store, chat) == ["why", "other"]
    await store.add_user_message(chat, below, "on the hidden branch")
    assert await texts(store, chat) == ["why", "because", "more", "deeper", "on the hidden branch"]
    await store.delete_message(first)
    assert await texts(store, chat) == ["why", "other"]
    await store.restore_message(first)
    assert (await texts(store, chat))[1] == "because"
    assert await store.read(queries.siblings, first) == [first, second]


async def test_C11_continuing_a_hidden_branch_shows_it_when_the_clock_stands_still(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    prompt, first = await a_turn(store, chat, None, "why", "because")
    second = await store.begin_answer(chat, prompt, an_answer(store.owner_id))
    await store.finish_answer(second, "complete", "other", "", metrics={})
    await store.add_user_message(chat, first, "on the first")
    assert await texts(store, chat) == ["why", "because", "on the first"]


async def test_C11_an_implausible_clock_does_not_empty_the_trash(path: Path, clock: Clock) -> None:
    async def opened_at(now: float) -> ConversationStore:
        clock.now = now
        store = ConversationStore(path, clock=clock)
        await store.open()
        return store

    start = clock.now
    store = await opened_at(start)
    chat = await store.create_conversation(title="in the trash")
    await store.delete_conversations([chat])
    await store.aclose()
    store = await opened_at(start + 20 * 365 * 86_400)
    assert await store.conversation(chat) is not None
    await store.aclose()
    store = await opened_at(start + trash.TRASH_SECONDS + 1)
    assert await store.conversation(chat) is None
    await store.aclose()


async def test_C11_deleting_while_the_clock_is_reset_keeps_the_thirty_days(path: Path, clock: Clock) -> None:
    store = ConversationStore(path, clock=clock)
    await store.open()
    chat = await store.create_conversation(title="in the trash")
    keep = await store.create_conversation(title="keep")
    prompt, _ = await a_turn(store, keep, None, "a", "b")
    right = clock.now
    clock.now = 0.0
    await store.delete_conversations([chat])
    await store.delete_message(prompt)
    await store.aclose()
    clock.now = right + 86_400
    store = ConversationStore(path, clock=clock)
    await store.open()
    assert await store.conversation(chat) is not None
    assert await store.message(prompt) is not None
    await store.aclose()


# -- the mark of a running process


@pytest.mark.skipif(os.name == "nt", reason="Windows refuses to sweep an open file by itself")
def test_a_process_that_starts_at_the_same_time_cannot_sweep_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = OwnerLock(tmp_path), OwnerLock(tmp_path)
    real = process_lock._try_lock
    starting = [two]

    def lock_late(file: object) -> bool:
        if starting:
            starting.pop().acquire()  # the other process starts between our making the file and locking it
        return real(file)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(process_lock, "_try_lock", lock_late)
    one.acquire()
    assert two.is_alive(one.owner_id)
    assert one.is_alive(two.owner_id)
    one.release()
    assert not two.is_alive(one.owner_id)
    two.release()
    assert list(tmp_path.iterdir()) == []


def test_C11_a_folder_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_lock, "_try_lock", lambda _file: False)
    lock = OwnerLock(tmp_path)
    with pytest.raises(OSError, match="lock"):
        lock.acquire()
    assert OwnerLock(tmp_path).is_alive(lock.owner_id), "nobody can tell, so its answers are left alone"
    lock.release()
    assert list(tmp_path.iterdir()) == []


async def test_chats_that_only_memory_holds_are_known_until_they_are_written_back(store: ConversationStore) -> None:
    old = await store.create_conversation(title="old")
    await a_turn(store, old, None, "on disk", "yes")
    untouched = await store.create_conversation(title="untouched")
    assert await store.unsaved_chats() == []
    await fill_the_disk(store)
    assert await store.unsaved_chats() == []
    await store.set_unread(untouched, True)
    assert await store.unsaved_chats() == [], "nothing is lost with a mark"
    made = await store.create_conversation(title="")
    assert await store.unsaved_chats() == [], "an empty chat is none"
    await a_turn(store, made, None, "in memory", "only")
    await a_turn(store, old, None, "here, too", "yes")
    trashed = await store.create_conversation(title="trashed")
    await store.delete_conversations([trashed])
    assert set(await store.unsaved_chats()) == {made, old}
    await store.set_draft(untouched, "half a thought")
    assert set(await store.unsaved_chats()) == {made, old, untouched}
    assert await store.try_again()
    assert await store.unsaved_chats() == []
