"""Exports and settings are written whole or not at all: killed in the middle, on a full disk, and in which order."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shlex
import signal
import sys
import zipfile
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.attachments.reading import attachment_of
from app.services.conversations.store import ConversationStore
from tests.end_to_end.conftest import Programs
from tests.end_to_end.test_unwritable_home import in_namespace, needs_mounts
from tests.end_to_end.traced import STRACE, needs_strace

pytestmark = pytest.mark.anyio

CHATS, MESSAGES = 3, 120
#: Of the last message of each chat: only a whole document has it as often as there are chats.
LAST = "the very last words"

EXPORTER = """
import asyncio, sys
from itertools import count
from pathlib import Path
from app.services.conversations.exporting import write_file
from app.services.conversations.store import ConversationStore

async def main():
    store, folder = ConversationStore(Path(sys.argv[1])), Path(sys.argv[2])
    await store.open()
    chats = [chat.id for chat in await store.conversations()]
    print("ready", flush=True)
    files = (("json", "json"), ("markdown", "md"), ("html", "html"), ("markdown_with_files", "zip"))
    for number in count():
        if sys.argv[3] == "folders":
            await write_file(store, chats, "markdown_with_files", folder / f"folder{number}")
            continue
        for kind, ending in files:
            await write_file(store, chats, kind, folder / f"same.{ending}")
            await write_file(store, chats, kind, folder / f"new{number}.{ending}", over=False)

asyncio.run(main())
"""


async def make_chats(home: Path) -> Path:
    """Some long chats; each has a file."""
    path = user_paths(home).store_file
    store = ConversationStore(path)
    await store.open()
    for number in range(CHATS):
        chat = await store.create_conversation(title=f"chat {number}")
        await store.import_messages(chat, [("user", f"words {n} " * 100) for n in range(MESSAGES)])
        noise = random.Random(1).randbytes(20_000).hex().encode()  # so that no archive makes it small
        attached = await store.attach(chat, attachment_of(f"file{number}.txt", noise))
        await store.add_user_message(chat, (await store.messages(chat))[-1].id, LAST, [attached.id])
    await store.aclose()
    return path


def visible(folder: Path) -> list[Path]:
    """What is there under its own name."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def check_whole(folder: Path) -> list[str]:
    """What is there under its own name, all of it whole."""
    there = visible(folder)
    for path in there:
        if path.is_dir():
            assert len(list(path.glob("*.md"))) == CHATS and len(list((path / "assets").iterdir())) == 1, path.name
            assert sum(one.read_text().count(LAST) for one in path.glob("*.md")) == CHATS
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert len(archive.namelist()) == CHATS + 1
        else:
            text = path.read_text(encoding="utf-8")
            assert text.count(LAST) == CHATS, path.name
            assert path.suffix != ".json" or len(json.loads(text)["conversations"]) == CHATS
            assert path.suffix != ".html" or text.rstrip().endswith("</html>")
    return [path.name for path in there]


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
async def test_C8_a_kill_during_an_export_leaves_a_whole_document_or_none(programs: Programs, tmp_path: Path) -> None:
    store = await make_chats(tmp_path / "home")
    dice = random.Random(8)
    found: set[str] = set()
    for turn, kind in enumerate(["files", "folders"] * 3):
        folder = tmp_path / f"out{turn}"
        folder.mkdir()
        child = await programs.start("-c", EXPORTER, str(store), str(folder), kind)
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
        reading = asyncio.ensure_future(child.stdout.read())
        async with asyncio.timeout(120):  # somewhere behind the first ones, however slow this computer is
            while child.returncode is None and len(visible(folder)) < 1 + turn * 2:
                await asyncio.sleep(0.01)
        await asyncio.wait({reading}, timeout=dice.uniform(0.0, 0.3))
        assert child.returncode is None, "the exporter ended by itself"
        child.send_signal(signal.SIGKILL)
        await reading
        await child.wait()
        found.update(check_whole(folder))
    assert len(found) > 5, f"the kills met too little: {found}"


