"""Leaving the beginning of a chat out of what is sent: nothing is deleted, and it can be taken back.

A cut stands at the last message that is left out, so every branch below that message shares it and no other does. Of
several on one branch the lowest counts. Functions for the store's owner thread.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict

from app.services.conversations.records import HistoryCut, storable

_ABOVE = (
    "WITH RECURSIVE above(id, parent_id) AS (SELECT id, parent_id FROM message WHERE id = ? "
    "UNION ALL SELECT p.id, p.parent_id FROM above a JOIN message p ON p.id = a.parent_id) "
)


def cut_history(db: sqlite3.Connection, message_id: int, cut: HistoryCut) -> bool:
    """Send nothing from this message up, on all branches below it; False when it is no longer there."""
    text = storable(json.dumps(asdict(cut), ensure_ascii=False))
    done = db.execute("UPDATE message SET history_cut = ? WHERE id = ? AND deleted_at IS NULL", (text, message_id))
    return done.rowcount > 0


def take_cuts_back(db: sqlite3.Connection, message_id: int) -> dict[int, str]:
    """Send everything above and including this message again. Returns what `put_cuts_back` needs to undo this."""
    rows = db.execute(
        _ABOVE + "SELECT m.id, m.history_cut FROM above a JOIN message m ON m.id = a.id "
        "WHERE m.history_cut IS NOT NULL",
        (message_id,),
    ).fetchall()
    db.executemany("UPDATE message SET history_cut = NULL WHERE id = ?", [(row[0],) for row in rows])
    return dict(rows)


def put_cuts_back(db: sqlite3.Connection, cuts: Mapping[int, str | None]) -> None:
    """Undo `take_cuts_back`, or with None for its message `cut_history`."""
    db.executemany("UPDATE message SET history_cut = ? WHERE id = ?", [(text, one) for one, text in cuts.items()])
