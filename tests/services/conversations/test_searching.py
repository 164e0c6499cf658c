"""Finding messages in a real store, by both of its indexes."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from app.services.conversations import changes, folders, migrations, search_query, searching, tags
from app.services.conversations.changes import NewAnswer
from app.services.conversations.searching import Order
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio

DATA = Path(__file__).resolve().parents[2] / "data"
CODE = "Use a bucket:\n\n```python\ndef token_bucket(rate):\n    return rate\n```\n\nIt limits bursts."


class Clock:
    now = datetime(2026, 10, 5, 12).timestamp()

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(tmp_path / "conversations.db", clock=clock)
    await store.open()
    yield store
    await store.aclose()


async def said(store: ConversationStore, prompt: str, answer: str, model: str = "qwen/qwen3-4b") -> tuple[int, int]:
    """(prompt, answer) of a new chat."""
    chat = await store.create_conversation(title="A chat")
    prompt_id = await store.add_user_message(chat, None, prompt)
    provider = "ollama" if model.startswith("llama") else "lm_studio"
    new = NewAnswer(provider, model, model, True, False, {"format": 1}, {}, store.owner_id)
    answer_id = await store.begin_answer(chat, prompt_id, new)
    await store.finish_answer(answer_id, "complete", answer, "", metrics={})
    return prompt_id, answer_id


async def found(store: ConversationStore, typed: str, order: Order = "newest") -> list[int]:
    return [hit.message_id for hit in (await store.search(typed, order=order)).hits]


async def test_words_phrases_and_what_is_left_out(store: ConversationStore) -> None:
    first, second = await said(store, "the queued prompt waits", "a prompt that was queued")

    assert await found(store, "queued prompt ") == [second, first]
    assert await found(store, '"queued prompt"') == [first]
    assert await found(store, "queued -waits ") == [second]
    assert await found(store, "prom ") == []
    assert await found(store, "prom") == [second, first]
    assert await found(store, "que* waits ") == [first]


async def test_filters(store: ConversationStore, clock: Clock) -> None:
    early = await said(store, "rate limits", CODE)
    clock.now = datetime(2026, 11, 20).timestamp()
    late = await said(store, "rate again", "The rate is low.", "llama3.3")

    assert await found(store, "rate model:qwen ") == [early[1]]
    assert await found(store, "rate provider:ollama ") == [late[1]]
    assert await found(store, "rate role:user ") == [late[0], early[0]]
    assert await found(store, "rate before:2026-11 ") == [early[1], early[0]]
    assert await found(store, "rate after:2026-11 ") == [late[1], late[0]]
    assert await found(store, "after:2026-11-20 role:assistant") == [late[1]]
    assert await found(store, "model:100% ") == []


async def test_filters_of_where_a_chat_stands(store: ConversationStore) -> None:
    """By names in upper or lower case; each filter narrows further."""
    prompts = [(await said(store, f"rate {name}", "limit"))[0] for name in "abcd"]
    chats = [1, 2, 3, 4]
    await store.write(folders.move, chats[:2], await store.create_folder("Billing Äpi"))
    await store.write(tags.add_tags, chats[1:3], ["Bug"])
    await store.write(tags.add_tags, chats[1:2], ["later"])
    await store.write(folders.set_pinned, chats[2:3], True)
    await store.set_archived(chats[3:], True)

    assert await found(store, 'rate folder:"billing äpi"') == [prompts[1], prompts[0]]
    assert await found(store, "rate tag:bug") == [prompts[2], prompts[1]]
    assert await found(store, "rate tag:bug tag:LATER") == [prompts[1]]
    assert await found(store, "rate is:pinned tag:bug") == [prompts[2]]
    assert await found(store, "rate is:archived") == [prompts[3]]
    assert await found(store, "rate is:pinned is:archived") == []
    assert await found(store, "rate is:archived", "relevance") == [prompts[3]]
    assert len(await found(store, "is:archived")) == 2, "without a word: all of its messages"
    await store.delete_conversations(chats[3:])
    assert await found(store, "rate is:archived") == []


async def test_a_folder_or_tag_that_is_not_there_is_told(store: ConversationStore) -> None:
    await said(store, "rate", "limit")
    assert "“nowhere”" in (await store.search("rate folder:nowhere")).problem
    assert "“bug”" in (await store.search("rate tag:bug")).problem


async def test_a_filter_alone_finds_old_chats_behind_any_number_of_newer_messages(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_CANDIDATES", 3)
    prompt, answer = await said(store, "old", "words")
    await store.write(folders.move, [1], await store.create_folder("api"))
    for number in range(5):
        await said(store, f"newer {number}", "words")
    assert await found(store, "folder:api") == [answer, prompt]


async def test_titles_are_narrowed_by_where_a_chat_stands_and_by_nothing_else(store: ConversationStore) -> None:
    chats = [await store.create_conversation(title=title) for title in ("Rate limits", "Rates", "Ports is:pinned")]
    await store.write(folders.move, chats[:1], await store.create_folder("api"))
    await store.set_archived(chats[1:2], True)

    async def titled(typed: str) -> list[int]:
        return [chat.id for chat in await store.search_titles(typed)]

    assert await titled("rat") == [chats[1], chats[0]]
    assert await titled("folder:API") == [chats[0]]
    assert await titled("folder:api lim rate") == [chats[0]]
    assert await titled("folder:api ports") == await titled("folder:nowhere rate") == []
    assert await titled("is:archived -limits") == [chats[1]]
    assert await titled("folder:api model:qwen") == [], "of a title nobody knows the model"
    await store.delete_conversations(chats[1:2])
    assert await titled("is:archived") == []


async def test_in_code_finds_what_stands_between_fences(store: ConversationStore) -> None:
    _, answer = await said(store, "a bucket, not in code", CODE)

    assert await found(store, "bucket in:code") == []
    assert await found(store, "token_bucket in:code") == [answer]
    assert await found(store, "rate return in:code") == [answer]
    assert await found(store, "bursts in:code") == []
    assert (await store.search("in:code")).hits[0].snippet.startswith("def token_bucket")


async def test_the_place_of_the_match_is_shown(store: ConversationStore) -> None:
    await said(store, "x" * 500 + " needle " + "y" * 500, "Crème brûlée und Größe")

    (hit,) = (await store.search("needle")).hits
    assert "\x02needle\x03" in hit.snippet and len(hit.snippet) < 300
    assert hit.snippet.startswith("…") and hit.snippet.endswith("…")
    (hit,) = (await store.search("creme bru")).hits
    assert hit.snippet == "\x02Crème\x03 \x02brûlée\x03 und Größe"


async def test_by_relevance_the_best_one_is_first(store: ConversationStore) -> None:
    best, _ = await said(store, "retry retry retry", "no")
    other, _ = await said(store, "one retry in a text that speaks of many other things besides", "no")

    assert await found(store, "retry ") == [other, best]
    assert await found(store, "retry ", "relevance") == [best, other]


async def test_by_relevance_an_unfinished_word_is_taken_as_it_stands(store: ConversationStore) -> None:
    best, _ = await said(store, "cat cat cat", "no")
    await said(store, "one cat among many other animals and things", "catalogue")

    assert (await found(store, "cat", "relevance"))[0] == best


async def test_by_relevance_what_was_not_weighed_is_told(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(store, "needle", "needle", "qwen/old")
    for _ in range(3):
        await said(store, "needle", "needle", "llama")
    monkeypatch.setattr(searching, "_WEIGHED", 4)

    answer = await store.search("needle model:old ", order="relevance")

    assert answer.hits == [] and answer.partial


async def test_words_to_leave_out_count_beside_filters_alone(store: ConversationStore) -> None:
    kept, _ = await said(store, "good morning", "hello")
    await said(store, "hello world", "hello")

    assert await found(store, "role:user -hello ") == [kept]


@pytest.mark.parametrize("typed", ["a\u19b0b", "model:" + "x" * 60_000, "\u1cf2 a", '"' + "a " * 5_000 + '"'])
async def test_no_query_ends_in_an_error(store: ConversationStore, typed: str) -> None:
    await said(store, "a b", "c")

    await store.search(typed)
    await store.search(typed, order="relevance")


async def test_a_match_as_long_as_its_message_is_shown_cut(store: ConversationStore) -> None:
    await said(store, "deadbeef" * 100_000, "foo" + "-" * 1_000_000 + "bar")

    for typed in ("deadb", '"foo bar"'):
        (hit,) = (await store.search(typed)).hits
        assert "\x02" in hit.snippet and len(hit.snippet) < 600


async def test_a_search_that_takes_long_ends_with_what_it_has(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drafts and answers wait for the store meanwhile."""
    for _ in range(3):
        await said(store, "needle", "needle")
    monkeypatch.setattr(searching, "MOST_SECONDS", 0.0)

    answer = await store.search("needle")

    assert answer.partial and len(answer.hits) < 6


