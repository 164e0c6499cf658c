"""The store beside other processes, of this version and of an earlier one: real processes on one file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.services.conversations import migrations
from app.services.conversations.store import ConversationStore
from tests.conftest import ROOT

pytestmark = pytest.mark.anyio

#: Says `ready`, waits for a line, writes, says how many it wrote.
WRITER = """
import asyncio, sys
from pathlib import Path
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore

async def main():
    store = ConversationStore(Path(sys.argv[1]))
    await store.open()
    print("ready", flush=True)
    sys.stdin.readline()
    name, count = sys.argv[2], int(sys.argv[3])
    chat = await store.create_conversation(title=name)
    parent = None
    for number in range(count):
        prompt = await store.add_user_message(chat, parent, f"{name} asks {number}")
        new = NewAnswer("mock", "m", "M", True, False, {"format": 1}, {}, store.owner_id)
        parent = await store.begin_answer(chat, prompt, new)
        await store.journal(parent, 1, f"{name} ", "")
        await store.finish_answer(parent, "complete", f"{name} says {number}", "", metrics={})
    assert store.state.saved, store.state.reason
    print(len(await store.messages(chat)), flush=True)
    await store.aclose()

asyncio.run(main())
"""

#: A version that knows one step of the schema less; it does what it is told, a line at a time.
EARLIER = """
import asyncio, json, sys
from pathlib import Path
from app.services.conversations import migrations
migrations.MIGRATIONS = migrations.MIGRATIONS[:-1]
migrations.SCHEMA_VERSION -= 1
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore

async def main():
    store = ConversationStore(Path(sys.argv[1]))
    await store.open()
    print(json.dumps([store.state.saved, store.state.reason]), flush=True)
    for line in sys.stdin:
        match line.strip():
            case "begin":
                chat = await store.create_conversation(title="of the earlier version")
                prompt = await store.add_user_message(chat, None, "go on")
                new = NewAnswer("mock", "m", "M", True, False, {"format": 1}, {}, store.owner_id)
                answer = await store.begin_answer(chat, prompt, new)
                await store.journal(answer, 1, "so far ", "")
            case "finish":
                await store.finish_answer(answer, "complete", "so far so good", "", metrics={})
            case "talk":
                await store.create_conversation(title="kept in memory")
        print(json.dumps([store.state.saved, store.state.reason]), flush=True)
    await store.aclose()

asyncio.run(main())
"""


class Child:
    """A process that reads and writes lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self, said: str | None = None) -> str:
        """What it says next, after it was told something."""
        assert self._process.stdin is not None and self._process.stdout is not None
        if said is not None:
            self._process.stdin.write(said.encode() + b"\n")
        async with asyncio.timeout(30):
            heard = (await self._process.stdout.readline()).decode().strip()
        assert heard, "it ended"
        return heard

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        async with asyncio.timeout(30):
            assert await self._process.wait() == 0


@asynccontextmanager
async def a_process(code: str, *arguments: str) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, *arguments),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def check(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.execute("INSERT INTO message_fts(message_fts, rank) VALUES('integrity-check', 1)")


async def test_C5_C11_of_three_processes_that_write_at_once_each_waits_its_turn_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    path, count = tmp_path / "data" / "conversations.db", 40
    names = ("one", "two", "three")
    async with contextlib.AsyncExitStack() as stack:
        # All three make the file at the same time, too.
        children = [await stack.enter_async_context(a_process(WRITER, str(path), name, str(count))) for name in names]
        assert [await child.line() for child in children] == ["ready"] * 3
        assert await asyncio.gather(*(child.line("go") for child in children)) == [str(2 * count)] * 3
        for child in children:
            await child.end()
    check(path)
    store = ConversationStore(path)
    await store.open()
    chats = {chat.title: chat.id for chat in await store.conversations()}
    assert sorted(chats) == sorted(names)
    for name, chat in chats.items():
        expected = [text for n in range(count) for text in (f"{name} asks {n}", f"{name} says {n}")]
        assert [message.text for message in await store.messages(chat)] == expected
    await store.aclose()


async def test_C10_what_is_destroyed_leaves_the_files_while_another_process_has_them_open(tmp_path: Path) -> None:
    path = tmp_path / "data" / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation(title="titlecanary81")
    await store.import_messages(chat, [("user", "promptcanary81"), ("assistant", "answercanary81 " * 300)])
    async with a_process(WRITER, str(path), "other", "3") as other:
        assert await other.line() == "ready"
        await store.destroy_conversation(chat)
        left = [file.name for file in path.parent.iterdir() if file.is_file() and b"canary81" in file.read_bytes()]
        assert left == []
        assert await other.line("go") == "6", "and the other one goes on"
        await other.end()
    await store.aclose()


async def test_C11_a_version_beside_an_earlier_one_harms_nothing_that_it_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "data" / "conversations.db"
    async with a_process(EARLIER, str(path)) as earlier:
        assert json.loads(await earlier.line()) == [True, ""]
        assert json.loads(await earlier.line("begin")) == [True, ""]

        store = ConversationStore(path)
        await store.open()  # changes the schema under the other one, which is in the middle of an answer
        assert store.state.saved
        (chat,) = await store.conversations()
        answer = (await store.messages(chat.id))[1]
        assert (answer.status, answer.text) == ("streaming", "so far "), "an answer of somebody who lives is left alone"
        ours = await store.create_conversation(title="of this version")
        await store.add_user_message(ours, None, "hello")

        assert json.loads(await earlier.line("finish")) == [True, ""], "it goes on as if nothing had happened"
        answer = (await store.messages(chat.id))[1]
        assert (answer.status, answer.text) == ("complete", "so far so good")
        await earlier.end()
    await store.aclose()
    check(path)
    copy = path.with_name(f"conversations.v{migrations.SCHEMA_VERSION - 1}.bak.db")
    with contextlib.closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (migrations.SCHEMA_VERSION - 1,)
    before = path.read_bytes()
    async with a_process(EARLIER, str(path)) as earlier:  # and at its next start it says why it does not write
        assert json.loads(await earlier.line()) == [False, "it was written by a newer version of this app"]
        assert json.loads(await earlier.line("talk"))[0] is False
        await earlier.end()
    assert path.read_bytes() == before
