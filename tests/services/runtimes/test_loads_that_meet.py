"""Loads that meet each other or a model that is loaded: what was asked for and is not done, is said."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from app.services import runtimes
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.mock_server import MockServer
from app.services.runtimes import LoadOptions
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.ollama import OllamaRuntime
from app.services.runtimes.records import NEVER
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import answer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
CODER, THINKER = "simulated/coder-7b", "simulated/thinker-4b"


async def error_of(awaitable: Any) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await awaitable
    return caught.value


async def test_two_parts_of_a_program_that_load_one_model_make_one_copy(
    home: Path, door: HttpDoor, server: MockServer
) -> None:
    place: dict[str, Any] = {"door": door, "base_url": f"{server.base_url}/v1"}
    await asyncio.gather(*(runtimes.load_model("lm_studio", THINKER, **place) for _ in range(3)))
    loads = [one for one in server.stats.recorded if one.path == "/api/v1/models/load"]
    assert len(loads) == 1
    copies = [one for one in await runtimes.list_loaded_models("lm_studio", **place) if one.name == THINKER]
    assert len(copies) == 1


async def test_a_model_that_is_loaded_anew_is_not_loaded_a_second_time_meanwhile(
    home: Path, door: HttpDoor, server: MockServer
) -> None:
    place: dict[str, Any] = {"door": door, "base_url": f"{server.base_url}/v1"}
    await asyncio.gather(
        runtimes.load_model_anew("lm_studio", CODER, LoadOptions(20_000), **place),
        runtimes.load_model("lm_studio", CODER, **place),
        runtimes.reload_model("lm_studio", CODER, context_length=18_000, **place),
    )
    copies = [one for one in await runtimes.list_loaded_models("lm_studio", **place) if one.name == CODER]
    assert [one.instance_id for one in copies] == [CODER]


async def test_what_cannot_be_had_is_refused_before_anything_leaves_memory(
    home: Path, server: MockServer, studio: LmStudioRuntime, door: HttpDoor
) -> None:
    error = await error_of(studio.load_anew(CODER, LoadOptions(20_000, gpu="off")))  # there is no lms here
    assert error.kind == "unsupported"
    assert (await error_of(studio.load_anew(CODER, LoadOptions(gpu="max", batch=9)))).kind == "unsupported"
    assert (await error_of(studio.load_anew("nope", LoadOptions()))).kind == "model_not_found"
    async with FakeOllama() as ollama:
        runtime = OllamaRuntime(door, ollama.url)
        await runtime.load("llama3", LoadOptions(9_000, ttl_s=3_000))
        before = dict(ollama.loaded["llama3:latest"])
        ollama.routes["/api/show"] = answer({"model_info": {}})
        assert (await error_of(runtime.load_anew("llama3", LoadOptions(gpu=0.5)))).kind == "unsupported"
        assert ollama.loaded["llama3:latest"] == before, "what it was writing went on"
    assert [one.path for one in server.stats.recorded if one.path.endswith("/unload")] == []


async def test_a_load_anew_that_fails_says_how_the_model_stands(home: Path, door: HttpDoor) -> None:
    async with FakeOllama() as ollama:
        runtime = OllamaRuntime(door, ollama.url)
        await runtime.load("llama3", LoadOptions(9_000))
        ollama.lies = "load"  # from here on nothing can be loaded
        error = await error_of(runtime.load_anew("llama3", LoadOptions(4_000)))
        assert ollama.loaded == {}
        assert "It could not be loaded as it was before either, and is not in memory now." in error.hint


async def test_a_load_anew_that_fails_once_says_that_the_model_is_back(
    home: Path, studio: LmStudioRuntime, server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = studio.call, []

    async def refuses_once(method: str, path: str, **more: Any) -> Any:
        if path.endswith("/load"):
            asked.append(path)
            if len(asked) == 1:
                raise studio.failed(ErrorKind.OVERLOADED, "Too little memory.", "Close something.")
        return await real(method, path, **more)

    monkeypatch.setattr(studio, "call", refuses_once)
    error = await error_of(studio.load_anew(CODER, LoadOptions(20_000)))
    assert error.hint == "Close something. It is loaded again with the window it had."
    (copy,) = [one for one in await studio.loaded() if one.name == CODER]
    assert copy.context_length == 16_384


async def test_a_time_that_a_loaded_model_does_not_get_is_told(studio: LmStudioRuntime, home: Path) -> None:
    loaded = await studio.load(CODER, LoadOptions(ttl_s=NEVER))
    assert loaded.was_loaded
    assert "not applied: time in memory" in " ".join(loaded.notices)


async def test_what_ollama_will_forget_is_told_with_the_load(home: Path, door: HttpDoor) -> None:
    async with FakeOllama() as ollama:
        loaded = await OllamaRuntime(door, ollama.url).load("llama3", LoadOptions(batch=64))
        assert loaded.notices == ("Ollama goes back to its own batch size with the next message.",)
        fixed = OllamaRuntime(door, ollama.url, settings={"keep_alive": "10m"})
        assert "10m" in " ".join((await fixed.load("llama3", LoadOptions(ttl_s=60))).notices)


async def test_the_time_of_a_model_that_left_is_not_set_by_loading_it(home: Path, door: HttpDoor) -> None:
    async with FakeOllama() as ollama:
        place: dict[str, Any] = {"door": door, "base_url": ollama.url}
        error = await error_of(runtimes.keep_model("ollama", "llama3", 600, **place))
        assert (error.kind, ollama.loaded) == ("model_not_found", {})
        assert error.message == "Model 'llama3' is not in memory any more."
        await runtimes.load_model("ollama", "llama3", context_length=9_000, **place)
        await runtimes.keep_model("ollama", "llama3", NEVER, **place)
        (copy,) = await runtimes.list_loaded_models("ollama", **place)
        assert (copy.stays, copy.context_length) == (True, 9_000)


async def test_a_failing_lms_is_told_with_the_state_of_the_model(fake: FakeLms, studio: LmStudioRuntime) -> None:
    fake.behave(status_port=int(studio.base_url.rpartition(":")[2].partition("/")[0]), fails="Error: no such GPU")
    error = await error_of(studio.load_anew(CODER, LoadOptions(gpu="max")))
    assert "no such GPU" in error.hint and error.hint.endswith("It is loaded again with the window it had.")
    assert await studio.model_loaded(CODER)