async def test_more_than_was_asked_for_is_told(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        await said(store, f"needle {number}", "no")
    assert (await store.search("needle", limit=2)).partial
    assert not (await store.search("needle", limit=10)).partial

    monkeypatch.setattr(searching, "MOST_CANDIDATES", 2)
    limited = await store.search("needle model:nobody ", limit=10)

    assert limited.hits == [] and limited.partial


async def test_a_filter_that_means_nothing_finds_nothing_and_says_why(store: ConversationStore) -> None:
    await said(store, "needle", "needle")

    answer = await store.search("needle before:soon")

    assert answer.hits == [] and "before:" in answer.problem


async def test_an_older_store_is_taken_into_the_index_bit_by_bit(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(DATA / "store-v5.db", path)
    store = ConversationStore(path)
    await store.open()
    assert not await store.read(searching.prefixes_complete)
    before = await found(store, "ide")

    prompt, answer = await said(store, "ideas come", "idem")
    await store.complete_search_index()

    assert await store.read(searching.prefixes_complete)
    assert await found(store, "ide") == [answer, prompt, *before] and before
    await store.aclose()


def test_both_indexes_know_the_same_after_any_changes(tmp_path: Path) -> None:
    """Inserted, written, edited and deleted while older messages are still being taken in."""
    pick = random.Random(5)
    words = ["alpha", "alphabet", "beta", "bet", "größe", "gamma", "token_bucket", "数据"]
    db = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    migrations.migrate(db)
    chat = changes.create_conversation(db, 1.0)
    older = [changes.add_user_message(db, chat, None, " ".join(pick.choices(words, k=3)), 1.0) for _ in range(40)]
    db.execute("INSERT INTO message_prefix(message_prefix) VALUES ('delete-all')")
    db.execute("UPDATE prefix_progress SET lowest = ?", (max(older) + 1,))
    more = True
    for step in range(300):
        roll, ids = pick.random(), [row[0] for row in db.execute("SELECT id FROM message")]
        if roll < 0.5:
            changes.add_user_message(db, chat, None, " ".join(pick.choices(words, k=4)), 2.0 + step)
        elif roll < 0.7 and ids:
            db.execute("UPDATE message SET text = ? WHERE id = ?", (pick.choice(words), pick.choice(ids)))
        elif roll < 0.9 and ids:
            db.execute("DELETE FROM path WHERE message_id = ?1", (one := pick.choice(ids),))
            db.execute("DELETE FROM message WHERE id = ?1", (one,))
        elif more:
            more = searching.take_in_older(db, 3)
    while searching.take_in_older(db, 7):
        pass

    for typed in ("a", "al", "alpha", "bet", "gro", "tok", "数", "alpha be"):
        expression = search_query.parse(typed).expression()
        by_index = [
            [row[0] for row in db.execute(f"SELECT rowid FROM {index} WHERE {index} MATCH ?", (expression,))]
            for index in ("message_fts", "message_prefix")
        ]
        assert by_index[0] == by_index[1] and by_index[0]
    db.close()


async def test_a_long_run_of_marks_does_not_hold_up_the_store(store: ConversationStore) -> None:
    _, answer = await said(store, "bucket", "bucket " + "`" * 100_000 + "\n" + "`" * 100_000)
    assert answer
    began = time.process_time()
    assert await found(store, "bucket in:code") == []
    assert time.process_time() - began < 1.0
