"""Stores of every earlier schema open, keep their chats and are copied before they change."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from app.services.conversations import migrations, queries
from app.services.conversations.history_cut import cut_history
from app.services.conversations.records import HistoryCut, SentPart
from app.services.conversations.store import ConversationStore

pytestmark = pytest.mark.anyio

DATA = Path(__file__).resolve().parents[2] / "data"


def version(path: Path) -> int:
    return int(path.stem.removeprefix("store-v"))


RELEASED = sorted(DATA.glob("store-v*.db"), key=version)


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
    assert [hit.conversation_id for hit in (await store.search("idempot")).hits] == [chat.id]
    assert chat.queued == ()
    await store.set_queued(chat.id, ["first", "second"])
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    assert (await again.conversations())[0].queued == ("first", "second")
    await again.aclose()


@pytest.mark.parametrize("released", [f for f in RELEASED if version(f) <= 4], ids=lambda path: path.stem)
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
    if released.stem == "store-v4":  # as if that step had not been taken yet
        db.execute("PRAGMA user_version = 3")
        db.execute("DELETE FROM migration WHERE name = '0004_prompts_of_forked_answers'")
    db.close()
    store = ConversationStore(path)
    await store.open()
    assert await store.read(queries.request_of, answer) == own
    assert await store.read(queries.request_of, 72) == {**own, "prompt_id": 71}
    await store.aclose()


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
async def test_a_chat_of_an_older_store_is_sent_whole_and_can_be_shortened(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(released, path)
    store = ConversationStore(path)
    await store.open()
    (chat,) = await store.conversations()
    assert (await store.read(queries.shown_part, chat.id)).first == 0
    _prompt, answer = await store.messages(chat.id)
    assert answer.cut is None
    assert await store.write(cut_history, answer.id, HistoryCut("About refunds.", 2, "Coder"))
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    assert await again.read(queries.shown_part, chat.id) == SentPart(2, "About refunds.")
    assert (await again.messages(chat.id))[1].cut == HistoryCut("About refunds.", 2, "Coder")
    await again.aclose()


DAMAGED = {
    "cut off": '{"format": 1, "prompt_id": 9',
    "nested too deep": "[" * 100_000,
    "a number without end": '{"prompt_id": ' + "9" * 5_000 + "}",
    "not UTF-8": b'{"prompt_id": 9, "model": "\xff\xfe"}',
}


def store_before_the_last_step(path: Path, request: str | bytes) -> int:
    """A store of the schema before the last one, whose only answer has this request; the answer's id."""
    shutil.copy(DATA / "store-v3.db", path)
    db = sqlite3.connect(path, isolation_level=None)
    answer: int = db.execute("SELECT id FROM message WHERE role = 'assistant'").fetchone()[0]
    db.execute("UPDATE message SET request = CAST(? AS TEXT) WHERE id = ?", (request, answer))
    db.close()
    return answer


@pytest.mark.parametrize("request_text", DAMAGED.values(), ids=DAMAGED.keys())
async def test_C7_a_damaged_request_stays_as_it_is_and_locks_nobody_out(
    request_text: str | bytes, tmp_path: Path
) -> None:
    path = tmp_path / "conversations.db"
    answer = store_before_the_last_step(path, request_text)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    (chat,) = await store.conversations()
    assert [m.text for m in await store.messages(chat.id)][1] == "In a header."
    kept = await store.read(
        lambda db: db.execute("SELECT CAST(request AS BLOB) FROM message WHERE id = ?", (answer,)).fetchone()[0]
    )
    assert kept == (request_text if isinstance(request_text, bytes) else request_text.encode())
    await store.aclose()


async def test_half_a_character_in_a_request_does_not_stop_the_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    answer = store_before_the_last_step(path, '{"format": 1, "prompt_id": 9, "system_prompt": "a\\ud800b"}')
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    upgraded = await store.read(queries.request_of, answer)
    assert upgraded is not None and upgraded["prompt_id"] != 9
    assert upgraded["system_prompt"] == "a?b"
    await store.aclose()


async def test_C7_an_upgrade_that_fails_leaves_the_file_as_it_was_and_the_chats_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(db: sqlite3.Connection) -> None:
        if db.execute("UPDATE message SET text = 'lost'").rowcount:
            raise KeyError("nobody thought of this")

    path = tmp_path / "conversations.db"
    shutil.copy(DATA / "store-v3.db", path)
    steps = migrations.MIGRATIONS
    monkeypatch.setattr(migrations, "MIGRATIONS", (*steps[:3], ("0004_broken", broken), *steps[4:]))
    store = ConversationStore(path)
    await store.open()
    assert not store.state.saved
    assert store.state.reason == "its chats could not be brought into the form of this version (KeyError)"
    (chat,) = await store.conversations()
    assert [m.text for m in await store.messages(chat.id)][1] == "In a header."
    await store.aclose()
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert migrations.version_of(file) == 3
        assert file.execute("SELECT count(*) FROM message WHERE text = 'lost'").fetchone() == (0,)


async def test_C5_an_older_store_is_copied_before_its_schema_changes(tmp_path: Path) -> None:
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
    assert [hit.message_id for hit in (await store.search("needle")).hits] == [1]
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
