"""The built-in engine as a provider: what it lists, how it answers, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.services.engine import engine_process, gguf_finder, memory
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message, ModelState, ModelType, SamplingParameters
from app.services.llm.providers.embedded import EmbeddedProvider
from app.services.llm.stream_events import Finished, PhaseChanged, Started, StreamEvent, TextDelta, UsageReport
from app.services.settings.schema import AppConfig
from tests.fakes.hanging_share import hanging_share
from tests.services.engine.conftest import endless, needs_engine, tiny  # noqa: F401 - fixtures
from tests.services.engine.test_engines import worker_with

pytestmark = [pytest.mark.anyio, needs_engine]


@pytest.fixture
def folder(tmp_path: Path, tiny: Path) -> Path:  # noqa: F811 - the fixture
    """A folder of the user's with one model."""
    path = tmp_path / "mine"
    path.mkdir()
    shutil.copy(tiny, path / "tiny.gguf")
    return path


def config(folder: Path, **more: Any) -> AppConfig:
    entry = {"folders": [str(folder)], **more}
    return AppConfig.model_validate({"provider_configurations": {"embedded": entry}})


@pytest.fixture
async def llm(folder: Path) -> AsyncIterator[LLMManager]:
    async with LLMManager(config(folder)) as manager:
        yield manager


def request(model: str = "tiny", **parameters: Any) -> ChatRequest:
    return ChatRequest(
        model=model,
        messages=(Message(role="user", content="Tell me a story"),),
        parameters=SamplingParameters(temperature=0, **parameters),
    )


async def events_of(llm: LLMManager, asked: ChatRequest) -> list[StreamEvent]:
    async with asyncio.timeout(60):
        return [event async for event in llm.stream(asked, "embedded")]


async def failure_of(llm: LLMManager, asked: ChatRequest) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await events_of(llm, asked)
    assert caught.value.provider == "embedded"
    return caught.value


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def child_of(llm: LLMManager, model: str = "tiny") -> int:
    provider = llm.provider("embedded")
    assert isinstance(provider, EmbeddedProvider)
    file = provider._found.named(model)
    assert file is not None
    process = provider.engines.process_of(file.path)
    assert process is not None
    assert process.process_id is not None
    return process.process_id


#: Of tests before these, which keep one for the whole run.
OTHERS = frozenset({"postgres", "redis-server"})


def children() -> list[psutil.Process]:
    found = [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in found if one.name() not in OTHERS]


async def test_files_are_listed_with_what_they_say_and_nothing_is_started(llm: LLMManager) -> None:
    (model,) = await llm.list_models("embedded")
    assert (model.name, model.display_name, model.provider, model.model_type) == (
        "tiny", "Tiny", "embedded", ModelType.CHAT,
    )  # fmt: skip
    assert (model.context_length, model.loaded_context_length, model.state) == (512, None, ModelState.NOT_LOADED)
    assert (model.quantization, model.parameters, model.local) == ("F32", "118K", True)
    assert model.metadata["found_in"] == "mine"
    assert children() == []
    health = await llm.provider("embedded").health_check()
    assert (bool(health), health.model_count) == (True, 1)


async def test_an_answer_loads_the_model_streams_and_the_next_one_finds_it_loaded(llm: LLMManager) -> None:
    from tests.fakes.tiny_gguf import SENTENCE

    events = await events_of(llm, request())
    assert text_of(events) == SENTENCE
    assert events[:2] == [Started("embedded", "tiny", local=True), PhaseChanged("loading")]
    assert any(isinstance(event, UsageReport) and event.output_tokens for event in events)
    assert isinstance(events[-1], Finished)
    assert (events[-1].finish_reason, events[-1].served_model) == ("stop", "tiny")
    (model,) = await llm.list_models("embedded")
    assert (model.state, model.loaded_context_length) == (ModelState.LOADED, 512)
    again = await events_of(llm, request())
    assert PhaseChanged("loading") not in again
    assert len(children()) == 1


