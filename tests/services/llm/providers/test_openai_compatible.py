"""OpenAI itself and every server that speaks like it."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, Message, ModelState, ModelType
from app.services.llm.providers.mock import MockProvider
from app.services.llm.providers.openai import OpenAIConfig, OpenAIProvider
from app.services.llm.providers.openai_compatible import OpenAICompatibleConfig, OpenAICompatibleProvider
from app.services.llm.registry import find
from app.services.llm.stream_events import Finished, Started, TextDelta
from tests.fakes.raw_http import RawServer, answer, delta, events, stream

pytestmark = pytest.mark.anyio

LLAMA_CPP = {"object": "list", "data": [{"id": "tiny.gguf", "owned_by": "llamacpp",
             "meta": {"n_ctx": 4096, "n_ctx_train": 32768, "size": 1000}}]}  # fmt: skip
VLLM = {"object": "list", "data": [{"id": "Qwen/Qwen3-8B", "owned_by": "vllm", "max_model_len": 40960}]}
OPENROUTER = {"data": [{"id": "x/y", "name": "X: Y", "context_length": 131072, "pricing": {"prompt": "0.000001"},
              "supported_parameters": ["tools", "reasoning"], "architecture": {"input_modalities": ["text", "image"]}}]}  # fmt: skip


def provider(url: str, instance_id: str = "attic") -> OpenAICompatibleProvider:
    return OpenAICompatibleProvider(OpenAICompatibleConfig(base_url=url, name="Attic"), instance_id=instance_id)


async def test_llama_server_tells_the_window_that_runs_and_the_one_it_was_trained_for() -> None:
    async with RawServer(answer("", 404), {"/v1/models": answer(LLAMA_CPP)}) as server, provider(server.url) as attic:
        (model,) = await attic.list_models()
    assert (model.provider, model.context_length, model.loaded_context_length) == ("attic", 32768, 4096)
    assert (
        model.state is ModelState.LOADED and model.display_name == "Tiny" and model.local and model.size_bytes == 1000
    )


async def test_vllm_and_openrouter_tell_what_they_know() -> None:
    async with RawServer(answer(VLLM)) as server, provider(server.url) as attic:
        (model,) = await attic.list_models()
    assert (model.context_length, model.state) == (40960, ModelState.LOADED)
    async with RawServer(answer(OPENROUTER)) as server, provider(server.url) as attic:
        (model,) = await attic.list_models()
    assert model.display_name == "X: Y" and model.context_length == 131072 and model.state is ModelState.UNKNOWN
    assert model.capabilities == ("chat", "tools", "vision", "thinking") and model.cost_per_1k_tokens is None


@pytest.mark.parametrize("typed", ["", "/", "/v1", "/proxy", "/proxy/v1"])
@pytest.mark.parametrize("root", ["", "/v1", "/proxy", "/proxy/v1"])
async def test_the_address_works_with_and_without_v1(typed: str, root: str) -> None:
    same = {typed.rstrip("/").removesuffix("/v1")} == {root.removesuffix("/v1")}
    if not same:
        return
    routes = {f"{root}/models": answer(VLLM), f"{root}/chat/completions": stream(events(delta("x", finish="stop")))}
    async with RawServer(answer("Not Found", 404), routes) as server, provider(server.url + typed) as attic:
        assert [model.name for model in await attic.list_models()] == ["Qwen/Qwen3-8B"]
        found = [event async for event in attic.stream(ChatRequest(model="m", messages=()))]
    assert TextDelta("x") in found, "the chat goes where the list was found"


async def test_the_error_of_the_typed_address_is_the_one_shown() -> None:
    async with RawServer(answer("<html>", content_type="text/html")) as server, provider(server.url) as attic:
        with pytest.raises(LLMError) as caught:
            await attic.list_models()
    assert caught.value.kind is ErrorKind.PROTOCOL
    assert caught.value.message == "Attic sent something that is not an answer."
    assert f"{server.url}/v1/models" in caught.value.details


async def test_a_refused_key_is_not_tried_elsewhere() -> None:
    async with RawServer(answer({"error": {"message": "no", "type": "authentication_error"}}, 401)) as server:
        async with provider(server.url) as attic:
            with pytest.raises(LLMError) as caught:
                await attic.list_models()
    assert caught.value.kind is ErrorKind.AUTH and len(server.requests) == 1


async def test_locality_is_a_matter_of_the_address() -> None:
    for url, local in (
        ("http://127.0.0.1:8080", True),
        ("http://192.168.1.7:8000", True),
        ("gpu-box:8000", True),
        ("https://openrouter.ai/api/v1", False),
    ):
        async with provider(url) as attic:
            assert attic.capabilities.local is local
            assert attic.first_token_timeout_s == (600 if local else 300)
    assert OpenAICompatibleProvider.capabilities.local is False
    async with provider("https://openrouter.ai/api/v1/") as attic:
        assert attic.base_url == "https://openrouter.ai/api/v1"


async def test_a_server_without_an_address_is_a_config_error_when_it_is_used() -> None:
    async with provider("") as attic:
        health = await attic.health_check()
    assert health.error_kind == "config"


async def test_openai_lists_its_chat_models_and_its_embeddings_only() -> None:
    ids = [
        "gpt-6-sol",
        "tts-1",
        "text-embedding-3-small",
        "gpt-image-2",
        "whisper-1",
        "o3",
        None,
        "omni-moderation-latest",
    ]
    data = {"data": [{"id": one, "shutdown_date": "2026-12-11"} if one == "o3" else {"id": one} for one in ids]}
    async with RawServer(answer(data)) as server:
        async with OpenAIProvider(OpenAIConfig(base_url=server.url, organization="org-1"), key="sk-test-key") as openai:
            models = await openai.list_models()
    assert [(m.name, m.model_type) for m in models] == [
        ("gpt-6-sol", ModelType.CHAT),
        ("text-embedding-3-small", ModelType.EMBEDDING),
        ("o3", ModelType.CHAT),
    ]
    assert models[2].metadata["shutdown_date"] == "2026-12-11" and not models[0].local
    seen = server.requests[0]
    assert seen.headers["authorization"] == "Bearer sk-test-key" and seen.headers["openai-organization"] == "org-1"
    assert OpenAIProvider.capabilities.needs_key and OpenAIProvider().base_url == "https://api.openai.com/v1"


async def test_the_simulated_model_starts_on_first_use_and_is_marked_everywhere() -> None:
    async with MockProvider() as mock:
        models = await mock.list_models()
        chat = next(model for model in models if model.model_type is ModelType.CHAT)
        assert all(model.simulated and model.provider == "mock" for model in models)
        assert (await mock.health_check()).simulated
        asked = ChatRequest(model=chat.name, messages=(Message(role="user", content="hi"),))
        found = [event async for event in mock.stream(asked)]
    assert isinstance(found[0], Started) and found[0].simulated and found[0].provider == "mock"
    assert any(isinstance(event, TextDelta) for event in found) and isinstance(found[-1], Finished)
    async with MockProvider() as fresh:  # straight to a chat, without a list before
        assert [event async for event in fresh.stream(asked)]


@pytest.mark.parametrize("name", ["lm_studio", "ollama", "openai", "openai_compatible", "mock"])
def test_every_provider_is_registered_under_its_id(name: str) -> None:
    cls = find(name)
    assert cls.provider_id == name and cls.display_name
    assert all(field.description for field in cls.Config.model_fields.values() if field is not None)


@pytest.mark.parametrize(
    ("slots", "busy"),
    [
        (answer([{"id": 0, "is_processing": False}, {"id": 1, "is_processing": True}]), True),
        (answer([{"id": 0, "is_processing": False}]), False),
        (answer([]), None),
        (answer({"error": {"code": 501, "message": "This server does not support slots endpoint."}}, 501), None),
        (answer("Not Found", 404), None),
    ],
)
async def test_llama_server_s_slots_tell_whether_it_computes(slots: object, busy: bool | None) -> None:
    async with RawServer(answer("", 404), {"/slots": slots}) as server, provider(server.url) as attic:  # type: ignore[dict-item]
        assert await attic.busy("tiny.gguf") is busy
