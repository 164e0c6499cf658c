"""Choosing, retrying and falling back, against real servers on loopback."""

from __future__ import annotations

import asyncio

import pytest

from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.llm_manager import LLMManager, Resolved
from app.services.llm.models import ChatRequest, Message, SamplingParameters
from app.services.llm.network_log import NetworkLog
from app.services.llm.stream_events import Finished, PassedOver, Started, TextDelta
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from app.services.settings.schema import AppConfig
from app.services.terminal_command import in_terminal

pytestmark = pytest.mark.anyio


@pytest.fixture
def simulator(simulator: MockServer) -> MockServer:
    simulator.script.ttft = 0.0
    simulator.script.tokens_per_second = 5_000.0
    simulator.script.answer = "one two three"
    return simulator


CLOSED = "http://127.0.0.1:9"


def config(**providers: dict[str, object]) -> AppConfig:
    return AppConfig.model_validate({"default_provider": next(iter(providers)), "provider_configurations": providers})


def asked(model: str = "") -> ChatRequest:
    return ChatRequest(model=model, messages=(Message(role="user", content="hi"),))


async def collect(manager: LLMManager, request: ChatRequest, provider: str | None = None) -> list[object]:
    return [event async for event in manager.stream(request, provider)]


def text_of(events: list[object]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta))


async def test_no_model_means_the_loaded_one_and_start_names_it(simulator: MockServer) -> None:
    async with LLMManager(config(lm_studio={"base_url": simulator.base_url})) as manager:
        events = await collect(manager, asked("local-model"))
    assert isinstance(events[0], Started)
    assert events[0].model.startswith("simulated/")
    assert events[0].simulated
    assert isinstance(events[-1], Finished)
    assert text_of(events) == "one two three"


async def test_no_model_means_the_one_used_last_when_it_is_still_there(simulator: MockServer) -> None:
    async def last(_provider: str) -> str:
        return listed[-1].name

    async with LLMManager(config(lm_studio={"base_url": simulator.base_url}), last_used_model=last) as manager:
        listed = [m for m in await manager.list_models("lm_studio") if m.model_type == "chat"]
        resolved = await manager.resolve(None, None)
        assert resolved.model == listed[-1].name
        listed = [listed[0].model_copy(update={"name": "gone-since"})]
        assert (await manager.resolve(None, None)).model != "gone-since"


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        (None, "lm_studio:qwen/qwen3-4b", ("lm_studio", "qwen/qwen3-4b")),
        (None, "lmstudio:m", ("lm_studio", "m")),
        (None, "qwen2.5-coder:7b", ("lm_studio", "qwen2.5-coder:7b")),
        ("lm_studio", "ollama:latest", ("lm_studio", "ollama:latest")),
        (None, "box:llama", ("box", "llama")),
    ],
)
async def test_only_a_known_provider_before_the_first_colon_counts(
    provider: str | None, model: str, expected: tuple[str, str]
) -> None:
    settings = config(lm_studio={"base_url": CLOSED}, box={"type": "openai_compatible", "base_url": CLOSED})
    async with LLMManager(settings) as manager:
        resolved = await manager.resolve(provider, model)
    assert (resolved.provider, resolved.model) == expected


async def test_an_unknown_provider_is_a_configuration_error() -> None:
    async with LLMManager(config(lm_studio={"base_url": CLOSED})) as manager:
        with pytest.raises(LLMError) as caught:
            await collect(manager, asked("m"), "nonsense")
    assert caught.value.kind == "config"


async def test_a_server_without_an_address_is_told_with_the_name_of_the_setting() -> None:
    async with LLMManager(config(box={"type": "openai_compatible"})) as manager:
        for work in (manager.list_models("box"), manager.resolve("box", "m")):
            with pytest.raises(LLMError) as caught:
                await work
            assert caught.value.kind == "config"
            assert "provider_configurations.box.base_url" in caught.value.message


async def test_A12_a_refused_connection_is_retried_and_then_told() -> None:
    async with LLMManager(config(lm_studio={"base_url": CLOSED, "max_retries": 1})) as manager:
        with pytest.raises(LLMError) as caught:
            await collect(manager, asked("m"), "lm_studio")
    assert caught.value.kind == "not_running"
    assert caught.value.message == "LM Studio server not running."


