"""`aica serve` as a process over the simulator, and other people's clients as processes of their own environments."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.services.mock_server import MockServer, Script
from tests.conftest import make_private
from tests.gateway.conftest import configure
from tests.gateway.serve_process import serving

TOKEN = "team-token"
MODEL = "simulated/coder-7b"
ANSWER = "It is sunny in Bern, and it stays so until the evening."
SCRIPTS = Path(__file__).parent / "scripts"
#: Of a client that is complete; `bootstrap.py` writes it.
STAMP = ".ready"


@dataclass
class Asked:
    """A gateway that runs, and what it asks."""

    address: str
    simulator: MockServer


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One loop for the run: the simulator lives in it as long as the gateway."""
    return "asyncio"


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Asked]:
    """One gateway for all tests. The simulator knows neither Responses nor Messages: both are translated."""
    async with MockServer() as simulator:
        with pytest.MonkeyPatch.context() as patch:
            make_private(tmp_path_factory.mktemp("gateway"), patch)
            configure(lm_studio={"base_url": simulator.base_url})
            serving_it = serving(AICA_GATEWAY_TOKEN=TOKEN)
            _process, address = await serving_it.__aenter__()
        try:
            yield Asked(address, simulator)
        finally:
            await serving_it.__aexit__(None, None, None)


@pytest.fixture
def gateway(running: Asked) -> Asked:
    """The gateway, over a simulator that is as at its start but quick, with an answer that is known."""
    simulator = running.simulator
    plain = {**Script().as_dict(), "ttft": 0, "tokens_per_second": 0, "answer": ANSWER}
    simulator.script.update({**plain, "fault": str(plain["fault"])})
    simulator.stats.streams_aborted = 0
    simulator.stats.recorded.clear()
    return running


class Client:
    """Somebody's program that knows an address and a token."""

    def __init__(self, name: str, folder: Path, home: Path) -> None:
        self.name = name
        self.folder = folder
        self.home = home

    def program(self, name: str) -> str:
        return str(self.folder / ("Scripts" if os.name == "nt" else "bin") / name)

    async def run(self, *command: str, **environment: str) -> tuple[int, str, str]:
        """Exit status, standard output, standard error. It sees this environment and no proxies."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ}
        child = await asyncio.create_subprocess_exec(
            *command,
            env={**kept, "HOME": str(self.home), "PYTHONUTF8": "1", **environment},
            cwd=self.home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(60):
                out, err = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        assert child.returncode is not None
        return child.returncode, out.decode(), err.decode()

    async def step(self, gateway: Asked, step: str, model: str = MODEL, token: str = TOKEN) -> dict[str, Any]:
        """One step of this client's script."""
        if self.name == "openai-node":
            node = shutil.which("node")
            assert node is not None
            command = [node, str(SCRIPTS / "openai_node.mjs")]
        else:
            command = [self.program("python"), str(SCRIPTS / f"{self.name}_python.py")]
        status, out, err = await self.run(
            *command,
            step,
            model,
            OPENAI_BASE_URL=f"{gateway.address}/v1",
            OPENAI_API_KEY=token,
            ANTHROPIC_BASE_URL=gateway.address,
            ANTHROPIC_AUTH_TOKEN=token,
            AICA_CLIENT=str(self.folder / "package.json"),
        )
        assert status == 0, err
        found: dict[str, Any] = json.loads(out)
        return found


def client_of(name: str, config: pytest.Config, home: Path) -> Client:
    """Skips the test where the client could not be installed."""
    folder = Path(config.getoption("--clients")) / name
    if not (folder / STAMP).exists():
        pytest.skip(f"the client {name} is not installed")
    home.mkdir()
    return Client(name, folder, home)


@pytest.fixture(params=["openai", "openai-node"])
def openai_client(request: pytest.FixtureRequest, tmp_path: Path) -> Client:
    """The official client of Python, then the one of Node."""
    return client_of(request.param, request.config, tmp_path / "user")


@pytest.fixture
def anthropic_client(request: pytest.FixtureRequest, tmp_path: Path) -> Client:
    return client_of("anthropic", request.config, tmp_path / "user")


@pytest.fixture
def llm(request: pytest.FixtureRequest, tmp_path: Path) -> Client:
    return client_of("llm", request.config, tmp_path / "user")
