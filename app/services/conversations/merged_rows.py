"""Rows as dictionaries: what `store_file.merge` and its rooms copy from memory to the file."""

from __future__ import annotations

import sqlite3
from typing import Any


def row(db: sqlite3.Connection, table: str, row_id: int) -> dict[str, Any] | None:
    return next(iter(rows(db, f"SELECT * FROM {table} WHERE id = ?", (row_id,))), None)


def rows(db: sqlite3.Connection, query: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, found, strict=True)) for found in cursor]


def insert(db: sqlite3.Connection, table: str, values: dict[str, Any]) -> None:
    marks = ", ".join("?" for _ in values)
    db.execute(f"INSERT INTO {table}({', '.join(values)}) VALUES ({marks})", [*values.values()])