async def test_A12_a_passing_fault_is_retried_before_the_first_token(simulator: MockServer) -> None:
    simulator.script.fault = Fault.SERVER_ERROR
    simulator.script.fault_times = 2
    async with LLMManager(config(lm_studio={"base_url": simulator.base_url, "max_retries": 2})) as manager:
        events = await collect(manager, asked("simulated/coder-7b"), "lm_studio")
    assert text_of(events) == "one two three"
    assert sum(isinstance(e, Started) for e in events) == 1


async def test_A12_a_bad_request_is_not_repeated(simulator: MockServer) -> None:
    simulator.script.fault = Fault.BAD_REQUEST
    async with LLMManager(config(lm_studio={"base_url": simulator.base_url, "max_retries": 3})) as manager:
        with pytest.raises(LLMError) as caught:
            await collect(manager, asked("simulated/coder-7b"), "lm_studio")
    assert caught.value.kind == "bad_request"
    generations = [r for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    assert len(generations) == 1


async def test_A12_nothing_is_retried_after_the_first_token(simulator: MockServer) -> None:
    simulator.script.answer = "word " * 50
    simulator.script.fault = Fault.NO_FINISH
    simulator.script.fault_after_tokens = 5
    async with LLMManager(config(lm_studio={"base_url": simulator.base_url, "max_retries": 3})) as manager:
        events: list[object] = []
        with pytest.raises(LLMError) as caught:
            async for event in manager.stream(asked("simulated/coder-7b"), "lm_studio"):
                events.append(event)
    assert caught.value.kind == "interrupted"
    assert text_of(events)
    generations = [r for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    assert len(generations) == 1


async def test_A12_a_long_retry_after_is_told_not_slept(simulator: MockServer) -> None:
    simulator.script.fault = Fault.RATE_LIMITED
    simulator.script.retry_after = "90"
    async with LLMManager(config(lm_studio={"base_url": simulator.base_url, "max_retries": 3})) as manager:
        async with asyncio.timeout(3):
            with pytest.raises(LLMError) as caught:
                await collect(manager, asked("simulated/coder-7b"), "lm_studio")
    assert caught.value.kind == "rate_limited"
    assert caught.value.retry_after_s == 90


async def test_a_chosen_model_is_never_swapped_for_another_provider(simulator: MockServer) -> None:
    settings = config(
        lm_studio={"base_url": CLOSED, "max_retries": 0, "priority": 5},
        box={"type": "openai_compatible", "base_url": simulator.base_url, "priority": 6, "is_enabled": True},
    )
    async with LLMManager(settings) as manager:
        with pytest.raises(LLMError) as caught:
            await collect(manager, asked("m"), "lm_studio")
    assert caught.value.kind == "not_running"
    assert not [r for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]


async def test_auto_goes_on_to_the_next_provider_before_the_first_token(simulator: MockServer) -> None:
    settings = config(
        lm_studio={"base_url": CLOSED, "max_retries": 0, "priority": 5},
        box={"type": "openai_compatible", "base_url": simulator.base_url, "priority": 6, "is_enabled": True},
    )
    async with LLMManager(settings) as manager:
        events = await collect(manager, asked("auto"))
    assert text_of(events) == "one two three"
    assert [e.provider for e in events if isinstance(e, Started)][-1] == "box"
    (passed,) = [e for e in events if isinstance(e, PassedOver)]
    assert (passed.provider, passed.kind) == ("lm_studio", "not_running")
    assert events.index(passed) == 0, "it is told before the next one is asked"


async def test_auto_leaves_out_what_a_local_server_passes_on_to_the_cloud(simulator: MockServer) -> None:
    """Ollama lists models of its cloud beside its own."""
    settings = config(lm_studio={"base_url": simulator.base_url})
    async with LLMManager(settings) as manager:
        coder = next(m for m in await manager.list_models("lm_studio") if m.name == "simulated/coder-7b")
        away = coder.model_copy(update={"metadata": {**coder.metadata, "local": False}})
        manager.find_model = lambda _provider, model: away if model == coder.name else None

        async def request_for(found: Resolved) -> ChatRequest:
            return asked(found.model)

        choices = [("lm_studio", coder.name), ("lm_studio", "simulated/writer-13b")]
        events = [event async for event in manager.stream_first_of(choices, request_for)]
        assert [e.model for e in events if isinstance(e, Started)] == ["simulated/writer-13b"]
        with pytest.raises(LLMError) as caught:
            _ = [event async for event in manager.stream_first_of(choices[:1], request_for)]
    assert caught.value.kind == "config" and "may not use the cloud" in caught.value.message


async def test_auto_never_goes_from_a_local_to_a_cloud_provider_unasked() -> None:
    log = NetworkLog()

    async def key(provider: object) -> object:
        from pydantic import SecretStr

        return SecretStr("sk-test")

    settings = config(lm_studio={"base_url": CLOSED, "max_retries": 0}, openai={"base_url": "http://127.0.0.1:11"})
    door = HttpDoor(network_log=log)
    async with LLMManager(settings, door=door, key_source=key) as manager:  # type: ignore[arg-type]  # one for all
        with pytest.raises(LLMError) as caught:
            await collect(manager, asked("auto"))
        assert caught.value.provider == "lm_studio"
    await door.aclose()
    assert {entry.port for entry in log.entries} == {9}, "the cloud provider was not even asked for its models"


@pytest.mark.parametrize("model", ["", "gpt-5", "auto"])
async def test_without_its_key_a_service_is_not_contacted_and_the_error_says_how_to_enter_it(model: str) -> None:
    log = NetworkLog()
    door = HttpDoor(network_log=log)
    settings = config(openai={"base_url": "http://127.0.0.1:9/v1", "is_enabled": True})
    async with LLMManager(settings, door=door) as manager:
        events: list[object] = []
        with pytest.raises(LLMError) as caught:
            async for event in manager.stream(asked(model), None if model == "auto" else "openai"):
                events.append(event)
        with pytest.raises(LLMError) as listed:
            await manager.list_models("openai")
        with pytest.raises(LLMError) as streamed:  # also where a script uses the provider itself
            async for event in manager.provider("openai").stream(asked("gpt-5")):
                events.append(event)
    await door.aclose()
    for error in (caught.value, listed.value, streamed.value):
        assert (error.kind, error.message, error.provider) == ("auth", "No key for OpenAI.", "openai")
        assert in_terminal("key set openai") in error.hint
        assert "OPENAI_API_KEY" not in error.hint, "that variable goes to OpenAI's own host only"
    assert not events
    assert not log.entries


async def test_a_key_store_that_fails_is_the_first_reason_for_a_missing_key() -> None:
    async def locked(_provider: object) -> None:
        raise LLMError("config", "The system's key store is locked.", "Unlock it.")

    async with LLMManager(config(openai={}), key_source=locked) as manager:
        with pytest.raises(LLMError) as caught:
            await manager.resolve("openai", "gpt-5")
    assert caught.value.kind == "auth"
    assert caught.value.hint.startswith("The system's key store is locked. Unlock it. ")
    assert "OPENAI_API_KEY" in caught.value.hint


async def test_a_provider_that_needs_a_key_is_off_without_one() -> None:
    settings = config(lm_studio={"base_url": CLOSED}, openai={"base_url": CLOSED})
    async with LLMManager(settings) as manager:
        assert [p.instance_id for p in await manager.enabled()] == ["lm_studio"]


async def test_a_changed_configuration_keeps_providers_that_did_not_change() -> None:
    async with LLMManager(config(lm_studio={"base_url": CLOSED}, ollama={"base_url": CLOSED})) as manager:
        before = dict(manager.providers)
        manager.configure(config(lm_studio={"base_url": CLOSED, "timeout": 7}, ollama={"base_url": CLOSED}))
        assert manager.providers["ollama"] is before["ollama"]
        assert manager.providers["lm_studio"] is not before["lm_studio"]
        assert manager.providers["lm_studio"].config.timeout == 7


async def test_what_a_second_try_left_out_is_told_although_the_first_one_began(simulator: MockServer) -> None:
    simulator.script.refused_fields = ["temperature"]
    simulator.script.fault, simulator.script.fault_times = Fault.SERVER_ERROR, 1
    request = asked().model_copy(update={"parameters": SamplingParameters(temperature=0.5)})
    async with LLMManager(config(lm_studio={"base_url": simulator.base_url, "max_retries": 1})) as manager:
        events = await collect(manager, request)
    assert [e.left_out for e in events if isinstance(e, Started)] == [(), ("temperature",)]
    assert text_of(events) == "one two three"
