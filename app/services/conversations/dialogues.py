"""Whole dialogues that other programs put into the store."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from app.services.conversations import changes
from app.services.conversations.records import MessageRole

Dialogue = Sequence[tuple[MessageRole, str]]


def saved(db: sqlite3.Connection, title: str, by_user: bool, messages: Dialogue) -> int:
    """A new chat with these messages, or none at all; its id. `by_user`: no later guess may replace the title."""
    now = time.time()
    chat = changes.create_conversation(db, now, title=title)
    changes.rename(db, chat, title, by_user=by_user)
    changes.import_messages(db, chat, messages, now)
    return chat


def added(db: sqlite3.Connection, conversation_id: int, messages: Dialogue) -> bool:
    """Put messages behind the last one that is shown; False while an answer is being written in that chat.

    Looked and written in one transaction: the window may begin an answer between the two.
    """
    busy = db.execute(
        "SELECT EXISTS (SELECT 1 FROM message WHERE conversation_id = ? AND status = 'streaming')", (conversation_id,)
    ).fetchone()[0]
    if not busy:
        changes.import_messages(db, conversation_id, messages, time.time())
    return not busy
