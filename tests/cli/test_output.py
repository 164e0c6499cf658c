"""What a terminal of a certain width gets: words stay whole, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import re
import struct
import sys
from pathlib import Path

import pytest

from app.cli.output import one_line, visible
from app.services.mock_server import MockServer
from tests.cli.conftest import Aica, home_without_programs

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals"),
]


async def on_a_terminal(aica: Aica, columns: int, *arguments: str) -> list[str]:
    """The lines that a command prints to a terminal, without colours."""
    screen = await bytes_on_a_terminal(aica, columns, *arguments)
    return screen.decode().replace("\r\n", "\n").splitlines()


async def bytes_on_a_terminal(aica: Aica, columns: int, *arguments: str) -> bytes:
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = await aica.start(*arguments, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    screen = b""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(30):
        while True:
            try:
                screen += await loop.run_in_executor(None, os.read, master, 65536)
            except OSError:  # the other end is closed
                break
        await child.wait()
    os.close(master)
    return screen


@pytest.mark.parametrize("columns", [100, 60])
@pytest.mark.parametrize(
    "command",
    [
        ("models", "--provider", "lm_studio"),
        ("ls", "lm_studio"),
        ("ps",),
        ("load", "simulated/twn-1b"),
        ("ask", "--provider", "ollama", "hello"),
        ("ask", "--top-p", "7", "hello"),
        ("doctor", "--provider", "ollama"),
        ("serve", "--help"),
        ("history", "import", "--help"),
    ],
    ids=" ".join,
)
async def test_words_are_never_broken_at_the_edge_of_a_terminal(
    connected: Aica, server: MockServer, tmp_path: Path, columns: int, command: tuple[str, ...]
) -> None:
    home_without_programs(connected, tmp_path / "person")
    connected.environment |= {"NO_COLOR": "1"}
    connected.environment.pop("COLUMNS", None)
    lines = await on_a_terminal(connected, columns, *command)
    assert lines
    for line in lines:
        assert len(line) <= columns or " " not in line.strip(), "only what has no space may be longer"
    wide = await on_a_terminal(connected, 1000, *command)
    if command[0] != "doctor":  # which says how long it took
        assert " ".join(lines).split() == " ".join(wide).split()


async def test_what_is_piped_keeps_its_lines(connected: Aica) -> None:
    connected.environment |= {"COLUMNS": "40"}
    for command in ("models", "ls"):
        rows = (await connected(command)).out.splitlines()
        assert len([row for row in rows if row.startswith("simulated/coder-7b")]) == 1
        assert not [row for row in rows if row.startswith(" ")]


CONTROLS = "".join(chr(code) for code in (*range(1, 9), *range(11, 32), *range(0x7F, 0xA0)))
#: A window's title, a cleared screen, a colour, a question to the terminal that it would answer as if typed.
SEQUENCES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x1b[c\x9b6n\x1bP+q\x1b\\\x1b]52;c;b3duZWQ=\x07"
EVIL = f"simulated/evil{CONTROLS}{SEQUENCES}\n\tnext \u202ereversed"


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "--model", EVIL, "hello"),
        ("ask", "--model", f"missing{EVIL}", "hello"),
        ("models",),
        ("doctor",),
        ("recommend", "hello"),
        ("compare", "--model", f"lm_studio:{EVIL}", "--model", "lm_studio:simulated/coder-7b", "hello"),
        ("history", "show", "1"),
        ("load", f"nothing{EVIL}"),
    ],
    ids=lambda command: " ".join(command)[:30].encode("ascii", "replace").decode().partition("simulated")[0],
)
async def test_B8_nothing_that_a_server_or_a_chat_says_is_obeyed_by_a_terminal(
    connected: Aica, server: MockServer, command: tuple[str, ...]
) -> None:
    server.script.update({"extra_models": [EVIL], "answer": EVIL, "error_message": EVIL})
    if command[0] == "history":
        await connected("chat", "--model", EVIL.replace("\n", ""), stdin=f"evil title {SEQUENCES}\n".encode())
    screen = (await bytes_on_a_terminal(connected, 100, *command)).replace(b"\r\n", b"\n")
    assert screen
    text = re.sub(r"\x1b\[(?:0|1|2|31)m|\r\x1b\[K", "", screen.decode())  # our colours, and a line of progress
    assert not [c for c in text if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or c in "\u202e\u2066"], text
    assert b"\x1b[31mnext" not in screen


def test_B8_B7_what_a_terminal_would_obey_or_nobody_would_see_is_spelled_out() -> None:
    hidden = [*CONTROLS, *"\u200b\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u180e"]
    hidden += [chr(code) for code in range(0xE0000, 0xE0080)]
    for sign in hidden:
        for shown in (visible(f"a{sign}b"), one_line(f"a{sign}b")):
            assert sign not in shown, hex(ord(sign))
    assert visible("\U000e0041\u200b\x9b") == "\\U000e0041\\u200b\\x9b"
    for honest in ("größe 漢字 🎉\n\ttab", "👩\u200d💻 ❤\ufe0f", "می\u200cخواهم", "שלום\u200f!"):
        assert visible(honest) == honest
