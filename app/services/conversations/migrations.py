"""The schema of the conversation store: an append-only list of steps, each in its own transaction.

A released step is never edited. One file of every released schema lies in tests/data and is upgraded by a test.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable

from app.services.conversations import answer_runs
from app.services.conversations.records import storable

logger = logging.getLogger(__name__)

#: "AICA": marks the file as ours.
APPLICATION_ID = 0x41494341

Migration = Callable[[sqlite3.Connection], None]


def _conversations_and_messages(db: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE conversation(
             id INTEGER PRIMARY KEY,
             uid TEXT NOT NULL UNIQUE,
             title TEXT NOT NULL DEFAULT '',
             title_by_user INTEGER NOT NULL DEFAULT 0,
             created_at REAL NOT NULL,
             updated_at REAL NOT NULL,
             provider TEXT,
             model TEXT,
             system_prompt TEXT NOT NULL DEFAULT '',
             parameters TEXT NOT NULL DEFAULT '{}',
             draft TEXT NOT NULL DEFAULT '',
             unread INTEGER NOT NULL DEFAULT 0,
             pinned INTEGER NOT NULL DEFAULT 0,
             deleted_at REAL)""",
        "CREATE INDEX conversation_recent ON conversation(deleted_at, updated_at DESC)",
        # `chosen_at` tells which of several siblings is shown: the one chosen last. No cascade along `parent_id`:
        # a long chat is a chain deeper than SQLite's limit for nested triggers.
        """CREATE TABLE message(
             id INTEGER PRIMARY KEY,
             conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
             parent_id INTEGER REFERENCES message(id),
             role TEXT NOT NULL CHECK(role IN ('user','assistant')),
             status TEXT NOT NULL CHECK(status IN ('complete','streaming','interrupted','stopped','error')),
             text TEXT NOT NULL DEFAULT '',
             reasoning TEXT NOT NULL DEFAULT '',
             created_at REAL NOT NULL,
             chosen_at REAL NOT NULL,
             finished_at REAL,
             provider TEXT,
             model TEXT,
             model_name TEXT,
             local INTEGER,
             simulated INTEGER NOT NULL DEFAULT 0,
             request TEXT,
             parameters TEXT,
             metrics TEXT,
             finish_reason TEXT,
             error TEXT,
             owner TEXT,
             deleted_at REAL)""",
        "CREATE INDEX message_parent ON message(conversation_id, parent_id, chosen_at)",
        "CREATE INDEX message_by_parent ON message(parent_id)",
        "CREATE INDEX message_streaming ON message(status) WHERE status = 'streaming'",
        # Pieces of a running answer: appending costs the same at any length; folded into the row at the end.
        """CREATE TABLE journal(
             message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
             sequence INTEGER NOT NULL,
             text TEXT NOT NULL,
             reasoning TEXT NOT NULL,
             PRIMARY KEY(message_id, sequence)) WITHOUT ROWID""",
        # The shown branch, by position, so that any part of a long chat opens without walking the tree.
        """CREATE TABLE path(
             conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
             position INTEGER NOT NULL,
             message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
             PRIMARY KEY(conversation_id, position)) WITHOUT ROWID""",
        "CREATE INDEX path_of_message ON path(message_id)",
        # uint32 each, little endian: top bit set for a prompt, the rest an estimate of its lines.
        """CREATE TABLE path_size(
             conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
             chunk INTEGER NOT NULL,
             sizes BLOB NOT NULL,
             PRIMARY KEY(conversation_id, chunk)) WITHOUT ROWID""",
        """CREATE TABLE model_use(
             provider TEXT NOT NULL,
             model TEXT NOT NULL,
             last_used_at REAL,
             uses INTEGER NOT NULL DEFAULT 0,
             favourite INTEGER NOT NULL DEFAULT 0,
             PRIMARY KEY(provider, model)) WITHOUT ROWID""",
    ):
        db.execute(statement)