async def test_a_chosen_window_is_loaded_and_told(llm: LLMManager) -> None:
    await events_of(llm, request(context_length=256))
    (model,) = await llm.list_models("embedded")
    assert model.loaded_context_length == 256
    await events_of(llm, request())
    assert (await llm.list_models("embedded"))[0].loaded_context_length == 256, "no reason to load it again"


async def test_a_schema_is_kept_to(llm: LLMManager) -> None:
    schema = {
        "type": "object",
        "properties": {"sure": {"type": "boolean"}},
        "required": ["sure"],
        "additionalProperties": False,
    }
    asked = request(max_tokens=64).model_copy(update={"json_schema": schema})
    assert type(json.loads(text_of(await events_of(llm, asked)))["sure"]) is bool


async def test_a_prompt_that_does_not_fit_is_context_length(llm: LLMManager) -> None:
    asked = request().model_copy(update={"messages": (Message(role="user", content="x" * 5_000),)})
    assert (await failure_of(llm, asked)).kind is ErrorKind.CONTEXT_LENGTH


async def test_A9_stopping_leaves_the_engine_idle(folder: Path, endless: Path) -> None:  # noqa: F811 - the fixture
    shutil.copy(endless, folder / "endless.gguf")
    async with LLMManager(config(folder)) as llm:
        async with aclosing(llm.stream(request("endless"), "embedded")) as events:  # type: ignore[type-var]  # a generator
            pieces = 0
            async for event in events:
                pieces += isinstance(event, TextDelta)
                if pieces == 20:
                    break
                if pieces == 10:
                    assert await llm.provider("embedded").busy("endless") is True
        async with asyncio.timeout(2):
            while await llm.provider("embedded").busy("endless"):
                await asyncio.sleep(0.05)
        assert await llm.provider("embedded").busy("endless") is False, "it says so itself"
        child = psutil.Process(child_of(llm, "endless"))
        async with asyncio.timeout(2):
            while True:
                before = sum(child.cpu_times()[:2])
                await asyncio.sleep(0.2)
                if sum(child.cpu_times()[:2]) - before < 0.05:
                    break
        assert text_of(await events_of(llm, request("endless", max_tokens=3))) == "Once upon a", "and it answers again"


async def test_two_models_answer_side_by_side(folder: Path, tiny: Path) -> None:  # noqa: F811 - the fixture
    shutil.copy(tiny, folder / "other.gguf")
    async with LLMManager(config(folder)) as llm:
        answers = await asyncio.gather(events_of(llm, request("tiny")), events_of(llm, request("other")))
        assert text_of(answers[0]) == text_of(answers[1]) != ""
        assert len(children()) == 2
    assert children() == [], "closing ends them"


# -- what happens meanwhile


def slow_to_load(llm: LLMManager, seconds: float = 1.0) -> EmbeddedProvider:
    """The provider, whose children take their time before they load."""
    provider = llm.provider("embedded")
    assert isinstance(provider, EmbeddedProvider)
    provider.engines._command = worker_with(f"import time; time.sleep({seconds})")
    return provider


async def loading(provider: EmbeddedProvider, name: str = "tiny") -> None:
    file = provider._found.named(name)
    assert file is not None
    async with asyncio.timeout(10):
        while (process := provider.engines.process_of(file.path)) is None or process.process_id is None:
            await asyncio.sleep(0.01)


async def test_settings_saved_while_a_model_loads_do_not_end_the_load(llm: LLMManager, folder: Path) -> None:
    await llm.list_models("embedded")
    provider = slow_to_load(llm)
    answer = asyncio.ensure_future(events_of(llm, request()))
    await loading(provider)
    llm.configure(config(folder, idle_minutes=20))
    assert text_of(await answer)
    async with asyncio.timeout(5):
        while children():
            await asyncio.sleep(0.02)


