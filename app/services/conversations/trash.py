"""Chats that were thrown away: into the trash, out of it, and for good.

Plain functions inside one transaction, like those of `changes`.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable

logger = logging.getLogger(__name__)

TRASH_SECONDS = 30 * 86_400
#: A clock this far beyond the newest chat is taken for wrong: nothing is removed for good on its word.
IMPLAUSIBLE_SECONDS = 400 * 86_400
#: Of a file that is written anew when something was removed for good; that takes about 0.3 s.
MAX_REWRITTEN_BYTES = 64 * 1024 * 1024
_UNTIDY = "to_write_anew"
#: Levels of a full-text index from which on it is filled anew.
MOST_LEVELS = 500


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
    """The full-text indexes keep the words of deleted rows in their old segments until they are merged.

    That the file has to be written anew (`leave_no_copies`) is marked in it, so that a crash does not forget it.
    """
    from app.services.conversations import word_parts  # here: no start needs its patterns

    db.execute(f"CREATE TABLE IF NOT EXISTS {_UNTIDY}(marked INTEGER)")
    indexes = ["message_fts", "message_prefix", *([word_parts.INDEX] if word_parts.is_kept(db) else [])]
    for index in indexes:
        if _levels(db, index) >= MOST_LEVELS:
            _fill_anew(db, index)
        db.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")


def _levels(db: sqlite3.Connection, index: str) -> int:
    """Of the tree of a full-text index: its second number of variable length, behind four bytes (`fts5_index.c`)."""
    block = db.execute(f"SELECT block FROM {index}_data WHERE id = 10").fetchone()[0]
    levels = 0
    for byte in block[4:13]:
        levels = levels << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    return levels


def _fill_anew(db: sqlite3.Connection, index: str) -> None:
    """Each 'optimize' adds a level where something was written since, and from 2,000 on SQLite 3.40 reads the index no
    more and calls the file damaged."""
    if index == "message_fts":
        db.execute("INSERT INTO message_fts(message_fts) VALUES ('rebuild')")
        db.execute(  # running answers come into it when they are done
            "INSERT INTO message_fts(message_fts, rowid, text) "
            "SELECT 'delete', id, text FROM message WHERE status = 'streaming'"
        )
        return
    from app.services.conversations import word_parts  # here: as above

    progress = word_parts.PROGRESS if index == word_parts.INDEX else "prefix_progress"
    db.execute(f"INSERT INTO {index}({index}) VALUES ('delete-all')")
    db.execute(
        f"INSERT INTO {index}(rowid, text) SELECT id, text FROM message "
        f"WHERE status <> 'streaming' AND id >= (SELECT lowest FROM {progress})"
    )


def is_untidy(db: sqlite3.Connection) -> bool:
    """Whether something was removed for good since the file was written anew."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_UNTIDY,)).fetchone() is not None


def leave_no_copies(db: sqlite3.Connection) -> bool:
    """Write the file anew where something was removed for good; outside a transaction. False: not yet.

    `secure_delete` is not enough: where SQLite divides a page that is full, it leaves copies of rows in the unused
    part, and zeroes only the rows themselves when they are deleted. It waits for answers that are being written, whose
    text must be on the disk at once. Of a file larger than `MAX_REWRITTEN_BYTES`, which would keep all waiting, and
    where another process is at work in it or the disk is too full, the copies stay until SQLite uses their place.
    """
    if not is_untidy(db):
        return True
    if db.execute("SELECT 1 FROM message WHERE status = 'streaming' LIMIT 1").fetchone() is not None:
        return False
    size = db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0]
    try:
        if size <= MAX_REWRITTEN_BYTES:
            db.execute("VACUUM")
        db.execute(f"DROP TABLE {_UNTIDY}")
    except sqlite3.OperationalError as exc:
        logger.warning("the store is not written anew: %s", exc)
    return True
