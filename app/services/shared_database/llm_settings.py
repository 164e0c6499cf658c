"""The settings row that all gateways on one database share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, MetaData, Table, Text, select, update

from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database.access import DatabaseAccess
from app.services.shared_database.settings_row import MODEL_FIELDS, LlmSettings, checked_changes
from app.services.shared_database.utc import UtcTime
from app.services.wording import say

__all__ = ["LlmSettings", "LlmSettingsStore", "read_row"]

logger = logging.getLogger(__name__)

#: How often `follow` looks. A look is one row of one column: what LISTEN would save is not worth a connection each.
POLL_S = 1.0

_ROW = Table(
    "llmsettings",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("provider", Text),
    *(Column(field, Text) for field in MODEL_FIELDS.values()),
    Column("temperature", Float),
    Column("max_tokens", Integer),
    Column("version", Integer),
    Column("updated_at", UtcTime),
)


def read_row(connection: Connection) -> LlmSettings:
    """The row as it is now.

    Raises:
        LLMError: kind `config`, somebody has taken the row away, or put something into it that is not valid.
    """
    found = connection.execute(select(_ROW).where(_ROW.c.id == 1)).mappings().first()
    if found is None:
        raise LLMError(
            ErrorKind.CONFIG, say("The table llmsettings has lost its row."), say("Insert one with id 1, version 0.")
        )
    try:
        return LlmSettings.model_validate(dict(found))
    except ValueError as exc:  # written by another program
        raise LLMError(
            ErrorKind.CONFIG, say("The row of the table llmsettings is not valid."), say("Set its fields again.")
        ) from exc


class LlmSettingsStore:
    """Reads and changes the row; other processes see a change with their next look."""

    def __init__(self, access: DatabaseAccess) -> None:
        self._access = access

    async def read(self) -> LlmSettings:
        """Raises: LLMError: unreachable, or `config`."""
        return await self._access.read(read_row)

    async def change(self, changes: Mapping[str, Any], *, servers: Collection[str] = ()) -> LlmSettings:
        """Change the fields given, and no others; None clears one. The row as it is then.

        Args:
            servers: keys of named servers that `provider` may name besides the built-in providers.

        Raises:
            LLMError: kind `config`, naming the field: unknown, of a wrong type, or no such provider; nothing was
                changed. Or unreachable.
        """
        checked = await asyncio.to_thread(checked_changes, changes, servers)  # the registry may import its providers

        def work(connection: Connection) -> LlmSettings:
            if checked:  # in one statement, so that of two writers none loses the other's fields
                values = {**checked, "version": _ROW.c.version + 1, "updated_at": datetime.now(UTC)}
                connection.execute(update(_ROW).where(_ROW.c.id == 1).values(values))
            return read_row(connection)

        return await (self._access.write(work) if checked else self._access.read(work))

    async def follow(self, known: LlmSettings, *, every_s: float = POLL_S) -> AsyncIterator[LlmSettings]:
        """Every row newer than `known`, whoever changed it, for ever. Looks that fail are logged and repeated."""
        failing = False
        while True:
            await asyncio.sleep(every_s)
            try:
                if await self._access.read(_version) == known.version:
                    failing = False
                    continue
                known = await self.read()
                failing = False
            except LLMError as exc:
                if not failing:
                    logger.warning("the shared settings cannot be read, the last ones go on: %s", exc)
                failing = True
            else:
                yield known


def _version(connection: Connection) -> int | None:
    version: int | None = connection.scalar(select(_ROW.c.version).where(_ROW.c.id == 1))
    return version
