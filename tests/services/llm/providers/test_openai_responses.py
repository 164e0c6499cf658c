"""OpenAI's Responses, for models that chat completions refuses."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, ImagePart, Message, SamplingParameters, ToolCall
from app.services.llm.providers._failures import Server
from app.services.llm.providers._responses_wire import ResponseReader, build_body
from app.services.llm.providers.openai import OpenAIConfig, OpenAIProvider
from app.services.llm.stream_events import (
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from tests.fakes.raw_http import RawServer, answer, delta, events, stream

pytestmark = pytest.mark.anyio

ONLY_RESPONSES = {
    "error": {
        "message": "This model is only supported in v1/responses and not in v1/chat/completions.",
        "type": "invalid_request_error",
        "param": "model",
        "code": None,
    }
}
USAGE = {
    "input_tokens": 12,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 40,
    "output_tokens_details": {"reasoning_tokens": 30},
}


def sse(*values: dict[str, Any]) -> bytes:
    return b"".join(f"event: {v['type']}\ndata: {json.dumps(v)}\n\n".encode() for v in values)


def ended(kind: str = "completed", **fields: object) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response": {"status": kind, "model": "gpt-x-pro", "usage": USAGE, **fields}}


def text(piece: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "output_index": 1, "delta": piece}


GOOD = sse(
    {"type": "response.created", "response": {"status": "in_progress", "error": None}},
    {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "summary": []}},
    {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "Let me see."},
    {"type": "response.output_item.added", "output_index": 1, "item": {"type": "message", "content": []}},
    text("Grüße, "),
    text("world 🙂"),
    {"type": "response.output_text.done", "output_index": 1, "text": "Grüße, world 🙂"},
    ended(error=None, incomplete_details=None),
)


def read(*chunks: bytes) -> tuple[list[StreamEvent], LLMError | None]:
    reader = ResponseReader(Server("OpenAI", "openai", "http://x/v1/responses"), "m")
    found: list[StreamEvent] = []
    for chunk in chunks:
        found += reader.feed(chunk)
        if reader.done:
            break
    found += reader.finish()
    error = reader.incomplete()
    return (found, error) if error is not None else ([*found, *reader.end()], None)


def text_of(found: list[StreamEvent]) -> str:
    return "".join(e.text for e in found if isinstance(e, TextDelta))


def ask(**fields: Any) -> ChatRequest:
    return ChatRequest(model="gpt-x-pro", messages=(Message(role="user", content="Hi"),), **fields)


async def test_a_model_that_chat_completions_refuses_is_asked_on_responses_from_then_on() -> None:
    routes = {"/v1/chat/completions": answer(ONLY_RESPONSES, 404), "/v1/responses": stream(GOOD)}
    async with RawServer(answer("", 404), routes) as server:
        async with OpenAIProvider(OpenAIConfig(base_url=server.url), key="sk-canary") as openai:
            for _ in range(2):
                found = [event async for event in openai.stream(ask())]
                assert text_of(found) == "Grüße, world 🙂"
        assert [seen.path for seen in server.requests] == ["/v1/chat/completions", "/v1/responses", "/v1/responses"]
    assert "".join(e.text for e in found if isinstance(e, ReasoningDelta)) == "Let me see."
    assert found[-2:] == [UsageReport(12, 40, 30, 4), Finished("stop", served_model="gpt-x-pro")]


async def test_knobs_that_responses_lacks_are_told_as_left_out() -> None:
    routes = {"/v1/chat/completions": answer(ONLY_RESPONSES, 404), "/v1/responses": stream(GOOD)}
    parameters = SamplingParameters(seed=1, max_tokens=9, temperature=0.1, reasoning_effort="low")
    async with RawServer(answer("", 404), routes) as server:
        async with OpenAIProvider(OpenAIConfig(base_url=server.url), key="sk-canary") as openai:
            found = [event async for event in openai.stream(ask(parameters=parameters))]
    assert [e.left_out for e in found if isinstance(e, Started)] == [(), ("seed",)]


async def test_other_models_and_other_refusals_stay_with_chat_completions() -> None:
    async def reply(exchange: Any) -> None:
        missing = {"error": {"message": "The model `nope` does not exist", "code": "model_not_found"}}
        known = exchange.request.json["model"] == "gpt-x-pro"
        await (stream(events(delta("x", finish="stop"))) if known else answer(missing, 404))(exchange)

    async with RawServer(reply) as server:
        async with OpenAIProvider(OpenAIConfig(base_url=server.url), key="sk-canary") as openai:
            assert TextDelta("x") in [event async for event in openai.stream(ask())]
            with pytest.raises(LLMError) as caught:
                async for _ in openai.stream(ChatRequest(model="nope", messages=())):
                    pass
        assert {seen.path for seen in server.requests} == {"/v1/chat/completions"}
    assert caught.value.kind is ErrorKind.MODEL_NOT_FOUND


def test_nothing_is_kept_at_the_service_and_roles_take_its_form() -> None:
    messages = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="What?", images=(ImagePart(media_type="image/png", data_base64="AA=="),)),
        Message(
            role="assistant", content="Looking.", tool_calls=(ToolCall(call_id="c1", name="look", arguments="{}"),)
        ),
        Message(role="tool", content="a cat", tool_call_id="c1"),
    )
    parameters = SamplingParameters(max_tokens=9, reasoning_effort="off", temperature=0.5, seed=1)
    schema = {"title": "Answer", "type": "object", "additionalProperties": False}
    tools = ({"type": "function", "function": {"name": "look", "parameters": {}}},)
    body = build_body(ChatRequest(model="m", messages=messages, parameters=parameters, json_schema=schema, tools=tools))
    assert body["store"] is False and body["stream"] is True and body["instructions"] == "Be brief."
    assert [item["type"] for item in body["input"]] == ["message", "message", "function_call", "function_call_output"]
    assert [part["type"] for part in body["input"][0]["content"]] == ["input_text", "input_image"]
    assert body["input"][1]["content"] == [{"type": "output_text", "text": "Looking."}]
    assert (body["max_output_tokens"], body["reasoning"]["effort"], body["temperature"]) == (9, "none", 0.5)
    assert "seed" not in body and "max_tokens" not in body
    assert body["text"]["format"]["name"] == "Answer" and body["text"]["format"]["strict"] is True
    assert body["tools"] == [{"type": "function", "name": "look", "parameters": {}}]


def test_A7_text_is_kept_wherever_the_answer_breaks_off() -> None:
    end = GOOD.index(b"event: response.completed")
    end = GOOD.index(b"\n\n", end)
    for at in range(len(GOOD)):
        found, error = read(GOOD[:at])
        assert "Grüße, world 🙂".startswith(text_of(found))
        assert (error is None) == (at >= end), at


@given(st.lists(st.integers(0, len(GOOD)), max_size=8))
@settings(max_examples=100, deadline=None)
def test_A1_where_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(GOOD)]
    found, error = read(*(GOOD[a:b] for a, b in itertools.pairwise(places)))
    assert error is None and text_of(found) == "Grüße, world 🙂" and found[-1] == read(GOOD)[0][-1]


@pytest.mark.parametrize(
    "last, kind",
    [
        (ended("failed", error={"code": "server_error", "message": "The model failed"}), ErrorKind.SERVER_ERROR),
        (
            ended("failed", error={"code": "rate_limit_exceeded", "message": "Rate limit reached"}),
            ErrorKind.RATE_LIMITED,
        ),
        ({"type": "error", "code": "server_error", "message": "Oops", "param": None}, ErrorKind.SERVER_ERROR),
        (ended("cancelled"), ErrorKind.SERVER_ERROR),
    ],
)
def test_A5_a_failure_inside_the_stream_keeps_the_text(last: dict[str, Any], kind: ErrorKind) -> None:
    found, error = read(sse(text("half"), last))
    assert text_of(found) == "half" and error is not None and error.kind is kind


@pytest.mark.parametrize(
    "reason, finish", [("max_output_tokens", "length"), ("content_filter", "content_filter"), ("x", "unknown")]
)
def test_why_an_answer_is_incomplete(reason: str, finish: str) -> None:
    found, error = read(sse(text("half"), ended("incomplete", incomplete_details={"reason": reason})))
    assert error is None and isinstance(found[-1], Finished) and found[-1].finish_reason == finish


def test_A15_tool_calls_are_put_together_by_their_item() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": ""}
    found, error = read(
        sse(
            {"type": "response.output_item.added", "output_index": 1, "item": call},
            {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"a":'},
            {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "1}"},
            {"type": "response.output_item.done", "output_index": 1, "item": {**call, "arguments": '{"a":1}'}},
            ended(),
        )
    )
    calls = [event for event in found if isinstance(event, ToolCallDelta)]
    assert error is None and calls[0].call_id == "call_1" and calls[0].name == "look"
    assert "".join(c.arguments for c in calls) == '{"a":1}'
    assert isinstance(found[-1], Finished) and found[-1].finish_reason == "tool_calls"


async def test_A6_a_whole_answer_is_an_answer() -> None:
    output = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "All at once."}]},
        {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"},
    ]
    body = json.dumps(
        {"object": "response", "status": "completed", "model": "m", "output": output, "usage": USAGE, "error": None}
    )
    found, error = read(body.encode())
    assert error is None and text_of(found) == "All at once."
    assert [e.arguments for e in found if isinstance(e, ToolCallDelta)] == ["{}"]


_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@given(
    st.sampled_from(
        ["response.output_text.delta", "response.output_item.added", "response.completed", "response.odd", "odd"]
    ),
    st.sampled_from(["delta", "item", "response", "output_index", "type"]),
    _VALUES,
)
@settings(max_examples=200, deadline=None)
def test_A4_no_shape_of_an_event_raises(kind: str, field: str, value: object) -> None:
    odd = {"type": kind, "delta": "", field: value}
    found, error = read(
        sse(text("before ")) + b"data: " + json.dumps(odd).encode() + b"\n\n" + sse(text("after"), ended())
    )
    assert text_of(found).startswith("before ")
    if kind != "response.completed" and error is None:
        assert text_of(found).endswith("after")


def test_A4_events_that_are_newer_than_the_reader_and_empty_errors_cost_nothing() -> None:
    new = [{"type": "keepalive"}, {"type": "response.brand_new", "error": None}, {"type": "other"}] * 30
    found, error = read(sse(*new, {**text("x"), "error": None}, ended(error=None)))
    assert error is None and text_of(found) == "x"


@pytest.mark.parametrize(
    "param, message",
    [
        ("input[0].content", "Invalid image"),
        ("text.format", "Unsupported schema"),
        ("instructions", "Unsupported parameter: 'instructions'"),
    ],
)
async def test_what_gives_a_request_its_meaning_is_never_left_out(param: str, message: str) -> None:
    said = {"error": {"message": message, "param": param, "type": "invalid_request_error"}}
    async with RawServer(answer(said, 400)) as server:
        async with OpenAIProvider(OpenAIConfig(base_url=server.url), key="sk-canary") as openai:
            openai.adapts(ask(), 404, "only supported in v1/responses")
            request = ask(json_schema={"type": "object"})
            with pytest.raises(LLMError):
                async for _ in openai.stream(request):
                    pass
        assert len(server.requests) == 1
