"""Claude's own wire, on a real HTTP server that speaks as the Messages API does (version 2026-10-21)."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, ImagePart, Message, SamplingParameters, ToolCall
from app.services.llm.providers._anthropic_wire import MessageReader, build_body
from app.services.llm.providers._failures import Server
from app.services.llm.providers.anthropic import AnthropicConfig, AnthropicProvider
from app.services.llm.registry import find
from app.services.llm.stream_events import (
    Finished,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from tests.fakes.raw_http import Exchange, RawServer, answer, cut, head, in_turn, stream

pytestmark = pytest.mark.anyio

USAGE = {
    "input_tokens": 12, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 1000, "output_tokens": 1,
}  # fmt: skip
START = {"type": "message_start", "message": {"id": "msg_1", "model": "claude-sonnet-5-5-1022", "usage": USAGE}}


def sse(*values: dict[str, Any]) -> bytes:
    """Events as the service frames them: a name and one line of data."""
    return b"".join(f"event: {v['type']}\ndata: {json.dumps(v)}\n\n".encode() for v in values)


def block(index: int, **block: object) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, **delta: object) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(reason: str = "end_turn", **usage: object) -> tuple[dict[str, Any], dict[str, Any]]:
    counts = {"output_tokens": 42, **usage}
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": counts}, {"type": "message_stop"}


GOOD = sse(
    START,
    {"type": "ping"},
    block(0, type="thinking", thinking=""),
    piece(0, type="thinking_delta", thinking="Let me "),
    piece(0, type="thinking_delta", thinking="see."),
    piece(0, type="signature_delta", signature="abc"),
    {"type": "content_block_stop", "index": 0},
    block(1, type="text", text=""),
    piece(1, type="text_delta", text="Grüße, "),
    piece(1, type="text_delta", text="world 🙂"),
    {"type": "content_block_stop", "index": 1},
    *stop(output_tokens_details={"thinking_tokens": 30}),
)


def provider(url: str, **config: object) -> AnthropicProvider:
    return AnthropicProvider(AnthropicConfig(base_url=url, **config), key="sk-ant-canary")  # type: ignore[arg-type]  # fields


def ask(*contents: str, **fields: Any) -> ChatRequest:
    roles = ("user", "assistant") * len(contents)
    messages = tuple(Message(role=role, content=text) for role, text in zip(roles, contents, strict=False))  # type: ignore[arg-type]  # two roles
    return ChatRequest(model="claude-sonnet-5-5", messages=messages, **fields)


async def collected(claude: AnthropicProvider, request: ChatRequest) -> tuple[list[StreamEvent], LLMError | None]:
    found: list[StreamEvent] = []
    try:
        async for event in claude.stream(request):
            found.append(event)
    except LLMError as exc:
        return found, exc
    return found, None


def text_of(events: list[StreamEvent]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def read(*chunks: bytes) -> tuple[list[StreamEvent], LLMError | None]:
    """The reader alone, without a network."""
    reader = MessageReader(Server("Claude", "anthropic", "http://x/v1/messages"), "m")
    found: list[StreamEvent] = []
    for chunk in chunks:
        found += reader.feed(chunk)
        if reader.done:
            break
    found += reader.finish()
    error = reader.incomplete()
    return (found, error) if error is not None else ([*found, *reader.end()], None)


async def test_an_answer_with_thinking_and_what_it_used() -> None:
    async with RawServer(stream(GOOD)) as server, provider(server.url) as claude:
        events, error = await collected(claude, ask("Hi"))
    assert error is None
    assert events[0] == Started("anthropic", "claude-sonnet-5-5", local=False)
    assert "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == "Let me see."
    assert text_of(events) == "Grüße, world 🙂"
    # The service counts what it read from its cache apart; the prompt is all of it.
    assert events[-2] == UsageReport(1112, 42, 30, 1000, cache_written_tokens=100)
    assert events[-1] == Finished("stop", served_model="claude-sonnet-5-5-1022")


async def test_the_key_goes_into_its_own_header_with_the_version() -> None:
    async with RawServer(stream(GOOD)) as server, provider(server.url) as claude:
        await collected(claude, ask("Hi"))
        seen = server.requests[-1]
    assert seen.path == "/v1/messages"
    assert seen.headers["x-api-key"] == "sk-ant-canary" and "authorization" not in seen.headers
    assert seen.headers["anthropic-version"] == "2026-10-21"


async def test_A7_text_is_kept_wherever_the_answer_breaks_off() -> None:
    whole = text_of(read(GOOD)[0])
    complete_at = GOOD.index(b"event: message_delta")
    complete_at = GOOD.index(b"\n\n", complete_at)  # a last event without its blank line is read, too
    for at in range(len(GOOD)):
        events, error = read(GOOD[:at])
        assert whole.startswith(text_of(events))
        if at < complete_at:
            assert error is not None and error.kind in (ErrorKind.INTERRUPTED, ErrorKind.PROTOCOL), at
        else:
            assert error is None, at
    served = head(200, "text/event-stream") + GOOD
    for at in range(len(head(200, "text/event-stream")) + 1, len(served) - 120, 97):
        async with RawServer(cut(served, at)) as server, provider(server.url, max_retries=0) as claude:
            events, error = await collected(claude, ask("Hi"))
        assert error is not None and whole.startswith(text_of(events))


@given(st.lists(st.integers(0, len(GOOD)), max_size=8))
@settings(max_examples=150, deadline=None)
def test_A1_where_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(GOOD)]
    chunks = [GOOD[a:b] for a, b in itertools.pairwise(places)]
    whole, pieces = read(GOOD), read(*chunks)
    assert text_of(whole[0]) == text_of(pieces[0]) and whole[0][-1] == pieces[0][-1] and pieces[1] is None


_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
_VALUES = _VALUES | st.dictionaries(st.text(max_size=5), _VALUES, max_size=3)


@given(
    st.sampled_from(["message_start", "content_block_start", "content_block_delta", "message_delta", "odd"]),
    st.sampled_from(["message", "index", "content_block", "delta", "usage", "type"]),
    _VALUES,
)
@settings(max_examples=300, deadline=None)
def test_A4_no_shape_of_an_event_raises_or_costs_its_neighbours(kind: str, field: str, value: object) -> None:
    odd = {"type": kind, "index": 1, "delta": {"type": "text_delta", "text": ""}, field: value}
    events, error = read(
        sse(START, piece(1, type="text_delta", text="before "))
        + b"data: "
        + json.dumps(odd).encode()
        + b"\n\n"
        + sse(piece(1, type="text_delta", text="after"), *stop())
    )
    if error is None:
        assert text_of(events) == "before after"
    else:  # an odd event that claims to be an error is one
        assert value == "error" or error.kind is ErrorKind.INTERRUPTED


@pytest.mark.parametrize(
    "reason, finish",
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("something_new", "unknown"),
    ],
)
def test_why_an_answer_ended(reason: str, finish: str) -> None:
    events, error = read(sse(START, piece(0, type="text_delta", text="x"), *stop(reason)))
    assert error is None and isinstance(events[-1], Finished) and events[-1].finish_reason == finish


def test_A15_tool_calls_are_put_together_by_their_block() -> None:
    events, error = read(
        sse(
            START,
            block(1, type="tool_use", id="toolu_1", name="look", input={}),
            block(2, type="tool_use", id="toolu_2", name="read", input={}),
            piece(1, type="input_json_delta", partial_json='{"a":'),
            piece(2, type="input_json_delta", partial_json="{}"),
            piece(1, type="input_json_delta", partial_json="1}"),
            *stop("tool_use"),
        )
    )
    assert error is None
    calls = [e for e in events if isinstance(e, ToolCallDelta)]
    assert [(c.call_id, c.name) for c in calls if c.call_id] == [("toolu_1", "look"), ("toolu_2", "read")]
    assert "".join(c.arguments for c in calls if c.index == 0) == '{"a":1}'


@pytest.mark.parametrize(
    "status, body, kind, retryable",
    [
        (401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}, "auth", False),
        (403, {"type": "error", "error": {"type": "permission_error", "message": "not allowed"}}, "auth", False),
        (404, {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-x"}}, "model_not_found", False),
        (413, {"type": "error", "error": {"type": "request_too_large", "message": "Request exceeds"}}, "bad_request", False),
        (429, {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}, "rate_limited", True),
        (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded", True),
        (500, {"type": "error", "error": {"type": "api_error", "message": "Internal server error"}}, "server_error", True),
        (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}}, "context_length", False),
        (402, {"type": "error", "error": {"type": "billing_error", "message": "Your credit balance is too low"}}, "rate_limited", False),
    ],
)  # fmt: skip
async def test_what_the_service_refuses_with(status: int, body: dict[str, Any], kind: str, retryable: bool) -> None:
    async with RawServer(answer(body, status)) as server, provider(server.url) as claude:
        _, error = await collected(claude, ask("Hi"))
    assert error is not None and (error.kind.value, error.retryable) == (kind, retryable)
    assert "sk-ant-canary" not in f"{error.message}{error.hint}{error.details}"


async def test_A5_an_error_in_the_middle_of_a_good_stream_keeps_the_text() -> None:
    error_event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    body = sse(START, piece(0, type="text_delta", text="half"), error_event)
    async with RawServer(stream(body)) as server, provider(server.url) as claude:
        events, error = await collected(claude, ask("Hi"))
    assert text_of(events) == "half" and error is not None and error.kind is ErrorKind.OVERLOADED


@pytest.mark.parametrize(
    "body, content_type, kind",
    [
        (b"<html><title>Sign in</title>", "text/html", ErrorKind.PROTOCOL),
        (b"", "text/event-stream", ErrorKind.PROTOCOL),
        (json.dumps({"type": "error", "error": {"message": "Overloaded", "type": "overloaded_error"}}).encode(), "application/json", ErrorKind.OVERLOADED),
    ],
)  # fmt: skip
async def test_A6_a_good_status_without_an_answer(body: bytes, content_type: str, kind: ErrorKind) -> None:
    async with RawServer(stream(body, content_type=content_type)) as server, provider(server.url) as claude:
        _, error = await collected(claude, ask("Hi"))
    assert error is not None and error.kind is kind


async def test_A6_a_whole_answer_to_a_streaming_request_is_an_answer() -> None:
    whole = {
        "type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "end_turn", "usage": USAGE,
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "All at once."},
                    {"type": "tool_use", "id": "t", "name": "look", "input": {"a": 1}}],
    }  # fmt: skip
    reply = stream(json.dumps(whole).encode(), content_type="application/json")
    async with RawServer(reply) as server, provider(server.url) as claude:
        events, error = await collected(claude, ask("Hi"))
    assert error is None and text_of(events) == "All at once."
    assert [e.arguments for e in events if isinstance(e, ToolCallDelta)] == ['{"a": 1}']


async def test_a_knob_that_a_model_refuses_is_left_out_and_stays_so() -> None:
    said = {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "`temperature` is deprecated for this model."},
    }
    async with (
        RawServer(in_turn(answer(said, 400), stream(GOOD), stream(GOOD))) as server,
        provider(server.url) as claude,
    ):
        request = ask("Hi", parameters=SamplingParameters(temperature=0.2, top_p=0.9))
        told = [await collected(claude, request) for _ in range(2)]
        assert [error for _, error in told] == [None, None]
        assert [e.left_out for found, _ in told for e in found if isinstance(e, Started)] == [
            (),
            *[("temperature",)] * 2,
        ]
        bodies = [seen.json for seen in server.requests]
    assert ["temperature" in body for body in bodies] == [True, False, False]
    assert all(body["top_p"] == 0.9 for body in bodies)


def refused_with(message: str) -> Any:
    return answer({"type": "error", "error": {"type": "invalid_request_error", "message": message}}, 400)


async def test_a_limit_that_only_the_refusal_tells_lowers_ours_and_never_the_users() -> None:
    said = refused_with("max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for m")
    async with RawServer(in_turn(said, stream(GOOD), stream(GOOD), said)) as server, provider(server.url) as claude:
        for _ in range(2):
            assert (await collected(claude, ask("Hi")))[1] is None
        own = ask("Hi", parameters=SamplingParameters(max_tokens=8_192))
        _, error = await collected(claude, own)
        sent = [seen.json["max_tokens"] for seen in server.requests]
    assert sent == [8_192, 4_096, 4_096, 8_192]
    assert error is not None and error.kind is ErrorKind.BAD_REQUEST


@pytest.mark.parametrize(
    "message, fields",
    [
        ("output_config.format.schema: Enum value is not supported", {"json_schema": {"type": "object"}}),
        ("temperature: range: 0..1", {"parameters": SamplingParameters(temperature=1.5)}),
        ("temperature: Input should be less than or equal to 1", {"parameters": SamplingParameters(temperature=1.5)}),
        ("messages.0.content: text is not supported here", {}),
    ],
)
async def test_what_gives_a_request_its_meaning_is_never_left_out(message: str, fields: dict[str, Any]) -> None:
    async with RawServer(in_turn(refused_with(message), stream(GOOD))) as server, provider(server.url) as claude:
        _, error = await collected(claude, ask("Hi", **fields))
        assert len(server.requests) == 1
    assert error is not None and error.kind in (ErrorKind.BAD_REQUEST, ErrorKind.UNSUPPORTED)


async def test_a_service_that_refuses_for_ever_ends_with_its_refusal() -> None:
    async def reply(exchange: Exchange) -> None:
        field = next(f for f in ("top_k", "top_p", "temperature", "aa", "bb", "cc") if f in exchange.request.json)
        await refused_with(f"{field}: Extra inputs are not permitted")(exchange)

    parameters = SamplingParameters(top_k=1, top_p=0.5, temperature=0.5, extra={"aa": 1, "bb": 2, "cc": 3})
    async with RawServer(reply) as server, provider(server.url) as claude:
        _, error = await collected(claude, ask("Hi", parameters=parameters))
        assert len(server.requests) == 5
    assert error is not None and error.kind is ErrorKind.BAD_REQUEST


def test_A4_events_and_pieces_that_are_newer_than_the_reader_cost_nothing() -> None:
    new = [{"type": "brand_new", "x": 1}, piece(0, type="brand_new_delta", y=2)] * 50
    events, error = read(sse(START, *new, piece(0, type="text_delta", text="x"), *stop()))
    assert error is None and text_of(events) == "x"


# -- requests


def test_a_plain_request_says_no_more_than_it_must() -> None:
    body = build_body(ask("Hi"), None)
    assert body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "stream": True,
    }


def test_the_length_of_an_answer_is_the_users_else_what_the_model_lists() -> None:
    assert build_body(ask("Hi"), 4_096)["max_tokens"] == 4_096
    assert build_body(ask("Hi"), 128_000)["max_tokens"] == 32_000
    assert build_body(ask("Hi", parameters=SamplingParameters(max_tokens=64_000)), 4_096)["max_tokens"] == 64_000


def test_roles_pictures_and_tools_take_the_services_form() -> None:
    messages = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="What is this?", images=(ImagePart(media_type="image/png", data_base64="AA=="),)),
        Message(role="assistant", content="Let me look. ", tool_calls=(ToolCall(call_id="t1", name="look", arguments='{"a":1}'),)),
        Message(role="tool", content="a cat", tool_call_id="t1"),
        Message(role="assistant", content="  "),
    )  # fmt: skip
    tools = ({"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}},)
    body = build_body(ChatRequest(model="m", messages=messages, tools=tools), None)
    assert body["system"] == "Be brief."
    assert [m["role"] for m in body["messages"]] == ["user", "assistant", "user"], "blank turns are refused: left out"
    assert [b["type"] for b in body["messages"][0]["content"]] == ["image", "text"]
    assert body["messages"][1]["content"] == [
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "t1", "name": "look", "input": {"a": 1}},
    ]
    assert body["messages"][2]["content"] == [{"type": "tool_result", "tool_use_id": "t1", "content": "a cat"}]
    assert body["tools"] == [{"name": "look", "description": "", "input_schema": {"type": "object"}}]


def test_effort_and_schema_share_their_field() -> None:
    schema = {"type": "object", "properties": {}}
    request = ask("Hi", json_schema=schema, parameters=SamplingParameters(reasoning_effort="low", stop=("END",)))
    body = build_body(request, None)
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}, "effort": "low"}
    assert body["thinking"]["type"] == "adaptive" and body["stop_sequences"] == ["END"]
    off = build_body(ask("Hi", parameters=SamplingParameters(reasoning_effort="off")), None)
    assert off["thinking"] == {"type": "disabled"} and "output_config" not in off


def test_from_the_second_turn_on_the_beginning_may_come_from_the_services_cache() -> None:
    assert "cache_control" not in build_body(ask("one"), None)
    assert build_body(ask("one", "answer", "two"), None)["cache_control"] == {"type": "ephemeral"}


# -- the list

LISTED = {
    "id": "claude-opus-5-5", "type": "model", "display_name": "Claude Opus 5.5", "lifecycle": "active",
    "max_input_tokens": 1_000_000, "max_tokens": 128_000,
    "capabilities": {"image_input": {"supported": True}, "thinking": {"supported": True, "types": {}},
                     "pdf_input": {"supported": True}},
}  # fmt: skip


async def test_the_list_tells_windows_limits_and_abilities() -> None:
    old = {"id": "claude-2", "lifecycle": "retired"}
    plain = {"id": "claude-haiku-5-5", "lifecycle": "deprecated", "retires_at": "2027-01-01T00:00:00Z"}
    async with RawServer(answer({"data": [LISTED, old, plain, "odd", {}], "has_more": False})) as server:
        async with provider(server.url) as claude:
            opus, haiku = await claude.list_models()
    assert (opus.display_name, opus.context_length, opus.max_tokens) == ("Claude Opus 5.5", 1_000_000, 128_000)
    assert opus.capabilities == ("chat", "tools", "vision", "thinking") and not opus.local
    assert haiku.name == "claude-haiku-5-5" and haiku.max_tokens is None
    assert haiku.metadata["shutdown_date"] == "2027-01-01T00:00:00Z"


async def test_a_long_list_comes_in_pages_and_an_endless_one_ends() -> None:
    async def reply(exchange: Exchange) -> None:
        number = int(exchange.request.target.partition("after_id=")[2] or 0)
        page = {"data": [{**LISTED, "id": f"m{number}"}], "has_more": True, "last_id": str(number + 1)}
        await answer(page)(exchange)

    async with RawServer(reply) as server, provider(server.url) as claude:
        assert [m.name for m in await claude.list_models()] == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_list_that_is_none_says_why() -> None:
    said = {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
    async with RawServer(answer(said, 401)) as server, provider(server.url) as claude:
        with pytest.raises(LLMError) as caught:
            await claude.list_models()
    assert caught.value.kind is ErrorKind.AUTH


def test_its_other_name_and_its_address() -> None:
    assert find("claude") is AnthropicProvider
    assert AnthropicProvider.canonical_base_url("api.anthropic.com") == "https://api.anthropic.com/v1"
