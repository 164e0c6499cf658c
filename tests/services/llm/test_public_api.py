"""The Python API name by name, as programs of others use it: against the simulator, over real HTTP."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from app.paths import Paths, user_paths
from app.services import runtimes
from app.services.llm import (
    LLMError,
    LLMManager,
    LLMService,
    LMStudioConfig,
    LMStudioProvider,
    ModelConfig,
    ModelType,
    ProviderType,
    get_llm_service,
    limits,
)
from app.services.llm.errors import ErrorKind
from app.services.llm.factory import get_llm_service_with_overrides
from app.services.llm.models import ChatRequest, Message
from app.services.llm.stream_events import Finished, Started, TextDelta
from app.services.mock_server import Fault, MockServer, Script
from app.services.shared_database.database import open_shared_database
from tests.fakes.postgres_and_redis import free_port

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[3]
CHAT_MODEL, OTHER_MODEL = "simulated/coder-7b", "simulated/twin-1b"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MockServer]:
    """The simulator as the LM Studio of the environment; no other server is in reach."""
    async with MockServer(Script(ttft=0, tokens_per_second=0, answer="one two three")) as running:
        monkeypatch.setenv("LMSTUDIO_BASE_URL", running.base_url)
        monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
        yield running


@pytest.fixture
def own_paths(private_environment: None) -> Paths:
    """The folders of the environment, as the API uses them."""
    return user_paths()


def last_body(server: MockServer) -> dict[str, Any]:
    """The newest request for an answer."""
    body: dict[str, Any] = next(r.body for r in reversed(server.stats.recorded) if r.path == "/v1/chat/completions")
    return body


# -- the service


async def test_a_service_answers_streams_and_closes(server: MockServer) -> None:
    service = await get_llm_service()
    assert isinstance(service, LLMService)
    assert await service.get_response("Explain quantum computing") == "one two three"
    pieces = [token async for token in service.stream_response("Tell me a story")]
    assert "".join(pieces) == "one two three" and len(pieces) > 1
    await service.aclose()
    async with await get_llm_service(provider="lmstudio", model=OTHER_MODEL) as named:
        assert await named.get_response("Hi", system="Be brief.", temperature=0.1, max_tokens=5)
    body = last_body(server)
    assert (body["model"], body["temperature"], body["max_tokens"]) == (OTHER_MODEL, 0.1, 5)
    assert [m["role"] for m in body["messages"]] == ["system", "user"]


class CodeResponse(BaseModel):
    language: str
    code: str


async def test_an_answer_becomes_an_object_and_the_report_says_how(server: MockServer) -> None:
    async with await get_llm_service() as service:
        found = await service.get_structured_response("Write a hello world function in Python", CodeResponse)
        assert isinstance(found, CodeResponse) and found.language
        report = await service.get_structured_response("Again", CodeResponse, report=True)
    assert (report.value, report.mode, report.repairs) == (found, "schema", 0)


async def test_overrides_tell_the_provider_and_model_they_lead_to(server: MockServer) -> None:
    result = await get_llm_service_with_overrides(provider="lmstudio", model="mistral-7b-instruct")
    assert isinstance(result.service, LLMService)
    assert result.provider == ProviderType.LM_STUDIO == "lm_studio"
    assert {result.provider: 1}[ProviderType.LM_STUDIO] == 1
    assert (str(result.provider), f"{result.provider}", result.model) == ("lmstudio", "lmstudio", "mistral-7b-instruct")
    await result.service.aclose()
    other = await get_llm_service_with_overrides(provider="claude")
    assert (other.provider, str(other.provider), other.model) == (ProviderType.ANTHROPIC, "anthropic", None)
    await other.service.aclose()
    pinned = await get_llm_service_with_overrides(model="ollama:qwen2.5-coder:7b")
    assert (pinned.provider, pinned.model) == (ProviderType.OLLAMA, "qwen2.5-coder:7b")
    await pinned.service.aclose()
    with pytest.raises(LLMError, match="no provider 'skynet'") as caught:
        await get_llm_service_with_overrides(provider="skynet")
    assert caught.value.kind is ErrorKind.CONFIG


async def test_without_names_the_configuration_s_provider_and_model_are_told(
    server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMSTUDIO_MODEL", OTHER_MODEL)
    result = await get_llm_service_with_overrides()
    assert (str(result.provider), result.model) == ("lmstudio", OTHER_MODEL)
    assert await result.service.get_response("Hi") and last_body(server)["model"] == OTHER_MODEL
    await result.service.aclose()


# -- the shared settings row


async def set_row(paths: Paths, url: str | None = None, **fields: Any) -> None:
    async with await open_shared_database(paths, url) as database:
        await database.settings.change(fields)


async def test_the_gateway_s_settings_row_counts_where_there_is_one(
    server: MockServer, own_paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_paths.config.mkdir(parents=True)
    own_paths.config_file.write_text(json.dumps({"default_provider": "ollama", "default_model": "of-the-file"}))
    monkeypatch.setenv("LMSTUDIO_MODEL", "of-the-environment")
    await set_row(own_paths, provider="lmstudio", lmstudio_model=OTHER_MODEL, temperature=0.25, max_tokens=11)
    result = await get_llm_service_with_overrides()
    assert (str(result.provider), result.model) == ("lmstudio", OTHER_MODEL)
    await result.service.aclose()
    async with await get_llm_service() as service:
        await service.get_response("Hi")
        body = last_body(server)
        assert (body["model"], body["temperature"], body["max_tokens"]) == (OTHER_MODEL, 0.25, 11)
        await service.get_response("Hi", temperature=0.9, max_tokens=None)
        body = last_body(server)
        assert body["temperature"] == 0.9 and "max_tokens" not in body
    async with await get_llm_service(model=CHAT_MODEL) as service:
        await service.get_response("Hi")
        assert last_body(server)["model"] == CHAT_MODEL, "what the caller names wins"


async def test_the_environment_wins_over_the_row(
    server: MockServer, own_paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_row(own_paths, provider="ollama", ollama_model="q", lmstudio_model=OTHER_MODEL)
    monkeypatch.setenv("LLM_PROVIDER", "lm_studio")
    async with await get_llm_service() as service:
        await service.get_response("Hi")
    assert last_body(server)["model"] == OTHER_MODEL


async def test_the_row_is_read_from_postgresql_too(
    server: MockServer, own_paths: Paths, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    async with await get_llm_service() as service:
        assert await service.get_response("Hi"), "an empty database, or another program's, has no say"
    await set_row(own_paths, postgres_url, lmstudio_model=OTHER_MODEL)
    async with await get_llm_service() as service:
        await service.get_response("Hi")
    assert last_body(server)["model"] == OTHER_MODEL
    assert not own_paths.gateway_file.exists()


async def test_nothing_is_made_and_nothing_heavy_loaded_where_there_is_no_such_database(
    server: MockServer, own_paths: Paths
) -> None:
    code = (
        "import asyncio, sys\n"
        "from app.services.llm import get_llm_service\n"
        "async def main():\n"
        "    async with await get_llm_service() as service:\n"
        "        print(await service.get_response('Hi'))\n"
        "asyncio.run(main())\n"
        "print('sqlalchemy' in sys.modules)"
    )
    done = await _run(code)
    assert done == ["one two three", "False"]
    assert not own_paths.gateway_file.exists()


async def _run(code: str) -> list[str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        out, err = await child.communicate()
    assert (child.returncode, err.decode()) == (0, "")
    return out.decode().splitlines()


async def test_a_database_that_is_named_and_cannot_be_asked_is_an_error_not_a_guess(
    server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:hidden-pw@127.0.0.1:{free_port()}/d")
    with pytest.raises(LLMError) as caught:
        await get_llm_service()
    assert caught.value.kind is ErrorKind.UNREACHABLE
    assert "hidden-pw" not in str(caught.value) and "DATABASE_URL" in caught.value.hint
    monkeypatch.setenv("DATABASE_URL", "mysql://u:hidden-pw@127.0.0.1/shop")
    async with await get_llm_service() as service:
        assert await service.get_response("Hi"), "it belongs to another program"


# -- one LM Studio server


async def test_the_small_client_of_lm_studio(server: MockServer) -> None:
    config = LMStudioConfig(base_url=server.base_url, default_model=CHAT_MODEL)
    assert (config.max_retries, config.timeout) == (3, 60)
    async with LMStudioProvider(config) as client:
        models = await client.list_models()
        assert all(isinstance(model, ModelConfig) for model in models)
        one = next(model for model in models if model.name == CHAT_MODEL)
        assert (one.provider, one.model_type) == (ProviderType.LM_STUDIO, ModelType.CHAT)
        assert isinstance(one.context_length, int) and "chat" in one.capabilities
        assert (one.is_default, one.is_enabled) == (True, True)
        assert (one.max_tokens, one.temperature, one.cost_per_1k_tokens) == (None, None, None), "unknown, not guessed"
        assert one.metadata["display_name"] and one.metadata["source"] == "lm_studio" and one.metadata["local"] is True
        health = await client.health_check()
        assert health and health.reachable
        raw = await client.fetch_models()
        assert {"id", "object"} <= set(raw[0])
        assert await client.set_current_model(OTHER_MODEL) is True and client.current_model == OTHER_MODEL
        seen: list[tuple[str, str]] = []
        reply = await client.send_message(
            "Hi",
            conversation_history=[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
            on_token=lambda token, full: seen.append((token, full)),
            temperature=0.7,
            max_tokens=2048,
            stream=None,
        )
        assert (reply.content, reply.streaming) == ("one two three", True)
        assert seen[-1][1] == "one two three" and len(seen) > 1
        quiet = await client.send_message("Hi")
        assert (quiet.content, quiet.streaming) == ("one two three", False)
    assert last_body(server)["model"] == OTHER_MODEL


async def test_health_is_false_without_a_server_and_without_a_model(server: MockServer) -> None:
    async with LMStudioProvider(LMStudioConfig(base_url=f"http://127.0.0.1:{free_port()}")) as client:
        assert not await client.health_check()
    server.collection._models.clear()
    async with LMStudioProvider(LMStudioConfig(base_url=server.base_url)) as client:
        health = await client.health_check()
        assert health.reachable and not health


async def test_the_fixed_words_of_the_small_client() -> None:
    config = LMStudioConfig(base_url=f"http://127.0.0.1:{free_port()}", max_retries=0)
    async with LMStudioProvider(config) as client:
        with pytest.raises(LLMError, match=r"^No LM Studio model selected"):
            await client.send_message("Hi")
        with pytest.raises(LLMError, match=r"^Failed to fetch models: "):
            await client.fetch_models()
        await client.set_current_model("m")
        with pytest.raises(LLMError, match=r"^LM Studio request failed: "):
            await client.send_message("Hi")


async def test_a_message_is_sent_again_before_the_first_token_and_never_after_it(
    server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BACKOFF_FIRST_S", 0.01)
    server.script.fault, server.script.fault_times = Fault.SERVER_ERROR, 3
    async with LMStudioProvider(LMStudioConfig(base_url=server.base_url, default_model=CHAT_MODEL)) as client:
        assert (await client.send_message("Hi")).content == "one two three"
        assert asked(server) == 4, "three times after the first"
        server.script.fault, server.script.fault_times = Fault.SERVER_ERROR, None
        with pytest.raises(LLMError, match=r"^LM Studio request failed: "):
            await client.send_message("Hi")
        assert asked(server) == 8
        server.script.fault = Fault.ERROR_MID
        seen: list[str] = []
        with pytest.raises(LLMError, match=r"^LM Studio request failed: "):
            await client.send_message("Hi", on_token=lambda token, full: seen.append(full))
        assert seen and asked(server) == 9


def asked(server: MockServer) -> int:
    return sum(request.path == "/v1/chat/completions" for request in server.stats.recorded)


# -- all providers


async def test_the_manager_lists_and_streams(server: MockServer) -> None:
    manager = LLMManager.from_config()
    assert {"lm_studio", "ollama", "openai"} <= set(manager.providers)
    assert CHAT_MODEL in [model.name for model in await manager.list_models()]
    request = ChatRequest(model=CHAT_MODEL, messages=(Message(role="user", content="Hi"),))
    events = [event async for event in manager.stream(request)]
    assert isinstance(events[0], Started) and isinstance(events[-1], Finished)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "one two three"
    await manager.aclose()
    async with LLMManager.from_config() as again:
        assert again.providers


@pytest.mark.parametrize(
    ("spelling", "member"),
    [
        ("lmstudio", ProviderType.LM_STUDIO),
        ("lm-studio", ProviderType.LM_STUDIO),
        ("claude", ProviderType.ANTHROPIC),
        ("google", ProviderType.GOOGLE_GEMINI),
        ("gemini", ProviderType.GOOGLE_GEMINI),
        ("mock", ProviderType.MOCK),
    ],
)
def test_the_enum_understands_every_alias(spelling: str, member: ProviderType) -> None:
    assert ProviderType(spelling) is member
    names = ("OPENAI", "GOOGLE", "GOOGLE_GEMINI", "CLAUDE", "ANTHROPIC", "OLLAMA", "LM_STUDIO")
    assert all(hasattr(ProviderType, name) for name in names)
    assert ProviderType.CLAUDE is ProviderType.ANTHROPIC and ProviderType.GOOGLE is ProviderType.GOOGLE_GEMINI


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (
            LMStudioProvider.send_message,
            ["text", "conversation_history", "on_token", "temperature", "max_tokens", "stream"],
        ),
        (get_llm_service_with_overrides, ["provider", "model"]),
        (get_llm_service, ["provider", "model"]),
        (LMStudioProvider.set_current_model, ["model"]),
        (runtimes.check_model_exists, ["backend", "model"]),
        (runtimes.pull_model_with_progress, ["backend", "model", "on_progress"]),
        (runtimes.load_model, ["backend", "model"]),
        (runtimes.check_model_loaded, ["backend", "model"]),
    ],
)
def test_arguments_can_be_given_by_position(call: Any, names: list[str]) -> None:
    kinds = inspect.Parameter
    positional = [p.name for p in inspect.signature(call).parameters.values() if p.kind is kinds.POSITIONAL_OR_KEYWORD]
    assert [name for name in positional if name != "self"][: len(names)] == names


# -- programs that run models


async def test_the_runtimes_by_their_names(server: MockServer) -> None:
    from app.services.runtimes import (
        backend_url,
        check_backend_installed,
        check_backend_running,
        check_model_exists,
        check_model_loaded,
        load_model,
        pull_model_with_progress,
        start_backend,
    )

    assert backend_url("lm_studio") == f"{server.base_url}/v1"
    assert backend_url("ollama") == "http://127.0.0.1:9"
    assert isinstance(await check_backend_installed("lm_studio"), bool)
    assert await check_backend_running("lm_studio") and not await check_backend_running("ollama")
    assert await start_backend("lm_studio") == f"{server.base_url}/v1"
    assert await check_model_exists("lm_studio", CHAT_MODEL)
    assert not await check_model_exists("lm_studio", "nobody/nothing")
    looks: list[Any] = []
    await pull_model_with_progress("lm_studio", "a/new-one", looks.append)
    assert looks and looks[-1].total_bytes
    assert (await load_model("lm_studio", "simulated/new-one")).instance_id
    assert await check_model_loaded("lm_studio", "simulated/new-one")
    assert not await check_model_exists("lm_studio", "b/other")


# -- what it writes into logs


async def test_debug_shows_each_call_without_key_or_text(server: MockServer, caplog: pytest.LogCaptureFixture) -> None:
    config = LMStudioConfig(base_url=server.base_url, default_model=CHAT_MODEL)
    with caplog.at_level(logging.DEBUG, logger="app"):
        async with LMStudioProvider(config, key="the-key-of-this-server") as client:
            await client.send_message("a very private question")
    ours = [record for record in caplog.records if record.name.startswith("app.")]
    calls = [record.getMessage() for record in ours if "/v1/chat/completions" in record.getMessage()]
    assert len(calls) == 1
    assert "POST 127.0.0.1:" in calls[0] and ": 200, " in calls[0] and "bytes out" in calls[0]
    assert all(record.name.startswith("app.services.llm") for record in ours)
    for secret in ("the-key-of-this-server", "private question", "one two three"):
        assert secret not in caplog.text


# -- wrong calls


class Pair(BaseModel):
    one: str
    two: str


async def test_an_argument_that_nobody_would_look_at_is_refused(server: MockServer) -> None:
    async with await get_llm_service() as service:
        for call in (service.get_response, service.get_structured_response):
            wrong: Any = call
            with pytest.raises(TypeError, match="unexpected arguments: model, temprature"):
                await wrong("Hi", *([Pair] if call == service.get_structured_response else []), model="x", temprature=1)
        with pytest.raises(TypeError, match="texts"):
            await service.get_response(None)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="unexpected arguments: stop_at"):
            async for _piece in service.stream_response("Hi", stop_at="x"):
                pytest.fail("nothing is asked")
    assert not [one for one in server.stats.recorded if one.path.endswith("/chat/completions")]
