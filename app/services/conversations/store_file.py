"""Opening the store's file: pragmas, migrations with a backup, and what to do when it cannot be written."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.services.conversations import answer_runs, changes, migrations, opened_file, trash
from app.services.conversations.merged_rows import insert, row
from app.services.conversations.opened_file import BUSY_TIMEOUT_MS, back_up, make_private
from app.services.file_systems import locks_files, network_file_system
from app.services.wording import later, say

if TYPE_CHECKING:
    from app.services.conversations.folder_merge import FolderIds

logger = logging.getLogger(__name__)

#: A store that cannot be written is copied into memory up to this size; beyond it only new chats are kept there.
MAX_MEMORY_COPY_BYTES = 256 * 1024 * 1024

#: Ids made in memory begin this many, times a random factor, above those of the file: other processes go on there.
_RESERVED_IDS = 10_000
_RESERVED_UID = "reserved"
CHANGED_MEANWHILE = later("Core", "another window changed the store meanwhile; export the chats that must be kept")

NO_LOCKS = later("Core", "this folder's file system cannot lock files; choose one on a disk of this computer (--home)")

_TABLES = ("conversation", "message", "journal", "path", "path_size", "model_use")
#: Tables that a file of an earlier version does not have.
_LATER_TABLES = (
    *("folder", "conversation_tag", "content", "attachment", "saved_prompt", "preset", "model_preset"),
    *("comparison", "compared_answer", "compared_piece", "run", "model_load"),
)

#: What is there for every chat, and belongs to none.
_LIBRARY = ("model_use", "saved_prompt", "preset", "model_preset", "model_load")

_NEWEST_FILES = f"""hash IN (SELECT hash FROM (
  SELECT hash, sum(size) OVER (ORDER BY newest DESC, hash) AS so_far FROM (
    SELECT c.hash, c.size, max(a.id) AS newest FROM content c
    LEFT JOIN attachment a ON a.hash = c.hash GROUP BY c.hash))
  WHERE so_far <= {MAX_MEMORY_COPY_BYTES})"""


class StoreUnusableError(Exception):
    """The file cannot be written; `reason` is a sentence for the user, `readable` whether its chats can be shown."""

    def __init__(self, reason: str, *, readable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.readable = readable


def open_file(path: Path) -> sqlite3.Connection:
    """The store's connection, migrated and ready to write. Call it on the owner thread.

    Raises:
        StoreUnusableError: newer, corrupt, locked, read-only, full, or of contents that a migration cannot take;
            what the failing step wrote was rolled back.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(path)
        share = network_file_system(path)
        if _lacks_locks(share, path.parent):
            raise StoreUnusableError(say(NO_LOCKS), readable=True)
        db = opened_file.connect(path, share, _refuse_newer)
    except OSError as exc:
        raise StoreUnusableError(describe(exc), readable=path.exists()) from exc
    except sqlite3.Error as exc:
        raise _unusable(exc, path) from exc
    try:
        configure(db)
        if 0 < (version := migrations.version_of(db)) < migrations.SCHEMA_VERSION:
            back_up(db, path, version)
        migrations.migrate(db)
        # A write that changes nothing shows now, not at the first message, that the file cannot be written.
        db.execute("BEGIN IMMEDIATE")
        db.execute("COMMIT")
    except (sqlite3.Error, OSError) as exc:
        db.close()
        raise _unusable(exc, path) from exc
    except Exception as exc:  # whatever a migration meets in a file, the chats stay and can be read
        db.close()
        logger.exception("a migration of the store failed")
        reason = say("its chats could not be brought into the form of this version ({kind})", kind=type(exc).__name__)
        raise StoreUnusableError(reason, readable=True) from exc
    return db


def _lacks_locks(share: str | None, folder: Path) -> bool:
    """Asked of shares alone: SQLite would wait long for each lock, and of other file systems it says itself."""
    return share is not None and not locks_files(folder)


def _refuse_newer(db: sqlite3.Connection) -> None:
    if migrations.version_of(db) > migrations.SCHEMA_VERSION:
        raise StoreUnusableError(say("it was written by a newer version of this app"), readable=True)


def _unusable(exc: sqlite3.Error | OSError, path: Path) -> StoreUnusableError:
    readable = not isinstance(exc, sqlite3.DatabaseError) or _readable(exc)
    return StoreUnusableError(_why_not_writable(exc, path), readable=readable)


