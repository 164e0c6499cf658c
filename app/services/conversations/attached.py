"""Files in the store: of the draft of a chat until it is sent, then of the message. What they hold is stored once.

Plain functions on the owner thread's connection; those that write run inside a transaction. The `text` of a row is
what a model reads of the file, byte for byte, so that a chat that goes on begins as it did before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from app.services.attachments.attachment import Attachment
from app.services.attachments.excerpt import line_count
from app.services.attachments.pictures import TOKENS as PICTURE_TOKENS
from app.services.conversations.records import SentFiles, StoredAttachment, StoredMessage, storable
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.metering import CHARACTERS_PER_TOKEN, tokens_of_size
from app.services.wording import say

PICTURE_BYTES = round(PICTURE_TOKENS * CHARACTERS_PER_TOKEN)
_COPIED = "name, kind, media_type, hash, text, shown_lines"
_COLUMNS = """a.message_id, a.id, a.name, a.kind, a.media_type, a.hash, a.shown_lines, c.size,
  length(CAST(a.text AS BLOB)), substr(a.text, 1, instr(a.text, char(10)) - 1),
  length(a.text) - length(replace(a.text, char(10), ''))"""
_FROM = f"SELECT {_COLUMNS} FROM attachment a JOIN content c ON c.hash = a.hash "
#: The tokens that a file takes, as a length in UTF-8: what is estimated is estimated from that.
_BYTES = f"CASE WHEN a.text IS NULL THEN {PICTURE_BYTES} ELSE length(CAST(a.text AS BLOB)) END"
#: Those of all files of message `m`.
BYTES_OF_MESSAGE = f"coalesce((SELECT sum({_BYTES}) FROM attachment a WHERE a.message_id = m.id), 0)"


def _stored(row: tuple[Any, ...]) -> StoredAttachment:
    _message_id, row_id, name, kind, media_type, digest, shown_lines, size, length, heading, newlines = row
    if length is None:
        return StoredAttachment(row_id, name, kind, media_type, digest, size, PICTURE_TOKENS)
    lines = line_count(heading, newlines)
    return StoredAttachment(row_id, name, kind, media_type, digest, size, tokens_of_size(length), lines, shown_lines)


# -- reading


def of_draft(db: sqlite3.Connection, conversation_id: int) -> list[StoredAttachment]:
    """What is attached to the prompt that is being written."""
    of_it = "WHERE a.conversation_id = ? AND a.message_id IS NULL ORDER BY a.position"
    rows = db.execute(_FROM + of_it, (conversation_id,))
    return [_stored(row) for row in rows]


def with_attachments(db: sqlite3.Connection, messages: list[StoredMessage]) -> list[StoredMessage]:
    """The messages with what went with them; one query, whatever their number."""
    prompts = [message.id for message in messages if message.role == "user"]
    if not prompts:
        return messages
    found: dict[int, list[StoredAttachment]] = {}
    for row in db.execute(
        _FROM + "WHERE a.message_id IN (SELECT value FROM json_each(?)) ORDER BY a.message_id, a.position",
        (json.dumps(prompts),),
    ):
        found.setdefault(row[0], []).append(_stored(row))
    if not found:
        return messages
    return [replace(m, attachments=tuple(found[m.id])) if m.id in found else m for m in messages]


def sent_with(db: sqlite3.Connection, messages: Iterable[StoredMessage]) -> dict[int, SentFiles]:
    """By message, what a model is given of its files."""
    with_files = [message.id for message in messages if message.attachments]
    found: dict[int, SentFiles] = {}
    for message_id, name, text, media_type, digest in db.execute(
        "SELECT message_id, name, text, media_type, hash FROM attachment "
        "WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY message_id, position",
        (json.dumps(with_files),),
    ).fetchall():
        before = found.get(message_id, SentFiles())
        if text is not None:
            found[message_id] = replace(before, texts=(*before.texts, text))
        else:
            picture = (media_type, content(db, digest) or b"")
            found[message_id] = replace(
                before, pictures=(*before.pictures, picture), picture_names=(*before.picture_names, name)
            )
    return found


def content(db: sqlite3.Connection, digest: str) -> bytes | None:
    """What is stored under a hash; None where it is gone."""
    row = db.execute("SELECT data FROM content WHERE hash = ?", (digest,)).fetchone()
    return bytes(row[0]) if row else None


def whole(db: sqlite3.Connection, attachment_id: int) -> Attachment | None:
    """All of an attachment, so that it can be attached once more; None where it is gone."""
    row = db.execute(
        "SELECT a.name, a.kind, a.media_type, c.data, a.text, a.shown_lines FROM attachment a "
        "JOIN content c ON c.hash = a.hash WHERE a.id = ?",
        (attachment_id,),
    ).fetchone()
    return Attachment(*row) if row else None


def all_of(db: sqlite3.Connection, conversation_id: int, message_id: int | None) -> list[Attachment]:
    """The whole attachments of a message, None = of the draft."""
    rows = db.execute(
        "SELECT a.name, a.kind, a.media_type, c.data, a.text, a.shown_lines FROM attachment a "
        "JOIN content c ON c.hash = a.hash WHERE a.message_id IS ? AND a.conversation_id = ? ORDER BY a.position",
        (message_id, conversation_id),
    )
    return [Attachment(*row) for row in rows.fetchall()]


def file_bytes(db: sqlite3.Connection, conversation_id: int, first: int, until: int) -> int:
    """As `queries.text_bytes`, of the files of those messages alone."""
    row = db.execute(
        f"SELECT coalesce(sum({_BYTES}), 0) FROM path p JOIN attachment a ON a.message_id = p.message_id "
        "WHERE p.conversation_id = ? AND p.position >= ? AND p.position < ?",
        (conversation_id, first, until),
    ).fetchone()
    return int(row[0])


def has_pictures(db: sqlite3.Connection, conversation_id: int, first: int, until: int) -> bool:
    """Whether a picture went with any of the shown messages from position `first` to before `until`."""
    row = db.execute(
        "SELECT 1 FROM path p JOIN attachment a ON a.message_id = p.message_id "
        "WHERE p.conversation_id = ? AND p.position >= ? AND p.position < ? AND a.kind = 'image' LIMIT 1",
        (conversation_id, first, until),
    ).fetchone()
    return row is not None


# -- writing


def add(
    db: sqlite3.Connection, conversation_id: int, attachment: Attachment, message_id: int | None = None
) -> StoredAttachment:
    """Attach to the draft of a chat, or to one of its messages."""
    db.execute(
        "INSERT INTO content(hash, size, data) VALUES (?, ?, ?) ON CONFLICT(hash) DO NOTHING",
        (attachment.hash, len(attachment.data), attachment.data),
    )
    text = None if attachment.text is None else storable(attachment.text)
    cursor = db.execute(
        f"INSERT INTO attachment(conversation_id, message_id, position, {_COPIED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation_id,
            message_id,
            _next_position(db, conversation_id, message_id),
            storable(attachment.name),
            attachment.kind,
            attachment.media_type,
            attachment.hash,
            text,
            attachment.shown_lines,
        ),
    )
    return _stored(db.execute(_FROM + "WHERE a.id = ?", (cursor.lastrowid,)).fetchone())


def remove_from_draft(db: sqlite3.Connection, attachment_id: int) -> Attachment | None:
    """Take it off the draft and return it, so that this can be undone; a message's attachment stays where it is."""
    found = whole(db, attachment_id)
    gone = db.execute("DELETE FROM attachment WHERE id = ? AND message_id IS NULL", (attachment_id,)).rowcount
    return found if gone else None


