"""Auto in a chat: the proposed model is asked, the next one before a first token, and the answer says so."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.paths import Paths
from app.services.attachments.attachment import Attachment
from app.services.container import Overrides, Services, open_services
from app.services.conversations import comparison_rows, queries
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison
from app.services.conversations.records import StoredMessage
from app.services.conversations.routed import record_passed_over, unanswered, was_routed
from app.services.llm import connections
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.stream_events import PassedOver
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from app.services.routing.evidence import EvidenceReader, Period, start_of
from app.services.routing.need import Need
from app.services.routing.proposing import Barrier
from tests.fakes.pictures import png
from tests.fakes.simulator import quick_simulator

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def core(paths: Paths, simulator: MockServer, other: MockServer | None, **more: Any) -> AsyncIterator[Services]:
    """LM Studio first, and another server of the user's behind it."""
    address = f"{other.base_url}/v1" if other is not None else "http://127.0.0.1:9"
    box = {"type": "openai_compatible", "name": "Box", "base_url": address, "is_enabled": other is not None}
    values: dict[tuple[str, ...], Any] = {
        ("provider_configurations", "box"): {**box, "max_retries": 0},
        ("provider_configurations", "lm_studio", "max_retries"): 0,
        ("provider_configurations", "ollama", "is_enabled"): False,
        ("provider_configurations", "embedded", "is_enabled"): False,
        ("provider_configurations", "lm_studio", "is_enabled"): more.pop("local", True),
        **({("provider_configurations", "cloud"): more.pop("cloud")} if "cloud" in more else {}),
        **{(name,): value for name, value in more.items()},
    }
    overrides = Overrides(
        provider="lm_studio",
        base_url=simulator.base_url,
        environment={"AICA_KEYRING": "off"},
        settings=values,
        person_present=True,
    )
    async with await open_services(paths, overrides) as services:
        yield services


async def ask(services: Services, text: str, chat: int | None = None) -> StoredMessage:
    """Send on Auto; the answer as it is stored."""
    chat = chat if chat is not None else await services.store.create_conversation()
    answer = await services.chats.send(chat, text, model="auto")
    async with asyncio.timeout(10):
        await answer.wait()
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    return stored


async def test_the_answer_is_stored_under_its_real_model_with_the_reasons(paths: Paths, simulator: MockServer) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        stored = await ask(services, "Write a Python function.")
    assert stored.status == "complete"
    assert stored.provider == "lm_studio" and str(stored.model).startswith("simulated/")
    assert was_routed(stored.parameters) and stored.parameters is not None
    chosen = stored.parameters["model"]
    assert chosen["value"] == f"lm_studio:{stored.model}"
    assert chosen["origin"].startswith("Auto: code · ") and chosen["origin"].endswith("no votes yet")


async def test_before_the_first_token_the_next_one_is_asked_and_the_answer_says_so(
    paths: Paths, simulator: MockServer
) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        other.script.ttft, other.script.answer = 0.0, "from the box"
        simulator.script.fault, simulator.script.retry_after = Fault.OVERLOADED, "90"
        stored = await ask(services, "Hello?")
        sent = await services.store.read(queries.request_of, stored.id)
    assert len([one for one in simulator.stats.recorded if one.path.endswith("/chat/completions")]) == 1
    assert (stored.status, stored.text, stored.provider) == ("complete", "from the box", "box")
    assert sent is not None and sent["model"] == stored.model, "what is asked again is what was asked"
    failed = unanswered(stored.parameters)
    assert [(one.name, one.kind) for one in failed] == [("Simulated Coder 7B", "overloaded")]
    assert stored.parameters is not None
    assert stored.parameters["model"]["value"] == f"box:{stored.model}"
    assert stored.metrics["ttft_ms"] < 5_000


async def test_after_the_first_token_nobody_else_is_asked(paths: Paths, simulator: MockServer) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        simulator.script.answer = "word " * 200
        simulator.script.fault, simulator.script.fault_after_tokens = Fault.ERROR_MID, 3
        stored = await ask(services, "Hello?")
    assert stored.status == "interrupted" and stored.provider == "lm_studio"
    assert not [one for one in other.stats.recorded if one.path.endswith("/chat/completions")]


