"""LM Studio's lists in three generations, its token, and the small client for scripts."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.models import Message, ModelConfig, ModelState, ModelType
from app.services.llm.network_log import NetworkLog
from app.services.llm.providers.lm_studio import LMStudioConfig, LMStudioProvider
from app.services.llm.registry import find
from app.services.mock_server import MockServer
from tests.fakes.raw_http import RawServer, Reply, answer, cut, delta, events, head, raw, refused_port, stall, stream

pytestmark = pytest.mark.anyio

V1: dict[str, Any] = {"models": [
    {"type": "llm", "publisher": "qwen", "key": "qwen/qwen3-4b-2507", "display_name": "Qwen3 4B 2507", "architecture": "qwen3",
     "quantization": {"name": "Q4_K_M", "bits_per_weight": 4}, "size_bytes": 2497281120, "params_string": "4B",
     "loaded_instances": [{"id": "qwen/qwen3-4b-2507", "config": {"context_length": 16384}}, {"id": "qwen/qwen3-4b-2507:2", "config": {}}],
     "max_context_length": 262144, "format": "gguf",
     "capabilities": {"vision": True, "trained_for_tool_use": True, "reasoning": {"allowed_options": ["off", "on"], "default": "on"}}},
    {"type": "embedding", "key": "text-embedding-nomic-embed-text-v1.5", "display_name": "Nomic Embed Text v1.5",
     "quantization": None, "size_bytes": 274290560, "params_string": None, "loaded_instances": [], "max_context_length": 2048},
    {"type": "llm", "key": "local-foo-bar", "loaded_instances": None, "capabilities": None, "quantization": "4bit", "size_bytes": -1},
    {"type": "imageGen", "key": "flux"}, {"type": "llm"}, {"type": "llm", "key": 7}, {"type": "llm", "key": "x" * 5000}, "junk", None,
]}  # fmt: skip
V0 = {"object": "list", "data": [
    {"id": "qwen2.5-coder-7b-instruct", "object": "model", "type": "llm", "arch": "qwen2", "compatibility_type": "gguf",
     "quantization": "Q4_K_M", "state": "loaded", "max_context_length": 32768, "loaded_context_length": 16384, "capabilities": ["tool_use"]},
    {"id": "eye", "type": "vlm", "state": "not-loaded"}, {"id": "e", "type": "embeddings", "state": "loading"},
]}  # fmt: skip
OPENAI = {"object": "list", "data": [
    {"id": "qwen/qwen3-4b-2507", "object": "model", "owned_by": "organization_owner"},
    {"id": "text-embedding-nomic-embed-text-v1.5", "object": "model"}, {"id": "qwen/qwen3-4b-2507"},
]}  # fmt: skip
CATCH_ALL = answer({"error": "Unexpected endpoint or method. (GET /api/v1/models)"})
HELLO = stream(events(delta("Hel"), delta("lo"), delta(finish="stop")))


async def listed(routes: dict[str, Reply], default: Reply = CATCH_ALL, **options: Any) -> list[ModelConfig]:
    async with RawServer(default, routes) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url), **options) as provider:
            async with asyncio.timeout(5):
                return await provider.list_models()


async def test_the_newest_list_tells_kind_state_window_quantization_and_names() -> None:
    models = await listed({"/api/v1/models": answer(V1), "/api/v0/models": answer(V0), "/v1/models": answer(OPENAI)})
    assert [model.name for model in models] == [
        "qwen/qwen3-4b-2507", "text-embedding-nomic-embed-text-v1.5", "local-foo-bar",
    ]  # fmt: skip
    first, embedding, bare = models
    assert first.provider == "lm_studio" and first.model_type is ModelType.CHAT and first.state is ModelState.LOADED
    assert (first.context_length, first.loaded_context_length) == (262144, 16384)
    assert (first.quantization, first.size_bytes, first.parameters) == ("Q4_K_M", 2497281120, "4B")
    assert first.capabilities == ("chat", "completion", "tools", "vision", "thinking")
    assert first.display_name == "Qwen3 4B 2507" and first.local and not first.simulated
    assert first.metadata["source"] == "lm_studio"
    assert [one["id"] for one in first.metadata["instances"]] == ["qwen/qwen3-4b-2507", "qwen/qwen3-4b-2507:2"]
    assert embedding.model_type is ModelType.EMBEDDING and embedding.capabilities == ("embedding",)
    assert embedding.state is ModelState.NOT_LOADED and embedding.quantization is None
    assert bare.display_name == "Foo Bar" and bare.size_bytes is None and bare.context_length is None
    assert bare.max_tokens is None and bare.temperature is None and bare.cost_per_1k_tokens is None


async def test_an_older_server_is_asked_the_older_way() -> None:
    models = await listed({"/api/v0/models": answer(V0), "/v1/models": answer(OPENAI)})
    assert [(m.name, m.state, m.model_type) for m in models] == [
        ("qwen2.5-coder-7b-instruct", ModelState.LOADED, ModelType.CHAT),
        ("eye", ModelState.NOT_LOADED, ModelType.CHAT),
        ("e", ModelState.LOADING, ModelType.EMBEDDING),
    ]
    assert (models[0].context_length, models[0].loaded_context_length) == (32768, 16384)
    assert models[0].display_name == "Qwen2.5 Coder 7B Instruct" and "vision" in models[1].capabilities


async def test_any_server_with_the_openai_list_alone_is_understood() -> None:
    models = await listed({"/v1/models": answer(OPENAI)}, answer("Not Found", 404))
    assert [(m.name, m.model_type, m.state) for m in models] == [
        ("qwen/qwen3-4b-2507", ModelType.CHAT, ModelState.UNKNOWN),
        ("text-embedding-nomic-embed-text-v1.5", ModelType.EMBEDDING, ModelState.UNKNOWN),
    ]


@pytest.mark.parametrize(
    "typed", ["{origin}", "{origin}/", "{origin}/v1", "{origin}/v1/", "{origin}/api/v0", "{origin}/api/v1", "{bare}"]
)
async def test_the_lists_are_found_however_the_address_was_typed(typed: str) -> None:
    async with RawServer(CATCH_ALL, {"/api/v1/models": answer(V1)}) as server:
        address = typed.format(origin=server.url, bare=server.url.removeprefix("http://"))
        async with LMStudioProvider(LMStudioConfig(base_url=address)) as provider:
            assert len(await provider.list_models()) == 3
            assert provider.base_url == f"{server.url}/v1"


@pytest.mark.parametrize(
    "default, kind",
    [
        (answer({"error": {"message": "An LM Studio API token is required", "code": "invalid_api_key"}}, 401), ErrorKind.AUTH),
        (answer("<html><title>Login</title>", content_type="text/html"), ErrorKind.PROTOCOL),
        (answer("boom", 500), ErrorKind.SERVER_ERROR),
        (answer({"data": "x"}), ErrorKind.PROTOCOL),
        (CATCH_ALL, ErrorKind.UNSUPPORTED),
        (raw(b""), ErrorKind.INTERRUPTED),
    ],
)  # fmt: skip
async def test_a_list_that_cannot_be_had_is_one_error_of_the_right_kind(default: Reply, kind: ErrorKind) -> None:
    with pytest.raises(LLMError) as caught:
        await listed({}, default)
    assert caught.value.kind is kind and caught.value.provider == "lm_studio"


async def test_C2_the_token_is_sent_and_never_shown() -> None:
    token = "sk-lm-canary12:0123456789abcdefghij"
    echo = answer({"error": {"message": f"Malformed LM Studio API token provided: {token}"}}, 401)
    async with RawServer(echo) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url), key=token) as provider:
            with pytest.raises(LLMError) as caught:
                await provider.list_models()
            health = await provider.health_check()
    assert server.requests[0].headers["authorization"] == f"Bearer {token}"
    shown = (
        f"{caught.value!r}{caught.value}{caught.value.details}{health!r}{provider!r}{provider.config!r}{provider.key!r}"
    )
    assert "canary" not in shown and "0123456789" not in shown


async def test_health_is_true_with_a_model_and_false_with_a_reason_otherwise() -> None:
    async with RawServer(CATCH_ALL, {"/api/v1/models": answer(V1, X_Simulated="1")}) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            good = await provider.health_check()
    assert good and good.model_count == 2 and good.latency_ms is not None and good.simulated
    async with RawServer(CATCH_ALL, {"/api/v1/models": answer({"models": []})}) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            empty = await provider.health_check()
    assert empty.reachable and not empty
    async with LMStudioProvider(LMStudioConfig(base_url=f"127.0.0.1:{refused_port()}")) as provider:
        down = await provider.health_check()
    assert not down and down.error_kind == "not_running" and down.message == "LM Studio server not running."


async def test_the_list_waits_no_longer_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(stall()) as server, LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
        with pytest.raises(LLMError) as caught:
            await provider.get_json(f"{provider.base_url}/models", purpose="models", timeout_s=0.05)
    assert caught.value.kind is ErrorKind.TIMEOUT
    assert caught.value.message == "LM Studio did not answer within 0.05 s."


async def test_raw_models_are_the_dicts_of_data() -> None:
    async with RawServer(answer(OPENAI)) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            assert await provider.fetch_models() == OPENAI["data"]
    async with LMStudioProvider(LMStudioConfig(base_url=f"127.0.0.1:{refused_port()}")) as provider:
        with pytest.raises(LLMError) as caught:
            await provider.fetch_models()
    assert caught.value.message == "Failed to fetch models: LM Studio server not running."
    assert caught.value.kind is ErrorKind.NOT_RUNNING


async def test_a_message_without_a_model_is_refused_in_fixed_words() -> None:
    async with LMStudioProvider() as provider:
        assert provider.config.max_retries == 3 and provider.config.timeout == 60
        assert provider.current_model is None
        with pytest.raises(LLMError) as caught:
            await provider.send_message("hi")
        assert not await provider.set_current_model(" ")
    assert caught.value.message.startswith("No LM Studio model selected") and caught.value.kind is ErrorKind.CONFIG


async def test_a_message_is_answered_token_by_token_when_asked_for() -> None:
    seen: list[tuple[str, str]] = []
    async with RawServer(HELLO) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url, default_model="m")) as provider:
            reply = await provider.send_message(
                "Hi",
                conversation_history=[{"role": "user", "content": "a"}, Message(role="assistant", content="b")],
                on_token=lambda token, full: seen.append((token, full)),
                temperature=0.7,
                max_tokens=2048,
            )
            quiet = await provider.send_message("Hi")
            assert await provider.set_current_model("other") is True and provider.current_model == "other"
            once = await provider.send_message(
                "Hi", on_token=lambda token, full: seen.append((token, full)), stream=False
            )
    assert (reply.content, reply.streaming) == ("Hello", True)
    assert (quiet.content, quiet.streaming) == ("Hello", False) and not once.streaming
    assert seen == [("Hel", "Hel"), ("lo", "Hello"), ("Hello", "Hello")]
    body = server.requests[0].json
    assert [m["content"] for m in body["messages"]] == ["a", "b", "Hi"]
    assert (body["temperature"], body["max_tokens"], body["model"]) == (0.7, 2048, "m")
    assert server.requests[2].json["model"] == "other" and "temperature" not in server.requests[1].json


async def test_a_failed_message_begins_with_its_fixed_words() -> None:
    whole = head(200, "text/event-stream", length=10_000) + events(delta("x"), done=False)
    async with RawServer(cut(whole, len(whole))) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url, default_model="m")) as provider:
            with pytest.raises(LLMError) as caught:
                await provider.send_message("hi")
    assert caught.value.message.startswith("LM Studio request failed: ") and caught.value.kind is ErrorKind.INTERRUPTED


async def test_two_servers_live_side_by_side_and_every_request_is_logged() -> None:
    log = NetworkLog()
    door = HttpDoor(network_log=log)
    async with RawServer(CATCH_ALL, {"/api/v1/models": answer(V1)}) as one, RawServer(answer("", 500)) as two:
        first = LMStudioProvider(LMStudioConfig(base_url=one.url), door=door)
        second = LMStudioProvider(LMStudioConfig(base_url=two.url, name="Attic"), door=door, instance_id="attic")
        assert len(await first.list_models()) == 3
        with pytest.raises(LLMError) as caught:
            await second.list_models()
    assert caught.value.message == "Attic failed while answering." and caught.value.provider == "attic"
    assert [(e.port, e.status, e.purpose) for e in log.entries] == [
        (one.port, 200, "models"),
        (two.port, 500, "models"),
    ]
    assert first.server("http://x/").name == "LM Studio"


async def test_a_bad_address_is_a_config_error_when_it_is_used() -> None:
    async with LMStudioProvider(LMStudioConfig(base_url="http://user:pass@localhost")) as provider:
        health = await provider.health_check()
    assert health.error_kind == "config"


def test_every_spelling_finds_the_provider() -> None:
    assert {find(name) for name in ("lm_studio", "lmstudio", "LM-Studio")} == {LMStudioProvider}


@pytest.mark.parametrize(
    ("options", "choices"),
    [
        (None, ()),
        ([], ()),
        (["off", "on"], ("off",)),
        (["low", "medium", "high"], ("low", "medium", "high")),
        (["off", "on", "low", "high", "of_tomorrow"], ("off", "low", "high")),
    ],
)
async def test_how_a_model_s_thinking_can_be_switched_is_what_its_list_says(
    options: list[str] | None, choices: tuple[str, ...]
) -> None:
    metadata = {} if options is None else {"reasoning_options": options}
    model = ModelConfig(name="m", provider="lm_studio", capabilities=("chat", "thinking"), metadata=metadata)
    async with LMStudioProvider(LMStudioConfig()) as provider:
        assert provider.effort_choices(model) == choices


async def test_a_coroutine_for_tokens_is_refused_instead_of_being_lost(simulator: MockServer) -> None:
    async def on_token(_token: str, _full: str) -> None:
        pytest.fail("nobody would await it")

    async with LMStudioProvider(LMStudioConfig(base_url=simulator.base_url, default_model="simulated/coder-7b")) as one:
        with pytest.raises(TypeError, match="plain function"):
            await one.send_message("Hi", on_token=on_token)  # type: ignore[arg-type]
