"""Ollama as a runtime: a fake program for its server, a scripted HTTP server for its API."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.runtimes import LoadOptions, PullProgress
from app.services.runtimes.ollama import OllamaRuntime, find_ollama
from tests.fakes.ollama_program import install_ollama

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]


class ScriptedApi:
    """Answers by path: a value is sent as JSON, a list of values as NDJSON, a pair with its status."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"/api/version": {"version": "0.32.9"}}
        self.requests: list[tuple[str, Any]] = []
        self.base_url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        length = next((int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        self.requests.append((path, json.loads(body) if body else None))
        answer = self.answers.get(path, (404, {"error": "404 page not found"}))
        status, answer = answer if isinstance(answer, tuple) else (200, answer)
        lines = answer if isinstance(answer, list) else [answer]
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    api = ScriptedApi()
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    api.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield api
    server.close()
    await server.wait_closed()


@pytest.fixture
def scripted(door: HttpDoor, api: ScriptedApi) -> OllamaRuntime:
    return OllamaRuntime(door, api.base_url)


@pytest.fixture
def runtime(door: HttpDoor, free_port: int, tmp_path: Path) -> OllamaRuntime:
    return OllamaRuntime(door, f"http://127.0.0.1:{free_port}", state_folder=tmp_path / "state")


async def error_of(awaitable: Any) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await awaitable
    return caught.value


async def test_without_the_program_starting_says_so_in_the_fixed_words(home: Path, runtime: OllamaRuntime) -> None:
    if find_ollama() is not None:
        pytest.skip("a real Ollama is installed here")
    assert not await runtime.installed()
    error = await error_of(runtime.start())
    assert error.message == "Ollama is not installed. Please install from https://ollama.com"


async def test_a_started_server_is_remembered_and_stopped_by_a_later_run(
    home: Path, runtime: OllamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_MODELS", "/models")
    monkeypatch.setenv("OLLAMA_API_KEY", "canary")
    fake = install_ollama(home / "bin")
    monkeypatch.setattr("app.services.runtimes.ollama.find_ollama", lambda: fake.path)
    await runtime.start()
    assert await runtime.running()
    environment = fake.calls[0]["environment"]
    assert environment["OLLAMA_HOST"] == runtime.origin.partition("://")[2]
    assert environment["OLLAMA_MODELS"] == "/models"
    assert "canary" not in environment.values()
    later = OllamaRuntime(runtime.door, runtime.base_url, state_folder=runtime.state_folder)
    assert await later.why_not_stoppable() == ""
    await later.stop()
    assert await later.why_not_stoppable() == "Stop it where it was started."
    assert not await runtime.running()
    assert runtime.state_folder is not None
    assert [p.name for p in runtime.state_folder.iterdir()] == ["ollama-server.log"]


async def test_a_server_that_ends_at_once_is_quoted(
    home: Path, runtime: OllamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = install_ollama(home / "bin", refuses="Error: listen tcp 127.0.0.1:11434: bind: address already in use")
    monkeypatch.setattr("app.services.runtimes.ollama.find_ollama", lambda: fake.path)
    error = await error_of(runtime.start())
    assert (error.kind, error.message) == ("not_running", "Ollama is not running.")
    assert "address already in use" in error.hint


async def test_E3_a_server_that_never_answers_is_ended_again(
    home: Path, runtime: OllamaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = install_ollama(home / "bin", mute=True)
    monkeypatch.setattr("app.services.runtimes.ollama.find_ollama", lambda: fake.path)
    assert (await error_of(runtime.start(timeout_s=1))).kind == "timeout"
    pid = fake.calls[0]["pid"]
    assert not Path(f"/proc/{pid}").exists()


async def test_a_server_that_others_started_is_left_alone(api: ScriptedApi, door: HttpDoor, tmp_path: Path) -> None:
    runtime = OllamaRuntime(door, api.base_url, state_folder=tmp_path)
    (tmp_path / "ollama-server.json").write_text('{"process_id": 1, "program": "/usr/bin/ollama"}', encoding="utf-8")
    error = await error_of(runtime.stop())
    assert error.kind == "unsupported"
    assert "Quit the Ollama app" in error.hint
    (tmp_path / "ollama-server.json").write_text("garbage", encoding="utf-8")
    assert (await error_of(runtime.stop())).kind == "unsupported"


async def test_names_compare_without_case_and_with_the_tag_latest(scripted: OllamaRuntime, api: ScriptedApi) -> None:
    api.answers["/api/tags"] = {"models": [{"name": "Qwen2.5-Coder:7b"}, {"model": "llama3:latest"}, {"odd": 1}]}
    api.answers["/api/ps"] = {"models": [{"model": "llama3:latest"}]}
    assert await scripted.model_exists("qwen2.5-coder:7B")
    assert await scripted.model_exists("llama3")
    assert not await scripted.model_exists("qwen2.5-coder")
    assert await scripted.model_loaded("llama3")
    assert not await scripted.model_loaded("qwen2.5-coder:7b")


async def test_loading_sends_the_context_and_reports_the_one_given(scripted: OllamaRuntime, api: ScriptedApi) -> None:
    api.answers["/api/ps"] = {"models": []}
    api.answers["/api/generate"] = {"done": True, "done_reason": "load"}
    error = await error_of(scripted.load("llama3", LoadOptions(context_length=9000)))
    assert error.kind == "server_error"
    assert ("/api/generate", {"model": "llama3", "stream": False, "options": {"num_ctx": 9000}}) in api.requests
    api.answers["/api/ps"] = {"models": [{"model": "llama3:latest", "context_length": 9000}]}
    loaded = await scripted.load("llama3", LoadOptions(context_length=9000))
    assert (loaded.context_length, loaded.was_loaded) == (9000, True)


async def test_unloading_asks_for_no_time_in_memory_and_looks_whether_it_is_gone(
    scripted: OllamaRuntime, api: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answers["/api/ps"] = {"models": []}
    await scripted.unload("llama3")
    assert [path for path, _body in api.requests] == ["/api/ps"], "it is not there: nothing is loaded to be unloaded"
    api.answers["/api/ps"] = {"models": [{"model": "llama3:latest"}]}
    api.answers["/api/generate"] = {"done": True, "done_reason": "unload"}
    monkeypatch.setattr("app.services.runtimes.ollama.UNLOAD_LIMIT_S", 0.0)
    assert (await error_of(scripted.unload("llama3"))).kind == "server_error"
    assert ("/api/generate", {"model": "llama3", "keep_alive": 0, "stream": False}) in api.requests


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (404, "model 'x' not found", "model_not_found"),
        (404, 'model "x" not found, try pulling it first', "model_not_found"),
        (400, "invalid model name", "bad_request"),
        (500, "model requires more system memory (9 GiB) than is available", "overloaded"),
        (503, "server busy", "overloaded"),
        (500, "boom", "server_error"),
    ],
)
async def test_errors_of_a_load(scripted: OllamaRuntime, api: ScriptedApi, status: int, said: str, kind: str) -> None:
    api.answers["/api/ps"] = {"models": []}
    api.answers["/api/generate"] = (status, {"error": said})
    assert (await error_of(scripted.load("x"))).kind == kind


async def test_a_pull_adds_up_its_layers_and_clamps_them(scripted: OllamaRuntime, api: ScriptedApi) -> None:
    api.answers["/api/pull"] = [
        {"status": "pulling manifest"},
        {"status": "pulling aa", "digest": "sha256:aa", "total": 100},
        {"status": "pulling bb", "digest": "sha256:bb", "total": 50, "completed": 20},
        {"status": "pulling aa", "digest": "sha256:aa", "total": 100, "completed": 900},
        {"status": "success"},
    ]
    api.answers["/api/tags"] = {"models": [{"model": "llama3:latest"}]}
    seen: list[PullProgress] = []
    await scripted.pull("llama3", seen.append)
    assert [(p.completed_bytes, p.total_bytes) for p in seen] == [
        (None, None), (0, 100), (20, 150), (120, 150), (120, 150),
    ]  # fmt: skip
    assert ("/api/pull", {"model": "llama3", "stream": True}) in api.requests


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}], "model_not_found"),
        ([{"status": "x"}, {"error": "unexpected EOF"}], "server_error"),
        ([{"status": "pulling manifest"}], "interrupted"),
        ([[1, 2]], "protocol"),
        ((400, {"error": "invalid model name"}), "bad_request"),
    ],
)
async def test_pulls_that_fail(scripted: OllamaRuntime, api: ScriptedApi, answer: Any, kind: str) -> None:
    api.answers["/api/pull"] = answer
    assert (await error_of(scripted.pull("x"))).kind == kind


async def test_another_program_on_the_port_is_not_ollama(scripted: OllamaRuntime, api: ScriptedApi) -> None:
    api.answers["/api/version"] = {"name": "something else"}
    assert not await scripted.running()


async def test_a_server_that_is_down_has_the_fixed_words(runtime: OllamaRuntime) -> None:
    assert not await runtime.running()
    error = await error_of(runtime.model_exists("x"))
    assert (error.kind, error.message, error.provider) == ("not_running", "Ollama is not running.", "ollama")