async def test_the_one_that_read_the_chat_goes_on_with_it(paths: Paths, simulator: MockServer) -> None:
    async with core(paths, simulator, None) as services:
        chat = await services.store.create_conversation()
        long = await services.chats.send(chat, "word " * 4_000, provider="lm_studio", model="simulated/twin-1b")
        await long.wait()
        stored = await ask(services, "And now?", chat)
    assert (long.status, stored.model) == ("complete", "simulated/twin-1b")
    assert stored.parameters is not None and "has read this chat" in stored.parameters["model"]["origin"]


async def test_pictures_in_the_chat_are_a_need(paths: Paths, simulator: MockServer) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        chat = await services.store.create_conversation()
        picture = await services.store.attach(chat, Attachment("a.png", "image", "image/png", png(4, 4)))
        answer = await services.chats.send(chat, "What is this?", model="auto", attachments=[picture.id])
        async with asyncio.timeout(10):
            await answer.wait()
        stored = await ask(services, "And what else?", chat)
    assert (answer.status, answer.model) == ("complete", "simulated/vision-8b")
    assert stored.model == "simulated/vision-8b", "the picture is sent again"


async def test_votes_of_this_moment_count_once_they_were_read(paths: Paths, simulator: MockServer) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        first = await ask(services, "Tell me about the sea.")
        liked = "simulated/writer-13b"
        assert first.model != liked
        for _ in range(6):
            await vote(services, liked, str(first.model))
        await services.auto.refresh()
        stored = await ask(services, "Tell me about the sea.")
    assert stored.model == liked and stored.parameters is not None
    assert "your votes prefer it" in stored.parameters["model"]["origin"]


async def vote(services: Services, winner: str, loser: str) -> None:
    rows = [NewComparedAnswer("lm_studio", model, model, True, True) for model in (winner, loser)]
    store = services.store
    uid = await store.write(comparison_rows.create, NewComparison("The sea?"), rows, store.owner_id)
    ended = {"state": "complete", "text": "…", "reasoning": "", "finish_reason": "stop", "left_out": []}
    for position in (0, 1):
        await store.write(comparison_rows.finish, uid, position, {**ended, "metrics": None, "error": None})
    await store.write(comparison_rows.set_vote, uid, "A", "other")


async def test_where_nobody_can_that_is_said_where_the_answer_would_be(paths: Paths, simulator: MockServer) -> None:
    async with core(paths, simulator, None) as services:
        stored = await ask(services, "long " * 300_000)
    assert stored.status == "error" and stored.error is not None
    assert stored.error["message"] == "Auto found no model for this message."
    assert "no window has room for" in stored.error["hint"].casefold()
    assert not [one for one in simulator.stats.recorded if one.path.endswith("/chat/completions")]


async def test_going_on_asks_whoever_began(paths: Paths, simulator: MockServer) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        chat = await services.store.create_conversation()
        begun = await services.chats.send(chat, "Hello?", provider="box", model="simulated/writer-13b")
        async with asyncio.timeout(10):
            await begun.wait()
        answer = await services.chats.go_on(begun.message_id, model="auto")
        async with asyncio.timeout(10):
            await answer.wait()
    assert (answer.provider, answer.model) == ("box", "simulated/writer-13b")


async def test_many_who_ask_for_a_reading_share_one(paths: Paths, simulator: MockServer) -> None:
    async with quick_simulator() as other, core(paths, simulator, other) as services:
        await services.auto.refresh()
        read: list[None] = []
        services.auto.changed.subscribe(read.append)
        await asyncio.gather(*(services.auto.refresh() for _ in range(20)))
    assert 1 <= len(read) <= 2


async def test_once_the_budget_is_used_up_only_what_costs_nothing_is_proposed(
    paths: Paths, simulator: MockServer
) -> None:
    """A price of this computer's models is the person's own word: electricity, for one."""
    spending = {"lm_studio": {"simulated/coder-7b": {"input": 0.5, "output": 0.5}}}
    async with core(paths, simulator, None, pricing=spending, auto_budget_usd=1.0) as services:
        before = services.auto.propose(Need())
        await services.auto.look()
        assert services.auto.rules().budget_left_usd == 1.0
        await services.store.write(ran, "lm_studio", "coder", 0.9)
        await services.auto.refresh()
        assert services.auto.rules().budget_left_usd == pytest.approx(0.1)
        after = services.auto.propose(Need())
        yesterday = start_of("day", time.time()) - 60
        assert await EvidenceReader(services.store).spent_usd(yesterday) == pytest.approx(0.9)
        assert await EvidenceReader(services.store).spent_usd(time.time() + 60) == 0.0
    assert before.chosen is None, "nothing was looked at yet"
    assert [(one.candidate.name, one.barrier) for one in after.excluded] == [("Simulated Coder 7B", Barrier.BUDGET)]
    assert after.chosen is not None and after.chosen.usd == 0.0


