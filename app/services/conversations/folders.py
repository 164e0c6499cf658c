"""Where chats stand in the list: in a folder, pinned on top, archived.

Plain functions inside one transaction, like those of `changes`. What can be undone returns what it takes.
"""

from __future__ import annotations

import os
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from app.lean_dataclass import dataclass
from app.services.conversations.records import storable
from app.services.wording import say

MAX_NAME = 100
#: A chat that somebody wrote in, or attached a file to; `c` is the row.
WRITTEN = (
    "(c.draft <> '' OR c.queued <> '[]' OR EXISTS (SELECT 1 FROM path WHERE conversation_id = c.id) "
    "OR EXISTS (SELECT 1 FROM attachment WHERE conversation_id = c.id))"
)


class FolderNameError(ValueError):
    """A name that no folder can have; the text is a sentence for people. `taken`: by another folder."""

    def __init__(self, text: str, *, taken: bool = False) -> None:
        super().__init__(text)
        self.taken = taken


@dataclass(frozen=True, slots=True)
class Folder:
    """`chats`: how many are in it, without archived and deleted ones."""

    id: int
    uid: str
    name: str
    created_at: float
    chats: int = 0


@dataclass(frozen=True, slots=True)
class DeletedFolder:
    """What it takes to bring a folder back."""

    folder: Folder
    conversation_ids: tuple[int, ...]


def clean_name(name: str) -> str:
    """A name as it is stored: one line without blanks at its ends, never too long."""
    return " ".join(unicodedata.normalize("NFC", storable(name).replace("\0", " ")).split())[:MAX_NAME].rstrip()


def list_folders(db: sqlite3.Connection) -> list[Folder]:
    """By name."""
    rows = db.execute(
        "SELECT f.id, f.uid, f.name, f.created_at, (SELECT count(*) FROM conversation c WHERE c.folder_id = f.id "
        f"AND c.deleted_at IS NULL AND c.archived_at IS NULL AND {WRITTEN}) FROM folder f"
    )
    return sorted((Folder(*row) for row in rows), key=lambda one: (one.name.casefold(), one.name))


def folder_called(db: sqlite3.Connection, name: str) -> Folder | None:
    """The folder of this name, in upper or lower case."""
    wanted = clean_name(name).casefold()
    rows = db.execute("SELECT id, uid, name, created_at FROM folder")
    return next((Folder(*row) for row in rows if row[2].casefold() == wanted), None)


def create_folder(db: sqlite3.Connection, name: str, now: float) -> int:
    """A new folder; its id.

    Raises:
        FolderNameError: the name is empty or taken.
    """
    return _insert(db, os.urandom(16).hex(), _free_name(db, name), now)


def folder_for(db: sqlite3.Connection, name: str, now: float) -> int:
    """The folder of this name, made where there is none.

    Raises:
        FolderNameError: the name is empty.
    """
    found = folder_called(db, name)
    return found.id if found is not None else create_folder(db, name, now)


def rename_folder(db: sqlite3.Connection, folder_id: int, name: str) -> str:
    """Returns the name it had; "" where the folder is gone.

    Raises:
        FolderNameError: the name is empty or taken.
    """
    row = db.execute("SELECT name FROM folder WHERE id = ?", (folder_id,)).fetchone()
    if row is None:
        return ""
    db.execute("UPDATE folder SET name = ? WHERE id = ?", (_free_name(db, name, but=folder_id), folder_id))
    return str(row[0])


def delete_folder(db: sqlite3.Connection, folder_id: int) -> DeletedFolder | None:
    """Its chats stay, without a folder. `restore_folder` undoes it; None where it is gone."""
    found = next((one for one in list_folders(db) if one.id == folder_id), None)
    if found is None:
        return None
    members = db.execute("SELECT id FROM conversation WHERE folder_id = ? ORDER BY id", (folder_id,)).fetchall()
    db.execute("UPDATE conversation SET folder_id = NULL WHERE folder_id = ?", (folder_id,))
    db.execute("DELETE FROM folder WHERE id = ?", (folder_id,))
    return DeletedFolder(found, tuple(row[0] for row in members))


