"""A provider that is off is asked where somebody names it, and never because it is the default."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.paths import Paths, user_paths
from app.services.container import Overrides, Services, open_services
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, Message
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def paths(tmp_path: Path, simulator: MockServer) -> Paths:
    """LM Studio is there and off, a server of the user's is on."""
    made = user_paths(tmp_path / "home")
    made.config.mkdir(parents=True)
    off = {"base_url": simulator.base_url, "is_enabled": False}
    on = {"type": "openai_compatible", "name": "Box", "base_url": f"{simulator.base_url}/v1"}
    values = {"default_provider": "lm_studio", "provider_configurations": {"lm_studio": off, "box": on}}
    made.config_file.write_text(json.dumps(values), encoding="utf-8")
    return made


@asynccontextmanager
async def core(paths: Paths, provider: str | None = None, **environment: str) -> AsyncIterator[Services]:
    overrides = Overrides(provider=provider, keep_history=False, environment={"AICA_KEYRING": "off", **environment})
    async with await open_services(paths, overrides) as services:
        yield services


async def ask(services: Services, provider: str | None = None) -> None:
    request = ChatRequest(model="local-model", messages=(Message(role="user", content="hi"),))
    async for _event in services.manager.stream(request, provider):
        pass


def asked(server: MockServer) -> int:
    return sum(one.path.endswith("/chat/completions") for one in server.stats.recorded)


async def test_E12_a_default_that_is_switched_off_is_not_asked_and_its_prompt_goes_nowhere_else(
    paths: Paths, simulator: MockServer
) -> None:
    async with core(paths) as services:
        with pytest.raises(LLMError) as caught:
            await ask(services)
        assert (caught.value.kind, caught.value.message) == (ErrorKind.CONFIG, "LM Studio is switched off.")
        assert "Switch it on in Settings, Providers" in caught.value.hint
        assert asked(simulator) == 0
        services.settings.save({("provider_configurations", "lm_studio", "is_enabled"): True})
        await services.apply_settings()
        await ask(services)
        assert asked(simulator) == 1, "and it is asked once it is on"


@pytest.mark.parametrize("others", [(), ("ollama", "embedded")], ids=["two more are on", "nothing else is on"])
async def test_a_model_that_another_provider_has_is_asked_there_while_the_default_is_off(
    paths: Paths, simulator: MockServer, others: tuple[str, ...]
) -> None:
    values = json.loads(paths.config_file.read_text(encoding="utf-8"))
    for name in others:
        values["provider_configurations"][name] = {"is_enabled": False}
    paths.config_file.write_text(json.dumps(values), encoding="utf-8")
    async with core(paths) as services:
        model = (await services.manager.list_models("box"))[0].name
        assert (await services.manager.resolve(None, model)).provider == "box"
        with pytest.raises(LLMError, match=r"LM Studio is switched off\."):
            await services.manager.resolve(None, "a model of nobody")


async def test_a_provider_that_is_named_is_asked_though_it_is_off(paths: Paths, simulator: MockServer) -> None:
    async with core(paths) as services:
        await ask(services, "lm_studio")
    async with core(paths, "lm_studio") as services:  # by a flag
        await ask(services)
    async with core(paths, LLM_PROVIDER="lm_studio") as services:
        await ask(services)
    assert asked(simulator) == 3


async def test_E12_where_everything_is_off_that_is_what_is_said(paths: Paths, simulator: MockServer) -> None:
    values = json.loads(paths.config_file.read_text(encoding="utf-8"))
    async with core(paths) as services:
        known = services.settings.config.provider_configurations
    for name in known:
        values["provider_configurations"].setdefault(name, {})["is_enabled"] = False
    paths.config_file.write_text(json.dumps(values), encoding="utf-8")
    async with core(paths) as services:
        with pytest.raises(LLMError, match=r"No provider is switched on\."):
            await ask(services)
    assert asked(simulator) == 0
