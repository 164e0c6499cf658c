"""The full-text indexes are filled anew where they have been tidied very often."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.services.conversations import trash, word_parts
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio
INDEXES = ("message_fts", "message_prefix", word_parts.INDEX)


async def test_C10_indexes_that_are_filled_anew_find_the_same_and_nothing_destroyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "MOST_LEVELS", 0)
    store = ConversationStore(tmp_path / "conversations.db")
    await store.open()
    await store.write(word_parts.make)
    kept = await store.create_conversation(title="Kept")
    await store.import_messages(kept, [("user", "pelican crossing"), ("assistant", "A bird.")])
    gone = await store.create_conversation(title="Gone")
    await store.import_messages(gone, [("user", "pelican secret"), ("assistant", "Hidden.")])
    await store.destroy_conversation(gone)
    assert len((await store.search("pelican")).hits) == 1
    assert len((await store.search("pel")).hits) == 1
    assert not (await store.search("secret")).hits
    await store.import_messages(kept, [("user", "another pelican")])
    assert len((await store.search("pelican")).hits) == 2
    check = "INSERT INTO message_fts(message_fts, rank) VALUES ('integrity-check', 1)"
    await store.read(lambda db: db.execute(check).fetchall())
    assert [await store.read(trash._levels, index) for index in INDEXES] == [
        levels for index in INDEXES if (levels := await store.read(trash._levels, index)) < 10
    ]
    await store.aclose()


async def test_C10_destroying_again_and_again_adds_no_end_of_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ConversationStore(tmp_path / "conversations.db")
    await store.open()
    kept = await store.create_conversation(title="Kept")
    dice = random.Random(1)  # many words: beside a large index what is new stays a level of its own
    words = [" ".join(f"w{dice.randrange(20_000)}" for _ in range(300)) for _ in range(60)]
    await store.import_messages(kept, [("user", text) for text in words])
    levels: list[int] = []
    for number in range(40):
        if number == 20:
            monkeypatch.setattr(trash, "MOST_LEVELS", 15)
        gone = await store.create_conversation(title="Gone")
        await store.import_messages(gone, [("user", f"pelican {number}")])
        await store.destroy_conversation(gone)
        levels.append(await store.read(trash._levels, "message_prefix"))
    assert levels[19] >= 20, "each destroying adds one"
    assert max(levels[20:]) <= 16, "until it is filled anew"
    assert not (await store.search("pelican")).hits
    await store.aclose()


async def test_the_levels_of_an_index_are_read_as_sqlite_writes_them(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "conversations.db")
    await store.open()

    set_block = "UPDATE message_prefix_data SET block = ? WHERE id = 10"
    for start, levels in ((b"\x00\x00\x00\x00\x02", 2), (b"\x00\x00\x00\x00\x8f\x52\x01", 2_002)):
        await store.read(lambda db, block=start: db.execute(set_block, (block,)))
        assert await store.read(trash._levels, "message_prefix") == levels
    await store.aclose()
