"""Finding messages: newest first or best first, narrowed by filters, each with the place where it matches.

Plain functions on the owner thread's connection. What a search costs is bounded whatever was typed: at most
`MOST_CANDIDATES` messages are looked at, and the answer says when there were more.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, Literal

from app.lean_dataclass import dataclass
from app.services.conversations import word_parts
from app.services.conversations.chat_filters import ChatFilter, chat_filter, chosen_chats
from app.services.conversations.records import SearchHit
from app.services.conversations.search_query import SearchQuery, Term

logger = logging.getLogger(__name__)

MOST_CANDIDATES = 20_000
#: By relevance only the newest ones are compared: to weigh every hit of a common word takes a second.
_WEIGHED = 2_000
_BATCH = 200
#: Characters of a snippet around the match, and of the match itself.
_BEFORE, _AFTER, _LONGEST = 60, 140, 200
#: Others wait for the store meanwhile.
MOST_SECONDS = 0.4

_HAS = {
    "file": "EXISTS (SELECT 1 FROM attachment a WHERE a.message_id = m.id)",
    "image": "EXISTS (SELECT 1 FROM attachment a WHERE a.message_id = m.id AND a.kind = 'image')",
}

Order = Literal["newest", "relevance"]
_Index = Literal["words", "beginnings", "parts"]
_TABLES: dict[_Index, str] = {"words": "message_fts", "beginnings": "message_prefix", "parts": word_parts.INDEX}


@dataclass(frozen=True, slots=True)
class Found:
    """`partial`: older messages were not looked at. `problem`: what of the query could not be understood."""

    hits: list[SearchHit]
    partial: bool = False
    problem: str = ""


def search(db: sqlite3.Connection, query: SearchQuery, limit: int, order: Order = "newest") -> Found:
    """Messages that hold every word and pass every filter; those of chats in the trash are left out."""
    if query.problem or query.is_empty:
        return Found([], problem=query.problem)
    chats = chat_filter(db, query)
    if chats.problem:
        return Found([], problem=chats.problem)
    found = _words(db, query, chats, limit, order)
    if word_parts.is_asked_for(query) and word_parts.is_complete(db):
        # Words that stand alone are in it, too, but not those that are written with accents.
        return _both(found, _search(db, query, chats, limit, order, "parts"), limit, order)
    if not found.hits and not found.partial and word_parts.expression(query) and word_parts.is_kept(db):
        return _search(db, query, chats, limit, order, "parts")
    return found


def _both(words: Found, parts: Found, limit: int, order: Order) -> Found:
    """What either of two searches found; by relevance whole words come first."""
    known = {hit.message_id for hit in words.hits}
    hits = [*words.hits, *(hit for hit in parts.hits if hit.message_id not in known)]
    if order == "newest":
        hits.sort(key=lambda hit: hit.message_id, reverse=True)
    return Found(hits[:limit], partial=words.partial or parts.partial or len(hits) > limit)


def _words(db: sqlite3.Connection, query: SearchQuery, chats: ChatFilter, limit: int, order: Order) -> Found:
    short = query.begins_short and order == "newest" and prefixes_complete(db)
    try:
        return _search(db, query, chats, limit, order, "beginnings" if short else "words")
    except sqlite3.OperationalError as exc:
        # Of a letter that is younger than its tables FTS5 makes two words, and so a phrase of one; the index of short
        # beginnings knows no phrases.
        logger.info("the search is made again: %s", exc)
        return _search(db, query, chats, limit, order, "words")


def _search(
    db: sqlite3.Connection, query: SearchQuery, chats: ChatFilter, limit: int, order: Order, index: _Index
) -> Found:
    where, values = _conditions(query)
    matcher = _Matcher(query, inside_words=index == "parts")
    hits: list[SearchHit] = []
    looked_at = 0
    most = _WEIGHED if order == "relevance" and query.expression() else MOST_CANDIDATES
    until = time.monotonic() + MOST_SECONDS
    for batch in _batches(_candidates(db, query, chats, order, index), limit):
        looked_at += len(batch)
        rows = db.execute(
            "SELECT m.conversation_id, m.id, c.title, m.role, m.created_at, m.text FROM message m "
            "JOIN conversation c ON c.id = m.conversation_id WHERE m.id IN (SELECT value FROM json_each(?)) "
            f"AND c.deleted_at IS NULL AND m.deleted_at IS NULL{where}{chats.where}",
            (json.dumps(batch), *values, *chats.values),
        )
        by_id = {row[1]: row for row in rows}
        for message_id in batch:
            if time.monotonic() > until:
                return Found(hits, partial=True)
            row = by_id.get(message_id)
            snippet = matcher.snippet(row[5]) if row is not None else None
            if row is not None and snippet is not None:
                hits.append(SearchHit(row[0], row[1], row[2], row[3], row[4], snippet))
                if len(hits) == limit:
                    return Found(hits, partial=True)
    return Found(hits, partial=looked_at >= most)


def _candidates(
    db: sqlite3.Connection, query: SearchQuery, chats: ChatFilter, order: Order, index: _Index
) -> Iterator[int]:
    expression = word_parts.expression(query) if index == "parts" else query.expression()
    if not expression:
        return _by_filter(db, query, chats)
    table = _TABLES[index]
    between, values = _id_range(db, query)
    if order == "relevance" and index != "parts":  # which knows too little to weigh
        rows = db.execute(
            "SELECT id FROM (SELECT rowid AS id, bm25(message_fts) AS weight FROM message_fts "
            f"WHERE message_fts MATCH ?{between} ORDER BY rowid DESC LIMIT {_WEIGHED}) ORDER BY weight, id DESC",
            (expression, *values),
        )
    else:
        rows = db.execute(
            f"SELECT rowid FROM {table} WHERE {table} MATCH ?{between} ORDER BY rowid DESC LIMIT {MOST_CANDIDATES}",
            (expression, *values),
        )
    return (row[0] for row in rows)


def _by_filter(db: sqlite3.Connection, query: SearchQuery, chats: ChatFilter) -> Iterator[int]:
    """Messages by date, attachments and chat alone, newest first."""
    conditions, values = _date_conditions(query)
    if query.has:
        conditions.append(_HAS[query.has])
    if chats.where:
        conditions.append("m.conversation_id IN (SELECT value FROM json_each(?))")
        values.append(chosen_chats(db, chats))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = db.execute(
        f"SELECT id FROM message m{where} ORDER BY created_at DESC, id DESC LIMIT {MOST_CANDIDATES}", values
    )
    return (row[0] for row in rows)


def _id_range(db: sqlite3.Connection, query: SearchQuery) -> tuple[str, list[Any]]:
    """The part of the index that can hold messages of the wanted dates: ids grow with time, but for imported chats."""
    if not query.has_dates:
        return "", []
    conditions, values = _date_conditions(query)
    lowest, highest = db.execute(
        f"SELECT min(id), max(id) FROM message WHERE {' AND '.join(conditions)}", values
    ).fetchone()
    return " AND rowid BETWEEN ? AND ?", [lowest or 0, highest or 0]


def _date_conditions(query: SearchQuery) -> tuple[list[str], list[Any]]:
    pairs = [("created_at >= ?", query.after), ("created_at < ?", query.before)]
    return [sql for sql, value in pairs if value is not None], [value for _, value in pairs if value is not None]


def _conditions(query: SearchQuery) -> tuple[str, list[Any]]:
    conditions, values = _date_conditions(query)
    more = f" AND {_HAS[query.has]}" if query.has else ""
    for column, wanted in (("model", query.model), ("provider", query.provider)):
        if wanted:
            conditions.append(f"{column} LIKE ? ESCAPE '\\'")
            values.append("%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%")
    if query.role:
        conditions.append("role = ?")
        values.append(query.role)
    return "".join(f" AND m.{one}" for one in conditions) + more, values


def _batches(candidates: Iterator[int], first: int) -> Iterator[list[int]]:
    """As many as are wanted at first; then in pieces, since filters leave few of them."""
    size = max(1, min(first, _BATCH))
    batch: list[int] = []
    for one in candidates:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch, size = [], _BATCH
    if batch:
        yield batch


# -- where it matches


#: Of a run of marks no shorter one is tried: a line of a hundred thousand took as many looks through it.
_FENCE = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)[^\n]*+\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


class _Matcher:
    """Finds the first match in a text. The index folds accents away, this looks for the letters as typed first."""

    def __init__(self, query: SearchQuery, *, inside_words: bool = False) -> None:
        """`inside_words`: what is wanted may be a part of a word, and the text itself has to say whether it is."""
        self._in_code = query.in_code
        self._inside_words = inside_words
        wanted = [term for term in query.terms if not term.excluded]
        unwanted = [term for term in query.terms if term.excluded]
        #: What the index leaves out by itself where it is asked for words.
        self._unwanted = [] if wanted and not inside_words else [_Any([term]) for term in unwanted]
        self._wanted = _Any(wanted, inside_words=inside_words) if wanted else None
        #: A look that costs a tenth of a pattern's: the index proposes much where it was asked for parts.
        self._parts = [_folded(word).lower() for term in wanted for word in term.words] if inside_words else []
        each = wanted if query.in_code or inside_words else []
        self._each_wanted = [_Any([term], inside_words=inside_words) for term in each]

    def snippet(self, text: str) -> str | None:
        """The place of the first match, with what was found between \\x02 and \\x03; None where the wanted part of the
        message does not hold it."""
        if self._parts and text.isascii() and not _holds(text.lower(), self._parts):
            return None
        if any(term.is_in(text) for term in self._unwanted):
            return None
        text = text.replace("\x02", " ").replace("\x03", " ")
        if not self._in_code:
            if self._inside_words and not all(term.is_in(text) for term in self._each_wanted):
                return None
            return self._around(text) or _cut(text)
        if "```" not in text and "~~~" not in text:  # as most have it, and looking for fences takes its time
            return None
        code = "\n".join(fence[2] for fence in _FENCE.finditer(text))
        if not code or not all(term.is_in(code) for term in self._each_wanted):
            return None
        return self._around(code) or _cut(code)

    def _around(self, text: str) -> str | None:
        if self._wanted is None:
            return None
        pattern, seen = self._wanted.form_in(text)
        match = pattern.search(seen)
        if match is None:
            return None
        start = max(0, match.start() - _BEFORE)
        end = min(len(text), min(match.end(), match.start() + _LONGEST) + _AFTER)
        shown = text[start:end]
        marks = [one.span() for one in pattern.finditer(seen[start:end])]
        for begin, stop in reversed(marks or [(match.start() - start, min(match.end(), end) - start)]):
            shown = f"{shown[:begin]}\x02{shown[begin:stop]}\x03{shown[stop:]}"
        return ("…" if start else "") + shown + ("…" if end < len(text) else "")


def _holds(text: str, parts: list[str]) -> bool:
    return all(part in text for part in parts)


def _aligned(text: str) -> str:
    """Without accents, where letters stay in their places by that; else as it is."""
    plain = text if text.isascii() else _folded(text)
    return plain if len(plain) == len(text) else text


def _cut(text: str) -> str:
    """Its beginning: where no word was asked for, or the index sees one that this does not."""
    end = _BEFORE + _AFTER
    return text[:end] + ("…" if end < len(text) else "")


class _Any:
    """Any of some terms, as it was typed or without accents."""

    def __init__(self, terms: list[Term], *, inside_words: bool = False) -> None:
        self._typed = _pattern(terms, _as_typed, inside_words)
        self._folded = _pattern(terms, _folded, inside_words)

    def is_in(self, text: str) -> bool:
        pattern, seen = self.form_in(text)
        return pattern.search(seen) is not None

    def form_in(self, text: str) -> tuple[re.Pattern[str], str]:
        """The pattern to look for, and in which form of the text, letters in their places."""
        if self._typed.search(text) is not None:
            return self._typed, text
        return self._folded, _aligned(text)


def _as_typed(word: str) -> str:
    return word


def _pattern(terms: list[Term], form: Callable[[str], str], inside_words: bool) -> re.Pattern[str]:
    """Any of the terms, as whole words or wherever they are; between those of a phrase lies whatever divides words."""
    shapes = []
    for term in terms:
        end = "" if inside_words else r"\w*" if term.kind == "prefix" else r"(?!\w)"
        shapes.append(r"[^\w]+".join(re.escape(form(word)) for word in term.words) + end)
    start = "" if inside_words else r"(?<!\w)"
    return re.compile(rf"{start}(?:{'|'.join(shapes)})", re.IGNORECASE)


def _folded(text: str) -> str:
    """Without accents, as the index has it; of the same length for letters that have a form of their own with one."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


