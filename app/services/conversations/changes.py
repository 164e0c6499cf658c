"""Everything that writes the store. Plain functions run inside one transaction on the owner thread.

Each can be run again on another connection: nothing here depends on state outside the database.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from app.lean_dataclass import dataclass
from app.services.conversations import answer_runs, attached, stored_request
from app.services.conversations.records import MessageRole, MessageStatus, packed_size, storable, storable_title
from app.services.wording import say

SIZES_PER_CHUNK = 1024
#: How much later than its siblings a choice is dated when the clock does not say so itself.
_LATER = 1e-3


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What is known of an answer before its first byte."""

    provider: str
    model: str
    model_name: str
    local: bool
    simulated: bool
    request: dict[str, Any]
    parameters: dict[str, Any]
    owner: str
    text: str = ""
    reasoning: str = ""
    """What it begins with, where it goes on with another one."""


# -- conversations


def create_conversation(
    db: sqlite3.Connection,
    now: float,
    *,
    title: str = "",
    provider: str | None = None,
    model: str | None = None,
    system_prompt: str = "",
    draft: str = "",
    wanted_uid: str = "",
    parameters: dict[str, Any] | None = None,
) -> int:
    """A new chat. `wanted_uid`: the one it has elsewhere, taken where it is free."""
    taken = not wanted_uid or db.execute("SELECT 1 FROM conversation WHERE uid = ?", (wanted_uid,)).fetchone()
    uid = os.urandom(16).hex() if taken else wanted_uid
    cursor = db.execute(
        "INSERT INTO conversation(uid, title, created_at, updated_at, provider, model, system_prompt, draft) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (uid, storable_title(title), now, now, provider, model, storable(system_prompt), storable(draft)),
    )
    assert cursor.lastrowid is not None
    if parameters:
        set_parameters(db, cursor.lastrowid, parameters)
    return cursor.lastrowid


def rename(db: sqlite3.Connection, conversation_id: int, title: str, *, by_user: bool) -> None:
    guard = "" if by_user else " AND title_by_user = 0"
    db.execute(
        f"UPDATE conversation SET title = ?, title_by_user = ? WHERE id = ?{guard}",
        (storable_title(title), int(by_user), conversation_id),
    )


def set_model(db: sqlite3.Connection, conversation_id: int, provider: str | None, model: str | None) -> None:
    db.execute("UPDATE conversation SET provider = ?, model = ? WHERE id = ?", (provider, model, conversation_id))


def set_parameters(
    db: sqlite3.Connection, conversation_id: int, parameters: dict[str, Any], system_prompt: str | None = None
) -> None:
    """What the person set for this chat alone; the names are those of `chat_settings`. None: its prompt stays."""
    text = storable(json.dumps(parameters, ensure_ascii=False))
    change = "UPDATE conversation SET parameters = ?, system_prompt = coalesce(?, system_prompt) WHERE id = ?"
    db.execute(change, (text, system_prompt and storable(system_prompt), conversation_id))


def set_draft(db: sqlite3.Connection, conversation_id: int, draft: str) -> None:
    db.execute("UPDATE conversation SET draft = ? WHERE id = ?", (storable(draft), conversation_id))


def set_queued(db: sqlite3.Connection, conversation_id: int, prompts: Iterable[str]) -> None:
    """Keep the prompts that wait in this chat, the next one first, in the place of those kept before."""
    texts = json.dumps([storable(prompt) for prompt in prompts], ensure_ascii=False)
    db.execute("UPDATE conversation SET queued = ? WHERE id = ?", (texts, conversation_id))


def set_unread(db: sqlite3.Connection, conversation_id: int, unread: bool) -> None:
    db.execute("UPDATE conversation SET unread = ? WHERE id = ?", (int(unread), conversation_id))


# -- messages


