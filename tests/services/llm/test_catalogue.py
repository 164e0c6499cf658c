"""The merged model list: side by side, one provider down empties nothing, changes arrive as events."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from app.services.llm.catalogue import EARLY, WATCHED_INTERVAL_S, Catalogue, CatalogueChange
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message, ModelConfig
from app.services.llm.stream_events import ReasoningDelta, TextDelta
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from app.services.settings.schema import AppConfig
from tests.fakes.raw_http import RawServer, stall

pytestmark = pytest.mark.anyio


@pytest.fixture
async def manager(simulator: MockServer) -> AsyncIterator[LLMManager]:
    config = AppConfig.model_validate(
        {
            "provider_configurations": {
                "lm_studio": {"base_url": simulator.base_url, "priority": 5},
                "ollama": {"base_url": "http://127.0.0.1:9", "priority": 6},
            }
        }
    )
    async with LLMManager(config) as made:
        yield made


async def test_a_provider_that_is_down_neither_delays_nor_empties_the_other(manager: LLMManager) -> None:
    catalogue = Catalogue(manager)
    async with asyncio.timeout(3):
        await catalogue.refresh()
    states = catalogue.states()
    assert list(states) == ["lm_studio", "ollama"]
    assert states["lm_studio"].status == "up"
    assert states["ollama"].status == "down"
    assert states["ollama"].error is not None
    assert states["ollama"].error.message == "Ollama is not running."
    assert len(states["lm_studio"].models) > 2
    assert states["lm_studio"].simulated
    await catalogue.aclose()


async def test_models_of_a_server_that_went_away_stay_and_are_not_available(
    manager: LLMManager, simulator: MockServer
) -> None:
    catalogue = Catalogue(manager)
    await catalogue.refresh()
    before = catalogue.models()
    await simulator.aclose()
    await catalogue.refresh()
    assert catalogue.models() == before
    assert not catalogue.available("lm_studio")
    assert [s.latency_ms is None for s in catalogue.history("lm_studio")] == [False, True]
    await catalogue.aclose()


async def test_a_change_shows_within_two_seconds_while_somebody_looks(
    manager: LLMManager, simulator: MockServer
) -> None:
    catalogue = Catalogue(manager, interval_s=30)
    changes: list[CatalogueChange] = []
    catalogue.changed.subscribe(changes.append)
    catalogue.start()
    async with asyncio.timeout(3):
        while catalogue.state("lm_studio") is None or catalogue.state("lm_studio").status != "up":  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
    with catalogue.watched():
        changes.clear()
        simulator.script.fault = Fault.SERVER_ERROR
        simulator.script.fault_scope = "models"
        async with asyncio.timeout(WATCHED_INTERVAL_S):
            while not changes:
                await asyncio.sleep(0.01)
    assert changes[0].instance_id == "lm_studio"
    await catalogue.aclose()


async def test_a_server_that_hangs_does_not_keep_the_others_from_being_looked_at(simulator: MockServer) -> None:
    async with RawServer(stall()) as hanging:
        providers = {"lm_studio": {"base_url": simulator.base_url}, "ollama": {"base_url": hanging.url}}
        async with LLMManager(AppConfig.model_validate({"provider_configurations": providers})) as manager:
            catalogue = Catalogue(manager)
            catalogue.start()
            try:
                with catalogue.watched():
                    async with asyncio.timeout(3):
                        while catalogue.state("lm_studio") is None or catalogue.state("lm_studio").status != "up":  # type: ignore[union-attr]
                            await asyncio.sleep(0.01)
                    for fault, status in ((Fault.SERVER_ERROR, "down"), (None, "up")):
                        simulator.script.fault, simulator.script.fault_scope = fault, "models"
                        async with asyncio.timeout(WATCHED_INTERVAL_S + 0.2):
                            while catalogue.state("lm_studio").status != status:  # type: ignore[union-attr]
                                await asyncio.sleep(0.01)
            finally:
                await catalogue.aclose()


async def test_an_unchanged_list_is_no_event(manager: LLMManager) -> None:
    catalogue = Catalogue(manager)
    await catalogue.refresh()
    changes: list[CatalogueChange] = []
    catalogue.changed.subscribe(changes.append)
    await catalogue.refresh()
    assert changes == []
    await catalogue.aclose()


async def test_a_hanging_server_is_given_up_after_its_limit(
    manager: LLMManager, simulator: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.llm.limits.LIST_TIMEOUT_S", 0.3)
    simulator.script.fault = Fault.HANG
    simulator.script.fault_scope = "models"
    catalogue = Catalogue(manager)
    async with asyncio.timeout(3):
        await catalogue.refresh()
    state = catalogue.state("lm_studio")
    assert state is not None
    assert (state.status, state.error_kind) == ("down", "timeout")
    await catalogue.aclose()


@pytest.mark.parametrize("answer_s", [0.0, 0.5])
async def test_watched_servers_are_asked_at_the_named_interval_and_never_twice_at_a_time(
    manager: LLMManager, simulator: MockServer, monkeypatch: pytest.MonkeyPatch, answer_s: float
) -> None:
    monkeypatch.setattr("app.services.llm.catalogue.WATCHED_INTERVAL_S", 0.3)
    simulator.script.list_delay = answer_s
    catalogue = Catalogue(manager, interval_s=30)
    assert catalogue.asks_every_s == 30
    catalogue.start()
    with catalogue.watched():
        assert catalogue.asks_every_s == 0.3
        async with asyncio.timeout(5):
            while len(catalogue.history("lm_studio")) < 5:
                await asyncio.sleep(0.02)
                with catalogue.watched():  # a picker that opens over the page asks for nothing more
                    pass
    await catalogue.aclose()
    times = [sample.at for sample in catalogue.history("lm_studio")]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) > max(0.3 * EARLY, answer_s) - 0.1, gaps  # a look that was late makes the next gap shorter


async def test_a_short_interval_of_the_settings_holds_while_somebody_looks_too(manager: LLMManager) -> None:
    catalogue = Catalogue(manager, interval_s=0.5)
    with catalogue.watched():
        assert catalogue.asks_every_s == 0.5


async def test_another_address_has_no_past(manager: LLMManager, simulator: MockServer) -> None:
    """What was seen at the old one says nothing of the new one."""
    catalogue = Catalogue(manager)
    await catalogue.refresh()
    assert catalogue.state("lm_studio") is not None
    changes: list[CatalogueChange] = []
    catalogue.changed.subscribe(changes.append)
    values = {"lm_studio": {"base_url": "http://127.0.0.1:9/v1"}, "ollama": {"is_enabled": False}}
    manager.configure(AppConfig.model_validate({"provider_configurations": values}))
    await catalogue.refresh()
    state = catalogue.state("lm_studio")
    assert state is not None
    assert (state.status, state.last_seen, state.models) == ("down", None, ())
    assert [sample.latency_ms for sample in catalogue.history("lm_studio")] == [None]
    assert "lm_studio" in [change.instance_id for change in changes]
    await catalogue.aclose()


async def test_a_provider_that_answers_is_up_whatever_the_last_look_said(
    manager: LLMManager, simulator: MockServer
) -> None:
    simulator.script.fault, simulator.script.fault_scope = Fault.CLOSE, "models"
    catalogue = Catalogue(manager)
    await catalogue.refresh()
    assert not catalogue.available("lm_studio")
    simulator.script.fault = Fault.NONE
    changes: list[CatalogueChange] = []
    catalogue.changed.subscribe(changes.append)
    request = ChatRequest(model="simulated/coder-7b", messages=(Message(role="user", content="Hello"),))
    async for event in manager.stream(request, "lm_studio"):
        if isinstance(event, (TextDelta, ReasoningDelta)):
            assert catalogue.available("lm_studio")
    assert [c.state.status for c in changes if c.state][:1] == ["up"]
    async with asyncio.timeout(3):
        while not catalogue.models():
            await asyncio.sleep(0.01)
    await catalogue.aclose()


async def test_a_look_that_fails_while_the_server_answers_does_not_make_it_down(
    manager: LLMManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(manager)
    await catalogue.refresh()
    provider = manager.provider("lm_studio")

    async def busy() -> list[ModelConfig]:
        catalogue.seen_up("lm_studio")
        raise LLMError(ErrorKind.TIMEOUT, "Silent.", "")

    monkeypatch.setattr(provider, "list_models", busy)
    await catalogue.refresh("lm_studio")
    assert catalogue.available("lm_studio")
    await catalogue.aclose()


async def test_being_heard_of_makes_no_entry_of_a_provider_that_is_off(manager: LLMManager) -> None:
    catalogue = Catalogue(manager)
    catalogue.seen_up("lm_studio")
    assert catalogue.states() == {}
    await catalogue.aclose()
