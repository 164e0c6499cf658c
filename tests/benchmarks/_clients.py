"""One client reads a few streams in a process of its own: `python -m tests.benchmarks._clients NAME URL STREAMS`.

Every client ends with the same thing, the text of the answer and its token count; the first stream is not measured.
Prints JSON: `us_per_token` (CPU of this process), `tokens`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from tests.benchmarks._fake_upstream import MODEL, RESPONSES_MODEL

Read = Callable[[str], AsyncIterator[tuple[str, int]]]

QUESTION = [{"role": "user", "content": "Where does the key go?"}]
BODY = {"model": MODEL, "messages": QUESTION, "stream": True, "stream_options": {"include_usage": True}}


def ours(provider: str, model: str = MODEL) -> Read:
    """The product's own way: manager, provider, HTTP door, parser."""

    async def read(url: str) -> AsyncIterator[tuple[str, int]]:
        from pydantic import SecretStr

        from app.services.llm.llm_manager import LLMManager
        from app.services.llm.models import ChatRequest, Message
        from app.services.llm.stream_events import TextDelta, UsageReport
        from app.services.settings.schema import AppConfig

        async def key(_provider: object) -> SecretStr:
            return SecretStr("sk-benchmark")

        config = AppConfig.model_validate({"provider_configurations": {provider: {"base_url": url}}})
        request = ChatRequest(model=model, messages=(Message(role="user", content=QUESTION[0]["content"]),))
        async with LLMManager(config, key_source=key) as manager:
            while True:
                parts: list[str] = []
                tokens = 0
                async for event in manager.stream(request, provider):
                    if isinstance(event, TextDelta):
                        parts.append(event.text)
                    elif isinstance(event, UsageReport):
                        tokens = event.output_tokens or 0
                yield "".join(parts), tokens

    return read


async def openai_sdk(url: str) -> AsyncIterator[tuple[str, int]]:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client:
        while True:
            parts: list[str] = []
            tokens = 0
            body: Any = BODY
            async for piece in await client.chat.completions.create(**body):
                if piece.choices and piece.choices[0].delta.content:
                    parts.append(piece.choices[0].delta.content)
                if piece.usage:
                    tokens = piece.usage.completion_tokens
            yield "".join(parts), tokens


async def openai_sdk_responses(url: str) -> AsyncIterator[tuple[str, int]]:
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client:
        while True:
            parts: list[str] = []
            tokens = 0
            question: Any = QUESTION
            async for event in await client.responses.create(model=RESPONSES_MODEL, input=question, stream=True):
                if event.type == "response.output_text.delta":
                    parts.append(event.delta)
                elif event.type == "response.completed" and event.response.usage:
                    tokens = event.response.usage.output_tokens
            yield "".join(parts), tokens


async def aiohttp_and_claude(url: str) -> AsyncIterator[tuple[str, int]]:
    """The same as below for Claude's messages."""
    import aiohttp

    body = {"model": MODEL, "messages": QUESTION, "stream": True, "max_tokens": 8192}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        while True:
            parts: list[str] = []
            tokens, rest = 0, b""
            async with session.post(f"{url}/v1/messages", json=body) as answer:
                async for data in answer.content.iter_any():
                    *events, rest = (rest + data).split(b"\n\n")
                    for event in events:
                        value = json.loads(event.partition(b"\ndata: ")[2])
                        if value["type"] == "content_block_delta":
                            parts.append(value["delta"]["text"])
                        elif value["type"] == "message_delta":
                            tokens = value["usage"]["output_tokens"]
            yield "".join(parts), tokens


async def aiohttp_and_a_splitter(url: str) -> AsyncIterator[tuple[str, int]]:
    """The least that works: no limits, no errors, no odd events."""
    import aiohttp

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        while True:
            parts: list[str] = []
            tokens, rest = 0, b""
            async with session.post(f"{url}/v1/chat/completions", json=BODY) as answer:
                async for data in answer.content.iter_any():
                    *events, rest = (rest + data).split(b"\n\n")
                    for event in events:
                        if event == b"data: [DONE]":
                            continue
                        value = json.loads(event[5:])
                        if value["choices"] and (text := value["choices"][0]["delta"].get("content")):
                            parts.append(text)
                        if usage := value.get("usage"):
                            tokens = usage["completion_tokens"]
            yield "".join(parts), tokens


async def aiohttp_and_lines(url: str) -> AsyncIterator[tuple[str, int]]:
    """The same for Ollama's lines."""
    import aiohttp

    body = {"model": MODEL, "messages": QUESTION, "stream": True}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        while True:
            parts: list[str] = []
            tokens, rest = 0, b""
            async with session.post(f"{url}/api/chat", json=body) as answer:
                async for data in answer.content.iter_any():
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        value = json.loads(line)
                        parts.append(value["message"]["content"])
                        tokens = value.get("eval_count", 0)
            yield "".join(parts), tokens


CLIENTS: dict[str, Read] = {
    "lm_studio": ours("lm_studio"),
    "openai_compatible": ours("openai_compatible"),
    "openai": ours("openai"),
    "google_gemini": ours("google_gemini"),
    "responses": ours("openai", RESPONSES_MODEL),
    "anthropic": ours("anthropic"),
    "ollama": ours("ollama"),
    "openai_sdk_responses": openai_sdk_responses,
    "aiohttp_claude": aiohttp_and_claude,
    "openai_sdk": openai_sdk,
    "aiohttp": aiohttp_and_a_splitter,
    "aiohttp_lines": aiohttp_and_lines,
}


async def measure(read: Read, url: str, streams: int) -> dict[str, float]:
    total, cpu, text_before = 0, 0.0, ""
    number = 0
    began = 0.0
    async for text, tokens in read(url):
        if number == 0:
            text_before = text
            began = time.process_time()
        else:
            assert text == text_before and tokens > 0, "streams differ"
            total += tokens
        number += 1
        if number > streams:
            cpu = time.process_time() - began
            break
    return {"us_per_token": cpu / total * 1e6, "tokens": total, "characters": len(text_before)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(CLIENTS[sys.argv[1]], sys.argv[2], int(sys.argv[3])))))
