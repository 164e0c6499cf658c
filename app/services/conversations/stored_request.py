"""What an answer was asked with: how it is stored, and how the exact messages are rebuilt from it.

The texts stand in the rows of the branch above the answer and are not copied: a row's text never changes once it is
whole, an edited prompt is a row of its own, and a row goes for good only together with all that follows it. What can
change, the system prompt and an answer that another process was still writing, is stored with the request.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.services.conversations import attached, queries
from app.services.conversations.records import SentPart, StoredMessage, storable

if TYPE_CHECKING:
    from app.services.llm.models import Message

#: 1: without `left_out` and `unfinished`. 2: without `first` and `summary`. 3: without `continues`.
REQUEST_FORMAT = 4
#: Stored with a parameter that was set and not sent.
NOT_ACCEPTED = "The server does not accept it."


def stored_request(
    prompt_id: int,
    system_prompt: str,
    model: str | None,
    parameters: Mapping[str, Any],
    part: SentPart = SentPart(),
    continues: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What is known before anything is sent; `note_left_out` and `note_unfinished` add to it.

    Of a part of the branch its first place is kept: rows above an answer neither come nor go.
    """
    request: dict[str, Any] = {
        "format": REQUEST_FORMAT,
        "prompt_id": prompt_id,
        "system_prompt": system_prompt,
        "model": model,
        "parameters": dict(parameters),
    }
    if part.first:
        request["first"] = part.first
    if part.summary:
        request["summary"] = part.summary
    if continues is not None:
        request["continues"] = dict(continues)
    return request


def unfinished(history: Iterable[StoredMessage], first: int = 0) -> dict[int, str]:
    """Texts of the history that were still growing when they were sent, by their place in the branch.

    `first`: the place where this history begins.
    """
    return {place: stored.text for place, stored in enumerate(history, first) if stored.status == "streaming"}


def note_left_out(db: sqlite3.Connection, message_id: int, names: Sequence[str]) -> None:
    """Which parameters of an answer's request were set and not sent; none takes back what was noted before."""
    row = db.execute("SELECT request, parameters FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        return
    request, parameters = (json.loads(text or "{}") for text in row)
    request.pop("left_out", None)
    if names:
        request["left_out"] = list(names)
    for name, entry in parameters.items():
        for key in ("sent", "reason"):
            entry.pop(key, None)
        if name in names:
            entry.update(sent=False, reason=NOT_ACCEPTED)
    db.execute(
        "UPDATE message SET request = ?, parameters = ? WHERE id = ?",
        (*(storable(json.dumps(value, ensure_ascii=False)) for value in (request, parameters)), message_id),
    )


def note_unfinished(db: sqlite3.Connection, message_id: int, texts: Mapping[int, str]) -> None:
    """Keep with an answer's request what was sent of texts that go on growing, by their place in the branch."""
    row = db.execute("SELECT request FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is not None:
        request = {**json.loads(row[0] or "{}"), "unfinished": {str(place): text for place, text in texts.items()}}
        text = storable(json.dumps(request, ensure_ascii=False))
        db.execute("UPDATE message SET request = ? WHERE id = ?", (text, message_id))


def name_own_prompt(db: sqlite3.Connection, message_id: int, prompt_id: int | None) -> None:
    """Let the request of a copied answer name the copied prompt: the other one may go, and its number be used again."""
    row = db.execute("SELECT request FROM message WHERE id = ?", (message_id,)).fetchone()
    request = json.loads(row[0]) if row[0] else None
    if isinstance(request, dict) and request.get("prompt_id") not in (None, prompt_id):
        text = storable(json.dumps({**request, "prompt_id": prompt_id}, ensure_ascii=False))
        db.execute("UPDATE message SET request = ? WHERE id = ?", (text, message_id))


def rebuilt_messages(db: sqlite3.Connection, message_id: int) -> tuple[Message, ...] | None:
    """The messages an answer was asked with, as they were sent; None for what is no answer to a request."""
    # Here: the store opens without pydantic.
    from app.services.conversations.context import request_messages
    from app.services.conversations.continuing import continuation_of, continued

    request = queries.request_of(db, message_id)
    if request is None:
        return None
    history = queries.branch_above(db, message_id)
    for place, text in request.get("unfinished", {}).items():
        if int(place) < len(history):  # a request that came with a file may speak of any place
            history[int(place)] = replace(history[int(place)], text=text)
    part = queries.part_of(request)
    sent = history[part.first :]
    messages = request_messages(request["system_prompt"], sent, part.summary, attached.sent_with(db, sent))
    answer = queries.message(db, message_id)
    return continued(messages, continuation_of(request, answer.text if answer is not None else ""))
