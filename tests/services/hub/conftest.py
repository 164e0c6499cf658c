"""A hub on loopback, and ours that asks it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.hub.downloads import Download, Downloads
from app.services.hub.hub import Hub
from app.services.llm.http import HttpDoor
from app.services.llm.network_log import NetworkLog
from tests.fakes.hub import FakeHub

NAME = "maker/Tiny-7B-Coder-GGUF"
FILE = "tiny-7b-coder-Q4_K_M.gguf"
#: Some pieces of writing, and a rest.
DATA = random.Random(1).randbytes(3_300_007)
PATIENCE_S = 20.0


@pytest.fixture
async def fake() -> AsyncIterator[FakeHub]:
    async with FakeHub() as hub:
        hub.add(NAME, {FILE: DATA})
        yield hub


@pytest.fixture
async def door() -> AsyncIterator[HttpDoor]:
    made = HttpDoor(network_log=NetworkLog())
    yield made
    await made.aclose()


@pytest.fixture
async def hub(fake: FakeHub, door: HttpDoor, tmp_path: Path) -> AsyncIterator[Hub]:
    made = Hub(door, tmp_path / "models", fake.url)
    made.downloads = Downloads(made.client, made.library, backoff_first_s=0.01)
    yield made
    await made.aclose()


async def fetched(hub: Hub, typed: str = NAME) -> Download:
    async with asyncio.timeout(PATIENCE_S):
        return await hub.downloads.wait((await hub.fetch(typed)).key)


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
