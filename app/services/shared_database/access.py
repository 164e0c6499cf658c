"""Reads and writes on threads: one for a file, a few for a server. The loop only waits, and never for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from app.services.conversations.opened_file import make_private
from app.services.conversations.store_file import connect_read_only
from app.services.file_systems import network_file_system
from app.services.llm.errors import ErrorKind, LLMError
from app.services.shared_database.failures import code_of, failure_of, too_slow
from app.services.shared_database.place import DatabasePlace
from app.services.wording import say

logger = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], T]

#: Everything is a row or two: what takes longer waits for a server that is gone.
LIMIT_S = 5.0
_INNER_LIMIT_S = 4
SERVER_CONNECTIONS = 4
#: Idle connections are renewed after this: firewalls forget them without a word.
_RENEW_AFTER_S = 1800
_WRITES = "aica_writes"


class DatabaseAccess:
    """The engine and the threads it works on."""

    def __init__(self, place: DatabasePlace, *, read_only: bool = False) -> None:
        """`read_only`: a file is neither made nor changed, and may lie in a folder that cannot be written.

        Raises:
            LLMError: kind `config`: the file's folder cannot be made, or PostgreSQL's library is missing.
        """
        self.place = place
        if place.file is None:
            self.engine = _engine_for_server(place)
        else:
            self.engine = _engine_for_reading(place.file) if read_only else _engine_for_file(place, place.file)
        threads = 1 if place.file is not None else SERVER_CONNECTIONS
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="shared-database")

    def __repr__(self) -> str:
        return f"DatabaseAccess({self.place.name!r})"

    async def read(self, work: Work[T]) -> T:
        """What `work` finds, in one transaction.

        Raises:
            LLMError: unreachable, or `config` where the database refuses.
        """
        return await self.run(lambda: self._in_transaction(work, writes=False))

    async def write(self, work: Work[T]) -> T:
        """What `work` returns after its changes are stored. Raises: LLMError: as `read`; then nothing was changed."""
        return await self.run(lambda: self._in_transaction(work, writes=True))

    async def run(self, work: Callable[[], T]) -> T:
        """`work` on a thread of the database. Raises: LLMError: as `read`."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            async with asyncio.timeout(LIMIT_S):
                return await running
        except TimeoutError:
            raise too_slow(self.place) from None
        except (SQLAlchemyError, OSError) as exc:
            failure = failure_of(exc, self.place)
            logger.debug("%s: %s", failure.message, code_of(exc))  # whoever asked tells it; a poll asks every second
            raise failure from None  # the library's texts may hold parts of the address

    def _in_transaction(self, work: Work[T], *, writes: bool) -> T:
        with self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: writes})
            with connection.begin():
                return work(connection)

    async def aclose(self) -> None:
        """Close every connection; does not wait for a server that is gone."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        try:
            async with asyncio.timeout(LIMIT_S):
                await asyncio.to_thread(self._finish)
        except TimeoutError:
            logger.warning("the shared database %s did not let go in time", self.place.name)

    def _finish(self) -> None:
        self._threads.shutdown(wait=True)  # a connection that is in use now would outlive the pool
        self.engine.dispose()


def _engine_for_reading(file: Path) -> Engine:
    return create_engine("sqlite://", creator=lambda: connect_read_only(file), poolclass=NullPool, hide_parameters=True)


def _engine_for_file(place: DatabasePlace, file: Path) -> Engine:
    """SQLite with WAL. `BEGIN` is ours: the driver's own would take the write lock too late, and then fail."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(file)
    except OSError as exc:
        raise failure_of(exc, place) from exc
    log = "WAL" if network_file_system(file) is None else "DELETE"  # the first holds on one computer only
    engine = create_engine(
        place.url, hide_parameters=True, connect_args={"timeout": _INNER_LIMIT_S, "isolation_level": None}
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        for pragma in (f"journal_mode = {log}", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _engine_for_server(place: DatabasePlace) -> Engine:
    try:
        engine = create_engine(
            place.url,
            hide_parameters=True,
            pool_size=SERVER_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_INNER_LIMIT_S,
            pool_recycle=_RENEW_AFTER_S,
            pool_pre_ping=True,  # a server that was restarted meanwhile costs no request
            connect_args={
                "connect_timeout": _INNER_LIMIT_S,
                "tcp_user_timeout": _INNER_LIMIT_S * 1000,
                "fallback_application_name": "ai-coder-assistant",
                "prepare_threshold": None,  # balancers such as pgbouncer hand statements to any connection
            },
        )
    except ImportError:
        raise LLMError(
            ErrorKind.CONFIG,
            say("PostgreSQL's library is not installed."),
            say("Install the program from its sources, with the extra: ai-coder-assistant[cluster]."),
        ) from None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # For this transaction alone: a setting of the connection would outlive it behind a balancer.
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_INNER_LIMIT_S}s'")

    return engine
