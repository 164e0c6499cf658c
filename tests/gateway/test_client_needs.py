"""What real clients need beside the plain shapes, most of it found with the programs themselves (`tests/clients`)."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from app.gateway.dialects import messages
from app.services.llm.errors import LLMError
from app.services.mock_server import MockServer
from tests.fakes.raw_http import answer, delta, events, stream
from tests.gateway.conftest import Running, StartGateway, configure, events_of
from tests.gateway.test_relay import gateway_over, server_with

pytestmark = pytest.mark.anyio

MODEL, THINKER = "simulated/coder-7b", "simulated/thinker-4b"
CALL = {"name": "weather", "arguments": '{"place": "Bern"}'}
WEATHER = {"name": "weather", "description": "", "parameters": {"type": "object", "properties": {}}}
ANTHROPIC = {"anthropic-version": "2023-06-01"}


@pytest.fixture
async def running(simulator: MockServer, start_gateway: StartGateway) -> Running:
    simulator.script.update({"ttft": 0, "tokens_per_second": 0})
    configure(lm_studio={"base_url": simulator.base_url})
    return await start_gateway()


# -- models


@pytest.mark.parametrize("asked", [MODEL, f"lm_studio:{MODEL}", MODEL.replace("/", "%2F")])
async def test_one_model_is_looked_up_by_the_name_it_was_asked_by(running: Running, asked: str) -> None:
    found = await running.client.get(f"/v1/models/{asked}")

    assert found.status_code == 200
    assert found.json()["id"] == asked.replace("%2F", "/")
    assert (found.json()["object"], found.json()["owned_by"]) == ("model", "lm_studio")


@pytest.mark.parametrize("asked", ["simulated/none", "lm_studio:none", "auto"])
async def test_a_model_that_nobody_lists_is_not_found(running: Running, asked: str) -> None:
    missing = await running.client.get(f"/v1/models/{asked}")

    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


async def test_clients_of_anthropic_get_their_own_list_of_models(running: Running) -> None:
    listed = (await running.client.get("/v1/models", headers=ANTHROPIC)).json()
    one = (await running.client.get(f"/v1/models/{MODEL}", headers=ANTHROPIC)).json()
    missing = (await running.client.get("/v1/models/none", headers=ANTHROPIC)).json()

    assert one in listed["data"]
    assert (one["type"], one["id"], one["lifecycle"]) == ("model", MODEL, "active")
    assert one["display_name"] and one["created_at"]
    assert (listed["has_more"], listed["first_id"]) == (False, listed["data"][0]["id"])
    assert (missing["type"], missing["error"]["type"]) == ("error", "not_found_error")


async def test_clients_of_anthropic_find_the_request_s_id_where_they_look(running: Running) -> None:
    body = {"model": "none", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    refused = await running.post("/v1/messages", body)

    assert refused.headers["request-id"] == refused.headers["x-request-id"]
    assert refused.json()["request_id"] == refused.headers["request-id"]


# -- counting tokens

COUNT = {"model": "m", "messages": [{"role": "user", "content": "x"}]}


async def test_counting_is_relayed_to_a_server_that_can(start_gateway: StartGateway) -> None:
    async with server_with(answer({"input_tokens": 7})) as server:
        running = await gateway_over(server, start_gateway)
        counted = await running.post("/v1/messages/count_tokens", COUNT)

    assert (counted.status_code, counted.json()) == (200, {"input_tokens": 7})
    assert server.requests[-1].path == "/v1/messages/count_tokens"
    assert running.gateway.requests[-1].input_tokens is None  # nothing was read by a model


async def test_a_server_that_cannot_count_is_said_in_anthropics_shape(running: Running) -> None:
    refused = await running.post("/v1/messages/count_tokens", {**COUNT, "model": MODEL})

    assert refused.status_code == 404
    assert refused.json()["error"]["type"] == "not_found_error"
    assert "count tokens" in refused.json()["error"]["message"]


# -- every field of the clients' types

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


@pytest.mark.parametrize("model", [MODEL, THINKER])
@pytest.mark.parametrize("calls", [[], [CALL]])
@pytest.mark.parametrize("more", [{}, {"max_output_tokens": 3}])
async def test_translated_responses_have_every_field_of_the_openai_types(
    running: Running, simulator: MockServer, model: str, calls: list[Any], more: dict[str, Any]
) -> None:
    simulator.script.update({"tool_calls": calls})
    body = {"model": model, "input": "hi", "tools": [{"type": "function", **WEATHER}], **more}

    whole = await running.post("/v1/responses", body)
    streamed = await running.post("/v1/responses", {**body, "stream": True})

    Response.model_validate(whole.json())
    told = [EVENT.validate_python(event) for event in events_of(streamed.text)]
    assert told[-1].response.usage is not None


@pytest.mark.parametrize("calls", [[], [CALL]])
async def test_translated_completions_have_every_field_of_the_openai_types(
    simulator: MockServer, start_gateway: StartGateway, calls: list[Any]
) -> None:
    """`auto` is never relayed: the core asks, and the answer is written anew."""
    simulator.script.update({"ttft": 0, "tokens_per_second": 0, "tool_calls": calls})
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    more = {"tools": [{"type": "function", "function": WEATHER}]}

    whole = await running.ask("auto", **more)
    streamed = await running.ask("auto", stream=True, stream_options={"include_usage": True}, **more)

    ChatCompletion.model_validate(whole.json())
    for event in events_of(streamed.text)[:-1]:
        ChatCompletionChunk.model_validate(event)


# -- embeddings


async def test_embeddings_asked_for_packed_are_packed_where_the_server_did_not(running: Running) -> None:
    """The openai clients always ask so; the one of Node takes what comes for base64 without looking."""
    body = {"model": "simulated/text-embedding-nano", "input": ["one", "two"]}
    plain = (await running.post("/v1/embeddings", body)).json()
    packed = (await running.post("/v1/embeddings", {**body, "encoding_format": "base64"})).json()

    CreateEmbeddingResponse.model_validate(plain)
    for one, other in zip(plain["data"], packed.pop("data"), strict=True):
        raw = base64.b64decode(other["embedding"])
        assert struct.unpack(f"<{len(raw) // 4}f", raw) == pytest.approx(one["embedding"], abs=1e-6)
    assert packed == {name: value for name, value in plain.items() if name != "data"}


@pytest.mark.parametrize("embedding", ["AACAPw==", ["x"], [True], None])
async def test_embeddings_that_are_packed_already_or_no_numbers_stay_as_they_are(
    start_gateway: StartGateway, embedding: Any
) -> None:
    given = {"object": "list", "data": [{"embedding": embedding}, 7]}
    async with server_with(answer(given)) as server:
        running = await gateway_over(server, start_gateway)
        told = await running.post("/v1/embeddings", {"model": "m", "input": "x", "encoding_format": "base64"})

    assert told.json() == given


# -- what Claude Code and Codex send


async def test_all_that_claude_code_sends_is_taken(running: Running, simulator: MockServer) -> None:
    kept = {"type": "ephemeral"}
    body = {
        "model": MODEL,
        "max_tokens": 32_000,
        "stream": True,
        "system": [
            {"type": "text", "text": "You are a tool."},
            {"type": "text", "text": "Rules.", "cache_control": kept},
        ],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Look.", "cache_control": kept}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "…", "signature": ""},
                    {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "x"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_1",
                        "content": [{"type": "text", "text": "text of x"}],
                    },
                    {"type": "text", "text": "<system-reminder>Be brief.</system-reminder>"},
                ],
            },
        ],
        "tools": [
            {"name": "Read", "description": "Reads.", "input_schema": {"type": "object"}, "cache_control": kept},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 8},
        ],
        "thinking": {"type": "enabled", "budget_tokens": 31_999},
        "context_management": {"edits": []},
        "metadata": {"user_id": "user_1_account__session_2"},
    }
    headers = {**ANTHROPIC, "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14"}

    told = await running.post("/v1/messages?beta=true", body, headers=headers)

    assert (told.status_code, events_of(told.text)[-1]) == (200, {"type": "message_stop"})
    asked = simulator.stats.recorded[-1].body
    assert asked["messages"][0] == {"role": "system", "content": "You are a tool.\n\nRules."}
    assert [one["role"] for one in asked["messages"]] == ["system", "user", "assistant", "tool", "user"]
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["Read"]


def test_a_request_with_nothing_but_the_service_s_own_tools_is_refused() -> None:
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    with pytest.raises(LLMError, match="service itself"):
        messages.read_request({"messages": [{"role": "user", "content": "x"}], "tools": tools})


def test_a_picture_that_a_tool_gave_is_shown_to_the_model() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": source}]}
    asked = messages.read_request({"messages": [{"role": "user", "content": [result]}]})

    assert [one.role for one in asked.messages] == ["tool", "user"]
    assert [one.data_base64 for one in asked.messages[1].images] == ["AAAA"]


def test_what_an_answer_must_look_like_and_how_much_is_thought_is_read_from_messages() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    config = {"format": {"type": "json_schema", "schema": schema}, "effort": "low"}
    asked = messages.read_request({"messages": [{"role": "user", "content": "x"}], "output_config": config})

    assert asked.json_schema == schema
    assert asked.parameters.reasoning_effort == "low"


def test_a_system_message_among_the_turns_of_messages_is_one() -> None:
    turns = [{"role": "user", "content": "x"}, {"role": "system", "content": [{"type": "text", "text": "y"}]}]
    asked = messages.read_request({"messages": turns})

    assert [(one.role, one.content) for one in asked.messages] == [("user", "x"), ("system", "y")]


CODEX: dict[str, Any] = {
    "model": MODEL,
    "instructions": "You are Codex.",
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Sandbox: read-only."}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "List the files."}]},
        {"type": "reasoning", "summary": [], "content": None, "encrypted_content": "gAAA"},
        {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "call_1"},
        {"type": "function_call_output", "call_id": "call_1", "output": "a.txt"},
        {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin Patch", "call_id": "call_2"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "Done"},
        {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}},
    ],
    "tools": [
        {"type": "function", "name": "shell", "description": "", "strict": False, "parameters": {"type": "object"}},
        {"type": "custom", "name": "apply_patch", "description": "", "format": {"type": "grammar", "syntax": "lark"}},
        {"type": "web_search", "external_web_access": False},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "0199",
    "text": {"verbosity": "low"},
}


async def test_all_that_codex_sends_is_taken(running: Running, simulator: MockServer) -> None:
    told = await running.post("/v1/responses", CODEX)

    assert told.status_code == 200
    assert EVENT.validate_python(events_of(told.text)[-1]).type == "response.completed"
    asked = simulator.stats.recorded[-1].body
    roles = [one["role"] for one in asked["messages"]]
    assert roles == ["system", "system", "user", "assistant", "tool", "assistant", "tool"]
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["shell", "apply_patch"]
    call = asked["messages"][5]["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == ("apply_patch", {"input": "*** Begin Patch"})


@pytest.mark.parametrize(("fault", "code"), [("error_mid", "context_length_exceeded"), ("cut", "server_error")])
async def test_a_response_that_breaks_off_has_failed_and_is_an_error(
    running: Running, simulator: MockServer, fault: str, code: str
) -> None:
    """Codex reads the first and asks again for what has no end; the openai clients raise for the second."""
    simulator.script.update({"fault": fault, "cut_after_bytes": 1_500})
    told = events_of((await running.post("/v1/responses", CODEX)).text)

    error = told[-2]["response"]["error"]
    assert error == {"code": code, "message": told[-1]["error"]["message"]}
    error["code"] = "server_error"  # the client's types do not know all that OpenAI answers
    failed = EVENT.validate_python(told[-2])
    assert (failed.type, failed.response.status) == ("response.failed", "failed")


NAMESPACE = {
    "type": "namespace",
    "name": "mcp__docs",
    "tools": [{"type": "function", "name": "search", "parameters": {"type": "object"}}],
}


async def test_tools_of_a_namespace_are_offered_one_by_one_and_called_by_their_own_names(
    running: Running, simulator: MockServer
) -> None:
    simulator.script.update({"tool_calls": [{"name": "mcp__docs__search", "arguments": '{"q": "x"}'}]})
    before = {"type": "function_call", "namespace": "mcp__docs", "name": "search", "arguments": "{}", "call_id": "c"}
    result = {"type": "function_call_output", "call_id": "c", "output": "nothing"}
    given = [{"role": "user", "content": "x"}, before, result]

    told = await running.post("/v1/responses", {**CODEX, "input": given, "tools": [NAMESPACE]})

    asked = simulator.stats.recorded[-1].body
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["mcp__docs__search"]
    assert asked["messages"][2]["tool_calls"][0]["function"]["name"] == "mcp__docs__search"
    (call,) = EVENT.validate_python(events_of(told.text)[-1]).response.output
    assert (call.type, call.namespace, call.name, call.arguments) == (
        "function_call",
        "mcp__docs",
        "search",
        '{"q": "x"}',
    )


@pytest.mark.parametrize(
    ("arguments", "text"), [('{"input": "*** Begin Patch\\n"}', "*** Begin Patch\n"), ("*** Begin", "*** Begin")]
)
async def test_a_tool_that_takes_free_text_gets_free_text(
    running: Running, simulator: MockServer, arguments: str, text: str
) -> None:
    simulator.script.update({"tool_calls": [{"name": "apply_patch", "arguments": arguments}]})

    streamed = await running.post("/v1/responses", CODEX)
    whole = await running.post("/v1/responses", {**CODEX, "stream": False})

    told = [EVENT.validate_python(event) for event in events_of(streamed.text)]
    (done,) = [event for event in told if event.type == "response.custom_tool_call_input.done"]
    (call,) = told[-1].response.output
    (same,) = Response.model_validate(whole.json()).output
    assert done.input == call.input == same.input == text
    assert call.type == same.type == "custom_tool_call"
    assert "input" in simulator.stats.recorded[-1].body["tools"][1]["function"]["parameters"]["required"]


async def test_servers_that_know_functions_only_are_spared_other_tools(start_gateway: StartGateway) -> None:
    """llama.cpp's server refuses the whole request then."""
    words = events(delta("Hello"), delta(finish="stop"))
    async with server_with(stream(words)) as server:
        running = await gateway_over(server, start_gateway)
        told = await running.post("/v1/responses", {**CODEX, "model": "m"})
        await running.post("/v1/responses", {**CODEX, "model": "m", "tools": CODEX["tools"][:1]})

    assert events_of(told.text)[-1]["response"]["output"][0]["content"][0]["text"] == "Hello"
    paths = [one.path for one in server.requests if one.method == "POST"]
    assert paths == ["/v1/chat/completions", "/v1/responses"]


async def test_tools_of_anthropics_service_are_kept_from_servers_of_others(start_gateway: StartGateway) -> None:
    own = {"name": "Read", "input_schema": {"type": "object"}}
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    words = events(delta("Hello"), delta(finish="stop"))
    async with server_with(stream(words)) as server:
        running = await gateway_over(server, start_gateway)
        search = {"type": "web_search_20250305", "name": "web_search"}
        told = await running.post("/v1/messages", {**body, "tools": [own, search]})
        alone = await running.post("/v1/messages", {**body, "tools": [search]})
        await running.post("/v1/messages", {**body, "tools": [own]})

    assert told.json()["content"][0]["text"] == "Hello"
    assert (alone.status_code, alone.json()["error"]["type"]) == (400, "invalid_request_error")
    paths = [one.path for one in server.requests if one.method == "POST"]
    assert paths == ["/v1/chat/completions", "/v1/messages"]
