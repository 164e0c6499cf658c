"""Stores of every earlier schema open, keep their chats and are copied before they change."""

from __future__ import annotations

import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from app.services.conversations import migrations
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio

DATA = Path(__file__).resolve().parents[2] / "data"
RELEASED = sorted(DATA.glob("store-v*.db"))


def test_every_released_schema_has_a_file() -> None:
    assert f"store-v{migrations.SCHEMA_VERSION}.db" in [path.name for path in RELEASED]


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
async def test_a_store_of_a_released_schema_keeps_its_chats(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(released, path)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    (chat,) = await store.conversations()
    assert chat.title == "Refunds"
    assert [(m.role, m.text) for m in await store.messages(chat.id)] == [
        ("user", "Where should the idempotency key live?"),
        ("assistant", "In a header."),
    ]
    assert [hit.conversation_id for hit in await store.search("idempot")] == [chat.id]
    assert chat.queued == ()
    await store.set_queued(chat.id, ["first", "second"])
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    assert (await again.conversations())[0].queued == ("first", "second")
    await again.aclose()


async def test_an_older_store_is_copied_before_its_schema_changes(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE migration(name TEXT PRIMARY KEY, applied_at REAL NOT NULL)")
    migrations.MIGRATIONS[0][1](db)
    db.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")
    now = time.time()
    db.execute(
        "INSERT INTO conversation(id, uid, title, created_at, updated_at) VALUES (1, 'u', 'Old', ?, ?)", (now, now)
    )
    db.execute(
        "INSERT INTO message(id, conversation_id, role, status, text, created_at, chosen_at) "
        "VALUES (1, 1, 'user', 'complete', 'needle in an old store', ?, ?)",
        (now, now),
    )
    db.execute("INSERT INTO path VALUES (1, 0, 1)")
    db.close()
    store = ConversationStore(path)
    await store.open()
    assert [hit.message_id for hit in await store.search("needle")] == [1]
    assert [chat.queued for chat in await store.conversations()] == [()]
    await store.aclose()
    with sqlite3.connect(tmp_path / "conversations.v1.bak.db") as copy:
        assert copy.execute("SELECT title FROM conversation").fetchone() == ("Old",)
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    copy.close()


def test_a_failing_step_is_rolled_back_and_the_steps_before_it_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half_done(x)")
        raise sqlite3.OperationalError("no luck")

    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, ("9999_broken", broken)))
    db = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(db)
    assert migrations.version_of(db) == migrations.SCHEMA_VERSION
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half_done'").fetchone() == (0,)
    db.close()
