"""Shapes that a server does not speak, read by the clients that speak them: the openai library, and our own wires."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import openai
import pytest
from pydantic import SecretStr

from app.gateway.dialects import chat_completions, messages, responses
from app.services.llm.errors import LLMError
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers.anthropic import AnthropicConfig, AnthropicProvider
from app.services.llm.stream_events import Finished, ReasoningDelta, TextDelta, UsageReport
from app.services.mock_server import MockServer
from tests.fakes.raw_http import Exchange, RawServer, Seen
from tests.gateway.conftest import TOKEN, Running, StartGateway, configure

pytestmark = pytest.mark.anyio

MODEL = "simulated/coder-7b"
WEATHER = {
    "name": "weather",
    "description": "The weather of a place.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
}


async def over_simulator(simulator: MockServer, start_gateway: StartGateway) -> Running:
    configure(lm_studio={"base_url": simulator.base_url})
    return await start_gateway()


OpenAIAt = Callable[[Running], openai.AsyncOpenAI]


@pytest.fixture
async def openai_at() -> AsyncIterator[OpenAIAt]:
    """Makes official clients of a gateway."""
    async with AsyncExitStack() as clients:
        made: list[openai.AsyncOpenAI] = []

        def make(running: Running) -> openai.AsyncOpenAI:
            made.append(openai.AsyncOpenAI(base_url=f"{running.address}/v1", api_key=TOKEN, max_retries=0))
            return made[-1]

        yield make
        for client in made:
            await clients.enter_async_context(client)


def claude_at(running: Running) -> AnthropicProvider:
    return AnthropicProvider(AnthropicConfig(base_url=f"{running.address}/v1"), key=TOKEN)


async def test_the_openai_client_streams_responses_of_a_server_without_them(
    simulator: MockServer, start_gateway: StartGateway, openai_at: OpenAIAt
) -> None:
    client = openai_at(await over_simulator(simulator, start_gateway))

    events = [e async for e in await client.responses.create(model=MODEL, input="hi", stream=True)]

    kinds = [event.type for event in events]
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    final = events[-1].response
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.output_text == text
    assert "Simulated answer" in text
    assert final.usage.output_tokens > 0
    assert final.status == "completed"


async def test_a_whole_response_is_the_same_text(
    simulator: MockServer, start_gateway: StartGateway, openai_at: OpenAIAt
) -> None:
    client = openai_at(await over_simulator(simulator, start_gateway))

    whole = await client.responses.create(
        model=MODEL, input=[{"role": "user", "content": "hi"}], instructions="Be kind."
    )

    assert "Simulated answer" in whole.output_text
    assert whole.usage.total_tokens == whole.usage.input_tokens + whole.usage.output_tokens


async def test_an_answer_cut_at_its_limit_is_incomplete(
    simulator: MockServer, start_gateway: StartGateway, openai_at: OpenAIAt
) -> None:
    client = openai_at(await over_simulator(simulator, start_gateway))

    whole = await client.responses.create(model=MODEL, input="hi", max_output_tokens=5)

    assert (whole.status, whole.incomplete_details.reason) == ("incomplete", "max_output_tokens")


async def test_an_anthropic_client_streams_messages_of_a_server_without_them(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    running = await over_simulator(simulator, start_gateway)
    async with claude_at(running) as claude:
        request = ChatRequest(model=MODEL, messages=(Message(role="user", content="hi"),))
        events = [event async for event in claude.stream(request)]

    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    (usage,) = [event for event in events if isinstance(event, UsageReport)]
    assert "Simulated answer" in text
    assert (usage.output_tokens or 0) > 0
    assert isinstance(events[-1], Finished)
    assert events[-1].finish_reason == "stop"


async def test_thinking_is_a_block_of_its_own(simulator: MockServer, start_gateway: StartGateway) -> None:
    running = await over_simulator(simulator, start_gateway)
    async with claude_at(running) as claude:
        request = ChatRequest(model="simulated/thinker-4b", messages=(Message(role="user", content="hi"),))
        events = [event async for event in claude.stream(request)]

    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta))
    assert "".join(event.text for event in events if isinstance(event, TextDelta))


def tool_server() -> RawServer:
    """Speaks Messages alone: thinks, says something and calls a tool; answers with the result once it has one."""

    async def reply(exchange: Exchange) -> None:
        asked = exchange.request.json
        given = [b for m in asked["messages"] for b in m["content"] if b["type"] == "tool_result"]
        use = {"type": "tool_use", "id": "call_1", "name": "weather", "input": {}}
        blocks: list[dict[str, Any]] = [{"type": "text", "text": "I look."}, use]
        if given:
            blocks = [{"type": "text", "text": f"It is {given[0]['content']}."}]
        events = [
            ("message_start", {"message": {"model": "claude-x", "usage": {"input_tokens": 7, "output_tokens": 1}}})
        ]
        for index, block in enumerate(blocks):
            events.append(
                (
                    "content_block_start",
                    {"index": index, "content_block": {**block, **({"text": ""} if "text" in block else {})}},
                )
            )
            delta = (
                {"type": "text_delta", "text": block["text"]}
                if block["type"] == "text"
                else {"type": "input_json_delta", "partial_json": '{"place": "Bern"}'}
            )
            events += [
                ("content_block_delta", {"index": index, "delta": delta}),
                ("content_block_stop", {"index": index}),
            ]
        stop = "end_turn" if given else "tool_use"
        events += [
            ("message_delta", {"delta": {"stop_reason": stop}, "usage": {"output_tokens": 9}}),
            ("message_stop", {}),
        ]
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for kind, value in events:
            await exchange.write(f"event: {kind}\ndata: {json.dumps({'type': kind, **value})}\n\n".encode())

    async def lists(exchange: Exchange) -> None:
        body = b'{"data":[{"id":"claude-x","type":"model"}],"has_more":false}'
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return RawServer(reply, {"/v1/models": lists})


def questions(server: RawServer) -> list[Seen]:
    return [one for one in server.requests if one.method == "POST"]


async def over_claude(server: RawServer, start_gateway: StartGateway) -> Running:
    configure(
        lm_studio={"is_enabled": False},
        anthropic={"base_url": f"http://127.0.0.1:{server.port}/v1", "is_enabled": True, "max_retries": 0},
    )
    running = await start_gateway()
    running.gateway.services.manager.use_key("anthropic", SecretStr("sk-ant-test"))
    return running


async def test_a_tool_call_goes_all_the_way_from_chat_completions_to_claude_and_back(
    start_gateway: StartGateway, openai_at: OpenAIAt
) -> None:
    async with tool_server() as server:
        client = openai_at(await over_claude(server, start_gateway))
        tools: Any = [{"type": "function", "function": WEATHER}]
        turn: list[Any] = [{"role": "user", "content": "Weather in Bern?"}]
        first = await client.chat.completions.create(
            model="claude:claude-x", messages=turn, tools=tools, tool_choice="required", max_tokens=100
        )
        call = first.choices[0].message.tool_calls[0]
        turn += [first.choices[0].message.model_dump(exclude_none=True)]
        turn += [{"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
        second = await client.chat.completions.create(model="claude:claude-x", messages=turn, tools=tools)

    asked = questions(server)[0].json
    assert asked["tools"][0]["input_schema"] == WEATHER["parameters"]
    assert asked["tool_choice"] == {"type": "any"}
    assert questions(server)[0].headers["x-api-key"] == "sk-ant-test"
    assert first.choices[0].finish_reason == "tool_calls"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"place": "Bern"})
    assert second.choices[0].message.content == "It is sunny."
    assert (second.usage.prompt_tokens, second.usage.completion_tokens) == (7, 9)


async def test_streamed_tool_calls_are_put_together_by_the_openai_client(
    start_gateway: StartGateway, openai_at: OpenAIAt
) -> None:
    async with tool_server() as server:
        client = openai_at(await over_claude(server, start_gateway))
        tools: Any = [{"type": "function", "function": WEATHER}]
        stream = await client.chat.completions.create(
            model="claude:claude-x",
            messages=[{"role": "user", "content": "Weather?"}],
            tools=tools,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]

    deltas = [c.choices[0].delta for c in chunks if c.choices]
    assert "".join(delta.content or "" for delta in deltas) == "I look."
    calls = [call for delta in deltas for call in delta.tool_calls or []]
    assert (calls[0].id, calls[0].function.name) == ("call_1", "weather")
    assert json.loads("".join(call.function.arguments or "" for call in calls)) == {"place": "Bern"}
    assert chunks[-1].usage.prompt_tokens == 7


async def test_a_tool_is_called_through_responses(start_gateway: StartGateway, openai_at: OpenAIAt) -> None:
    async with tool_server() as server:
        client = openai_at(await over_claude(server, start_gateway))
        tools: Any = [{"type": "function", "strict": False, **WEATHER}]
        first = await client.responses.create(model="claude:claude-x", input="Weather?", tools=tools)
        (call,) = [item for item in first.output if item.type == "function_call"]
        turn: list[Any] = [{"role": "user", "content": "Weather?"}]
        turn += [item.model_dump() for item in first.output]
        turn += [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
        second = await client.responses.create(model="claude:claude-x", input=turn, tools=tools)

    assert first.output_text == "I look."
    assert json.loads(call.arguments) == {"place": "Bern"}
    assert second.output_text == "It is sunny."
    assert [m["role"] for m in questions(server)[1].json["messages"]] == ["user", "assistant", "user"]


async def test_messages_of_claude_itself_are_relayed_as_they_are(start_gateway: StartGateway) -> None:
    async with tool_server() as server:
        running = await over_claude(server, start_gateway)
        body = {
            "model": "claude:claude-x",
            "max_tokens": 5,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
        }
        answer = await running.post("/v1/messages", body, headers={"anthropic-beta": "some-beta"})

    sent = questions(server)[0]
    assert sent.json == {**body, "model": "claude-x"}
    assert sent.headers["anthropic-beta"] == "some-beta"
    assert sent.headers["anthropic-version"]
    assert '"signature"' not in answer.text


async def test_completions_of_a_provider_without_them_are_refused_with_a_reason(start_gateway: StartGateway) -> None:
    async with tool_server() as server:
        running = await over_claude(server, start_gateway)
        answer = await running.post("/v1/completions", {"model": "claude:claude-x", "prompt": "x"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported"


async def test_failures_on_messages_have_anthropics_shape(simulator: MockServer, start_gateway: StartGateway) -> None:
    running = await over_simulator(simulator, start_gateway)

    answer = await running.post("/v1/messages", {"model": "nowhere", "max_tokens": 5, "messages": []})

    assert answer.status_code == 404
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["type"] == "not_found_error"


READERS = [chat_completions.read_request, messages.read_request, responses.read_request]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": "x", "input": 3},
        {"messages": [{"role": "wizard", "content": "x"}], "input": [{"role": "wizard", "content": "x"}]},
        {
            "messages": [{"role": "user", "content": [{"type": "video"}]}],
            "input": [{"role": "user", "content": [{"type": "video"}]}],
        },
        {"messages": [], "input": []},
        {"messages": [{"role": "user", "content": "x"}], "input": "x", "temperature": "hot"},
        {
            "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]}],
            "input": [{"role": "user", "content": [{"type": "input_image", "image_url": "file:///etc/passwd"}]}],
        },
    ],
)
def test_what_cannot_be_translated_is_refused_by_name(read: Any, body: dict[str, Any]) -> None:
    with pytest.raises(LLMError) as caught:
        read(body)
    assert caught.value.kind == "bad_request"


CANARY = "canary<7f3a>"


def _asking(part: Any, role: Any = "user") -> dict[str, Any]:
    turn = {"role": role, "content": [part]}
    return {"messages": [turn], "input": [turn]}


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("odd", [CANARY, [CANARY], {CANARY: CANARY}, 7])
@pytest.mark.parametrize(
    "body_with",
    [
        lambda odd: _asking({"type": "text", "text": "x"}, role=odd),
        lambda odd: _asking({"type": odd}),
        lambda odd: {"messages": odd, "input": [{"type": odd}]},
        lambda odd: {**_asking({"type": "text", "text": "x"}), "temperature": [odd], "top_p": [odd]},
    ],
)
def test_D8_what_is_refused_is_named_by_its_field_and_not_repeated(read: Any, odd: Any, body_with: Any) -> None:
    with pytest.raises(LLMError) as caught:
        read(body_with(odd))

    said = caught.value.message + caught.value.hint
    assert caught.value.kind == "bad_request"
    assert CANARY not in said
    assert "'" in said


def test_calls_and_their_results_keep_their_ids_through_every_shape() -> None:
    chat = chat_completions.read_request(
        {
            "messages": [
                {"role": "user", "content": "x"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
                },
                {"role": "tool", "tool_call_id": "c", "content": "r"},
            ]
        }
    )
    message = messages.read_request(
        {
            "messages": [
                {"role": "user", "content": "x"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "r"}]},
            ]
        }
    )
    response = responses.read_request(
        {
            "input": [
                {"role": "user", "content": "x"},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "r"},
            ]
        }
    )
    assert chat.messages == message.messages == response.messages
