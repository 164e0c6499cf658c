"""Every way a chat-completions answer can arrive, and every way it can go wrong."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.llm import http, limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, ImagePart, Message, SamplingParameters, ToolCall
from app.services.llm.providers._failures import Server
from app.services.llm.providers._openai_request import Dialect, build_body
from app.services.llm.providers._openai_stream import AnswerReader
from app.services.llm.providers._refused_fields import refused_field
from app.services.llm.providers.lm_studio import LMStudioConfig, LMStudioProvider
from app.services.llm.providers.openai import OpenAIConfig, OpenAIProvider
from app.services.llm.providers.openai_compatible import OpenAICompatibleConfig, OpenAICompatibleProvider
from app.services.llm.stream_events import (
    Finished,
    PhaseChanged,
    ReasoningDelta,
    ServerTimings,
    Started,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
    ToolCallDelta,
    UsageReport,
)
from app.services.terminal_command import in_terminal
from tests.fakes.raw_http import (
    RawServer,
    Reply,
    answer,
    chunk,
    cut,
    delta,
    drip,
    events,
    head,
    in_turn,
    pieces,
    raw,
    refused_port,
    stall,
    stream,
)
from tests.slowness import slowness

SERVER = Server("LM Studio", "lm_studio", "http://127.0.0.1:1234/v1/chat/completions")
USAGE = {"id": "c", "model": "m", "choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 58, "total_tokens": 79,
         "completion_tokens_details": {"reasoning_tokens": 50}, "prompt_tokens_details": {"cached_tokens": 7}}}  # fmt: skip
GOOD = events(delta("Hel"), delta("lo"), delta(" wörld 😀"), delta(finish="stop"), USAGE)


class Outcome:
    """A stream read to its end: events, joined text, and the error that ended it."""

    def __init__(self) -> None:
        self.events: list[StreamEvent] = []
        self.error: LLMError | None = None

    @property
    def text(self) -> str:
        text = ""
        for event in self.events:
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, TextWasReasoning):
                text = ""
        return text

    @property
    def reasoning(self) -> str:
        return "".join(e.text for e in self.events if isinstance(e, ReasoningDelta))

    @property
    def finished(self) -> Finished | None:
        return next((e for e in self.events if isinstance(e, Finished)), None)

    @property
    def usage(self) -> UsageReport | None:
        return next((e for e in self.events if isinstance(e, UsageReport)), None)

    @property
    def calls(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for event in self.events:
            if isinstance(event, ToolCallDelta):
                call = found.setdefault(event.index, ["", "", ""])
                call[0] += event.call_id
                call[1] += event.name
                call[2] += event.arguments
        return found


def request(**parameters: Any) -> ChatRequest:
    messages = (Message(role="user", content="hi"),)
    return ChatRequest(model="m", messages=messages, parameters=SamplingParameters(**parameters))


async def collect(source: AsyncIterator[StreamEvent]) -> Outcome:
    outcome = Outcome()
    try:
        async with asyncio.timeout(20):
            async for event in source:
                outcome.events.append(event)
    except LLMError as exc:
        outcome.error = exc
    return outcome


async def ask(reply: Reply, asked: ChatRequest | None = None, **config: Any) -> Outcome:
    async with (
        RawServer(reply) as server,
        LMStudioProvider(LMStudioConfig(base_url=server.url, **config)) as provider,
    ):
        return await collect(provider.stream(asked or request()))


def read(*chunks: bytes, content_type: str = "text/event-stream", **options: Any) -> Outcome:
    """The reader alone, without a network."""
    outcome = Outcome()
    reader = AnswerReader(SERVER, "m", content_type=content_type, **options)
    for part in chunks:
        outcome.events += reader.feed(part)
        if reader.done:
            break
    outcome.events += reader.finish()
    outcome.error = reader.incomplete()
    if outcome.error is None:
        outcome.events += reader.end()
    return outcome


# -- the ordinary answer


@pytest.mark.anyio
async def test_an_answer_streams_as_started_deltas_usage_finished() -> None:
    outcome = await ask(stream(GOOD))
    assert outcome.error is None
    assert outcome.events == [
        Started("lm_studio", "m", True, False),
        TextDelta("Hel"),
        TextDelta("lo"),
        TextDelta(" wörld 😀"),
        UsageReport(21, 58, 50, 7),
        Finished("stop", "m"),
    ]


@pytest.mark.anyio
async def test_the_request_holds_only_what_was_set() -> None:
    async with RawServer(stream(GOOD)) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url), key="sk-lm-x") as provider:
            await collect(provider.stream(request()))
            await collect(provider.stream(request(temperature=0.5, max_tokens=9, stop=("x",), reasoning_effort="off")))
    first, second = server.requests
    assert first.path == "/v1/chat/completions" and first.headers["authorization"] == "Bearer sk-lm-x"
    assert first.json == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert {k: v for k, v in second.json.items() if k not in first.json} == {
        "temperature": 0.5, "max_tokens": 9, "stop": ["x"], "reasoning_effort": "none",
    }  # fmt: skip


def test_messages_with_pictures_tools_and_schemas_take_the_wire_form() -> None:
    asked = ChatRequest(
        model="m",
        messages=(
            Message(role="user", content="look", images=(ImagePart(media_type="image/png", data_base64="QUJD"),)),
            Message(role="assistant", tool_calls=(ToolCall(call_id="1", name="f", arguments=""),)),
            Message(role="tool", content="42", tool_call_id="1"),
        ),
        parameters=SamplingParameters(context_length=4096, extra={"ttl": 60, "model": "other", "stream": False}),
        json_schema={"title": "My answer!", "type": "object", "additionalProperties": False},
        tools=({"name": "f", "parameters": {}},),
    )
    body = build_body(asked, Dialect())
    assert body["model"] == "m" and body["stream"] is True and body["ttl"] == 60 and "context_length" not in body
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
    ]
    assert body["messages"][1]["tool_calls"] == [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]
    assert body["messages"][2] == {"role": "tool", "tool_call_id": "1", "content": "42"}
    assert body["tools"] == [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    assert body["response_format"]["json_schema"] == {
        "name": "My_answer", "strict": True, "schema": asked.json_schema,
    }  # fmt: skip


@pytest.mark.parametrize(
    "content, kwargs, text, reasoning",
    [
        ([delta(reasoning_content="six"), delta("42", finish="stop")], {}, "42", "six"),
        ([delta(reasoning="six"), delta("42", finish="stop")], {}, "42", "six"),
        ([delta("<think>si"), delta("x</th"), delta("ink>\n\n42", finish="stop")], {}, "42", "six"),
        ([delta("six</think>"), delta("42", finish="stop")], {}, "42", ""),
        ([delta(reasoning_content="a", content="b", finish="stop")], {}, "b", "a"),
        ([delta('{"a": "<think>"}', finish="stop")], {"json_answer": True}, '{"a": "<think>"}', ""),
        ([delta([{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, {"type": "text", "text": "x"}],  # type: ignore[arg-type]
                finish="stop")], {}, "x", "t"),
    ],
)  # fmt: skip
def test_A14_reasoning_in_any_of_its_forms_is_separated(
    content: list[object], kwargs: dict[str, Any], text: str, reasoning: str
) -> None:
    outcome = read(events(*content), **kwargs)
    assert outcome.error is None and outcome.text == text and outcome.reasoning == reasoning


def test_A14_a_held_back_tag_is_not_lost_when_the_stream_breaks() -> None:
    outcome = read(events(delta("a <thi"), done=False))
    assert outcome.text == "a <thi" and outcome.error is not None


# -- A3: when an answer is complete


@pytest.mark.parametrize(
    "body, reason",
    [
        (events(delta("x", finish="stop")), "stop"),
        (events(delta("x", finish="stop"), done=False), "stop"),
        (events(delta("x"), delta(finish="length")), "length"),
        (events(delta("x")), "unknown"),
        (events(delta("x"))[:-2], "unknown"),
        (events(delta("x", finish="stop"), delta(finish="stop")) + events(), "stop"),
        (events(delta("x", finish="eos")), "stop"),
        (events(delta("x", finish="weird")), "unknown"),
        (events(delta("x", finish="stop")) + b"data: not read any more", "stop"),
    ],
)
def test_A3_a_finish_reason_or_done_completes_the_answer(body: bytes, reason: str) -> None:
    outcome = read(body)
    assert outcome.error is None and outcome.text == "x"
    assert outcome.finished is not None and outcome.finished.finish_reason == reason


def test_A3_without_either_it_is_interrupted_with_text_and_protocol_without() -> None:
    some = read(events(delta("x"), done=False))
    assert some.error is not None and some.error.kind is ErrorKind.INTERRUPTED and some.text == "x"
    for empty in (b"", b"\n\n", b": ping\n\n", events(delta(), done=False)):
        none = read(empty)
        assert none.error is not None and none.error.kind is ErrorKind.PROTOCOL


@pytest.mark.anyio
async def test_A3_nothing_after_done_is_waited_for() -> None:
    body = events(delta("x", finish="stop"))
    async with RawServer(stall(head(200, "text/event-stream", chunked=True) + chunk(body))) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            outcome = await collect(provider.stream(request()))
        async with asyncio.timeout(2):
            await server.disconnected.wait()
    assert outcome.error is None and outcome.text == "x"


@pytest.mark.anyio
async def test_A3_a_finish_reason_without_done_is_not_waited_on_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FINISHING_GRACE_S", 0.05)
    body = events(delta("x", finish="stop"), done=False)
    outcome = await ask(stall(head(200, "text/event-stream", chunked=True) + chunk(body)))
    assert outcome.error is None and outcome.text == "x" and outcome.finished == Finished("stop", "m")


# -- A4, A5, A6: shapes


ODD: list[object] = [
    {}, {"choices": None}, {"choices": {}}, {"choices": [None]}, {"choices": [[]]}, {"choices": [{"delta": None}]},
    {"choices": [{"delta": []}]}, {"choices": [{"delta": {"content": 5}}]}, {"choices": [{"delta": {"content": {"a": 1}}}]},
    {"choices": [{"delta": {"tool_calls": 3}}]}, {"choices": [{"delta": {"tool_calls": [None, 1]}}]},
    {"choices": [{"delta": {"tool_calls": []}}]}, {"choices": [{"finish_reason": 3, "delta": {}}]}, "text", 5, None, [], [[]],
    {"choices": [], "usage": "x"}, {"choices": [], "usage": {"prompt_tokens": True, "completion_tokens": -1}},
    {"usage": {"prompt_tokens": 1e400 if False else "9", "completion_tokens": None}}, "{not json", "{\"choices\"", "",
    {"choices": [{"delta": {"reasoning_content": 7}}]}, {"model": 7, "choices": [{"delta": {"role": "assistant"}}]},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_A4_an_event_of_unexpected_shape_never_loses_its_neighbours(odd: object) -> None:
    outcome = read(events(delta("a"), odd, delta("b", finish="stop")))
    assert outcome.error is None, outcome.error
    assert outcome.text == "ab"


def test_A4_many_unreadable_events_end_the_stream_as_protocol() -> None:
    outcome = read(events(delta("a"), *["{broken"] * (limits.MAX_UNREADABLE_EVENTS + 1), delta("b")))
    assert outcome.error is not None and outcome.error.kind is ErrorKind.PROTOCOL and outcome.text == "a"
    few = read(events(delta("a"), "{broken", "{broken", delta("b", finish="stop")))
    assert few.finished is not None and few.finished.skipped_events == 2 and few.text == "ab"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["delta", "content", "index", "id", "function",
        "name", "arguments", "finish_reason", "message", "text", "usage", "model", "tool_calls", "type"]), x, max_size=4),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300)
@given(st.sampled_from(["choices", "usage", "model", "timings", "prompt_progress", "object", "id"]), json_values)
def test_A4_mutated_events_never_raise_anything_but_our_errors(field: str, value: object) -> None:
    mutated = {**delta("?"), field: value}
    try:
        body = events(delta("a"), json.dumps(mutated), delta("b", finish="stop"))
    except (ValueError, UnicodeEncodeError):
        return
    outcome = read(body)
    assert outcome.error is not None or (outcome.text.startswith("a") and outcome.text.endswith("b"))


@settings(max_examples=300)
@given(st.binary(max_size=60), st.integers(0, len(GOOD)), st.integers(0, 20))
def test_A4_random_damage_never_raises_anything_but_our_errors(noise: bytes, at: int, drop: int) -> None:
    read(GOOD[:at] + noise + GOOD[at + drop :])


ERRORS: list[tuple[bytes, ErrorKind, str]] = [
    (b'event: error\ndata: {"error":{"message":"The number of tokens to keep from the initial prompt is greater than the context length."}}\n\n',
     ErrorKind.CONTEXT_LENGTH, "tokens to keep"),
    (b'event: error\ndata: {"message":"boom"}\n\n', ErrorKind.SERVER_ERROR, "boom"),
    (b'event: error\ndata: "boom"\n\n', ErrorKind.SERVER_ERROR, "boom"),
    (b"event: error\ndata: boom\n\n", ErrorKind.SERVER_ERROR, "boom"),
    (b'data: {"error": "boom"}\n\n', ErrorKind.SERVER_ERROR, "boom"),
    (b'data: {"error": {"message": "boom", "code": 429}, "choices": []}\n\n', ErrorKind.RATE_LIMITED, "boom"),
    (b'data: {"object": "error", "message": "boom", "code": 400}\n\n', ErrorKind.BAD_REQUEST, "boom"),
    (b'error: {"code": 500, "message": "boom"}\n\n', ErrorKind.SERVER_ERROR, "boom"),
    (b'data: {"error":"Engine protocol predict request returned 400: {\\"error\\":{\\"code\\":400,\\"message\\":\\"request (900 tokens) exceeds the available context size (512 tokens), try increasing it\\",\\"type\\":\\"exceed_context_size_error\\"}}"}\n\n',
     ErrorKind.CONTEXT_LENGTH, "900 of 512"),
    (b'data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"message":"boom","code":502}}]}\n\n',
     ErrorKind.SERVER_ERROR, "boom"),
]  # fmt: skip


@pytest.mark.parametrize("body, kind, words", ERRORS, ids=[e[0][:40].decode() for e in ERRORS])
def test_A5_errors_inside_a_good_status_are_found_in_every_form(body: bytes, kind: ErrorKind, words: str) -> None:
    first = read(body)
    assert first.error is not None and first.error.kind is kind
    assert words in f"{first.error.hint}{first.error.details}"
    middle = read(events(delta("so far"), done=False) + body + events(delta("never")))
    assert middle.error is not None and middle.error.kind is kind and middle.text == "so far"


@pytest.mark.parametrize(
    "reply, kind",
    [
        (answer({"error": "Unexpected endpoint or method. (POST /v1/x)"}), ErrorKind.UNSUPPORTED),
        (answer({"error": {"message": "boom"}}, content_type="text/event-stream"), ErrorKind.SERVER_ERROR),
        (answer("<!doctype html><title>Router login</title>", content_type="text/html"), ErrorKind.PROTOCOL),
        (answer("<html>", content_type="text/event-stream"), ErrorKind.PROTOCOL),
        (answer("Internal Server Error", content_type="text/plain"), ErrorKind.PROTOCOL),
        (answer("", content_type="application/json"), ErrorKind.PROTOCOL),
        (answer("", content_type="text/event-stream"), ErrorKind.PROTOCOL),
        (answer({"hello": 1}), ErrorKind.PROTOCOL),
        (answer("", 204), ErrorKind.PROTOCOL),
    ],
)
@pytest.mark.anyio
async def test_A6_a_good_status_without_an_answer_is_an_error(reply: Reply, kind: ErrorKind) -> None:
    outcome = await ask(reply)
    assert outcome.error is not None and outcome.error.kind is kind, outcome.error
    assert "<" not in str(outcome.error) and outcome.error.provider == "lm_studio" and outcome.error.model == "m"


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream", "text/plain"])
@pytest.mark.anyio
async def test_A6_a_whole_json_answer_to_a_stream_request_is_accepted(content_type: str) -> None:
    whole = {
        "model": "m2",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": "42", "reasoning_content": "six", "tool_calls": []}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }  # fmt: skip
    outcome = await ask(answer(whole, content_type=content_type))
    assert outcome.error is None
    assert (outcome.text, outcome.reasoning, outcome.usage) == ("42", "six", UsageReport(3, 4))
    assert outcome.finished == Finished("stop", "m2")


@pytest.mark.anyio
async def test_A6_an_event_stream_under_the_wrong_content_type_is_read() -> None:
    for content_type in ("application/json", "text/plain", "application/octet-stream"):
        outcome = await ask(stream(GOOD, content_type=content_type))
        assert outcome.error is None and outcome.text == "Hello wörld 😀"


# -- A7: cuts


def test_A7_chunk_borders_never_matter() -> None:
    expected = read(GOOD).events
    for position in range(len(GOOD) + 1):
        assert read(GOOD[:position], GOOD[position:]).events == expected
    assert read(*(GOOD[i : i + 1] for i in range(len(GOOD)))).events == expected


@given(st.lists(st.integers(0, len(GOOD)), max_size=12))
def test_A7_random_chunks_give_the_same_events(cuts: list[int]) -> None:
    borders = [0, *sorted(cuts), len(GOOD)]
    assert read(*(GOOD[a:b] for a, b in pairwise(borders))).events == read(GOOD).events


@pytest.mark.anyio
async def test_A7_a_stream_cut_at_any_byte_keeps_its_text_and_ends_in_one_error() -> None:
    whole = head(200, "text/event-stream", chunked=True) + chunk(GOOD) + b"0\r\n\r\n"
    for position in range(0, len(whole), 3):
        outcome = await ask(cut(whole, position, reset=position % 2 == 0))
        assert "Hello wörld 😀".startswith(outcome.text)
        if outcome.error is None:
            assert outcome.text == "Hello wörld 😀" and outcome.finished is not None
        else:
            assert outcome.error.kind in (ErrorKind.INTERRUPTED, ErrorKind.PROTOCOL)
            assert outcome.finished is None
            assert not (outcome.text and outcome.error.kind is ErrorKind.PROTOCOL)


# -- A8: clocks


@pytest.mark.anyio
async def test_A8_keep_alive_comments_do_not_put_off_the_first_token_for_ever() -> None:
    outcome = await ask(
        drip(head(200, "text/event-stream"), b": ping\n\n", every_s=0.01), first_token_timeout=0.1, timeout=0.05
    )
    assert outcome.error is not None and outcome.error.kind is ErrorKind.TIMEOUT
    assert outcome.error.message == "LM Studio has been silent for 0.1 s."


@pytest.mark.anyio
async def test_A8_a_role_chunk_alone_does_not_start_the_silence_clock() -> None:
    async def slow_prompt(exchange: Any) -> None:
        await exchange.write(
            head(200, "text/event-stream", chunked=True) + chunk(events(delta(role="assistant"), done=False))
        )
        await asyncio.sleep(0.2)
        await exchange.write(chunk(events(delta("x", finish="stop"))) + b"0\r\n\r\n")

    outcome = await ask(slow_prompt, timeout=0.05, first_token_timeout=10)
    assert outcome.error is None and outcome.text == "x"


@pytest.mark.anyio
async def test_A8_silence_after_the_first_token_ends_the_stream_and_keeps_its_text() -> None:
    outcome = await ask(stall(head(200, "text/event-stream") + events(delta("x"), done=False)), timeout=0.05)
    assert outcome.error is not None and outcome.error.kind is ErrorKind.TIMEOUT and outcome.text == "x"


@pytest.mark.anyio
async def test_A9_closing_the_iterator_closes_the_connection_upstream() -> None:
    endless = drip(head(200, "text/event-stream"), events(delta("x"), done=False), every_s=0.001)
    async with RawServer(endless) as server, LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
        source = provider.stream(request())
        assert isinstance(await anext(source), Started)
        assert await anext(source) == TextDelta("x")
        await source.aclose()  # type: ignore[attr-defined]
        async with asyncio.timeout(1):
            await server.disconnected.wait()


def test_A10_an_answer_without_end_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ANSWER_BYTES", 1000)
    outcome = read(*[events(delta("x" * 100), done=False)] * 20)
    assert outcome.error is not None and outcome.error.kind is ErrorKind.TOO_LARGE and len(outcome.text) == 1000
    whole = read(b"{" + b" " * 2000, content_type="application/json")
    assert whole.error is not None and whole.error.kind is ErrorKind.TOO_LARGE


# -- A13, A15


@pytest.mark.anyio
async def test_A13_a_redirect_of_model_traffic_sends_neither_key_nor_prompt_elsewhere() -> None:
    async with RawServer(stream(GOOD)) as second:
        outcome = await ask(answer("", 307, Location=f"{second.url}/v1/chat/completions"))
        assert second.connections == 0
    assert outcome.error is not None and outcome.error.kind is ErrorKind.PROTOCOL
    assert outcome.error.message == "LM Studio sent something that is not an answer."


def call(index: object = None, call_id: object = None, name: object = None, arguments: object = None) -> dict[str, Any]:
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    return {k: v for k, v in (("index", index), ("id", call_id), ("function", function)) if v is not None}


@pytest.mark.parametrize(
    "fragments, expected",
    [
        ([call(0, "a", "f", ""), call(0, None, "", '{"x":'), call(0, None, None, "1}")], {0: ["a", "f", '{"x":1}']}),
        ([call(0, "a", "f", "1"), call(1, "b", "g", "2"), call(0, arguments="3"), call(1, arguments="4")],
         {0: ["a", "f", "13"], 1: ["b", "g", "24"]}),
        ([call(None, "a", "f", "1"), call(None, None, None, "2")], {0: ["a", "f", "12"]}),
        ([call(0, "a", "f", "1"), call(0, "b", "g", "2")], {0: ["a", "f", "1"], 1: ["b", "g", "2"]}),
        ([call(3, "a", "f", {"x": "é"})], {0: ["a", "f", '{"x": "é"}']}),
        ([call(0, "a", "f", "1"), call(0, "a", "f", "2")], {0: ["a", "f", "12"]}),
    ],
)  # fmt: skip
def test_A15_tool_calls_are_put_together_by_index(fragments: list[object], expected: dict[int, list[str]]) -> None:
    outcome = read(events(*(delta(tool_calls=[one]) for one in fragments), delta(finish="tool_calls")))
    assert outcome.error is None and outcome.calls == expected
    assert outcome.finished is not None and outcome.finished.finish_reason == "tool_calls"


def test_A15_a_call_without_an_id_gets_one_and_stop_becomes_tool_calls() -> None:
    outcome = read(events(delta(tool_calls=[call(0, "", "f", "{}")]), delta(finish="stop")))
    assert outcome.calls[0][0].startswith("call_") and outcome.calls[0][1:] == ["f", "{}"]
    assert outcome.finished is not None and outcome.finished.finish_reason == "tool_calls"


def test_A15_tool_calls_are_bounded() -> None:
    many = [delta(tool_calls=[call(i, f"i{i}", "f", "{}")]) for i in range(limits.MAX_TOOL_CALLS + 1)]
    long = [delta(tool_calls=[call(0, "a", "f", "x" * 1_000_000)])] * 5
    for fragments in (many, long):
        outcome = read(events(*fragments))
        assert outcome.error is not None and outcome.error.kind is ErrorKind.TOO_LARGE


# -- usage, progress, times


def test_zero_usage_is_unknown_and_the_last_report_wins() -> None:
    zero = {"choices": [], "usage": {"prompt_tokens": 0, "completion_tokens": 0}}
    assert read(events(delta("x", finish="stop"), zero)).usage is None
    running = [{**delta("x"), "usage": {"prompt_tokens": 1, "completion_tokens": n}} for n in (1, 2, 3)]
    assert read(events(*running, delta(finish="stop"))).usage == UsageReport(1, 3)
    paid = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 1, "cost": 0.25}}
    assert read(events(delta("x", finish="stop"), paid)).usage == UsageReport(5, 1, None, None, 0.25)


def test_prompt_progress_and_timings_of_llama_cpp_are_told() -> None:
    progress = {"choices": [], "prompt_progress": {"processed": 50, "total": 200}}
    last = {**delta(finish="stop"), "timings": {"prompt_ms": 12.5, "predicted_ms": 30}}
    outcome = read(events(progress, delta("x"), last))
    assert outcome.events[0] == PhaseChanged("reading", 0.25)
    assert outcome.finished is not None and outcome.finished.timings == ServerTimings(None, 12.5, 30.0)


# -- refusals before the stream


@pytest.mark.anyio
async def test_a_stopped_server_of_any_make_is_not_promised_to_be_found_elsewhere() -> None:
    config = OpenAICompatibleConfig(base_url=f"127.0.0.1:{refused_port()}", name="Workshop")
    async with OpenAICompatibleProvider(config) as provider:
        error = (await collect(provider.stream(request()))).error
    assert error is not None and error.message == "Workshop is not running."
    assert error.hint.endswith("or correct the address.")
    assert error.terminal_hint == f"“{in_terminal('doctor')}” looks at it step by step."


@pytest.mark.anyio
async def test_a_stopped_server_is_named_with_its_fixed_text() -> None:
    port = refused_port()
    async with LMStudioProvider(LMStudioConfig(base_url=f"127.0.0.1:{port}")) as provider:
        outcome = await collect(provider.stream(request()))
    error = outcome.error
    assert error is not None and error.kind is ErrorKind.NOT_RUNNING
    assert error.message == "LM Studio server not running."
    assert error.hint.startswith(f"Nothing answers at http://127.0.0.1:{port}.")
    assert f"“lms server start --port {port}”" in error.hint
    assert "doctor" not in error.hint, "a window has its own button"
    assert error.terminal_hint == f"If it runs at another address, “{in_terminal('doctor')}” looks for it."
    assert error.details.startswith(
        f"POST http://127.0.0.1:{port}/v1/chat/completions\nnot_running: connection refused"
    )


@pytest.mark.parametrize(
    "status, body, kind, message",
    [
        (401, {"error": {"message": "Malformed LM Studio API token provided: sk-lm-abcd1234:secret. Ensure", "code": "invalid_api_key"}},
         ErrorKind.AUTH, "LM Studio refused the key."),
        (400, {"error": {"message": 'Invalid model identifier "x". Please specify a valid downloaded model.', "code": "model_not_found"}},
         ErrorKind.MODEL_NOT_FOUND, "Model 'm' not found."),
        (404, {"error": "No models loaded. Please load a model in the developer page or use the 'lms load' command."},
         ErrorKind.MODEL_NOT_FOUND, "Model 'm' not found."),
        (400, {"error": {"message": 'Failed to load model "x". Error: insufficient system resources', "code": "model_not_found"}},
         ErrorKind.OVERLOADED, "LM Studio is out of memory or overloaded."),
        (400, {"error": {"message": 'Failed to load model "x". Error: unknown', "code": "model_not_found"}},
         ErrorKind.SERVER_ERROR, "LM Studio failed while answering."),
        (400, {"error": "The model has crashed without additional information. (Exit code: 6)"},
         ErrorKind.SERVER_ERROR, "LM Studio failed while answering."),
        (400, {"error": "Model is unloaded."}, ErrorKind.INTERRUPTED, "Interrupted."),
        (400, {"error": {"message": "'messages' field is required"}}, ErrorKind.BAD_REQUEST, "LM Studio did not accept the request."),
        (400, {"error": "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"},
         ErrorKind.CONTEXT_LENGTH, "This chat does not fit the model's window."),
        (400, {"error": "Context size has been exceeded"}, ErrorKind.CONTEXT_LENGTH, "This chat does not fit the model's window."),
        (429, {"error": {"message": "slow down"}}, ErrorKind.RATE_LIMITED, "LM Studio allows no more requests for now."),
        (500, "oops", ErrorKind.SERVER_ERROR, "LM Studio failed while answering."),
        (502, "<html><title>502 Bad Gateway</title></html>", ErrorKind.SERVER_ERROR, "LM Studio failed while answering."),
        (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, ErrorKind.OVERLOADED, "LM Studio is out of memory or overloaded."),
        (404, "Not Found", ErrorKind.UNSUPPORTED, "m cannot do this."),
    ],
)  # fmt: skip
@pytest.mark.anyio
async def test_refusals_are_told_apart_by_their_words_and_status(
    status: int, body: object, kind: ErrorKind, message: str
) -> None:
    outcome = await ask(answer(body, status))
    error = outcome.error
    assert error is not None and (error.kind, error.message) == (kind, message), error.details
    assert error.status == status
    assert "secret" not in f"{error}{error.details}" and "<" not in str(error)


@pytest.mark.parametrize(
    "value, seconds",
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("nonsense", None), ("1e999", None), ("NaN", None), ("99999999", 99999999.0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("Wed, 99 Oct", None), ("٣", None)],
)  # fmt: skip
def test_A12_retry_after_is_parsed_safely(value: str, seconds: float | None) -> None:
    from app.services.llm.retries import retry_after_s

    assert retry_after_s({"retry-after": value}) == seconds
    assert retry_after_s({}) is None


@pytest.mark.anyio
async def test_A12_the_wait_a_server_asks_for_is_passed_on() -> None:
    outcome = await ask(answer({"error": "x"}, 429, Retry_After="17"))
    assert outcome.error is not None and outcome.error.retry_after_s == 17 and outcome.error.retryable
    spent = await ask(answer({"error": {"message": "no", "code": "insufficient_quota"}}, 429))
    assert spent.error is not None and not spent.error.retryable


@pytest.mark.anyio
async def test_one_refused_field_is_left_out_and_the_request_repeated_once_and_for_all() -> None:
    refusal = answer(
        {"error": {"message": "Unsupported value: 'temperature' does not support 0.5 with this model.",
                   "param": "temperature", "code": "unsupported_value"}}, 400,
    )  # fmt: skip
    async with RawServer(in_turn(refusal, stream(GOOD))) as server:
        async with OpenAIProvider(OpenAIConfig(base_url=server.url), key="k") as provider:
            asked = request(temperature=0.5, max_tokens=5, top_k=3)
            first = await collect(provider.stream(asked))
            second = await collect(provider.stream(asked))
    assert first.error is None and second.error is None and first.text == second.text == "Hello wörld 😀"
    # top_k is no field of this service; temperature was refused, in the second request known from the first.
    told = [[e.left_out for e in one.events if isinstance(e, Started)] for one in (first, second)]
    assert told == [[("top_k",), ("temperature", "top_k")], [("temperature", "top_k")]]
    bodies = [seen.json for seen in server.requests]
    assert [("temperature" in body) for body in bodies] == [True, False, False]
    assert all(
        body["max_completion_tokens"] == 5 and "max_tokens" not in body and "top_k" not in body for body in bodies
    )


@pytest.mark.anyio
async def test_what_went_out_under_another_name_or_was_never_asked_for_is_not_told_as_left_out() -> None:
    renamed = answer({"error": {"message": "Unsupported parameter: 'max_tokens'", "param": "max_tokens"}}, 400)
    unasked = answer({"error": {"message": "Unknown parameter: 'stream_options'", "param": "stream_options"}}, 400)
    asked = request(max_tokens=5, stop=("a",), context_length=4_096, extra={"mirostat": 2, "odd": 1})
    odd = answer({"error": {"message": "Unrecognized request argument supplied: odd"}}, 400)
    async with RawServer(in_turn(renamed, unasked, odd, stream(GOOD))) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            told = await collect(provider.stream(asked))
    assert told.error is None
    found = [e.left_out for e in told.events if isinstance(e, Started)]
    assert found == [("context_length",), ("context_length", "odd")]
    assert server.requests[-1].json["max_completion_tokens"] == 5
    assert "stream_options" not in server.requests[-1].json


@pytest.mark.anyio
async def test_a_request_that_fails_tells_first_who_was_asked() -> None:
    async with RawServer(answer({"error": "no"}, 500)) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            told = await collect(provider.stream(request(temperature=0.5)))
    assert told.error is not None
    assert [type(e) for e in told.events] == [Started]


@pytest.mark.anyio
async def test_once_accepted_the_start_is_told_before_the_server_answers() -> None:
    async with RawServer(in_turn(stream(GOOD), stall())) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            await collect(provider.stream(request(temperature=0.5)))
            events = provider.stream(request(temperature=0.7))
            async with asyncio.timeout(5):
                assert isinstance(await anext(events), Started)
            await events.aclose()  # type: ignore[attr-defined]  # a generator


@pytest.mark.anyio
async def test_a_400_about_the_messages_is_not_repeated() -> None:
    refusal = answer({"error": {"message": "Invalid 'messages' in payload.", "param": "messages"}}, 400)
    async with RawServer(refusal) as server, LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
        outcome = await collect(provider.stream(request(temperature=1.0)))
    assert len(server.requests) == 1 and outcome.error is not None and outcome.error.kind is ErrorKind.BAD_REQUEST


@pytest.mark.parametrize(
    "param, message, field",
    [
        ("temperature", "", "temperature"),
        ("", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "max_tokens"),
        ("", "Unrecognized request argument supplied: top_p", "top_p"),
        ("", "'stop' is not supported", "stop"),
        ("stream_options.include_usage", "", "stream_options"),
        ("messages[0].content", "", None),
        ("", "Invalid 'messages' in payload", None),
        ("seed", "", None),
        ("model", "", None),
    ],
)  # fmt: skip
def test_only_a_named_optional_field_that_was_sent_is_left_out(param: str, message: str, field: str | None) -> None:
    body = build_body(request(temperature=1.0, max_tokens=1, top_p=1.0, stop=("x",)), Dialect())
    assert refused_field(body, param, message) == field


def test_a_refused_max_tokens_is_renamed_not_dropped() -> None:
    body = build_body(request(max_tokens=7), Dialect(), frozenset({"max_tokens"}))
    assert body["max_completion_tokens"] == 7 and "max_tokens" not in body


@pytest.mark.anyio
async def test_the_simulator_is_known_by_its_header_and_its_ids() -> None:
    async with RawServer(stream(GOOD, X_Simulated="1")) as server:
        async with LMStudioProvider(LMStudioConfig(base_url=server.url)) as provider:
            await collect(provider.stream(request()))
            outcome = await collect(provider.stream(request()))
    assert isinstance(outcome.events[0], Started) and outcome.events[0].simulated
    by_id = await ask(raw(b""), ChatRequest(model="simulated/x", messages=()))
    assert isinstance(by_id.events[0], Started) and by_id.events[0].simulated


@pytest.mark.anyio
async def test_A11_a_hundred_thousand_tokens_arrive_whole_in_linear_time() -> None:
    count = 100_000
    block = events(*[delta("word ")] * 1000, done=False)
    parts = [block] * (count // 1000) + [events(delta(finish="stop"))]
    await ask(pieces([block, parts[-1]]))  # what is imported at the first request is no part of a long answer
    # The least of three: other work on the machine can only add to a figure.
    assert min([await _longest_step(parts, "word " * count) for _ in range(3)]) < 0.1 * slowness()


@pytest.mark.anyio
@pytest.mark.parametrize("piece", [events(delta("word "), done=False), events(delta("word " * 20_000), done=False)])
async def test_A11_four_times_the_answer_costs_four_times_the_work(piece: bytes) -> None:
    count = 10_000 if len(piece) < 1_000 else 40

    async def cost(times: int) -> float:
        """CPU seconds of this thread."""
        parts = [piece * 50] * (times // 50) + [piece * (times % 50), events(delta(finish="stop"))]
        began = time.thread_time()
        outcome = await ask(pieces(parts))
        assert outcome.error is None and len(outcome.text) == len(read(piece).text) * times
        return time.thread_time() - began

    await cost(count)  # what is imported at the first request is no part of a long answer
    small = min([await cost(count) for _ in range(3)])
    large = min([await cost(4 * count) for _ in range(3)])
    assert large < 4 * small * 1.6, (small, large)


async def _longest_step(parts: list[bytes], text: str) -> float:
    """CPU seconds of the longest turn of the loop while an answer arrives."""
    longest = 0.0
    running = True

    async def probe() -> None:
        nonlocal longest
        previous = time.thread_time()
        while running:
            await asyncio.sleep(0)
            now = time.thread_time()  # of this thread: what other programs do is not our doing
            longest, previous = max(longest, now - previous), now

    gc.collect()
    gc.disable()  # a full collection of this test process is not a step of ours
    try:
        task = asyncio.create_task(probe())
        outcome = await ask(pieces(parts))
        running = False
        await task
    finally:
        gc.enable()
    assert outcome.error is None and outcome.text == text
    return longest
