"""Damage in the midst of a store's file."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def damage(path: Path, name: str) -> None:
    """Overwrite the first page of a table or index; the file's header stays sound."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
