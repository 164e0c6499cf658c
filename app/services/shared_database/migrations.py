"""The schema of the shared database: an append-only list of steps, each in its own transaction, for both databases.

A released step is never edited; it spells its tables out, since those in use go on changing. Databases of every
released schema lie in tests/data and are upgraded by a test. Two processes that start at once do not meet: each step
waits for a lock, and looks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database.utc import UtcTime
from app.services.wording import say

logger = logging.getLogger(__name__)

Migration = Callable[[Connection], None]

#: Any number; the same in every process that migrates.
_LOCK = 0x41494341
APPLIED = Table(
    "gateway_migration",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("applied_at", UtcTime, nullable=False),
)


def _settings_and_tokens(connection: Connection) -> None:
    tables = MetaData()
    models = ("lmstudio", "ollama", "openai", "anthropic", "google_gemini", "embedded", "openai_compatible")
    settings = Table(
        "llmsettings",
        tables,
        Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        Column("provider", Text),
        *(Column(f"{name}_model", Text) for name in models),
        Column("temperature", Float),
        Column("max_tokens", Integer),
        Column("version", Integer, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
    )
    Table(
        "gateway_tokens",
        tables,
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("hash", LargeBinary, nullable=False, unique=True),
        Column("hint", String(4), nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("last_used_at", UtcTime),
    )
    tables.create_all(connection, checkfirst=False)
    connection.execute(insert(settings).values(id=1, version=0, updated_at=datetime.now(UTC)))


MIGRATIONS: tuple[tuple[str, Migration], ...] = (("0001_settings_and_tokens", _settings_and_tokens),)

SCHEMA_VERSION = len(MIGRATIONS)


def applied_names(connection: Connection) -> set[str]:
    """The steps that this database has; none where it is new, or another program's."""
    if not inspect(connection).has_table(APPLIED.name):
        return set()
    return set(connection.scalars(select(APPLIED.c.name)))


def check_not_newer(names: set[str], place: str) -> None:
    """Raises: LLMError: kind `config`, a newer version of this program has changed the tables."""
    if unknown := names - {name for name, _step in MIGRATIONS}:
        logger.warning("the shared database %s has unknown steps: %s", place, sorted(unknown))
        raise LLMError(
            ErrorKind.CONFIG,
            say("The database at {place} was written by a newer version of this program.", place=place),
            say("It is left as it is. Update this program."),
        )


def is_complete(names: set[str]) -> bool:
    return names >= {name for name, _step in MIGRATIONS}


def apply_next(connection: Connection, place: str) -> str | None:
    """Apply the first step that is missing, in the transaction that is open for writing; None where none is.

    Raises:
        LLMError: kind `config`, the tables are a newer version's.
        SQLAlchemyError: the step failed. The transaction is to be rolled back.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")  # SQLite's BEGIN IMMEDIATE is its lock
    names = applied_names(connection)
    check_not_newer(names, place)
    if not inspect(connection).has_table(APPLIED.name):
        APPLIED.create(connection)
    for name, step in MIGRATIONS:
        if name not in names:
            step(connection)
            connection.execute(insert(APPLIED).values(name=name, applied_at=datetime.now(UTC)))
            logger.info("the shared database %s: %s", place, name)
            return name
    return None
