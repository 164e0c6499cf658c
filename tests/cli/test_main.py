"""The frame of `aica`: version, help, global flags, what is imported, what is written."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import __version__
from tests.cli.conftest import ROOT, Aica

pytestmark = pytest.mark.anyio


async def test_version_is_printed_wherever_the_flag_stands(aica: Aica) -> None:
    for arguments in (("--version",), ("ask", "--version"), ("--home", "/nowhere", "chat", "--version")):
        result = await aica(*arguments)
        assert (result.status, result.out) == (0, f"aica {__version__}\n")


def test_version_costs_no_argparse_and_importing_the_frame_nothing_heavy() -> None:
    code = (
        "import sys, app.cli.main as m; m.main(['--version'])\n"
        "heavy = {'argparse', 'asyncio', 'pydantic', 'PySide6', 'openai', 'mcp', 'httpx2', 'json', 'logging'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[]"


def test_commands_do_not_import_the_window_or_the_sdks() -> None:
    code = (
        "import sys, app.cli.main as m\n"
        "m.main(['ask', '--provider', 'mock', '--param', 'tokens=1', '--max-tokens', '1', 'hi'])\n"
        "print(sorted({'PySide6', 'qasync', 'openai', 'mcp', 'aiohttp', 'prompt_toolkit'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_version_is_as_fast_as_python_allows() -> None:
    def fastest(command: list[str]) -> float:
        times = []
        for _ in range(7):
            began = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - began)
        return min(times)

    floor = fastest([sys.executable, "-c", "pass"])
    assert fastest([sys.executable, "-m", "app.cli.main", "--version"]) < floor + 0.05


async def test_help_names_every_command_and_each_has_its_own(aica: Aica) -> None:
    whole = await aica("--help")
    assert whole.status == 0
    for command in ("ask", "chat", "models", "doctor", "history", "config", "key", "mock-server"):
        assert f"    {command} " in whole.out
    for command in ("ask", "chat", "models", "doctor", "history", "config", "key", "mock-server"):
        one = await aica(command, "--help")
        assert one.status == 0
        assert one.out.startswith(f"usage: aica {command}")


def test_help_says_the_default_of_every_flag_that_has_one() -> None:
    from app.cli import main
    from app.services.mock_server import Script
    from tests.tools.describe_commands import subcommands

    script = Script()
    without = {("mock-server", "rate"): script.tokens_per_second, ("mock-server", "ttft"): script.ttft}
    told = {}
    for name in main.COMMANDS:
        parser = subcommands(main._parser(name))[name]
        for one in (parser, *subcommands(parser).values()):
            for action in one._actions:
                default = without.get((name, action.dest), action.default)
                if action.option_strings and default not in (None, [], argparse.SUPPRESS) and default is not False:
                    assert isinstance(default, str | int | float)
                    told[name, action.dest] = default
                    shown = default if isinstance(default, str) else f"{default:g}"
                    assert f"(default: {shown})" in str(action.help), (name, action.dest)
    assert (told["serve", "port"], told["mock-server", "port"], told["serve", "host"]) == (3000, 1235, "127.0.0.1")


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("ask", "--nonsense", "x"), ("history",), ("--log-level", "loud", "models")]
)
async def test_wrong_usage_is_status_2(aica: Aica, arguments: tuple[str, ...]) -> None:
    result = await aica(*arguments)
    assert result.status == 2


async def test_global_flags_work_before_and_after_the_command(aica: Aica, tmp_path: Path) -> None:
    del aica.environment["AICA_HOME"]
    before = await aica("--home", str(tmp_path / "a"), "config", "path")
    after = await aica("config", "path", "--home", str(tmp_path / "a"))
    assert before.out == after.out == f"{tmp_path / 'a' / 'config' / 'llm_studio_config.json'}\n"
    file = tmp_path / "mine.json"
    file.write_text('{"default_model": "from-mine"}', encoding="utf-8")
    for arguments in (("--config", str(file), "config", "get", "default_model"),
                      ("config", "get", "default_model", "--config", str(file))):  # fmt: skip
        assert (await aica(*arguments)).out == "from-mine\n"


async def test_a_home_holds_all_state_and_nothing_outside_is_written(aica: Aica, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        aica.environment[name] = str(outside)
    result = await aica("--home", str(tmp_path / "h"), "ask", "--provider", "mock", "--max-tokens", "1", "hi")
    assert result.status == 0
    assert (tmp_path / "h" / "logs").is_dir()
    assert list(outside.iterdir()) == []


async def test_log_level_logs_to_standard_error_without_prompts(aica: Aica, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{", encoding="utf-8")
    flags = ("--config", str(file), "--log-level", "Debug")
    result = await aica(*flags, "ask", "--provider", "mock", "--max-tokens", "1", "canary-4711")
    assert "WARNING app.services.settings.store" in result.err
    log = (Path(aica.environment["AICA_HOME"]) / "logs" / "aica.log").read_text(encoding="utf-8")
    assert "WARNING app.services.settings.store" in log
    assert "canary-4711" not in result.err + log


async def test_unexpected_errors_are_a_sentence_and_status_1_and_go_to_the_log(aica: Aica, tmp_path: Path) -> None:
    aica.environment["PYTHONPATH"] = str(tmp_path)
    (tmp_path / "sitecustomize.py").write_text(
        "import app.paths\ndef broken(home=None): raise RuntimeError('boom')\napp.paths.user_paths = broken\n",
        encoding="utf-8",
    )
    aica.environment["PYTHONPATH"] = f"{tmp_path}:{ROOT}"
    child = await aica.start("config", "path")
    async with asyncio.timeout(20):
        _, err = await child.communicate()
    assert child.returncode == 1
    assert b"unexpected error: RuntimeError" in err
