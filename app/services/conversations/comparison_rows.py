"""What is written of comparisons into the store: plain functions for `ConversationStore.read` and `write`.

Imported when the store opens, so nothing here needs the models.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.services.conversations import answer_runs
from app.services.conversations.merged_rows import insert, rows
from app.services.conversations.records import storable

Vote = Literal["A", "B", "C", "D", "tie", "bad"]
#: Answers by position.
LETTERS: tuple[Vote, ...] = ("A", "B", "C", "D")
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class NewComparison:
    """What is asked. `order_reason`: why models of this computer go in turn; None where all run together."""

    prompt: str
    system_prompt: str = ""
    parameters: dict[str, Any] | None = None
    blind: bool = False
    order_reason: str | None = None


@dataclass(frozen=True, slots=True)
class NewComparedAnswer:
    provider: str
    model: str
    model_name: str
    local: bool
    simulated: bool


@dataclass(frozen=True, slots=True)
class DeletedComparison:
    """All its rows: `put_back` needs them. Of each table, column → value."""

    comparison: dict[str, Any]
    answers: tuple[dict[str, Any], ...]


def create(db: sqlite3.Connection, asked: NewComparison, models: Sequence[NewComparedAnswer], owner: str) -> str:
    """Before anything is sent; returns the uid. `owner`: the process that writes the answers."""
    uid = os.urandom(16).hex()
    db.execute(
        "INSERT INTO comparison(uid, prompt, system_prompt, parameters, blind, order_reason, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            *(uid, storable(asked.prompt), storable(asked.system_prompt), _json(asked.parameters or {})),
            *(asked.blind, asked.order_reason, time.time()),
        ),
    )
    add_answers(db, uid, 0, models, owner)
    return uid


def add_answers(db: sqlite3.Connection, uid: str, first: int, models: Sequence[NewComparedAnswer], owner: str) -> None:
    """From position `first` on; one that is gone meanwhile gets none."""
    if not _is_there(db, uid):
        return
    db.executemany(
        "INSERT INTO compared_answer(comparison_uid, position, provider, model, model_name, local, simulated, state, "
        "owner) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
        [
            (uid, n, one.provider, storable(one.model), storable(one.model_name), one.local, one.simulated, owner)
            for n, one in enumerate(models, first)
        ],
    )


def ask_again(db: sqlite3.Connection, uid: str, position: int, owner: str) -> None:
    """An answer begins anew: nothing of it is left."""
    db.execute(
        "UPDATE compared_answer SET state = 'waiting', text = '', reasoning = '', finish_reason = NULL, "
        "left_out = '[]', metrics = NULL, error = NULL, owner = ? WHERE comparison_uid = ? AND position = ?",
        (owner, uid, position),
    )
    answer_runs.forget_compared(db, uid, position)
    _forget_pieces(db, uid, position)


def journal(
    db: sqlite3.Connection, uid: str, position: int, sequence: int, text: str, reasoning: str, *, anew: bool
) -> None:
    """A piece of an answer that is being written. `anew`: it is all there is, the pieces before it were taken back."""
    if anew:
        _forget_pieces(db, uid, position)
    db.execute(
        "INSERT INTO compared_piece(comparison_uid, position, sequence, text, reasoning) "
        "SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS "
        "(SELECT 1 FROM compared_answer WHERE comparison_uid = ?1 AND position = ?2)",
        (uid, position, sequence, storable(text), storable(reasoning)),
    )


def finish(db: sqlite3.Connection, uid: str, position: int, answer: dict[str, Any]) -> None:
    """The end of an answer, as `ComparedAnswer.as_dict` has it; its pieces are not needed any more."""
    db.execute(
        "UPDATE compared_answer SET state = ?, text = ?, reasoning = ?, finish_reason = ?, left_out = ?, metrics = ?, "
        "error = ?, owner = NULL WHERE comparison_uid = ? AND position = ?",
        (
            *(answer["state"], storable(answer["text"]), storable(answer["reasoning"]), answer["finish_reason"]),
            *(_json(answer["left_out"]), _json_or_none(answer["metrics"]), _json_or_none(answer["error"])),
            *(uid, position),
        ),
    )
    answer_runs.record_compared(db, uid, position)
    _forget_pieces(db, uid, position)


def set_vote(db: sqlite3.Connection, uid: str, vote: Vote | None, kind: str | None) -> None:
    """None takes it back. `kind` of the task: see `task_kind`. A vote shows the names of a blind comparison."""
    now = time.time()
    db.execute(
        "UPDATE comparison SET vote = ?1, kind = ?2, voted_at = CASE WHEN ?1 IS NULL THEN NULL ELSE ?3 END, "
        "revealed_at = coalesce(revealed_at, ?3) WHERE uid = ?4",
        (vote, kind, now, uid),
    )


def reveal(db: sqlite3.Connection, uid: str) -> None:
    """The names of a blind comparison were shown without a vote."""
    db.execute("UPDATE comparison SET revealed_at = coalesce(revealed_at, ?) WHERE uid = ?", (time.time(), uid))


def delete(db: sqlite3.Connection, uid: str) -> DeletedComparison | None:
    """Take it away; None where it is gone already. Pieces of answers that run are lost: stop them first."""
    found = rows(db, "SELECT * FROM comparison WHERE uid = ?", (uid,))
    if not found:
        return None
    answers = rows(db, "SELECT * FROM compared_answer WHERE comparison_uid = ? ORDER BY position", (uid,))
    db.execute("DELETE FROM comparison WHERE uid = ?", (uid,))
    return DeletedComparison(found[0], tuple(answers))


def put_back(db: sqlite3.Connection, deleted: DeletedComparison) -> None:
    """Undo `delete`."""
    if _is_there(db, deleted.comparison["uid"]):
        return
    insert(db, "comparison", deleted.comparison)
    for row in deleted.answers:
        insert(db, "compared_answer", row)
        answer_runs.record_compared(db, row["comparison_uid"], row["position"])


# -- after a crash


def running_answers(db: sqlite3.Connection) -> list[tuple[str, int, str]]:
    """(uid, position, owner) of answers that some process writes, or wrote when it ended."""
    return db.execute("SELECT comparison_uid, position, owner FROM compared_answer WHERE owner IS NOT NULL").fetchall()


def mark_interrupted(db: sqlite3.Connection, uid: str, position: int) -> None:
    """Its process is gone: what it had written becomes the answer, also where its turn had not come."""
    pieces = db.execute(
        "SELECT text, reasoning FROM compared_piece WHERE comparison_uid = ? AND position = ? ORDER BY sequence",
        (uid, position),
    ).fetchall()
    db.execute(
        "UPDATE compared_answer SET state = ?, text = ?, reasoning = ?, owner = NULL "
        "WHERE comparison_uid = ? AND position = ?",
        (INTERRUPTED, "".join(row[0] for row in pieces), "".join(row[1] for row in pieces), uid, position),
    )
    _forget_pieces(db, uid, position)


def _forget_pieces(db: sqlite3.Connection, uid: str, position: int) -> None:
    db.execute("DELETE FROM compared_piece WHERE comparison_uid = ? AND position = ?", (uid, position))


def _is_there(db: sqlite3.Connection, uid: str) -> bool:
    return db.execute("SELECT 1 FROM comparison WHERE uid = ?", (uid,)).fetchone() is not None


def _json(value: Any) -> str:
    return storable(json.dumps(value, ensure_ascii=False))


def _json_or_none(value: Any) -> str | None:
    return None if value is None else _json(value)
