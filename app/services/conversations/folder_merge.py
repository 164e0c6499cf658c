"""Folders and tags that changed in a store in memory, back into the file: part of `store_file.merge`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any

from app.lean_dataclass import dataclass
from app.services.conversations import folders, tags


def track(memory: sqlite3.Connection) -> None:
    """Remember what there is: few rows, so all of them."""
    memory.execute("CREATE TEMP TABLE base_folder AS SELECT * FROM folder")
    memory.execute("CREATE TEMP TABLE base_conversation_tag AS SELECT * FROM conversation_tag")


@dataclass(frozen=True, slots=True)
class FolderIds:
    """The id in the file of each folder that memory has, or had at first; others are gone."""

    now: dict[int, int]
    base: dict[int, int]

    def of(self, row: dict[str, Any], *, base: bool = False) -> dict[str, Any]:
        """A chat's row with the folder's id in the file."""
        return {**row, "folder_id": (self.base if base else self.now).get(row["folder_id"])}


def merge_folders(memory: sqlite3.Connection, file: sqlite3.Connection, *, everything: bool) -> FolderIds:
    """New, renamed and deleted ones; one that another process called the same meanwhile is taken for the same."""
    ours = {row[1]: row for row in memory.execute("SELECT id, uid, name, created_at FROM folder")}
    base = {row[1]: row for row in memory.execute("SELECT id, uid, name FROM base_folder")}
    there: dict[str, int] = dict(file.execute("SELECT uid, id FROM folder").fetchall())
    for uid in (base.keys() - ours.keys()) & there.keys():
        folders.delete_folder(file, there.pop(uid))
    for uid, (_id, _uid, name, created_at) in ours.items():
        if uid in there:
            if uid in base and base[uid][2] != name:
                found = folders.folder_called(file, name)
                if found is None or found.id == there[uid]:
                    folders.rename_folder(file, there[uid], name)
        elif everything or uid not in base:
            there[uid] = folders.folder_for(file, name, created_at)
    return FolderIds(
        {row[0]: there[uid] for uid, row in ours.items() if uid in there},
        {row[0]: there[uid] for uid, row in base.items() if uid in there},
    )


def merge_tags(
    memory: sqlite3.Connection, file: sqlite3.Connection, brought_back: Collection[int], *, everything: bool
) -> None:
    """Those put on and taken off in memory, of chats that the file has; all of chats that it has again."""
    ours = set(memory.execute("SELECT conversation_id, tag FROM conversation_tag"))
    base = set(memory.execute("SELECT conversation_id, tag FROM base_conversation_tag"))
    for conversation_id, tag in base - ours:
        tags.remove_tags(file, [conversation_id], [tag])
    for conversation_id, tag in ours:
        if not (everything or conversation_id in brought_back or (conversation_id, tag) not in base):
            continue
        tags.add_tags(file, [conversation_id], [tag])