async def test_closing_while_a_model_loads_blames_no_file(folder: Path) -> None:
    async with LLMManager(config(folder)) as llm:
        await llm.list_models("embedded")
        provider = slow_to_load(llm, 30)
        answer = asyncio.ensure_future(failure_of(llm, request()))
        await loading(provider)
    assert (await answer).kind is ErrorKind.CANCELLED


async def test_a_file_renamed_while_it_loads_still_answers(llm: LLMManager, folder: Path) -> None:
    await llm.list_models("embedded")
    provider = slow_to_load(llm)
    answer = asyncio.ensure_future(events_of(llm, request()))
    await loading(provider)
    shutil.copy(folder / "tiny.gguf", folder / "better-name.gguf")
    provider._found = gguf_finder.Found()  # what a look that ran out of time leaves behind
    assert text_of(await answer)


async def test_a_folder_that_never_answers_keeps_nothing_else_waiting(folder: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    async with LLMManager(config(folder, folders=[str(folder), str(share)])) as llm:
        provider = llm.provider("embedded")
        with hanging_share(share):
            for _ in range(40):  # more than the executor has threads
                with contextlib.suppress(TimeoutError, LLMError):
                    async with asyncio.timeout(0.05):
                        await provider.list_models()
            async with asyncio.timeout(2):
                assert await asyncio.to_thread(lambda: 1) == 1
            with pytest.raises(LLMError) as caught:
                await provider.list_models()
            assert str(share) in caught.value.hint
        assert [model.name for model in await provider.list_models()] == ["tiny"]


async def test_a_folder_that_stops_answering_leaves_what_was_found(folder: Path) -> None:
    async with LLMManager(config(folder)) as llm:
        before = await llm.list_models("embedded")
        with hanging_share(folder):
            assert await llm.list_models("embedded") == before


async def test_a_proxy_for_local_servers_never_sees_what_goes_to_our_own_child(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []

    async def overhear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(overhear, "127.0.0.1", 0)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    door = HttpDoor(use_proxy_for_local=True)
    async with server, LLMManager(config(folder), door=door) as llm:
        assert text_of(await events_of(llm, request()))
        door.configure(ca_file=None, use_proxy_for_local=True)
        assert text_of(await events_of(llm, request()))
        assert await llm.provider("embedded").busy("tiny") is False
    assert seen == []


# -- memory that our own models hold


def computer_with(monkeypatch: pytest.MonkeyPatch, llm: LLMManager, context: int) -> EmbeddedProvider:
    """A computer that has just the memory for one model with this window."""
    provider = llm.provider("embedded")
    assert isinstance(provider, EmbeddedProvider)
    file = provider._found.models[0]
    total = memory.needed_bytes(file, context) + 1_000

    def available() -> int:
        loaded = [one.process.order.context_length for one in provider.engines._loaded.values()]
        return total - sum(memory.needed_bytes(file, window) for window in loaded)

    monkeypatch.setattr(memory, "available_bytes", available)
    return provider


async def test_a_larger_window_takes_the_memory_of_the_smaller_one(
    tmp_path: Path,
    endless: Path,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "m").mkdir()
    shutil.copy(endless, tmp_path / "m" / "a.gguf")
    async with LLMManager(config(tmp_path / "m")) as llm:
        await llm.list_models("embedded")
        computer_with(monkeypatch, llm, 8_192)
        await events_of(llm, request("a", context_length=4_096, max_tokens=3))
        await events_of(llm, request("a", context_length=8_192, max_tokens=3))
        (model,) = await llm.list_models("embedded")
        assert model.loaded_context_length == 8_192


async def test_an_idle_model_makes_room_for_another_one(
    tmp_path: Path,
    endless: Path,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "m").mkdir()
    for name in "ab":
        shutil.copy(endless, tmp_path / "m" / f"{name}.gguf")
    async with LLMManager(config(tmp_path / "m")) as llm:
        models = await llm.list_models("embedded")
        provider = computer_with(monkeypatch, llm, 4_096)
        await events_of(llm, request("a", max_tokens=3))
        assert provider.window_for(models[1]) == 4_096, "as it will be loaded"
        await events_of(llm, request("b", max_tokens=3))
        assert [m.loaded_context_length for m in await llm.list_models("embedded")] == [None, 4_096]
        error = await failure_of(llm, request("a", context_length=8_192, max_tokens=3))
        assert error.kind is ErrorKind.OVERLOADED
        assert len(children()) == 1, "what would not be enough is not unloaded for it"


# -- crashes


async def test_a_child_killed_between_answers_is_started_again(llm: LLMManager) -> None:
    whole = text_of(await events_of(llm, request()))
    first = child_of(llm)
    os.kill(first, signal.SIGKILL)
    assert text_of(await events_of(llm, request())) == whole
    assert child_of(llm) != first


async def test_a_child_killed_in_mid_answer_keeps_the_text_and_names_its_end(
    folder: Path,
    endless: Path,  # noqa: F811 - the fixture
) -> None:
    shutil.copy(endless, folder / "endless.gguf")
    async with LLMManager(config(folder)) as llm:
        got: list[str] = []
        with pytest.raises(LLMError) as caught:
            async for event in llm.stream(request("endless"), "embedded"):
                if isinstance(event, TextDelta):
                    got.append(event.text)
                    if len(got) == 10:
                        os.kill(child_of(llm, "endless"), signal.SIGKILL)
        assert "".join(got).startswith("Once upon a byte")
        assert (caught.value.kind, caught.value.retryable) == (ErrorKind.INTERRUPTED, False)
        assert "SIGKILL" in caught.value.hint
        assert text_of(await events_of(llm, request("endless", max_tokens=3))) == "Once upon a"


#: Answers /health, and ends at the first chat request; notes each start in a file.
CRASHES = """
import http.server, json, os, signal, sys
json.loads(sys.stdin.readline())
open({log!r}, "a").write("start\\n")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"{{}}")
    def do_POST(self):
        sys.stderr.write("0.00.1 E ggml_abort: assertion failed\\n"); sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGABRT)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({{"address": f"http://127.0.0.1:{{server.server_address[1]}}"}}), flush=True)
server.serve_forever()
"""


async def test_a_child_that_dies_before_the_first_token_is_started_once_more_then_named(
    llm: LLMManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = tmp_path / "starts"
    command = ("-I", "-c", CRASHES.format(log=str(starts)))
    monkeypatch.setattr(engine_process, "worker_command", lambda _frozen, _module: command)
    error = await failure_of(llm, request())
    assert (error.kind, error.retryable) == (ErrorKind.SERVER_ERROR, False)
    assert "SIGABRT" in error.hint
    assert "assertion failed" in error.hint
    assert starts.read_text().count("start") == 2


# -- what cannot be


async def test_without_the_library_it_is_not_installed_and_says_how(
    llm: LLMManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(LLMError) as caught:
        await llm.list_models("embedded")
    assert caught.value.kind is ErrorKind.NOT_INSTALLED
    assert "pip install" in caught.value.hint
    assert (await failure_of(llm, request())).kind is ErrorKind.NOT_INSTALLED


async def test_a_damaged_file_is_no_model_and_asked_for_by_name_says_why(llm: LLMManager, folder: Path) -> None:
    whole = (folder / "tiny.gguf").read_bytes()
    (folder / "broken.gguf").write_bytes(whole[:200_000])
    assert [model.name for model in await llm.list_models("embedded")] == ["tiny"]
    error = await failure_of(llm, request("broken"))
    assert (error.kind, error.retryable) == (ErrorKind.SERVER_ERROR, False)
    assert "bytes are missing" in error.hint


async def test_a_model_that_is_not_there_is_not_found(llm: LLMManager, folder: Path) -> None:
    assert (await failure_of(llm, request("nobody"))).kind is ErrorKind.MODEL_NOT_FOUND
    await events_of(llm, request())
    (folder / "tiny.gguf").unlink()
    assert (await failure_of(llm, request())).kind is ErrorKind.MODEL_NOT_FOUND


async def test_a_model_beyond_the_memory_is_refused_before_it_takes_any(
    llm: LLMManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 100_000_000)
    error = await failure_of(llm, request())
    assert (error.kind, error.retryable) == (ErrorKind.OVERLOADED, False)
    assert "0.1 GB" in error.hint
    assert children() == []


async def test_a_window_that_does_not_fit_is_made_smaller_and_told_before(
    folder: Path,
    endless: Path,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copy(endless, folder / "endless.gguf")
    room = (folder / "endless.gguf").stat().st_size + memory.OVERHEAD_BYTES + 4_000 * (2 * 8 * 256 * 2)
    monkeypatch.setattr(memory, "available_bytes", lambda: room)
    async with LLMManager(config(folder)) as llm:
        (model, _) = await llm.list_models("embedded")
        assert llm.provider("embedded").window_for(model) == 3_840
        await events_of(llm, request("endless", max_tokens=3))
        (model, _) = await llm.list_models("embedded")
        assert model.loaded_context_length == 3_840
        monkeypatch.setattr(memory, "available_bytes", lambda: room - 4_000_000)
        await events_of(llm, request("endless", max_tokens=3))
        assert len(children()) == 1, "a loaded model stays as it is"


# -- configuration


@pytest.mark.parametrize("field", ["executable", "folders"])
def test_paths_must_be_whole(field: str, tmp_path: Path) -> None:
    for wrong in ("llama-server", "./llama-server", "a\0b", "~no-such-user/llama-server"):
        value = wrong if field == "executable" else [wrong]
        entry = AppConfig.model_validate({"provider_configurations": {"embedded": {field: value}}})
        manager = LLMManager(entry)
        assert "full path" in manager.unusable["embedded"].hint


def test_an_address_is_refused_since_it_has_none() -> None:
    entry = {"base_url": "http://localhost:1234"}
    manager = LLMManager(AppConfig.model_validate({"provider_configurations": {"embedded": entry}}))
    assert "no address" in manager.unusable["embedded"].hint


async def test_a_loaded_model_answers_whatever_memory_is_left(llm: LLMManager, monkeypatch: pytest.MonkeyPatch) -> None:
    await events_of(llm, request())
    monkeypatch.setattr(memory, "available_bytes", lambda: 0)
    for window in (None, 512, 100_000):
        assert text_of(await events_of(llm, request(context_length=window)))
    assert len(children()) == 1


async def test_words_of_a_files_head_are_shown_only_if_they_can_be(folder: Path, tiny: Path) -> None:  # noqa: F811 - the fixture
    from tests.services.engine.test_gguf import head, said

    odd = head(said("general.architecture", "llama"), said("general.size_label", "7B\x1b[2J"))
    (folder / "odd.gguf").write_bytes(odd)
    async with LLMManager(config(folder)) as llm:
        models = {model.name: model for model in await llm.list_models("embedded")}
    assert models["odd"].parameters is None


async def test_an_executable_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    async with LLMManager(config(folder, executable=str(tmp_path / "llama-server"))) as llm:
        with pytest.raises(LLMError) as caught:
            await llm.list_models("embedded")
    assert caught.value.kind is ErrorKind.NOT_INSTALLED
    assert "llama-server" in caught.value.message


async def test_new_settings_let_an_idle_model_go(folder: Path) -> None:
    async with LLMManager(config(folder)) as llm:
        await events_of(llm, request())
        assert len(children()) == 1
        llm.configure(config(folder, context_length=1_024))
        async with asyncio.timeout(5):
            while children():
                await asyncio.sleep(0.02)
        assert text_of(await events_of(llm, request()))
