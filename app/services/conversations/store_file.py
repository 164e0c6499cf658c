"""Opening the store's file: pragmas, migrations with a backup, and what to do when it cannot be written."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from pathlib import Path

from app.services.conversations import migrations

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 5_000
#: A store that cannot be written is copied into memory up to this size; beyond it only new chats are kept there.
MAX_MEMORY_COPY_BYTES = 256 * 1024 * 1024

_TABLES = ("conversation", "message", "journal", "path", "path_size", "model_use")


class StoreUnusableError(Exception):
    """The file cannot be written; `reason` is a sentence for the user, `readable` whether its chats can be shown."""

    def __init__(self, reason: str, *, readable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.readable = readable


def open_file(path: Path) -> sqlite3.Connection:
    """The store's connection, migrated and ready to write. Call it on the owner thread.

    Raises:
        StoreUnusableError: newer, corrupt, locked, read-only or full; the file was not changed.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(path)
        db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    except (OSError, sqlite3.Error) as exc:
        raise StoreUnusableError(describe(exc), readable=path.exists()) from exc
    try:
        version = migrations.version_of(db)
        if version > migrations.SCHEMA_VERSION:
            raise StoreUnusableError("it was written by a newer version of this app", readable=True)
        configure(db)
        if 0 < version < migrations.SCHEMA_VERSION:
            back_up(db, path.with_name(f"{path.stem}.v{version}.bak{path.suffix}"))
        migrations.migrate(db)
        # A write that changes nothing shows now, not at the first message, that the file cannot be written.
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
    except StoreUnusableError:
        db.close()
        raise
    except (sqlite3.Error, OSError) as exc:
        db.close()
        raise StoreUnusableError(
            _why_not_writable(exc, path), readable=not isinstance(exc, sqlite3.DatabaseError) or _readable(exc)
        ) from exc
    return db


def configure(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA temp_store = MEMORY")


def open_memory(copy_from: Path | None = None) -> tuple[sqlite3.Connection, str]:
    """A store in memory, with the chats of `copy_from` where they can be read, and a note on what is missing."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    migrations.migrate(db)
    if copy_from is None or not copy_from.exists():
        return db, ""
    try:
        if copy_from.stat().st_size > MAX_MEMORY_COPY_BYTES:
            return db, "The file is too large to be shown from memory."
        _copy_rows(db, copy_from)
    except (sqlite3.Error, OSError) as exc:
        logger.warning("the store could not be read: %s", describe(exc))
        fresh = sqlite3.connect(":memory:", isolation_level=None)
        fresh.execute("PRAGMA foreign_keys = ON")
        migrations.migrate(fresh)
        db.close()
        return fresh, "Its chats could not be read either."
    return db, ""


def _copy_rows(db: sqlite3.Connection, path: Path) -> None:
    """Rows of the tables and columns this version knows; a newer file may have more of both."""
    source = _connect_read_only(path)
    try:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("BEGIN")
        for table in _TABLES:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            there = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
            shared = [c for c in columns if c in there]
            if not shared:
                raise sqlite3.DatabaseError(f"no table {table}")
            names = ", ".join(shared)
            marks = ", ".join("?" for _ in shared)
            db.executemany(
                f"INSERT INTO {table}({names}) VALUES ({marks})", source.execute(f"SELECT {names} FROM {table}")
            )
        db.execute("COMMIT")
        db.execute("PRAGMA foreign_keys = ON")
    finally:
        source.close()


def _connect_read_only(path: Path) -> sqlite3.Connection:
    """`immutable` where the folder is read-only: WAL would want to make files beside the store."""
    address = path.absolute().as_uri() + "?mode=ro"
    wal = path.with_name(path.name + "-wal")
    if not os.access(path.parent, os.W_OK) and not wal.exists():
        address += "&immutable=1"
    db = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    db.execute("PRAGMA query_only = ON")
    return db


def back_up(db: sqlite3.Connection, target: Path) -> None:
    """A whole copy beside the store, made before its schema changes; private to the user."""
    _make_private(target)
    copy = sqlite3.connect(target)
    try:
        db.backup(copy)
    finally:
        copy.close()


def quick_check(path: Path) -> str | None:
    """None when the file is sound, else the first complaint. Reads the whole file: call it in a worker thread."""
    try:
        with contextlib.closing(_connect_read_only(path)) as db:
            answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (sqlite3.Error, OSError) as exc:
        return describe(exc)
    return None if answer == "ok" else str(answer)


def _make_private(path: Path) -> None:
    """0600 from the first byte on (C4); SQLite gives the -wal and -shm files the mode of the main file."""
    if os.name == "nt":
        return
    if path.exists():
        if path.stat().st_mode & 0o077 and os.access(path, os.W_OK):
            path.chmod(0o600)
        return
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _why_not_writable(exc: Exception, path: Path) -> str:
    """As `describe`; SQLite says "cannot be opened" of a read-only folder, where it cannot make its log file."""
    code = (getattr(exc, "sqlite_errorcode", 0) or 0) & 0xFF
    if code == sqlite3.SQLITE_CANTOPEN and path.exists() and not os.access(path.parent, os.W_OK):
        return _REASONS[sqlite3.SQLITE_READONLY]
    return describe(exc)


def _readable(exc: sqlite3.DatabaseError) -> bool:
    return getattr(exc, "sqlite_errorcode", 0) not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the file is not a chat store or is damaged",
    sqlite3.SQLITE_CORRUPT: "the file is damaged",
    sqlite3.SQLITE_BUSY: "another program holds the file",
    sqlite3.SQLITE_LOCKED: "another program holds the file",
    sqlite3.SQLITE_IOERR: "the disk reported an error",
    sqlite3.SQLITE_PERM: "the file may not be opened",
}


def describe(exc: Exception) -> str:
    """Why a file cannot be used, as the end of a sentence."""
    if isinstance(exc, sqlite3.Error):
        code = getattr(exc, "sqlite_errorcode", 0) or 0
        return _REASONS.get(code & 0xFF, str(exc))
    if isinstance(exc, OSError):
        return (exc.strerror or str(exc)).lower()
    return str(exc)
