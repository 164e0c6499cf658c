"""Comparisons as they were kept: read back for the list, for showing one again, and for going on with one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import field, fields
from typing import Any

from app.lean_dataclass import dataclass
from app.services.comparison.compared_answer import AnswerState, ComparedAnswer
from app.services.comparison.task_kind import TaskKind, kind_of
from app.services.conversations.comparison_rows import LETTERS, Vote
from app.services.conversations.merged_rows import rows
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import Resolved
from app.services.llm.metering import AnswerMetrics
from app.services.llm.models import ModelConfig

MOST_LISTED = 200
_METRICS = {one.name for one in fields(AnswerMetrics)}


@dataclass(frozen=True, slots=True)
class KeptComparison:
    """Times are seconds since the epoch, UTC. `answers` grow while they are written."""

    uid: str
    prompt: str
    blind: bool
    created_at: float
    system_prompt: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    order_reason: str | None = None
    revealed: bool = False
    vote: Vote | None = None
    answers: tuple[ComparedAnswer, ...] = ()

    @property
    def is_over(self) -> bool:
        return all(one.is_over for one in self.answers)

    @property
    def can_vote(self) -> bool:
        """All are over, and there are two to choose from."""
        return self.is_over and sum(bool(one.text.strip()) for one in self.answers) > 1

    @property
    def hidden(self) -> bool:
        """Whether the names must not be seen: until the vote, or until nothing is left to vote on."""
        return self.blind and not self.revealed and (not self.is_over or self.can_vote)

    @property
    def kind(self) -> TaskKind:
        return kind_of(self.prompt, (one.text for one in self.answers))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, answers and names included."""
        return {
            "prompt": self.prompt,
            "system_prompt": self.system_prompt,
            "parameters": self.parameters,
            "created_at": self.created_at,
            "blind": self.blind,
            "order_reason": self.order_reason,
            "vote": self.vote,
            "answers": [{"letter": LETTERS[n], **one.as_dict()} for n, one in enumerate(self.answers)],
        }


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """A line of the list. `names` is empty while they must not be seen."""

    uid: str
    prompt: str
    created_at: float
    names: tuple[str, ...]
    vote: Vote | None


def kept_comparison(db: sqlite3.Connection, uid: str) -> KeptComparison | None:
    """None where it was deleted."""
    found = rows(db, "SELECT * FROM comparison WHERE uid = ?", (uid,))
    if not found:
        return None
    row = found[0]
    answers = rows(db, "SELECT * FROM compared_answer WHERE comparison_uid = ? ORDER BY position", (uid,))
    return KeptComparison(
        uid=uid,
        prompt=row["prompt"],
        blind=bool(row["blind"]),
        created_at=row["created_at"],
        system_prompt=row["system_prompt"],
        parameters=_object(row["parameters"]),
        order_reason=row["order_reason"],
        revealed=row["revealed_at"] is not None,
        vote=row["vote"],
        answers=tuple(_answer(one) for one in answers),
    )


def listed(db: sqlite3.Connection, most: int = MOST_LISTED) -> list[ComparisonRow]:
    """The newest first, without what was answered."""
    found = db.execute(
        "SELECT uid, substr(prompt, 1, 200), created_at, vote, blind AND revealed_at IS NULL FROM comparison "
        "ORDER BY created_at DESC, uid LIMIT ?",
        (most,),
    ).fetchall()
    return [
        ComparisonRow(uid, prompt, created_at, () if hidden else _names(db, uid), vote)
        for uid, prompt, created_at, vote, hidden in found
    ]


def _names(db: sqlite3.Connection, uid: str) -> tuple[str, ...]:
    found = db.execute(
        "SELECT coalesce(nullif(model_name, ''), model) FROM compared_answer WHERE comparison_uid = ? "
        "ORDER BY position",
        (uid,),
    )
    return tuple(name for (name,) in found)


def _answer(row: dict[str, Any]) -> ComparedAnswer:
    about = ModelConfig(name=row["model"], provider=row["provider"], metadata={"display_name": row["model_name"]})
    model = Resolved(row["provider"], row["model"], bool(row["local"]), bool(row["simulated"]), about)
    state = next((one for one in AnswerState if one.value == row["state"]), AnswerState.INTERRUPTED)
    answer = ComparedAnswer.kept(model, state, row["text"], row["reasoning"])
    answer.finish_reason = row["finish_reason"]
    answer.left_out = tuple(_list(row["left_out"]))
    metrics = _object(row["metrics"])
    if metrics:
        answer.metrics = AnswerMetrics(**{"estimated": False, **{k: v for k, v in metrics.items() if k in _METRICS}})
    answer.error = _error(_object(row["error"]))
    return answer


def _error(value: dict[str, Any]) -> LLMError | None:
    if not value:
        return None
    kind = next((one for one in ErrorKind if one.value == value.get("kind")), ErrorKind.SERVER_ERROR)
    return LLMError(kind, str(value.get("message") or ""), str(value.get("hint") or ""))


def _object(text: str | None) -> dict[str, Any]:
    value = _loaded(text)
    return value if isinstance(value, dict) else {}


def _list(text: str | None) -> Sequence[str]:
    value = _loaded(text)
    return [str(one) for one in value] if isinstance(value, list) else []


def _loaded(text: str | None) -> Any:
    """None for what is damaged: the text of an answer is worth more than its figures."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
