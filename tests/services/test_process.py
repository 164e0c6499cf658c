"""The launcher of children: arguments, environment, limits, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
import time
from pathlib import Path

import psutil
import pytest

from app.services import process
from app.services.llm.errors import LLMError
from tests.fakes import programs

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="the fakes are started by their first line"),
]


async def test_output_and_exit_status_come_back(tmp_path: Path) -> None:
    fake = programs.install(tmp_path, "tool", "print('out ü'); print('err', file=sys.stderr); sys.exit(3)")
    result = await process.run(fake.path, ["a", "b c"])
    assert (result.exit_status, result.succeeded, result.timed_out) == (3, False, False)
    assert (result.stdout, result.stderr) == ("out ü\n", "err\n")
    assert fake.calls[0]["arguments"] == ["a", "b c"]


async def test_E1_arguments_reach_the_child_as_they_are_and_no_shell_reads_them(tmp_path: Path) -> None:
    fake = programs.install(tmp_path, "tool", "")
    hostile = ["$(touch pwned)", "; rm -rf x", "`id`", "a\nb", "*", "--", "'\"", "漢字"]
    await process.run(fake.path, hostile)
    assert fake.calls[0]["arguments"] == hostile
    assert not (tmp_path / "pwned").exists()


async def test_E1_values_that_look_like_options_or_do_not_match_are_refused() -> None:
    pattern = re.compile(r"[a-z0-9./:-]+")
    assert process.safe_value("qwen/qwen3:4b", pattern) == "qwen/qwen3:4b"
    for bad in ("--host=evil", "-x", "a b", "a\n", "", "a;b"):
        with pytest.raises(LLMError) as caught:
            process.safe_value(bad, pattern)
        assert caught.value.kind == "bad_request"
    with pytest.raises(LLMError, match="NUL"):
        await process.run(Path(sys.executable), ["a\0b"])


async def test_E2_programs_are_found_by_absolute_path_and_never_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted, known, on_path = tmp_path / "here", tmp_path / "known", tmp_path / "path"
    for folder in (planted, known, on_path):
        programs.install(folder, "tool", "")
    monkeypatch.chdir(planted)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "../here", str(on_path)]))
    assert process.find_program("tool") == on_path / "tool"
    assert process.find_program("tool", [known]) == known / "tool"
    monkeypatch.setenv("PATH", os.pathsep.join(["", "."]))
    assert process.find_program("tool") is None
    (known / "tool").chmod(0o644)
    assert process.find_program("tool", [known]) is None
    with pytest.raises(ValueError, match="program name"):
        process.find_program("../here/tool")
    with pytest.raises(ValueError, match="absolute"):
        await process.run(Path("tool"))


async def test_E2_children_get_a_minimal_environment_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY", "LM_API_TOKEN", "DATABASE_URL", "HTTPS_PROXY", "MY_SECRET"):
        monkeypatch.setenv(name, "canary-4711")
    fake = programs.install(tmp_path, "tool", "")
    await process.run(fake.path, environment={"NO_COLOR": "1"})
    environment = fake.calls[0]["environment"]
    assert "canary-4711" not in environment.values()
    assert environment["NO_COLOR"] == "1"
    assert environment["PATH"] == os.environ["PATH"]
    assert fake.calls[0]["folder"] == "/"


async def test_E2_library_paths_of_a_frozen_program_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle/lib")
    assert process.child_environment()["LD_LIBRARY_PATH"] == "/bundle/lib"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "LD_LIBRARY_PATH" not in process.child_environment()
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/users/own")
    assert process.child_environment()["LD_LIBRARY_PATH"] == "/users/own"


async def test_E3_a_hanging_program_is_killed_with_its_whole_group(tmp_path: Path) -> None:
    source = """
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
stubborn = "import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", stubborn])
print(child.pid, flush=True)
time.sleep(600)
"""
    fake = programs.install(tmp_path, "tool", source)
    began = time.monotonic()
    result = await process.run(fake.path, timeout_s=2)
    assert (result.timed_out, result.exit_status) == (True, None)
    assert time.monotonic() - began < 6
    for pid in (fake.calls[0]["pid"], int(result.stdout)):
        await programs.gone(pid)


async def test_E3_a_child_left_behind_does_not_keep_us_waiting_and_is_ended(tmp_path: Path) -> None:
    source = """
