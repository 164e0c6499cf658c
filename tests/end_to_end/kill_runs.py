"""Runs `acts_child` and kills it, again and again, and compares what it showed with what the store holds then."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.paths import user_paths
from app.services.conversations import migrations
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer, Script

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
#: Shown text may be lost only if it was shown this short before the kill (reliability C6).
LOSS_WINDOW_S = 0.25
#: Every so many-th run kills a start that brings an older file up to date.
MIGRATES_EACH = 5
LIVES_S, MIGRATES_S = 0.9, 0.4


@dataclass
class Shown:
    """What one process had shown when it was killed."""

    killed_at: float
    deltas: dict[int, list[tuple[float, str]]] = field(default_factory=dict)
    prompts: dict[int, int] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)
    #: By word, what was said to have happened; and the words of an act that was begun and perhaps not done.
    states: dict[str, str] = field(default_factory=dict)
    open_words: frozenset[str] = frozenset()
    acts: int = 0

    def text(self, answer: int, until: float = float("inf")) -> str:
        return "".join(text for t, text in self.deltas.get(answer, []) if t <= until)


def read_shown(output: bytes, killed_at: float) -> Shown:
    """The lines of `chat_child` or `acts_child`."""
    shown = Shown(killed_at)
    for raw in output.split(b"\n"):
        if not raw:
            continue
        line: dict[str, Any] = json.loads(raw)
        if "began" in line:
            shown.prompts[line["began"]] = line["prompt"]
            shown.deltas[line["began"]] = []
        elif "text" in line:
            shown.deltas[line["answer"]].append((line["t"], line["text"]))
        elif "ended" in line:
            shown.ended[line["ended"]] = line["status"]
        elif "doing" in line:
            shown.open_words = frozenset(line["touches"])
        elif "done" in line:
            shown.states |= line["states"]
            shown.open_words = frozenset()
            shown.acts += 1
    return shown


def check_file(path: Path, *, index: bool) -> None:
    """The file opens by itself and is sound. Its full-text index is complete once the store has been opened again:
    a running answer is put into it at its end, or after a crash by the next start."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        if index:
            # With rank 1 the index is compared with the table; the plain form passes on an index that lost rows.
            db.execute("INSERT INTO message_fts(message_fts, rank) VALUES('integrity-check', 1)")


async def check_answers(store: ConversationStore, shown: Shown) -> int:
    """Compare the answers with what was shown of them; returns how many the kill cut off."""
    cut = 0
    for answer, prompt in shown.prompts.items():
        asked = await store.message(prompt)
        assert asked is not None and asked.text.startswith("Question "), "a prompt that was seen as sent is there"
        stored = await store.message(answer)
        assert stored is not None
        everything = shown.text(answer)
        if answer in shown.ended or stored.status == "complete":
            assert (stored.status, stored.text) == ("complete", everything)
            continue
        cut += 1
        assert stored.status == "interrupted"
        assert everything.startswith(stored.text), "only text that was shown, in its order"
        must_be_there = shown.text(answer, shown.killed_at - LOSS_WINDOW_S)
        lost = must_be_there.removeprefix(stored.text) if must_be_there.startswith(stored.text) else ""
        assert not lost, f"lost, though shown more than {LOSS_WINDOW_S} s before the kill: {lost!r}"
    return cut