def give_to_message(db: sqlite3.Connection, conversation_id: int, message_id: int, ids: Sequence[int]) -> None:
    """Of the draft they move to the message; of another message, whose new version this is, they are shared.

    Raises:
        LLMError: config, one of them is not in this chat.
    """
    for position, attachment_id in enumerate(ids):
        moved = db.execute(
            "UPDATE attachment SET message_id = ?, position = ? "
            "WHERE id = ? AND message_id IS NULL AND conversation_id = ?",
            (message_id, position, attachment_id, conversation_id),
        ).rowcount
        shared = (
            moved
            or db.execute(
                f"INSERT INTO attachment(conversation_id, message_id, position, {_COPIED}) "
                f"SELECT ?, ?, ?, {_COPIED} FROM attachment WHERE id = ? AND conversation_id = ?",
                (conversation_id, message_id, position, attachment_id, conversation_id),
            ).rowcount
        )
        if not shared:  # ids are used again: what another chat has under this one is somebody else's file
            raise LLMError(ErrorKind.CONFIG, say("A file of this message is no longer there."), say("Attach it again."))


def copy_to_message(db: sqlite3.Connection, source_id: int, conversation_id: int, message_id: int) -> None:
    """What went with one message goes with its copy, too."""
    db.execute(
        f"INSERT INTO attachment(conversation_id, message_id, position, {_COPIED}) "
        f"SELECT ?, ?, position, {_COPIED} FROM attachment WHERE message_id = ? ORDER BY position",
        (conversation_id, message_id, source_id),
    )


def _next_position(db: sqlite3.Connection, conversation_id: int, message_id: int | None) -> int:
    row = db.execute(
        "SELECT coalesce(max(position) + 1, 0) FROM attachment WHERE conversation_id = ? AND message_id IS ?",
        (conversation_id, message_id),
    ).fetchone()
    return int(row[0])
