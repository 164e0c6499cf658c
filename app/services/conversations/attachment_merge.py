"""Files that were attached, sent or taken off in a store in memory, back into the file: part of `store_file.merge`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from app.services.conversations.merged_rows import insert, row

_RESERVED_HASH = "reserved"


def track(memory: sqlite3.Connection, conversation_id: int, attachment_id: int) -> None:
    """Remember what there is. From this id on new ones are counted, so that a window's chips keep theirs after `merge`;
    the row that holds the place belongs to a chat that is never merged."""
    memory.execute("CREATE TEMP TABLE base_attachment AS SELECT id, conversation_id, message_id, hash FROM attachment")
    memory.execute("INSERT INTO content(hash, size, data) VALUES (?, 0, x'')", (_RESERVED_HASH,))
    memory.execute(
        "INSERT INTO attachment(id, conversation_id, position, name, kind, hash) VALUES (?, ?, 0, '', 'text', ?)",
        (attachment_id, conversation_id, _RESERVED_HASH),
    )


def merge(
    memory: sqlite3.Connection, file: sqlite3.Connection, brought_back: Collection[int], *, everything: bool
) -> None:
    """Where the chat and the message are in the file by now; of chats that it did not have any more, all of it."""
    for gone in memory.execute(
        "SELECT id, conversation_id, hash FROM base_attachment WHERE message_id IS NULL "
        "AND id NOT IN (SELECT id FROM attachment)"
    ).fetchall():
        file.execute(
            "DELETE FROM attachment WHERE id = ? AND conversation_id = ? AND hash = ? AND message_id IS NULL", gone
        )
    base = {known[0]: known[1] for known in memory.execute("SELECT id, message_id FROM base_attachment")}
    for attachment_id, conversation_id, message_id in memory.execute(
        "SELECT id, conversation_id, message_id FROM attachment WHERE hash <> ? ORDER BY id", (_RESERVED_HASH,)
    ).fetchall():
        is_known = attachment_id in base and base[attachment_id] == message_id
        if not is_known or everything or conversation_id in brought_back:
            _merge_one(memory, file, attachment_id)


def _merge_one(memory: sqlite3.Connection, file: sqlite3.Connection, attachment_id: int) -> None:
    ours = row(memory, "attachment", attachment_id)
    assert ours is not None
    theirs = row(file, "attachment", attachment_id)
    if row(file, "conversation", ours["conversation_id"]) is None or (
        ours["message_id"] is not None and row(file, "message", ours["message_id"]) is None
    ):
        return
    same_file = theirs is not None and all(theirs[name] == ours[name] for name in ("conversation_id", "hash"))
    if same_file and theirs is not None and theirs["message_id"] in (None, ours["message_id"]):
        file.execute(
            "UPDATE attachment SET message_id = ?, position = ? WHERE id = ?",
            (ours["message_id"], ours["position"], attachment_id),
        )
        return
    data = memory.execute("SELECT hash, size, data FROM content WHERE hash = ?", (ours["hash"],)).fetchone()
    if data is not None:
        file.execute("INSERT INTO content(hash, size, data) VALUES (?, ?, ?) ON CONFLICT(hash) DO NOTHING", data)
    elif not file.execute("SELECT 1 FROM content WHERE hash = ?", (ours["hash"],)).fetchone():
        return  # it was too large for memory, and the file has it no more
    if theirs is not None:  # another process gave the number to another file
        ours["id"] = None
    insert(file, "attachment", ours)