# -- the index of short beginnings


def prefixes_complete(db: sqlite3.Connection) -> bool:
    """Whether every message is in the index of short beginnings; those of an earlier version come bit by bit."""
    row = db.execute("SELECT lowest FROM prefix_progress").fetchone()
    return row is not None and row[0] <= 0


def take_in_older(
    db: sqlite3.Connection, count: int, index: str = "message_prefix", progress: str = "prefix_progress"
) -> bool:
    """Take up to so many older messages into an index, that of short beginnings or `word_parts.INDEX`.

    False when all of them are in it, or the index is gone.
    """
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (progress,)).fetchone() is None:
        return False
    lowest = db.execute(f"SELECT lowest FROM {progress}").fetchone()[0]
    if lowest <= 0:
        return False
    rows = db.execute(
        "SELECT id, CASE WHEN status = 'streaming' THEN NULL ELSE text END FROM message WHERE id < ? "
        "ORDER BY id DESC LIMIT ?",
        (lowest, count),
    ).fetchall()
    taken = [row for row in rows if row[1] is not None]
    db.executemany(f"INSERT INTO {index}(rowid, text) VALUES (?, ?)", taken)
    # Zero ends it: ids begin at one.
    db.execute(f"UPDATE {progress} SET lowest = ?", (rows[-1][0] if len(rows) == count else 0,))
    return len(rows) == count
