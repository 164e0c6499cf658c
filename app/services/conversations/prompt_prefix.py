"""Why a server could not reuse what it had read before: the request no longer began as the last one of its chat did."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import takewhile
from typing import Literal

from app.services.conversations import queries
from app.services.conversations.stored_request import rebuilt_messages
from app.services.llm.models import Message

PrefixBreak = Literal["model", "system_prompt", "history", "shortened"]

#: Servers reuse in blocks, and never the last tokens: less than this share of the earlier prompt is worth a word.
EXPECTED_SHARE = 0.5


def prefix_break(before: Sequence[Message], now: Sequence[Message], *, same_model: bool = True) -> PrefixBreak | None:
    """What differs at the beginning; None where one request continues the other, or repeats its start."""
    if not same_model:
        return "model"
    if _system(before) != _system(now):
        return "system_prompt"
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False)))
    return None if common == min(len(before), len(now)) else "history"


def broken_by(
    db: sqlite3.Connection,
    conversation_id: int,
    answer_id: int,
    sent: Sequence[Message],
    *,
    provider: str,
    model: str,
    reused: int,
) -> PrefixBreak | None:
    """As `prefix_break`, against the newest request of the chat before this answer's.

    `reused`: the tokens the server says it did not read again. None where it reused most of what it had.
    """
    before = queries.answer_before(db, conversation_id, answer_id)
    if before is None:
        return None
    counted = before.metrics.get("input_tokens")
    if not isinstance(counted, int) or reused >= counted * EXPECTED_SHARE:
        return None
    messages = rebuilt_messages(db, before.id)
    if messages is None:
        return None
    if before.text:
        messages = (*messages, Message(role="assistant", content=before.text))
    found = prefix_break(messages, sent, same_model=(before.provider, before.model) == (provider, model))
    return "shortened" if found == "history" and _was_shortened(db, before.id, answer_id) else found


def _was_shortened(db: sqlite3.Connection, before_id: int, answer_id: int) -> bool:
    """Whether older turns of the earlier request were left out of this one, or put into a summary."""
    before, now = (queries.part_of(queries.request_of(db, one) or {}) for one in (before_id, answer_id))
    return now.first > before.first or (bool(now.summary) and now.summary != before.summary)


def _system(messages: Sequence[Message]) -> str:
    return messages[0].content if messages and messages[0].role == "system" else ""
