"""`aica backend`, `ls`, `ps`, `pull`, `load`, `unload` as real processes, against real servers and fake programs."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.progress import ProgressLine
from app.services.llm.address import port_of
from app.services.mock_server import MockServer
from app.services.runtimes import BACKENDS
from app.services.terminal_command import in_terminal
from tests.cli.conftest import Aica, eventually, home_without_programs, install_programs
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_program import install_ollama
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import answer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]
CODER = "simulated/coder-7b"


@pytest.fixture
async def ollama(aica: Aica) -> AsyncIterator[FakeOllama]:
    async with FakeOllama() as server:
        aica.environment["OLLAMA_HOST"] = server.url
        yield server


@pytest.fixture
def lms(tmp_path: Path, connected: Aica, server: MockServer) -> FakeLms:
    fake = FakeLms(tmp_path / "person", status_port=port_of(server.base_url))
    connected.environment |= {"HOME": str(tmp_path / "person"), "PATH": "/usr/bin"}
    return fake


def row_of(text: str, name: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(name)).split()


# --- looking ---


async def test_status_tells_of_all_backends_and_wakes_none(lms: FakeLms, connected: Aica, ollama: FakeOllama) -> None:
    result = await connected("backend", "status")
    assert result.status == 0
    assert row_of(result.out, "lm_studio")[1:3] == ["yes", "yes"]
    assert row_of(result.out, "ollama")[2:4] == ["yes", ollama.url]
    connected.environment["LMSTUDIO_BASE_URL"] = "http://127.0.0.1:9"
    calls = len(lms.calls)
    value = (await connected("backend", "status", "--json")).value
    states = {one["backend"]: (one["installed"], one["running"]) for one in value["backends"]}
    assert set(states) == set(BACKENDS)
    assert states["lm_studio"] == (True, False)
    assert len(lms.calls) == calls, "its service is off: any `lms` would start it"
    assert (await connected("backend", "status", "nonsense")).status == 2


async def test_status_of_a_server_that_refuses_says_why(aica: Aica, server: MockServer) -> None:
    server.script.token = "sk-lm-secret"
    aica.environment["LMSTUDIO_BASE_URL"] = server.base_url
    result = await aica("backend", "status", "lmstudio")
    assert result.status == 0
    assert "LM Studio asks for an API token." in result.err


async def test_ls_and_ps_show_every_backend_that_answers(connected: Aica, ollama: FakeOllama) -> None:
    listed = await connected("ls")
    assert listed.status == 0
    assert row_of(listed.out, "simulated/text-embedding-nano")[1:3] == ["lm_studio", "embedding"]
    assert row_of(listed.out, "llama3:latest")[1:] == ["ollama", "chat", "Q4_K_M", "4.7", "GB"]
    assert (await connected("load", "ollama:llama3", "--ttl", "600")).status == 0
    loaded = await connected("ps")
    row = row_of(loaded.out, "llama3:latest")
    assert (row[1], row[2], row[5:]) == ("ollama", "4096", ["50", "%", "10", "min"])
    head, line = loaded.out.splitlines()[0], next(one for one in loaded.out.splitlines() if "llama3" in one)
    assert line[head.index("MEMORY") :].startswith("4.7 GB"), "what it takes of memory is no size of files"
    assert row_of(loaded.out, CODER)[1:3] == ["lm_studio", "16384"]
    value = (await connected("ps", "ollama", "--json")).value
    assert [(m["backend"], m["name"], m["context_length"]) for m in value["models"]] == [
        ("ollama", "llama3:latest", 4096)
    ]


async def test_ls_and_ps_mark_what_is_simulated_and_say_which_context_they_show(
    connected: Aica, server: MockServer, ollama: FakeOllama
) -> None:
    server.script.extra_models = ["like-a-real-one"]
    for command, context in (("ls", "CONTEXT MAX"), ("ps", "CONTEXT NOW")):
        shown = (await connected(command)).out
        assert context in shown.splitlines()[0]
        assert row_of(shown, CODER)[-1] == "simulated"
        models = (await connected(command, "--json")).value["models"]
        assert {m["simulated"] for m in models if m["backend"] == "lm_studio"} == {True}
        assert {m["simulated"] for m in models if m["backend"] == "ollama"} <= {False}
    assert row_of((await connected("ls")).out, "like-a-real-one")[-1] == "simulated", "the server says so"


async def test_a_backend_that_does_not_run_is_told_with_the_command_that_starts_it(
    aica: Aica, ollama: FakeOllama, tmp_path: Path
) -> None:
    install_programs(home_without_programs(aica, tmp_path / "person"))
    result = await aica("ls", "lm_studio")
    assert (result.status, result.out) == (4, "")
    assert result.err.startswith("aica: LM Studio server not running.\n")
    assert "backend start lm_studio" in result.err
    both = await aica("ls")
    assert (both.status, "llama3:latest" in both.out) == (0, True)
    assert "LM Studio server not running. Start it:" in both.err
    value = (await aica("ls", "lm_studio", "--json")).value
    assert value["backends"][0]["error"]["kind"] == "not_running"


async def test_B8_names_from_a_server_never_reach_the_terminal_raw(aica: Aica, ollama: FakeOllama) -> None:
    evil = "x\x1b[2J\nfake row\u202e"
    ollama.sizes[evil] = 1
    ollama.routes["/api/ps"] = answer({"models": [{"model": evil}]})
    for command in ("ls", "ps"):
        result = await aica(command, "ollama")
        assert "\x1b" not in result.out + result.err
        assert not any(line.startswith("fake row") for line in result.out.splitlines())


# --- start and stop ---


async def test_lm_studio_is_started_and_stopped(aica: Aica, tmp_path: Path) -> None:
    from tests.fakes.raw_http import refused_port

    fake = FakeLms(tmp_path / "person")
    address = f"http://127.0.0.1:{refused_port()}"
    aica.environment |= {"HOME": str(tmp_path / "person"), "PATH": "/usr/bin", "LMSTUDIO_BASE_URL": address}
    try:
        started = await aica("backend", "start")
        assert started.out == f"LM Studio runs now at {address}/v1.\n", started.err
        assert "ran already" in (await aica("backend", "start", "lm_studio")).out
        assert (await aica("backend", "stop", "--json")).lines == [
            {"type": "done", "backend": "lm_studio", "was_running": True}
        ]
        assert "was not running" in (await aica("backend", "stop")).out
    finally:
        fake.close()


async def test_ollama_is_started_and_a_later_run_stops_it(aica: Aica, tmp_path: Path) -> None:
    from app.services.runtimes.ollama import find_ollama
    from tests.fakes.raw_http import refused_port

    if (found := find_ollama()) is not None:
        pytest.skip(f"a real Ollama is installed at {found}")
    fake = install_ollama(tmp_path / "bin")
    aica.environment |= {"PATH": f"{tmp_path / 'bin'}:/usr/bin", "OLLAMA_HOST": f"http://127.0.0.1:{refused_port()}"}
    started = await aica("backend", "start", "ollama", "--json")
    assert started.lines[0]["was_running"] is False, started.err
    stopped = await aica("backend", "stop", "ollama")
    assert (stopped.status, stopped.out) == (0, "Ollama is stopped.\n")
    fake.behave(refuses="Error: bind: address already in use\x1b[31m")
    failed = await aica("backend", "start", "ollama")
    assert (failed.status, "address already in use" in failed.err, "\x1b" in failed.err) == (4, True, False)


async def test_what_is_not_installed_has_the_fixed_words(aica: Aica, tmp_path: Path) -> None:
    aica.environment |= {"HOME": str(tmp_path), "PATH": str(tmp_path)}
    result = await aica("backend", "start", "lm_studio")
    assert result.status == 4
    assert "LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings." in result.err


async def test_the_built_in_engine_says_what_a_short_command_cannot_do(aica: Aica) -> None:
    pytest.importorskip("xllamacpp")
    assert "needs no start" in (await aica("backend", "start", "embedded")).out
    for command in (("backend", "stop", "embedded"), ("load", "embedded:tiny"), ("unload", "embedded:tiny")):
        result = await aica(*command)
        assert (result.status, "runs inside the program that uses it" in result.err) == (5, True)
    assert "no model that can be fetched" in (await aica("pull", "x", "--backend", "embedded")).err
    assert (await aica("ps", "embedded")).status == 0


# --- pull ---


async def test_a_pull_tells_its_progress_in_plain_lines_where_no_terminal_is(aica: Aica, ollama: FakeOllama) -> None:
    result = await aica("pull", "user/repo@Q4_K_M", "--backend", "ollama")
    assert (result.status, result.out) == (0, "hf.co/user/repo:Q4_K_M is there (Ollama).\n")
    assert "user/repo@Q4_K_M: 50 % 500 MB of 1.0 GB" in result.err
    assert "\x1b" not in result.err
    assert "\r" not in result.err


async def test_a_pull_as_json_is_one_object_a_line(aica: Aica, ollama: FakeOllama) -> None:
    lines = (await aica("pull", "ollama:qwen:7b", "--json")).lines
    assert lines[-1] == {"type": "done", "backend": "ollama", "model": "qwen:7b"}
    assert {line["type"] for line in lines[:-1]} == {"progress"}
    assert lines[-2]["completed_bytes"] == lines[-2]["total_bytes"] == 1_000_000_000
    failed = await aica("pull", "ollama:nope", "--json")
    assert (failed.status, failed.lines[-1]["kind"]) == (5, "model_not_found")


async def test_a_pull_draws_one_line_on_a_terminal(aica: Aica, ollama: FakeOllama) -> None:
    ollama.pull_pause_s = 0.15
    ours, theirs = pty.openpty()
    child = await aica.start("pull", "ollama:new", stderr=theirs)
    os.close(theirs)
    out, _ = await child.communicate()
    drawn = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # a terminal without a writer
            break
        if not piece:
            break
        drawn += piece
    os.close(ours)
    assert (child.returncode, out) == (0, b"new is there (Ollama).\n")
    text = drawn.decode()
    assert "50.0 %" in text
    assert "█" in text
    assert text.endswith("\r\x1b[K"), "the line is taken away at the end"


async def test_ctrl_c_stops_a_pull_of_ollama_and_says_that_it_can_go_on(aica: Aica, ollama: FakeOllama) -> None:
    ollama.pull_pause_s = 30
    child = await aica.start("pull", "ollama:new")
    await eventually(lambda: ollama.bodies("/api/pull"))
    await asyncio.sleep(0.2)
    child.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        out, err = await child.communicate()
        await ollama.server.disconnected.wait()
    assert (child.returncode, out) == (130, b"")
    assert b"the next one goes on from there" in err


async def test_ctrl_c_says_that_lm_studio_goes_on(connected: Aica, server: MockServer) -> None:
    server.script.download_seconds = 60.0
    child = await connected.start("pull", "ibm/granite", "--json")
    assert child.stdout is not None
    assert json.loads(await asyncio.wait_for(child.stdout.readline(), 10))["type"] == "progress"
    child.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(child.communicate(), 10)
    assert child.returncode == 130
    assert b"LM Studio goes on with the download" in err
    assert json.loads(out.splitlines()[-1])["kind"] == "cancelled"


# --- load and unload ---


async def test_load_and_unload_through_lm_studio(connected: Aica, server: MockServer) -> None:
    loaded = await connected("load", "simulated/vision-8b", "--context", "8000", "--batch", "256")
    assert loaded.out == "simulated/vision-8b is loaded with 8,000 tokens of context (LM Studio).\n"
    assert "was loaded" in (await connected("load", "simulated/vision-8b")).out
    assert (await connected("unload", "simulated/vision-8b")).out == "simulated/vision-8b is unloaded (LM Studio).\n"
    again = (await connected("unload", "simulated/vision-8b", "--json")).lines
    assert again == [{"type": "done", "backend": "lm_studio", "model": "simulated/vision-8b", "was_loaded": False}]


async def test_every_option_reaches_the_backend_or_is_refused(lms: FakeLms, connected: Aica) -> None:
    result = await connected("load", "simulated/vision-8b", "--gpu", "0.5", "--ttl", "90", "--json")
    assert result.status == 0, result.err
    assert [line["type"] for line in result.lines][-1] == "done"
    assert next(c["arguments"] for c in lms.calls if c["arguments"][0] == "load")[3:] == ["--gpu", "0.5", "--ttl", "90"]
    refused = await connected("load", "simulated/writer-13b", "--gpu", "max", "--batch", "9")
    assert (refused.status, "Leave one of them out." in refused.err) == (5, True)
    beyond = (("--context", "9999999999"), ("--ttl", "1e300"), ("--batch", "9" * 30))
    for wrong in (("--gpu", "2"), ("--context", "0"), ("--ttl", "-1"), ("--batch", "x"), *beyond):
        assert (await connected("load", "m", *wrong)).status == 2


async def test_a_smaller_window_than_asked_for_is_told(connected: Aica, server: MockServer) -> None:
    server.script.load_context_limit = 4000
    result = await connected("load", "simulated/vision-8b", "--context", "8000")
    assert (result.status, "it got 4,000" in result.err) == (0, True)


async def test_unloading_a_name_that_no_model_has_names_the_near_ones(connected: Aica, ollama: FakeOllama) -> None:
    for name, meant, command in (
        ("simulated/twn-1b", "simulated/twin-1b", "ls lm_studio"),
        ("simulated/text-embeding-nano", "simulated/text-embedding-nano", "ls lm_studio"),
        ("ollama:lama3", "llama3:latest", "ls ollama"),
    ):
        for action in ("unload", "load"):
            result = await connected(action, name)
            assert (result.status, result.out) == (5, "")
            assert f"Model {name.removeprefix('ollama:')!r} not found." in result.err
            assert f"Did you mean {meant}" in result.err
            assert f"? “{in_terminal(command)}” lists the models." in result.err
    assert (await connected("unload", "simulated/twn-1b", "--json")).lines[-1]["kind"] == "model_not_found"


async def test_a_missing_model_has_the_fixed_words_and_near_names(connected: Aica) -> None:
    result = await connected("load", "simulated/coder-7c")
    assert result.status == 5
    assert "Model 'simulated/coder-7c' not found." in result.err
    assert "Download it in LM Studio or check MODEL_NAME." in result.err
    assert f"Did you mean {CODER}?" in result.err


async def test_without_a_default_that_runs_models_the_backend_that_has_the_model_is_meant(
    aica: Aica, ollama: FakeOllama
) -> None:
    aica.environment["LLM_PROVIDER"] = "mock"
    assert (await aica("load", "llama3")).out.startswith("llama3 is loaded")
    nobody = await aica("load", "unheard-of")
    assert (nobody.status, "No local backend that runs has 'unheard-of'." in nobody.err) == (3, True)


# --- the line of progress ---


def test_plain_progress_is_told_in_steps_and_never_floods() -> None:
    class Lines(list[str]):
        def write(self, text: str) -> None:
            self.append(text)

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return False

    lines: Any = Lines()
    progress = ProgressLine("m\x1b[2J", lines)
    for done in range(1000):
        progress.show(done / 1000, "", "pulling\x1b")
    told = [text for text in lines if text.strip()]
    assert len(told) == 10
    assert "\x1b" not in "".join(told)


async def test_a_template_says_how_a_model_is_loaded_and_flags_stand_above_it(
    connected: Aica, ollama: FakeOllama, server: MockServer
) -> None:
    await connected("preset", "save", "Long", "--context", "8000", "--gpu", "off", "--ttl", "never")
    loaded = await connected("load", "ollama:llama3", "--template", "long", "--context", "9000")
    assert loaded.out == "llama3 is loaded with 9,000 tokens of context (Ollama).\n"
    sent = ollama.bodies("/api/generate")[-1]
    assert (sent["options"], sent["keep_alive"]) == ({"num_ctx": 9000, "num_gpu": 0}, -1)
    assert row_of((await connected("ps")).out, "llama3:latest")[-1] == "never"
    await connected("preset", "save", "Careful", "--temperature", "0.2")
    nothing = await connected("load", "ollama:llama3", "--template", "Careful")
    assert nothing.status == 2 and "says nothing about how a model is loaded" in nothing.err
    unknown = await connected("load", "ollama:llama3", "--template", "Wild")
    assert unknown.status == 2 and "There is no preset 'Wild'" in unknown.err


async def test_everything_leaves_memory_at_once(connected: Aica, ollama: FakeOllama, server: MockServer) -> None:
    assert (await connected("load", "ollama:llama3")).status == 0
    result = await connected("unload", "--all")
    assert result.status == 0
    lines = result.out.splitlines()
    assert "llama3:latest is unloaded (Ollama)." in lines and f"{CODER} is unloaded (LM Studio)." in lines
    assert lines[-1].endswith("models unloaded.")
    assert ollama.loaded == {}
    assert (await connected("ps", "--json")).value["models"] == []
    again = (await connected("unload", "--all", "--json")).lines
    assert again == [{"type": "done", "unloaded": [], "failed": []}]


async def test_one_backend_lets_go_of_everything_and_the_others_keep_theirs(
    connected: Aica, ollama: FakeOllama, server: MockServer
) -> None:
    assert (await connected("load", "ollama:llama3")).status == 0
    lines = (await connected("unload", "--all", "--backend", "ollama", "--json")).lines
    assert lines[0] == {"type": "unloaded", "backend": "ollama", "model": "llama3:latest"}
    assert lines[-1]["unloaded"] == [{"backend": "ollama", "model": "llama3:latest"}]
    assert row_of((await connected("ps")).out, CODER)[1] == "lm_studio"


async def test_a_backend_that_refuses_is_told_and_the_others_let_go(
    connected: Aica, ollama: FakeOllama, server: MockServer
) -> None:
    ollama.routes["/api/ps"] = answer({"error": "broken"}, 500)
    result = await connected("unload", "--all", "--json")
    assert result.status == 5
    assert [one["backend"] for one in result.lines[-1]["failed"]] == ["ollama"]
    assert CODER in [one["model"] for one in result.lines[-1]["unloaded"]]
    named = await connected("unload", "--all", "--backend", "ollama")
    assert named.status == 5 and "Ollama reported an error." in named.err


async def test_what_to_unload_has_to_be_said(connected: Aica) -> None:
    assert (await connected("unload")).status == 2
    assert (await connected("unload", CODER, "--all")).status == 2


@pytest.mark.parametrize("command", ["pull", "load", "unload"])
@pytest.mark.parametrize("name", ["", " ", "lm_studio:"])
async def test_a_model_without_a_name_is_wrong_usage_and_nothing_is_asked(
    connected: Aica, server: MockServer, command: str, name: str
) -> None:
    result = await connected(command, name)
    assert result.status == 2
    assert "the model's name is empty" in result.err
    # Looks for a server may come from another program's, which had this port before.
    assert not [one for one in server.stats.recorded if one.method != "GET"]
