"""The network that goes, and the computer that sleeps, in the middle of an answer (reliability A17)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from app.paths import user_paths
from app.services.mock_server import MockServer, Script
from tests.end_to_end.conftest import Programs
from tests.tools.sealed_network import NOT_ALLOWED

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="namespaces and stopped processes are Linux's"),
]


def impatient(home: Path, **provider: object) -> None:
    """A home whose LM Studio may be silent for a second."""
    file = user_paths(home).config_file
    file.parent.mkdir(parents=True)
    entry = {"timeout": 1, "first_token_timeout": 10, "max_retries": 0, **provider}
    file.write_text(json.dumps({"provider_configurations": {"lm_studio": entry}}), encoding="utf-8")


async def test_A17_an_answer_whose_network_is_lost_keeps_its_text_and_leaves_nothing_behind(
    programs: Programs, tmp_path: Path
) -> None:
    impatient(tmp_path / "home")
    ended = await programs.run("-m", "tests.end_to_end.lost_network_child", str(tmp_path / "home"))
    if ended.status == NOT_ALLOWED:
        pytest.skip(f"a network of its own cannot be made here: {ended.err.strip()}")
    assert ended.status == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    lost, again = found["lost"], found["again"]
    assert lost["whole"] and lost["length"] > 10, lost
    assert (lost["status"], lost["error"]["kind"]) == ("interrupted", "timeout"), lost
    assert again["status"] == "complete" and again["whole"], again
    assert (found["threads"], found["children"], found["sockets"]) == ([], [], [])


async def lines_until(child: asyncio.subprocess.Process, wanted: str, seen: list[dict[str, Any]]) -> None:
    """Read what the child says until a line has this."""
    assert child.stdout is not None
    async with asyncio.timeout(30):
        while not seen or wanted not in seen[-1]:
            line = await child.stdout.readline()
            assert line, seen[-3:]
            seen.append(json.loads(line))


@pytest.mark.parametrize("server_goes", [False, True], ids=["the server waits", "the server is gone"])
async def test_A17_an_answer_goes_on_after_the_computer_slept_or_is_kept_as_far_as_it_came(
    programs: Programs, tmp_path: Path, server_goes: bool
) -> None:
    """All processes stand still for longer than a server may be silent, as they do while a computer sleeps."""
    impatient(tmp_path / "home")
    async with MockServer(Script(ttft=0, tokens_per_second=100, answer="word " * 60)) as server:
        child = await programs.start(
            *("-m", "tests.end_to_end.chat_child", "--home", str(tmp_path / "home")),
            *("--base-url", server.base_url, "--turns", "1"),
            start_new_session=True,
        )
        seen: list[dict[str, Any]] = []
        while sum("text" in line for line in seen) < 5:
            await lines_until(child, "text", seen)
            seen.append({})
        os.killpg(child.pid, signal.SIGSTOP)
        if server_goes:
            await server.aclose()
        await asyncio.sleep(1.8)
        os.killpg(child.pid, signal.SIGCONT)
        await lines_until(child, "kept", seen)
        ended = await programs.end_of(child)
    assert ended.status == 0, ended.err
    shown = "".join(line.get("text", "") for line in seen)
    (turn,) = [line for line in seen if "turn" in line]
    if server_goes:
        assert turn["status"] == "interrupted" and ("word " * 60).startswith(shown) and len(shown) >= 20, (turn, shown)
    else:
        assert (turn["status"], shown) == ("complete", "word " * 60), turn
