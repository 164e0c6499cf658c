"""The shared database on both kinds: a file, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.paths import Paths
from app.services.shared_database.database import SharedDatabase, open_shared_database


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    """What `DATABASE_URL` says: nothing, and an empty database of PostgreSQL."""
    if request.param == "sqlite":
        return None
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
async def database(paths: Paths, url: str | None) -> AsyncIterator[SharedDatabase]:
    async with await open_shared_database(paths, url) as opened:
        yield opened


@pytest.fixture
async def other(database: SharedDatabase, paths: Paths, url: str | None) -> AsyncIterator[SharedDatabase]:
    """The same database as another gateway has it."""
    async with await open_shared_database(paths, url) as opened:
        yield opened
