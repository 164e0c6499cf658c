"""A real store in a file of its own, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.conversations.store import ConversationStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ConversationStore]:
    """Tests that need a clock of their own, or other beginnings, have a `store` of their own."""
    opened = ConversationStore(tmp_path / "c.db")
    await opened.open()
    yield opened
    await opened.aclose()
