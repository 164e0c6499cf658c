"""Chats out of a store and into one, whole: every version with everything known of it.

Plain functions on the owner thread's connection, inside one transaction.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from app.services.conversations import attached, changes, folders, queries, tags
from app.services.conversations.portable import PortableChat, PortableMessage
from app.services.conversations.portable_attachment import PortableAttachment, portable
from app.services.conversations.records import storable

logger = logging.getLogger(__name__)

_COLUMNS = (
    *("role", "status", "text", "reasoning", "created_at", "chosen_at", "finished_at", "provider", "model"),
    *("model_name", "local", "simulated", "finish_reason", "parameters", "metrics", "error", "request", "history_cut"),
)
_OF_THE_CHAT = (
    *("uid", "title", "created_at", "updated_at", "provider", "model", "system_prompt", "title_by_user", "pinned"),
    *("parameters", "draft", "queued", "tags", "archived_at"),
)
_JSON = frozenset({"parameters", "metrics", "error", "request", "history_cut"})


def taken_out(db: sqlite3.Connection, conversation_id: int) -> PortableChat | None:
    """A chat as it is now, without what was deleted of it; None where it is gone or in the trash."""
    chat = queries.conversation(db, conversation_id)
    if chat is None or chat.deleted_at is not None:
        return None
    shown = {row[0] for row in db.execute("SELECT message_id FROM path WHERE conversation_id = ?", (conversation_id,))}
    numbers: dict[int, int] = {}
    messages: list[PortableMessage] = []
    others: list[PortableMessage] = []
    rows = db.execute(
        f"SELECT id, parent_id, {', '.join(_COLUMNS)} FROM message "
        "WHERE conversation_id = ? AND deleted_at IS NULL ORDER BY id",
        (conversation_id,),
    )
    for message_id, parent_id, *values in rows.fetchall():
        if parent_id is not None and parent_id not in numbers:
            continue  # what it followed was deleted
        numbers[message_id] = len(numbers) + 1
        fields = _fields(db, message_id, dict(zip(_COLUMNS, values, strict=True)), numbers)
        fields |= {"number": numbers[message_id], "parent": numbers.get(parent_id)}
        fields["attachments"] = _attachments(db, conversation_id, message_id)
        (messages if message_id in shown else others).append(_message(fields))
    about = {name: getattr(chat, name) for name in _OF_THE_CHAT}
    about["folder"] = _folder_name(db, chat.folder_id)
    about["attachments"] = _attachments(db, conversation_id, None)
    try:
        return PortableChat(messages=tuple(messages), other_versions=tuple(others), **about)
    except ValidationError as exc:  # of a damaged row everything else is kept
        damaged = {error["loc"][0] for error in exc.errors()}
        logger.warning("of chat %s is left out: %s", conversation_id, ", ".join(map(str, damaged)))
        sound = {name: value for name, value in about.items() if name not in damaged}
        return PortableChat(messages=tuple(messages), other_versions=tuple(others), **sound)


def _folder_name(db: sqlite3.Connection, folder_id: int | None) -> str:
    row = db.execute("SELECT name FROM folder WHERE id = ?", (folder_id,)).fetchone()
    return row[0] if row else ""


def _attachments(
    db: sqlite3.Connection, conversation_id: int, message_id: int | None
) -> tuple[PortableAttachment, ...]:
    """Of a message, or of the draft; one that is damaged is left out."""
    found = []
    for attachment in attached.all_of(db, conversation_id, message_id):
        try:
            found.append(portable(attachment))
        except ValidationError:
            logger.warning("of chat %s an attachment is left out: it is damaged", conversation_id)
    return tuple(found)


def _message(fields: dict[str, Any]) -> PortableMessage:
    """The message; where a damaged row holds what no file may, its words and its place."""
    try:
        return PortableMessage(**fields)
    except ValidationError:
        return PortableMessage(**{name: fields[name] for name in ("number", "parent", "role", "text")})


def _fields(db: sqlite3.Connection, message_id: int, row: dict[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    for name in _JSON:
        row[name] = _value(row[name])
    if row["status"] == "streaming":  # what was written so far, of an answer that goes on elsewhere
        row["text"], row["reasoning"] = queries.journal_pieces(db, message_id)
        row["status"] = "interrupted"
    if isinstance(row["request"], dict):
        row["request"] = {**row["request"], "prompt_id": numbers.get(row["request"].get("prompt_id", 0))}
    row["metrics"] = row["metrics"] or {}
    return row


def _value(text: str | None) -> Any:
    """What is damaged is left out: the words of a chat do not depend on it."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def put_in(db: sqlite3.Connection, chat: PortableChat, now: float) -> int:
    """A new chat with everything of it; its uid where that is free. Returns its id."""
    created_at = min(chat.created_at or now, now)  # a clock that was wrong elsewhere is none of ours
    conversation_id = changes.create_conversation(
        db,
        created_at,
        title=chat.title,
        provider=chat.provider,
        model=chat.model,
        system_prompt=chat.system_prompt,
        draft=chat.draft,
        wanted_uid=chat.uid,
    )
    next_id = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM message").fetchone()[0])
    ids = {message.number: next_id + place for place, message in enumerate(chat.in_order())}
    marks = ", ".join("?" for _ in range(len(_COLUMNS) + 3))
    db.executemany(
        f"INSERT INTO message(id, conversation_id, parent_id, {', '.join(_COLUMNS)}) VALUES ({marks})",
        (
            (ids[one.number], conversation_id, ids.get(one.parent or 0), *_row(one, ids, created_at))
            for one in chat.in_order()
        ),
    )
    for one in chat.in_order():
        for attachment in one.attachments:
            attached.add(db, conversation_id, attachment.attachment(), ids[one.number])
    for attachment in chat.attachments:
        attached.add(db, conversation_id, attachment.attachment())
    changes.rebuild_path(db, conversation_id)
    more: dict[str, Any] = {
        "updated_at": min(chat.updated_at or now, now),
        "title_by_user": chat.title_by_user,
        "pinned": chat.pinned,
        "archived_at": None if chat.archived_at is None else min(chat.archived_at, now),
        "folder_id": folders.folder_for(db, chat.folder, now) if chat.folder else None,
    }
    more |= {"parameters": _text(chat.parameters), "queued": _text(chat.queued)}
    settings = ", ".join(f"{name} = ?" for name in more)
    db.execute(f"UPDATE conversation SET {settings} WHERE id = ?", (*more.values(), conversation_id))
    tags.add_tags(db, [conversation_id], chat.tags)
    return conversation_id


def _row(message: PortableMessage, ids: dict[int, int], now: float) -> list[Any]:
    values = {name: getattr(message, name) for name in _COLUMNS}
    values["created_at"] = message.created_at or now
    values["chosen_at"] = message.chosen_at if message.chosen_at is not None else values["created_at"]
    if message.request is not None:
        values["request"] = {**message.request, "prompt_id": ids.get(message.request.get("prompt_id") or 0)}
    if message.history_cut is not None:
        values["history_cut"] = asdict(message.history_cut)
    for name in _JSON:
        is_empty = values[name] is None or (name == "metrics" and not values[name])
        values[name] = None if is_empty else _text(values[name])
    return [values[name] for name in _COLUMNS]


def _text(value: Any) -> str:
    return storable(json.dumps(value, ensure_ascii=False))
