"""How servers are watched: a missed look is no outage, a long one is looked at less often, waking up asks at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.services.llm.catalogue import Catalogue, CatalogueChange
from app.services.llm.llm_manager import LLMManager
from app.services.llm.look_schedule import LookSchedule
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from app.services.settings.schema import AppConfig
from tests.fakes.raw_http import RawServer, Reply, answer, in_turn, refused_port

pytestmark = pytest.mark.anyio

MODELS = answer({"models": [{"type": "llm", "key": "m", "loaded_instances": []}]})
BROKEN = answer("", 500)


async def until(condition: Callable[[], object], timeout_s: float = 5.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watching(url: str, *, interval_s: float = 30.0, **options: object) -> AsyncIterator[Catalogue]:
    """A catalogue of one LM Studio server."""
    providers = {"lm_studio": {"base_url": url}, "ollama": {"is_enabled": False}}
    async with LLMManager(AppConfig.model_validate({"provider_configurations": providers})) as manager:
        catalogue = Catalogue(manager, interval_s=interval_s, **options)  # type: ignore[arg-type]  # its own options
        try:
            yield catalogue
        finally:
            await catalogue.aclose()


def served(*replies: Reply) -> dict[str, Reply]:
    return {"/api/v1/models": in_turn(*replies)}


# -- one missed look is no outage


async def test_a_single_missed_look_is_neither_told_nor_kept() -> None:
    async with RawServer(BROKEN, served(MODELS, BROKEN, MODELS)) as server, watching(server.url) as catalogue:
        await catalogue.refresh()
        changes: list[CatalogueChange] = []
        catalogue.changed.subscribe(changes.append)
        await catalogue.refresh()
        assert catalogue.available("lm_studio")
        assert changes == []
        assert all(sample.latency_ms is not None for sample in catalogue.history("lm_studio"))
        assert len(server.requests) == 3, "the miss was looked at again at once"


async def test_two_missed_looks_are_an_outage_with_its_beginning_and_its_reason(simulator: MockServer) -> None:
    now = [1000.0]
    async with watching(simulator.base_url, clock=lambda: now[0]) as catalogue:
        await catalogue.refresh()
        now[0] = 1060.0
        await simulator.aclose()
        await catalogue.refresh()
        state = catalogue.state("lm_studio")
        assert state is not None
        assert (state.status, state.since, state.last_seen) == ("down", 1060.0, 1000.0)
        assert state.error is not None and state.error.message == "LM Studio server not running."
        now[0] = 1120.0
        await catalogue.refresh()
        assert catalogue.state("lm_studio").since == 1060.0  # type: ignore[union-attr]


async def test_a_server_that_was_never_up_is_told_as_down_by_the_first_look() -> None:
    async with RawServer(BROKEN) as server, watching(server.url) as catalogue:
        await catalogue.refresh()
        assert catalogue.state("lm_studio").status == "down"  # type: ignore[union-attr]
        assert len(catalogue.history("lm_studio")) == 1


async def test_a_refused_key_is_no_hiccup_and_is_told_at_once() -> None:
    refused = answer({"error": "invalid_api_key"}, 401)
    async with RawServer(refused, served(MODELS, refused)) as server, watching(server.url) as catalogue:
        await catalogue.refresh()
        await catalogue.refresh()
        assert catalogue.state("lm_studio").error_kind == "auth"  # type: ignore[union-attr]
        assert len(server.requests) == 2


async def test_a_server_that_comes_and_goes_changes_once_each_time(simulator: MockServer) -> None:
    async with watching(simulator.base_url) as catalogue:
        told: list[str] = []
        catalogue.changed.subscribe(lambda change: told.append(change.state.status if change.state else "gone"))
        for fault in (Fault.NONE, Fault.SERVER_ERROR, Fault.SERVER_ERROR, Fault.NONE, Fault.NONE):
            simulator.script.fault, simulator.script.fault_scope = fault, "models"
            await catalogue.refresh()
        assert told == ["up", "down", "up"]


# -- a long outage is asked after less often


def test_pauses_grow_to_four_intervals_and_never_beyond_two_minutes() -> None:
    for interval_s, expected in ((10.0, [10, 20, 40, 40]), (30.0, [30, 60, 120, 120]), (60.0, [60, 120, 120, 120])):
        schedule = LookSchedule(clock=lambda: 0.0)
        pauses = []
        for _ in range(4):
            schedule.missed("a", interval_s, began=0.0)
            pauses.append(schedule.pause_s("a", interval_s))
        assert pauses == expected
    schedule = LookSchedule(clock=lambda: 0.0)
    schedule.missed("a", 300.0, began=0.0)
    assert schedule.pause_s("a", 300.0) == 300.0, "an interval of its own that is longer is kept"


def test_an_answer_brings_the_interval_back() -> None:
    now = [0.0]
    schedule = LookSchedule(clock=lambda: now[0])
    for _ in range(3):
        schedule.missed("a", 30.0, began=0.0)
    now[0] = 60.0
    assert not schedule.due("a")
    now[0] = 120.0
    assert schedule.due("a")
    schedule.answered("a")
    assert schedule.pause_s("a", 30.0) == 30.0
    assert schedule.due("a")


async def test_a_server_that_is_down_is_looked_at_less_and_less_while_the_others_keep_their_interval(
    simulator: MockServer,
) -> None:
    providers = {
        "lm_studio": {"base_url": simulator.base_url},
        "ollama": {"base_url": f"http://127.0.0.1:{refused_port()}"},
    }
    async with LLMManager(AppConfig.model_validate({"provider_configurations": providers})) as manager:
        catalogue = Catalogue(manager, interval_s=0.2)
        catalogue.start()
        try:
            await until(lambda: len(catalogue.history("ollama")) >= 4, 8)
        finally:
            await catalogue.aclose()
        times = [sample.at for sample in catalogue.history("ollama")]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert gaps[1] > gaps[0] * 1.4
        assert gaps[2] > 0.6
        assert len(catalogue.history("lm_studio")) > 2 * len(times) - 2
        assert catalogue.asks_every_s_of("ollama") == pytest.approx(0.8)
        assert catalogue.asks_every_s_of("lm_studio") == 0.2


async def test_a_server_that_is_down_is_found_within_two_seconds_while_somebody_looks() -> None:
    async with RawServer(BROKEN) as server, watching(server.url, interval_s=3600) as catalogue:
        for _ in range(4):
            await catalogue.refresh()
        catalogue.start()
        await until(lambda: len(catalogue.history("lm_studio")) >= 4)
        with catalogue.watched():
            assert catalogue.asks_every_s_of("lm_studio") == 2
            server.routes |= served(MODELS)
            await until(lambda: catalogue.available("lm_studio"), 2.2)


async def test_a_server_that_is_down_is_looked_at_at_once_when_the_person_asks() -> None:
    async with RawServer(BROKEN) as server, watching(server.url, interval_s=3600) as catalogue:
        for _ in range(4):
            await catalogue.refresh()
        catalogue.start()
        await asyncio.sleep(0.05)
        server.routes |= served(MODELS)
        catalogue.look_now()
        await until(lambda: catalogue.available("lm_studio"), 1)


async def test_waking_up_is_noticed_by_the_clock_and_asks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.llm.look_schedule.SLEEP_CHECK_S", 0.05)
    now = [1000.0]
    async with RawServer(BROKEN) as server:
        async with watching(server.url, interval_s=3600, clock=lambda: now[0]) as catalogue:
            catalogue.start()
            await until(lambda: catalogue.history("lm_studio"))
            for _ in range(3):
                await catalogue.refresh()
            server.routes |= served(MODELS)
            await asyncio.sleep(0.2)
            assert not catalogue.available("lm_studio"), "time that passes as it should asks for nothing"
            now[0] += 3 * 3600
            await until(lambda: catalogue.available("lm_studio"), 1)
