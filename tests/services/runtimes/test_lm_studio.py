"""LM Studio as a runtime: a fake `lms` for its server, the simulator for its models."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import runtimes
from app.services.llm.address import port_of
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.mock_server import MockServer
from app.services.runtimes import LoadOptions, PullProgress, lms
from app.services.runtimes.lm_studio import LmStudioRuntime
from tests.fakes.lms import FakeLms

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]


@pytest.fixture
def fake(home: Path) -> Iterator[FakeLms]:
    fake = FakeLms(home)
    yield fake
    fake.close()


@pytest.fixture
def runtime(door: HttpDoor, free_port: int) -> LmStudioRuntime:
    return LmStudioRuntime(door, f"http://127.0.0.1:{free_port}/v1")


async def error_of(awaitable: object) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value


# --- the server ---


async def test_without_lms_starting_says_so_in_the_fixed_words(home: Path, runtime: LmStudioRuntime) -> None:
    assert not await runtime.installed()
    error = await error_of(runtime.start())
    assert error.kind == "not_installed"
    assert error.message == "LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings."


async def test_the_app_counts_as_installed_without_its_cli(home: Path, runtime: LmStudioRuntime) -> None:
    folder = home / ".lmstudio" / ".internal"
    folder.mkdir(parents=True)
    record = folder / "app-install-location.json"
    record.write_text(json.dumps({"path": str(home / "gone.AppImage")}), encoding="utf-8")
    assert not await runtime.installed()
    record.write_text(json.dumps({"path": str(record)}), encoding="utf-8")
    assert await runtime.installed()


async def test_lms_is_looked_for_where_the_pointer_then_the_old_then_the_new_home_says(
    home: Path, fake: FakeLms
) -> None:
    assert lms.find_lms() == fake.path
    old = home / ".cache" / "lm-studio"
    old.mkdir(parents=True)
    assert lms.lm_studio_home() == old
    (home / ".lmstudio-home-pointer").write_text(f"{home}/elsewhere\n", encoding="utf-8")
    assert lms.lm_studio_home() == home / "elsewhere"


async def test_start_and_stop_are_judged_by_the_greeting(fake: FakeLms, runtime: LmStudioRuntime) -> None:
    assert not await runtime.running()
    assert await runtime.start() == runtime.base_url
    assert await runtime.running()
    assert fake.calls[0]["arguments"] == ["server", "start", "--port", runtime.base_url.rpartition(":")[2][:-3]]
    await runtime.start()
    assert len(fake.calls) == 1
    await runtime.stop()
    assert not await runtime.running()
    await runtime.stop()
    assert [c["arguments"][1] for c in fake.calls] == ["start", "status", "stop"]


async def test_E3_success_reported_as_failure_still_counts_as_running(fake: FakeLms, runtime: LmStudioRuntime) -> None:
    fake.behave(lies="up")
    assert await runtime.start() == runtime.base_url


async def test_E3_success_reported_without_a_server_is_a_failure(
    fake: FakeLms, runtime: LmStudioRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.runtimes.lm_studio.SETTLE_S", 0.3)
    fake.behave(lies="down", language="de")
    error = await error_of(runtime.start())
    assert (error.kind, error.message) == ("not_running", "LM Studio server not running.")


async def test_E3_what_lms_said_is_quoted_without_terminal_codes(fake: FakeLms, runtime: LmStudioRuntime) -> None:
    fake.behave(fails="Port \x1b[1mbelegt\x07")
    error = await error_of(runtime.start())
    assert "lms said: “Port belegt" in error.hint
    assert error.hint.isprintable()


async def test_E3_a_hanging_flooding_or_crashing_lms_gives_a_kind_and_a_hint(
    fake: FakeLms, runtime: LmStudioRuntime
) -> None:
    fake.behave(hang=True)
    began = time.monotonic()
    hanging = await error_of(runtime.start(timeout_s=0.5))
    assert (hanging.kind, time.monotonic() - began < 5) == ("timeout", True)
    fake.behave(flood=100, fails="no")
    assert (await error_of(runtime.start())).kind == "not_running"
    fake.behave(crash=True)
    crashed = await error_of(runtime.start())
    assert crashed.kind == "not_running"
    assert crashed.hint


async def test_a_slow_wake_is_waited_for(fake: FakeLms, runtime: LmStudioRuntime) -> None:
    fake.behave(wake_s=0.5)
    assert await runtime.start() == runtime.base_url


async def test_the_users_bind_address_and_cors_choice_are_kept(fake: FakeLms, runtime: LmStudioRuntime) -> None:
    fake.write_settings('{"port": 1234, "networkInterface": "0.0.0.0", "cors": true}')
    fake.behave(fails="x")
    await error_of(runtime.start())
    assert fake.calls[0]["arguments"][-3:] == ["--bind", "0.0.0.0", "--cors"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"networkInterface": "--evil", "port": "x"}', '{"networkInterface": 5, "cors": "yes"}']
)
async def test_E1_odd_settings_files_never_become_arguments(fake: FakeLms, runtime: LmStudioRuntime, text: str) -> None:
    fake.write_settings(text)
    fake.behave(fails="x")
    await error_of(runtime.start())
    assert len(fake.calls[0]["arguments"]) == 4


async def test_a_server_that_lms_does_not_manage_is_not_stopped_by_it(fake: FakeLms, studio: LmStudioRuntime) -> None:
    fake.behave(status_port=1234)
    error = await error_of(studio.stop())
    assert error.kind == "unsupported"
    assert [c["arguments"][1] for c in fake.calls] == ["status"]


async def test_a_server_on_another_computer_is_neither_started_nor_stopped(door: HttpDoor, fake: FakeLms) -> None:
    runtime = LmStudioRuntime(door, "http://192.0.2.7:1234/v1")
    runtime.running = lambda: asyncio.sleep(0, False)  # type: ignore[method-assign]  # tests stay on loopback
    assert (await error_of(runtime.start())).kind == "unsupported"
    assert fake.calls == []


# --- models ---


async def test_existing_and_loaded_models(studio: LmStudioRuntime) -> None:
    assert await studio.model_exists("simulated/coder-7b")
    assert await studio.model_exists("simulated/twin-1b:2")
    assert not await studio.model_exists("simulated/nope")
    assert await studio.model_loaded("simulated/coder-7b")
    assert not await studio.model_loaded("simulated/thinker-4b")


async def test_loading_is_done_once_even_when_asked_for_twice_at_once(
    server: MockServer, studio: LmStudioRuntime
) -> None:
    server.script.load_seconds = 0.1
    first, second = await asyncio.gather(*(studio.load("simulated/thinker-4b") for _ in range(2)))
    assert (first.instance_id, first.context_length, first.was_loaded) == ("simulated/thinker-4b", 4096, False)
    assert second.was_loaded
    assert server.stats.models_loaded == 1


async def test_the_context_really_given_is_reported(server: MockServer, studio: LmStudioRuntime) -> None:
    server.script.load_context_limit = 8192
    loaded = await studio.load("simulated/vision-8b", LoadOptions(context_length=16_000))
    assert loaded.context_length == 8192


@pytest.mark.parametrize(
    ("text", "kind"), [("insufficient system resources", "overloaded"), ("unknown architecture", "server_error")]
)
async def test_loads_that_fail(server: MockServer, studio: LmStudioRuntime, text: str, kind: str) -> None:
    server.script.load_error = text
    error = await error_of(studio.load("simulated/vision-8b"))
    assert error.kind == kind
    assert text in error.hint


async def test_a_missing_model_has_the_fixed_words(studio: LmStudioRuntime) -> None:
    error = await error_of(studio.load("nope"))
    assert (error.kind, error.message) == ("model_not_found", "Model 'nope' not found.")
    assert error.hint == "Download it in LM Studio or check MODEL_NAME."


async def test_a_pull_reports_progress_and_ends_with_the_model(server: MockServer, studio: LmStudioRuntime) -> None:
    server.script.download_seconds = 0.6
    seen: list[PullProgress] = []
    await studio.pull("ibm/granite-4-micro", seen.append)
    assert [p.status for p in (seen[0], seen[-1])] == ["downloading", "completed"]
    assert seen[-1].completed_bytes == seen[-1].total_bytes == server.script.download_bytes
    assert await studio.model_exists("simulated/granite-4-micro")
    again: list[PullProgress] = []
    await studio.pull("ibm/granite-4-micro", again.append)
    assert [p.status for p in again] == ["already_downloaded"]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("failed", "server_error"), ("not_implemented", "unsupported"), ("model_not_found", "model_not_found")],
)
async def test_pulls_that_fail(server: MockServer, studio: LmStudioRuntime, outcome: str, kind: str) -> None:
    server.script.update({"download_outcome": outcome})
    assert (await error_of(studio.pull("a/b"))).kind == kind


async def test_hugging_face_names_become_links_with_their_quantization(
    server: MockServer, studio: LmStudioRuntime
) -> None:
    await studio.pull("hf.co/someone/some-GGUF@Q4_K_M")
    body = next(r.body for r in server.stats.recorded if r.path == "/api/v1/models/download")
    assert body == {"model": "https://huggingface.co/someone/some-GGUF", "quantization": "Q4_K_M"}


async def test_an_old_server_and_a_missing_token_are_told_apart(server: MockServer, studio: LmStudioRuntime) -> None:
    server.script.old_server = True
    old = await error_of(studio.model_exists("x"))
    assert (old.kind, old.hint) == ("unsupported", "This needs LM Studio 0.4 or newer.")
    server.script.update({"old_server": False, "token": "sk-lm-secret"})
    assert (await error_of(studio.model_exists("x"))).kind == "auth"
    studio.key = "sk-lm-secret"
    assert not await studio.model_exists("x")


async def test_another_program_on_the_port_is_not_lm_studio(server: MockServer, studio: LmStudioRuntime) -> None:
    server.script.update({"fault": "html", "fault_scope": "all"})
    assert not await studio.running()
    assert (await error_of(studio.model_exists("x"))).kind == "protocol"


async def test_it_can_be_stopped_from_here_only_with_lms(home: Path, runtime: LmStudioRuntime) -> None:
    assert await runtime.why_not_stoppable() == "Stop it in LM Studio: its lms command is not installed."
    FakeLms(home)
    assert await runtime.why_not_stoppable() == ""
    assert await runtimes.why_not_stoppable("lm_studio") == ""


# --- the public functions ---


async def test_the_functions_of_the_contract(server: MockServer, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("LMSTUDIO_BASE_URL", server.base_url)
    assert runtimes.backend_url("lmstudio") == f"{server.base_url}/v1"
    assert await runtimes.check_backend_running("lm_studio")
    assert not await runtimes.check_backend_installed("lm_studio")
    assert await runtimes.start_backend("lm_studio") == f"{server.base_url}/v1"
    assert await runtimes.check_model_exists("lm_studio", "simulated/coder-7b")
    assert (await runtimes.load_model("lm-studio", "simulated/coder-7b")).was_loaded
    assert await runtimes.check_model_loaded("lm_studio", "simulated/coder-7b")
    await runtimes.pull_model_with_progress("lm_studio", "a/new-one")
    monkeypatch.delenv("LMSTUDIO_BASE_URL")
    assert runtimes.backend_url("lm_studio") == "http://localhost:1234/v1"
    assert runtimes.backend_url("ollama") == "http://localhost:11434"
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:8000")
    assert runtimes.backend_url("ollama") == "http://127.0.0.1:8000"
    with pytest.raises(LLMError, match="no backend"):
        runtimes.backend_url("vllm")


async def test_unloading_takes_every_copy_out_of_memory_and_no_other_model(studio: LmStudioRuntime) -> None:
    assert await studio.model_loaded("simulated/twin-1b")
    await studio.unload("simulated/twin-1b")
    assert not await studio.model_loaded("simulated/twin-1b")
    assert await studio.model_loaded("simulated/coder-7b")
    await studio.unload("simulated/twin-1b")


async def test_the_id_of_one_copy_unloads_that_copy_alone(studio: LmStudioRuntime) -> None:
    copies = [copy.instance_id for copy in await studio.loaded() if copy.name == "simulated/twin-1b"]
    assert len(copies) > 1
    second = next(one for one in copies if one != "simulated/twin-1b")

    await studio.unload(second)

    left = [copy.instance_id for copy in await studio.loaded() if copy.name == "simulated/twin-1b"]
    assert left == [one for one in copies if one != second]


# --- whether it computes ---

CODER = "simulated/coder-7b"


@pytest.mark.parametrize(
    ("loaded", "busy"),
    [
        ([{"modelKey": CODER, "identifier": CODER, "status": "generating", "queued": 0}], True),
        ([{"modelKey": CODER, "identifier": "mine", "status": "processingPrompt"}], True),
        ([{"modelKey": CODER, "identifier": CODER, "status": "idle", "queued": 2}], True),
        ([{"modelKey": CODER, "identifier": CODER, "status": "idle", "queued": 0}], False),
        ([{"modelKey": "another", "identifier": "another", "status": "generating"}], False),
        ([], False),
        ([{"modelKey": CODER, "identifier": CODER}], None),
        ({"loaded": []}, None),
        ("Waking up LM Studio service...", None),
    ],
)
async def test_lms_tells_whether_a_model_computes(
    fake: FakeLms, studio: LmStudioRuntime, loaded: object, busy: bool | None
) -> None:
    fake.behave(loaded=loaded, status_port=port_of(studio.base_url))
    assert await studio.busy(CODER) is busy


async def test_asking_whether_a_model_computes_never_wakes_lm_studio(
    home: Path, fake: FakeLms, runtime: LmStudioRuntime
) -> None:
    assert await runtime.busy(CODER) is None
    assert fake.calls == [], "its server is off: `lms ps` would start it"


async def test_a_server_behind_a_tunnel_is_not_asked_about_through_this_computer_s_lms(
    fake: FakeLms, studio: LmStudioRuntime
) -> None:
    fake.behave(loaded=[])
    assert await studio.busy(CODER) is None
    assert [call["arguments"] for call in fake.calls] == [["server", "status", "--json"]], "`lms ps` would start it"


async def test_without_lms_nobody_can_tell(home: Path, studio: LmStudioRuntime) -> None:
    assert await studio.busy(CODER) is None


# --- another window ---

TWIN = "simulated/twin-1b"


async def lengths(runtime: LmStudioRuntime, model: str) -> list[int]:
    """The windows of the loaded copies, as the server tells them."""
    answer = await runtime.call("GET", "/api/v1/models", purpose="models")
    (entry,) = [one for one in answer.value["models"] if one["key"] == model]
    return [instance["config"]["context_length"] for instance in entry["loaded_instances"]]


async def test_a_reload_replaces_every_copy_instead_of_adding_one(server: MockServer, studio: LmStudioRuntime) -> None:
    assert len(await lengths(studio, TWIN)) == 2
    loaded = await studio.reload(TWIN, 16_384)
    assert (loaded.instance_id, loaded.context_length) == (TWIN, 16_384)
    assert await lengths(studio, TWIN) == [16_384]
    server.script.load_context_limit = 8_192
    assert (await studio.reload(TWIN, 32_768)).context_length == 8_192, "what it really got"


async def test_where_a_reload_fails_the_model_is_loaded_as_it_was_before(
    server: MockServer, studio: LmStudioRuntime
) -> None:
    before = await lengths(studio, TWIN)
    server.script.load_seconds, server.script.load_error = 0.05, "insufficient system resources"
    reloading = asyncio.ensure_future(error_of(studio.reload(TWIN, 32_768)))
    async with asyncio.timeout(5):
        while sum(r.path == "/api/v1/models/load" for r in server.stats.recorded) < 2:
            await asyncio.sleep(0.005)
    server.script.load_error = None
    assert (await reloading).kind == "overloaded"
    assert await lengths(studio, TWIN) == before[:1]


async def test_lms_estimates_what_a_larger_window_takes(fake: FakeLms, studio: LmStudioRuntime) -> None:
    said = {"4096": "Estimated Total Memory: 5.50 GiB", "32768": "Estimated Total Memory: 7.25 GiB\nConfidence: LOW"}
    fake.behave(estimates=said, status_port=port_of(studio.base_url))
    assert await studio.window_cost_bytes(TWIN, 4_096, 32_768) == int(1.75 * 2**30)
    assert await studio.window_cost_bytes(TWIN, 4_096, 65_536) is None, "nothing is guessed"
    for odd in ("-y", "a\nb", "x" * 401, ""):
        assert (await error_of(studio.window_cost_bytes(odd, 4_096, 32_768))).kind == "bad_request"
    fake.behave(estimates=said)
    assert await studio.window_cost_bytes(TWIN, 4_096, 32_768) is None, "of another LM Studio"


async def test_another_program_takes_its_window_with_each_request(door: HttpDoor) -> None:
    error = await error_of(runtimes.reload_model("ollama", "coder:7b", context_length=8_192, door=door))
    assert error.kind == "unsupported"
