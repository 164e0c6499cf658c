"""What a terminal of a certain width gets: words stay whole, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import struct
import sys
from pathlib import Path

import pytest

from app.services.mock_server import MockServer
from tests.cli.conftest import Aica, home_without_programs

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals"),
]


async def on_a_terminal(aica: Aica, columns: int, *arguments: str) -> list[str]:
    """The lines that a command prints to a terminal, without colours."""
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
    return screen.decode().replace("\r\n", "\n").splitlines()


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