def configure(db: sqlite3.Connection) -> None:
    db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA temp_store = MEMORY")


def open_memory(copy_from: Path | None = None, *, without_chats: bool = False) -> tuple[sqlite3.Connection, str]:
    """A store in memory, with what `copy_from` holds where it can be read, and a note on what is missing.

    `without_chats`: of it only the prompts and presets, and which models were used.
    """
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA temp_store = MEMORY")
    migrations.migrate(db)
    if copy_from is None or not copy_from.exists():
        return db, ""
    try:
        if not without_chats and copy_from.stat().st_size - _bytes_of_files(copy_from) > MAX_MEMORY_COPY_BYTES:
            return db, say("The file is too large to be shown from memory.")
        _copy_rows(db, copy_from, _LIBRARY if without_chats else (*_TABLES, *_LATER_TABLES))
    except (sqlite3.Error, OSError) as exc:
        logger.warning("the store could not be read: %s", describe(exc))
        fresh = sqlite3.connect(":memory:", isolation_level=None)
        fresh.execute("PRAGMA foreign_keys = ON")
        fresh.execute("PRAGMA temp_store = MEMORY")
        migrations.migrate(fresh)
        db.close()
        return fresh, say("Its chats could not be read either.")
    return db, ""


# -- what memory holds, back into the file


def track(db: sqlite3.Connection, path: Path) -> None:
    """From now on remember in temporary tables which rows of a store in memory change, and what they were before.

    New rows get ids that the file is not going to use, so that ids people work with stay valid after `merge`.
    """
    highest = [_highest_id(db, table) for table in (*_WITH_ID, "attachment")]
    with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(connect_read_only(path)) as file:
        there = [_highest_id(file, table) for table in (*_WITH_ID, "attachment")]
        highest = [max(pair) for pair in zip(highest, there, strict=True)]
    above = (int.from_bytes(os.urandom(2), "big") % 200 + 1) * _RESERVED_IDS  # not `secrets`: it loads OpenSSL
    conversation, message, attachment = (number + above for number in highest)
    db.execute(
        "INSERT INTO conversation(id, uid, created_at, updated_at, deleted_at) VALUES (?, ?, 0, 0, 1e18)",
        (conversation, _RESERVED_UID),
    )
    db.execute(
        "INSERT INTO message(id, conversation_id, role, status, created_at, chosen_at, deleted_at) "
        "VALUES (?, ?, 'user', 'complete', 0, 0, 1e18)",
        (message, conversation),
    )
    # Here and in `merge`: few starts need them.
    from app.services.conversations import (
        attachment_merge,
        comparison_merge,
        folder_merge,
        model_loads,
        presets,
        saved_prompts,
    )

    attachment_merge.track(db, conversation, attachment)
    folder_merge.track(db)
    saved_prompts.track(db)
    presets.track(db)
    model_loads.track(db)
    comparison_merge.track(db)
    db.execute("CREATE TEMP TABLE base_model_use AS SELECT * FROM model_use")
    db.execute("CREATE TEMP TABLE touched_journal(id INTEGER PRIMARY KEY)")
    for table in _WITH_ID:
        db.execute(f"CREATE TEMP TABLE base_{table} AS SELECT * FROM {table} WHERE 0")
        db.execute(f"CREATE TEMP TABLE touched_{table}(id INTEGER PRIMARY KEY)")
        db.execute(f"CREATE UNIQUE INDEX temp.base_{table}_id ON base_{table}(id)")
        db.execute(
            f"CREATE TEMP TRIGGER new_{table} AFTER INSERT ON main.{table} "
            f"WHEN NOT EXISTS (SELECT 1 FROM touched_{table} WHERE id = new.id) BEGIN "
            f"INSERT INTO touched_{table} VALUES (new.id); END"
        )
        for event in ("UPDATE", "DELETE"):
            db.execute(
                f"CREATE TEMP TRIGGER {event.lower()}_{table} BEFORE {event} ON main.{table} "
                f"WHEN NOT EXISTS (SELECT 1 FROM touched_{table} WHERE id = old.id) BEGIN "
                f"INSERT INTO base_{table} SELECT * FROM {table} WHERE id = old.id; "
                f"INSERT INTO touched_{table} VALUES (old.id); END"
            )
    for event, alias in (("INSERT", "new"), ("DELETE", "old")):
        db.execute(
            f"CREATE TEMP TRIGGER {event.lower()}_journal AFTER {event} ON main.journal "
            f"WHEN NOT EXISTS (SELECT 1 FROM touched_journal WHERE id = {alias}.message_id) BEGIN "
            f"INSERT INTO touched_journal VALUES ({alias}.message_id); END"
        )


