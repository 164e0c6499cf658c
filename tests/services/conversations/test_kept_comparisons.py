"""Comparisons in the store: written while models answer, found again after a crash, voted on, deleted and put back."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.comparison.compared_answer import AnswerState
from app.services.comparison.comparison import Comparison, contender, contenders
from app.services.comparison.keeper import ComparisonKeeper
from app.services.comparison.task_kind import TaskKind, kind_of
from app.services.comparison.turns import Turns
from app.services.conversations import comparison_rows, queries
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison, Vote
from app.services.conversations.comparison_votes import votes_by_model
from app.services.conversations.kept_comparisons import KeptComparison, kept_comparison, listed
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import ErrorKind
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message
from app.services.mock_server import MockServer
from app.services.settings.schema import AppConfig, ProviderEntry
from tests.services.conversations.test_store_recovery import fill_the_disk

pytestmark = pytest.mark.anyio

DATA = Path(__file__).resolve().parents[2] / "data"
CODER, THINKER = "simulated/coder-7b", "simulated/thinker-4b"
ASKED = ChatRequest(model="", messages=(Message(role="user", content="hi"),))
PAIR = [NewComparedAnswer("lm_studio", name, name.title(), True, False) for name in ("coder", "thinker")]


@pytest.fixture
async def manager(simulator: MockServer) -> AsyncIterator[LLMManager]:
    config = AppConfig(provider_configurations={"lm_studio": ProviderEntry(base_url=simulator.base_url, max_retries=0)})
    async with LLMManager.from_config(config) as made:
        yield made


async def two(manager: LLMManager) -> Comparison:
    models = await contenders(manager, [("lm_studio", CODER), ("lm_studio", THINKER)])
    return Comparison(manager, models, Turns(((0,), (1,))), ASKED)


async def kept(store: ConversationStore, uid: str) -> KeptComparison:
    found = await store.read(kept_comparison, uid)
    assert found is not None
    return found


def finished(text: str, **fields: object) -> dict[str, object]:
    nothing = {"reasoning": "", "finish_reason": "stop", "left_out": [], "metrics": None, "error": None}
    return {"state": "complete", "text": text, **nothing, **fields}


async def answered(store: ConversationStore, *texts: str, prompt: str = "hi", blind: bool = False) -> str:
    uid = await store.write(comparison_rows.create, NewComparison(prompt, blind=blind), PAIR, store.owner_id)
    for n, text in enumerate(texts):
        await store.write(comparison_rows.finish, uid, n, finished(text))
    return uid


async def test_what_models_answered_comes_back_as_it_was(manager: LLMManager, store: ConversationStore) -> None:
    comparison = await two(manager)
    asked = NewComparison("hi", "Be brief.", {"temperature": 0.2}, order_reason="memory")
    keeper = await ComparisonKeeper.begin(store, comparison, asked)
    await keeper.run()
    found = await kept(store, keeper.uid)
    assert (found.prompt, found.system_prompt, found.parameters) == ("hi", "Be brief.", {"temperature": 0.2})
    assert found.order_reason == "memory" and found.is_over and not found.hidden
    for before, after in zip(comparison.answers, found.answers, strict=True):
        assert after.as_dict() == before.as_dict() and after.name == before.name
        assert after.metrics == before.metrics and after.metrics is not None
    (row,) = await store.read(listed)
    assert row.prompt == "hi" and row.names == tuple(one.name for one in comparison.answers)


async def test_pieces_are_in_the_store_while_an_answer_is_written(
    manager: LLMManager, store: ConversationStore, simulator: MockServer
) -> None:
    simulator.script.update({"tokens_per_second": 20})
    comparison = await two(manager)
    keeper = await ComparisonKeeper.begin(store, comparison, NewComparison("hi"))
    running = asyncio.create_task(keeper.run())

    async def pieces() -> str:
        found = await store.read(
            lambda db: db.execute("SELECT text FROM compared_piece WHERE position = 0 ORDER BY sequence").fetchall()
        )
        return "".join(text for (text,) in found)

    async with asyncio.timeout(10):
        while len(await pieces()) < 12:
            await asyncio.sleep(0.02)
        assert comparison.answers[0].text.startswith(await pieces())
    comparison.stop()
    await running
    found = await kept(store, keeper.uid)
    assert [one.state for one in found.answers] == [AnswerState.STOPPED] * 2
    assert found.answers[0].text == comparison.answers[0].text
    assert await pieces() == ""


async def test_a_cancelled_comparison_keeps_what_came(
    manager: LLMManager, store: ConversationStore, simulator: MockServer
) -> None:
    simulator.script.update({"tokens_per_second": 20})
    comparison = await two(manager)
    keeper = await ComparisonKeeper.begin(store, comparison, NewComparison("hi"))
    begun = asyncio.Event()
    comparison.changed.subscribe(lambda _n: begun.set() if comparison.answers[0].text else None)
    running = asyncio.create_task(keeper.run())
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    found = await kept(store, keeper.uid)
    assert found.answers[0].state is AnswerState.STOPPED and found.answers[0].text


async def test_text_that_turns_out_to_be_reasoning_is_journaled_anew(store: ConversationStore) -> None:
    uid = await store.write(comparison_rows.create, NewComparison("hi"), PAIR, "a process that is gone")
    await store.write(comparison_rows.journal, uid, 0, 1, "I thi", "", anew=False)
    await store.write(comparison_rows.journal, uid, 0, 2, "", "I think", anew=True)
    await store.write(comparison_rows.journal, uid, 0, 3, "So.", "", anew=False)
    await store.write(comparison_rows.mark_interrupted, uid, 0)
    first = (await kept(store, uid)).answers[0]
    assert (first.text, first.reasoning, first.state) == ("So.", "I think", AnswerState.INTERRUPTED)


CHILD = """
import asyncio, sys
from pathlib import Path
from app.services.conversations import comparison_rows
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison
from app.services.conversations.store import ConversationStore

