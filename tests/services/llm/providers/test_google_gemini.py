"""Gemini: the compatible address for chat, the native list for what the models are."""

from __future__ import annotations

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, ModelConfig, ModelType
from app.services.llm.providers.google_gemini import GoogleGeminiConfig, GoogleGeminiProvider
from app.services.llm.registry import find
from app.services.llm.stream_events import TextDelta
from tests.fakes.raw_http import Exchange, RawServer, answer, delta, events, stream

pytestmark = pytest.mark.anyio

LISTED = {
    "name": "models/gemini-3.8-flash", "displayName": "Gemini 3.8 Flash", "inputTokenLimit": 1_048_576,
    "outputTokenLimit": 65_536, "supportedGenerationMethods": ["generateContent", "countTokens"], "thinking": True,
}  # fmt: skip
EMBEDS = {"name": "models/gemini-embedding-2", "supportedGenerationMethods": ["embedContent"]}
PICTURES = {"name": "models/imagen-9", "supportedGenerationMethods": ["predict"]}
LIST = "/v1beta/models"
CHAT = "/v1beta/openai/chat/completions"


def provider(url: str) -> GoogleGeminiProvider:
    return GoogleGeminiProvider(GoogleGeminiConfig(base_url=f"{url}/v1beta/openai"), key="AIza-canary")


async def test_the_native_list_tells_windows_and_abilities() -> None:
    async with RawServer(answer("", 404), {LIST: answer({"models": [LISTED, EMBEDS, PICTURES, 7]})}) as server:
        async with provider(server.url) as gemini:
            flash, embeds = await gemini.list_models()
    assert (flash.name, flash.display_name) == ("gemini-3.8-flash", "Gemini 3.8 Flash")
    assert (flash.context_length, flash.max_tokens) == (1_048_576, 65_536)
    assert flash.capabilities == ("chat", "tools", "thinking") and not flash.local
    assert embeds.model_type is ModelType.EMBEDDING


async def test_the_key_is_never_part_of_an_address() -> None:
    routes = {LIST: answer({"models": [LISTED]}), CHAT: stream(events(delta("x", finish="stop")))}
    async with RawServer(answer("", 404), routes) as server, provider(server.url) as gemini:
        await gemini.list_models()
        found = [event async for event in gemini.stream(ChatRequest(model="gemini-3.8-flash", messages=()))]
        listing, chat = server.requests
    assert TextDelta("x") in found
    assert listing.headers["x-goog-api-key"] == "AIza-canary" and "authorization" not in listing.headers
    assert chat.headers["authorization"] == "Bearer AIza-canary"
    assert "canary" not in listing.target + chat.target


async def test_pages_are_followed_and_an_endless_list_ends() -> None:
    async def reply(exchange: Exchange) -> None:
        number = int(exchange.request.target.partition("pageToken=")[2] or 0)
        await answer({"models": [{**LISTED, "name": f"models/m{number}"}], "nextPageToken": str(number + 1)})(exchange)

    async with RawServer(reply) as server, provider(server.url) as gemini:
        models: list[ModelConfig] = await gemini.list_models()
    assert [model.name for model in models] == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_wrong_key_is_told_as_one_although_the_status_is_400() -> None:
    said = [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
                       "status": "INVALID_ARGUMENT"}}]  # fmt: skip
    async with RawServer(answer(said, 400)) as server, provider(server.url) as gemini:
        for attempt in (gemini.list_models(), _first(gemini)):
            with pytest.raises(LLMError) as caught:
                await attempt
            assert caught.value.kind is ErrorKind.AUTH


async def _first(gemini: GoogleGeminiProvider) -> None:
    async for _ in gemini.stream(ChatRequest(model="m", messages=())):
        pass


async def test_a_knob_it_does_not_know_is_left_out() -> None:
    said = {"error": {"code": 400, "message": 'Invalid JSON payload. Unknown name "top_k": Cannot find field.'}}
    asked: list[bool] = []

    async def reply(exchange: Exchange) -> None:
        asked.append("top_k" in exchange.request.json)
        await (answer(said, 400) if asked[-1] else stream(events(delta("x", finish="stop"))))(exchange)

    async with RawServer(reply) as server, provider(server.url) as gemini:
        request = ChatRequest.model_validate({"model": "m", "messages": (), "parameters": {"top_k": 5}})
        assert TextDelta("x") in [event async for event in gemini.stream(request)]
    assert asked == [True, False]


def test_its_other_names_and_its_address() -> None:
    assert find("google") is find("gemini") is GoogleGeminiProvider
    canonical = GoogleGeminiProvider.canonical_base_url
    assert canonical("generativelanguage.googleapis.com") == GoogleGeminiConfig().base_url
    assert canonical(GoogleGeminiConfig().base_url + "/") == GoogleGeminiConfig().base_url
