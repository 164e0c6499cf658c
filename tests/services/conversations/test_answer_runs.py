"""The table of runs: made of what older stores hold, and kept right by whatever happens to answers."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from app.services.conversations import answer_runs, comparison_rows, migrations, store_file
from app.services.conversations.changes import NewAnswer
from app.services.conversations.chat_of_comparison import make_chat
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison
from app.services.conversations.kept_comparisons import kept_comparison
from app.services.conversations.routed import record_passed_over
from app.services.conversations.store import ConversationStore
from app.services.llm.stream_events import PassedOver
from app.services.statistics.figures import ModelFigures
from app.services.statistics.model_figures import model_figures

pytestmark = pytest.mark.anyio

DATA = Path(__file__).resolve().parents[2] / "data"
#: The version of the store that has the table first.
FIRST = next(n for n, (name, _step) in enumerate(migrations.MIGRATIONS, start=1) if name.endswith("_runs"))
EARLIER = [path for path in sorted(DATA.glob("store-v*.db")) if int(path.stem.removeprefix("store-v")) < FIRST]
METRICS = {"ttft_ms": 250.0, "tokens_per_second": 42.0, "output_tokens": 80, "input_tokens": 12, "estimated": False}


def add(db: sqlite3.Connection, message_id: int, *, began: float, took: float = 2.0, **columns: Any) -> None:
    row = {
        "id": message_id,
        "conversation_id": 900,
        "role": "assistant",
        "status": "complete",
        "created_at": began,
        "chosen_at": began,
        "finished_at": began + took,
        "provider": "ollama",
        "model": "coder",
        "metrics": json.dumps(METRICS),
        **columns,
    }
    db.execute(f"INSERT INTO message({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])


@pytest.mark.parametrize("released", EARLIER, ids=lambda path: path.stem)
async def test_answers_of_an_older_store_are_runs_once_each(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(released, path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("INSERT INTO conversation(id, uid, created_at, updated_at) VALUES (900, 'more', 1, 1)")
    add(db, 901, began=1_000.0)
    add(db, 902, began=1_000.0)  # of a fork
    add(db, 903, began=2_000.0, status="error", error='{"kind": "timeout"}', metrics=None)
    add(db, 904, began=3_000.0, simulated=1)
    add(db, 905, began=4_000.0, metrics='{"ttft_ms": 4')  # damaged: a run without figures
    add(db, 906, began=5_000.0, metrics='{"ttft_ms": "soon", "output_tokens": 3}')
    add(db, 907, began=6_000.0, status="interrupted", error='{"kind": "interrupted", "after_crash": true}')
    add(db, 908, began=7_000.0, provider=None, model=None)  # from another program
    db.close()
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    found = {one.model: one for one in await store.read(model_figures)}["coder"]
    await store.aclose()
    assert (found.totals.runs, found.totals.answered, dict(found.totals.failures)) == (4, 3, {"timeout": 1})
    assert found.totals.output_tokens == 83
    assert found.speeds.ttft_s is not None
    assert (found.speeds.ttft_s.median, found.speeds.ttft_s.values) == (0.25, 1)


@pytest.mark.parametrize("released", EARLIER, ids=lambda path: path.stem)
async def test_an_older_store_that_cannot_be_written_has_runs_in_memory(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(released, path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("INSERT INTO conversation(id, uid, created_at, updated_at) VALUES (900, 'more', 1, 1)")
    add(db, 901, began=1_000.0)
    add(db, 902, began=2_000.0, metrics='{"ttft_ms": 4')  # damaged
    db.close()
    with contextlib.closing(store_file.open_memory(path)[0]) as memory:
        found = {one.model: one.totals for one in model_figures(memory)}["coder"]
    assert (found.runs, found.output_tokens) == (2, 80)


def test_chats_are_shown_though_figures_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_db: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("no luck")

    migrate = migrations.migrate

    def migrate_and_break(db: sqlite3.Connection) -> list[str]:
        applied = migrate(db)
        monkeypatch.setattr(answer_runs, "_fill", broken)  # which a step of the schema needs, too
        return applied

    monkeypatch.setattr(migrations, "migrate", migrate_and_break)
    path = tmp_path / "conversations.db"
    shutil.copy(EARLIER[-1], path)
    memory, note = store_file.open_memory(path)
    assert note == ""
    assert memory.execute("SELECT title FROM conversation").fetchall() == [("Refunds",)]
    memory.close()
    assert "figures of earlier answers could not be read: no luck" in caplog.text


def test_prompts_alone_bring_no_runs(tmp_path: Path) -> None:
    """Of a file too large for memory."""
    path = tmp_path / "conversations.db"
    shutil.copy(EARLIER[-1], path)
    with contextlib.closing(store_file.open_memory(path, without_chats=True)[0]) as memory:
        assert model_figures(memory) == []


async def ended(store: ConversationStore, *, simulated: bool = False) -> str:
    """A comparison whose only answer is over."""
    asked = [NewComparedAnswer("ollama", "coder", "Coder", True, simulated)]
    uid = await store.write(comparison_rows.create, NewComparison("Why?"), asked, "test")
    await store.write(comparison_rows.finish, uid, 0, an_answer())
    return uid


def an_answer(state: str = "complete", **more: Any) -> dict[str, Any]:
    return {
        "state": state,
        "text": "Because.",
        "reasoning": "",
        "finish_reason": "stop",
        "left_out": [],
        "metrics": METRICS,
        "error": None,
        **more,
    }


async def figures(store: ConversationStore) -> ModelFigures | None:
    found = await store.read(model_figures)
    assert len(found) <= 1
    return found[0] if found else None


async def test_a_compared_answer_is_a_run_until_its_comparison_is_deleted(store: ConversationStore) -> None:
    uid = await ended(store)
    found = await figures(store)
    assert found is not None
    assert (found.totals.runs, found.totals.output_tokens) == (1, 80)
    deleted = await store.write(comparison_rows.delete, uid)
    assert await figures(store) is None
    await store.write(comparison_rows.put_back, deleted)
    assert await figures(store) == found


async def test_a_compared_answer_asked_again_is_one_run(store: ConversationStore) -> None:
    uid = await ended(store)
    await store.write(comparison_rows.ask_again, uid, 0, "test")
    assert await figures(store) is None
    failed = an_answer("failed", metrics=None, error={"kind": "overloaded", "message": "x", "hint": ""})
    await store.write(comparison_rows.finish, uid, 0, failed)
    found = await figures(store)
    assert found is not None
    assert dict(found.totals.failures) == {"overloaded": 1}


async def test_a_simulated_compared_answer_is_no_run(store: ConversationStore) -> None:
    await ended(store, simulated=True)
    assert await figures(store) is None


async def test_a_comparison_that_goes_on_as_a_chat_ran_once(store: ConversationStore) -> None:
    kept = await store.read(kept_comparison, await ended(store))
    assert kept is not None
    await store.write(make_chat, kept, 0, "test")
    found = await figures(store)
    assert found is not None
    assert found.totals.runs == 1


# -- a model that was asked first and did not answer

BUSY = PassedOver("lm_studio", "busy", "overloaded", "It is busy.")


async def passed_over(store: ConversationStore) -> tuple[int, int]:
    """A chat whose answer another model gave than was asked first; chat and answer."""
    chat = await store.create_conversation()
    prompt = await store.add_user_message(chat, None, "Why?")
    answer = await store.begin_answer(chat, prompt, NewAnswer("ollama", "coder", "Coder", True, False, {}, {}, "test"))
    await store.write(record_passed_over, answer, 0, BUSY, 1_000.0)
    await store.write(record_passed_over, answer, 1, BUSY, 1_001.0)
    await store.finish_answer(answer, "complete", "Because.", "", metrics=METRICS)
    return chat, answer


async def runs_of(store: ConversationStore) -> dict[str, int]:
    return {one.model: one.totals.runs for one in await store.read(model_figures)}


async def test_what_was_passed_over_is_destroyed_with_the_answer_that_was_given_instead(
    store: ConversationStore,
) -> None:
    (chat, _), (kept, _) = await passed_over(store), await passed_over(store)
    assert await runs_of(store) == {"coder": 2, "busy": 4}
    await store.destroy_conversation(chat)
    assert await runs_of(store) == {"coder": 1, "busy": 2}
    await store.destroy_conversation(kept)
    assert await runs_of(store) == {}


async def test_nothing_is_kept_of_who_was_passed_over_in_a_chat_that_is_gone(store: ConversationStore) -> None:
    await store.write(record_passed_over, 4711, 0, BUSY, 1_000.0)
    assert await runs_of(store) == {}


def store_with_passed_over(path: Path) -> None:
    """Of the schema before these runs knew their answer: of one that is there, of one that is gone, and of one whose
    number was given again."""
    shutil.copy(DATA / "store-v12.db", path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("INSERT INTO conversation(id, uid, created_at, updated_at) VALUES (900, 'more', 1, 1)")
    add(db, 901, began=1_000.0)
    add(db, 902, began=9_000.0)
    for model, at, source in (("there", 1_001.0, "p901.0"), ("gone", 1_001.0, "p877.0"), ("other", 1_001.0, "p902.1")):
        db.execute(
            "INSERT INTO run(provider, model, started_at, source, outcome, begins) VALUES ('o', ?, ?, ?, 'timeout', 0)",
            (model, at, source),
        )
    db.close()


async def test_in_an_older_store_they_are_bound_to_their_answers_or_go_with_what_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store_with_passed_over(path)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    assert (await runs_of(store)).keys() & {"there", "gone", "other"} == {"there"}
    await store.destroy_conversation(900)
    assert "there" not in await runs_of(store)
    await store.aclose()


def test_shown_from_memory_an_older_store_has_the_same(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    store_with_passed_over(path)
    with contextlib.closing(store_file.open_memory(path)[0]) as memory:
        assert {one.model for one in model_figures(memory)} & {"there", "gone", "other"} == {"there"}
