"""The real window as a process: one instance, pictures, exit statuses, trouble at the start."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.conversations import migrations
from app.services.conversations.store import ConversationStore
from app.services.terminal_command import in_terminal
from tests.desktop.session_window import store_chat
from tests.end_to_end.conftest import NOWHERE, Programs, eventually

pytestmark = pytest.mark.anyio

WINDOW = ("-m", "app")
CHILD = ("-m", "tests.end_to_end.window_child")


class Window:
    """A window in another process, and what it said so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(line.decode().rstrip())

    async def says(self, text: str) -> None:
        await eventually(
            lambda: text in self.said or self.process.returncode is not None, 30, f"{text!r} in {self.said}"
        )
        assert text in self.said, (self.process.returncode, self.said)

    def types(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    async def close(self) -> int:
        """As with the window's own button; the exit status."""
        self.types("close")
        async with asyncio.timeout(15):
            status = await self.process.wait()
            await self._reading
        return status


@asynccontextmanager
async def a_window(programs: Programs, *arguments: str, **environment: str) -> AsyncIterator[Window]:
    process = await programs.start(
        *CHILD, *arguments, environment=environment, stdin=asyncio.subprocess.PIPE, stderr=None
    )
    window = Window(process)
    await window.says("shown")
    yield window
    if process.returncode is None:
        assert await window.close() == 0


def size_of_png(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.rstrip().endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


# -- one window per user and state folder


async def test_C11_a_second_start_shows_the_first_window_and_ends(programs: Programs, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    async with a_window(programs, "--home", home) as first:
        second = await programs.run(*WINDOW, "--home", home)
        assert (second.status, second.out) == (0, "")
        await first.says("told to show")
        assert await first.close() == 0
    async with a_window(programs, "--home", home) as third:
        assert third.process.returncode is None, "the place is free again"


async def test_a_link_opens_its_chat_in_the_window_that_runs(programs: Programs, tmp_path: Path) -> None:
    home = tmp_path / "home"
    wanted = await store_chat(home, "Wanted", [("user", "one"), ("assistant", "two"), ("user", "three")])
    await store_chat(home, "Other", [("user", "hello")])
    store = ConversationStore(user_paths(str(home)).store_file)
    await store.open()
    chat = await store.conversation(wanted)
    messages = await store.messages(wanted)
    await store.aclose()
    assert chat is not None
    link = f"aica://chat/{chat.uid}#{messages[1].id}"
    async with a_window(programs, "--home", str(home)) as first:
        second = await programs.run(*WINDOW, "--home", str(home), link)
        assert (second.status, second.out, second.err) == (0, "", "")
        await first.says(f"open: {wanted}")
        await first.says("at message 1")
        assert "told to show" in first.said
        third = await programs.run(*WINDOW, "--home", str(home), "aica://chat/nowhere")
        assert third.status == 0 and first.process.returncode is None
        assert await first.close() == 0
    async with a_window(programs, "--home", str(home), link) as fourth:
        await fourth.says(f"open: {wanted}")
    refused = await programs.run(*WINDOW, "--home", str(home), "https://example.org")
    assert refused.status == 2 and "an aica:// link is wanted" in refused.err


async def test_C11_another_home_is_another_window(programs: Programs, tmp_path: Path) -> None:
    async with a_window(programs, "--home", str(tmp_path / "one")) as one:
        async with a_window(programs, "--home", str(tmp_path / "two")):
            assert "told to show" not in one.said


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
async def test_C11_a_window_that_crashed_does_not_keep_the_next_one_from_starting(
    programs: Programs, tmp_path: Path
) -> None:
    home = str(tmp_path / "home")
    async with a_window(programs, "--home", home) as crashed:
        crashed.process.send_signal(signal.SIGKILL)
        await crashed.process.wait()
    async with a_window(programs, "--home", home) as second:
        assert "saved: True" in second.said


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
async def test_a_window_that_was_killed_while_an_answer_arrived_opens_that_chat_again(
    programs: Programs, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    async with programs.simulator("--rate", "20", "--ttft", "0") as address:
        flags = ("--home", str(home), "--base-url", address, "--provider", "lm_studio")
        async with a_window(programs, *flags) as killed:
            assert "open: None" in killed.said
            killed.types("send Say something long")
            await killed.says("open: 1")
            remembered = user_paths(home).data / "window.json"
            await eventually(lambda: remembered.exists(), 10, "the open chat is written down soon")
            killed.process.send_signal(signal.SIGKILL)
            await killed.process.wait()
    async with a_window(programs, "--home", str(home)) as second:
        assert "open: 1" in second.said, second.said
    with contextlib.closing(sqlite3.connect(user_paths(home).store_file)) as db:
        statuses = [row[0] for row in db.execute("SELECT status FROM message ORDER BY id")]
        assert db.execute("SELECT unread FROM conversation").fetchone() == (0,), "it was opened, so it was seen"
    assert statuses == ["complete", "interrupted"]


# -- pictures


async def test_a_picture_with_an_answer_is_written_and_leaves_no_chat_behind(
    programs: Programs, tmp_path: Path
) -> None:
    picture = tmp_path / "window.png"
    home = tmp_path / "h"
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        ended = await programs.run(
            *WINDOW, "--home", str(home), "--base-url", address, "--provider", "lm_studio",
            "--prompt", "Say something", "--screenshot", str(picture), "--size", "900x700",
        )  # fmt: skip
        assert (ended.status, size_of_png(picture)) == (0, (900, 700)), ended.err
        assert not user_paths(home).store_file.exists()
        own = ("-m", "app.cli.main", "chat", "--home", str(home), "--base-url", address, "--provider", "lm_studio")
        chatting = await programs.start(*own, stdin=asyncio.subprocess.PIPE)
        await chatting.communicate(b"my own chat\n")
        assert chatting.returncode == 0
        ended = await programs.run(
            *WINDOW, "--home", str(home), "--base-url", address, "--provider", "lm_studio",
            "--prompt", "Say something", "--screenshot", str(picture),
        )  # fmt: skip
        assert ended.status == 0, ended.err
    with contextlib.closing(sqlite3.connect(user_paths(home).store_file)) as db:
        assert db.execute("SELECT title FROM conversation").fetchall() == [("my own chat",)]


async def test_a_picture_with_a_prompt_and_no_server_has_status_4_and_is_written(
    programs: Programs, tmp_path: Path
) -> None:
    picture = tmp_path / "window.png"
    ended = await programs.run(
        *WINDOW, "--home", str(tmp_path / "h"), "--base-url", NOWHERE, "--provider", "lm_studio",
        "--prompt", "Say something", "--screenshot", str(picture),
    )  # fmt: skip
    assert ended.status == 4, ended.err
    assert size_of_png(picture) == (1200, 800)


async def test_a_picture_that_cannot_be_written_is_refused_before_anything_starts(
    programs: Programs, tmp_path: Path
) -> None:
    home, picture = tmp_path / "h", tmp_path / "no" / "x.png"
    ended = await programs.run(*WINDOW, "--home", str(home), "--screenshot", str(picture), "--prompt", "hello")
    assert ended.status == 2
    assert ended.err == f"ai-coder-assistant: no screenshot: there is no folder {picture.parent}.\n"
    assert not home.exists()


async def test_a_flag_that_is_not_valid_has_status_3(programs: Programs, tmp_path: Path) -> None:
    ended = await programs.run(
        *WINDOW, "--home", str(tmp_path / "h"), "--base-url", "ftp://x", "--screenshot", str(tmp_path / "x.png")
    )
    assert ended.status == 3, ended.err


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="there is always a display")
async def test_without_a_display_the_window_says_what_to_do_instead(programs: Programs) -> None:
    environment = {**programs.environment}
    environment.pop("QT_QPA_PLATFORM")
    programs.environment = environment
    ended = await programs.run(*WINDOW)
    assert ended.status == 3
    assert in_terminal("chat") in ended.err


# -- trouble at the start


async def test_C7_a_newer_store_is_shown_read_only_and_the_chat_goes_on(programs: Programs, tmp_path: Path) -> None:
    paths = user_paths(tmp_path / "home")
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        child = (
            "-m",
            "tests.end_to_end.chat_child",
            "--home",
            str(tmp_path / "home"),
            "--base-url",
            address,
            "--turns",
            "1",
        )
        assert (await programs.run(*child)).status == 0
        with contextlib.closing(sqlite3.connect(paths.store_file)) as db:
            db.execute(f"PRAGMA user_version = {migrations.SCHEMA_VERSION + 1}")
            db.commit()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = paths.store_file.read_bytes()
        ended = await programs.run(*child)
        lines = [json.loads(line) for line in ended.out.splitlines()]
        turn = next(line for line in lines if "turn" in line)
        assert turn["status"] == "complete"
        assert (turn["saved"], turn["reason"]) == (False, "it was written by a newer version of this app")
        assert lines[-1]["kept"] == 2, "the new chat is there, in memory"
        async with a_window(programs, "--home", str(tmp_path / "home")) as window:
            assert "saved: False it was written by a newer version of this app" in window.said
    assert paths.store_file.read_bytes() == before


async def test_a_broken_configuration_is_told_and_kept(programs: Programs, tmp_path: Path) -> None:
    paths = user_paths(tmp_path / "home")
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text('{\n  "chat": {"temperature": "warm"}\n}')
    async with a_window(programs, "--home", str(tmp_path / "home")) as window:
        told = [line for line in window.said if line.startswith("notice: ")]
        assert any(re.search(r"line 2, column \d+", line) for line in told), window.said
    assert paths.config_file.read_text() == '{\n  "chat": {"temperature": "warm"}\n}'


async def test_C1_without_a_key_store_the_window_starts_and_keys_stay_in_memory(
    programs: Programs, tmp_path: Path
) -> None:
    """The real keyring library, on a computer without any session: neither a plain file nor a failure."""
    environment = {
        "AICA_KEYRING": "on", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "HOME": str(tmp_path / "user")
    }  # fmt: skip
    (tmp_path / "user").mkdir()
    home = str(tmp_path / "home")
    async with a_window(programs, "--home", home, **environment) as window:
        assert "saved: True" in window.said
    doctor = await programs.run("-m", "app.cli.main", "--home", home, "doctor", environment=environment)
    assert "key store" in doctor.out
    canary = b"sk-canary-77d1e0f3b2"
    child = await programs.start(
        "-m",
        "app.cli.main",
        "--home",
        home,
        "key",
        "set",
        "openai",
        environment=environment,
        stdin=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate(canary + b"\n")
    assert child.returncode is not None
    assert canary not in out + err
    for path in [*(tmp_path / "home").rglob("*"), *(tmp_path / "user").rglob("*")]:
        assert not path.is_file() or canary not in path.read_bytes(), path
