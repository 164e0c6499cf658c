"""Which models people preferred: the votes of kept comparisons, counted by model."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass
from app.services.comparison.task_kind import TaskKind
from app.services.conversations.comparison_rows import LETTERS

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

#: Tastes change, and models with them: older votes are not asked.
MOST_JUDGED = 5_000
#: Comparisons that are looked at in one go, so that the store's thread is soon free again: the texts of their answers
#: may be long.
SLICE = 100
#: Of a prompt, as much as tells its language.
READ_CHARACTERS = 2_000
#: An answer that has text; unlike trimming it this ends at the first letter.
_HAS_TEXT = "a.text GLOB '*[^ ]*'"


@dataclass(slots=True)
class ModelVotes:
    """Of one model. `bad`: how often all answers, its own among them, were bad."""

    provider: str
    model: str
    name: str
    wins: int = 0
    ties: int = 0
    losses: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class JudgedComparison:
    """A comparison with a vote. Models are (provider, id), those whose answers had text; `winner` None: a tie, or all
    were bad."""

    uid: str
    kind: str | None
    models: tuple[tuple[str, str], ...]
    winner: tuple[str, str] | None
    bad: bool


async def judged_uids(store: ConversationStore, most: int = MOST_JUDGED) -> list[str]:
    """The comparisons with a vote that were judged last, the newest first."""
    found: list[tuple[float, str]] = []
    after: int | None = 0
    while after is not None:
        after, judged = await store.read(_judged_behind, after, SLICE)
        found += judged
    return [uid for _at, uid in sorted(found, key=lambda one: (-one[0], one[1]))[:most]]


def _judged_behind(db: sqlite3.Connection, after: int, most: int) -> tuple[int | None, list[tuple[float, str]]]:
    """When each of the next comparisons was judged, as far as it was; and the row to go on behind, None at the end."""
    rows = db.execute(
        "SELECT rowid, vote, voted_at, uid FROM comparison WHERE rowid > ? ORDER BY rowid LIMIT ?", (after, most)
    ).fetchall()
    judged = [(voted_at or 0.0, uid) for _row, vote, voted_at, uid in rows if vote is not None]
    return (rows[-1][0] if len(rows) == most else None), judged


def judged_comparisons(db: sqlite3.Connection, uids: Sequence[str]) -> list[JudgedComparison]:
    """Of these, a slice of them, those with a vote. For `ConversationStore.read`."""
    found = db.execute(
        "SELECT c.uid, c.vote, a.position, a.provider, a.model, c.kind FROM comparison c "
        "JOIN compared_answer a ON a.comparison_uid = c.uid "
        f"WHERE c.uid IN (SELECT value FROM json_each(?)) AND c.vote IS NOT NULL AND {_HAS_TEXT} "
        "ORDER BY c.uid, a.position",
        (json.dumps(list(uids)),),
    )
    judged = []
    for uid, rows in groupby(found, key=lambda row: row[0]):
        answers = list(rows)
        vote, kind = answers[0][1], answers[0][5]
        models = tuple((row[3], row[4]) for row in answers)
        winner = next(((row[3], row[4]) for row in answers if LETTERS[row[2]] == vote), None)
        if winner is not None or vote in ("tie", "bad"):
            judged.append(JudgedComparison(uid, kind, models, winner, vote == "bad"))
    return judged


def beginnings_of_prompts(db: sqlite3.Connection, uids: Sequence[str]) -> dict[str, str]:
    """By the comparison's uid, as much of each as tells its language. For `ConversationStore.read`."""
    return dict(
        db.execute(
            "SELECT uid, substr(prompt, 1, ?) FROM comparison WHERE uid IN (SELECT value FROM json_each(?))",
            (READ_CHARACTERS, json.dumps(list(uids))),
        ).fetchall()
    )


def votes_by_model(db: sqlite3.Connection, kind: TaskKind | None = None) -> list[ModelVotes]:
    """Of one kind of task, or of all; most wins first. For `ConversationStore.read`.

    An answer without text was not judged and does not count. A model that was asked twice does not lose to itself.
    """
    found = db.execute(
        "SELECT c.uid, c.vote, a.position, a.provider, a.model, a.model_name FROM comparison c "
        "JOIN compared_answer a ON a.comparison_uid = c.uid "
        f"WHERE c.vote IS NOT NULL AND (?1 IS NULL OR c.kind = ?1) AND {_HAS_TEXT} "
        "ORDER BY c.voted_at, c.uid, a.position",
        (kind,),
    )
    counted: dict[tuple[str, str], ModelVotes] = {}
    for _uid, rows in groupby(found, key=lambda row: row[0]):
        answers = list(rows)
        vote = answers[0][1]
        winner = next(((row[3], row[4]) for row in answers if LETTERS[row[2]] == vote), None)
        for provider, model, name in {(row[3], row[4]): row[3:6] for row in answers}.values():
            votes = counted.setdefault((provider, model), ModelVotes(provider, model, name or model))
            votes.name = name or votes.name
            if vote == "tie":
                votes.ties += 1
            elif vote == "bad":
                votes.bad += 1
            elif winner == (provider, model):
                votes.wins += 1
            elif winner is not None:
                votes.losses += 1
    return sorted(counted.values(), key=lambda one: (-one.wins, one.losses, one.name.casefold()))