def delete_empty(db: sqlite3.Connection, folder_ids: Iterable[int]) -> None:
    """Those of them that no chat is in but some in the trash."""
    for folder_id in folder_ids:
        inside = "SELECT 1 FROM conversation WHERE folder_id = ? AND deleted_at IS NULL"
        if db.execute(inside, (folder_id,)).fetchone() is None:
            delete_folder(db, folder_id)


def restore_folder(db: sqlite3.Connection, deleted: DeletedFolder) -> int:
    """The folder with those of its chats that are in no other by now; its id, the old one where that is free."""
    name, number = deleted.folder.name, 1
    while folder_called(db, name) is not None:
        number += 1
        name = f"{deleted.folder.name[: MAX_NAME - 8]} {number}"
    taken = db.execute("SELECT 1 FROM folder WHERE id = ?", (deleted.folder.id,)).fetchone()
    folder_id = None if taken else deleted.folder.id
    new_id = _insert(db, deleted.folder.uid, name, deleted.folder.created_at, folder_id)
    db.executemany(
        "UPDATE conversation SET folder_id = ? WHERE id = ? AND folder_id IS NULL",
        [(new_id, one) for one in deleted.conversation_ids],
    )
    return new_id


def move(db: sqlite3.Connection, conversation_ids: Iterable[int], folder_id: int | None) -> dict[int, int | None]:
    """Into a folder, or out of all with None; where each was that moved, for `move_back`."""
    before = {}
    for one in conversation_ids:
        row = db.execute("SELECT folder_id FROM conversation WHERE id = ?", (one,)).fetchone()
        if row is not None and row[0] != folder_id:
            before[one] = row[0]
    move_back(db, dict.fromkeys(before, folder_id))
    return before


def move_back(db: sqlite3.Connection, places: Mapping[int, int | None]) -> None:
    """Each chat into its folder; into none where that is gone."""
    db.executemany(
        "UPDATE conversation SET folder_id = (SELECT id FROM folder WHERE id = ?) WHERE id = ?",
        [(folder_id, one) for one, folder_id in places.items()],
    )


def set_pinned(db: sqlite3.Connection, conversation_ids: Iterable[int], pinned: bool) -> list[int]:
    """Which of them changed by it."""
    return _changed(
        db, "UPDATE conversation SET pinned = ?1 WHERE id = ?2 AND pinned <> ?1", [int(pinned)], conversation_ids
    )


def set_archived(db: sqlite3.Connection, conversation_ids: Iterable[int], archived: bool, now: float) -> list[int]:
    """Which of them changed by it."""
    return _changed(
        db,
        "UPDATE conversation SET archived_at = ?1 WHERE id = ?2 AND (archived_at IS NULL) = (?1 IS NOT NULL)",
        [now if archived else None],
        conversation_ids,
    )


def _changed(db: sqlite3.Connection, sql: str, values: Sequence[object], ids: Iterable[int]) -> list[int]:
    return [one for one in ids if db.execute(sql, (*values, one)).rowcount]


def _free_name(db: sqlite3.Connection, name: str, but: int | None = None) -> str:
    cleaned = clean_name(name)
    if not cleaned:
        raise FolderNameError(say("A folder needs a name."))
    found = folder_called(db, cleaned)
    if found is not None and found.id != but:
        raise FolderNameError(say("A folder “{name}” is there already.", name=found.name), taken=True)
    return cleaned


def _insert(db: sqlite3.Connection, uid: str, name: str, now: float, folder_id: int | None = None) -> int:
    cursor = db.execute(
        "INSERT INTO folder(id, uid, name, created_at) VALUES (?, ?, ?, ?)", (folder_id, uid, name, now)
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid
