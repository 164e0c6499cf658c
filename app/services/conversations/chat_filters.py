"""Filters of a search that are about the chat, not the message: its folder, its tags, pinned, archived.

Plain functions on the owner thread's connection.
"""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

from app.lean_dataclass import dataclass
from app.services.conversations import folders, queries, tags
from app.services.conversations.records import Conversation
from app.services.conversations.search_query import SearchQuery
from app.services.wording import say


@dataclass(frozen=True, slots=True)
class ChatFilter:
    """Conditions for a chat `c`, to follow others. `problem`: a folder or tag that is not there, in words."""

    where: str = ""
    values: tuple[Any, ...] = ()
    problem: str = ""


def chat_filter(db: sqlite3.Connection, query: SearchQuery) -> ChatFilter:
    """What a query says of the chat; names in upper or lower case."""
    conditions: list[str] = []
    values: list[Any] = []
    if query.folder:
        folder = folders.folder_called(db, query.folder)
        if folder is None:
            return ChatFilter(problem=say("no folder is called “{folder}”", folder=query.folder[:40]))
        conditions.append("c.folder_id = ?")
        values.append(folder.id)
    for tag in query.tags:
        spelt = tags.as_spelt(db, tag)
        if spelt is None:
            return ChatFilter(problem=say("no chat has the tag “{tag}”", tag=tag[:40]))
        conditions.append("EXISTS (SELECT 1 FROM conversation_tag WHERE conversation_id = c.id AND tag = ?)")
        values.append(spelt)
    if query.pinned:
        conditions.append("c.pinned <> 0")
    if query.archived:
        conditions.append("c.archived_at IS NOT NULL")
    return ChatFilter("".join(f" AND {one}" for one in conditions), tuple(values))


def chosen_chats(db: sqlite3.Connection, wanted: ChatFilter) -> str:
    """Their ids, as JSON."""
    rows = db.execute(f"SELECT c.id FROM conversation c WHERE c.deleted_at IS NULL{wanted.where}", wanted.values)
    return json.dumps([row[0] for row in rows])


def listed(db: sqlite3.Connection, query: SearchQuery, limit: int) -> list[Conversation] | str:
    """Chats that pass the filters, newest first, pinned ones on top, archived ones only where they are asked for; or
    the filter that names nothing, in words."""
    wanted = chat_filter(db, query)
    if wanted.problem:
        return wanted.problem
    archived = "" if query.archived else " AND c.archived_at IS NULL"
    return queries.conversations_where(
        db,
        f"WHERE c.deleted_at IS NULL{archived}{wanted.where} "
        "ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT ?",
        (*wanted.values, limit),
    )


def titles(db: sqlite3.Connection, query: SearchQuery, limit: int) -> list[Conversation]:
    """Chats that pass the filters, with the words of the query in their titles, newest first."""
    wanted = chat_filter(db, query)
    if query.problem or wanted.problem or query.is_about_messages:
        return []
    where, values = wanted.where, list(wanted.values)
    for term in query.terms:
        for word in term.words:
            where += f" AND c.title {'NOT ' if term.excluded else ''}LIKE ? ESCAPE '\\'"
            values.append("%" + re.sub(r"([\\%_])", r"\\\1", word) + "%")
    return queries.conversations_where(
        db, f"WHERE c.deleted_at IS NULL{where} ORDER BY c.updated_at DESC LIMIT ?", (*values, limit)
    )
