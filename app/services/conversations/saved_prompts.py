"""The saved prompts: the user's own in the store, and those for code that come with the program.

Plain functions on the owner thread's connection, for `ConversationStore.read` and `write`. An own one of the same name
stands in place of one that came with the program.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time

from app.lean_dataclass import dataclass
from app.services.conversations.records import storable
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

MAX_NAME, MAX_TEXT, MOST = 40, 100_000, 1_000
#: Commands of `aica chat`, which come first there.
TAKEN_NAMES = frozenset(
    {
        *("model", "new", "history", "shorten", "summarise", "whole", "send", "continue", "keep", "prompts", "help"),
        *("exit", "quit", "attach"),
    }
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class SavedPrompt:
    """`own`: the user's; others came with the program."""

    name: str
    text: str
    own: bool = True


BUILT_IN = (
    SavedPrompt(
        "explain",
        "Explain what this code does and why it does it that way. Begin with one sentence for somebody who has never "
        "seen it, then go through the parts that matter. Say what surprised you.\n\n{{input}}",
        own=False,
    ),
    SavedPrompt(
        "review",
        "Review this code as a careful colleague would. List real problems first, the worst on top: wrong results, "
        "lost data, security, races, errors that nobody handles. For each: where, why it is wrong, how it shows, and "
        "the smallest change that mends it. Then what is hard to read. Do not praise, and do not invent problems.\n\n"
        "{{input}}",
        own=False,
    ),
    SavedPrompt(
        "test",
        "Write tests for this code, with the test tool it already uses. Test what it promises, not how it is written: "
        "the usual case, the edges, and what must fail. One behaviour a test, named after it. Say what you left "
        "out.\n\n{{input}}",
        own=False,
    ),
    SavedPrompt(
        "commit",
        "Write a commit message for this change. First line: what it does, in the imperative, at most 72 characters, "
        "no full stop. Then a blank line and why it is done, where that is not plain. Nothing that the diff already "
        "shows.\n\n{{input}}",
        own=False,
    ),
    SavedPrompt(
        "refactor",
        "Refactor this code so that it is easier to read and to change, with the same behaviour. Show the whole "
        "result, then each change in one line with its reason. If something looks like a bug, leave it and say so.\n\n"
        "{{input}}",
        own=False,
    ),
)


def prompts(db: sqlite3.Connection) -> list[SavedPrompt]:
    """All that can be used, by name."""
    own = [SavedPrompt(*row) for row in db.execute("SELECT name, text FROM saved_prompt")]
    names = {prompt.name for prompt in own}
    return sorted([*own, *(one for one in BUILT_IN if one.name not in names)], key=lambda one: one.name)


def prompt_called(db: sqlite3.Connection, name: str) -> SavedPrompt | None:
    """The one that a name means now, upper or lower case."""
    return next((one for one in prompts(db) if one.name == name.strip().lower()), None)


def save_prompt(db: sqlite3.Connection, name: str, text: str) -> SavedPrompt | None:
    """Keep a prompt under a name; returns the user's own that had it before.

    Raises:
        LLMError: config, for a name or text that is none, or when there are too many.
    """
    name = clean_name(name)
    if not text.strip() or len(text) > MAX_TEXT:
        raise LLMError(
            ErrorKind.CONFIG,
            say("This prompt cannot be kept."),
            say("It needs 1 to {most:,} characters.", most=MAX_TEXT),
        )
    before = db.execute("SELECT name, text FROM saved_prompt WHERE name = ?", (name,)).fetchone()
    count = db.execute("SELECT count(*) FROM saved_prompt").fetchone()[0]
    if before is None and count >= MOST:
        raise LLMError(
            ErrorKind.CONFIG, say("There are {most:,} prompts already.", most=MOST), say("Delete some first.")
        )
    _put(db, name, text)
    return SavedPrompt(*before) if before else None


def replace_prompt(db: sqlite3.Connection, old: str, name: str, text: str) -> SavedPrompt | None:
    """As `save_prompt`, for one that was called `old` until now, "" for a new one; no other gives way to it.

    Raises:
        LLMError: config, also for a name that another one of the user's has.
    """
    name, old = clean_name(name), old.strip().lower()
    if name != old and db.execute("SELECT 1 FROM saved_prompt WHERE name = ?", (name,)).fetchone():
        raise LLMError(
            ErrorKind.CONFIG, say("There is a prompt /{name} already.", name=name), say("Take another name.")
        )
    before = save_prompt(db, name, text)
    if name != old:
        delete_prompt(db, old)
    return before


def _put(db: sqlite3.Connection, name: str, text: str) -> None:
    now = time.time()
    db.execute(
        "INSERT INTO saved_prompt(uid, name, text, created_at, updated_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT(name) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at",
        (os.urandom(16).hex(), name, storable(text), now, now),
    )


def delete_prompt(db: sqlite3.Connection, name: str) -> SavedPrompt | None:
    """Take one of the user's own away and return it; None where the user has none of that name."""
    row = db.execute("DELETE FROM saved_prompt WHERE name = ? RETURNING name, text", (name.strip().lower(),)).fetchone()
    return SavedPrompt(*row) if row else None


def clean_name(name: str) -> str:
    """A name as it is kept: what can be typed behind a slash.

    Raises:
        LLMError: config.
    """
    name = name.strip().removeprefix("/").lower()
    if name in TAKEN_NAMES:
        raise LLMError(
            ErrorKind.CONFIG,
            say("/{name} is a command of the chat in the terminal.", name=name),
            say("Give the prompt another name."),
        )
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise LLMError(
            ErrorKind.CONFIG,
            say("This cannot be the name of a prompt."),
            say("Letters a to z, digits, - and _, at most {most}, no blanks.", most=MAX_NAME),
        )
    return name


# -- a store that was in memory for a while


def track(memory: sqlite3.Connection) -> None:
    """Remember what there is, for `merge`."""
    memory.execute("CREATE TEMP TABLE base_saved_prompt AS SELECT name, text FROM saved_prompt")


def merge(memory: sqlite3.Connection, file: sqlite3.Connection, *, everything: bool) -> None:
    """Write into the file what was kept, changed and deleted in memory; what others did there otherwise stays.

    `everything`: the file is a new one.
    """
    ours = dict(memory.execute("SELECT name, text FROM saved_prompt").fetchall())
    base = dict(memory.execute("SELECT name, text FROM base_saved_prompt").fetchall())
    for name, text in ours.items():
        if everything or base.get(name) != text:
            _put(file, name, text)
    for name in base.keys() - ours.keys():
        file.execute("DELETE FROM saved_prompt WHERE name = ? AND text = ?", (name, base[name]))
