"""Opening the shared database: migrated and ready, or a sentence that says why not."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

from sqlalchemy import Connection, text

from app.paths import Paths
from app.services.shared_database import migrations
from app.services.shared_database.access import DatabaseAccess
from app.services.shared_database.gateway_tokens import GatewayTokens
from app.services.shared_database.llm_settings import LlmSettings, LlmSettingsStore, read_row
from app.services.shared_database.place import is_of_another_kind, place_of

logger = logging.getLogger(__name__)


class SharedDatabase:
    """The settings row and the tokens. `async with` closes it. Belongs to one loop."""

    def __init__(self, access: DatabaseAccess) -> None:
        self._access = access
        self.settings = LlmSettingsStore(access)
        self.tokens = GatewayTokens(access)

    @property
    def name(self) -> str:
        """Where it is, for people: a file, or host, port and database."""
        return self._access.place.name

    def __repr__(self) -> str:
        return f"SharedDatabase({self.name!r})"

    async def ping(self) -> None:
        """Raises: LLMError: unreachable, or `config`: it could not be asked just now."""
        await self._access.read(lambda connection: connection.execute(text("SELECT 1")).scalar())

    async def aclose(self) -> None:
        await self.tokens.aclose()
        await self._access.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


async def open_shared_database(paths: Paths, url: str | None) -> SharedDatabase:
    """The database that `url` (of `DATABASE_URL`) names, made and brought up to date where that is needed.

    Without `url` it is a file in the data folder.

    Raises:
        LLMError: kind `unreachable` within five seconds, or `config`: an address that cannot be read, a refused user,
            the tables of a newer version (they are left as they are). None of the texts holds a password.
    """
    access = await asyncio.to_thread(DatabaseAccess, place_of(paths, url))
    try:
        names = await access.read(migrations.applied_names)
        migrations.check_not_newer(names, access.place.name)
        if not migrations.is_complete(names):  # so that a user who may not change tables can use finished ones
            while await access.write(lambda c: migrations.apply_next(c, access.place.name)):
                continue
    except BaseException:
        await access.aclose()
        raise
    return SharedDatabase(access)


async def open_if_made(paths: Paths, url: str | None) -> SharedDatabase | None:
    """The same where it exists; None where it would be a file that nobody has made yet.

    Raises:
        LLMError: as `open_shared_database`.
    """
    if not url and not await asyncio.to_thread(paths.gateway_file.exists):
        return None
    return await open_shared_database(paths, url)


async def read_llm_settings(paths: Paths, url: str | None) -> LlmSettings | None:
    """The settings row where a gateway has made its tables; else None. Makes and changes nothing.

    Raises:
        LLMError: as `open_shared_database`.
    """
    if url is not None and is_of_another_kind(url):
        logger.info("DATABASE_URL is another program's: its kind of database holds no settings of ours")
        return None
    place = place_of(paths, url)
    if place.file is not None and not await asyncio.to_thread(place.file.exists):
        return None
    access = await asyncio.to_thread(lambda: DatabaseAccess(place, read_only=True))
    try:
        return await access.read(lambda connection: _row_if_made(connection, place.name))
    finally:
        await access.aclose()


def _row_if_made(connection: Connection, place: str) -> LlmSettings | None:
    names = migrations.applied_names(connection)
    migrations.check_not_newer(names, place)
    return read_row(connection) if names else None