def ran(db: sqlite3.Connection, provider: str, model: str, usd: float) -> None:
    db.execute(
        "INSERT INTO run(provider, model, started_at, source, begins, outcome, cost_usd, output_tokens, local) "
        "VALUES (?, ?, ?, 'chat', 1, 'complete', ?, 10, 1)",
        (provider, model, time.time(), usd),
    )


@pytest.mark.parametrize(("period", "start"), [("day", datetime(2026, 3, 14)), ("month", datetime(2026, 3, 1))])
def test_a_budget_begins_with_its_day_or_month(period: Period, start: datetime) -> None:
    assert start_of(period, datetime(2026, 3, 14, 15, 9, 26).timestamp()) == start.timestamp()


async def test_where_no_server_answers_the_error_is_the_servers_own(paths: Paths) -> None:
    async with quick_simulator() as gone:
        address = gone
    async with core(paths, address, None) as services:
        stored = await ask(services, "Hello?")
    assert stored.status == "error" and stored.error is not None
    assert stored.error["kind"] == "not_running"


async def no_addresses_but_here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def away(server: MockServer) -> dict[str, Any]:
    """A provider of the internet: a name that leads to this server once `no_addresses_but_here` finds it."""
    address = f"http://away.example:{server.base_url.rpartition(':')[2].split('/')[0]}/v1"
    return {"type": "openai_compatible", "name": "Away", "base_url": address, "is_enabled": True, "max_retries": 0}


@pytest.mark.parametrize("seen_before", [False, True])
async def test_a_local_server_that_was_down_is_asked_although_a_cloud_provider_is_there(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch, seen_before: bool
) -> None:
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    async with quick_simulator() as cloud, core(paths, simulator, None, cloud=away(cloud)) as services:
        if seen_before:
            await services.catalogue.refresh()
        await simulator.aclose()
        await services.catalogue.refresh()
        states = services.catalogue.states()
        assert (states["lm_studio"].status, states["cloud"].status) == ("down", "up")
        await simulator.start(int(simulator.base_url.rpartition(":")[2]))
        stored = await ask(services, "Hello?")
    assert (stored.status, stored.provider) == ("complete", "lm_studio")
    assert not [one for one in cloud.stats.recorded if one.path.endswith("/chat/completions")]


async def test_what_an_answer_cost_counts_for_the_next_one_at_once(paths: Paths, simulator: MockServer) -> None:
    """Outside the window nobody asks for the evidence after an answer, and it is kept for a minute."""
    spending = {"lm_studio": {"default": {"input": 0.0001, "output": 0.0001}}}
    async with core(paths, simulator, None, pricing=spending, auto_budget_usd=1.0) as services:
        before = await services.auto.route_need(Need())
        await services.store.write(ran, "lm_studio", "coder", 5.0)
        with pytest.raises(LLMError) as refused:
            await services.auto.route_need(Need())
    assert before.choices[0][0] == "lm_studio"
    assert refused.value.kind is ErrorKind.CONFIG and "budget" in refused.value.hint


