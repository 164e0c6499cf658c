"""The list of chats as a window shows it: what is pinned or in a folder, the newest others, archived ones, the trash.

Plain functions on the owner thread's connection; what they cost is bounded however many chats there are.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import field

from app.lean_dataclass import dataclass
from app.services.conversations import folders, queries
from app.services.conversations.folders import WRITTEN, Folder
from app.services.conversations.records import Conversation
from app.services.conversations.trash import TRASH_SECONDS

#: Later than any deletion: what a store in memory reserves ids with lies in the trash "since" then.
_NEVER = 1e17
_DAY = 86_400
_THERE = f"WHERE c.deleted_at IS NULL AND {WRITTEN} AND "
_NEWEST = " ORDER BY c.updated_at DESC, c.id DESC LIMIT ?"


@dataclass(frozen=True, slots=True)
class ChatList:
    """`placed`: pinned or in a folder; `dated`: all others that are not archived, the newest; `more`: there are older
    ones of them. `archived` is empty where it was not asked for."""

    folders: list[Folder] = field(default_factory=list)
    placed: list[Conversation] = field(default_factory=list)
    dated: list[Conversation] = field(default_factory=list)
    more: bool = False
    archived: list[Conversation] = field(default_factory=list)
    archived_count: int = 0
    trash_count: int = 0


@dataclass(frozen=True, slots=True)
class TrashedChat:
    """`days_left`: begun days until it is removed for good."""

    conversation: Conversation
    days_left: int


def chat_list(db: sqlite3.Connection, most: int, *, archived: bool) -> ChatList:
    """At most so many of each kind."""
    placed = "c.archived_at IS NULL AND (c.pinned <> 0 OR c.folder_id IS NOT NULL)"
    dated = queries.conversations_where(
        db, _THERE + "c.archived_at IS NULL AND c.pinned = 0 AND c.folder_id IS NULL" + _NEWEST, (most + 1,)
    )
    away = "c.archived_at IS NOT NULL"
    return ChatList(
        folders.list_folders(db),
        queries.conversations_where(
            db, f"{_THERE}{placed} ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT ?", (most,)
        ),
        dated[:most],
        len(dated) > most,
        queries.conversations_where(db, _THERE + away + _NEWEST, (most,)) if archived else [],
        _count(db, _THERE + away),
        _count(db, f"WHERE c.deleted_at < {_NEVER}"),
    )


def chats_of(db: sqlite3.Connection, conversation_ids: Sequence[int]) -> list[Conversation]:
    """Those of them that are there, in no order."""
    marks = ", ".join("?" for _ in conversation_ids)
    return queries.conversations_where(db, f"WHERE c.id IN ({marks})", tuple(conversation_ids))


def in_folder(db: sqlite3.Connection, folder_id: int, limit: int) -> list[Conversation]:
    """Chats of a folder, archived ones, too, newest first."""
    return queries.conversations_where(
        db, "WHERE c.deleted_at IS NULL AND c.folder_id = ?" + _NEWEST, (folder_id, limit)
    )


def trashed(db: sqlite3.Connection, now: float, limit: int) -> list[TrashedChat]:
    """Deleted chats, the one deleted last first."""
    found = queries.conversations_where(
        db, f"WHERE c.deleted_at < {_NEVER} ORDER BY c.deleted_at DESC, c.id DESC LIMIT ?", (limit,)
    )
    return [TrashedChat(one, _days_left(one.deleted_at or now, now)) for one in found]


def _days_left(deleted_at: float, now: float) -> int:
    return max(0, min(math.ceil((deleted_at + TRASH_SECONDS - now) / _DAY), TRASH_SECONDS // _DAY))


def _count(db: sqlite3.Connection, where: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM conversation c {where}").fetchone()[0])