async def main():
    store = ConversationStore(Path(sys.argv[1]))
    await store.open()
    pair = [NewComparedAnswer("lm_studio", name, name, True, False) for name in ("coder", "thinker")]
    uid = await store.write(comparison_rows.create, NewComparison("hi"), pair, store.owner_id)
    for n in range(3):
        await store.write_soon(comparison_rows.journal, uid, 0, n, f"piece {n} ", "", anew=False)
    print(uid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
async def test_C6_what_was_read_of_a_comparison_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, str(path), stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    uid = (await child.stdout.readline()).decode().strip()
    watching = ConversationStore(path)
    await watching.open()
    running = await watching.read(queries.running_compared_answers)
    assert len(running) == 2, "another process that still lives writes them"
    await watching.aclose()
    child.send_signal(signal.SIGKILL)
    await child.wait()
    store = ConversationStore(path)
    await store.open()
    found = await kept(store, uid)
    await store.aclose()
    assert [one.state for one in found.answers] == [AnswerState.INTERRUPTED] * 2
    assert [one.text for one in found.answers] == ["piece 0 piece 1 piece 2 ", ""]


async def test_names_are_hidden_until_the_vote_and_stay_shown_when_it_is_taken_back(store: ConversationStore) -> None:
    uid = await answered(store, "one", "two", blind=True)
    assert (await kept(store, uid)).hidden
    assert (await store.read(listed))[0].names == ()
    await store.write(comparison_rows.set_vote, uid, "B", "other")
    found = await kept(store, uid)
    assert found.vote == "B" and not found.hidden
    assert (await store.read(listed))[0].names == ("Coder", "Thinker")
    await store.write(comparison_rows.set_vote, uid, None, None)
    found = await kept(store, uid)
    assert found.vote is None and not found.hidden and found.can_vote
    assert await store.read(votes_by_model) == []


async def test_a_blind_comparison_with_nothing_to_choose_from_shows_its_names(store: ConversationStore) -> None:
    uid = await answered(store, "one", blind=True)
    assert (await kept(store, uid)).hidden
    error = {"kind": "not_running", "message": "LM Studio server not running.", "hint": "Start it."}
    await store.write(comparison_rows.finish, uid, 1, finished("", state="failed", error=error))
    found = await kept(store, uid)
    assert not found.can_vote and not found.hidden
    failed = found.answers[1].error
    assert failed is not None and failed.kind is ErrorKind.NOT_RUNNING and failed.hint == "Start it."


@pytest.mark.parametrize(
    ("prompt", "answers", "kind"),
    [
        ("Write a poem about rain", ["Rain.", "More rain."], TaskKind.OTHER),
        ("Split a string in Python", ["Sure."], TaskKind.CODE),
        ("How do I sort?", ["Like this:\n\n```\nsort x\n```"], TaskKind.CODE),
        ("Sort these\n~~~\n3 1 2\n~~~", ["1 2 3"], TaskKind.CODE),
        ("Tell me of the classical age", ["It had code words, a function and a class."], TaskKind.OTHER),
        ("What does this C++ do?", [], TaskKind.CODE),
    ],
)
def test_a_task_is_code_by_its_words_or_its_fences(prompt: str, answers: list[str], kind: TaskKind) -> None:
    assert kind_of(prompt, answers) is kind


async def test_votes_are_counted_by_model_and_kind_of_task(store: ConversationStore) -> None:
    votes: list[tuple[Vote, str]] = [
        ("A", "Python"),
        ("A", "Python"),
        ("B", "Python"),
        ("tie", "Python"),
        ("bad", "Rain"),
    ]
    for vote, prompt in votes:
        uid = await answered(store, "one", "two", prompt=prompt)
        await store.write(comparison_rows.set_vote, uid, vote, (await kept(store, uid)).kind)
    await answered(store, "one", "two", prompt="never voted on")
    coder, thinker = await store.read(votes_by_model, TaskKind.CODE)
    assert (coder.name, coder.wins, coder.ties, coder.losses, coder.bad) == ("Coder", 2, 1, 1, 0)
    assert (thinker.name, thinker.wins, thinker.ties, thinker.losses, thinker.bad) == ("Thinker", 1, 1, 2, 0)
    assert [one.bad for one in await store.read(votes_by_model, TaskKind.OTHER)] == [1, 1]
    assert [one.wins for one in await store.read(votes_by_model)] == [2, 1]


async def test_what_did_not_answer_neither_wins_nor_loses_and_nobody_loses_to_himself(store: ConversationStore) -> None:
    uid = await answered(store, "one", "   ")
    await store.write(comparison_rows.set_vote, uid, "A", "code")
    (coder,) = await store.read(votes_by_model)
    assert (coder.wins, coder.losses) == (1, 0)
    twice = await store.write(comparison_rows.create, NewComparison("hi"), [PAIR[0], PAIR[0]], store.owner_id)
    for n in (0, 1):
        await store.write(comparison_rows.finish, twice, n, finished("text"))
    await store.write(comparison_rows.set_vote, twice, "B", "code")
    (coder,) = await store.read(votes_by_model)
    assert (coder.wins, coder.losses) == (2, 0)


async def test_another_model_joins_a_comparison_that_is_over(manager: LLMManager, store: ConversationStore) -> None:
    uid = await answered(store, "one", "two")
    model = await contender(manager, "lm_studio", CODER)
    later = Comparison(manager, [model], Turns(((0,),)), ASKED)
    keeper = await ComparisonKeeper.join(store, later, uid, 2)
    await keeper.run()
    found = await kept(store, uid)
    assert [one.text for one in found.answers[:2]] == ["one", "two"]
    assert found.answers[2].text == later.answers[0].text and found.answers[2].text


async def test_a_deleted_comparison_is_gone_and_can_be_put_back(store: ConversationStore) -> None:
    uid = await answered(store, "one", "two")
    before = await kept(store, uid)
    deleted = await store.write(comparison_rows.delete, uid)
    assert deleted is not None
    assert await store.read(kept_comparison, uid) is None and await store.read(listed) == []
    assert await store.write(comparison_rows.delete, uid) is None
    await store.write(comparison_rows.put_back, deleted)
    await store.write(comparison_rows.put_back, deleted)
    assert (await kept(store, uid)).as_dict() == before.as_dict()


async def test_what_was_compared_while_the_disk_was_full_is_written_when_there_is_room(
    store: ConversationStore,
) -> None:
    voted, gone, same = [await answered(store, "one", "two", prompt=p) for p in ("voted", "gone", "same")]
    await fill_the_disk(store)
    fresh = await answered(store, "kept in memory", prompt="fresh")
    await store.write(comparison_rows.journal, fresh, 1, 1, "half an ans", "", anew=False)
    await store.write(comparison_rows.set_vote, voted, "A", "other")
    await store.write(comparison_rows.delete, gone)
    assert await store.try_again()
    assert {row.prompt for row in await store.read(listed)} == {"fresh", "voted", "same"}
    assert (await kept(store, voted)).vote == "A"
    assert (await kept(store, fresh)).answers[0].text == "kept in memory"
    await store.write(comparison_rows.mark_interrupted, fresh, 1)
    assert (await kept(store, fresh)).answers[1].text == "half an ans"
    assert (await kept(store, same)).answers[1].text == "two"


async def test_a_store_of_the_version_before_takes_comparisons(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    shutil.copy(DATA / "store-v9.db", path)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    uid = await answered(store, "one", "two")
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    assert [one.text for one in (await kept(again, uid)).answers] == ["one", "two"]
    assert (tmp_path / "c.v9.bak.db").exists()
    await again.aclose()


async def test_damaged_figures_do_not_hide_an_answer(store: ConversationStore) -> None:
    uid = await answered(store, "one", "two")

    def damage(db: sqlite3.Connection) -> None:
        db.execute("UPDATE compared_answer SET metrics = '{', error = '[[', left_out = '7', state = 'dancing'")

    await store.write(damage)
    found = await kept(store, uid)
    assert [one.text for one in found.answers] == ["one", "two"]
    assert found.answers[0].state is AnswerState.INTERRUPTED and found.answers[0].metrics is None
