"""What other programs say to the socket of the running window: nothing is sent or run by it, and nobody kept out."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import random
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.paths import user_paths
from app.services.mock_server import MockServer, Script
from tests.desktop.session_window import store_chat
from tests.end_to_end.conftest import Programs
from tests.end_to_end.test_window import WINDOW, a_window

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name == "nt", reason="named pipes belong to their session")]

UID = "0f" * 16


@pytest.fixture
def home() -> Iterator[Path]:
    """With a path short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # what keeps others out is the home, not how it is reached
        yield Path(folder) / "h"


def forged() -> list[bytes]:
    """Every kind of message that somebody could try."""
    dice = random.Random(13)
    return [
        b"show\nopen aica://chat/" + UID.encode() + b"\nsend hello\n",
        b"send hello\n",
        b"open aica://chat/" + UID.encode() + b"?send=hello\n",
        b"open aica://send/hello\n",
        b"open file:///etc/passwd\n",
        b"open https://example.org/\n",
        b"open --prompt hello --screenshot /tmp/x.png\n",
        b"--prompt hello\n",
        b"open \x00\n",
        b"open " + b"aica://chat/" * 1_000 + b"\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b'{"method": "send", "text": "hello"}\n',
        b"\n" * 5_000,
        b"x" * 3_000_000,
        *(bytes(dice.getrandbits(8) for _ in range(dice.randrange(1, 400))) for _ in range(40)),
    ]


def say(path: Path, message: bytes) -> None:
    """A line of somebody else's; the window may hang up before it is whole."""
    with socket.socket(socket.AF_UNIX) as other, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        other.settimeout(10)
        other.connect(str(path))
        other.sendall(message)
        with contextlib.suppress(TimeoutError):
            other.settimeout(0.05)
            other.recv(100)


def store_as_text(home: Path) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(user_paths(home).store_file)) as db:
        chats = db.execute("SELECT id, title, draft, model FROM conversation").fetchall()
        return [*chats, *db.execute("SELECT id, text FROM message").fetchall()]


async def test_E13_forged_messages_to_the_window_send_nothing_change_nothing_and_keep_nobody_out(
    programs: Programs, home: Path
) -> None:
    await store_chat(home, "Mine", [("user", "one"), ("assistant", "two")])
    before = store_as_text(home)
    async with MockServer(Script(ttft=0, tokens_per_second=0)) as server:
        flags = ("--home", str(home), "--base-url", server.base_url, "--provider", "lm_studio")
        async with a_window(programs, *flags) as window:
            place = user_paths(home).data / "window.sock"
            assert place.is_socket()
            for message in forged():
                await asyncio.to_thread(say, place, message)
            waiting = [socket.socket(socket.AF_UNIX) for _ in range(40)]  # who connects and says nothing
            for one in waiting:
                one.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    one.connect(str(place))
            said_before = window.said.count("told to show")
            second = await programs.run(*WINDOW, "--home", str(home))
            assert (second.status, second.err) == (0, ""), "a real second start still reaches it"
            async with asyncio.timeout(20):
                while window.said.count("told to show") == said_before:
                    await asyncio.sleep(0.01)
            for one in waiting:
                one.close()
            opened = [line for line in window.said if line.startswith("open: ")]
            assert len(opened) == 1, "no message opened another chat"
            assert await window.close() == 0
        assert not [one for one in server.stats.recorded if one.path.endswith("completions")]
    assert store_as_text(home) == before


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not Path("/usr/bin/python3").exists(),
    reason="only root can be somebody else, with a Python that everybody may run",
)
async def test_E13_another_user_of_this_computer_cannot_even_connect(programs: Programs, home: Path) -> None:
    code = "import socket, sys; s = socket.socket(socket.AF_UNIX); print(s.connect_ex(sys.argv[1]))"
    async with a_window(programs, "--home", str(home)):
        command = ["/usr/bin/python3", "-c", code, str(user_paths(home).data / "window.sock")]
        ours = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ours.stdout.strip() == "0"
        nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
        theirs = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/", **nobody)
        assert theirs.stdout.strip() == str(errno.EACCES)
