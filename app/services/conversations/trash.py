"""Chats that were thrown away: into the trash, out of it, and for good.

Plain functions inside one transaction, like those of `changes`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

TRASH_SECONDS = 30 * 86_400
#: A clock this far beyond the newest chat is taken for wrong: nothing is removed for good on its word.
IMPLAUSIBLE_SECONDS = 400 * 86_400


def delete_conversations(db: sqlite3.Connection, conversation_ids: Iterable[int], now: float) -> None:
    """Into the trash; `restore_conversations` undoes it, `purge_trash` ends it after 30 days.

    Dated no earlier than the chat itself: a clock that is reset for a while must not shorten the 30 days.
    """
    db.executemany(
        "UPDATE conversation SET deleted_at = max(?, updated_at) WHERE id = ? AND deleted_at IS NULL",
        [(now, conversation_id) for conversation_id in conversation_ids],
    )


def restore_conversations(db: sqlite3.Connection, conversation_ids: Iterable[int]) -> None:
    db.executemany("UPDATE conversation SET deleted_at = NULL WHERE id = ?", [(i,) for i in conversation_ids])


def purge_trash(db: sqlite3.Connection, now: float) -> int:
    """Remove for good what has been in the trash for 30 days; returns how many rows of both kinds.

    Does nothing while the clock is implausibly far ahead of the newest chat; the next sound start makes up for it.
    """
    newest = db.execute("SELECT max(updated_at) FROM conversation").fetchone()[0]
    if newest is None or now - newest > IMPLAUSIBLE_SECONDS:
        return 0
    limit = now - TRASH_SECONDS
    # The table of doomed ones stands within: of a statement that begins with it sqlite3 does not count the rows.
    gone = db.execute(
        "DELETE FROM message WHERE id IN (WITH RECURSIVE doomed(id) AS (SELECT id FROM message WHERE deleted_at < ? "
        "UNION SELECT m.id FROM message m JOIN doomed d ON m.parent_id = d.id) SELECT id FROM doomed)",
        (limit,),
    ).rowcount
    gone += db.execute("DELETE FROM conversation WHERE deleted_at < ?", (limit,)).rowcount
    if gone:
        _forget_deleted_words(db)
    return gone


def destroy_conversation(db: sqlite3.Connection, conversation_id: int) -> None:
    """Remove for good, at once."""
    db.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))
    _forget_deleted_words(db)


def destroy_trashed(db: sqlite3.Connection, conversation_ids: Iterable[int]) -> int:
    """Remove for good those of them that are still in the trash; returns how many that were."""
    sql = "DELETE FROM conversation WHERE id = ? AND deleted_at IS NOT NULL"
    gone = sum(db.execute(sql, (one,)).rowcount for one in conversation_ids)
    if gone:
        _forget_deleted_words(db)
    return gone


def _forget_deleted_words(db: sqlite3.Connection) -> None:
    """The full-text indexes keep the words of deleted rows in their old segments until they are merged."""
    for index in ("message_fts", "message_prefix"):
        db.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")
