"""An index of parts of words, for those who want it: every three letters that stand side by side in a message.

With it `Handler` is found in `requestHandler`, and a word in a text that puts no blanks between words. It is no step of
the schema: it is made when it is switched on, filled in the background, and dropped when it is switched off. It knows
which messages hold three letters and not where (`detail=none`), so that what it proposes is looked for in the text.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.services.conversations.search_query import SearchQuery

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

INDEX: Final = "message_part"
PROGRESS: Final = "part_progress"
SHORTEST: Final = 3
#: Of one query, in the order of its words: more of them hardly narrow it.
MOST_PARTS: Final = 40
#: Messages that are taken in at once, some 12 ms of work, and the pause until the next: what streams is written
#: meanwhile, and may wait for 250 ms at most.
AT_ONCE: Final = 60
_PAUSE_S: Final = 0.05
#: Of many messages the counting takes longer than a step.
_TOLD_EACH_S: Final = 2.0
#: Writing without blanks between words: Thai, kana, Chinese characters, hangul, and their further planes.
_UNDIVIDED: Final = re.compile(
    "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_NAME: Final = re.compile(r"_|[^\W\d_]\d|[a-zà-ÿ][A-Z]")

#: Messages that are in it, and of how many.
OnProgress = Callable[[int, int], None]


def is_kept(db: sqlite3.Connection) -> bool:
    """Whether the index is there, filled or not."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (INDEX,)).fetchone() is not None


def is_complete(db: sqlite3.Connection) -> bool:
    """Whether it is there with every message in it."""
    return is_kept(db) and db.execute(f"SELECT lowest FROM {PROGRESS}").fetchone()[0] <= 0


def make(db: sqlite3.Connection) -> None:
    """The empty index and what keeps it up to date from now on; nothing where it is there. Inside a transaction."""
    if is_kept(db):
        return
    db.execute(
        f"CREATE VIRTUAL TABLE {INDEX} USING fts5(text, content='', detail=none, columnsize=0, tokenize='trigram')"
    )
    # As the index of short beginnings: messages from this number on are in it, older ones are taken in step by step.
    db.execute(f"CREATE TABLE {PROGRESS}(lowest INTEGER NOT NULL)")
    db.execute(f"INSERT INTO {PROGRESS} SELECT coalesce(max(id) + 1, 0) FROM message")
    added = f"INSERT INTO {INDEX}(rowid, text) SELECT new.id, new.text WHERE new.status <> 'streaming'; "
    removed = (
        f"INSERT INTO {INDEX}({INDEX}, rowid, text) SELECT 'delete', old.id, old.text WHERE old.status <> 'streaming'; "
    )
    inside = f"id >= (SELECT lowest FROM {PROGRESS})"
    for event, when, work in (
        ("INSERT ON message", f"new.{inside}", added),
        ("DELETE ON message", f"old.{inside}", removed),
        (
            "UPDATE OF text, status ON message",
            f"new.{inside} AND (old.text IS NOT new.text OR (old.status = 'streaming') <> (new.status = 'streaming'))",
            removed + added,
        ),
    ):
        name = f"{INDEX}_{event.split()[0].lower()}"
        db.execute(f"CREATE TRIGGER {name} AFTER {event} WHEN {when} BEGIN {work} END")


def drop(db: sqlite3.Connection) -> bool:
    """Whether there was one. Inside a transaction."""
    if not is_kept(db):
        return False
    for event in ("insert", "delete", "update"):
        db.execute(f"DROP TRIGGER {INDEX}_{event}")
    db.execute(f"DROP TABLE {INDEX}")
    db.execute(f"DROP TABLE {PROGRESS}")
    return True


def progress(db: sqlite3.Connection) -> tuple[int, int]:
    """Messages that are in the index, and of how many; (0, 0) where there is none."""
    if not is_kept(db):
        return 0, 0
    everything = "SELECT count(*) FROM message"
    inside = f"{everything} WHERE id >= (SELECT lowest FROM {PROGRESS})"
    return int(db.execute(inside).fetchone()[0]), int(db.execute(everything).fetchone()[0])


async def keep(store: ConversationStore, wanted: bool, on_progress: OnProgress | None = None) -> None:
    """Make and fill the index, or drop it; nothing where that was done. It may be cancelled at any time: what is
    missing is taken in when this is called again.

    Raises:
        LLMError: the file cannot be written.
    """
    from app.services.conversations.searching import take_in_older  # here: it asks this one for candidates

    if not wanted:
        if await store.read(is_kept):
            await store.write(drop)
            await store.leave_no_trace()
        return
    await store.write(make)
    goes_on = not await store.read(is_complete)
    told_at = 0.0
    while goes_on:
        goes_on = await store.write_soon(take_in_older, AT_ONCE, INDEX, PROGRESS)
        if on_progress is not None and (not goes_on or time.monotonic() - told_at >= _TOLD_EACH_S):
            on_progress(*await store.read(progress))
            told_at = time.monotonic()
        await asyncio.sleep(_PAUSE_S)


def expression(query: SearchQuery) -> str:
    """What the index is asked: every three letters of each wanted word; "" where no word has three."""
    words = [word for term in query.terms if not term.excluded for word in term.words]
    parts = [word[at : at + SHORTEST] for word in words for at in range(len(word) - SHORTEST + 1)]
    return " AND ".join(f'"{part}"' for part in dict.fromkeys(parts[:MOST_PARTS]))


def is_asked_for(query: SearchQuery) -> bool:
    """Whether a word looks like a part of another: of a name in code, or of a text without blanks."""
    words = [word for term in query.terms if not term.excluded for word in term.words]
    return any(len(word) >= SHORTEST and (_UNDIVIDED.search(word) or _NAME.search(word)) for word in words)
