"""A home on a network share: what such a file system cannot do is told, and harms no chat.

No test can make a real share, so the system's errors come from a library between program and system.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services import file_systems
from app.services.conversations import opened_file
from app.services.conversations.store import ConversationStore
from tests.end_to_end.conftest import Programs
from tests.end_to_end.test_unwritable_home import chat_child, lines_of, sound
from tests.fakes import poor_file_system

pytestmark = pytest.mark.anyio

needs_compiler = pytest.mark.skipif(poor_file_system.COMPILER is None, reason="there is no C compiler here")
Poor = Callable[[Path, str], dict[str, str]]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return poor_file_system.build(tmp_path_factory.mktemp("poor"))


def journal_of(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return str(db.execute("PRAGMA journal_mode").fetchone()[0])


@needs_compiler
@pytest.mark.parametrize(
    "lacks",
    [
        "no locks at all",
        pytest.param(
            "locks",  # SQLite waits five seconds for each of these, as for one that somebody holds
            marks=[
                pytest.mark.slow,
                pytest.mark.skipif(not os.environ.get("AICA_SLOW_TESTS"), reason="runs with AICA_SLOW_TESTS=1"),
            ],
        ),
    ],
)
async def test_C11_a_home_where_nothing_can_be_locked_is_told_and_the_chat_goes_on(
    programs: Programs, tmp_path: Path, library: Path, lacks: str
) -> None:
    home = tmp_path / "home"
    store = user_paths(home).store_file
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        assert (await programs.run(*chat_child(home, address, 1))).status == 0
        before = store.read_bytes()
        environment = poor_file_system.environment(library, home, lacks)
        ended = await programs.run(*chat_child(home, address, 1), environment=environment)
    first, *_, last = lines = lines_of(ended)
    assert first["saved"] is False
    assert first["reason"].startswith("this folder's file system cannot lock files"), first
    assert next(line for line in lines if "turn" in line)["status"] == "complete"
    assert last["kept"] == 2, "in memory"
    assert store.read_bytes() == before
    assert [path.name for path in store.parent.glob(".*probe")] == []
    doctor = await programs.run("-m", "app.cli.main", "--home", str(home), "doctor", environment=environment)
    assert "cannot lock files" in doctor.out and "Traceback" not in doctor.err


@needs_compiler
@pytest.mark.parametrize("was_there", [False, True], ids=["a new store", "a store with a log"])
async def test_C11_a_home_without_shared_memory_keeps_its_chats_in_another_way(
    programs: Programs, tmp_path: Path, library: Path, was_there: bool
) -> None:
    home = tmp_path / "home"
    store = user_paths(home).store_file
    environment = poor_file_system.environment(library, home, "memory")
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        if was_there:
            assert (await programs.run(*chat_child(home, address, 1))).status == 0
            assert journal_of(store) == "wal"
        ended = await programs.run(*chat_child(home, address, 2), environment=environment)
        lines = lines_of(ended)
        assert lines[0]["saved"], lines[0]
        assert lines[-1]["kept"] == 4
        listed = await programs.run(
            "-m", "app.cli.main", "--home", str(home), "history", "list", environment=environment
        )
        assert (listed.status, listed.err) == (0, "")
    assert journal_of(store) == "delete"
    assert len(sound(store)) == (6 if was_there else 4)
    elsewhere = ConversationStore(store)  # back on a disk of this computer
    await elsewhere.open()
    assert elsewhere.state.saved and await elsewhere.read(opened_file.has_log)
    await elsewhere.aclose()


async def test_C11_a_share_without_locks_is_told_at_once_and_its_chats_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of a share is asked first: nobody waits for a lock that cannot be had."""
    path = tmp_path / "conversations.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation(title="of before")
    await store.import_messages(chat, [("user", "one"), ("assistant", "two")])
    await store.aclose()
    before = path.read_bytes()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTINFO.format(share=tmp_path, disk=tmp_path / "disk", kind="nfs"))
    monkeypatch.setattr(file_systems, "MOUNTS", mounts)

    def no_locks(_descriptor: int, _command: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", no_locks)
    began = time.monotonic()
    store = ConversationStore(path)
    await store.open()
    assert time.monotonic() - began < 2
    assert not store.state.saved
    assert store.state.reason.startswith("this folder's file system cannot lock files")
    assert [chat.title for chat in await store.conversations()] == ["of before"]
    assert [message.text for message in await store.messages(chat)] == ["one", "two"]
    assert not await store.try_again()
    await store.aclose()
    assert path.read_bytes() == before


MOUNTINFO = """\
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / {share} rw,relatime shared:9 - {kind} server:/export rw,vers=4.2
31 30 0:31 / {disk} rw - ext4 /dev/sdb1 rw
40 22 0:40 / /proc rw - proc proc rw
nonsense
"""


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
async def test_C11_two_computers_that_share_a_home_are_kept_apart_by_locks_and_not_by_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The write-ahead log would damage the file there, so there is none."""
    share = tmp_path / "a share"
    (share / "disk").mkdir(parents=True)
    mounts = tmp_path / "mountinfo"
    escaped = str(share).replace(" ", r"\040")
    mounts.write_text(MOUNTINFO.format(share=escaped, disk=f"{escaped}/disk", kind=kind))
    monkeypatch.setattr(file_systems, "MOUNTS", mounts)
    assert file_systems.network_file_system(share / "home" / "new.db") == kind
    assert file_systems.network_file_system(share / "disk" / "x") is None
    assert file_systems.network_file_system(tmp_path) is None
    path = share / "conversations.db"
    one, two = ConversationStore(path), ConversationStore(path)  # each a computer
    for store in (one, two):
        await store.open()
        assert store.state.saved
        assert await store.read(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0]) == "delete"
    chats = [await store.create_conversation(title="shared") for store in (one, two)]
    for number in range(5):
        for store, chat in zip((one, two), chats, strict=True):
            await store.add_user_message(chat, None, f"prompt {number}")
    seen: list[int] = []

    def look(db: sqlite3.Connection) -> None:
        seen.append(db.execute("PRAGMA synchronous").fetchone()[0])

    await one.write_soon(look)
    assert seen == [2], "without that log NORMAL is not safe"
    assert len(await one.conversations()) == 2
    await one.destroy_conversation(chats[0])
    for store in (one, two):
        await store.aclose()
    assert sorted(file.name for file in share.glob("conversations.db*")) == ["conversations.db"]
    monkeypatch.setattr(file_systems, "MOUNTS", tmp_path / "nothing")
    store = ConversationStore(path)
    await store.open()
    assert json.dumps([chat.title for chat in await store.conversations()]) == '["shared"]'
    await store.aclose()