def calls_about(trace: str, final: Path) -> list[str]:
    """What was done to a file and its folder, in words and in its order; `temporary` is the file it was first."""
    said: list[str] = []
    folder = re.escape(str(final.parent))
    name = re.escape(final.name)
    patterns = {
        "make temporary": rf'openat\(.*"{folder}/\.{name}\.\w+\.tmp", [A-Z_|]*O_CREAT\|O_EXCL[A-Z_|]*, 0600\)',
        "sync temporary": rf"f(?:data)?sync\(\d+<{folder}/\.{name}\.\w+\.tmp>\) += 0",
        "put in place": rf'(?:rename|link)(?:at2?)?\(.*"{folder}/\.{name}\.\w+\.tmp".*"{folder}/{name}".*\) += 0',
        "sync folder": rf"f(?:data)?sync\(\d+<{folder}>\) += 0",
        "write to the name itself": rf'openat\(.*"{folder}/{name}", [A-Z_|]*(?:O_WRONLY|O_RDWR)',
    }
    for line in trace.splitlines():
        said += [words for words, pattern in patterns.items() if re.search(pattern, line)]
    return said


@needs_strace
@pytest.mark.parametrize("kind", ["json", "over"])
async def test_C8_the_system_sees_file_rename_and_folder_made_durable_in_this_order(
    programs: Programs, tmp_path: Path, kind: str
) -> None:
    """A new export of the command, and settings that take the place of earlier ones."""
    home = tmp_path / "home"
    await make_chats(home)
    trace = tmp_path / "trace"
    commands = {
        "json": ("history", "export", "--output", str(tmp_path / "out.json")),
        "over": ("config", "set", "interface.theme", "dark"),
    }
    final = tmp_path / f"out.{kind}" if kind != "over" else user_paths(home).config_file
    if kind == "over":
        final.parent.mkdir(parents=True, exist_ok=True)
        final.write_text("{}")
    assert STRACE is not None
    watched = "trace=openat,fsync,fdatasync,rename,renameat,renameat2,link,linkat"
    ended = await programs.run(
        *(STRACE, "-f", "--seccomp-bpf", "-y", "-s", "4096", "-e", watched, "-o", str(trace), sys.executable),
        *("-m", "app.cli.main", "--home", str(home), *commands[kind]),
    )
    assert ended.status == 0, ended.err
    assert final.is_file()
    done = calls_about(trace.read_text(encoding="utf-8", errors="replace"), final)
    # The backup of settings is written before them, and its folder made durable, too.
    while done[:1] == ["sync folder"]:
        done.pop(0)
    assert done == ["make temporary", "sync temporary", "put in place", "sync folder"]
    if kind == "json":
        again = await programs.run("-m", "app.cli.main", "--home", str(home), *commands[kind])
        assert again.status == 2 and "is there already" in again.err


@needs_mounts
@pytest.mark.parametrize("name", ["out.json", "out.zip", "out"])
async def test_C8_an_export_for_which_the_disk_has_no_room_is_told_and_leaves_nothing(
    programs: Programs, tmp_path: Path, name: str
) -> None:
    home, small = tmp_path / "home", tmp_path / "small"
    await make_chats(home)
    small.mkdir()
    files = () if name.endswith("json") else ("--format", "markdown", "--files")
    ended = await in_namespace(
        programs,
        f"mount -t tmpfs -o size=16k tmpfs {shlex.quote(str(small))}",
        *("-m", "app.cli.main", "--home", str(home), "history", "export", *files, "--output", str(small / name)),
        afterwards=f"ls -A {shlex.quote(str(small))}",
    )
    assert ended.status == 2, ended.err
    assert "cannot be written: No space left on device" in ended.err
    assert ended.out == "", "not even a part under another name"
