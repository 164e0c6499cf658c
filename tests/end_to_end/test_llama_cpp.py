"""A real llama.cpp server behind `openai_compatible`: chat, stop, a prompt that is too long, a wrong key."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message, SamplingParameters
from app.services.llm.stream_events import Finished, Started, StreamEvent, TextDelta, UsageReport
from app.services.settings.schema import AppConfig
from tests.end_to_end.conftest import Programs

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]

KEY = "sk-of-the-real-engine"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.fakes.tiny_gguf import write_tiny_model

    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_tiny_model(path)
    assert path.stat().st_size < 1_000_000
    return path


@asynccontextmanager
async def engine(programs: Programs, model: Path, **options: Any) -> AsyncIterator[str]:
    """The engine serving a model; its address."""
    wanted = json.dumps({"model": str(model), **options})
    child = await programs.start(
        "-m", "tests.end_to_end.llama_child", wanted, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert child.stdout is not None and child.stdin is not None
    async with asyncio.timeout(60):
        address = (await child.stdout.readline()).decode().strip()
    assert address.startswith("http://127.0.0.1:"), address
    yield address
    child.stdin.close()
    async with asyncio.timeout(20):
        assert await child.wait() == 0


def manager(address: str) -> LLMManager:
    entry = {"type": "openai_compatible", "name": "llama.cpp", "base_url": address, "max_retries": 0}
    return LLMManager(AppConfig.model_validate({"provider_configurations": {"llama": entry}}))


def request(text: str = "Tell me a story", **parameters: Any) -> ChatRequest:
    return ChatRequest(
        model="local-model",
        messages=(Message(role="user", content=text),),
        parameters=SamplingParameters(temperature=0, **parameters),
    )


async def events_of(manager: LLMManager, asked: ChatRequest) -> list[StreamEvent]:
    async with asyncio.timeout(30):
        return [event async for event in manager.stream(asked, "llama")]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_real_engine_recites_its_sentence_token_by_token(programs: Programs, model: Path) -> None:
    from tests.fakes.tiny_gguf import SENTENCE

    async with engine(programs, model) as address, manager(address) as llm:
        events = await events_of(llm, request())
    assert text_of(events) == SENTENCE
    assert len([event for event in events if isinstance(event, TextDelta)]) > 10, "streamed, not sent whole"
    started, finished = events[0], events[-1]
    assert isinstance(started, Started) and isinstance(finished, Finished)
    assert (started.provider, started.local, started.simulated) == ("llama", True, False)
    assert (finished.finish_reason, finished.skipped_events) == ("stop", 0)
    usage = next(event for event in events if isinstance(event, UsageReport))
    assert usage.output_tokens == pytest.approx(len(SENTENCE.split()), abs=2)
    assert finished.timings is None or finished.timings.decode_ms is not None


async def test_the_engines_list_tells_the_model_and_its_window(programs: Programs, model: Path) -> None:
    async with engine(programs, model, n_ctx=512) as address, manager(address) as llm:
        (listed,) = await llm.list_models("llama")
    assert listed.loaded_context_length == 512
    assert listed.local
    assert listed.context_length == 512


async def test_an_answer_cut_at_the_token_limit_says_so(programs: Programs, model: Path) -> None:
    async with engine(programs, model) as address, manager(address) as llm:
        events = await events_of(llm, request(max_tokens=4))
    assert text_of(events) == "Once upon a byte"
    assert isinstance(events[-1], Finished)
    assert events[-1].finish_reason == "length"


async def test_a_prompt_that_does_not_fit_is_context_length(programs: Programs, model: Path) -> None:
    async with engine(programs, model, n_ctx=512) as address, manager(address) as llm:
        with pytest.raises(LLMError) as caught:
            await events_of(llm, request("x" * 5_000))
    assert caught.value.kind is ErrorKind.CONTEXT_LENGTH
    assert caught.value.hint


async def test_a_missing_or_wrong_key_is_auth_and_the_right_one_works(programs: Programs, model: Path) -> None:
    async with engine(programs, model, api_key=KEY) as address, manager(address) as llm:
        for key in (None, "sk-a-wrong-key"):
            provider = await llm.ready("llama")
            provider.key = SecretStr(key) if key else None
            with pytest.raises(LLMError) as caught:
                await events_of(llm, request())
            assert caught.value.kind is ErrorKind.AUTH
            assert "wrong-key" not in f"{caught.value}{caught.value.hint}"
        provider.key = SecretStr(KEY)
        assert text_of(await events_of(llm, request()))


async def test_A9_stopping_stops_the_real_engine_within_a_second(programs: Programs, tmp_path: Path) -> None:
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    slow = tmp_path / "slow.gguf"
    shape = Shape(layers=8, width=256, heads=4, feed_forward=1024, context=16_384)
    write_tiny_model(slow, shape=shape, endless=True)
    async with engine(programs, slow, n_ctx=16_384) as address, manager(address) as llm:
        async with aclosing(llm.stream(request(), "llama")) as events:  # type: ignore[type-var]  # a generator
            pieces = 0
            async for event in events:
                pieces += isinstance(event, TextDelta)
                if pieces == 20:
                    break
            assert await is_working(address), "it would have gone on"
        async with asyncio.timeout(1):
            while await is_working(address):
                await asyncio.sleep(0.02)
        assert text_of(await events_of(llm, request(max_tokens=3))) == "Once upon a", "and it answers again"


async def is_working(address: str) -> bool:
    """What llama.cpp itself says of its one slot."""

    def look() -> bool:
        with urllib.request.urlopen(f"{address}/slots", timeout=5) as answer:
            slots = json.load(answer)
        return any(slot["is_processing"] for slot in slots)

    return await asyncio.to_thread(look)


async def test_claudes_own_wire_reads_a_real_engine_that_speaks_it(programs: Programs, model: Path) -> None:
    """llama.cpp also answers Anthropic's Messages: bytes that we did not write ourselves."""
    from app.services.llm.providers.anthropic import AnthropicConfig, AnthropicProvider
    from tests.fakes.tiny_gguf import SENTENCE

    async with engine(programs, model) as address:
        async with AnthropicProvider(AnthropicConfig(base_url=address, max_retries=0), key=KEY) as claude:
            events = [event async for event in claude.stream(request(max_tokens=64))]
            assert text_of(events) == SENTENCE
            assert len([event for event in events if isinstance(event, TextDelta)]) > 10
            (used,) = [event for event in events if isinstance(event, UsageReport)]
            assert used.input_tokens and used.output_tokens
            with pytest.raises(LLMError) as caught:
                async for _ in claude.stream(request("word " * 20_000)):
                    pass
    assert caught.value.kind is ErrorKind.CONTEXT_LENGTH


async def test_the_responses_wire_reads_a_real_engine_that_speaks_it(programs: Programs, model: Path) -> None:
    from app.services.llm.providers.openai import OpenAIConfig, OpenAIProvider
    from tests.fakes.tiny_gguf import SENTENCE

    async with engine(programs, model) as address:
        async with OpenAIProvider(OpenAIConfig(base_url=address, max_retries=0), key=KEY) as openai:
            # The engine answers both; OpenAI's refusal of chat completions is what leads here.
            assert openai.adapts(request(), 404, "This model is only supported in v1/responses.")
            events = [event async for event in openai.stream(request(max_tokens=64))]
    assert text_of(events) == SENTENCE
    assert isinstance(events[-1], Finished) and events[-1].finish_reason == "stop"
    (used,) = [event for event in events if isinstance(event, UsageReport)]
    assert used.input_tokens and used.output_tokens
