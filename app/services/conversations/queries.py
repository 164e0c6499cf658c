"""Everything that reads the store. Plain functions on the owner thread's connection."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from app.services.conversations.attached import BYTES_OF_MESSAGE, with_attachments
from app.services.conversations.records import (
    Conversation,
    CountedAnswer,
    HistoryCut,
    ModelUse,
    OpenedConversation,
    SentPart,
    StoredMessage,
    storable,
)
from app.services.conversations.tags import in_order

_CONVERSATION = """
  SELECT c.id, c.uid, c.title, c.title_by_user, c.created_at, c.updated_at, c.provider, c.model, c.system_prompt,
         c.parameters, c.draft, c.unread, c.pinned, c.deleted_at,
         (SELECT coalesce(max(position) + 1, 0) FROM path WHERE conversation_id = c.id),
         c.queued, c.folder_id, c.archived_at,
         (SELECT group_concat(tag, char(10)) FROM conversation_tag WHERE conversation_id = c.id)
  FROM conversation c """

_MESSAGE_COLUMNS = """m.id, m.conversation_id, m.parent_id, m.role, m.status, m.text, m.reasoning, m.created_at,
  m.finished_at, m.provider, m.model, m.model_name, m.local, m.simulated, m.finish_reason, m.metrics, m.error,
  m.parameters, m.history_cut,
  (SELECT count(*) FROM message s WHERE s.conversation_id = m.conversation_id AND s.parent_id IS m.parent_id
     AND s.role = m.role AND s.deleted_at IS NULL AND s.id <= m.id),
  (SELECT count(*) FROM message s WHERE s.conversation_id = m.conversation_id AND s.parent_id IS m.parent_id
     AND s.role = m.role AND s.deleted_at IS NULL)"""


def _conversation(row: tuple[Any, ...]) -> Conversation:
    values: list[Any] = list(row)
    for flag in (3, 11, 12):
        values[flag] = bool(row[flag])
    values[9] = json.loads(row[9])
    values[15] = tuple(json.loads(row[15]))
    values[18] = in_order(row[18].split("\n")) if row[18] else ()
    return Conversation(*values)


def _message(row: tuple[Any, ...]) -> StoredMessage:
    values: list[Any] = list(row[:19])
    values[12] = None if row[12] is None else bool(row[12])
    values[13] = bool(row[13])
    values[15] = json.loads(row[15]) if row[15] else {}
    values[16] = json.loads(row[16]) if row[16] else None
    values[17] = json.loads(row[17]) if row[17] else None
    values[18] = None if row[18] is None else HistoryCut(**json.loads(row[18]))
    values.append((row[19], row[20]))
    return StoredMessage(*values)


def list_conversations(db: sqlite3.Connection, limit: int, offset: int = 0) -> list[Conversation]:
    """Newest first, pinned ones on top; archived ones, too, but no deleted ones."""
    return conversations_where(
        db,
        "WHERE c.deleted_at IS NULL ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT ? OFFSET ?",
        (limit, offset),
    )


def conversations_where(db: sqlite3.Connection, rest: str, values: Sequence[Any]) -> list[Conversation]:
    """Chats by a statement's end, in which `c` is the chat."""
    return [_conversation(row) for row in db.execute(_CONVERSATION + rest, values)]


def conversation(db: sqlite3.Connection, conversation_id: int) -> Conversation | None:
    row = db.execute(_CONVERSATION + "WHERE c.id = ?", (conversation_id,)).fetchone()
    return _conversation(row) if row else None


def conversation_of_uid(db: sqlite3.Connection, uid: str) -> Conversation | None:
    """Also one in the trash."""
    row = db.execute(_CONVERSATION + "WHERE c.uid = ?", (uid,)).fetchone()
    return _conversation(row) if row else None


def is_message_of(db: sqlite3.Connection, message_id: int, conversation_id: int) -> bool:
    """Whether a chat has this message, and it was not deleted."""
    row = db.execute(
        "SELECT 1 FROM message WHERE id = ? AND conversation_id = ? AND deleted_at IS NULL",
        (message_id, conversation_id),
    ).fetchone()
    return row is not None


