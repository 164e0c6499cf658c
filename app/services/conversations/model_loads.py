"""What each model was loaded with last, so that it can be offered again.

Plain functions on the owner thread's connection, for `ConversationStore.read` and `write`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from typing import Any

from app.services.conversations.records import storable

logger = logging.getLogger(__name__)


def load_of_model(db: sqlite3.Connection, provider: str, model: str) -> dict[str, Any]:
    """Values by the names of `LoadOptions`, empty where the model was never loaded from here."""
    row = db.execute(
        "SELECT options FROM model_load WHERE provider = ? AND model = ?", (provider, storable(model))
    ).fetchone()
    return _values(row[0]) if row is not None else {}


def keep_load(db: sqlite3.Connection, provider: str, model: str, values: dict[str, Any]) -> None:
    """Remember what a model was loaded with."""
    db.execute(
        "INSERT INTO model_load(provider, model, options, updated_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT(provider, model) DO UPDATE SET options = excluded.options, updated_at = excluded.updated_at",
        (provider, storable(model), storable(json.dumps(values, ensure_ascii=False)), time.time()),
    )


def _values(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # damaged: the model is loaded as its server would
        logger.warning("what a model was loaded with cannot be read")
        return {}
    return found if isinstance(found, dict) else {}


# -- a store that was in memory for a while


def track(memory: sqlite3.Connection) -> None:
    """Remember what there is, for `merge`."""
    memory.execute("CREATE TEMP TABLE base_model_load AS SELECT * FROM model_load")


def merge(memory: sqlite3.Connection, file: sqlite3.Connection, *, everything: bool) -> None:
    """Write into the file what was loaded meanwhile; of two that loaded one model the later one counts.

    `everything`: the file is a new one.
    """
    rows = memory.execute(
        "SELECT n.provider, n.model, n.options, n.updated_at FROM model_load n "
        "LEFT JOIN base_model_load b ON b.provider = n.provider AND b.model = n.model "
        "WHERE ? OR b.updated_at IS NOT n.updated_at",
        (everything,),
    )
    file.executemany(
        "INSERT INTO model_load(provider, model, options, updated_at) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT(provider, model) DO UPDATE SET options = ?3, updated_at = ?4 WHERE updated_at < ?4",
        rows,
    )
