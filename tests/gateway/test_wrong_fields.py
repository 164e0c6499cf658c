"""Every field of every route with every wrong value: a clear refusal, without what was sent (reliability D8)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tests.fakes.raw_http import Exchange
from tests.gateway.conftest import StartGateway, configure
from tests.gateway.test_relay import gateway_over, server_with, whole
from tests.services.llm.faults.test_faults import places, replaced

pytestmark = pytest.mark.anyio

CANARY = "canary<script>7f3a"
WRONG: tuple[Any, ...] = (None, -1, 10**400, CANARY, [CANARY], {CANARY: CANARY})
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHAT = {
    "model": "m",
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "y"},
    ],
    "stream": False,
    "max_tokens": 3,
    "temperature": 0.5,
    "tools": [TOOL],
    "tool_choice": "auto",
    "stop": ["x"],
    "response_format": {"type": "text"},
}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": CHAT,
    "/v1/completions": {"model": "m", "prompt": "x", "stream": False, "max_tokens": 3},
    "/v1/embeddings": {"model": "text-embedding-x", "input": ["x"], "encoding_format": "float"},
    "/v1/responses": {
        "model": "m",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}],
        "instructions": "y",
        "stream": False,
        "max_output_tokens": 3,
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "reasoning": {"effort": "low"},
    },
    "/v1/messages": {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
        "system": [{"type": "text", "text": "y"}],
        "stream": False,
        "max_tokens": 3,
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "auto"},
    },
    "/v1/messages/count_tokens": {"model": "m", "messages": [{"role": "user", "content": "x"}]},
}
ROW = {
    "provider": "lmstudio",
    "lmstudio_model": "m",
    "ollama_model": "m",
    "openai_model": "m",
    "anthropic_model": "m",
    "google_gemini_model": "m",
    "temperature": 0.5,
    "max_tokens": 7,
}


def check(path: str, body: Any, status: int, text: str) -> None:
    about = (path, json.dumps(body)[:300], status, text[:300])
    assert status < 500 or status in (502, 503), about
    if status >= 400:
        assert CANARY not in text and CANARY not in json.dumps(json.loads(text)), about
        for told in ("Traceback", ".py", "site-packages", "/home/", "/tmp/", "Error("):
            assert told not in text, about
        assert isinstance(json.loads(text), dict) and "error" in json.loads(text), about


async def takes_all(exchange: Exchange) -> None:
    """Whatever is refused is refused by the gateway; Messages and Responses it has to translate."""
    if exchange.request.path in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings"):
        await exchange.write(whole(json.dumps({"choices": [{"message": {"content": "x"}}], "data": []}).encode()))
    else:
        await exchange.write(whole(b'{"error":"Not found"}', b"404 Not Found"))


@pytest.mark.parametrize("path", BODIES)
async def test_D8_no_field_of_any_route_may_be_wrong_without_a_plain_refusal(
    path: str, start_gateway: StartGateway
) -> None:
    refused = passed = 0
    async with server_with(takes_all) as server:
        running = await gateway_over(server, start_gateway)
        for place, wrong in itertools.product(places(BODIES[path]), WRONG):
            body = replaced(BODIES[path], place, wrong)
            answer = await running.client.post(
                path, content=json.dumps(body), headers={"Content-Type": "application/json"}
            )
            check(path, body, answer.status_code, answer.text)
            refused += 400 <= answer.status_code < 500
            passed += answer.status_code == 200
    assert refused > 5
    assert passed > 5 or path.endswith("count_tokens"), "where all is refused nothing is looked at"


async def test_D8_no_field_of_the_settings_row_may_be_wrong_without_a_plain_refusal(
    start_gateway: StartGateway,
) -> None:
    configure()
    running = await start_gateway()
    before = (await running.client.get("/api/v1/llm-settings")).json()
    for name, wrong in itertools.product((*ROW, "unknown", CANARY, ""), WRONG[1:]):
        body = {name: wrong}
        answer = await running.client.patch(
            "/api/v1/llm-settings", content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        if answer.status_code == 200:  # a text is a model's name
            assert name.endswith("_model") and isinstance(wrong, str)
            continue
        check("/api/v1/llm-settings", body, answer.status_code, answer.text)
    for no_row in (*WRONG, [], {}, True):
        answer = await running.client.patch(
            "/api/v1/llm-settings", content=json.dumps(no_row), headers={"Content-Type": "application/json"}
        )
        if no_row != {}:
            check("/api/v1/llm-settings", no_row, answer.status_code, answer.text)
    after = (await running.client.get("/api/v1/llm-settings")).json()
    kept = ("provider", "temperature", "max_tokens")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