def path_length(db: sqlite3.Connection, conversation_id: int) -> int:
    row = db.execute(
        "SELECT coalesce(max(position) + 1, 0) FROM path WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()
    return int(row[0])


def path_messages(db: sqlite3.Connection, conversation_id: int, first: int, count: int) -> list[StoredMessage]:
    """Messages of the shown branch from position `first` on; a running answer with what is journaled so far."""
    rows = db.execute(
        f"SELECT {_MESSAGE_COLUMNS} FROM path p JOIN message m ON m.id = p.message_id "
        "WHERE p.conversation_id = ? AND p.position >= ? AND p.position < ? ORDER BY p.position",
        (conversation_id, first, first + count),
    ).fetchall()
    return with_attachments(db, [_with_journal(db, _message(row)) for row in rows])


def message(db: sqlite3.Connection, message_id: int) -> StoredMessage | None:
    row = db.execute(f"SELECT {_MESSAGE_COLUMNS} FROM message m WHERE m.id = ?", (message_id,)).fetchone()
    return with_attachments(db, [_with_journal(db, _message(row))])[0] if row else None


def answer_before(db: sqlite3.Connection, conversation_id: int, answer_id: int) -> StoredMessage | None:
    """The newest answer of a chat that was asked for before this one, on any branch."""
    row = db.execute(
        f"SELECT {_MESSAGE_COLUMNS} FROM message m WHERE m.conversation_id = ? AND m.id < ? "
        "AND m.role = 'assistant' AND m.request IS NOT NULL ORDER BY m.id DESC LIMIT 1",
        (conversation_id, answer_id),
    ).fetchone()
    return _message(row) if row else None


def branch_above(db: sqlite3.Connection, message_id: int) -> list[StoredMessage]:
    """What a message follows, from the first of its chat on, shown or not, deleted or not."""
    rows = db.execute(
        "WITH RECURSIVE above(id, parent_id, height) AS (SELECT id, parent_id, 0 FROM message WHERE id = ? "
        "UNION ALL SELECT p.id, p.parent_id, height + 1 FROM above a JOIN message p ON p.id = a.parent_id) "
        f"SELECT {_MESSAGE_COLUMNS} FROM above a JOIN message m ON m.id = a.id "
        "WHERE a.height > 0 ORDER BY a.height DESC",
        (message_id,),
    ).fetchall()
    return with_attachments(db, [_with_journal(db, _message(row)) for row in rows])


def _with_journal(db: sqlite3.Connection, stored: StoredMessage) -> StoredMessage:
    if stored.status != "streaming":
        return stored
    pieces = journal_pieces(db, stored.id)
    values = {name: getattr(stored, name) for name in StoredMessage.__slots__}
    return StoredMessage(**{**values, "text": pieces[0], "reasoning": pieces[1]})


def journal_pieces(db: sqlite3.Connection, message_id: int) -> tuple[str, str]:
    """Text and reasoning of a running answer as journaled so far."""
    rows = db.execute(
        "SELECT text, reasoning FROM journal WHERE message_id = ? ORDER BY sequence", (message_id,)
    ).fetchall()
    return "".join(row[0] for row in rows), "".join(row[1] for row in rows)


def has_answers(db: sqlite3.Connection) -> bool:
    """Whether a model ever answered here."""
    row = db.execute("SELECT EXISTS (SELECT 1 FROM message WHERE role = 'assistant' AND text <> '')").fetchone()
    return bool(row[0])


def streaming_answers(db: sqlite3.Connection) -> list[tuple[int, str | None]]:
    """(message, owner) of every answer that is marked as running."""
    return db.execute("SELECT id, owner FROM message WHERE status = 'streaming'").fetchall()


def running_compared_answers(db: sqlite3.Connection) -> list[tuple[str, int, str]]:
    """(comparison, position, owner) of answers side by side that some process writes, or wrote when it ended."""
    return db.execute("SELECT comparison_uid, position, owner FROM compared_answer WHERE owner IS NOT NULL").fetchall()


def request_of(db: sqlite3.Connection, message_id: int) -> dict[str, Any] | None:
    """The exact request an answer was asked with, None for other messages."""
    row = db.execute("SELECT request FROM message WHERE id = ?", (message_id,)).fetchone()
    return json.loads(row[0]) if row and row[0] else None


def position_of(db: sqlite3.Connection, message_id: int) -> tuple[int, int] | None:
    """(conversation, position) of a message on the shown branch; None when it is on another branch."""
    row = db.execute("SELECT conversation_id, position FROM path WHERE message_id = ?", (message_id,)).fetchone()
    return (row[0], row[1]) if row else None


def answers_of(
    db: sqlite3.Connection, conversation_id: int, until: int, count: int, provider: str, model: str
) -> list[CountedAnswer]:
    """Answers of one model among the `count` messages before position `until`, newest first; no text is read.

    An empty `model` means whichever the provider chose.
    """
    rows = db.execute(
        "SELECT p.position, length(CAST(m.text AS BLOB)), m.reasoning <> '', m.metrics, m.request "
        "FROM path p JOIN message m ON m.id = p.message_id "
        "WHERE p.conversation_id = ?1 AND p.position >= ?2 AND p.position < ?3 AND m.role = 'assistant' "
        "AND m.metrics IS NOT NULL AND m.provider = ?4 AND (?5 = '' OR m.model = ?5) ORDER BY p.position DESC",
        (conversation_id, max(0, until - count), until, provider, storable(model)),
    )
    answers = []
    for row in rows:
        request = json.loads(row[4] or "{}")
        answers.append(
            CountedAnswer(
                row[0],
                row[1],
                bool(row[2]),
                json.loads(row[3]),
                request.get("system_prompt", ""),
                part_of(request),
                "continues" in request,
            )
        )
    return answers


def part_of(request: Mapping[str, Any]) -> SentPart:
    """Which part of its branch a stored request held."""
    return SentPart(int(request.get("first", 0)), str(request.get("summary", "")))


def text_bytes(db: sqlite3.Connection, conversation_id: int, first: int, until: int) -> int:
    """Length in UTF-8 of the texts and files of the shown branch from position `first` to before `until`."""
    row = db.execute(
        f"SELECT coalesce(sum(length(CAST(m.text AS BLOB)) + {BYTES_OF_MESSAGE}), 0) "
        "FROM path p JOIN message m ON m.id = p.message_id "
        "WHERE p.conversation_id = ? AND p.position >= ? AND p.position < ?",
        (conversation_id, first, until),
    ).fetchone()
    return int(row[0])


def siblings(db: sqlite3.Connection, message_id: int) -> list[int]:
    """Ids of the versions of a message, itself included, oldest first."""
    rows = db.execute(
        "SELECT s.id FROM message m JOIN message s ON s.conversation_id = m.conversation_id "
        "AND s.parent_id IS m.parent_id AND s.role = m.role WHERE m.id = ? AND s.deleted_at IS NULL ORDER BY s.id",
        (message_id,),
    )
    return [row[0] for row in rows]


def versions(db: sqlite3.Connection, message_id: int) -> list[StoredMessage]:
    """The versions of a message as `siblings` has them, with what they say."""
    return [found for one in siblings(db, message_id) if (found := message(db, one)) is not None]


def sizes(db: sqlite3.Connection, conversation_id: int) -> bytes:
    """Packed estimates of the whole shown branch: little-endian uint32 each (see records)."""
    rows = db.execute("SELECT sizes FROM path_size WHERE conversation_id = ? ORDER BY chunk", (conversation_id,))
    return b"".join(row[0] for row in rows)


def open_conversation(db: sqlite3.Connection, conversation_id: int, last: int) -> OpenedConversation | None:
    """The chat with its estimates and its newest `last` messages; None when it is gone or in the trash."""
    found = conversation(db, conversation_id)
    if found is None or found.deleted_at is not None:
        return None
    first = max(0, found.message_count - last)
    cut = shown_cut(db, conversation_id)
    messages = path_messages(db, conversation_id, first, last)
    return OpenedConversation(found, sizes(db, conversation_id), first, messages, cut[0] if cut else None)


def shown_cut(db: sqlite3.Connection, conversation_id: int, until: int | None = None) -> tuple[int, int] | None:
    """(message, position) of the lowest cut of the shown branch above position `until`; None where there is none."""
    row = db.execute(
        "SELECT m.id, p.position FROM message m JOIN path p ON p.message_id = m.id "
        "WHERE m.conversation_id = ? AND m.history_cut IS NOT NULL AND (?2 IS NULL OR p.position < ?2) "
        "ORDER BY p.position DESC LIMIT 1",
        (conversation_id, until),
    ).fetchone()
    return (row[0], row[1]) if row else None


def shown_part(db: sqlite3.Connection, conversation_id: int, until: int | None = None) -> SentPart:
    """Which part of the shown branch a request would hold that ends above position `until`."""
    found = shown_cut(db, conversation_id, until)
    return SentPart() if found is None else SentPart(found[1] + 1, _cut_of(db, found[0]).summary)


def sent_part(db: sqlite3.Connection, message_id: int) -> SentPart:
    """Which part of its branch a request would hold that ends with this message, shown or not."""
    has_any = db.execute(
        "SELECT 1 FROM message WHERE conversation_id = (SELECT conversation_id FROM message WHERE id = ?) "
        "AND history_cut IS NOT NULL LIMIT 1",
        (message_id,),
    ).fetchone()
    if has_any is None:
        return SentPart()
    above = db.execute(
        "WITH RECURSIVE above(id, parent_id, is_cut) AS "
        "(SELECT id, parent_id, history_cut IS NOT NULL FROM message WHERE id = ? UNION ALL "
        "SELECT p.id, p.parent_id, p.history_cut IS NOT NULL FROM above a JOIN message p ON p.id = a.parent_id) "
        "SELECT id, is_cut FROM above",
        (message_id,),
    ).fetchall()
    for height, (found, is_cut) in enumerate(above):
        if is_cut:
            return SentPart(len(above) - height, _cut_of(db, found).summary)
    return SentPart()


def _cut_of(db: sqlite3.Connection, message_id: int) -> HistoryCut:
    row = db.execute("SELECT history_cut FROM message WHERE id = ?", (message_id,)).fetchone()
    return HistoryCut(**json.loads(row[0]))


def message_sizes(
    db: sqlite3.Connection, conversation_id: int, first: int, until: int
) -> list[tuple[int, int, str, int]]:
    """(position, message, role, length in UTF-8 with its files) of the shown branch from `first` to before `until`; no
    text is read."""
    return db.execute(
        f"SELECT p.position, m.id, m.role, length(CAST(m.text AS BLOB)) + {BYTES_OF_MESSAGE} "
        "FROM path p JOIN message m ON m.id = p.message_id "
        "WHERE p.conversation_id = ? AND p.position >= ? AND p.position < ? "
        "ORDER BY p.position",
        (conversation_id, first, until),
    ).fetchall()


def search_titles(db: sqlite3.Connection, text: str, limit: int) -> list[Conversation]:
    """Chats whose title holds the text, newest first."""
    pattern = "%" + re.sub(r"([\\%_])", r"\\\1", storable(text).replace("\0", "")) + "%"
    return conversations_where(
        db,
        r"WHERE c.deleted_at IS NULL AND c.title LIKE ? ESCAPE '\' ORDER BY c.updated_at DESC LIMIT ?",
        (pattern, limit),
    )


def model_uses(db: sqlite3.Connection) -> list[ModelUse]:
    """Models by last use, newest first."""
    rows = db.execute(
        "SELECT provider, model, last_used_at, uses, favourite FROM model_use ORDER BY last_used_at DESC NULLS LAST"
    )
    return [ModelUse(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def last_used_model(db: sqlite3.Connection, provider: str) -> str | None:
    row = db.execute(
        "SELECT model FROM model_use WHERE provider = ? AND last_used_at IS NOT NULL "
        "ORDER BY last_used_at DESC LIMIT 1",
        (provider,),
    ).fetchone()
    return row[0] if row else None


def recent_prompts(db: sqlite3.Connection, conversation_id: int, limit: int) -> list[str]:
    """The user's own prompts of a chat, newest first (Up in an empty composer)."""
    rows = db.execute(
        "SELECT m.text FROM path p JOIN message m ON m.id = p.message_id "
        "WHERE p.conversation_id = ? AND m.role = 'user' ORDER BY p.position DESC LIMIT ?",
        (conversation_id, limit),
    )
    return [row[0] for row in rows]
