"""Tags on chats: words of the person's own, any number on a chat.

Plain functions inside one transaction. Of a tag that differs only by case from one that is there, that one is taken.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping

from app.services.conversations.records import storable
from app.services.wording import say

MAX_TAG = 50


class TagError(ValueError):
    """What can be no tag; the text is a sentence for people."""


def clean_tag(text: str) -> str:
    """A tag as it is stored: one line, without # in front, without commas, which part tags.

    Raises:
        TagError: there is no word in it, or it is too long.
    """
    plain = unicodedata.normalize("NFC", storable(text).replace("\0", " ").replace(",", " "))
    cleaned = " ".join(" ".join(plain.split()).lstrip("# ").split())
    if not cleaned:
        raise TagError(say("A tag needs a word."))
    if len(cleaned) > MAX_TAG:
        raise TagError(say("A tag has at most {most} characters.", most=MAX_TAG))
    return cleaned


def tags_in(typed: str) -> tuple[str, ...]:
    """What was typed with commas between, each tag once.

    Raises:
        TagError: one of them is too long.
    """
    found = {clean_tag(part): None for part in typed.split(",") if part.strip("# \t\r\n")}
    return tuple(found)


def add_tags(
    db: sqlite3.Connection, conversation_ids: Iterable[int], tags: Iterable[str]
) -> dict[int, tuple[str, ...]]:
    """The tags each chat had before, for `put_tags`.

    Raises:
        TagError: one of them can be no tag.
    """
    ids, wanted = list(conversation_ids), [clean_tag(one) for one in tags]
    before = {one: tags_of(db, one) for one in ids}
    _insert(db, [(one, tag) for one in ids for tag in wanted])
    return before


def remove_tags(
    db: sqlite3.Connection, conversation_ids: Iterable[int], tags: Iterable[str]
) -> dict[int, tuple[str, ...]]:
    """The tags each chat had before, for `put_tags`.

    Raises:
        TagError: one of them can be no tag.
    """
    unwanted = {clean_tag(one).casefold() for one in tags}
    before = {one: tags_of(db, one) for one in conversation_ids}
    gone = [(one, tag) for one, had in before.items() for tag in had if tag.casefold() in unwanted]
    db.executemany("DELETE FROM conversation_tag WHERE conversation_id = ? AND tag = ?", gone)
    return before


def put_tags(db: sqlite3.Connection, tags: Mapping[int, Iterable[str]]) -> dict[int, tuple[str, ...]]:
    """Give each chat exactly these tags; what each had before.

    Raises:
        TagError: one of them can be no tag.
    """
    wanted = [(one, clean_tag(tag)) for one, its in tags.items() for tag in its]
    before = {one: tags_of(db, one) for one in tags}
    db.executemany("DELETE FROM conversation_tag WHERE conversation_id = ?", [(one,) for one in tags])
    _insert(db, wanted)
    return before


def tags_of(db: sqlite3.Connection, conversation_id: int) -> tuple[str, ...]:
    """Of one chat, in their order."""
    return in_order(
        row[0] for row in db.execute("SELECT tag FROM conversation_tag WHERE conversation_id = ?", (conversation_id,))
    )


def in_order(tags: Iterable[str]) -> tuple[str, ...]:
    """By their letters, in upper or lower case."""
    return tuple(sorted(tags, key=lambda tag: (tag.casefold(), tag)))


def list_tags(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """(tag, how many chats have it), without chats in the trash."""
    rows = db.execute(
        "SELECT t.tag, count(*) FROM conversation_tag t JOIN conversation c ON c.id = t.conversation_id "
        "WHERE c.deleted_at IS NULL GROUP BY t.tag"
    )
    counts = dict(rows.fetchall())
    return [(tag, counts[tag]) for tag in in_order(counts)]


def as_spelt(db: sqlite3.Connection, tag: str) -> str | None:
    """The tag as it is written on chats, in upper or lower case; None where no chat has it."""
    row = db.execute("SELECT tag FROM conversation_tag WHERE tag = ? LIMIT 1", (tag,)).fetchone()
    if row is not None or tag.isascii():
        return row[0] if row else None
    rows = db.execute("SELECT DISTINCT tag FROM conversation_tag")  # SQLite folds the case of ASCII alone
    return next((row[0] for row in rows if row[0].casefold() == tag.casefold()), None)


def _insert(db: sqlite3.Connection, pairs: Iterable[tuple[int, str]]) -> None:
    for one, tag in pairs:
        db.execute(
            "INSERT OR IGNORE INTO conversation_tag(conversation_id, tag) "
            "SELECT id, ?2 FROM conversation WHERE id = ?1",
            (one, as_spelt(db, tag) or tag),
        )
