"""The conversation store: searching and opening, beside `LIKE` over chats that are kept as one JSON document each.

CPU of the thread that asks, in milliseconds. Stores are made once and kept (`AICA_BENCHMARK_DATA` names a folder for
them); the one of a million messages takes minutes and 2 GB.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.services.conversations import changes, queries, search_query, searching, store_file, word_parts
from app.services.conversations.changes import NewAnswer
from tests.benchmarks._history_data import blobs, language, store
from tests.benchmarks._measure import Figures, Limit, percentile

ASKED = 60
HITS = 100
MILLION = 1_000_000
SMALL = 100_000
ANSWER_TOKENS = 1_000
FLUSHES = 50

Words = Callable[[random.Random], str]


def _words(first: int, last: int) -> Words:
    return lambda pick: pick.choice(language().words[first:last])


def _beginning(letters: int) -> Words:
    return lambda pick: pick.choice(language().words[100:9_000])[:letters]


#: What is asked: finished words end with a space, what is being typed does not.
WHOLE: dict[str, Words] = {
    "rare": lambda pick: _words(8_000, 25_000)(pick) + " ",
    "middle": lambda pick: _words(300, 2_000)(pick) + " ",
    "common": lambda pick: _words(2, 10)(pick) + " ",
    "two": lambda pick: f"{_words(2, 50)(pick)} {_words(300, 3_000)(pick)} ",
    "phrase": lambda pick: f'"{_words(2, 30)(pick)} {_words(2, 30)(pick)}" ',
}
TYPED: dict[str, Words] = {f"{n}_letters": _beginning(n) for n in (1, 2, 3, 4, 5, 6, 8)} | {
    "second_word": lambda pick: f"{_words(2, 50)(pick)} {_beginning(3)(pick)}"
}
FILTERED: dict[str, Words] = {
    "model": lambda pick: f"{_words(2, 10)(pick)} model:opus",
    "role": lambda pick: f"{_words(300, 2_000)(pick)} role:user",
    "code": lambda pick: f"{_words(300, 2_000)(pick)} in:code",
}


def opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    store_file.configure(db)
    db.execute("SELECT count(*) FROM conversation").fetchone()
    return db


def spent_ms(work: Callable[[], object]) -> float:
    before = time.thread_time()
    work()
    return (time.thread_time() - before) * 1e3


def asked(db: sqlite3.Connection, kinds: dict[str, Words], order: searching.Order = "newest") -> Figures:
    """p95 of each kind, and of all of them together."""
    pick, figures, everything = random.Random(1), Figures(), []
    for kind, make in kinds.items():
        spent = []
        for _ in range(ASKED):
            query = search_query.parse(make(pick))
            spent.append(spent_ms(partial(searching.search, db, query, HITS, order)))
        figures[f"{kind}_p50_ms"] = percentile(spent, 0.5)
        figures[f"{kind}_p95_ms"] = percentile(spent, 0.95)
        everything += spent
    figures["all_p95_ms"] = percentile(everything, 0.95)
    return figures


def searched(messages: int, kinds: dict[str, Words], order: searching.Order = "newest") -> Callable[[], Figures]:
    def case() -> Figures:
        db = opened(store(messages))
        searching.search(db, search_query.parse("warm "), 1)
        return asked(db, kinds, order)

    return case


def beside_blobs() -> Figures:
    """A rare word in 100,000 messages: ours, and `LIKE` over one JSON document a chat."""
    pick, ours, theirs = random.Random(1), [], []
    db, other = opened(store(SMALL)), sqlite3.connect(blobs(SMALL))
    like = "SELECT id FROM chat WHERE chat LIKE ? ORDER BY updated_at DESC LIMIT 20"
    for _ in range(10):
        word = _words(8_000, 25_000)(pick)
        query, pattern = search_query.parse(f"{word} "), (f"%{word}%",)
        ours.append(spent_ms(partial(searching.search, db, query, 20)))
        theirs.append(spent_ms(partial(_all, other, like, pattern)))
    figures = {"ours_p50_ms": percentile(ours, 0.5), "like_p50_ms": percentile(theirs, 0.5)}
    return figures | {"like_to_ours": figures["like_p50_ms"] / figures["ours_p50_ms"]}


def _all(db: sqlite3.Connection, statement: str, values: tuple[str, ...]) -> list[tuple[int]]:
    return db.execute(statement, values).fetchall()


def opening() -> Figures:
    """The last 50 messages of a chat of 10,000, and the sidebar's list."""
    db = opened(store(SMALL))
    chat = [spent_ms(lambda: queries.open_conversation(db, 1, 50)) for _ in range(50)]
    listed = [spent_ms(lambda: queries.list_conversations(db, 500)) for _ in range(20)]
    return {"chat_p95_ms": percentile(chat[1:], 0.95), "list_p95_ms": percentile(listed[1:], 0.95)}


