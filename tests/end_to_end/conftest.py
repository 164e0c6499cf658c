"""Real processes with homes of their own, and the simulator as the server they talk to."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: A port where nothing listens: 9 is "discard", which needs a privilege to open.
NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    status: int
    out: str
    err: str


class Programs:
    """Starts the product's own programs; every one that is still alive at the end of the test is killed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._alive: list[asyncio.subprocess.Process] = []

    async def start(
        self, *command: str, environment: dict[str, str] | None = None, **options: Any
    ) -> asyncio.subprocess.Process:
        """`command` begins with a module (`-m x`) or a script for this Python, or with an absolute program."""
        whole = command if command[0].startswith("/") else (sys.executable, *command)
        defaults: dict[str, Any] = {
            "cwd": ROOT,
            "stdin": asyncio.subprocess.DEVNULL,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
        }
        child = await asyncio.create_subprocess_exec(
            *whole, env={**self.environment, **(environment or {})}, **{**defaults, **options}
        )
        self._alive.append(child)
        return child

    async def run(self, *command: str, timeout_s: float = 60, **options: Any) -> Ended:
        """Start a program and wait for its end."""
        child = await self.start(*command, **options)
        return await self.end_of(child, timeout_s)

    async def end_of(self, child: asyncio.subprocess.Process, timeout_s: float = 60) -> Ended:
        async with asyncio.timeout(timeout_s):
            out, err = await child.communicate()
        assert child.returncode is not None
        return Ended(child.returncode, (out or b"").decode(), (err or b"").decode())

    @asynccontextmanager
    async def simulator(self, *flags: str) -> AsyncIterator[str]:
        """`aica mock-server` in a process of its own; its address."""
        child = await self.start("-m", "app.cli.main", "mock-server", "--port", "0", *flags)
        assert child.stdout is not None
        async with asyncio.timeout(20):
            line = (await child.stdout.readline()).decode()
        assert line.startswith("listening on http://127.0.0.1:"), line
        try:
            yield line.removeprefix("listening on ").strip()
        finally:
            child.terminate()
            assert (await self.end_of(child)).status == 0, "termination is the ordinary end of a server"

    async def aclose(self) -> None:
        for child in self._alive:
            if child.returncode is None:
                child.kill()
                await child.wait()


@pytest.fixture
async def programs(private_environment: None) -> AsyncIterator[Programs]:
    """Programs with this test's home, no key store, no display and no server in reach."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    environment |= {"LMSTUDIO_BASE_URL": NOWHERE, "OLLAMA_HOST": NOWHERE}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    made = Programs(environment)
    yield made
    await made.aclose()


async def eventually(condition: Callable[[], object], timeout_s: float = 20, what: str = "") -> None:
    """Wait until something is true, without blocking the loop."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"did not happen within {timeout_s} s: {what or condition}") from None
