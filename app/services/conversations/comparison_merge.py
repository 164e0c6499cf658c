"""Comparisons of a store that was in memory for a while, back into the file: part of `store_file.merge`."""

from __future__ import annotations

import sqlite3

from app.services.conversations import answer_runs
from app.services.conversations.merged_rows import insert, rows

#: Table → the column with the uid of its comparison, parents first.
_TABLES = {"comparison": "uid", "compared_answer": "comparison_uid", "compared_piece": "comparison_uid"}


def track(memory: sqlite3.Connection) -> None:
    """Remember which comparisons there are, and from now on which ones change."""
    memory.execute("CREATE TEMP TABLE base_comparison AS SELECT uid FROM comparison")
    memory.execute("CREATE TEMP TABLE touched_comparison(uid TEXT PRIMARY KEY)")
    for table, column in _TABLES.items():
        for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
            memory.execute(
                f"CREATE TEMP TRIGGER {event.lower()}_{table} AFTER {event} ON main.{table} BEGIN "
                f"INSERT OR IGNORE INTO touched_comparison VALUES ({row}.{column}); END"
            )


def merge(memory: sqlite3.Connection, file: sqlite3.Connection, *, everything: bool) -> None:
    """Write into the file what was asked, answered, voted and deleted in memory; the other comparisons stay theirs.

    `everything`: the file is a new one. What another process deleted meanwhile does not come back otherwise.
    """
    base = {uid for (uid,) in memory.execute("SELECT uid FROM base_comparison")}
    touched = {uid for (uid,) in memory.execute("SELECT uid FROM touched_comparison")}
    ours = {uid for (uid,) in memory.execute("SELECT uid FROM comparison")}
    theirs = {uid for (uid,) in file.execute("SELECT uid FROM comparison")}
    wanted = touched | (ours if everything and not theirs else set())
    for uid in wanted:
        if uid in base and uid not in theirs and not everything:
            continue
        file.execute("DELETE FROM comparison WHERE uid = ?", (uid,))
        for table, column in _TABLES.items():
            for row in rows(memory, f"SELECT * FROM {table} WHERE {column} = ?", (uid,)):
                insert(file, table, row)
                if table == "compared_answer":
                    answer_runs.record_compared(file, uid, row["position"])