def _full_text_index(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE VIRTUAL TABLE message_fts USING fts5("
        "text, content='message', content_rowid='id', tokenize=\"unicode61 remove_diacritics 2 tokenchars '_'\")"
    )
    db.execute("INSERT INTO message_fts(message_fts) VALUES ('rebuild')")
    # A running answer stays out of the index until it is done: indexing each flush costs twenty times as much.
    db.execute(
        "CREATE TRIGGER message_fts_insert AFTER INSERT ON message WHEN new.status <> 'streaming' BEGIN "
        "INSERT INTO message_fts(rowid, text) VALUES (new.id, new.text); END"
    )
    db.execute(
        "CREATE TRIGGER message_fts_delete AFTER DELETE ON message WHEN old.status <> 'streaming' BEGIN "
        "INSERT INTO message_fts(message_fts, rowid, text) VALUES ('delete', old.id, old.text); END"
    )
    # One trigger with 'delete' before 'insert': two AFTER UPDATE triggers would run in no defined order.
    db.execute(
        "CREATE TRIGGER message_fts_update AFTER UPDATE OF text, status ON message "
        "WHEN (old.status <> 'streaming' OR new.status <> 'streaming') "
        "AND (old.text IS NOT new.text OR (old.status = 'streaming') <> (new.status = 'streaming')) BEGIN "
        "INSERT INTO message_fts(message_fts, rowid, text) "
        "SELECT 'delete', old.id, old.text WHERE old.status <> 'streaming'; "
        "INSERT INTO message_fts(rowid, text) SELECT new.id, new.text WHERE new.status <> 'streaming'; END"
    )


def _queued_prompts(db: sqlite3.Connection) -> None:
    # A JSON list of texts, in their order: always read and written as a whole, like the draft beside it.
    db.execute("ALTER TABLE conversation ADD COLUMN queued TEXT NOT NULL DEFAULT '[]'")


def _prompts_of_forked_answers(db: sqlite3.Connection) -> None:
    # A fork copied the request with the number of the prompt in the chat it came from. The new number is the parent's.
    # As bytes: of a damaged file not even the text may be readable.
    rows = db.execute(
        "SELECT id, parent_id, CAST(request AS BLOB) FROM message WHERE role = 'assistant' AND request IS NOT NULL "
        "AND instr(request, '\"prompt_id\": ' || parent_id || ',') = 0"
    ).fetchall()
    for message_id, prompt_id, text in rows:
        try:
            request = json.loads(text)
            if not isinstance(request, dict) or "prompt_id" not in request:
                continue
            mended = storable(json.dumps({**request, "prompt_id": prompt_id}, ensure_ascii=False))
        except (ValueError, RecursionError) as exc:  # damaged: one request must not lock all chats away
            logger.warning("the request of message %s stays as it is: %s", message_id, type(exc).__name__)
            continue
        db.execute("UPDATE message SET request = ? WHERE id = ?", (mended, message_id))


def _history_cuts(db: sqlite3.Connection) -> None:
    # JSON of a `HistoryCut`; NULL for nearly all messages. At a message, and so shared by the branches below it.
    db.execute("ALTER TABLE message ADD COLUMN history_cut TEXT")
    db.execute("CREATE INDEX message_history_cut ON message(conversation_id) WHERE history_cut IS NOT NULL")


def _index_of_short_beginnings(db: sqlite3.Connection) -> None:
    # What is typed letter by letter: of a short beginning the full-text index has to merge thousands of words. This one
    # knows whole words and beginnings of up to five letters, and of both only which messages hold them.
    db.execute(
        "CREATE VIRTUAL TABLE message_prefix USING fts5(text, content='', detail=none, columnsize=0, "
        "prefix='1 2 3 4 5', tokenize=\"unicode61 remove_diacritics 2 tokenchars '_'\")"
    )
    # Messages from this id on are in it. Older ones are taken in while the application runs, since that takes longer
    # than anybody wants to wait at a start; see `searching.take_in_older`.
    db.execute("CREATE TABLE prefix_progress(lowest INTEGER NOT NULL)")
    db.execute("INSERT INTO prefix_progress SELECT coalesce(max(id) + 1, 0) FROM message")
    inside = "{row}.id >= (SELECT lowest FROM prefix_progress)"
    db.execute(
        "CREATE TRIGGER message_prefix_insert AFTER INSERT ON message "
        f"WHEN new.status <> 'streaming' AND {inside.format(row='new')} BEGIN "
        "INSERT INTO message_prefix(rowid, text) VALUES (new.id, new.text); END"
    )
    db.execute(
        "CREATE TRIGGER message_prefix_delete AFTER DELETE ON message "
        f"WHEN old.status <> 'streaming' AND {inside.format(row='old')} BEGIN "
        "INSERT INTO message_prefix(message_prefix, rowid, text) VALUES ('delete', old.id, old.text); END"
    )
    db.execute(
        "CREATE TRIGGER message_prefix_update AFTER UPDATE OF text, status ON message "
        f"WHEN {inside.format(row='new')} AND (old.status <> 'streaming' OR new.status <> 'streaming') "
        "AND (old.text IS NOT new.text OR (old.status = 'streaming') <> (new.status = 'streaming')) BEGIN "
        "INSERT INTO message_prefix(message_prefix, rowid, text) "
        "SELECT 'delete', old.id, old.text WHERE old.status <> 'streaming'; "
        "INSERT INTO message_prefix(rowid, text) SELECT new.id, new.text WHERE new.status <> 'streaming'; END"
    )
    db.execute("CREATE INDEX message_created ON message(created_at)")


def _folders_tags_attachments(db: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE folder(
             id INTEGER PRIMARY KEY,
             uid TEXT NOT NULL UNIQUE,
             name TEXT NOT NULL COLLATE NOCASE UNIQUE,
             created_at REAL NOT NULL)""",
        "ALTER TABLE conversation ADD COLUMN folder_id INTEGER REFERENCES folder(id) ON DELETE SET NULL",
        "CREATE INDEX conversation_of_folder ON conversation(folder_id) WHERE folder_id IS NOT NULL",
        "ALTER TABLE conversation ADD COLUMN archived_at REAL",
        """CREATE TABLE conversation_tag(
             conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
             tag TEXT NOT NULL COLLATE NOCASE,
             PRIMARY KEY(conversation_id, tag)) WITHOUT ROWID""",
        "CREATE INDEX conversation_by_tag ON conversation_tag(tag)",
        # What was attached, once, however often and under whatever names it is attached.
        """CREATE TABLE content(
             hash TEXT PRIMARY KEY,
             size INTEGER NOT NULL,
             data BLOB NOT NULL)""",
        # Of a message, or of the draft of a chat until it is sent. `text` is what a model reads of a document, and
        # `shown_lines` how much of it was sent where it was cut.
        """CREATE TABLE attachment(
             id INTEGER PRIMARY KEY,
             conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
             message_id INTEGER REFERENCES message(id) ON DELETE CASCADE,
             position INTEGER NOT NULL,
             name TEXT NOT NULL,
             kind TEXT NOT NULL CHECK(kind IN ('text','image','document')),
             media_type TEXT NOT NULL DEFAULT '',
             hash TEXT NOT NULL REFERENCES content(hash),
             text TEXT,
             shown_lines INTEGER)""",
        "CREATE INDEX attachment_of_message ON attachment(message_id, position) WHERE message_id IS NOT NULL",
        "CREATE INDEX attachment_of_draft ON attachment(conversation_id, position) WHERE message_id IS NULL",
        "CREATE INDEX attachment_of_content ON attachment(hash)",
        # A content that nothing holds any more goes with the last that did: deleted means deleted.
        "CREATE TRIGGER content_unused AFTER DELETE ON attachment BEGIN "
        "DELETE FROM content WHERE hash = old.hash "
        "AND NOT EXISTS (SELECT 1 FROM attachment WHERE hash = old.hash); END",
    ):
        db.execute(statement)


def _saved_prompts(db: sqlite3.Connection) -> None:
    db.execute(
        """CREATE TABLE saved_prompt(
             id INTEGER PRIMARY KEY,
             uid TEXT NOT NULL UNIQUE,
             name TEXT NOT NULL COLLATE NOCASE UNIQUE,
             text TEXT NOT NULL,
             created_at REAL NOT NULL,
             updated_at REAL NOT NULL)"""
    )


def _presets(db: sqlite3.Connection) -> None:
    # `system_prompt` NULL: the preset says nothing about it. Chats name a preset by its uid, among their parameters.
    db.execute(
        """CREATE TABLE preset(
             uid TEXT PRIMARY KEY,
             name TEXT NOT NULL COLLATE NOCASE UNIQUE,
             system_prompt TEXT,
             parameters TEXT NOT NULL DEFAULT '{}',
             created_at REAL NOT NULL,
             updated_at REAL NOT NULL) WITHOUT ROWID"""
    )
    db.execute(
        """CREATE TABLE model_preset(
             provider TEXT NOT NULL,
             model TEXT NOT NULL,
             preset_uid TEXT NOT NULL REFERENCES preset(uid) ON DELETE CASCADE,
             PRIMARY KEY(provider, model)) WITHOUT ROWID"""
    )
    db.execute("CREATE INDEX model_preset_by_preset ON model_preset(preset_uid)")


def _comparisons(db: sqlite3.Connection) -> None:
    for statement in (
        # By uid, so that what was made in memory never meets an id of the file. `revealed_at`: when the names of a
        # blind one were shown; it stays when a vote is taken back, since nobody can forget what he saw.
        """CREATE TABLE comparison(
             uid TEXT PRIMARY KEY,
             prompt TEXT NOT NULL,
             system_prompt TEXT NOT NULL DEFAULT '',
             parameters TEXT NOT NULL DEFAULT '{}',
             blind INTEGER NOT NULL DEFAULT 0,
             order_reason TEXT,
             created_at REAL NOT NULL,
             revealed_at REAL,
             kind TEXT,
             vote TEXT CHECK(vote IN ('A','B','C','D','tie','bad')),
             voted_at REAL)""",
        "CREATE INDEX comparison_recent ON comparison(created_at DESC)",
        """CREATE TABLE compared_answer(
             comparison_uid TEXT NOT NULL REFERENCES comparison(uid) ON DELETE CASCADE,
             position INTEGER NOT NULL,
             provider TEXT NOT NULL,
             model TEXT NOT NULL,
             model_name TEXT NOT NULL DEFAULT '',
             local INTEGER NOT NULL,
             simulated INTEGER NOT NULL,
             state TEXT NOT NULL,
             text TEXT NOT NULL DEFAULT '',
             reasoning TEXT NOT NULL DEFAULT '',
             finish_reason TEXT,
             left_out TEXT NOT NULL DEFAULT '[]',
             metrics TEXT,
             error TEXT,
             owner TEXT,
             PRIMARY KEY(comparison_uid, position))""",
        "CREATE INDEX compared_answer_running ON compared_answer(owner) WHERE owner IS NOT NULL",
        # Pieces of answers that are being written, as `journal` has them of chats.
        """CREATE TABLE compared_piece(
             comparison_uid TEXT NOT NULL,
             position INTEGER NOT NULL,
             sequence INTEGER NOT NULL,
             text TEXT NOT NULL,
             reasoning TEXT NOT NULL,
             PRIMARY KEY(comparison_uid, position, sequence),
             FOREIGN KEY(comparison_uid, position) REFERENCES compared_answer(comparison_uid, position)
               ON DELETE CASCADE) WITHOUT ROWID""",
    ):
        db.execute(statement)


def _load_options(db: sqlite3.Connection) -> None:
    # NULL: the preset says nothing about how a model is loaded. Values by the names of `LoadOptions`.
    db.execute("ALTER TABLE preset ADD COLUMN load_options TEXT")
    # What each model was loaded with last, to be offered again.
    db.execute(
        """CREATE TABLE model_load(
             provider TEXT NOT NULL,
             model TEXT NOT NULL,
             options TEXT NOT NULL DEFAULT '{}',
             updated_at REAL NOT NULL,
             PRIMARY KEY(provider, model)) WITHOUT ROWID"""
    )


MIGRATIONS: tuple[tuple[str, Migration], ...] = (
    ("0001_conversations_and_messages", _conversations_and_messages),
    ("0002_full_text_index", _full_text_index),
    ("0003_queued_prompts", _queued_prompts),
    ("0004_prompts_of_forked_answers", _prompts_of_forked_answers),
    ("0005_history_cuts", _history_cuts),
    ("0006_index_of_short_beginnings", _index_of_short_beginnings),
    ("0007_folders_tags_attachments", _folders_tags_attachments),
    ("0008_saved_prompts", _saved_prompts),
    ("0009_presets", _presets),
    ("0010_comparisons", _comparisons),
    ("0011_runs", answer_runs.make_table),
    ("0012_load_options", _load_options),
    ("0013_runs_passed_over", answer_runs.bind_passed_over),
)

SCHEMA_VERSION = len(MIGRATIONS)


def version_of(db: sqlite3.Connection) -> int:
    """How many migrations the file has; 0 for a new one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> list[str]:
    """Apply what is missing and return the names applied. The connection must be in autocommit mode.

    Raises:
        sqlite3.Error: a step failed; it was rolled back and the steps before it stay. So it is with any other error.
    """
    applied: list[str] = []
    for number, (name, step) in enumerate(MIGRATIONS, start=1):
        if number <= version_of(db):
            continue
        db.execute("BEGIN IMMEDIATE")
        try:
            if number > version_of(db):  # another process may have been faster
                if number == 1:
                    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    db.execute("CREATE TABLE migration(name TEXT PRIMARY KEY, applied_at REAL NOT NULL)")
                step(db)
                db.execute("INSERT INTO migration(name, applied_at) VALUES (?, ?)", (name, time.time()))
                db.execute(f"PRAGMA user_version = {number}")
                applied.append(name)
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
    return applied
