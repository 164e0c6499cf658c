"""Going on with one of the compared answers: a chat that begins with the prompt and that answer."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

from app.services.conversations import answer_runs, changes
from app.services.conversations.changes import NewAnswer
from app.services.conversations.stored_request import stored_request

if TYPE_CHECKING:
    from app.services.conversations.kept_comparisons import KeptComparison

TITLE_CHARACTERS = 60


def make_chat(db: sqlite3.Connection, kept: KeptComparison, position: int, owner: str) -> int:
    """A chat with that model, the settings of the comparison, the prompt and the answer; returns its id."""
    answer, now = kept.answers[position], time.time()
    chosen = answer.model
    title = " ".join(kept.prompt.split())
    chat = changes.create_conversation(
        db,
        now,
        title=title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1] + "…",
        provider=chosen.provider,
        model=chosen.model,
        system_prompt=kept.system_prompt,
    )
    prompt_id = changes.add_user_message(db, chat, None, kept.prompt, now)
    new = NewAnswer(
        chosen.provider,
        chosen.model,
        answer.name,
        chosen.local,
        chosen.simulated,
        stored_request(prompt_id, kept.system_prompt, chosen.model, kept.parameters),
        {name: {"value": value, "origin": "comparison"} for name, value in kept.parameters.items()},
        owner,
    )
    answer_id = changes.begin_answer(db, chat, prompt_id, new, now)
    is_whole = answer.finish_reason is not None and answer.error is None
    changes.finish_answer(
        db,
        answer_id,
        "complete" if is_whole else "stopped",
        answer.text,
        answer.reasoning,
        now,
        metrics=answer.metrics.as_dict() if answer.metrics is not None else {},
        finish_reason=answer.finish_reason,
    )
    answer_runs.forget_answer(db, answer_id)
    return chat
