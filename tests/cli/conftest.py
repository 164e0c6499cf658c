"""The real `aica` as a subprocess, with its own home and the simulator as its LM Studio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.services.mock_server import MockServer, Script
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_program import install_ollama

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "app.cli.main"]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output as one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def value(self) -> Any:
        return json.loads(self.out)


class Aica:
    """Starts `aica` with the test's environment."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    async def start(self, *arguments: str, **options: Any) -> asyncio.subprocess.Process:
        defaults: dict[str, Any] = {
            "stdin": asyncio.subprocess.DEVNULL,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
        }
        return await asyncio.create_subprocess_exec(
            *COMMAND, *arguments, cwd=ROOT, env=self.environment, **{**defaults, **options}
        )

    async def __call__(self, *arguments: str, stdin: bytes | None = None, timeout_s: float = 30) -> Result:
        child = await self.start(
            *arguments, stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(timeout_s):
                out, err = await child.communicate(stdin)
        except BaseException:
            child.kill()
            await child.wait()
            raise
        assert child.returncode is not None
        result = Result(child.returncode, out.decode(), err.decode())
        assert "Traceback" not in result.err
        return result


@pytest.fixture
async def server() -> AsyncIterator[MockServer]:
    async with MockServer(Script(ttft=0, tokens_per_second=0, answer="one two three four five six")) as running:
        yield running


@pytest.fixture
def aica(private_environment: None) -> Aica:
    """`aica` with no provider in reach: LM Studio's and Ollama's addresses are closed ports of this computer."""
    environment = {**os.environ, "PYTHONWARNINGS": "error", "TERM": "xterm"}
    environment |= {"LMSTUDIO_BASE_URL": "http://127.0.0.1:9", "OLLAMA_HOST": "http://127.0.0.1:9"}
    return Aica(environment)


@pytest.fixture
def connected(aica: Aica, server: MockServer) -> Aica:
    """`aica` whose LM Studio is the simulator."""
    aica.environment["LMSTUDIO_BASE_URL"] = server.base_url
    return aica


def home_without_programs(aica: Aica, home: Path) -> Path:
    """A person's folder in which neither LM Studio nor Ollama is installed, in the place of the real one."""
    home.mkdir(parents=True, exist_ok=True)
    aica.environment |= {"HOME": str(home), "PATH": str(home / "bin")}
    return home


def install_programs(home: Path) -> None:
    """`lms` and `ollama` where they are looked for."""
    FakeLms(home)
    install_ollama(home / ".local" / "bin")


async def eventually(condition: Callable[[], object], timeout_s: float = 10) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)
