"""Simulated answers: text, reasoning, tools, schema, pace, faults, and what happens when the client leaves."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI

from app.services.mock_server import Fault, MockServer, Script
from app.services.mock_server.answers import answer_tokens, canned_answer, tokenize

pytestmark = pytest.mark.anyio

CODER, THINKER = "simulated/coder-7b", "simulated/thinker-4b"


@pytest.fixture
async def server() -> AsyncIterator[MockServer]:
    async with MockServer(Script(ttft=0, tokens_per_second=0, answer="one two three four five six")) as running:
        yield running


@pytest.fixture
async def client(server: MockServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.base_url, trust_env=False, timeout=10) as client:
        yield client


def chat_body(text: str = "hello", model: str = CODER, **more: Any) -> dict[str, Any]:
    return {"model": model, "stream": True, "messages": [{"role": "user", "content": text}], **more}


async def events_of(client: httpx2.AsyncClient, body: dict[str, Any]) -> list[Any]:
    """Parsed `data:` payloads; unreadable ones and `[DONE]` stay text."""
    answer = await client.post("/v1/chat/completions", json=body)
    values: list[Any] = []
    for line in answer.text.split("\n"):
        if line.startswith("data: "):
            try:
                values.append(json.loads(line[6:]))
            except ValueError:
                values.append(line[6:])
    return values


def joined(events: list[Any], field: str = "content") -> str:
    deltas = [c["delta"] for e in events if isinstance(e, dict) for c in e.get("choices", [])]
    return "".join(d.get(field, "") for d in deltas)


async def receive_into(received: bytearray, client: httpx2.AsyncClient) -> None:
    async with client.stream("POST", "/v1/chat/completions", json=chat_body()) as response:
        async for chunk in response.aiter_raw():
            received += chunk


async def wait_until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_scripted_fields_are_refused_by_name_as_services_do(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.refused_fields = ["top_p", "seed"]
    request = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "Hi"}]}
    assert (await client.post("/v1/chat/completions", json=request)).status_code == 200
    refused = await client.post("/v1/chat/completions", json={**request, "seed": 7})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "seed"


async def test_a_server_that_drops_turns_unseen_reports_only_what_it_kept(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.keeps_tokens = 100
    request = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "word " * 1_000}]}
    answer = (await client.post("/v1/chat/completions", json=request)).json()
    assert answer["usage"]["prompt_tokens"] == 100


async def test_the_openai_client_reads_stream_and_whole_answer(server: MockServer) -> None:
    async with AsyncOpenAI(base_url=f"{server.base_url}/v1", api_key="none", max_retries=0) as sdk:
        stream = await sdk.chat.completions.create(
            model=CODER, messages=[{"role": "user", "content": "hi"}], stream=True
        )
        text = "".join([c.choices[0].delta.content or "" async for c in stream])
        whole = await sdk.chat.completions.create(model=CODER, messages=[{"role": "user", "content": "hi"}])
    assert text == whole.choices[0].message.content == "one two three four five six"
    assert whole.usage is not None
    assert whole.usage.completion_tokens == len(tokenize(text))
    assert whole.choices[0].finish_reason == "stop"


async def test_role_is_in_each_delta_usage_in_a_chunk_without_choices_and_done_at_the_end(
    client: httpx2.AsyncClient,
) -> None:
    events = await events_of(client, chat_body(stream_options={"include_usage": True}))
    assert all(e["choices"][0]["delta"]["role"] == "assistant" for e in events[:-3])
    assert events[-3]["choices"][0]["finish_reason"] == "stop"
    assert events[-2]["choices"] == []
    assert events[-2]["usage"]["total_tokens"] > 0
    assert events[-1] == "[DONE]"
    assert all("usage" not in e for e in (await events_of(client, chat_body()))[:-1])


async def test_default_answer_is_markdown_says_simulated_and_echoes_the_first_line() -> None:
    answers = [canned_answer(p) for p in ("Hello there\nsecond line", "write a function", "explain caching")]
    for answer in answers:
        assert "simulat" in answer.lower()
        assert "```python" in answer
        assert "|---|" in answer
        assert answer.startswith("##")
        assert 100 <= len(answer.split()) <= 260
    assert "“Hello there”" in answers[0]
    assert len(set(answers)) == 3
    assert canned_answer("x", seed=4) == canned_answer("x", seed=4)
    assert "\x1b" not in canned_answer("a\x1b[31mred")


async def test_tokens_joined_are_the_text_and_counts_are_exact() -> None:
    for text in ("Wörter, 漢字 und\n\n\t- Zeichen__x 🎉!", canned_answer("code please")):
        assert "".join(tokenize(text)) == text
    assert len(answer_tokens(Script(tokens=500, answer="ab cd"), "")) == 500
    assert len(answer_tokens(Script(tokens=1), "")) == 1


@pytest.mark.parametrize("form", ["reasoning_content", "reasoning"])
async def test_reasoning_in_its_own_field(server: MockServer, client: httpx2.AsyncClient, form: str) -> None:
    server.script.update({"reasoning": form})
    events = await events_of(client, chat_body())
    assert joined(events, form) == server.script.reasoning_text
    assert joined(events) == server.script.answer


@pytest.mark.parametrize(("form", "opening"), [("think_tags", "<think>"), ("lone_close_tag", "")])
async def test_reasoning_inline(server: MockServer, client: httpx2.AsyncClient, form: str, opening: str) -> None:
    server.script.update({"reasoning": form})
    text = joined(await events_of(client, chat_body()))
    assert text == f"{opening}{server.script.reasoning_text}</think>\n\n{server.script.answer}"


async def test_the_thinking_model_thinks_unless_told_not_to(client: httpx2.AsyncClient) -> None:
    assert joined(await events_of(client, chat_body(model=THINKER)), "reasoning_content")
    quiet = await events_of(client, chat_body(model=THINKER, reasoning_effort="none"))
    assert not joined(quiet, "reasoning_content")


async def test_tool_calls_come_in_fragments_by_index_and_may_lack_an_id(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.tool_calls = [
        {"name": "look_up", "arguments": '{"word": "cat"}'},
        {"name": "add", "arguments": '{"a": 1}', "id": ""},
    ]
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}]
    events = await events_of(client, chat_body(tools=tools))
    calls: dict[int, dict[str, str]] = {}
    for event in events[:-1]:
        for fragment in event["choices"][0]["delta"].get("tool_calls", []):
            call = calls.setdefault(fragment["index"], {"id": fragment.get("id", ""), "arguments": ""})
            call["arguments"] += fragment["function"]["arguments"]
    assert [json.loads(c["arguments"]) for c in calls.values()] == [{"word": "cat"}, {"a": 1}]
    assert calls[0]["id"].isdigit()
    assert calls[1]["id"] == ""
    assert events[-2]["choices"][0]["finish_reason"] == "tool_calls"
    without = await client.post("/v1/chat/completions", json=chat_body(stream=False))
    assert without.json()["choices"][0]["message"]["tool_calls"] == []


async def test_schema_answers_fit_the_schema_or_land_in_reasoning(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    schema = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "tags": {"type": "array", "items": {"$ref": "#/$defs/Tag"}}},
        "$defs": {"Tag": {"enum": ["a", "b"]}},
        "required": ["code"],
    }
    asked = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    answer = joined(await events_of(client, chat_body(response_format=asked)))
    assert json.loads(answer) == {"code": "simulated", "tags": ["a"]}
    server.script.schema_in_reasoning = True
    events = await events_of(client, chat_body(response_format=asked))
    assert (joined(events), joined(events, "reasoning_content")) == ("", answer)
    refused = await client.post("/v1/chat/completions", json=chat_body(response_format={"type": "json_object"}))
    assert refused.status_code == 400
    assert refused.json() == {"error": "'response_format.type' must be 'json_schema' or 'text'"}


async def test_max_tokens_and_stop_end_the_answer(client: httpx2.AsyncClient) -> None:
    short = await events_of(client, chat_body(max_tokens=2))
    assert joined(short) == "one two"
    assert short[-2]["choices"][0]["finish_reason"] == "length"
    stopped = await events_of(client, chat_body(stop=["four"]))
    assert joined(stopped) == "one two three "


async def test_unknown_unloaded_and_wrong_models_are_refused_in_lm_studios_words(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    unknown = (await client.post("/v1/chat/completions", json=chat_body(model="nope"))).json()["error"]
    assert unknown["code"] == "model_not_found"
    assert unknown["message"].startswith('Invalid model identifier "nope".')
    wrong = await client.post("/v1/chat/completions", json=chat_body(model="simulated/text-embedding-nano"))
    assert "Model is not llm." in wrong.json()["error"]["message"]
    server.script.jit = False
    unloaded = await client.post("/v1/chat/completions", json=chat_body(model=THINKER))
    assert unloaded.json()["error"]["message"].startswith("No models loaded.")
    assert unloaded.json()["error"]["code"] is None


async def test_first_request_loads_just_in_time_and_evicts_the_previous_one(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.load_seconds = 0.1
    began = time.monotonic()
    await events_of(client, chat_body(model=THINKER))
    assert time.monotonic() - began >= 0.1
    await events_of(client, chat_body(model="simulated/vision-8b"))
    loaded = [m["key"] for m in (await client.get("/api/v1/models")).json()["models"] if m["loaded_instances"]]
    assert loaded == [CODER, "simulated/vision-8b", "simulated/twin-1b"]


@pytest.mark.parametrize("rate", [50.0, 1000.0, 2000.0])
async def test_pace_is_kept(server: MockServer, client: httpx2.AsyncClient, rate: float) -> None:
    count = int(rate * 0.5)
    server.script.update({"tokens": count, "tokens_per_second": rate, "ttft": 0.05})
    stamps: list[float] = []
    began = time.monotonic()
    async with client.stream("POST", "/v1/chat/completions", json=chat_body()) as response:
        async for chunk in response.aiter_bytes():
            stamps += [time.monotonic()] * chunk.count(b'"content":')
    assert len(stamps) == count
    assert stamps[0] - began >= 0.05
    measured = (count - 1) / (stamps[-1] - stamps[0])
    assert measured == pytest.approx(rate, rel=0.1)


async def test_A9_leaving_in_mid_answer_stops_the_generation_at_once_and_is_counted(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.update({"tokens": 100_000, "tokens_per_second": 500})
    async with client.stream("POST", "/v1/chat/completions", json=chat_body()) as response:
        async for _ in response.aiter_bytes():
            break
        assert server.stats.streams_open == 1
    left = time.monotonic()
    await wait_until(lambda: server.stats.streams_aborted == 1)
    assert server.stats.last_disconnect_at is not None
    assert server.stats.last_disconnect_at - left < 1
    sent = server.stats.tokens_sent
    await asyncio.sleep(0.05)
    assert server.stats.tokens_sent == sent
    assert (server.stats.streams_open, server.stats.streams_completed) == (0, 0)


async def test_leaving_before_the_first_token_and_during_a_whole_answer_is_counted(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.ttft = 60
    for body in (chat_body(), chat_body(stream=False)):
        task = asyncio.create_task(client.post("/v1/chat/completions", json=body))
        await wait_until(lambda: server.stats.requests > server.stats.streams_aborted)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await wait_until(lambda: server.stats.streams_aborted + server.stats.answers_aborted >= 1)
    await wait_until(lambda: (server.stats.streams_aborted, server.stats.answers_aborted) == (1, 1))


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        (Fault.REFUSE_AUTH, 401, None),
        (Fault.RATE_LIMITED, 429, "1"),
        (Fault.OVERLOADED, 503, "1"),
        (Fault.SERVER_ERROR, 500, None),
        (Fault.BAD_REQUEST, 400, None),
        (Fault.CRASH, 400, None),
        (Fault.NO_MODELS, 400, None),
        (Fault.ERROR_200, 200, None),
        (Fault.REDIRECT, 307, None),
    ],
)
async def test_error_answers(
    server: MockServer, client: httpx2.AsyncClient, fault: Fault, status: int, retry_after: str | None
) -> None:
    server.script.fault = fault
    answer = await client.post("/v1/chat/completions", json=chat_body())
    assert answer.status_code == status
    assert "error" in answer.json()
    assert answer.headers.get("retry-after") == retry_after
    assert (await client.get("/v1/models")).status_code == 200


async def test_a_fault_happens_as_often_as_asked(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.update({"fault": "server_error", "fault_times": 2})
    statuses = [(await client.post("/v1/chat/completions", json=chat_body())).status_code for _ in range(3)]
    assert statuses == [500, 500, 200]


async def test_pages_garbage_and_whole_answers_instead_of_a_stream(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.fault = Fault.HTML
    assert (await client.post("/v1/chat/completions", json=chat_body())).headers["content-type"].startswith("text/html")
    server.script.fault = Fault.NOT_JSON
    with pytest.raises(ValueError):
        (await client.post("/v1/chat/completions", json=chat_body())).json()
    server.script.fault = Fault.WHOLE_ANSWER
    whole = (await client.post("/v1/chat/completions", json=chat_body())).json()
    assert whole["choices"][0]["message"]["content"] == server.script.answer


@pytest.mark.parametrize(
    ("fault", "text", "last"),
    [
        (Fault.NO_DONE, "one two three four five six", "finish"),
        (Fault.NO_FINISH, "one two three", "content"),
        (Fault.ERROR_FIRST, "", "error"),
        (Fault.CONTEXT_LENGTH, "", "error"),
        (Fault.ERROR_MID, "one two three", "error"),
        (Fault.ERROR_PLAIN, "one two three", "error"),
        (Fault.UNREADABLE_EVENT, "one two three four five six", "done"),
        (Fault.EMPTY, "", "done"),
    ],
)
async def test_streams_that_go_wrong(
    server: MockServer, client: httpx2.AsyncClient, fault: Fault, text: str, last: str
) -> None:
    server.script.fault = fault
    events = await events_of(client, chat_body())
    assert joined(events) == text
    end = events[-1]
    if end == "[DONE]":
        kind = "done"
    elif "error" in end:
        kind = "error"
    else:
        kind = "finish" if end["choices"][0]["finish_reason"] else "content"
    assert kind == last


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.RESET, Fault.CLOSE])
async def test_broken_connections(server: MockServer, client: httpx2.AsyncClient, fault: Fault) -> None:
    server.script.fault = fault
    received = bytearray()
    with pytest.raises(httpx2.TransportError):
        await receive_into(received, client)
    if fault is Fault.CUT:
        assert len(received) == server.script.cut_after_bytes


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.HANG, Fault.DRIP])
async def test_silences(server: MockServer, client: httpx2.AsyncClient, fault: Fault) -> None:
    server.script.fault = fault
    received = bytearray()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(receive_into(received, client), 0.3)
    assert received.count(b'"content":') == (3 if fault is Fault.STALL else 0)
    assert (b": keep-alive" in received) == (fault is Fault.DRIP)


async def test_bodies_can_be_cut_into_single_bytes(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.update({"chunk_bytes": 1, "answer": "Grüße 漢字 🎉"})
    assert joined(await events_of(client, chat_body())) == "Grüße 漢字 🎉"


async def test_overlong_prompts_are_refused_when_the_context_counts(
    server: MockServer, client: httpx2.AsyncClient
) -> None:
    server.script.enforce_context = True
    long = "x" * 100_000
    whole = await client.post("/v1/chat/completions", json=chat_body(long, stream=False))
    assert whole.status_code == 400
    assert "context length" in (await events_of(client, chat_body(long)))[-1]["error"]["message"]


async def test_a_wrong_model_can_be_echoed(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.echo_model = "simulated/other"
    assert (await events_of(client, chat_body()))[0]["model"] == "simulated/other"


async def test_broken_messages_are_refused(client: httpx2.AsyncClient) -> None:
    for messages in (None, [{"content": "x"}], [{"role": "user", "content": [{"type": "video"}]}]):
        answer = await client.post("/v1/chat/completions", json={"model": CODER, "messages": messages})
        assert answer.status_code == 400
    empty_id = [{"role": "assistant", "content": "", "tool_calls": [{"id": ""}]}]
    answer = await client.post("/v1/chat/completions", json={"model": CODER, "messages": empty_id})
    assert "Invalid 'messages'" in answer.json()["error"]


async def test_plain_completions(client: httpx2.AsyncClient) -> None:
    whole = (await client.post("/v1/completions", json={"model": CODER, "prompt": "x"})).json()
    assert whole["choices"][0]["text"] == "one two three four five six"
    stream = await client.post("/v1/completions", json={"model": CODER, "prompt": "x", "stream": True})
    assert stream.text.endswith("data: [DONE]\n\n")


async def native_events(client: httpx2.AsyncClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.post("/api/v1/chat", json={"stream": True, **body})
    return [json.loads(line[6:]) for line in answer.text.split("\n") if line.startswith("data: ")]


async def test_native_chat_shows_loading_reading_reasoning_and_the_message(client: httpx2.AsyncClient) -> None:
    events = await native_events(client, {"model": THINKER, "input": "hi"})
    kinds = list(dict.fromkeys(e["type"] for e in events))
    assert kinds == [
        "chat.start", "model_load.start", "model_load.progress", "model_load.end",
        "prompt_processing.start", "prompt_processing.progress", "prompt_processing.end",
        "reasoning.start", "reasoning.delta", "reasoning.end", "message.start", "message.delta", "message.end",
        "chat.end",
    ]  # fmt: skip
    result = events[-1]["result"]
    assert [o["type"] for o in result["output"]] == ["reasoning", "message"]
    assert "model_load_time_seconds" in result["stats"]
    again = await native_events(client, {"model": THINKER, "input": "hi", "store": False, "reasoning": "off"})
    assert not any(e["type"].startswith(("model_load", "reasoning")) for e in again)
    assert "response_id" not in again[-1]["result"]


async def test_native_chat_error_is_followed_by_the_end(server: MockServer, client: httpx2.AsyncClient) -> None:
    server.script.fault = Fault.ERROR_MID
    kinds = [e["type"] for e in await native_events(client, {"model": CODER, "input": "hi"})]
    assert kinds[-2:] == ["error", "chat.end"]
    server.script.update({"fault": "", "load_error": "out of memory"})
    kinds = [e["type"] for e in await native_events(client, {"model": THINKER, "input": "hi"})]
    assert kinds[-2:] == ["error", "chat.end"]


async def test_native_chat_refuses_what_lm_studio_refuses(client: httpx2.AsyncClient) -> None:
    documented = [{"type": "message", "content": "hi"}]
    refused = await client.post("/api/v1/chat", json={"model": CODER, "input": documented})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_union")
    accepted = await client.post("/api/v1/chat", json={"model": CODER, "input": [{"type": "text", "content": "hi"}]})
    assert accepted.json()["output"][0]["content"] == "one two three four five six"
    switch = await client.post("/api/v1/chat", json={"model": CODER, "input": "x", "reasoning": "on"})
    assert switch.json()["error"]["param"] == "reasoning"
