"""`aica mock-server` in one process, `aica ask` in another: the lines and exit statuses of the contract, section 5."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import NOWHERE, Ended, Programs

pytestmark = pytest.mark.anyio

AICA = ("-m", "app.cli.main")


def lines_of(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


async def test_ask_json_prints_exactly_the_lines_of_the_contract(programs: Programs) -> None:
    async with programs.simulator("--rate", "0", "--ttft", "0.05") as address:
        ended = await programs.run(
            *AICA,
            "ask",
            "--provider",
            "lm_studio",
            "--base-url",
            address,
            "--model",
            "simulated/coder-7b",
            "--json",
            "Hi",
        )
    assert (ended.status, ended.err) == (0, "")
    lines = lines_of(ended)
    types = [line["type"] for line in lines]
    assert types == ["start", *["text"] * (len(lines) - 3), "usage", "done"]
    assert lines[0] == {
        "type": "start",
        "provider": "lm_studio",
        "model": "simulated/coder-7b",
        "local": True,
        "simulated": True,
    }
    assert all(set(line) == {"type", "text"} and line["text"] for line in lines[1:-2])
    usage, done = lines[-2:]
    assert set(usage) == {"type", "input_tokens", "output_tokens", "reasoning_tokens", "cost_usd", "estimated"}
    assert usage["output_tokens"] > 0
    assert (usage["cost_usd"], usage["estimated"]) == (0.0, False)
    assert set(done) == {"type", "finish_reason", "ttft_ms", "duration_ms", "tokens_per_second"}
    assert done["finish_reason"] == "stop"
    assert 50 <= done["ttft_ms"] <= done["duration_ms"]


async def test_a_server_that_is_not_there_is_one_error_line_and_status_4(programs: Programs) -> None:
    ended = await programs.run(*AICA, "ask", "--provider", "lm_studio", "--base-url", NOWHERE, "--json", "Hi")
    assert ended.status == 4
    (line,) = lines_of(ended)
    assert set(line) >= {"type", "kind", "message", "hint", "retryable"}
    assert (line["type"], line["kind"], line["message"]) == ("error", "not_running", "LM Studio server not running.")
    assert line["hint"]


async def test_an_answer_is_streamed_and_not_collected(programs: Programs) -> None:
    async with programs.simulator("--rate", "20", "--ttft", "0") as address:
        child = await programs.start(*AICA, "ask", "--provider", "lm_studio", "--base-url", address, "--json", "Hi")
        assert child.stdout is not None
        seen = [json.loads(await child.stdout.readline())["type"] for _ in range(3)]
        assert child.returncode is None
        child.kill()
        await child.wait()
    assert seen[0] == "start"
    assert seen[1] in ("text", "reasoning")


async def test_every_state_lies_below_the_given_home(programs: Programs, tmp_path: Path) -> None:
    """Nothing outside DIR is written: HOME itself is an empty folder, and stays one."""
    home, elsewhere = tmp_path / "state", tmp_path / "user"
    elsewhere.mkdir()
    environment = {"HOME": str(elsewhere), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "", "XDG_CACHE_HOME": ""}
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        for command in (
            ("ask", "--provider", "lm_studio", "--base-url", address, "Hi"),
            ("history", "list"),
            ("config", "show"),
        ):
            ended = await programs.run(*AICA, "--home", str(home), *command, environment=environment)
            assert ended.status == 0, ended.err
    assert list(elsewhere.rglob("*")) == []
    assert (home / "data").is_dir()
