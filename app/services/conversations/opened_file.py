"""A connection to the store's file with the log that its file system allows, and the copies made before it changes.

SQLite's write-ahead log needs memory that all who have the file open share, so it holds on one computer only (SQLite,
"Write-Ahead Logging", "Overview"). Where the folder is a share of other computers, or its file system knows no such
memory, the rollback journal takes its place: slower, and guarded by the locks of the file alone.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 5_000
#: Errors that mean that there is no shared memory.
_NO_SHARED_MEMORY = {
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMLOCK,
}


def connect(path: Path, share: str | None, look: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """The file with its log. `share`: the kind of share that it lies on. `look` is called when it can be read and
    nothing of it has changed yet; what it raises ends all.

    Raises:
        sqlite3.Error: it can be neither.
    """
    db = _connected(path)
    try:
        try:
            look(db)
            if share is None:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("SELECT 1 FROM sqlite_master").fetchone()  # the first to need the shared memory
            else:
                logger.info("the store lies on a share (%s): it is kept without a write-ahead log", share)
                db.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode not in _NO_SHARED_MEMORY:
                raise
            logger.warning("no memory can be shared beside the store: it is kept without a write-ahead log")
            db.close()
            db = _without_log(path, look)
    except BaseException:
        db.close()
        raise
    return db


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)


def _without_log(path: Path, look: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """A file that has such a log is read without shared memory only by one who has it for himself."""
    db = _connected(path)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        look(db)
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA locking_mode = NORMAL")
        db.execute("SELECT 1 FROM sqlite_master").fetchone()  # lets others in again
    except BaseException:
        db.close()
        raise
    return db


def has_log(db: sqlite3.Connection) -> bool:
    """Whether it keeps the write-ahead log."""
    return str(db.execute("PRAGMA journal_mode").fetchone()[0]).lower() == "wal"


# -- copies


def back_up(db: sqlite3.Connection, path: Path, version: int) -> None:
    """A whole copy beside the store, made before its schema changes; private to the user."""
    target = path.with_name(f"{path.stem}.v{version}.bak{path.suffix}")
    make_private(target)
    copy = sqlite3.connect(target)
    try:
        db.backup(copy)
    finally:
        copy.close()


def backups_of(path: Path) -> list[Path]:
    """The copies that earlier upgrades left beside the store."""
    return sorted(path.parent.glob(f"{path.stem}.v*.bak{path.suffix}"))


def make_private(path: Path) -> None:
    """0600 from the first byte on (C4); SQLite gives the -wal and -shm files the mode of the main file."""
    if os.name == "nt":
        return
    if path.exists():
        if path.stat().st_mode & 0o077 and os.access(path, os.W_OK):
            path.chmod(0o600)
        return
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
