"""An answer that Auto chose the model of: whom it may ask, why, and how that is kept with the answer.

It stands among the answer's parameters, where each value says where it came from: `model`, chosen by Auto, with the
reasons; and beside it who was asked first and did not answer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.lean_dataclass import dataclass
from app.services.conversations.records import storable

if TYPE_CHECKING:
    from app.services.llm.stream_events import PassedOver

#: Name among the parameters, and what its origin begins with.
MODEL, CHOSEN_BY_AUTO = "model", "Auto"
INSTEAD_OF = "instead_of"


@dataclass(frozen=True, slots=True)
class Routed:
    """`choices`: (provider, model) in the order in which they are asked, at least one. `why` the first of them."""

    choices: tuple[tuple[str, str], ...]
    why: str = ""

    def entry(self) -> dict[str, Any]:
        """For the parameters of the answer."""
        provider, model = self.choices[0]
        return {"value": f"{provider}:{model}".rstrip(":"), "origin": f"{CHOSEN_BY_AUTO}: {self.why}".rstrip(": ")}


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A model that was asked first and gave no answer; `kind` and `message` of its error."""

    name: str
    kind: str
    message: str


def was_routed(parameters: Mapping[str, Any] | None) -> bool:
    entry = (parameters or {}).get(MODEL)
    return isinstance(entry, dict) and str(entry.get("origin", "")).startswith(CHOSEN_BY_AUTO)


def unanswered(parameters: Mapping[str, Any] | None) -> tuple[Unanswered, ...]:
    """Who was asked before the one that answered, in that order."""
    entry = (parameters or {}).get(MODEL)
    found = entry.get(INSTEAD_OF) if isinstance(entry, dict) else None
    return tuple(
        Unanswered(*(str(one.get(name) or "") for name in ("name", "kind", "message")))
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    )


def record_passed_over(db: sqlite3.Connection, message_id: int, place: int, passed: PassedOver, at: float) -> None:
    """A run that failed although its answer is there, by another model: else one that never answers looked reliable.

    It goes with that answer, whose own run is that of the model that gave it. `place`: how many were asked before it.
    Nothing where no model was named, or a simulated one, or the answer was destroyed meanwhile.
    """
    if passed.model and not passed.simulated:
        db.execute(
            "INSERT OR IGNORE INTO run(provider, model, started_at, source, of_message, local, outcome, begins) "
            "SELECT ?, ?, ?, ?, id, ?, ?, 0 FROM message WHERE id = ?",
            (passed.provider, passed.model, at, f"p{message_id}.{place}", passed.local, passed.kind, message_id),
        )


def note_other_model(
    db: sqlite3.Connection,
    message_id: int,
    asked: tuple[str, str],
    failed: Sequence[Unanswered],
    system_prompt: str,
    parameters: Mapping[str, Any],
    values: Mapping[str, Any],
) -> None:
    """Another model is asked: with what, and who did not answer. `parameters` with their origins, `values` alone."""
    row = db.execute("SELECT request, parameters FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        return
    request, before = (json.loads(text or "{}") for text in row)
    request.update(system_prompt=system_prompt, model=asked[1], parameters=dict(values))
    request.pop("left_out", None)
    instead_of = [{"name": one.name, "kind": one.kind, "message": one.message} for one in failed]
    chosen = {**before.get(MODEL, {}), "value": ":".join(asked), INSTEAD_OF: instead_of}
    texts = (json.dumps(one, ensure_ascii=False) for one in (request, {**parameters, MODEL: chosen}))
    db.execute("UPDATE message SET request = ?, parameters = ? WHERE id = ?", (*map(storable, texts), message_id))