class Ledger:
    """All that was shown of one home, run after run."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def check(self, path: Path, shown: Shown) -> None:
        """What was acknowledged is so; of the act that the kill met, all or nothing happened."""
        self.states |= shown.states
        there = _words_in(path)
        for word, state in self.states.items():
            if word not in shown.open_words:
                assert there.get(word, "gone") == state, f"{word} was shown as {state} and is {there.get(word, 'gone')}"
        before = {word: self.states.get(word, "gone") for word in shown.open_words}
        for word in shown.open_words:  # from now on it is what it turned out to be
            self.states[word] = there.get(word, "gone")
        self._check_open(before)
        unknown = [word for word in there if word not in self.states]
        assert not unknown, f"nobody was shown {unknown}"
        everything = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file())
        destroyed = [word for word, state in self.states.items() if state == "gone" and word in shown.states]
        back = [word for word in destroyed if word.encode() in everything]
        assert not back, f"destroyed, and in the bytes of the file: {back}"

    def _check_open(self, before: dict[str, str]) -> None:
        """What is destroyed in one act goes as one: a chat is not half there."""
        if before and all(state != "gone" for state in before.values()) and len(before) > 1:
            after = {self.states[word] == "gone" for word in before}
            assert len(after) == 1, f"half of it was destroyed: {before} became { {w: self.states[w] for w in before} }"


def _words_in(path: Path) -> dict[str, str]:
    """Of every chat, message and file of the acts its word and its state."""
    found: dict[str, str] = {}
    with contextlib.closing(sqlite3.connect(path)) as db:
        for table, column, word in (("conversation", "title", "chat"), ("message", "text", "message")):
            rows = db.execute(f"SELECT {column}, deleted_at FROM {table} WHERE {column} GLOB '{word}[0-9a-f]*'")
            found |= {text: "here" if deleted_at is None else "trash" for text, deleted_at in rows}
        for name, data in db.execute("SELECT a.name, c.data FROM attachment a JOIN content c ON c.hash = a.hash"):
            assert bytes(data).decode().startswith(f"{name} "), "the file is whole"
            found[name] = "here"
        for table, column, held in (
            ("content", "hash", "SELECT hash FROM attachment"),
            ("journal", "message_id", "SELECT id FROM message"),
        ):
            lonely = db.execute(f"SELECT count(*) FROM {table} WHERE {column} NOT IN ({held})").fetchone()
            assert lonely == (0,), f"{table}: what nothing holds"
    return found


async def live_and_be_killed(home: Path, base_url: str, seed: int, delay_s: float, *, at: str) -> Shown:
    """`at`: the key of the line after which the clock of the kill runs."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.end_to_end.acts_child", "--home", str(home)),
        *("--base-url", base_url, "--seed", str(seed)),
        cwd=ROOT,
        env={**os.environ, "AICA_KEYRING": "off"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None and child.stderr is not None
    errors = asyncio.ensure_future(child.stderr.read())
    try:
        async with asyncio.timeout(60):
            while at not in (line := json.loads(await child.stdout.readline() or b"{}")):
                assert line, (await errors).decode()
        assert line.get("saved", True), line
        reading = asyncio.ensure_future(child.stdout.read())  # an unread pipe would hold the child up
        await asyncio.wait({reading}, timeout=delay_s)
        assert child.returncode is None, f"the child ended by itself: {(await errors).decode()}"
        killed_at = time.monotonic()
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.wait()
    await errors
    return read_shown(await reading, killed_at)


async def kill_runs(folder: Path, runs: int, seed: int, lanes: int = 2) -> Counter[str]:
    """So many kills; returns what they met.

    Raises:
        AssertionError: what was shown is not what is there.
    """
    met: Counter[str] = Counter()
    dice = random.Random(seed)
    plan = [(dice.getrandbits(32), dice.random()) for _ in range(runs)]
    async with MockServer(Script(ttft=0.01, tokens_per_second=300, tokens=100)) as server:

        async def lane(number: int) -> None:
            home, ledger = folder / f"home{number}", Ledger()
            for place in range(number, runs, lanes):
                run_seed, part = plan[place]
                if place % MIGRATES_EACH == MIGRATES_EACH - 1:
                    met.update(await _migrating(folder / f"old{place}", server.base_url, run_seed, part))
                else:
                    met.update(await _living(home, ledger, server.base_url, run_seed, part))

        await asyncio.gather(*(lane(number) for number in range(lanes)))
    return met


async def _living(home: Path, ledger: Ledger, base_url: str, seed: int, part: float) -> Counter[str]:
    path = user_paths(home).store_file
    shown = await live_and_be_killed(home, base_url, seed, part * LIVES_S, at="ready")
    await asyncio.to_thread(check_file, path, index=False)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved, store.state.reason
    cut = await check_answers(store, shown)
    await store.aclose()
    await asyncio.to_thread(check_file, path, index=True)
    await asyncio.to_thread(ledger.check, path, shown)
    return Counter(kills=1, acts=shown.acts, answers_cut=cut, acts_cut=bool(shown.open_words))


async def _migrating(home: Path, base_url: str, seed: int, part: float) -> Counter[str]:
    """A start that brings an older file up to date is killed; the next one finishes it and nothing is missing."""
    path = user_paths(home).store_file
    path.parent.mkdir(parents=True)
    version = 2 + seed % (migrations.SCHEMA_VERSION - 2)
    shutil.copy(DATA / f"store-v{version}.db", path)
    before = _texts(path)
    assert before
    shown = await live_and_be_killed(home, base_url, seed, part * MIGRATES_S, at="opening")
    is_cut = await asyncio.to_thread(_version, path) < migrations.SCHEMA_VERSION
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved, store.state.reason
    await store.aclose()
    await asyncio.to_thread(check_file, path, index=True)
    assert await asyncio.to_thread(_version, path) == migrations.SCHEMA_VERSION
    after = _texts(path)
    assert before.items() <= after.items(), "a message of the older file is missing"
    return Counter(kills=1, acts=shown.acts, migrations=1, migrations_cut=is_cut)


def _texts(path: Path) -> dict[int, str]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT id, text FROM message WHERE status <> 'streaming'").fetchall())


def _version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return migrations.version_of(db)
