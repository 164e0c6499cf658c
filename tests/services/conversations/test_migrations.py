"""Stores of every earlier schema open, keep their chats and are copied before they change."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from app.services.conversations import migrations, queries
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


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
async def test_the_request_of_a_forked_answer_names_its_own_prompt_also_in_an_older_store(
    released: Path, tmp_path: Path
) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(released, path)
    db = sqlite3.connect(path, isolation_level=None)
    prompt, answer = (row[0] for row in db.execute("SELECT id FROM message ORDER BY id"))
    own = {"format": 1, "prompt_id": prompt, "system_prompt": 'Say "prompt_id": 9.', "model": "m", "parameters": {}}
    db.execute("UPDATE message SET request = ? WHERE id = ?", (json.dumps(own), answer))
    now = time.time()
    db.execute("INSERT INTO conversation(id, uid, created_at, updated_at) VALUES (70, 'fork', ?, ?)", (now, now))
    for row in ((71, None, "user", None), (72, 71, "assistant", json.dumps(own))):
        db.execute(
            "INSERT INTO message(id, conversation_id, parent_id, role, status, request, text, created_at, chosen_at) "
            "VALUES (?, 70, ?, ?, 'complete', ?, 'x', ?, ?)",
            (*row, now, now),
        )
    db.execute("UPDATE message SET request = 'null' WHERE id = 71")  # what is no request stays as it is
    if released.stem.endswith(f"v{migrations.SCHEMA_VERSION}"):
        db.execute(f"PRAGMA user_version = {migrations.SCHEMA_VERSION - 1}")
        db.execute("DELETE FROM migration WHERE name = ?", (migrations.MIGRATIONS[-1][0],))
    db.close()
    store = ConversationStore(path)
    await store.open()
    assert await store.read(queries.request_of, answer) == own
    assert await store.read(queries.request_of, 72) == {**own, "prompt_id": 71}
    await store.aclose()


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