def storing() -> Figures:
    """An answer of 1,000 tokens written as it streams, and findable at its end, in a store of 100,000 messages."""
    with tempfile.TemporaryDirectory(prefix="aica-benchmark-") as home:
        path = Path(home) / "conversations.db"
        path.write_bytes(store(SMALL).read_bytes())
        db = opened(path)
        text = language().text() * 6
        piece = text[: 5 * ANSWER_TOKENS // FLUSHES]
        spent = []
        for number in range(12):
            answer = NewAnswer("lm_studio", "m", "M", True, False, {"format": 1}, {}, "nobody")
            prompt = changes.add_user_message(db, 2, None, f"prompt {number}", 2e9 + number)
            message = changes.begin_answer(db, 2, prompt, answer, 2e9 + number)

            def streamed(message: int = message, number: int = number) -> None:
                db.execute("PRAGMA synchronous = NORMAL")
                for sequence in range(FLUSHES):
                    db.execute("BEGIN IMMEDIATE")
                    changes.journal(db, message, sequence, piece, "")
                    db.execute("COMMIT")
                db.execute("PRAGMA synchronous = FULL")
                db.execute("BEGIN IMMEDIATE")
                changes.finish_answer(db, message, "complete", piece * FLUSHES, "", 2e9 + number, metrics={})
                db.execute("COMMIT")

            spent.append(spent_ms(streamed))
        return {"answer_ms": percentile(spent[2:], 0.5)}


#: From within words, and the name of a function that the code of some message has.
PARTS: dict[str, Words] = {
    "inside": lambda pick: _inside(_words(300, 9_000)(pick)),
    "in_common": lambda pick: _inside(_words(2, 10)(pick) + _words(2, 10)(pick)),
    "name": lambda pick: f"{_words(300, 2_000)(pick)[-3:]}_{_words(300, 2_000)(pick)[:3]} ",
}


def _inside(word: str) -> str:
    """Without its beginning, and taken for finished: no word begins or ends there."""
    return f"{word[1:]} "


def parts() -> Figures:
    """The index of parts of words over 100,000 messages: made, its room on the disk, and searched."""
    with tempfile.TemporaryDirectory(prefix="aica-benchmark-") as home:
        path = Path(home) / "conversations.db"
        path.write_bytes(store(SMALL).read_bytes())
        db = opened(path)
        before = _size_mb(db)
        word_parts.make(db)
        longest = spent = 0.0
        goes_on = True
        while goes_on:
            db.execute("BEGIN IMMEDIATE")
            began = time.perf_counter()
            goes_on = searching.take_in_older(db, word_parts.AT_ONCE, word_parts.INDEX, word_parts.PROGRESS)
            db.execute("COMMIT")
            step = time.perf_counter() - began
            longest, spent = max(longest, step), spent + step
        figures = {"fill_s": spent, "longest_step_ms": longest * 1e3, "index_mb": _size_mb(db) - before}
        figures["of_messages"] = figures["index_mb"] / before
        return figures | asked(db, PARTS)


def _size_mb(db: sqlite3.Connection) -> float:
    size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return float(db.execute(size).fetchone()[0]) / 1e6


CASES = {
    "parts_100k": parts,
    "whole_words_1m": searched(MILLION, WHOLE),
    "typed_1m": searched(MILLION, TYPED),
    "relevance_1m": searched(MILLION, WHOLE, "relevance"),
    "filtered_1m": searched(MILLION, FILTERED),
    "whole_words_100k": searched(SMALL, WHOLE),
    "typed_100k": searched(SMALL, TYPED),
    "beside_blobs": beside_blobs,
    "opening": opening,
    "storing": storing,
}
LIMITS = [
    Limit("parts_100k", "all_p95_ms", at_most=300),
    Limit("parts_100k", "of_messages", at_most=0.5),
    Limit("whole_words_1m", "all_p95_ms", at_most=20),
    Limit("typed_1m", "all_p95_ms", at_most=50),
    Limit("relevance_1m", "all_p95_ms", at_most=80),
    Limit("whole_words_100k", "all_p95_ms", at_most=5),
    Limit("beside_blobs", "like_to_ours", at_least=20),
    Limit("opening", "chat_p95_ms", at_most=2),
    Limit("storing", "answer_ms", at_most=3),
]