def add_user_message(
    db: sqlite3.Connection,
    conversation_id: int,
    parent_id: int | None,
    text: str,
    now: float,
    attachments: Sequence[int] = (),
) -> int:
    """Append below `parent_id` and show that branch; clears the draft, since this is what it became.

    `attachments`: ids of those that go with it, of the draft or of an earlier version.
    """
    text = storable(text)
    message_id = _insert_message(db, conversation_id, parent_id, "user", "complete", text, now)
    attached.give_to_message(db, conversation_id, message_id, attachments)
    _show_below(db, conversation_id, parent_id, message_id, "user", text, now)
    db.execute("UPDATE conversation SET updated_at = ?, draft = '' WHERE id = ?", (now, conversation_id))
    return message_id


def begin_answer(db: sqlite3.Connection, conversation_id: int, parent_id: int, answer: NewAnswer, now: float) -> int:
    """The answer's row, before the first byte: whatever happens next, there is a place for the text."""
    message_id = _insert_message(db, conversation_id, parent_id, "assistant", "streaming", "", now)
    db.execute(
        "UPDATE message SET provider = ?, model = ?, model_name = ?, local = ?, simulated = ?, request = ?, "
        "parameters = ?, owner = ? WHERE id = ?",
        (
            answer.provider,
            storable(answer.model),
            storable(answer.model_name),
            int(answer.local),
            int(answer.simulated),
            storable(json.dumps(answer.request, ensure_ascii=False)),
            storable(json.dumps(answer.parameters, ensure_ascii=False)),
            answer.owner,
            message_id,
        ),
    )
    if answer.text or answer.reasoning:
        journal(db, message_id, 0, answer.text, answer.reasoning)
    _show_below(db, conversation_id, parent_id, message_id, "assistant", answer.text, now)
    db.execute(
        "UPDATE conversation SET updated_at = ?, provider = ?, model = ? WHERE id = ?",
        (now, answer.provider, storable(answer.model), conversation_id),
    )
    return message_id


def identify_answer(
    db: sqlite3.Connection, message_id: int, provider: str, model: str, model_name: str, local: bool, simulated: bool
) -> None:
    """The provider and model that were really asked, where choosing them came after the row."""
    db.execute(
        "UPDATE message SET provider = ?, model = ?, model_name = ?, local = ?, simulated = ? WHERE id = ?",
        (provider, storable(model), storable(model_name), int(local), int(simulated), message_id),
    )


def journal(db: sqlite3.Connection, message_id: int, sequence: int, text: str, reasoning: str) -> None:
    db.execute(
        "INSERT INTO journal(message_id, sequence, text, reasoning) VALUES (?, ?, ?, ?)",
        (message_id, sequence, storable(text), storable(reasoning)),
    )


def rewrite_journal(db: sqlite3.Connection, message_id: int, sequence: int, text: str, reasoning: str) -> None:
    """Replace what was journaled: what looked like text turned out to be reasoning."""
    db.execute("DELETE FROM journal WHERE message_id = ?", (message_id,))
    journal(db, message_id, sequence, text, reasoning)