import subprocess
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
"""
    fake = programs.install(tmp_path, "tool", source)
    result = await process.run(fake.path, timeout_s=20)
    assert (result.exit_status, result.timed_out) == (0, False)
    await programs.gone(int(result.stdout))


async def test_what_a_starter_leaves_running_is_kept_when_that_is_its_purpose(tmp_path: Path) -> None:
    source = """
import subprocess
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
"""
    fake = programs.install(tmp_path, "tool", source)
    began = time.monotonic()
    result = await process.run(fake.path, timeout_s=20, keep_children=True)
    left = psutil.Process(int(result.stdout))
    try:
        assert left.status() != psutil.STATUS_ZOMBIE
        assert time.monotonic() - began < 5
    finally:
        left.kill()


async def test_E3_a_flood_is_read_to_its_end_and_cut(tmp_path: Path) -> None:
    fake = programs.install(tmp_path, "tool", "", flood=200)
    result = await process.run(fake.path, max_output_bytes=1000)
    assert (result.exit_status, result.truncated) == (0, True)
    assert (len(result.stdout), len(result.stderr)) == (1000, 1000)


async def test_E3_a_crash_has_no_exit_status(tmp_path: Path) -> None:
    fake = programs.install(tmp_path, "tool", "", crash=True)
    result = await process.run(fake.path)
    assert (result.exit_status, result.succeeded, result.timed_out) == (None, False, False)


async def test_E3_a_program_that_is_missing_or_no_program_gives_a_kind_and_a_hint(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a program", encoding="utf-8")
    (tmp_path / "text").chmod(0o755)
    for path in (tmp_path / "missing", tmp_path / "text", tmp_path):
        with pytest.raises(LLMError) as caught:
            await process.run(path)
        assert caught.value.kind == "not_installed"
        assert caught.value.hint


async def test_a_cancelled_run_ends_its_child(tmp_path: Path) -> None:
    fake = programs.install(tmp_path, "tool", "", hang=True)
    task = asyncio.create_task(process.run(fake.path))
    async with asyncio.timeout(5):
        while not fake.calls:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await programs.gone(fake.calls[0]["pid"])


async def test_standard_input_is_closed_and_output_arrives_as_it_is_printed(tmp_path: Path) -> None:
    source = """
print("progress 1", flush=True)
assert sys.stdin.read() == ""
"""
    fake = programs.install(tmp_path, "tool", source)
    pieces: list[str] = []
    result = await process.run(fake.path, on_output=pieces.append)
    assert result.exit_status == 0
    assert "".join(pieces) == "progress 1\n"


async def test_a_server_of_ours_runs_until_it_is_closed_and_its_log_is_private(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    fake = programs.install(tmp_path, "tool", "print('serving', flush=True); time.sleep(600)")
    child = process.start_detached(fake.path, ["serve"], log_file=log)
    assert child.running
    async with asyncio.timeout(5):
        while "serving" not in log.read_text(encoding="utf-8"):
            await asyncio.sleep(0.01)
    assert log.stat().st_mode & 0o777 == 0o600
    assert await process.runs_program(child.process_id, fake.path)
    assert not await process.runs_program(child.process_id, tmp_path / "other")
    await child.aclose()
    await child.aclose()
    assert not child.running
    await programs.gone(child.process_id)


async def test_a_released_server_runs_on_and_can_be_ended_by_its_process_id(tmp_path: Path) -> None:
    fake = programs.install(tmp_path, "tool", "time.sleep(600)")
    child = process.start_detached(fake.path)
    handle = psutil.Process(child.process_id)
    child.release()
    del child
    gc.collect()
    assert handle.is_running()
    await process.end_group(handle.pid, lambda: handle.status() == psutil.STATUS_ZOMBIE)
    handle.wait(5)


async def test_terminal_codes_and_redrawn_lines_are_taken_out() -> None:
    text = "\x1b[31mred\x1b[0m \x1b]0;title\x07x\rLoading 10%\rLoading 42%\r\nnext\x1b[?25l"
    assert process.without_terminal_codes(text) == "Loading 42%\nnext"