def _highest_id(db: sqlite3.Connection, table: str) -> int:
    """0 where an older file has no such table."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
        return 0
    return int(db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])


def merge(memory: sqlite3.Connection, file: sqlite3.Connection) -> None:
    """Write what changed in a tracked store into the file, all of it or nothing. Ids stay what they are.

    Only columns that changed are written and only what was destroyed in memory is removed, so what other processes
    wrote meanwhile stays.

    Raises:
        StoreUnusableError: an id means another chat or message in the file now.
        sqlite3.Error: the file still cannot be written.
    """
    from app.services.conversations import (
        attachment_merge,
        comparison_merge,
        folder_merge,
        model_loads,
        presets,
        saved_prompts,
    )

    file.execute("PRAGMA synchronous = FULL")
    file.execute("BEGIN IMMEDIATE")
    try:
        file.execute("PRAGMA defer_foreign_keys = ON")
        _merge_model_uses(memory, file)
        everything = file.execute("SELECT 1 FROM conversation LIMIT 1").fetchone() is None
        touched = "SELECT id FROM conversation" if everything else _TOUCHED_CONVERSATIONS
        folder_ids = folder_merge.merge_folders(memory, file, everything=everything)
        brought_back = {
            conversation_id
            for (conversation_id,) in memory.execute(touched).fetchall()
            if _merge_conversation(memory, file, conversation_id, folder_ids, everything=everything)
        }
        folder_merge.merge_tags(memory, file, brought_back, everything=everything)
        saved_prompts.merge(memory, file, everything=everything)
        presets.merge(memory, file, everything=everything)
        model_loads.merge(memory, file, everything=everything)
        comparison_merge.merge(memory, file, everything=everything)
        attachment_merge.merge(memory, file, brought_back, everything=everything)
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


_WITH_ID = ("conversation", "message")
_TOUCHED_CONVERSATIONS = """
  SELECT id FROM touched_conversation
  UNION SELECT conversation_id FROM message WHERE id IN (SELECT id FROM touched_message)
  UNION SELECT conversation_id FROM message WHERE id IN (SELECT id FROM touched_journal)"""


def unsaved_chats(memory: sqlite3.Connection) -> list[int]:
    """Chats of a tracked store with words that are nowhere but in it; what lies in the trash is not missed."""
    return [found[0] for found in memory.execute(_UNSAVED_CHATS, (_RESERVED_UID,))]


_UNSAVED_CHATS = """
  SELECT c.id FROM conversation c LEFT JOIN base_conversation b ON b.id = c.id
  WHERE c.uid <> ? AND c.deleted_at IS NULL AND (
    EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.deleted_at IS NULL AND (
      m.id IN (SELECT id FROM touched_message) OR m.id IN (SELECT id FROM touched_journal)))
    OR c.id IN (SELECT id FROM touched_conversation) AND (
      c.draft <> coalesce(b.draft, '') OR c.title <> coalesce(b.title, ''))
    OR EXISTS (SELECT 1 FROM attachment a LEFT JOIN base_attachment o ON o.id = a.id
      WHERE a.conversation_id = c.id AND (o.id IS NULL OR o.message_id IS NOT a.message_id)))
  ORDER BY c.updated_at DESC"""


def _merge_conversation(
    memory: sqlite3.Connection,
    file: sqlite3.Connection,
    conversation_id: int,
    folder_ids: FolderIds,
    *,
    everything: bool,
) -> bool:
    """Whether the file had no such chat and has it now."""
    ours = row(memory, "conversation", conversation_id)
    base = row(memory, "base_conversation", conversation_id)
    theirs = row(file, "conversation", conversation_id)
    known = ours or base
    if known is None or known["uid"] == _RESERVED_UID:
        return False  # made and destroyed in memory
    if theirs is not None and theirs["uid"] != known["uid"]:
        raise StoreUnusableError(say(CHANGED_MEANWHILE), readable=True)
    if ours is None:
        # Emptying the trash must not take what another process has taken out of it.
        if base is not None and theirs is not None and theirs["deleted_at"] == base["deleted_at"]:
            trash.destroy_conversation(file, conversation_id)
        return False
    ours = folder_ids.of(ours)
    base = None if base is None else folder_ids.of(base, base=True)
    wanted = "id IN (SELECT id FROM touched_message) OR id IN (SELECT id FROM touched_journal)"
    mine = f"SELECT id FROM message WHERE conversation_id = ? AND ({wanted}) ORDER BY id"
    message_ids = [found[0] for found in memory.execute(mine, (conversation_id,))]
    if theirs is None:
        is_new = (
            base is None
            and memory.execute("SELECT 1 FROM touched_conversation WHERE id = ?", (conversation_id,)).fetchone()
        )
        if not (everything or is_new or message_ids):
            return False  # destroyed by another process; a new title or draft does not bring it back
        _insert(file, "conversation", ours)
        every = memory.execute("SELECT id FROM message WHERE conversation_id = ? ORDER BY id", (conversation_id,))
        message_ids = [found[0] for found in every]
    else:
        _update(file, "conversation", base, ours, theirs)
    for message_id in message_ids:
        _merge_message(memory, file, message_id)
    if message_ids:
        changes.rebuild_path(file, conversation_id)
    return theirs is None


def _merge_message(memory: sqlite3.Connection, file: sqlite3.Connection, message_id: int) -> None:
    ours = row(memory, "message", message_id)
    assert ours is not None
    theirs = row(file, "message", message_id)
    if theirs is None:
        _insert(file, "message", ours)
        parent_id = ours["parent_id"]
        if parent_id is not None and row(file, "message", parent_id) is None:
            _merge_message(memory, file, parent_id)
    elif any(theirs[name] != ours[name] for name in ("conversation_id", "created_at", "role")):
        raise StoreUnusableError(say(CHANGED_MEANWHILE), readable=True)
    else:
        _update(file, "message", row(memory, "base_message", message_id), ours, theirs)
    answer_runs.merge(memory, file, message_id)
    journal_changed = memory.execute("SELECT 1 FROM touched_journal WHERE id = ?", (message_id,)).fetchone()
    if theirs is None or journal_changed:
        file.execute("DELETE FROM journal WHERE message_id = ?", (message_id,))
        file.executemany(
            "INSERT INTO journal(message_id, sequence, text, reasoning) VALUES (?, ?, ?, ?)",
            memory.execute(
                "SELECT message_id, sequence, text, reasoning FROM journal WHERE message_id = ?", (message_id,)
            ),
        )


def _merge_model_uses(memory: sqlite3.Connection, file: sqlite3.Connection) -> None:
    rows = memory.execute(
        "SELECT n.provider, n.model, n.last_used_at, n.uses - coalesce(b.uses, 0), n.favourite, "
        "n.favourite IS NOT coalesce(b.favourite, 0) FROM model_use n "
        "LEFT JOIN base_model_use b ON b.provider = n.provider AND b.model = n.model "
        "WHERE b.provider IS NULL OR n.uses <> b.uses OR n.favourite <> b.favourite"
    )
    file.executemany(
        "INSERT INTO model_use(provider, model, last_used_at, uses, favourite) VALUES (?1, ?2, ?3, ?4, ?5) "
        "ON CONFLICT(provider, model) DO UPDATE SET uses = uses + ?4, "
        "last_used_at = nullif(max(coalesce(last_used_at, 0), coalesce(?3, 0)), 0), "
        "favourite = CASE WHEN ?6 THEN ?5 ELSE favourite END",
        rows,
    )


def _insert(db: sqlite3.Connection, table: str, values: dict[str, Any]) -> None:
    """Taken uids mean that the same chat came into the file another way, under another id."""
    try:
        insert(db, table, values)
    except sqlite3.IntegrityError as exc:
        raise StoreUnusableError(say(CHANGED_MEANWHILE), readable=True) from exc


def _update(
    db: sqlite3.Connection, table: str, base: dict[str, Any] | None, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """Write the columns that differ from `base`; without one the row did not change, or is in the file already."""
    if base is None:
        return
    changed = {name: value for name, value in ours.items() if value != base[name]}
    if "updated_at" in changed:
        changed["updated_at"] = max(changed["updated_at"], theirs["updated_at"])
    if changed:
        settings = ", ".join(f"{name} = ?" for name in changed)
        db.execute(f"UPDATE {table} SET {settings} WHERE id = ?", [*changed.values(), ours["id"]])


# -- reading a file


def _bytes_of_files(path: Path) -> int:
    """What the store holds in attached files, whose number of bytes says nothing of the number of chats."""
    with contextlib.closing(connect_read_only(path)) as source:
        if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'content'").fetchone():
            return 0
        return int(source.execute("SELECT coalesce(sum(size), 0) FROM content").fetchone()[0])


def _copy_rows(db: sqlite3.Connection, path: Path, tables: Collection[str]) -> None:
    """Rows of the tables and columns this version knows; a newer file may have more of both."""
    source = connect_read_only(path)
    try:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("BEGIN")
        for table in tables:
            columns = [column[1] for column in db.execute(f"PRAGMA table_info({table})")]
            there = {column[1] for column in source.execute(f"PRAGMA table_info({table})")}
            shared = [c for c in columns if c in there]
            if not shared and table in _LATER_TABLES:
                continue
            if not shared:
                raise sqlite3.DatabaseError(f"no table {table}")
            names = ", ".join(shared)
            marks = ", ".join("?" for _ in shared)
            # Of attached files the newest, as far as there is room; the others stay where they are and are not shown.
            limit = f" WHERE {_NEWEST_FILES}" if table == "content" else ""
            db.executemany(
                f"INSERT INTO {table}({names}) VALUES ({marks})", source.execute(f"SELECT {names} FROM {table}{limit}")
            )
        db.execute("COMMIT")
        db.execute("PRAGMA foreign_keys = ON")
        if "run" in tables:
            answer_runs.complete_copy(db, {column[1] for column in source.execute("PRAGMA table_info(run)")})
    finally:
        source.close()


def connect_read_only(path: Path) -> sqlite3.Connection:
    """`immutable` where the folder is read-only: WAL would want to make files beside the store; and where no lock is to
    be had."""
    address = path.absolute().as_uri() + "?mode=ro"
    wal = path.with_name(path.name + "-wal")
    reads_only = not os.access(path.parent, os.W_OK)
    if not wal.exists() and (reads_only or _lacks_locks(network_file_system(path), path.parent)):
        address += "&immutable=1"
    db = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    db.execute("PRAGMA query_only = ON")
    return db


def quick_check(path: Path) -> str | None:
    """None when the file is sound, else the first complaint. Reads the whole file: call it in a worker thread."""
    try:
        with contextlib.closing(connect_read_only(path)) as db:
            answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (sqlite3.Error, OSError) as exc:
        return describe(exc)
    return None if answer == "ok" else str(answer)


def _why_not_writable(exc: Exception, path: Path) -> str:
    """As `describe`; SQLite says "cannot be opened" of a read-only folder, where it cannot make its log file."""
    code = (getattr(exc, "sqlite_errorcode", 0) or 0) & 0xFF
    if code == sqlite3.SQLITE_CANTOPEN and path.exists() and not os.access(path.parent, os.W_OK):
        return _REASONS[sqlite3.SQLITE_READONLY]
    if code in _LOCKING and not locks_files(path.parent):
        return say(NO_LOCKS)
    return describe(exc)


def _readable(exc: sqlite3.DatabaseError) -> bool:
    return getattr(exc, "sqlite_errorcode", 0) not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


#: What SQLite says where a file cannot be locked; an NFS without its lock service looks like one that somebody holds.
_LOCKING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}

_REASONS = {
    sqlite3.SQLITE_FULL: later("Core", "the disk is full"),
    sqlite3.SQLITE_READONLY: later("Core", "the file or its folder is read-only"),
    sqlite3.SQLITE_CANTOPEN: later("Core", "the file cannot be opened"),
    sqlite3.SQLITE_NOTADB: later("Core", "the file is not a database of this program or is damaged"),
    sqlite3.SQLITE_CORRUPT: later("Core", "the file is damaged"),
    sqlite3.SQLITE_BUSY: later("Core", "another program holds the file"),
    sqlite3.SQLITE_LOCKED: later("Core", "another program holds the file"),
    sqlite3.SQLITE_IOERR: later("Core", "the disk reported an error"),
    sqlite3.SQLITE_PERM: later("Core", "the file may not be opened"),
}


def describe(exc: Exception) -> str:
    """Why a file cannot be used, as the end of a sentence."""
    if isinstance(exc, sqlite3.Error):
        code = getattr(exc, "sqlite_errorcode", 0) or 0
        return say(_REASONS.get(code & 0xFF, str(exc)))
    if isinstance(exc, OSError):
        return (exc.strerror or str(exc)).lower()
    return str(exc)
