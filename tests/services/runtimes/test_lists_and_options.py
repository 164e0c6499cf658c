"""What is downloaded, what is in memory and for how long, and how a model is loaded, for each backend."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.services import runtimes
from app.services.llm.address import port_of
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.providers._ollama_names import wire_name
from app.services.mock_server import MockServer
from app.services.runtimes import LoadOptions, PullProgress
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.lm_studio_lists import find_entry
from app.services.runtimes.ollama import OllamaRuntime
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
VISION = "simulated/vision-8b"


@pytest.fixture
async def ollama(door: HttpDoor) -> AsyncIterator[tuple[FakeOllama, OllamaRuntime]]:
    async with FakeOllama() as server:
        yield server, OllamaRuntime(door, server.url)


async def error_of(awaitable: Any) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await awaitable
    return caught.value


# --- what is there ---


async def test_lm_studio_lists_every_kind_with_embeddings_marked(home: Path, studio: LmStudioRuntime) -> None:
    kinds = {model.name: model.kind for model in await studio.models()}
    assert kinds["simulated/coder-7b"] == "chat"
    assert kinds["simulated/text-embedding-nano"] == "embedding"
    assert kinds["simulated/listener"] == "transcription"
    coder = next(model for model in await studio.models() if model.name == "simulated/coder-7b")
    assert (coder.loaded, coder.quantization, coder.format) == (True, "Q4_K_M", "gguf")


async def test_an_older_lm_studio_lists_too(home: Path, server: MockServer, studio: LmStudioRuntime) -> None:
    server.script.old_server = True
    assert "simulated/coder-7b" in {model.name for model in await studio.models()}
    coder = next(one for one in await studio.loaded() if one.name == "simulated/coder-7b")
    assert coder.context_length == 16384


async def test_every_loaded_copy_is_told_with_its_window_and_its_end(fake: FakeLms, studio: LmStudioRuntime) -> None:
    fake.behave(
        status_port=port_of(studio.base_url),
        loaded=[{"identifier": "simulated/twin-1b:2", "ttlMs": 60_000, "lastUsedTime": 1_000_000, "status": "idle"}],
    )
    copies = {one.instance_id: one for one in await studio.loaded()}
    assert copies["simulated/twin-1b"].context_length == 8192
    assert copies["simulated/twin-1b"].expires_at is None
    second = copies["simulated/twin-1b:2"]
    assert (second.context_length, second.expires_at, second.status) == (4096, 1060.0, "idle")


async def test_asking_what_is_there_never_wakes_lm_studio(home: Path, door: HttpDoor, free_port: int) -> None:
    fake = FakeLms(home)
    place = {"door": door, "base_url": f"http://127.0.0.1:{free_port}/v1"}
    status = await runtimes.backend_status("lm_studio", **place)
    assert (status.installed, status.running, status.loaded) == (True, False, ())
    for asked in (runtimes.list_models, runtimes.list_loaded_models):
        assert (await error_of(asked("lm_studio", **place))).kind == "not_running"
    assert fake.calls == []


async def test_ollama_lists_embeddings_marked_and_copies_with_their_end(
    ollama: tuple[FakeOllama, OllamaRuntime],
) -> None:
    server, runtime = ollama
    await runtime.load("llama3", LoadOptions(context_length=9000, ttl_s=60))
    kinds = {model.name: (model.kind, model.loaded) for model in await runtime.models()}
    assert kinds == {"llama3:latest": ("chat", True), "nomic-embed-text:latest": ("embedding", False)}
    (copy,) = await runtime.loaded()
    assert (copy.context_length, copy.size_bytes, copy.vram_bytes) == (9000, 4_700_000_000, 2_350_000_000)
    assert copy.expires_at is not None
    assert 50 < copy.expires_at - time.time() < 70
    server.loaded["llama3:latest"]["expires_at"] = "2318-01-01T00:00:00.123456789-07:00"
    assert (await runtime.loaded())[0].expires_at is None, "that is how it says never"


async def test_ollama_marks_a_model_that_is_computed_elsewhere(ollama: tuple[FakeOllama, OllamaRuntime]) -> None:
    from tests.fakes.raw_http import answer

    server, runtime = ollama
    entries = [{"model": "big:cloud", "remote_host": "https://ollama.com"}, {"model": 5}, "odd"]
    server.routes["/api/tags"] = answer({"models": entries})
    assert [(m.name, m.local) for m in await runtime.models()] == [("big:cloud", False)]


# --- loading ---


async def test_lm_studio_takes_context_and_batch_through_rest(server: MockServer, studio: LmStudioRuntime) -> None:
    loaded = await studio.load(VISION, LoadOptions(context_length=8000, batch=256))
    body = next(r.body for r in server.stats.recorded if r.path == "/api/v1/models/load")
    assert (body["context_length"], body["eval_batch_size"]) == (8000, 256)
    assert (loaded.context_length, loaded.notices) == (8000, ())


async def test_a_window_smaller_than_asked_for_is_told(server: MockServer, studio: LmStudioRuntime) -> None:
    server.script.load_context_limit = 8192
    loaded = await studio.load(VISION, LoadOptions(context_length=16_000))
    assert loaded.notices == ("Asked for 16,000 tokens of context, it got 8,192.",)


async def test_a_second_copy_with_a_larger_window_is_told(studio: LmStudioRuntime) -> None:
    loaded = await studio.load("simulated/coder-7b", LoadOptions(context_length=20_000))
    assert loaded.instance_id == "simulated/coder-7b:2"
    assert loaded.notices == (
        "It is in memory a second time, as simulated/coder-7b:2: the copy with the smaller window stays.",
    )


async def test_lm_studio_takes_gpu_and_time_through_its_command_with_progress(
    fake: FakeLms, studio: LmStudioRuntime
) -> None:
    seen: list[float] = []
    loaded = await studio.load(VISION, LoadOptions(4096, gpu=0.5, ttl_s=90), seen.append)
    assert (loaded.instance_id, loaded.was_loaded) == (VISION, False)
    assert fake.calls[-1]["arguments"] == ["load", VISION, "-y", "-c", "4096", "--gpu", "0.5", "--ttl", "90"]
    assert seen[-1] == 0.99
    again = await studio.load(VISION, LoadOptions(gpu="max"))
    assert again.was_loaded
    assert "not applied: GPU share" in again.notices[0]
    assert len([call for call in fake.calls if call["arguments"][0] == "load"]) == 1, "no second copy"


async def test_E3_what_lms_says_of_a_load_proves_nothing(fake: FakeLms, studio: LmStudioRuntime) -> None:
    port = port_of(studio.base_url)
    fake.behave(status_port=port, lies="load", language="de")
    error = await error_of(studio.load(VISION, LoadOptions(gpu="off")))
    assert (error.kind, "Fertig geladen." in error.hint) == ("server_error", True)
    fake.behave(status_port=port, fails="Failed: insufficient system resources")
    assert (await error_of(studio.load(VISION, LoadOptions(gpu="off")))).kind == "overloaded"
    fake.behave(status_port=port, lies="loaded", language="de")
    assert (await studio.load(VISION, LoadOptions(gpu="off"))).instance_id == VISION


@pytest.mark.parametrize("name", ["--evil", "-y", "simulated/a\nb", "simulated/\x1b[2J"])
async def test_E1_a_name_that_could_be_an_option_never_reaches_lms(
    fake: FakeLms, server: MockServer, studio: LmStudioRuntime, name: str
) -> None:
    server.script.extra_models = [name]
    server.script.download_outcome = "model_not_found"
    assert (await error_of(studio.load(name, LoadOptions(gpu="max")))).kind == "bad_request"
    assert (await error_of(studio.pull(f"{name}/x@q8_0"))).kind in ("bad_request", "model_not_found")
    assert all(call["arguments"][0] == "server" for call in fake.calls)


async def test_options_that_cannot_be_honoured_are_refused_and_never_dropped(
    home: Path, studio: LmStudioRuntime, server: MockServer
) -> None:
    assert (await error_of(studio.load(VISION, LoadOptions(gpu="max")))).kind == "unsupported", "there is no lms"
    assert (await error_of(studio.load(VISION, LoadOptions(ttl_s=5, batch=9)))).kind == "unsupported"
    assert server.stats.models_loaded == 0
    for wrong in ({"context_length": 0}, {"batch": -1}, {"ttl_s": 0.0}, {"gpu": 1.5}):
        with pytest.raises(LLMError, match="not valid"):
            LoadOptions(**wrong)  # type: ignore[arg-type]  # the values are what is wrong


@pytest.mark.parametrize(("gpu", "layers"), [("off", 0), ("max", 999), (0.5, 16), (0, 0), (1, 999)])
async def test_ollama_takes_every_option(
    ollama: tuple[FakeOllama, OllamaRuntime], gpu: float | str, layers: int
) -> None:
    server, runtime = ollama
    await runtime.load("llama3", LoadOptions(8000, gpu, 90, 256))  # type: ignore[arg-type]  # words or a share
    assert server.bodies("/api/generate")[-1] == {
        "model": "llama3", "stream": False, "keep_alive": "90s",
        "options": {"num_ctx": 8000, "num_batch": 256, "num_gpu": layers},
    }  # fmt: skip


async def test_ollama_prolongs_a_loaded_model_without_loading_it_anew(
    ollama: tuple[FakeOllama, OllamaRuntime],
) -> None:
    server, runtime = ollama
    await runtime.load("llama3", LoadOptions(9000))
    again = await runtime.load("llama3", LoadOptions(4000, ttl_s=600))
    assert (again.was_loaded, again.context_length) == (True, 9000)
    assert server.bodies("/api/generate")[-1]["options"] == {"num_ctx": 9000}


async def test_ollama_loads_and_unloads_embedding_models(ollama: tuple[FakeOllama, OllamaRuntime]) -> None:
    server, runtime = ollama
    await runtime.load("nomic-embed-text")
    assert await runtime.model_loaded("nomic-embed-text")
    await runtime.unload("nomic-embed-text")
    assert not server.loaded


async def test_E3_a_load_and_a_pull_that_are_only_said_to_be_done_are_failures(
    ollama: tuple[FakeOllama, OllamaRuntime],
) -> None:
    server, runtime = ollama
    server.lies = "load"
    assert (await error_of(runtime.load("llama3"))).kind == "server_error"
    server.lies = "pull"
    error = await error_of(runtime.pull("new"))
    assert (error.kind, error.message) == ("server_error", "'new' is not there after its download.")


# --- names ---


@pytest.mark.parametrize(
    ("typed", "source", "sent"),
    [
        ("qwen2.5-coder:7b", "ollama", "qwen2.5-coder:7b"),
        ("user/repo", "ollama", "user/repo"),
        ("user/repo", "huggingface", "hf.co/user/repo"),
        ("user/repo:Q4_K_M", "huggingface", "hf.co/user/repo:Q4_K_M"),
        ("user/repo@Q4_K_M", "ollama", "hf.co/user/repo:Q4_K_M"),
        ("hf.co/user/repo:Q8_0", "ollama", "hf.co/user/repo:Q8_0"),
        ("hf.co/user/repo@Q8_0", "huggingface", "hf.co/user/repo:Q8_0"),
        ("https://huggingface.co/user/repo", "ollama", "hf.co/user/repo"),
        ("huggingface.co/user/repo", "ollama", "huggingface.co/user/repo"),
        ("llama3", "huggingface", "llama3"),
    ],
)
def test_names_as_ollama_spells_them(typed: str, source: str, sent: str) -> None:
    assert wire_name(typed, source) == sent


async def test_model_source_of_the_environment_counts_for_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeOllama() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        monkeypatch.setenv("MODEL_SOURCE", "huggingface")
        seen: list[PullProgress] = []
        assert (
            await runtimes.pull_model_with_progress("ollama", "user/repo:Q4_0", seen.append) == "hf.co/user/repo:Q4_0"
        )
        assert server.bodies("/api/pull")[0]["model"] == "hf.co/user/repo:Q4_0"
        assert seen[-1].completed_bytes == seen[-1].total_bytes == 1_000_000_000
        assert await runtimes.check_model_exists("ollama", "user/repo:Q4_0")


def test_a_repository_is_found_under_the_key_that_lm_studio_gave_it() -> None:
    entries = [
        {"key": "qwen2.5-coder-7b-instruct@q8_0", "publisher": "bartowski", "quantization": {"name": "Q8_0"}},
        {"key": "qwen2.5-coder-7b-instruct@q4_k_m", "publisher": "bartowski", "quantization": {"name": "Q4_K_M"}},
        {"key": "other/thing", "publisher": "other", "variants": ["other/thing@q4_0"]},
    ]

    def key_of(typed: str) -> str | None:
        found = find_entry(entries, typed)
        return None if found is None else str(found["key"])

    assert key_of("bartowski/Qwen2.5-Coder-7B-Instruct-GGUF@Q4_K_M") == "qwen2.5-coder-7b-instruct@q4_k_m"
    assert key_of("hf.co/bartowski/Qwen2.5-Coder-7B-Instruct-GGUF:Q8_0") == "qwen2.5-coder-7b-instruct@q8_0"
    assert key_of("other/thing@q4_0") == "other/thing"
    assert key_of("somebody/Qwen2.5-Coder-7B-Instruct-GGUF@Q4_K_M") is None
    assert key_of("qwen2.5-coder-7b-instruct") is None


async def test_a_repository_with_its_quantization_is_fetched_as_a_link(
    server: MockServer, studio: LmStudioRuntime
) -> None:
    key = await studio.pull("someone/some-GGUF@Q4_K_M")
    body = next(r.body for r in server.stats.recorded if r.path == "/api/v1/models/download")
    assert body == {"model": "https://huggingface.co/someone/some-GGUF", "quantization": "Q4_K_M"}
    assert key == "simulated/some-gguf"


async def test_a_variant_of_the_catalogue_is_fetched_by_the_command(
    fake: FakeLms, server: MockServer, studio: LmStudioRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script.download_outcome = "model_not_found"  # no such repository
    seen: list[PullProgress] = []

    def put_there(progress: PullProgress) -> None:
        seen.append(progress)
        server.script.extra_models = ["simulated/qwen3-9b"]

    fake.behave(status_port=port_of(studio.base_url), lies="get")
    assert await studio.pull("simulated/qwen3-9b@q8_0", put_there) == "simulated/qwen3-9b"
    assert fake.calls[-1]["arguments"] == ["get", "simulated/qwen3-9b@q8_0", "-y"]
    assert (seen[0].completed_bytes, seen[0].total_bytes) == (1_230_000_000, 4_330_000_000)
    monkeypatch.setattr("app.services.runtimes.lm_studio_pull.LIST_SETTLE_S", 0.1)
    error = await error_of(studio.pull("simulated/another-1b@q8_0"))
    assert error.message == "'simulated/another-1b@q8_0' is not there after its download."


@pytest.fixture
def quick_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.runtimes.lm_studio_pull.LIST_SETTLE_S", 0.3)
    monkeypatch.setattr("app.services.runtimes.lm_studio_pull.POLL_S", 0.05)


async def pulled_while(server: MockServer, studio: LmStudioRuntime, model: str, *others: str) -> str:
    """The key of a download during which these models come, too, before its own is listed."""

    def others_come(_progress: PullProgress) -> None:
        server.script.extra_models = [f"simulated/{other}" for other in others]

    return await studio.pull(model, others_come)


@pytest.mark.parametrize(
    ("model", "others", "key"),
    [
        ("someone/wanted-GGUF", ["another-7b"], "wanted-gguf"),
        ("someone/wanted", ["wanted-mlx", "another-7b"], "wanted"),
        ("hf.co/someone/wanted-GGUF@Q4_K_M", ["another-7b@q4_k_m"], "wanted-gguf"),
    ],
)
async def test_of_models_that_arrive_together_each_download_takes_its_own(
    model: str, others: list[str], key: str, server: MockServer, studio: LmStudioRuntime, quick_settling: None
) -> None:
    server.script.download_seconds = 0.2
    assert await pulled_while(server, studio, model, *others) == f"simulated/{key}"


async def test_a_model_of_another_download_is_not_taken_for_ones_own(
    server: MockServer, studio: LmStudioRuntime, quick_settling: None
) -> None:
    server.script.download_outcome = "already_downloaded"  # but it is in no list
    error = await error_of(pulled_while(server, studio, "someone/wanted-GGUF", "another-7b"))
    assert error.message == "'someone/wanted-GGUF' is not there after its download."
    assert "simulated/another-7b" in error.hint


async def test_another_quantization_that_was_there_before_is_not_the_new_one(
    server: MockServer, studio: LmStudioRuntime, quick_settling: None
) -> None:
    server.script.extra_models = ["simulated/wanted"]  # as Q4_K_M
    server.script.download_outcome = "already_downloaded"
    assert await studio.pull("someone/wanted-GGUF@Q4_K_M") == "simulated/wanted"
    error = await error_of(studio.pull("someone/wanted-GGUF@Q8_0"))
    assert error.message == "'someone/wanted-GGUF@Q8_0' is not there after its download."


async def test_a_name_that_lm_studio_shortened_is_found_when_nothing_else_fits(
    server: MockServer, studio: LmStudioRuntime, quick_settling: None
) -> None:
    server.script.download_outcome = "already_downloaded"
    key = await pulled_while(server, studio, "someone/Wanted_4b-it-q4_0-gguf", "wanted-4b", "another-7b")
    assert key == "simulated/wanted-4b"


async def test_where_several_fit_it_is_said_that_nobody_can_tell(
    server: MockServer, studio: LmStudioRuntime, quick_settling: None
) -> None:
    server.script.download_outcome = "already_downloaded"
    error = await error_of(pulled_while(server, studio, "someone/wanted-GGUF", "wanted-4b", "wanted-8b"))
    assert error.message == "'someone/wanted-GGUF' was downloaded, but which model it became cannot be told."
    assert "simulated/wanted-4b, simulated/wanted-8b" in error.hint
