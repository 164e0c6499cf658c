"""Which models people preferred: the votes of kept comparisons, counted by model."""

from __future__ import annotations

import sqlite3
from itertools import groupby

from app.lean_dataclass import dataclass
from app.services.comparison.task_kind import TaskKind
from app.services.conversations.comparison_rows import LETTERS

#: Tastes change, and models with them: older votes are not asked.
MOST_JUDGED = 5_000
#: Of a prompt, as much as tells its language.
READ_CHARACTERS = 2_000


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
    were bad. `prompt`: its beginning."""

    prompt: str
    kind: str | None
    models: tuple[tuple[str, str], ...]
    winner: tuple[str, str] | None
    bad: bool


def judged_comparisons(db: sqlite3.Connection, most: int = MOST_JUDGED) -> list[JudgedComparison]:
    """The newest, oldest first. For `ConversationStore.read`."""
    found = db.execute(
        "SELECT c.uid, c.vote, a.position, a.provider, a.model, c.kind, substr(c.prompt, 1, ?1) FROM "
        "(SELECT uid, vote, kind, prompt, voted_at FROM comparison WHERE vote IS NOT NULL "
        "ORDER BY voted_at DESC, uid LIMIT ?2) c JOIN compared_answer a ON a.comparison_uid = c.uid "
        "WHERE trim(a.text) <> '' ORDER BY c.voted_at, c.uid, a.position",
        (READ_CHARACTERS, most),
    )
    judged = []
    for _uid, rows in groupby(found, key=lambda row: row[0]):
        answers = list(rows)
        vote, kind, prompt = answers[0][1], answers[0][5], answers[0][6]
        models = tuple((row[3], row[4]) for row in answers)
        winner = next(((row[3], row[4]) for row in answers if LETTERS[row[2]] == vote), None)
        if winner is not None or vote in ("tie", "bad"):
            judged.append(JudgedComparison(prompt, kind, models, winner, vote == "bad"))
    return judged


def votes_by_model(db: sqlite3.Connection, kind: TaskKind | None = None) -> list[ModelVotes]:
    """Of one kind of task, or of all; most wins first. For `ConversationStore.read`.

    An answer without text was not judged and does not count. A model that was asked twice does not lose to itself.
    """
    found = db.execute(
        "SELECT c.uid, c.vote, a.position, a.provider, a.model, a.model_name FROM comparison c "
        "JOIN compared_answer a ON a.comparison_uid = c.uid "
        "WHERE c.vote IS NOT NULL AND (?1 IS NULL OR c.kind = ?1) AND trim(a.text) <> '' "
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
