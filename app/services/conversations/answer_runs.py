"""What each answer measured, in columns: the table `run`, which statistics read without touching texts or JSON.

A run is an answer that was asked for here and is over. Copies (forks, imports, a comparison that goes on as a chat)
are none, nor are simulated answers, nor what a crash of this program cut off. It goes with its answer; that of a model
that was asked first and did not answer goes with the answer that another one gave (`routed.record_passed_over`).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection

from app.services.conversations.merged_rows import insert, rows

logger = logging.getLogger(__name__)

COMPLETE = "complete"
STOPPED = "stopped"
#: Any other outcome is the kind of the error it ended with.
FAILED = f"outcome NOT IN ('{COMPLETE}', '{STOPPED}')"

_FIGURES = (
    *("ttft_ms", "load_ms", "prompt_ms", "tokens_per_second", "input_tokens", "cached_tokens", "output_tokens"),
    *("estimated", "cost_usd"),
)
_NUMBERS = ", ".join(
    f"CASE WHEN json_type(metrics, '$.{name}') IN ('integer', 'real', 'true', 'false') "
    f"THEN json_extract(metrics, '$.{name}') END"
    for name in _FIGURES
)
#: Damaged JSON counts as none: one row must not hide all others.
_SOUND = ", ".join(
    f"CASE WHEN json_valid(a.{name}) THEN a.{name} ELSE 'null' END AS {name}" for name in ("metrics", "error")
)
_KIND = "coalesce(json_extract(error, '$.kind'), 'interrupted')"
_OF_CHATS = f"""
  WITH ended AS (
    SELECT a.id, a.provider, a.model, a.local, a.created_at, a.status, coalesce(p.parent_id, 0) = 0 AS begins, {_SOUND}
    FROM message a LEFT JOIN message p ON p.id = a.parent_id
    WHERE a.role = 'assistant' AND a.status <> 'streaming' AND a.simulated = 0
      AND a.provider <> '' AND a.model <> '' AND {{which}})
  INSERT OR REPLACE INTO run(provider, model, started_at, source, message_id, local, outcome, begins,
                             {", ".join(_FIGURES)})
  SELECT provider, model, created_at, 'm' || id, id, local,
         CASE status WHEN 'complete' THEN '{COMPLETE}' WHEN 'stopped' THEN '{STOPPED}' ELSE {_KIND} END,
         begins, {_NUMBERS}
  FROM ended WHERE json_extract(error, '$.after_crash') IS NULL"""
_OF_COMPARISONS = f"""
  WITH ended AS (
    SELECT a.comparison_uid, a.position, a.provider, a.model, a.local, c.created_at, a.state, {_SOUND}
    FROM compared_answer a JOIN comparison c ON c.uid = a.comparison_uid
    WHERE a.state IN ('complete', 'stopped', 'failed') AND a.simulated = 0 AND a.provider <> '' AND a.model <> ''
      AND {{which}})
  INSERT OR REPLACE INTO run(provider, model, started_at, source, comparison_uid, position, local, outcome, begins,
                             {", ".join(_FIGURES)})
  SELECT provider, model, created_at, 'c' || comparison_uid || position, comparison_uid, position, local,
         CASE state WHEN 'complete' THEN '{COMPLETE}' WHEN 'stopped' THEN '{STOPPED}' ELSE {_KIND} END,
         1, {_NUMBERS}
  FROM ended WHERE true"""


def make_table(db: sqlite3.Connection) -> None:
    """A step of the schema: the table, and a row of every answer that is there. A later step that changes the columns
    leaves this one and its statements as they are."""
    db.execute(
        # By model and time, since so it is read; `source` tells apart what began in the same moment. `begins`: nothing
        # of the chat had been sent before, so a server had nothing of it in its cache.
        """CREATE TABLE run(
             provider TEXT NOT NULL,
             model TEXT NOT NULL,
             started_at REAL NOT NULL,
             source TEXT NOT NULL,
             message_id INTEGER UNIQUE REFERENCES message(id) ON DELETE CASCADE,
             comparison_uid TEXT,
             position INTEGER,
             local INTEGER,
             outcome TEXT NOT NULL,
             begins INTEGER NOT NULL,
             ttft_ms REAL,
             load_ms REAL,
             prompt_ms REAL,
             tokens_per_second REAL,
             input_tokens INTEGER,
             cached_tokens INTEGER,
             output_tokens INTEGER,
             estimated INTEGER,
             cost_usd REAL,
             PRIMARY KEY(provider, model, started_at, source),
             FOREIGN KEY(comparison_uid, position) REFERENCES compared_answer(comparison_uid, position)
               ON DELETE CASCADE) WITHOUT ROWID"""
    )
    db.execute("CREATE UNIQUE INDEX run_of_comparison ON run(comparison_uid, position) WHERE position IS NOT NULL")
    db.execute(f"CREATE INDEX run_failed ON run(provider, model, started_at, outcome) WHERE {FAILED}")
    _fill(db)


def _fill(db: sqlite3.Connection) -> None:
    """From the answers alone. Of forks, which copy the moment with the answer, only the first counts; an answer that
    ended in the moment it began was not asked for here."""
    first = (
        "a.id IN (SELECT min(id) FROM message WHERE role = 'assistant' AND finished_at > created_at "
        "GROUP BY created_at, provider, model)"
    )
    db.execute(_OF_CHATS.format(which=first))
    db.execute(_OF_COMPARISONS.format(which="true"))


def bind_passed_over(db: sqlite3.Connection) -> None:
    """A step of the schema: the run of a model that was passed over belongs to the answer given in its place."""
    # Not `message_id`, which is that of the answer's own run and stands once.
    db.execute("ALTER TABLE run ADD COLUMN of_message INTEGER REFERENCES message(id) ON DELETE CASCADE")
    db.execute("CREATE INDEX run_of_message ON run(of_message) WHERE of_message IS NOT NULL")
    _bind(db)


def _bind(db: sqlite3.Connection) -> None:
    """Such a run of an earlier version names its answer in `source`. It goes where that answer is gone, also where
    its number was given to a later one: deleted means deleted."""
    answer = "CAST(substr(run.source, 2) AS INTEGER)"
    db.execute(
        f"UPDATE run SET of_message = (SELECT id FROM message m WHERE m.id = {answer} AND m.role = 'assistant' "
        "AND m.created_at <= run.started_at) WHERE source GLOB 'p*' AND of_message IS NULL"
    )
    db.execute("DELETE FROM run WHERE source GLOB 'p*' AND of_message IS NULL")


def complete_copy(db: sqlite3.Connection, columns: Collection[str]) -> None:
    """What the steps of the schema would have done to the runs of a file, in a copy of all its rows. `columns`: those
    of its table; empty: its version had none.

    Chats are shown whatever becomes of figures: what fails here is told in the log alone.
    """
    try:
        if not columns:
            _fill(db)
        elif "of_message" not in columns:
            _bind(db)
    except sqlite3.Error as exc:
        logger.warning("figures of earlier answers could not be read: %s", exc)


def record_answer(db: sqlite3.Connection, message_id: int) -> None:
    """An answer of a chat is over."""
    db.execute(_OF_CHATS.format(which="a.id = ?"), (message_id,))


def record_compared(db: sqlite3.Connection, uid: str, position: int) -> None:
    """An answer of a comparison is over, or is back."""
    db.execute(_OF_COMPARISONS.format(which="a.comparison_uid = ? AND a.position = ?"), (uid, position))


def forget_answer(db: sqlite3.Connection, message_id: int) -> None:
    """It is the copy of one that ran elsewhere."""
    db.execute("DELETE FROM run WHERE message_id = ?", (message_id,))


def forget_compared(db: sqlite3.Connection, uid: str, position: int) -> None:
    """It is asked again: what it measured goes with its text."""
    db.execute("DELETE FROM run WHERE comparison_uid = ? AND position = ?", (uid, position))


def merge(memory: sqlite3.Connection, file: sqlite3.Connection, message_id: int) -> None:
    """The run of a message that `store_file.merge` brought into the file, where it has none there; and those of the
    models that were passed over for it."""
    for found in rows(memory, "SELECT * FROM run WHERE message_id = ?", (message_id,)):
        if file.execute("SELECT 1 FROM run WHERE message_id = ?", (message_id,)).fetchone() is None:
            insert(file, "run", found)
    there = {found for (found,) in file.execute("SELECT source FROM run WHERE of_message = ?", (message_id,))}
    for found in rows(memory, "SELECT * FROM run WHERE of_message = ?", (message_id,)):
        if found["source"] not in there:
            insert(file, "run", found)
