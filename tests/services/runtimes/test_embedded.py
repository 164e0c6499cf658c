"""The built-in engine as a runtime: files of this computer, the real llama.cpp, and what a short command cannot do."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.paths import Paths, user_paths
from app.services import runtimes
from app.services.container import Overrides, Services, open_services
from app.services.llm.errors import LLMError
from app.services.runtimes import LoadOptions, ProcessHint, runtime_for
from app.services.runtimes.records import NEVER
from tests.fakes.hub import FakeHub

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]


@pytest.fixture
def model(tmp_path: Path) -> str:
    from tests.fakes.tiny_gguf import write_tiny_model

    folder = tmp_path / "models"
    folder.mkdir()
    write_tiny_model(folder / "tiny.gguf")
    return "tiny"


@pytest.fixture
async def services(tmp_path: Path, model: str) -> AsyncIterator[Services]:
    paths: Paths = user_paths(tmp_path / "home")
    settings: Any = {("provider_configurations", "embedded", "folders"): [str(tmp_path / "models")]}
    overrides = Overrides(environment={"AICA_KEYRING": "off"}, settings=settings, keep_history=False)
    async with await open_services(paths, overrides) as opened:
        yield opened


async def error_of(awaitable: Any) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await awaitable
    return caught.value


async def test_a_command_that_ends_can_look_and_says_why_it_can_do_no_more(services: Services, model: str) -> None:
    place = services.runtime_place("embedded", lasting=False)
    status = await runtimes.backend_status("embedded", **place)
    assert (status.installed, status.running, status.loaded, status.address) == (True, True, (), "")
    (found,) = await runtimes.list_models("embedded", **place)
    assert (found.name, found.kind, found.format, found.loaded) == (model, "chat", "gguf", False)
    for asked in (runtimes.load_model("embedded", model, **place), runtimes.unload_model("embedded", model, **place)):
        error = await error_of(asked)
        assert error.kind == "unsupported"
        assert "runs inside the program that uses it" in error.message
    assert (await error_of(runtimes.stop_backend("embedded", **place))).kind == "unsupported"


async def test_a_process_that_lasts_loads_and_lets_go(services: Services, model: str) -> None:
    place = services.runtime_place("embedded")
    assert await runtimes.start_backend("embedded", **place) == ""
    loaded = await runtimes.load_model("embedded", model, context_length=1024, **place)
    assert (loaded.context_length, loaded.was_loaded) == (512, False), "the model was made for no more"
    assert loaded.notices == ("Asked for 1,024 tokens of context, it got 512.",)
    assert [one.name for one in await runtimes.list_loaded_models("embedded", **place)] == [model]
    assert (await runtimes.load_model("embedded", model, **place)).was_loaded
    assert (await error_of(runtimes.load_model("embedded", model, gpu="max", **place))).kind == "unsupported"
    await runtimes.unload_model("embedded", model, **place)
    assert not await runtimes.check_model_loaded("embedded", model, **place)
    await runtimes.load_model("embedded", model, **place)
    await runtimes.stop_backend("embedded", **place)
    assert await runtimes.list_loaded_models("embedded", **place) == []


async def test_what_is_no_name_of_the_hub_is_told_with_the_ways_to_a_model(services: Services, model: str) -> None:
    place = services.runtime_place("embedded")
    assert await runtimes.pull_model_with_progress("embedded", model, **place) == model
    error = await error_of(runtimes.pull_model_with_progress("embedded", "nonsense", **place))
    assert (error.kind, "provider_configurations.embedded.folders" in error.hint) == ("bad_request", True)
    assert (await error_of(runtimes.load_model("embedded", "nope", **place))).kind == "model_not_found"


async def test_a_model_of_the_hub_is_fetched_listed_and_answers(services: Services, tmp_path: Path) -> None:
    tiny = tmp_path / "models" / "tiny.gguf"
    async with FakeHub() as fake:
        fake.add("maker/tiny-GGUF", {"tiny-Q8_0.gguf": tiny.read_bytes()})
        services.hub.client.hub_url = fake.url
        place = services.runtime_place("embedded")
        seen: list[runtimes.PullProgress] = []
        name = await runtimes.pull_model_with_progress("embedded", "maker/tiny-GGUF@q8_0", seen.append, **place)
    assert name == "maker/tiny-GGUF/tiny-Q8_0"
    assert await runtimes.pull_model_with_progress("embedded", "hf.co/maker/tiny-GGUF:Q8_0", **place) == name, (
        "it is there, though the hub is not"
    )
    assert (await error_of(runtimes.pull_model_with_progress("embedded", "maker/other", **place))).kind == "not_running"
    assert (seen[-1].completed_bytes, seen[-1].total_bytes) == (tiny.stat().st_size,) * 2
    assert name in [one.name for one in await runtimes.list_models("embedded", **place)]
    assert (await runtimes.load_model("embedded", name, **place)).context_length
    with pytest.raises(LLMError, match="is loaded"):
        await services.delete_fetched_model(name)
    await runtimes.unload_model("embedded", name, **place)
    assert await services.delete_fetched_model(name) == tiny.stat().st_size
    assert name not in [one.name for one in await runtimes.list_models("embedded", **place)]


async def test_a_pull_that_is_cancelled_keeps_what_came(services: Services) -> None:
    async with FakeHub() as fake:
        fake.add("maker/slow", {"slow-Q8_0.gguf": bytes(3_000_000)})
        fake.pause_s = 0.02
        services.hub.client.hub_url = fake.url
        pulling = asyncio.ensure_future(
            runtimes.pull_model_with_progress("embedded", "maker/slow", **services.runtime_place("embedded"))
        )
        async with asyncio.timeout(10):
            while not any(one.completed_bytes for one in services.hub.downloads.all()):
                await asyncio.sleep(0.01)
        pulling.cancel()
        await asyncio.wait({pulling})
        assert pulling.cancelled()
        (one,) = services.hub.downloads.all()
        assert one.state == "paused"
        fake.pause_s = 0
        await runtimes.pull_model_with_progress("embedded", "maker/slow", **services.runtime_place("embedded"))
    assert fake.ranges[1].startswith("bytes=")


async def test_without_a_configuration_it_looks_in_the_usual_folders(services: Services) -> None:
    runtime = runtime_for("embedded", services.door)
    assert await runtime.installed()
    assert (await error_of(runtime.models())).kind == "model_not_found"
    assert (await error_of(runtime.load("x", LoadOptions()))).kind == "unsupported"


# --- how it is loaded, and for how long


async def test_a_model_stays_as_long_as_was_wished_and_says_how_long(services: Services, model: str) -> None:
    place = services.runtime_place("embedded")
    await runtimes.load_model("embedded", model, **place)
    (copy,) = await runtimes.list_loaded_models("embedded", **place)
    assert copy.expires_at is not None and 590 < copy.expires_at - time.time() < 610, "the setting's ten minutes"
    again = await runtimes.load_model("embedded", model, ttl_s=60, **place)
    assert again.was_loaded
    (copy,) = await runtimes.list_loaded_models("embedded", **place)
    assert copy.expires_at is not None and 50 < copy.expires_at - time.time() < 61
    await runtimes.load_model("embedded", model, ttl_s=NEVER, **place)
    (copy,) = await runtimes.list_loaded_models("embedded", **place)
    assert (copy.expires_at, copy.stays) == (None, True)
    await runtimes.load_model("embedded", model, ttl_s=0.2, **place)
    async with asyncio.timeout(10):
        while await runtimes.check_model_loaded("embedded", model, **place):
            await asyncio.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the memory of a process is not read")
async def test_what_a_loaded_model_takes_is_measured_of_its_process(services: Services, model: str) -> None:
    place = services.runtime_place("embedded")
    assert await runtimes.process_hint("embedded", **place) == ProcessHint()
    await runtimes.load_model("embedded", model, batch=64, **place)
    (copy,) = await runtimes.list_loaded_models("embedded", **place)
    (process_id,) = (await runtimes.process_hint("embedded", **place)).ids
    theirs = psutil.Process(process_id).memory_info().rss
    assert copy.memory_bytes is not None and abs(copy.memory_bytes - theirs) < 20_000_000
    assert not copy.memory_estimated


async def test_a_window_is_judged_before_the_model_is_loaded(services: Services, model: str) -> None:
    place = services.runtime_place("embedded")
    fit = await runtimes.model_fit("embedded", model, 512, **place)
    assert fit.footprint is not None and fit.context_length == 512
    assert (await error_of(runtimes.model_fit("embedded", "nobody", 512, **place))).kind == "model_not_found"


async def test_a_short_command_takes_no_option_and_a_process_that_lasts_all_but_the_graphics_card(
    services: Services,
) -> None:
    lasting = await runtimes.load_terms("embedded", **services.runtime_place("embedded"))
    assert set(lasting.refused) == (set() if sys.platform == "darwin" else {"gpu"})
    short = await runtimes.load_terms("embedded", **services.runtime_place("embedded", lasting=False))
    assert set(short.refused) == {"context_length", "gpu", "ttl_s", "batch"}


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script is the program")
async def test_a_program_of_the_users_own_takes_batch_and_layers(tmp_path: Path, model: str) -> None:
    record = tmp_path / "arguments"
    fake = Path(__file__).resolve().parents[2] / "fakes" / "llama_server.py"
    program = tmp_path / "llama-server"
    program.write_text(f'#!/bin/sh\necho "$@" >> {record}\nexec {sys.executable} {fake} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    settings: Any = {
        ("provider_configurations", "embedded", "folders"): [str(tmp_path / "models")],
        ("provider_configurations", "embedded", "executable"): str(program),
    }
    overrides = Overrides(environment={"AICA_KEYRING": "off"}, settings=settings, keep_history=False)
    async with await open_services(user_paths(tmp_path / "home"), overrides) as services:
        place = services.runtime_place("embedded")
        assert (await runtimes.load_terms("embedded", **place)).refused == {}
        await runtimes.load_model("embedded", model, gpu=0.5, batch=64, **place)
        assert record.read_text(encoding="utf-8").split()[-4:] == ["-b", "64", "-ngl", "2"], "half of two and one"
        await runtimes.load_model("embedded", model, context_length=256, **place)
        second = record.read_text(encoding="utf-8").splitlines()[1].split()
        assert second[second.index("-c") + 1] == "256" and second[-4:] == ["-b", "64", "-ngl", "2"]
