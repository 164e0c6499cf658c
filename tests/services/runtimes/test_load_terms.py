"""What each backend takes of a load and says of it beforehand; how long models stay; everything out at once."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.services import runtimes
from app.services.engine import memory
from app.services.engine.memory import SystemMemory
from app.services.llm.address import port_of
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.mock_server import MockServer
from app.services.runtimes import LoadOptions, RunningModel
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.ollama import OllamaRuntime
from app.services.runtimes.records import NEVER, ProcessHint
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import answer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
CODER, VISION = "simulated/coder-7b", "simulated/vision-8b"
GIBIBYTE = 2**30
#: A model of eight layers and one of which the server says nothing.
HEAD = {
    "general.architecture": "llama",
    "llama.block_count": 8,
    "llama.context_length": 32_768,
    "llama.embedding_length": 1_024,
    "llama.feed_forward_length": 4_096,
    "llama.attention.head_count": 8,
    "llama.attention.head_count_kv": [8] * 8,
}


@pytest.fixture
async def ollama(home: Path, door: HttpDoor) -> AsyncIterator[tuple[FakeOllama, OllamaRuntime]]:
    async with FakeOllama() as server:
        yield server, OllamaRuntime(door, server.url)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with eight gibibytes left."""
    monkeypatch.setattr(memory, "system_memory", lambda: SystemMemory(16 * GIBIBYTE, 8 * GIBIBYTE))


# --- what is taken


async def test_lm_studio_takes_share_and_time_only_with_its_command_and_says_so(
    home: Path, studio: LmStudioRuntime
) -> None:
    terms = await studio.load_terms()
    assert set(terms.refused) == {"gpu", "ttl_s"}
    assert all("lms command" in why for why in terms.refused.values())
    assert terms.keep_alive_fixed


async def test_lm_studio_with_its_command_takes_all_but_not_the_batch_with_the_rest(
    fake: FakeLms, studio: LmStudioRuntime
) -> None:
    terms = await studio.load_terms()
    assert terms.refused == {}
    others, why = terms.apart["batch"]
    assert others == {"gpu", "ttl_s"} and "together" in why
    refused = await error_of(studio.load(VISION, LoadOptions(gpu="off", batch=9)))
    assert why == refused.message, "the form says what a load would say"


async def test_ollama_says_what_would_not_last(door: HttpDoor, ollama: tuple[FakeOllama, OllamaRuntime]) -> None:
    server, runtime = ollama
    assert set((await runtime.load_terms()).refused) == {"batch"}
    assert (await runtime.load_terms()).keep_alive_fixed == ""
    fixed = OllamaRuntime(door, server.url, settings={"keep_alive": "10m"})
    assert "10m" in (await fixed.load_terms()).refused["ttl_s"]


# --- how long


async def test_a_model_can_stay_until_it_is_unloaded(ollama: tuple[FakeOllama, OllamaRuntime]) -> None:
    server, runtime = ollama
    await runtime.load("llama3", LoadOptions(ttl_s=NEVER))
    assert server.bodies("/api/generate")[-1]["keep_alive"] == -1
    (copy,) = await runtime.loaded()
    assert (copy.stays, copy.expires_at) == (True, None)
    await runtime.load("llama3", LoadOptions(ttl_s=600))
    (copy,) = await runtime.loaded()
    assert not copy.stays and copy.expires_at is not None and 590 < copy.expires_at - time.time() < 610


async def test_lm_studio_keeps_what_has_no_time_and_says_so(fake: FakeLms, studio: LmStudioRuntime) -> None:
    loaded = await studio.load(VISION, LoadOptions(4096, ttl_s=NEVER))
    assert (loaded.notices, [call for call in fake.calls if call["arguments"][0] == "load"]) == ((), [])
    port = port_of(studio.base_url)
    fake.behave(status_port=port, loaded=[{"identifier": VISION, "ttlMs": None, "lastUsedTime": None}])
    stays = {one.instance_id: one.stays for one in await studio.loaded()}
    assert stays[VISION] is True and stays[CODER] is False, "of the other one nothing is told"


# --- does it fit


async def test_ollama_tells_the_head_of_its_file_so_a_window_can_be_judged(
    free: None, ollama: tuple[FakeOllama, OllamaRuntime]
) -> None:
    server, runtime = ollama
    server.routes["/api/show"] = answer({"model_info": HEAD})
    small, large = await runtime.fit("llama3", 4_096), await runtime.fit("llama3", 32_768)
    assert small.verdict == "fits" and small.footprint is not None and large.footprint is not None
    assert small.footprint.weights == server.sizes["llama3:latest"]
    assert large.footprint.window == 8 * small.footprint.window
    server.sizes["llama3:latest"] = 9 * GIBIBYTE
    assert (await runtime.fit("llama3", 4_096)).verdict == "too_large"
    await runtime.load("llama3")
    again = await runtime.fit("llama3", 4_096)
    assert again.verdict == "fits", "what it holds already makes room for it"
    assert (await error_of(runtime.fit("nobody", 4_096))).kind == "model_not_found"


async def test_a_model_that_tells_too_little_is_not_judged(
    free: None, ollama: tuple[FakeOllama, OllamaRuntime]
) -> None:
    server, runtime = ollama
    for told in ({}, {"general.architecture": "llama"}, {"llama.block_count": "many"}):
        server.routes["/api/show"] = answer({"model_info": told})
        fit = await runtime.fit("llama3", 4_096)
        assert (fit.verdict, fit.total_bytes) == ("unknown", None)
    server.sizes["llama3:latest"] = 9 * GIBIBYTE
    assert (await runtime.fit("llama3", 4_096)).verdict == "too_large", "its weights alone are"


