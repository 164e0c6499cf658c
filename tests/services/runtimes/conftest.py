"""A private home folder and PATH for the fakes of this folder, and LM Studio in their place."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.services.llm.address import port_of
from app.services.llm.http import HttpDoor
from app.services.mock_server import MockServer, Script
from app.services.runtimes.lm_studio import LmStudioRuntime
from tests.fakes.lms import FakeLms


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "person"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(home / "bin"))
    return home


@pytest.fixture
async def door() -> AsyncIterator[HttpDoor]:
    door = HttpDoor()
    yield door
    await door.aclose()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def server() -> AsyncIterator[MockServer]:
    async with MockServer(Script(download_seconds=0)) as server:
        yield server


@pytest.fixture
def studio(door: HttpDoor, server: MockServer) -> LmStudioRuntime:
    return LmStudioRuntime(door, f"{server.base_url}/v1")


@pytest.fixture
def fake(home: Path, server: MockServer) -> Iterator[FakeLms]:
    """The `lms` that manages `server`."""
    fake = FakeLms(home, status_port=port_of(server.base_url))
    yield fake
    fake.close()
