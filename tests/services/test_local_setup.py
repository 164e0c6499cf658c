"""From an installed server program to a model that answers: a fake `lms`, a simulated LM Studio, a hub on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.paths import user_paths
from app.services import runtimes
from app.services.container import Overrides, Services, open_services
from app.services.engine import memory
from app.services.llm.errors import ErrorKind, LLMError
from app.services.local_setup import Ready, SetupNews, SetupStep, set_up
from tests.fakes.bare_computer import make_bare
from tests.fakes.hub import FETCHED, PROPOSED, FakeHub, public_hub
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def port() -> int:
    return refused_port()


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeHub]:
    async with public_hub(monkeypatch) as fake:
        yield fake


@pytest.fixture
async def services(tmp_path: Path, port: int, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.setattr(memory, "available_bytes", lambda: 8 << 30)
    home = make_bare(tmp_path, monkeypatch, lm_studio_port=port, hub_url=hub.url)
    async with await open_services(user_paths(home), Overrides(environment={"AICA_KEYRING": "off"})) as made:
        yield made


@pytest.fixture
async def lms(tmp_path: Path, services: Services) -> AsyncIterator[FakeLms]:
    program = FakeLms(tmp_path / "person")
    program.serve_simulated()
    yield program
    program.close()


async def done(services: Services, backend: str = "lm_studio") -> tuple[Ready, list[SetupNews]]:
    news: list[SetupNews] = []
    return await set_up(services, backend, news.append), news


def finished(news: list[SetupNews]) -> dict[SetupStep, bool]:
    """Steps that were done, and whether each was found so."""
    return {one.step: one.was_so for one in news if one.status == "done"}


def saved_address(services: Services, backend: str = "lm_studio") -> Any:
    return services.settings.user_value("provider_configurations", backend, "base_url")


async def test_a_stopped_program_without_a_model_is_brought_to_a_loaded_one(
    services: Services, lms: FakeLms, port: int, hub: FakeHub
) -> None:
    ready, news = await done(services)
    assert ready == Ready("lm_studio", f"http://127.0.0.1:{port}/v1", FETCHED)
    was_so = finished(news)
    assert list(was_so) == list(SetupStep)
    assert was_so[SetupStep.START] is was_so[SetupStep.MODEL] is was_so[SetupStep.LOAD] is False
    assert was_so[SetupStep.ADDRESS] is True
    place = services.runtime_place("lm_studio")
    assert await runtimes.check_model_loaded("lm_studio", FETCHED, **place)
    offered = [one.offer for one in news if one.offer is not None]
    assert offered and offered[0].item.size_bytes == 1_000
    assert any(one.progress is not None and one.progress.total_bytes for one in news), "the download is told"
    assert services.catalogue.available("lm_studio")


async def test_running_it_again_changes_nothing(services: Services, lms: FakeLms, hub: FakeHub) -> None:
    await done(services)
    asked = len(hub.api.requests)
    _ready, news = await done(services)
    assert [step for step, was_so in finished(news).items() if not was_so] == [SetupStep.TEST]
    assert len(hub.api.requests) == asked, "the hub is not asked where a model is there"


async def test_a_model_that_is_there_is_taken_and_a_coder_before_others(services: Services, lms: FakeLms) -> None:
    lms.serve_simulated(extra_models=["simulated/writer-7b", "simulated/some-coder-7b"])
    ready, news = await done(services)
    assert ready.model == "simulated/some-coder-7b"
    assert finished(news)[SetupStep.MODEL] is True


async def test_the_port_of_its_own_settings_is_found_and_saved(
    services: Services, lms: FakeLms, port: int, tmp_path: Path
) -> None:
    other = refused_port()
    lms.write_settings(json.dumps({"port": other}))
    lms.serve_simulated(extra_models=["simulated/coder"])
    started = await asyncio.create_subprocess_exec(str(lms.path), "server", "start", "--port", str(other))
    await started.wait()
    where = {"door": services.door, "base_url": f"http://127.0.0.1:{other}/v1"}
    for _attempt in range(200):
        if await runtimes.check_backend_running("lm_studio", **where):
            break
        await asyncio.sleep(0.05)
    ready, news = await done(services)
    assert ready.address.endswith(f":{other}/v1")
    assert finished(news)[SetupStep.START] is True
    assert finished(news)[SetupStep.ADDRESS] is False
    assert str(saved_address(services)).endswith(f":{other}/v1")


async def test_a_missing_program_is_told_with_the_products_own_words(services: Services) -> None:
    news: list[SetupNews] = []
    with pytest.raises(LLMError) as raised:
        await set_up(services, "lm_studio", news.append)
    assert raised.value.kind is ErrorKind.NOT_INSTALLED
    assert (news[-1].step, news[-1].status) == (SetupStep.FIND, "failed")


async def test_a_server_that_will_not_start_ends_it_at_that_step(services: Services, lms: FakeLms) -> None:
    lms.behave(fails="Port is taken.")
    news: list[SetupNews] = []
    with pytest.raises(LLMError):
        await set_up(services, "lm_studio", news.append)
    assert (news[-1].step, news[-1].status) == (SetupStep.START, "failed")
    assert saved_address(services) is not None, "what was configured stays"


async def test_a_download_that_fails_ends_it_there_and_the_next_run_goes_on(services: Services, lms: FakeLms) -> None:
    lms.serve_simulated(download_outcome="failed")
    news: list[SetupNews] = []
    with pytest.raises(LLMError) as raised:
        await set_up(services, "lm_studio", news.append)
    assert "download" in str(raised.value)
    assert (news[-1].step, news[-1].status) == (SetupStep.MODEL, "failed")


async def test_nothing_that_fits_is_told_instead_of_fetched(
    services: Services, lms: FakeLms, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 10)
    with pytest.raises(LLMError) as raised:
        await done(services)
    assert raised.value.kind is ErrorKind.OVERLOADED


async def test_a_program_that_fetches_elsewhere_says_why_it_cannot(
    services: Services, lms: FakeLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.hub.client.PUBLIC_HUB", "https://huggingface.co")
    with pytest.raises(LLMError) as raised:
        await done(services)
    assert raised.value.kind is ErrorKind.UNSUPPORTED
    assert "public hub" in raised.value.hint


async def test_a_loaded_model_stays_as_it_is(services: Services, lms: FakeLms) -> None:
    lms.serve_simulated(extra_models=["simulated/coder", "simulated/other"])
    await runtimes.start_backend("lm_studio", **services.runtime_place("lm_studio"))
    await runtimes.load_model(
        "lm_studio", "simulated/other", context_length=2_048, **services.runtime_place("lm_studio")
    )
    ready, news = await done(services)
    assert ready.model == "simulated/other"
    assert finished(news)[SetupStep.LOAD] is True
    loaded = await runtimes.list_loaded_models("lm_studio", **services.runtime_place("lm_studio"))
    assert [one.context_length for one in loaded] == [2_048]


async def test_ollama_is_set_up_in_the_same_way(services: Services) -> None:
    async with FakeOllama() as ollama:
        services.settings.save({("provider_configurations", "ollama", "base_url"): ollama.url})
        await services.apply_settings()
        asked = f"hf.co/{PROPOSED}:Q4_K_M"
        ollama.sizes.clear()
        ready, news = await done(services, "ollama")
        assert ready.model == asked
        assert list(ollama.loaded) == [asked]
        assert finished(news)[SetupStep.START] is True


async def test_switching_the_provider_off_is_undone_by_setting_it_up(services: Services, lms: FakeLms) -> None:
    services.settings.save({("provider_configurations", "lm_studio", "is_enabled"): False})
    await services.apply_settings()
    _ready, news = await done(services)
    assert finished(news)[SetupStep.ADDRESS] is False
    assert services.settings.config.provider_configurations["lm_studio"].is_enabled is True


async def test_a_server_of_another_computer_is_left_alone(services: Services, lms: FakeLms) -> None:
    remote = "http://192.0.2.7:1234/v1"
    services.settings.save({("provider_configurations", "lm_studio", "base_url"): remote})
    await services.apply_settings()
    with pytest.raises(LLMError) as raised:
        await done(services)
    assert raised.value.kind is ErrorKind.UNSUPPORTED
    assert remote in raised.value.message
    assert saved_address(services) == remote