async def test_lms_estimates_what_a_window_of_lm_studio_takes(
    free: None, fake: FakeLms, studio: LmStudioRuntime
) -> None:
    estimates = {
        "4096": "Estimated Total Memory: 3.00 GiB",
        "8192": "Estimated Total Memory: 7.80 GiB",
        "16384": "Estimated Total Memory: 12.00 GiB",
    }
    fake.behave(status_port=port_of(studio.base_url), estimates=estimates)
    fits = [await studio.fit(VISION, window) for window in (4_096, 8_192, 16_384)]
    assert [fit.verdict.value for fit in fits] == ["fits", "tight", "too_large"]
    assert fits[0].total_bytes == 3 * GIBIBYTE and fits[0].footprint is None
    assert (await studio.fit(VISION, 5_000)).verdict == "unknown", "lms says nothing of use about it"
    copy = RunningModel(VISION, VISION, 4_096)
    assert await studio.estimated_memory(copy) == 3 * GIBIBYTE
    assert await studio.estimated_memory(RunningModel(VISION, VISION, None)) is None


async def test_a_server_elsewhere_is_not_judged_by_the_memory_of_this_computer(free: None, door: HttpDoor) -> None:
    for runtime in (
        OllamaRuntime(door, "http://192.168.1.13:11434"),
        LmStudioRuntime(door, "http://192.168.1.13:1/v1"),
    ):
        fit = await runtime.fit("any", 4_096)
        assert (fit.verdict, fit.total_bytes) == ("unknown", None)
        assert runtime.process_hint() == ProcessHint()


async def test_processes_are_looked_for_by_name_and_by_the_port(ollama: tuple[FakeOllama, OllamaRuntime]) -> None:
    server, runtime = ollama
    assert runtime.process_hint() == ProcessHint(frozenset({"ollama"}), port_of(server.url))


# --- anew, and all at once


async def test_a_model_is_loaded_anew_in_the_place_of_its_copies(
    server: MockServer, studio: LmStudioRuntime, home: Path
) -> None:
    assert {one.instance_id for one in await studio.loaded()} >= {CODER}
    await studio.load_anew(CODER, LoadOptions(20_000))
    copies = [one for one in await studio.loaded() if one.name == CODER]
    assert [(one.instance_id, one.context_length) for one in copies] == [(CODER, 20_000)], "no second copy"
    await studio.load_anew(VISION, LoadOptions(4_096))
    assert await studio.model_loaded(VISION)


async def test_a_load_that_fails_leaves_the_model_as_it_was(
    ollama: tuple[FakeOllama, OllamaRuntime],
) -> None:
    server, runtime = ollama
    await runtime.load("llama3", LoadOptions(9_000))
    server.routes["/api/show"] = answer({"model_info": {}})
    error = await error_of(runtime.load_anew("llama3", LoadOptions(4_000, gpu=0.5)))
    assert error.kind == "unsupported"
    (copy,) = await runtime.loaded()
    assert copy.context_length == 9_000


async def test_everything_leaves_memory_and_is_told_as_it_was(ollama: tuple[FakeOllama, OllamaRuntime]) -> None:
    server, runtime = ollama
    await runtime.load("llama3", LoadOptions(9_000))
    await runtime.load("nomic-embed-text")
    ejected = await runtime.unload_all()
    assert {(one.name, one.context_length) for one in ejected.unloaded} == {
        ("llama3:latest", 9_000),
        ("nomic-embed-text:latest", 4_096),
    }
    assert (ejected.failed, server.loaded) == ((), {})
    assert (await runtime.unload_all()).unloaded == ()


async def test_what_does_not_leave_is_told_and_the_rest_leaves(
    home: Path, server: MockServer, studio: LmStudioRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = studio.unload

    async def refuse(model: str) -> None:
        if model == CODER:
            raise studio.failed("server_error", "It is still loaded.")  # type: ignore[arg-type]  # its value
        await real(model)

    monkeypatch.setattr(studio, "unload", refuse)
    await studio.load(VISION)
    ejected = await studio.unload_all()
    assert {one.name for one, _error in ejected.failed} == {CODER}
    assert VISION in {one.name for one in ejected.unloaded}
    assert await studio.model_loaded(CODER)


async def test_the_functions_of_the_api_reach_the_same(
    door: HttpDoor, ollama: tuple[FakeOllama, OllamaRuntime]
) -> None:
    server, _runtime = ollama
    place: dict[str, Any] = {"door": door, "base_url": server.url}
    loaded = await runtimes.load_model_anew("ollama", "llama3", LoadOptions(8_000), **place)
    assert loaded.context_length == 8_000
    assert (await runtimes.model_fit("ollama", "llama3", 8_000, **place)).context_length == 8_000
    assert "batch" in (await runtimes.load_terms("ollama", **place)).refused
    assert (await runtimes.process_hint("ollama", **place)).port == port_of(server.url)
    (copy,) = await runtimes.list_loaded_models("ollama", **place)
    assert await runtimes.estimated_memory("ollama", copy, **place) is None, "it is reported: nothing to estimate"
    assert len((await runtimes.unload_all("ollama", **place)).unloaded) == 1
    assert runtimes.cancelled_load("ollama") == "Ollama may go on loading the model."


async def error_of(awaitable: Any) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await awaitable
    return caught.value
