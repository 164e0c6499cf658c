"""The built-in engine through the programs people start: the real llama.cpp, real processes, real signals."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import Programs, eventually

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("xllamacpp", "gguf", "numpy")),
        reason="xllamacpp, gguf and numpy are not installed",
    ),
]

AICA = ("-m", "app.cli.main")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a folder that holds a model which recites, and one that does not stop."""
    from tests.fakes.tiny_gguf import Shape, write_tiny_model

    folder = tmp_path / "models"
    folder.mkdir()
    write_tiny_model(folder / "tiny.gguf")
    shape = Shape(layers=8, width=256, heads=4, feed_forward=1024, context=16_384)
    write_tiny_model(folder / "endless.gguf", shape=shape, endless=True)
    file = tmp_path / "config.json"
    file.write_text(
        json.dumps({"provider_configurations": {"embedded": {"folders": [str(folder)], "default_model": "tiny"}}})
    )
    return file


def flags(config: Path, command: str, *more: str) -> tuple[str, ...]:
    return (*AICA, "--config", str(config), command, "--provider", "embedded", *more)


async def test_ask_answers_with_no_server_on_this_computer(programs: Programs, config: Path) -> None:
    from tests.fakes.tiny_gguf import SENTENCE

    ended = await programs.run(*flags(config, "ask", "--model", "tiny", "Tell me a story"))
    assert (ended.status, ended.out.strip()) == (0, SENTENCE), ended.err
    ended = await programs.run(*flags(config, "ask", "--model", "tiny", "--json", "Tell me a story"))
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert (lines[0]["provider"], lines[0]["model"], lines[0]["local"]) == ("embedded", "tiny", True)
    assert lines[-1]["type"] == "done"


async def test_auto_falls_through_to_the_engine_where_no_server_runs(programs: Programs, config: Path) -> None:
    asked = ("ask", "--model", "auto", "--max-tokens", "8", "--json", "Hi")  # one of its models finds no end by itself
    ended = await programs.run(*AICA, "--config", str(config), *asked)
    assert ended.status == 0, ended.err
    start = [json.loads(line) for line in ended.out.splitlines() if '"start"' in line][-1]
    assert start["provider"] == "embedded"


async def test_models_and_doctor_start_nothing_and_name_no_address(programs: Programs, config: Path) -> None:
    ended = await programs.run(*flags(config, "models", "--json"))
    found = json.loads(ended.out)
    assert [(model["id"], model["state"]) for model in found["models"]] == [
        ("endless", "not_loaded"),
        ("tiny", "not_loaded"),
    ]
    ended = await programs.run(*flags(config, "doctor", "--json"))
    assert ended.status == 0, ended.out
    rows = [row for row in json.loads(ended.out)["checks"] if "embedded" in row["area"]]
    assert [(row["step"], row["status"]) for row in rows] == [
        ("program", "ok"), ("models", "ok"), ("answer", "skipped"),
    ]  # fmt: skip
    assert "xllamacpp" in rows[0]["detail"]
    ended = await programs.run(*flags(config, "doctor", "--json", "--answer"))
    assert [row["status"] for row in json.loads(ended.out)["checks"] if row["step"] == "answer"] == ["ok"]


async def test_doctor_without_the_library_says_how_to_install_it(
    programs: Programs, config: Path, tmp_path: Path
) -> None:
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text("import sys\nsys.modules['xllamacpp'] = None\n")
    path = f"{blocker}{os.pathsep}{programs.environment['PYTHONPATH']}"
    for command in (("doctor",), ("ask", "--model", "tiny", "Hi"), ("models",)):
        ended = await programs.run(*flags(config, *command), environment={"PYTHONPATH": path})
        assert ended.status == 4
        assert "pip install xllamacpp" in ended.out + ended.err


@pytest.mark.parametrize("program", ["app.cli.main", "app.desktop.main"])
async def test_a_frozen_program_is_its_own_engine(programs: Programs, config: Path, program: str) -> None:
    child = await programs.start("-m", program, "--engine-worker", stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    wanted = {
        "model": str(config.with_name("models") / "tiny.gguf"),
        "context": 512, "prompt_cache_mib": 0, "batch": None, "gpu_layers": None, "key": "k", "executable": None,
        "library": None, "parent": os.getpid(),
    }  # fmt: skip
    child.stdin.write(json.dumps(wanted).encode() + b"\n")
    async with asyncio.timeout(30):
        assert json.loads(await child.stdout.readline())["address"].startswith("http://127.0.0.1:")
    child.stdin.close()
    async with asyncio.timeout(5):
        assert await child.wait() == 0


async def engine_of(child: asyncio.subprocess.Process) -> psutil.Process:
    """The engine's process, once the answer streams."""
    assert child.stdout is not None
    async with asyncio.timeout(30):
        await child.stdout.readuntil(b"byte")
    (engine,) = psutil.Process(child.pid).children()
    return engine


def ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
async def test_A17_the_engine_ends_when_the_program_is_killed(programs: Programs, config: Path) -> None:
    child = await programs.start(*flags(config, "ask", "--model", "endless", "Hi"))
    engine = await engine_of(child)
    child.kill()
    await child.wait()
    await eventually(lambda: ended(engine), 5, "the engine ends with its parent")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send there")
async def test_ctrl_c_ends_the_answer_and_the_engine(programs: Programs, config: Path) -> None:
    child = await programs.start(*flags(config, "ask", "--model", "endless", "Hi"))
    engine = await engine_of(child)
    child.send_signal(signal.SIGINT)
    assert (await programs.end_of(child)).status == 130
    assert ended(engine)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL there")
async def test_a_killed_engine_is_an_interrupted_answer_with_its_text(programs: Programs, config: Path) -> None:
    child = await programs.start(*flags(config, "ask", "--model", "endless", "Hi"))
    engine = await engine_of(child)
    engine.kill()
    result = await programs.end_of(child)
    assert result.status == 6, result.err
    assert "SIGKILL" in result.err
