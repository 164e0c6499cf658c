"""A window that the system watches: which files it opened, what it connected to, which programs it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.end_to_end.conftest import Ended, Programs

STRACE = shutil.which("strace")


def can_trace() -> bool:
    """Whether a program may be watched here."""
    if STRACE is None:
        return False
    probe = [STRACE, "-f", "--seccomp-bpf", "-e", "trace=connect", "-o", "/dev/null", sys.executable, "-c", "pass"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


needs_strace = pytest.mark.skipif(not can_trace(), reason="strace is not here, or not allowed to watch a program")


async def run_traced(
    programs: Programs, traces: Path, calls: tuple[str, ...], *child: str, environment: dict[str, str], umask: int = -1
) -> tuple[list[str], Ended]:
    """Run a child of these tests, as a module with its arguments, to its "done": its lines, and its end.

    `calls`: options of strace that name the system's calls. Its files, `trace.<number>` of a thread, go to `traces`.
    `umask`: the rights that new files are not given; -1 is that of this process.
    """
    assert STRACE is not None
    traces.mkdir(exist_ok=True)
    started = await programs.start(
        *(STRACE, "-ff", "--seccomp-bpf", *calls, "-o", str(traces / "trace")),
        *(sys.executable, "-m", *child),
        environment=environment,
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
        umask=umask,
    )
    try:
        async with asyncio.timeout(120):
            said = await listen_to(started)
            ended = await programs.end_of(started)
    finally:
        with contextlib.suppress(ProcessLookupError):  # strace alone would leave what it watches behind
            os.killpg(started.pid, signal.SIGKILL)
    assert said and said[-1] == "done", ended.err
    return said, ended


async def listen_to(child: asyncio.subprocess.Process) -> list[str]:
    """What the window says until its end; its gateway is asked when it is there."""
    said: list[str] = []
    assert child.stdout is not None
    while line := (await child.stdout.readline()).decode().strip():
        said.append(line)
        if line.startswith("gateway "):
            await ask_gateway(*line.split()[1:])
            assert child.stdin is not None
            child.stdin.write(b"go on\n")
    return said


async def ask_gateway(address: str, token: str) -> None:
    """What another program asks of it; its connections are the gateway's, not the window's."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=30) as client:
        question = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "Hi"}]}
        answer = await client.post("/v1/chat/completions", json=question)
    assert answer.status_code == 200, answer.text
