"""Rows as dictionaries: what `store_file.merge` and its rooms copy from memory to the file."""

from __future__ import annotations

import sqlite3
from typing import Any


def row(db: sqlite3.Connection, table: str, row_id: int) -> dict[str, Any] | None:
    cursor = db.execute(f"SELECT * FROM {table} WHERE id = ?", (row_id,))
    found = cursor.fetchone()
    return None if found is None else dict(zip((column[0] for column in cursor.description), found, strict=True))


def insert(db: sqlite3.Connection, table: str, values: dict[str, Any]) -> None:
    marks = ", ".join("?" for _ in values)
    db.execute(f"INSERT INTO {table}({', '.join(values)}) VALUES ({marks})", [*values.values()])