async def test_with_a_budget_only_what_costs_nothing_is_asked_unseen(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was reachable at the last look: what is asked then is asked without a look at its price."""
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    async with quick_simulator() as cloud, quick_simulator() as priced:
        allowed = {"cloud": away(cloud), "auto_may_use_cloud": True, "auto_budget_usd": 1.0}
        costs = {"box": {"simulated/coder-7b": {"input": 0.5, "output": 0.5}}}
        async with core(paths, simulator, priced, pricing=costs, **allowed) as services:
            for server in (simulator, cloud, priced):
                await server.aclose()
            await services.catalogue.refresh()
            assert (await services.auto.route_need(Need())).choices == (("lm_studio", ""),)


async def test_where_all_that_is_free_is_switched_off_nobody_is_asked_unseen(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    async with quick_simulator() as cloud:
        allowed = {"cloud": away(cloud), "auto_may_use_cloud": True, "auto_budget_usd": 1.0}
        async with core(paths, simulator, None, local=False, **allowed) as services:
            await cloud.aclose()
            await services.catalogue.refresh()
            with pytest.raises(LLMError) as refused:
                await services.auto.route_need(Need())
    assert refused.value.kind is ErrorKind.CONFIG and "budget" in refused.value.hint


async def test_where_nothing_local_is_there_it_is_said_that_the_cloud_is_not_allowed(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local provider is switched on from the start, whether its server is installed or not."""
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    await simulator.aclose()
    async with quick_simulator() as cloud, core(paths, simulator, None, cloud=away(cloud)) as services:
        stored = await ask(services, "Hello?")
    assert stored.error is not None and "Auto may not use the cloud" in stored.error["hint"]


async def test_a_local_server_that_was_down_is_asked_although_the_budget_bars_the_others(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    async with quick_simulator() as cloud:
        more = {"cloud": away(cloud), "auto_may_use_cloud": True, "auto_budget_usd": 0.0}
        async with core(paths, simulator, None, **more) as services:
            await services.catalogue.refresh()
            await simulator.aclose()
            await services.catalogue.refresh()
            await simulator.start(int(simulator.base_url.rpartition(":")[2]))
            stored = await ask(services, "Hello?")
    assert (stored.status, stored.provider) == ("complete", "lm_studio")


@pytest.mark.parametrize("reached_before", [True, False])
async def test_a_chat_that_local_models_answered_stays_off_the_cloud_when_they_are_switched_off(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch, reached_before: bool
) -> None:
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    async with core(paths, simulator, None) as services:
        chat = await services.store.create_conversation()
        assert (await ask(services, "Hello?", chat)).provider == "lm_studio"
    async with quick_simulator() as cloud, core(paths, simulator, None, local=False, cloud=away(cloud)) as services:
        if not reached_before:
            port = int(cloud.base_url.rpartition(":")[2])
            await cloud.aclose()
            await services.catalogue.refresh()
            await cloud.start(port)
        refused = await ask(services, "And now?", chat)
        assert not [one for one in cloud.stats.recorded if one.path.endswith("/chat/completions")]
        elsewhere = await ask(services, "Hello?")
    assert refused.status == "error" and refused.error is not None
    assert refused.error["kind"] == "config" and "Auto may not use the cloud" in refused.error["hint"]
    assert (elsewhere.status, elsewhere.provider) == ("complete", "cloud"), "nothing of it was ever local"


async def test_a_provider_whose_settings_are_wrong_may_be_a_local_one(
    paths: Paths, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "resolve", no_addresses_but_here)
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(json.dumps({"provider_configurations": {"mine": {"type": "of_another_version"}}}))
    async with quick_simulator() as cloud, core(paths, simulator, None, local=False, cloud=away(cloud)) as services:
        assert list(services.manager.unusable) == ["mine"]
        stored = await ask(services, "Hello?")
    assert stored.status == "error" and stored.error is not None and stored.error["kind"] == "config"
    assert not [one for one in cloud.stats.recorded if one.path.endswith("/chat/completions")]


async def test_a_model_that_was_passed_over_counts_as_failed(paths: Paths, simulator: MockServer) -> None:
    """The answer is there, by another model: without this one that never answers would be proposed for ever."""
    async with core(paths, simulator, None) as services:
        await services.auto.look()
        before = services.auto.propose(Need())
        assert before.chosen is not None
        key = before.chosen.candidate.key
        chat = await services.store.create_conversation()
        row = await services.store.add_user_message(chat, None, "Hello?")  # any message will do
        for n in range(8):
            passed = PassedOver(*key, "overloaded", "It is busy.")
            await services.store.write(record_passed_over, row, n, passed, time.time())
            await services.store.write(record_passed_over, row, n, replace(passed, simulated=True), time.time())
        await services.auto.refresh()
        after = services.auto.propose(Need())
    assert after.chosen is not None and after.chosen.candidate.key != key
    assert next(one.candidate.failed for one in after.ranked if one.candidate.key == key) == 8


async def test_an_answer_is_asked_for_again_of_the_model_that_is_proposed_then(
    paths: Paths, simulator: MockServer
) -> None:
    async with core(paths, simulator, None) as services:
        chat = await services.store.create_conversation()
        first = await services.chats.send(chat, "Hello?", provider="lm_studio", model="simulated/writer-13b")
        await first.wait()
        again = await services.chats.regenerate(first.message_id, model="auto")
        await again.wait()
    assert (again.status, again.model) == ("complete", "simulated/coder-7b")
    assert again.routed is not None and again.routed.choices[0] == ("lm_studio", "simulated/coder-7b")