def finish_answer(
    db: sqlite3.Connection,
    message_id: int,
    status: MessageStatus,
    text: str,
    reasoning: str,
    now: float,
    *,
    metrics: dict[str, Any],
    finish_reason: str | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Fold the journal into the row. The text is indexed by this."""
    text = storable(text)
    db.execute(
        "UPDATE message SET status = ?, text = ?, reasoning = ?, finished_at = ?, metrics = ?, finish_reason = ?, "
        "error = ?, owner = NULL WHERE id = ?",
        (
            *(status, text, storable(reasoning), now, json.dumps(metrics), finish_reason),
            *(storable(json.dumps(error, ensure_ascii=False)) if error else None, message_id),
        ),
    )
    answer_runs.record_answer(db, message_id)
    db.execute("DELETE FROM journal WHERE message_id = ?", (message_id,))
    row = db.execute("SELECT conversation_id, position FROM path WHERE message_id = ?", (message_id,)).fetchone()
    if row:
        _set_size(db, row[0], row[1], packed_size("assistant", text))


def mark_interrupted(db: sqlite3.Connection, message_id: int, now: float) -> None:
    """After a crash: keep what was journaled, say that the answer broke off, and mark the chat to be looked at."""
    rows = db.execute(
        "SELECT text, reasoning FROM journal WHERE message_id = ? ORDER BY sequence", (message_id,)
    ).fetchall()
    error = {"kind": "interrupted", "message": say("Interrupted."), "hint": "", "after_crash": True}
    finish_answer(
        db,
        message_id,
        "interrupted",
        "".join(row[0] for row in rows),
        "".join(row[1] for row in rows),
        now,
        metrics={},
        error=error,
    )
    db.execute(
        "UPDATE conversation SET unread = 1 WHERE id = (SELECT conversation_id FROM message WHERE id = ?)",
        (message_id,),
    )


def delete_message(db: sqlite3.Connection, message_id: int, now: float) -> None:
    """Hide a message and what follows it; a sibling takes its place where there is one. Undone by `restore_message`."""
    row = db.execute("SELECT conversation_id, parent_id FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        return
    db.execute("UPDATE message SET deleted_at = max(?, created_at) WHERE id = ?", (now, message_id))
    rebuild_path(db, row[0], row[1])


def restore_message(db: sqlite3.Connection, message_id: int, now: float) -> None:
    row = db.execute("SELECT conversation_id, parent_id FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        return
    chosen_at = _choice(db, row[0], row[1], now)
    db.execute("UPDATE message SET deleted_at = NULL, chosen_at = ? WHERE id = ?", (chosen_at, message_id))
    rebuild_path(db, row[0], row[1])


def choose_version(db: sqlite3.Connection, message_id: int, now: float) -> None:
    """Show this sibling and the branch below it that was shown last."""
    row = db.execute("SELECT conversation_id, parent_id FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        return
    db.execute("UPDATE message SET chosen_at = ? WHERE id = ?", (_choice(db, row[0], row[1], now), message_id))
    rebuild_path(db, row[0], row[1])


def record_model_use(db: sqlite3.Connection, provider: str, model: str, now: float) -> None:
    db.execute(
        "INSERT INTO model_use(provider, model, last_used_at, uses) VALUES (?, ?, ?, 1) "
        "ON CONFLICT(provider, model) DO UPDATE SET last_used_at = excluded.last_used_at, uses = uses + 1",
        (provider, storable(model), now),
    )


def set_favourite(db: sqlite3.Connection, provider: str, model: str, favourite: bool) -> None:
    db.execute(
        "INSERT INTO model_use(provider, model, favourite) VALUES (?, ?, ?) "
        "ON CONFLICT(provider, model) DO UPDATE SET favourite = excluded.favourite",
        (provider, storable(model), int(favourite)),
    )


def import_messages(
    db: sqlite3.Connection, conversation_id: int, messages: Sequence[tuple[MessageRole, str]], now: float
) -> None:
    """Append a finished dialogue as one branch (imports, benchmarks); far faster than one call a message."""
    parent = _last_on_path(db, conversation_id)
    start = _path_length(db, conversation_id)
    next_id = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM message").fetchone()[0])
    rows = []
    chosen_at = _choice(db, conversation_id, parent, now)
    for offset, (role, text) in enumerate(messages):
        rows.append((next_id + offset, conversation_id, parent, role, "complete", storable(text), now, chosen_at))
        parent = next_id + offset
    db.executemany(
        "INSERT INTO message(id, conversation_id, parent_id, role, status, text, created_at, chosen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    db.executemany(
        "INSERT INTO path(conversation_id, position, message_id) VALUES (?, ?, ?)",
        [(conversation_id, start + i, row[0]) for i, row in enumerate(rows)],
    )
    _append_sizes(db, conversation_id, start, [packed_size(role, text) for role, text in messages])
    db.execute("UPDATE conversation SET updated_at = ? WHERE id = ?", (now, conversation_id))


def fork(db: sqlite3.Connection, message_id: int, now: float) -> int | None:
    """A new chat with a copy of the shown branch up to a message; None when the message is not on it."""
    place = db.execute("SELECT conversation_id, position FROM path WHERE message_id = ?", (message_id,)).fetchone()
    if place is None:
        return None
    source, last = place
    row = db.execute(
        "SELECT title, provider, model, system_prompt, parameters FROM conversation WHERE id = ?", (source,)
    ).fetchone()
    new_id = create_conversation(db, now, title=row[0], provider=row[1], model=row[2], system_prompt=row[3])
    db.execute(
        "UPDATE conversation SET parameters = ?, folder_id = (SELECT folder_id FROM conversation WHERE id = ?) "
        "WHERE id = ?",
        (row[4], source, new_id),
    )
    db.execute(
        "INSERT INTO conversation_tag(conversation_id, tag) SELECT ?, tag FROM conversation_tag "
        "WHERE conversation_id = ?",
        (new_id, source),
    )
    parent: int | None = None
    branch = db.execute(
        "SELECT message_id FROM path WHERE conversation_id = ? AND position <= ? ORDER BY position", (source, last)
    ).fetchall()
    for (copied,) in branch:
        cursor = db.execute(
            f"INSERT INTO message(conversation_id, parent_id, chosen_at, {_COPIED}) "
            f"SELECT ?, ?, ?, {_COPIED} FROM message WHERE id = ?",
            (new_id, parent, now, copied),
        )
        assert cursor.lastrowid is not None
        stored_request.name_own_prompt(db, cursor.lastrowid, parent)
        attached.copy_to_message(db, copied, new_id, cursor.lastrowid)
        parent = cursor.lastrowid
    rebuild_path(db, new_id)
    return new_id


#: What a copied message keeps; its place in the tree is its own.
_COPIED = (
    "role, status, text, reasoning, created_at, finished_at, provider, model, model_name, local, simulated, request, "
    "parameters, metrics, finish_reason, error, history_cut"
)


# -- the shown branch


def rebuild_path(db: sqlite3.Connection, conversation_id: int, below: int | None = None) -> None:
    """Walk the tree along the siblings chosen last and rewrite the path from `below`'s child on (None = whole)."""
    position = 0
    if below is not None:
        row = db.execute(
            "SELECT position FROM path WHERE conversation_id = ? AND message_id = ?", (conversation_id, below)
        ).fetchone()
        if row is None:  # `below` is on another branch: everything may differ
            below = None
        else:
            position = row[0] + 1
    branch: list[int] = []
    sizes: list[int] = []
    parent = below
    while True:
        row = db.execute(
            "SELECT id, role, text FROM message WHERE conversation_id = ? AND parent_id IS ? AND deleted_at IS NULL "
            "ORDER BY chosen_at DESC, id DESC LIMIT 1",
            (conversation_id, parent),
        ).fetchone()
        if row is None:
            break
        branch.append(row[0])
        sizes.append(packed_size(row[1], row[2]))
        parent = row[0]
    _truncate(db, conversation_id, position)
    db.executemany(
        "INSERT INTO path(conversation_id, position, message_id) VALUES (?, ?, ?)",
        [(conversation_id, position + i, message_id) for i, message_id in enumerate(branch)],
    )
    _append_sizes(db, conversation_id, position, sizes)


def _insert_message(
    db: sqlite3.Connection,
    conversation_id: int,
    parent_id: int | None,
    role: MessageRole,
    status: MessageStatus,
    text: str,
    now: float,
) -> int:
    cursor = db.execute(
        "INSERT INTO message(conversation_id, parent_id, role, status, text, created_at, chosen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (conversation_id, parent_id, role, status, text, now, _choice(db, conversation_id, parent_id, now)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _path_length(db: sqlite3.Connection, conversation_id: int) -> int:
    row = db.execute("SELECT max(position) FROM path WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return 0 if row[0] is None else row[0] + 1


def _last_on_path(db: sqlite3.Connection, conversation_id: int) -> int | None:
    row = db.execute(
        "SELECT message_id FROM path WHERE conversation_id = ? ORDER BY position DESC LIMIT 1", (conversation_id,)
    ).fetchone()
    return row[0] if row else None


def _show_below(
    db: sqlite3.Connection,
    conversation_id: int,
    parent_id: int | None,
    message_id: int,
    role: MessageRole,
    text: str,
    now: float,
) -> None:
    """Put a new leaf on the shown branch: directly when its parent ends the branch, else by cutting back to it."""
    if parent_id is None:
        position = 0
    else:
        row = db.execute(
            "SELECT position FROM path WHERE conversation_id = ? AND message_id = ?", (conversation_id, parent_id)
        ).fetchone()
        if row is None:  # the parent is on another branch: choose its ancestors first
            _choose_ancestors(db, parent_id, now)
            rebuild_path(db, conversation_id)
            return
        position = row[0] + 1
    _truncate(db, conversation_id, position)
    db.execute(
        "INSERT INTO path(conversation_id, position, message_id) VALUES (?, ?, ?)",
        (conversation_id, position, message_id),
    )
    _append_sizes(db, conversation_id, position, [packed_size(role, text)])


def _choice(db: sqlite3.Connection, conversation_id: int, parent_id: int | None, now: float) -> float:
    """When the newest choice below `parent_id` is made: later than every one before, even if the clock went back."""
    before = db.execute(
        "SELECT max(chosen_at) FROM message WHERE conversation_id = ? AND parent_id IS ?", (conversation_id, parent_id)
    ).fetchone()[0]
    return now if before is None else max(now, before + _LATER)


def _choose_ancestors(db: sqlite3.Connection, message_id: int, now: float) -> None:
    current: int | None = message_id
    while current is not None:
        row = db.execute("SELECT conversation_id, parent_id FROM message WHERE id = ?", (current,)).fetchone()
        if row is None:
            return
        db.execute("UPDATE message SET chosen_at = ? WHERE id = ?", (_choice(db, row[0], row[1], now), current))
        current = row[1]


def _truncate(db: sqlite3.Connection, conversation_id: int, length: int) -> None:
    if _path_length(db, conversation_id) <= length:
        return
    db.execute("DELETE FROM path WHERE conversation_id = ? AND position >= ?", (conversation_id, length))
    chunk, rest = divmod(length, SIZES_PER_CHUNK)
    db.execute("DELETE FROM path_size WHERE conversation_id = ? AND chunk > ?", (conversation_id, chunk))
    _write_chunk(db, conversation_id, chunk, _read_chunk(db, conversation_id, chunk)[: rest * 4])


def _append_sizes(db: sqlite3.Connection, conversation_id: int, position: int, sizes: Sequence[int]) -> None:
    """Estimates from `position` to the end of the path; whatever stood there is replaced."""
    done = 0
    while done < len(sizes):
        chunk, within = divmod(position + done, SIZES_PER_CHUNK)
        part = sizes[done : done + SIZES_PER_CHUNK - within]
        before = _read_chunk(db, conversation_id, chunk)[: within * 4]
        _write_chunk(db, conversation_id, chunk, before + struct.pack(f"<{len(part)}I", *part))
        done += len(part)


def _set_size(db: sqlite3.Connection, conversation_id: int, position: int, size: int) -> None:
    chunk, within = divmod(position, SIZES_PER_CHUNK)
    sizes = bytearray(_read_chunk(db, conversation_id, chunk))
    struct.pack_into("<I", sizes, within * 4, size)
    _write_chunk(db, conversation_id, chunk, bytes(sizes))


def _read_chunk(db: sqlite3.Connection, conversation_id: int, chunk: int) -> bytes:
    row = db.execute(
        "SELECT sizes FROM path_size WHERE conversation_id = ? AND chunk = ?", (conversation_id, chunk)
    ).fetchone()
    return row[0] if row else b""


def _write_chunk(db: sqlite3.Connection, conversation_id: int, chunk: int, sizes: bytes) -> None:
    db.execute(
        "INSERT INTO path_size(conversation_id, chunk, sizes) VALUES (?1, ?2, ?3) "
        "ON CONFLICT(conversation_id, chunk) DO UPDATE SET sizes = excluded.sizes",
        (conversation_id, chunk, sizes),
    )
