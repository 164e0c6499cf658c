"""The core on a temporary folder, talking to the simulated LM Studio over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.paths import Paths, user_paths
from app.services.container import Overrides, Services, open_services
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return user_paths(tmp_path / "home")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    """Tests that need a clock of their own, or other beginnings, have a `store` of their own."""
    opened = ConversationStore(tmp_path / "c.db")
    await opened.open()
    yield opened
    await opened.aclose()


@pytest.fixture
async def services(paths: Paths, simulator: MockServer) -> AsyncIterator[Services]:
    """The whole core with LM Studio's address set to the simulator."""
    overrides = Overrides(provider="lm_studio", base_url=simulator.base_url, environment={"AICA_KEYRING": "off"})
    async with await open_services(paths, overrides) as opened:
        yield opened
