"""Stores of any size, made as the product makes them: seeded words whose frequencies follow Zipf, as language does."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from app.services.conversations import migrations, store_file

_SYLLABLES = ("ka", "to", "mi", "ra", "ne", "so", "lu", "vi", "de", "pa", "chi", "nor", "bel", "tan", "gri", "os")
_WORDS = 30_000
_SENTENCES = 40_000
#: Every so many messages one has code.
_CODE_EVERY = 8
MODELS = ("lm_studio:qwen3-coder-30b", "lm_studio:gpt-oss-20b", "ollama:llama3.3", "anthropic:claude-opus")
START = 1_700_000_000.0


class Language:
    """Words from common to rare, and texts of them."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        pick = self.random
        made = dict.fromkeys(
            "".join(pick.choice(_SYLLABLES) for _ in range(pick.randint(2, 5))) for _ in range(2 * _WORDS)
        )
        self.words = list(made)[:_WORDS]
        weights = [1 / (rank + 2) for rank in range(len(self.words))]
        self._sentences = [
            " ".join(pick.choices(self.words, weights, k=pick.randint(8, 22))) + ". " for _ in range(_SENTENCES)
        ]

    def text(self) -> str:
        """200 to 2,000 characters; short ones are more frequent."""
        wanted, pieces, length = int(200 * 10 ** self.random.random()), [], 0
        while length < wanted:
            sentence = self.random.choice(self._sentences)
            pieces.append(sentence)
            length += len(sentence)
        return "".join(pieces) + self.random.choice(self.words)

    def with_code(self) -> str:
        name = "_".join(self.random.choices(self.words, k=2))
        return f"{self.text()}\n\n```python\ndef {name}(count):\n    return count * 2\n```\n"


@lru_cache
def language() -> Language:
    return Language()


def folder() -> Path:
    """Where made stores are kept between runs; `AICA_BENCHMARK_DATA` names another place."""
    chosen = os.environ.get("AICA_BENCHMARK_DATA")
    return Path(chosen) if chosen else Path(tempfile.gettempdir()) / "aica-benchmark-history"


def store(messages: int) -> Path:
    """The file of a store with so many messages, a tenth of them in one chat; made where it is not there yet."""
    path = folder() / f"{messages}-v{migrations.SCHEMA_VERSION}.db"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        _make(making, messages)
        making.replace(path)
    return path


def _make(path: Path, messages: int) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    store_file.configure(db)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA secure_delete = OFF")
    migrations.migrate(db)
    chats = max(10, messages // 20)
    words = language()
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO conversation(id, uid, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
        (
            (i, f"{i:032x}", f"Chat {i} {words.random.choice(words.words)}", START + i, START + i)
            for i in range(1, chats + 1)
        ),
    )
    db.executemany(
        "INSERT INTO message(id, conversation_id, parent_id, role, status, text, created_at, chosen_at, provider, "
        "model) VALUES (?, ?, ?, ?, 'complete', ?, ?, ?, ?, ?)",
        _messages(messages, chats),
    )
    db.execute(
        "INSERT INTO path(conversation_id, position, message_id) SELECT conversation_id, "
        "row_number() OVER (PARTITION BY conversation_id ORDER BY id) - 1, id FROM message"
    )
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()


def _messages(count: int, chats: int) -> Iterator[tuple[object, ...]]:
    words = language()
    pick = words.random
    last: dict[int, int] = {}
    for number in range(1, count + 1):
        chat = 1 if number % 10 == 0 else pick.randint(2, chats)
        answer = number % 2 == 0
        provider, _, model = pick.choice(MODELS).partition(":")
        text = words.with_code() if number % _CODE_EVERY == 0 else words.text()
        moment = START + number
        yield (
            *(number, chat, last.get(chat), "assistant" if answer else "user", text, moment, moment),
            *((provider, model) if answer else (None, None)),
        )
        last[chat] = number


def blobs(messages: int) -> Path:
    """The same texts as one JSON document a chat, as other applications keep them."""
    path = folder() / f"{messages}-blobs.db"
    if path.exists():
        return path
    source = sqlite3.connect(f"file:{store(messages)}?mode=ro", uri=True)
    making = path.with_suffix(".making")
    making.unlink(missing_ok=True)
    db = sqlite3.connect(making, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("CREATE TABLE chat(id INTEGER PRIMARY KEY, title TEXT, updated_at REAL, chat TEXT)")
    db.execute("BEGIN")
    rows = source.execute("SELECT conversation_id, role, text FROM message ORDER BY conversation_id, id")
    chat: list[dict[str, str]] = []
    current = 1
    for conversation_id, role, text in rows:
        if conversation_id != current:
            db.execute("INSERT INTO chat VALUES (?, '', ?, ?)", (current, START + current, json.dumps(chat)))
            chat, current = [], conversation_id
        chat.append({"role": role, "content": text})
    db.execute("INSERT INTO chat VALUES (?, '', ?, ?)", (current, START + current, json.dumps(chat)))
    db.execute("COMMIT")
    db.close()
    source.close()
    making.replace(path)
    return path
