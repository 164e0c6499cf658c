"""Every tool over the real protocol: arguments, texts, progress, cancelling, and nothing else on standard output."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.shared.exceptions import MCPError

from app.services.mock_server import MockServer
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_program import install_ollama
from tests.fakes.ollama_server import FakeOllama
from tests.mcp_server.conftest import ROOT, Mcp, text_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
CODER = "simulated/coder-7b"


async def failure_of(client: ClientSession, tool: str, arguments: dict[str, Any] | None = None) -> str:
    result = await client.call_tool(tool, arguments or {})
    assert result.is_error is True
    return text_of(result)


async def answer_of(client: ClientSession, tool: str, arguments: dict[str, Any] | None = None) -> str:
    result = await client.call_tool(tool, arguments or {})
    assert not result.is_error, text_of(result)
    return text_of(result)


# --- what it offers ---


async def test_the_tools_and_their_arguments_are_those_of_the_contract(mcp: Mcp) -> None:
    async with mcp.session() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"init_llm", "generate", "get_instructions", "list_models", "backend_status"}
    schemas = {name: tool.input_schema for name, tool in tools.items()}
    assert set(schemas["generate"]["properties"]) == {"prompt", "system", "temperature", "max_tokens"}
    assert schemas["generate"]["required"] == ["prompt"]
    assert schemas["get_instructions"]["required"] == ["task"]
    assert set(schemas["backend_status"]["properties"]) == {"backend"}
    assert schemas["init_llm"]["properties"] == schemas["list_models"]["properties"] == {}
    assert all(schema["type"] == "object" and schema["additionalProperties"] is False for schema in schemas.values())
    assert all(tool.description for tool in tools.values())


BAD_ARGUMENTS: list[tuple[str, dict[str, Any], str]] = [
    ("generate", {}, "prompt"),
    ("generate", {"prompt": ""}, "prompt"),
    ("generate", {"prompt": 5}, "prompt"),
    ("generate", {"prompt": "x", "temperature": "hot"}, "temperature"),
    ("generate", {"prompt": "x", "temperature": -1}, "temperature"),
    ("generate", {"prompt": "x", "max_tokens": 0}, "max_tokens"),
    ("generate", {"prompt": "x", "promt": "y"}, "promt"),
    ("get_instructions", {"tasks": "x"}, "task"),
    ("init_llm", {"model": "x"}, "model"),
]


async def test_bad_arguments_are_refused_with_the_name_of_the_argument(mcp: Mcp, ollama: FakeOllama) -> None:
    async with mcp.session() as client:
        for tool, arguments, named in BAD_ARGUMENTS:
            text = await failure_of(client, tool, arguments)
            assert text.startswith(f"The arguments of {tool} are not valid. "), (tool, arguments)
            assert named in text, (tool, arguments)
    assert ollama.server.requests == []


async def test_an_unknown_tool_is_an_error_of_the_protocol(mcp: Mcp) -> None:
    async with mcp.session() as client:
        with pytest.raises(MCPError, match="There is no tool 'nope'"):
            await client.call_tool("nope", {})
        assert await client.list_tools(), "the session goes on"


# --- the fixed words ---


async def test_a_backend_that_does_not_run_says_how_to_start_it_from_here(mcp: Mcp) -> None:
    mcp.environment["MODEL_NAME"] = "llama3"
    async with mcp.session() as client:
        for tool, arguments in (
            ("generate", {"prompt": "Hi"}),
            ("get_instructions", {"task": "x"}),
            ("list_models", {}),
        ):
            assert await failure_of(client, tool, arguments) == "Ollama is not running. Run init_llm to start it."
    mcp.environment["BACKEND"] = "lmstudio"
    async with mcp.session() as client:
        said = await failure_of(client, "generate", {"prompt": "Hi"})
        assert said == "LM Studio server not running. Run init_llm to start it."


async def test_a_backend_that_runs_already_is_not_said_to_be_starting(
    mcp: Mcp, studio: MockServer, ollama: FakeOllama
) -> None:
    told: list[tuple[float, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append((done, message))

    for backend, product, model in (
        ("lmstudio", "LM Studio", "simulated/coder-7b"),
        ("ollama", "Ollama", "llama3"),
    ):
        told.clear()
        mcp.environment |= {"BACKEND": backend, "MODEL_NAME": model}
        async with mcp.session() as client:
            result = await client.call_tool("init_llm", {}, progress_callback=progress)
        assert not result.is_error
        assert told[0] == (0, f"{product} runs")
        assert not [message for _, message in told if "Starting" in str(message)]


async def test_a_model_that_is_not_there_has_the_fixed_words(mcp: Mcp, ollama: FakeOllama) -> None:
    mcp.environment["MODEL_NAME"] = "nope"
    async with mcp.session() as client:
        assert await failure_of(client, "generate", {"prompt": "Hi"}) == "Model 'nope' not found. Check MODEL_NAME."
        assert await failure_of(client, "init_llm") == "Model 'nope' not found. Check MODEL_NAME."


async def test_a_model_that_lm_studio_has_not_has_the_fixed_words(mcp: Mcp, studio: MockServer) -> None:
    mcp.environment["MODEL_NAME"] = "nope"
    studio.script.download_outcome = "model_not_found"
    async with mcp.session() as client:
        for tool, arguments in (("generate", {"prompt": "Hi"}), ("init_llm", {})):
            said = await failure_of(client, tool, arguments)
            assert said == "Model 'nope' not found. Download it in LM Studio or check MODEL_NAME."


async def test_a_backend_that_is_not_installed_has_the_fixed_words(mcp: Mcp, tmp_path: Path) -> None:
    from app.services.runtimes.ollama import find_ollama

    if find_ollama() is None:
        async with mcp.session() as client:
            said = await failure_of(client, "init_llm")
            assert said == "Ollama is not installed. Please install from https://ollama.com"
    mcp.environment |= {"BACKEND": "lm_studio", "HOME": str(tmp_path), "PATH": str(tmp_path)}
    async with mcp.session() as client:
        said = await failure_of(client, "init_llm")
        assert said == "LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings."


# --- init_llm ---


async def test_init_downloads_and_loads_the_model_and_reports_how_far_it_is(mcp: Mcp, ollama: FakeOllama) -> None:
    mcp.environment |= {"MODEL_NAME": "user/repo", "MODEL_SOURCE": "huggingface"}
    ollama.pull_pause_s = 0.3
    seen: list[tuple[float, float | None, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total, message))

    async with mcp.session() as client:
        result = await client.call_tool("init_llm", {}, progress_callback=progress)
        assert not result.is_error, text_of(result)
        assert text_of(result) == (
            f"Ollama runs at {ollama.url}. Model hf.co/user/repo is loaded with 16,384 tokens of context."
        )
        assert await answer_of(client, "generate", {"prompt": "Hi"}) == "one two three"
    assert ollama.bodies("/api/pull")[0]["model"] == "hf.co/user/repo"
    values = [done for done, _, _ in seen]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (0, 100)
    assert any("Downloading" in (message or "") and "GB" in (message or "") for _, _, message in seen)
    assert ollama.bodies("/api/chat")[0]["options"]["num_ctx"] == 16_384, "loaded once, with one window"


async def test_init_starts_ollama(mcp: Mcp, tmp_path: Path) -> None:
    from app.services.runtimes.ollama import find_ollama
    from tests.fakes.raw_http import refused_port

    if find_ollama() is not None:
        pytest.skip("a real Ollama is installed here")
    fake = install_ollama(tmp_path / "bin")
    address = f"http://127.0.0.1:{refused_port()}"
    mcp.environment |= {"PATH": f"{tmp_path / 'bin'}:/usr/bin", "OLLAMA_HOST": address, "MODEL_NAME": "llama3"}
    async with mcp.session() as client:
        await client.call_tool("init_llm", {})
        assert f"Running: yes\nAddress: {address}" in await answer_of(client, "backend_status")
    import os

    os.kill(fake.calls[0]["pid"], signal.SIGKILL)


async def test_init_starts_lm_studio_and_a_failure_says_what_lms_said(mcp: Mcp, tmp_path: Path) -> None:
    fake = FakeLms(tmp_path / "person", fails="Port belegt\x1b[31m")
    mcp.environment |= {"BACKEND": "lm_studio", "HOME": str(tmp_path / "person")}
    async with mcp.session() as client:
        assert (await failure_of(client, "init_llm")).startswith("LM Studio server not running.")
    assert fake.calls[0]["arguments"][:2] == ["server", "start"]


async def test_init_loads_through_lm_studio_and_is_harmless_twice(mcp: Mcp, studio: MockServer) -> None:
    mcp.environment["MODEL_NAME"] = "simulated/vision-8b"
    async with mcp.session() as client:
        for _ in range(2):
            assert "Model simulated/vision-8b is loaded with 4,096 tokens" in await answer_of(client, "init_llm")
        assert await answer_of(client, "generate", {"prompt": "Hi"}) == "one two three"
    assert studio.stats.models_loaded == 1


async def test_init_fetches_a_repository_and_answers_under_the_name_it_got(mcp: Mcp, studio: MockServer) -> None:
    mcp.environment["MODEL_NAME"] = "someone/some-GGUF@Q4_K_M"
    async with mcp.session() as client:
        assert "Model simulated/some-gguf is loaded" in await answer_of(client, "init_llm")
        assert await answer_of(client, "generate", {"prompt": "Hi"}) == "one two three"
    body = next(r.body for r in studio.stats.recorded if r.path == "/v1/chat/completions")
    assert body["model"] == "simulated/some-gguf"


async def test_without_a_model_the_loaded_one_is_taken(mcp: Mcp, studio: MockServer) -> None:
    async with mcp.session() as client:
        assert f"Model {CODER} is loaded" in await answer_of(client, "init_llm")


# --- generate, get_instructions ---


async def test_generate_sends_what_it_was_given(mcp: Mcp, ollama: FakeOllama) -> None:
    mcp.environment["MODEL_NAME"] = "llama3"
    arguments = {"prompt": "Hi", "system": "Be brief", "temperature": 0.2, "max_tokens": 50}
    async with mcp.session() as client:
        assert await answer_of(client, "generate", arguments) == "one two three"
        assert await answer_of(client, "generate", {"prompt": "Hi", "system": None}) == "one two three"
    first, second = ollama.bodies("/api/chat")
    assert [(m["role"], m["content"]) for m in first["messages"]] == [("system", "Be brief"), ("user", "Hi")]
    assert (first["options"]["temperature"], first["options"]["num_predict"]) == (0.2, 50)
    assert [m["role"] for m in second["messages"]] == ["user"]


async def test_a_long_answer_is_reported_to_be_still_running(mcp: Mcp, ollama: FakeOllama) -> None:
    mcp.environment["MODEL_NAME"] = "llama3"
    ollama.word_pause_s = 2.0
    seen: list[tuple[float, str | None]] = []

    async def progress(done: float, _total: float | None, message: str | None) -> None:
        seen.append((done, message))

    async with mcp.session() as client:
        result = await client.call_tool("generate", {"prompt": "Hi"}, progress_callback=progress)
    assert text_of(result) == "one two three"
    assert [message for _, message in seen] == ["The model is answering (5 s)"]


async def test_instructions_are_asked_for_with_the_task(mcp: Mcp, studio: MockServer) -> None:
    async with mcp.session() as client:
        assert await answer_of(client, "get_instructions", {"task": "Add a flag"}) == "one two three"
    messages = next(r.body for r in studio.stats.recorded if r.path == "/v1/chat/completions")["messages"]
    assert "instructions" in messages[0]["content"]
    assert messages[1]["content"] == "Task:\nAdd a flag"


@pytest.mark.parametrize("tool", ["generate", "init_llm"])
async def test_cancelling_a_call_closes_the_one_upstream(mcp: Mcp, ollama: FakeOllama, tool: str) -> None:
    mcp.environment["MODEL_NAME"] = "llama3" if tool == "generate" else "new"
    ollama.word_pause_s = ollama.pull_pause_s = 30
    path = "/api/chat" if tool == "generate" else "/api/pull"
    async with mcp.session() as client:
        call = asyncio.ensure_future(client.call_tool(tool, {"prompt": "Hi"} if tool == "generate" else {}))
        async with asyncio.timeout(15):
            while not ollama.bodies(path):
                await asyncio.sleep(0.02)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            await ollama.server.disconnected.wait()
        ollama.word_pause_s = 0
        mcp_answers = await answer_of(client, "backend_status")
        assert "Running: yes" in mcp_answers, "the session goes on"


async def test_calls_run_side_by_side(mcp: Mcp, ollama: FakeOllama) -> None:
    mcp.environment["MODEL_NAME"] = "llama3"
    ollama.word_pause_s = 1.0
    async with mcp.session() as client:
        slow = asyncio.ensure_future(client.call_tool("generate", {"prompt": "Hi"}))
        async with asyncio.timeout(15):
            while not ollama.bodies("/api/chat"):
                await asyncio.sleep(0.02)
            assert "Ollama" in await answer_of(client, "backend_status")
        assert not slow.done()
        assert text_of(await slow) == "one two three"


# --- looking ---


async def test_models_are_listed_with_what_is_known(mcp: Mcp, ollama: FakeOllama) -> None:
    async with mcp.session() as client:
        lines = (await answer_of(client, "list_models")).splitlines()
    assert lines == ["llama3:latest (chat, 4.7 GB, Q4_K_M)", "nomic-embed-text:latest (embedding, 0.3 GB, Q4_K_M)"]


async def test_status_of_the_backend_and_of_another_one(mcp: Mcp, studio: MockServer) -> None:
    async with mcp.session() as client:
        own = await answer_of(client, "backend_status")
        other = await answer_of(client, "backend_status", {"backend": "ollama"})
        wrong = await failure_of(client, "backend_status", {"backend": "vllm"})
    assert own.startswith("Backend: lm_studio (LM Studio)\n")
    assert f"Running: yes\nAddress: {studio.base_url}/v1\n" in own
    assert f"{CODER} (16,384 tokens of context)" in own
    assert "Backend: ollama (Ollama)" in other
    assert "Running: no" in other
    assert "There is no backend 'vllm'." in wrong


async def test_the_user_s_file_chooses_the_backend_where_the_environment_does_not(
    mcp: Mcp, studio: MockServer, tmp_path: Path
) -> None:
    del mcp.environment["BACKEND"]
    async with mcp.session() as client:
        assert (await answer_of(client, "backend_status")).startswith("Backend: ollama")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"default_provider": "lm_studio", "default_model": CODER}), encoding="utf-8")
    mcp.flags = ["--config", str(config)]
    async with mcp.session() as client:
        own = await answer_of(client, "backend_status")
        assert own.startswith("Backend: lm_studio")
        assert f"Model: {CODER}" in own


async def test_a_service_without_a_program_is_only_looked_at(mcp: Mcp) -> None:
    mcp.environment["BACKEND"] = "mock"
    async with mcp.session() as client:
        assert "There is nothing to start on this computer." in await answer_of(client, "init_llm")
        assert CODER in await answer_of(client, "list_models")
        assert await answer_of(client, "generate", {"prompt": "Hi"})


@pytest.mark.parametrize("backend", ["mock", "lm_studio"])
async def test_what_is_simulated_says_so(mcp: Mcp, studio: MockServer, backend: str) -> None:
    mcp.environment["BACKEND"] = backend
    async with mcp.session() as client:
        status = await answer_of(client, "backend_status")
        assert "no model is running" in status
        listed = (await answer_of(client, "list_models")).splitlines()
        assert listed and all(line.endswith(", simulated)") for line in listed)
        assert (await answer_of(client, "init_llm")).endswith("Simulated answers: no model is running.")


async def test_what_is_not_simulated_does_not_say_so(mcp: Mcp, ollama: FakeOllama) -> None:
    mcp.environment["MODEL_NAME"] = "llama3"
    async with mcp.session() as client:
        for tool in ("backend_status", "list_models", "init_llm"):
            assert "imulated" not in await answer_of(client, tool)


async def test_a_server_that_nothing_here_could_start_is_not_said_to_be_startable(mcp: Mcp, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    box = {"type": "openai_compatible", "name": "Box", "base_url": "http://127.0.0.1:9/v1"}
    config.write_text(
        json.dumps({"default_provider": "box", "provider_configurations": {"box": box}}), encoding="utf-8"
    )
    mcp.flags = ["--config", str(config)]
    async with mcp.session() as client:
        for tool, arguments in (("generate", {"prompt": "Hi"}), ("init_llm", {}), ("list_models", {})):
            assert "Run init_llm" not in await failure_of(client, tool, arguments)


async def test_the_name_of_a_model_cannot_pass_for_another_entry(mcp: Mcp, ollama: FakeOllama) -> None:
    ollama.sizes["x\nfake:latest (chat)\x1b[2J"] = 1
    async with mcp.session() as client:
        assert (
            "x?fake:latest (chat)?[2J (chat, 0.0 GB, Q4_K_M)" in (await answer_of(client, "list_models")).splitlines()
        )


async def test_the_built_in_engine_loads_in_the_server_itself(mcp: Mcp, tmp_path: Path) -> None:
    for library in ("xllamacpp", "gguf", "numpy"):
        pytest.importorskip(library)
    from tests.fakes.tiny_gguf import SENTENCE, write_tiny_model

    (tmp_path / "models").mkdir()
    write_tiny_model(tmp_path / "models" / "tiny.gguf")
    config = tmp_path / "config.json"
    engine = {"folders": [str(tmp_path / "models")]}
    config.write_text(json.dumps({"provider_configurations": {"embedded": engine}}), encoding="utf-8")
    mcp.flags, mcp.environment["BACKEND"] = ["--config", str(config)], "embedded"
    async with mcp.session() as client:
        assert "Model tiny is loaded with 512 tokens" in await answer_of(client, "init_llm")
        assert (await answer_of(client, "generate", {"prompt": "Tell me a story"})).strip() == SENTENCE
        assert "Loaded: tiny (512 tokens of context)" in await answer_of(client, "backend_status")


# --- the process ---


async def process(mcp: Mcp, *flags: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli.main", "mcp", *flags, cwd=ROOT, env=mcp.environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


#: Each tool, as it should be called and as it should not, then what no client should ask.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("init_llm", {}),
    ("list_models", {}),
    ("backend_status", {}),
    ("backend_status", {"backend": "no such backend"}),
    ("get_instructions", {"task": "line\nline\x1b[2J"}),
    ("generate", {"prompt": "Say hello"}),
    ("generate", {}),
    ("no_such_tool", {}),
]


async def test_E7_standard_output_holds_the_protocol_and_nothing_else(mcp: Mcp, ollama: FakeOllama) -> None:
    child = await process(mcp, "--log-level", "debug")
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(CALLS, start=2)
    ]
    odd = {"jsonrpc": "2.0", "id": 90, "method": "no/such/method"}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    sent = "no json\n" + "".join(json.dumps(one) + "\n" for one in (INITIALIZE, ready, *calls, odd)) + "[1]\n\n"
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(sent.encode())
    await child.stdin.drain()
    lines: list[Any] = []
    wanted = {1, 90, *(one["id"] for one in calls)}
    async with asyncio.timeout(40):
        while not wanted <= {line.get("id") for line in lines}:
            lines.append(json.loads(await child.stdout.readline()))
        child.stdin.close()
        rest, errors = await child.stdout.read(), await child.stderr.read() if child.stderr else b""
        assert await child.wait() == 0
    lines += [json.loads(line) for line in rest.splitlines()]
    assert {line["jsonrpc"] for line in lines} == {"2.0"}
    assert all(("result" in line) + ("error" in line) + ("method" in line) == 1 for line in lines), "strictly so"
    answered = [line["id"] for line in lines if "method" not in line and line.get("id") is not None]
    assert sorted(answered) == sorted(wanted), "each once"
    assert b"serving ollama over MCP" in errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_at_once_though_a_line_is_awaited(mcp: Mcp, number: int) -> None:
    child = await process(mcp)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
    async with asyncio.timeout(15):
        await child.stdout.readline()
        child.send_signal(number)
        assert await child.wait() == 0
    child.stdin.close()


async def test_the_protocol_s_own_inspector_sees_the_tools(mcp: Mcp, tmp_path: Path) -> None:
    """Run by hand with `npx @modelcontextprotocol/inspector --cli AICA mcp --method tools/list`."""
    inspector = shutil.which("mcp-inspector")
    if inspector is None:
        pytest.skip("mcp-inspector is not installed (npm install --global @modelcontextprotocol/inspector)")
    mcp.environment["PATH"] += f":{Path(inspector).parent}"
    child = await asyncio.create_subprocess_exec(
        inspector, "--cli", sys.executable, "-m", "app.cli.main", "mcp", "--method", "tools/list",
        cwd=ROOT, env=mcp.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 0, errors.decode()
    assert {tool["name"] for tool in json.loads(out)["tools"]} >= {"init_llm", "generate"}
