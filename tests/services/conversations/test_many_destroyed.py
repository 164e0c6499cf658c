"""A store from which very many chats were destroyed can still be read and written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from app.services.conversations import trash, word_parts
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio


async def test_C10_destroying_thousands_of_chats_damages_no_index(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "conversations.db")
    await store.open()
    await store.write(word_parts.make)
    kept = await store.create_conversation(title="Kept")
    await store.import_messages(kept, [("user", "pelican crossing"), ("assistant", "A bird.")])

    def destroy_many(db: sqlite3.Connection) -> None:
        for number in range(2_100):
            db.execute("UPDATE message SET text = ? WHERE role = 'user'", (f"pelican crossing {number}",))
            trash._forget_deleted_words(db)

    await store.write(destroy_many)
    for index in ("message_fts", "message_prefix", word_parts.INDEX):
        assert await store.read(trash._levels, index) <= trash.MOST_LEVELS + 1
    await store.aclose()
    again = ConversationStore(tmp_path / "conversations.db")
    await again.open()
    await again.import_messages(kept, [("user", "another pelican")])
    assert again.state.saved, again.state.reason
    assert len((await again.search("pelican crossing 2099")).hits) == 1
    assert len((await again.search("pelic")).hits) == 2
    assert not (await again.search("2098")).hits
    await again.read(lambda db: db.execute("INSERT INTO message_fts(message_fts, rank) VALUES ('integrity-check', 1)"))
    await again.aclose()
