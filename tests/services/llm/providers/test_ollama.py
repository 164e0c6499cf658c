"""Ollama's native lists and chat, with its window always chosen and nothing cut unseen."""

# ruff: noqa: E501 - recorded server texts and tables stay on one line

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.models import (
    ChatRequest,
    ImagePart,
    Message,
    ModelConfig,
    ModelState,
    ModelType,
    SamplingParameters,
    ToolCall,
)
from app.services.llm.network_log import NetworkLog
from app.services.llm.providers.ollama import OllamaConfig, OllamaProvider, base_url_from_ollama_host
from app.services.llm.stream_events import (
    Finished,
    PhaseChanged,
    ReasoningDelta,
    ServerTimings,
    Started,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)
from tests.fakes.raw_http import (
    Exchange,
    RawServer,
    Reply,
    answer,
    drip,
    head,
    in_turn,
    pieces,
    refused_port,
    stall,
    stream,
)

anyio = pytest.mark.anyio

TAGS = {"models": [
    {"name": "qwen2.5-coder:7b", "model": "qwen2.5-coder:7b", "size": 4683087332, "digest": "d1",
     "details": {"format": "gguf", "family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}},
    {"name": "nomic-embed-text:latest", "model": "nomic-embed-text:latest", "size": 274302450, "digest": "d2", "details": None},
    {"name": "gpt-oss:120b-cloud", "model": "gpt-oss:120b-cloud", "digest": "d3", "remote_host": "https://ollama.com:443",
     "capabilities": ["completion", "tools", "thinking"], "details": {"context_length": 131072}},
    {"name": 5}, "junk",
]}  # fmt: skip
PS = {"models": [{"name": "qwen2.5-coder:7b", "model": "qwen2.5-coder:7b", "size_vram": 5, "context_length": 8192}]}
SHOW = {
    "qwen2.5-coder:7b": {"capabilities": ["completion", "tools", "insert"],
                         "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768}},
    "nomic-embed-text:latest": {"capabilities": ["embedding"],
                                "model_info": {"general.architecture": "nomic-bert", "nomic-bert.context_length": 2048}},
}  # fmt: skip


async def show(exchange: Exchange) -> None:
    about = SHOW.get(exchange.request.json["model"])
    await (answer(about) if about else answer({"error": "model 'x' not found"}, 404))(exchange)


def lines(*values: object) -> bytes:
    return b"".join((v if isinstance(v, bytes) else json.dumps(v).encode()) + b"\n" for v in values)


def said(text: str = "", **fields: Any) -> dict[str, Any]:
    return {"model": "m", "message": {"role": "assistant", "content": text, **fields}, "done": False}


LAST = {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
        "load_duration": 2_000_000, "prompt_eval_count": 11, "prompt_eval_duration": 5_000_000, "eval_count": 7,
        "eval_duration": 9_500_000}  # fmt: skip
GOOD = lines(said("Hel"), said("lo"), LAST)


def server_with(chat: Reply, **more: Reply) -> RawServer:
    return RawServer(
        answer("404 page not found", 404),
        {"/api/tags": answer(TAGS), "/api/ps": answer(PS), "/api/show": show, "/api/chat": chat,
         **{f"/api/{name}": reply for name, reply in more.items()}},
    )  # fmt: skip


async def ask(
    chat: Reply, model: str = "qwen2.5-coder:7b", *, config: dict[str, Any] | None = None, **fields: Any
) -> tuple[list[StreamEvent], LLMError | None, dict[str, Any] | None]:
    found: list[StreamEvent] = []
    error: LLMError | None = None
    async with server_with(chat) as server:
        async with OllamaProvider(OllamaConfig(base_url=server.url, **(config or {}))) as provider:
            fields.setdefault("messages", (Message(role="user", content="hi"),))
            try:
                async with asyncio.timeout(10):
                    async for event in provider.stream(ChatRequest(model=model, **fields)):
                        found.append(event)
            except LLMError as exc:
                error = exc
    sent = next((seen.json for seen in reversed(server.requests) if seen.path == "/api/chat"), None)
    return found, error, sent


def ndjson(body: bytes) -> Reply:
    return stream(body, content_type="application/x-ndjson")


@anyio
async def test_each_request_of_a_look_says_in_the_log_what_it_is_for() -> None:
    log = NetworkLog()
    async with server_with(ndjson(GOOD)) as server:
        async with OllamaProvider(OllamaConfig(base_url=server.url), door=HttpDoor(network_log=log)) as provider:
            await provider.list_models()
    purposes = {entry.path: entry.purpose for entry in log.entries}
    assert purposes == {"/api/tags": "models", "/api/ps": "loaded models", "/api/show": "model details"}


@anyio
async def test_models_are_listed_with_window_abilities_and_state() -> None:
    async with server_with(ndjson(GOOD)) as server, OllamaProvider(OllamaConfig(base_url=server.url)) as provider:
        models = await provider.list_models()
        again = await provider.list_models()
    coder, embedding, cloud = models
    assert coder.name == "qwen2.5-coder:7b" and coder.display_name == "Qwen2.5 Coder 7B"
    assert (coder.context_length, coder.loaded_context_length, coder.state) == (32768, 8192, ModelState.LOADED)
    assert coder.capabilities == ("chat", "tools") and coder.size_bytes == 4683087332
    assert (coder.quantization, coder.parameters, coder.local) == ("Q4_K_M", "7.6B", True)
    assert embedding.model_type is ModelType.EMBEDDING and embedding.context_length == 2048
    assert embedding.state is ModelState.NOT_LOADED and embedding.display_name == "Nomic Embed Text"
    assert not cloud.local and cloud.metadata["remote_host"] == "https://ollama.com:443"
    assert cloud.capabilities == ("chat", "tools", "thinking") and cloud.context_length == 131072
    assert again == models
    assert sum(seen.path == "/api/show" for seen in server.requests) == 2, "descriptions are remembered by digest"


@anyio
async def test_an_old_server_without_ps_and_show_still_lists_its_models() -> None:
    tags = {"models": [{"name": "llama3", "digest": "x"}]}
    async with RawServer(answer("404 page not found", 404), {"/api/tags": answer(tags)}) as server:
        async with OllamaProvider(OllamaConfig(base_url=server.url)) as provider:
            (model,) = await provider.list_models()
    assert model.context_length is None and model.capabilities == ("chat",) and model.quantization is None


@anyio
async def test_a_stopped_server_is_named_with_its_fixed_text() -> None:
    async with OllamaProvider(OllamaConfig(base_url=f"127.0.0.1:{refused_port()}")) as provider:
        with pytest.raises(LLMError) as caught:
            await provider.list_models()
        with pytest.raises(LLMError) as in_chat:
            async for _ in provider.stream(ChatRequest(model="m", messages=())):
                pass
    for error in (caught.value, in_chat.value):
        assert error.kind is ErrorKind.NOT_RUNNING and error.message == "Ollama is not running."
        assert error.provider == "ollama"


@anyio
async def test_an_answer_streams_with_usage_and_the_servers_own_times() -> None:
    found, error, _ = await ask(ndjson(GOOD))
    assert error is None
    assert found == [
        Started("ollama", "qwen2.5-coder:7b", True),
        TextDelta("Hel"),
        TextDelta("lo"),
        UsageReport(11, 7),
        Finished("stop", "m", ServerTimings(2.0, 5.0, 9.5)),
    ]


@anyio
async def test_the_window_is_always_sent_and_nothing_may_be_cut() -> None:
    _, _, sent = await ask(ndjson(GOOD))
    assert sent is not None and sent["options"] == {"num_ctx": 8192}, "the window it is loaded with"
    assert (sent["truncate"], sent["shift"], sent["stream"]) == (False, False, True) and "think" not in sent
    chosen = SamplingParameters(
        context_length=4096, max_tokens=5, temperature=0.1, stop=("x",), extra={"keep_alive": "1m", "mirostat": 1}
    )
    _, _, sent = await ask(ndjson(GOOD), parameters=chosen)
    assert sent is not None and sent["keep_alive"] == "1m"
    assert sent["options"] == {"num_ctx": 4096, "num_predict": 5, "temperature": 0.1, "stop": ["x"], "mirostat": 1}
    found, _, sent = await ask(ndjson(GOOD), "nomic-embed-text")
    assert sent is not None and sent["options"]["num_ctx"] == 16384, "unknown until asked for by its full name"
    assert PhaseChanged("loading") in found
    found, _, sent = await ask(ndjson(GOOD), "nomic-embed-text:latest")
    assert sent is not None and sent["options"]["num_ctx"] == 2048, "at most what the model takes"
    _, _, sent = await ask(ndjson(GOOD), "new", config={"context_length": 9000})
    assert sent is not None and sent["options"]["num_ctx"] == 9000


@anyio
async def test_cloud_models_are_marked_as_not_local() -> None:
    found, _, _ = await ask(ndjson(GOOD), "gpt-oss:120b-cloud")
    assert isinstance(found[0], Started) and not found[0].local
    assert not any(isinstance(event, PhaseChanged) for event in found)


@anyio
async def test_thinking_is_told_apart_and_switched_only_when_asked_for() -> None:
    found, _, sent = await ask(
        ndjson(lines(said(thinking="six"), said("42"), LAST)), parameters=SamplingParameters(reasoning_effort="low")
    )
    assert sent is not None and sent["think"] == "low"
    assert found[1:3] == [ReasoningDelta("six"), TextDelta("42")]
    _, _, sent = await ask(ndjson(GOOD), parameters=SamplingParameters(reasoning_effort="off"))
    assert sent is not None and sent["think"] is False
    refusal = answer({"error": '"qwen2.5-coder:7b" does not support thinking'}, 400)
    found, error, sent = await ask(
        in_turn(refusal, ndjson(GOOD)), parameters=SamplingParameters(reasoning_effort="high")
    )
    assert error is None and sent is not None and "think" not in sent
    assert [e.left_out for e in found if isinstance(e, Started)] == [(), ("reasoning_effort",)]
    found, _, _ = await ask(ndjson(lines(said("<thi"), said("nk>a</think>b"), LAST)))
    assert found[1:3] == [ReasoningDelta("a"), TextDelta("b")]


@anyio
async def test_tools_pictures_and_schemas_take_the_native_form() -> None:
    call = {"function": {"name": "f", "arguments": {"x": "é"}}}
    found, _, sent = await ask(
        ndjson(lines(said(tool_calls=[call, {"bad": 1}]), LAST)),
        messages=(
            Message(role="user", content="look", images=(ImagePart(media_type="image/png", data_base64="QUJD"),)),
            Message(role="assistant", tool_calls=(ToolCall(call_id="1", name="f", arguments='{"x": 1}'),)),
            Message(role="tool", content="42", tool_call_id="1"),
        ),
        tools=({"name": "f"},),
        json_schema={"type": "object"},
    )
    delta = next(event for event in found if isinstance(event, ToolCallDelta))
    assert (delta.name, json.loads(delta.arguments)) == ("f", {"x": "é"}) and delta.call_id.startswith("call_")
    finished = found[-1]
    assert isinstance(finished, Finished) and finished.finish_reason == "tool_calls" and finished.skipped_events == 1
    assert sent is not None and sent["format"] == {"type": "object"}
    assert sent["messages"][0]["images"] == ["QUJD"]
    assert sent["messages"][1]["tool_calls"][0]["function"] == {"name": "f", "arguments": {"x": 1}}
    assert sent["messages"][2]["tool_name"] == "f"
    assert sent["tools"] == [{"type": "function", "function": {"name": "f"}}]


@anyio
async def test_models_of_the_hub_get_their_full_name() -> None:
    _, _, sent = await ask(ndjson(GOOD), "user/repo", config={"model_source": "huggingface"})
    assert sent is not None and sent["model"] == "hf.co/user/repo"
    _, _, sent = await ask(ndjson(GOOD), "user/repo")
    assert sent is not None and sent["model"] == "user/repo"


@pytest.mark.parametrize(
    "chat, kind, text",
    [
        (answer({"error": "model 'm' not found"}, 404), ErrorKind.MODEL_NOT_FOUND, ""),
        (answer({"error": 'model "m" not found, try pulling it first'}, 404), ErrorKind.MODEL_NOT_FOUND, ""),
        (answer({"error": "server busy, please try again.  maximum pending requests exceeded"}, 503), ErrorKind.OVERLOADED, ""),
        (answer({"error": "model requires more system memory (9 GiB) than is available (4 GiB)"}, 500), ErrorKind.OVERLOADED, ""),
        (answer({"error": "input length exceeds the context length"}, 400), ErrorKind.CONTEXT_LENGTH, ""),
        (ndjson(lines(said("so far"), {"error": "llama runner process has terminated: exit code 2"})), ErrorKind.INTERRUPTED, "so far"),
        (ndjson(lines({"error": "boom"})), ErrorKind.SERVER_ERROR, ""),
        (ndjson(lines(said("so far"))), ErrorKind.INTERRUPTED, "so far"),
        (ndjson(b""), ErrorKind.PROTOCOL, ""),
        (ndjson(b"<html>\n"), ErrorKind.PROTOCOL, ""),
        (ndjson(lines(*[b"{broken"] * 30)), ErrorKind.PROTOCOL, ""),
        (answer("", 204), ErrorKind.PROTOCOL, ""),
    ],
)  # fmt: skip
@anyio
async def test_A5_failures_are_found_in_status_and_in_the_stream(chat: Reply, kind: ErrorKind, text: str) -> None:
    found, error, _ = await ask(chat)
    assert error is not None and error.kind is kind, error.details
    assert "".join(event.text for event in found if isinstance(event, TextDelta)) == text


@pytest.mark.parametrize(
    "odd", [b"{broken", {}, [], 5, {"message": None}, {"message": {"content": 7}}, {"done": "yes"}]
)
@anyio
async def test_A4_an_odd_line_never_loses_its_neighbours(odd: object) -> None:
    found, error, _ = await ask(ndjson(lines(said("a"), odd, said("b"), LAST)))
    assert error is None and [event.text for event in found if isinstance(event, TextDelta)] == ["a", "b"]


@anyio
async def test_A7_chunk_borders_never_matter() -> None:
    expected, _, _ = await ask(ndjson(GOOD))
    for position in range(0, len(GOOD), 17):
        found, error, _ = await ask(pieces([GOOD[:position], GOOD[position:]], content_type="application/x-ndjson"))
        assert error is None and found == expected


@anyio
async def test_A3_nothing_is_waited_for_after_the_last_line() -> None:
    found, error, _ = await ask(stall(head(200, "application/x-ndjson") + GOOD))
    assert error is None and isinstance(found[-1], Finished)


@anyio
async def test_A8_silence_ends_a_running_answer() -> None:
    found, error, _ = await ask(stall(head(200, "application/x-ndjson") + lines(said("a"))), config={"timeout": 0.05})
    assert error is not None and error.kind is ErrorKind.TIMEOUT and TextDelta("a") in found
    assert error.message == "Ollama has been silent for 0.05 s."


@anyio
async def test_A9_closing_the_iterator_closes_the_connection_upstream() -> None:
    async with server_with(drip(head(200, "application/x-ndjson"), lines(said("a")), every_s=0.001)) as server:
        async with OllamaProvider(OllamaConfig(base_url=server.url)) as provider:
            source = provider.stream(ChatRequest(model="qwen2.5-coder:7b", messages=()))
            await anext(source)
            await anext(source)
            await source.aclose()  # type: ignore[attr-defined]
            async with asyncio.timeout(1):
                await server.disconnected.wait()


@pytest.mark.parametrize(
    "value, url",
    [
        ("", "http://127.0.0.1:11434"),
        ("10.0.0.5", "http://10.0.0.5:11434"),
        ("10.0.0.5:8080", "http://10.0.0.5:8080"),
        ("http://10.0.0.5", "http://10.0.0.5"),
        ("https://ollama.example.com", "https://ollama.example.com"),
        ("https://ollama.example.com:8443/proxy/", "https://ollama.example.com:8443/proxy"),
        (":11435", "http://127.0.0.1:11435"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:9", "http://[::1]:9"),
        ("::1", "http://[::1]:11434"),
        ("[::]:9", "http://[::1]:9"),
        (' "localhost" ', "http://localhost:11434"),
        ("localhost:nonsense", "http://localhost:11434"),
        ("localhost:99999", "http://localhost:11434"),
    ],
)
def test_ollama_host_is_read_as_ollamas_own_client_does(value: str, url: str) -> None:
    assert base_url_from_ollama_host(value) == url


def test_a_typed_address_needs_neither_scheme_nor_port() -> None:
    assert OllamaProvider.canonical_base_url("localhost") == "http://localhost:11434"
    assert OllamaProvider.canonical_base_url("http://localhost:11434/v1") == "http://localhost:11434"
    assert OllamaProvider.canonical_base_url("http://localhost:11434/api/") == "http://localhost:11434"
    assert OllamaProvider.canonical_base_url(":11435") == "http://127.0.0.1:11435"


@pytest.mark.parametrize(
    ("name", "abilities", "choices"),
    [
        ("qwen3:4b", ("chat", "thinking"), ("off",)),
        ("gpt-oss:20b", ("chat", "thinking"), ("low", "medium", "high")),
        ("llama3:8b", ("chat",), ()),
    ],
)
@pytest.mark.anyio
async def test_how_thinking_can_be_switched(name: str, abilities: tuple[str, ...], choices: tuple[str, ...]) -> None:
    async with OllamaProvider(OllamaConfig()) as provider:
        assert provider.effort_choices(ModelConfig(name=name, provider="ollama", capabilities=abilities)) == choices
