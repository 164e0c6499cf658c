"""The index of parts of words: off until it is wanted, filled beside everything else, and gone without a trace."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.conversations import changes, migrations, search_query, searching, word_parts
from app.services.conversations.changes import NewAnswer
from app.services.conversations.searching import Order
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio

TEXTS = (
    "The requestHandler calls parse_header_line twice.",
    "東京都の天気を教えてください",
    "Größenordnung und Überlauf",
    "a handler of another kind",
    "```python\nclass HttpClientFactory: pass\n```",
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    store = ConversationStore(tmp_path / "conversations.db")
    await store.open()
    chat = await store.create_conversation(title="A chat")
    for text in TEXTS:
        await store.add_user_message(chat, None, text)
    yield store
    await store.aclose()


async def found(store: ConversationStore, typed: str) -> list[int]:
    """Places in `TEXTS`, in their order."""
    hits = (await store.search(typed)).hits
    ids = [row[0] for row in await store.read(lambda db: db.execute("SELECT id FROM message ORDER BY id").fetchall())]
    return sorted(ids.index(hit.message_id) for hit in hits)


@pytest.mark.parametrize(
    ("typed", "without", "having"),
    [
        ("equestHand ", [], [0]),
        ("header_line ", [], [0]),
        ("天気を", [], [1]),
        ("京都の天 ", [], [1]),
        ("ordnung", [], [2]),
        ("handler ", [3], [3]),  # a plain word that stands alone somewhere: the quick index answers
        ("Factory in:code", [], [4]),
        ("ClientFac -pass ", [], []),  # what is left out is left out
        ("Ordnung ClientFac ", [], []),
        ("天気 ", [], []),  # too short for three letters
        ("ordnunk ", [], []),
    ],
)
async def test_parts_are_found_once_they_are_wanted(
    store: ConversationStore, typed: str, without: list[int], having: list[int]
) -> None:
    assert await found(store, typed) == without
    await word_parts.keep(store, True)
    assert await found(store, typed) == having
    await word_parts.keep(store, False)
    assert await found(store, typed) == without


@pytest.mark.parametrize("order", ["newest", "relevance"])
async def test_what_is_found_without_it_is_found_with_it_also_where_accents_were_not_typed(
    store: ConversationStore, order: Order
) -> None:
    chat = await store.create_conversation(title="models")
    texts = ("the naïveBayes_model of Ünit9", "naiveBayes_model", "myNaiveBayes_modelFactory")
    ids = [await store.add_user_message(chat, None, text) for text in texts]
    await word_parts.keep(store, True)
    assert [hit.message_id for hit in (await store.search("unit9 ", order=order)).hits] == ids[:1]
    hits = (await store.search("naiveBayes_model ", order=order)).hits
    assert sorted(hit.message_id for hit in hits) == ids and len(hits) == 3
    if order == "newest":
        assert [hit.message_id for hit in hits] == ids[::-1]
    assert [hit.message_id for hit in (await store.search("naiveBayes_model ", 2, order=order)).hits] == (
        ids[:0:-1] if order == "newest" else [hit.message_id for hit in hits[:2]]
    )


async def test_the_found_part_is_marked_in_its_place(store: ConversationStore) -> None:
    await word_parts.keep(store, True)
    (hit,) = (await store.search("天気を")).hits
    assert hit.snippet == "東京都の\x02天気を\x03教えてください"


async def test_it_is_filled_step_by_step_and_told_while_chats_are_written(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_parts, "AT_ONCE", 2)
    monkeypatch.setattr(word_parts, "_PAUSE_S", 0.001)
    monkeypatch.setattr(word_parts, "_TOLD_EACH_S", 0.0)
    told: list[tuple[int, int]] = []
    chat = (await store.conversations())[0].id
    answer = NewAnswer("lm_studio", "m", "M", True, False, {"format": 1}, {}, store.owner_id)
    running = await store.begin_answer(chat, 1, answer)
    filling = asyncio.ensure_future(word_parts.keep(store, True, lambda done, total: told.append((done, total))))
    await store.finish_answer(running, "complete", "an EventDispatcher", "", metrics={})
    await store.add_user_message(chat, None, "the messageBrokerage")
    await filling
    assert told[-1][0] == told[-1][1] == len(TEXTS) + 2 and len(told) >= 3
    assert await found(store, "ventDisp ") == [len(TEXTS)] and await found(store, "sageBrok ") == [len(TEXTS) + 1]
    assert await store.read(word_parts.is_complete)


async def test_what_is_stopped_half_way_goes_on_the_next_time(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_parts, "AT_ONCE", 1)
    filling: asyncio.Future[None]

    def stop(_done: int, _total: int) -> None:
        filling.cancel()

    filling = asyncio.ensure_future(word_parts.keep(store, True, stop))
    with pytest.raises(asyncio.CancelledError):
        await filling
    assert await store.read(word_parts.is_kept) and not await store.read(word_parts.is_complete)
    again = ConversationStore(store.path)
    await again.open()
    await word_parts.keep(again, True)
    assert await found(again, "equestHand ") == [0]
    await again.aclose()


async def test_C10_what_is_destroyed_leaves_this_index_too_and_all_of_it_leaves_when_it_is_dropped(
    store: ConversationStore, tmp_path: Path
) -> None:
    def in_files(part: bytes) -> bool:
        return any(part in file.read_bytes() for file in tmp_path.glob("conversations.db*"))

    await word_parts.keep(store, True)
    chat = await store.create_conversation(title="x")
    await store.add_user_message(chat, None, "q7j q8j q9j")
    rows = "SELECT count(*) FROM message_part WHERE message_part MATCH ?"
    count = await store.read(lambda db: db.execute(rows, ('"q8j"',)).fetchone()[0])
    assert count == 1
    await store.destroy_conversation(chat)
    assert await store.read(lambda db: db.execute(rows, ('"q8j"',)).fetchone()[0]) == 0
    assert not in_files(b"q8j")
    await word_parts.keep(store, False)
    names = await store.read(
        lambda db: [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE name GLOB '*part*'")]
    )
    assert names == []
    await store.add_user_message((await store.conversations())[0].id, None, "and writing goes on")


def test_the_index_knows_what_the_messages_hold_after_any_changes(tmp_path: Path) -> None:
    """Inserted, edited and deleted while older messages are still being taken in."""
    pick = random.Random(7)
    words = ["alphaBeta", "betaGamma", "größe", "数据库表", "x_y_z", "plain"]
    db = sqlite3.connect(tmp_path / "conversations.db", isolation_level=None)
    migrations.migrate(db)
    chat = changes.create_conversation(db, 1.0)
    for _ in range(40):
        changes.add_user_message(db, chat, None, " ".join(pick.choices(words, k=3)), 1.0)
    word_parts.make(db)
    for step in range(300):
        roll, ids = pick.random(), [row[0] for row in db.execute("SELECT id FROM message")]
        if roll < 0.5:
            changes.add_user_message(db, chat, None, " ".join(pick.choices(words, k=4)), 2.0 + step)
        elif roll < 0.7 and ids:
            db.execute("UPDATE message SET text = ? WHERE id = ?", (pick.choice(words), pick.choice(ids)))
        elif roll < 0.9 and ids:
            db.execute("DELETE FROM path WHERE message_id = ?1", (one := pick.choice(ids),))
            db.execute("DELETE FROM message WHERE id = ?1", (one,))
        else:
            searching.take_in_older(db, 3, word_parts.INDEX, word_parts.PROGRESS)
    while searching.take_in_older(db, 7, word_parts.INDEX, word_parts.PROGRESS):
        pass
    for typed in ("haBe", "aGam", "据库表", "öße", "y_z"):
        expression = word_parts.expression(search_query.parse(typed))
        by_index = {row[0] for row in db.execute("SELECT rowid FROM message_part(?)", (expression,))}
        by_text = {row[0] for row in db.execute("SELECT id FROM message WHERE instr(text, ?)", (typed,))}
        assert by_index == by_text != set()
    db.close()


@pytest.mark.parametrize("typed", ['"""', "a\"b'c*d", "-x", "((", "NEAR(abc)", "abc OR def", "\0\0\0", "%%%___"])
async def test_C9_nothing_that_is_typed_is_syntax(store: ConversationStore, typed: str) -> None:
    await word_parts.keep(store, True)
    await store.search(typed)
