"""A home that cannot be written, and one that fills up: chat goes on in memory, says so, and harms nothing.

The conditions are real: a mount namespace of the test's own, since modes mean nothing to root.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.paths import user_paths
from tests.end_to_end.conftest import ROOT, Ended, Programs

pytestmark = pytest.mark.anyio

UNSHARE = shutil.which("unshare")


def may_mount() -> bool:
    """Whether this user may have a mount namespace; containers and some distributions say no."""
    if UNSHARE is None:
        return False
    command = [UNSHARE, "-Urm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="mount namespaces are not allowed here")


async def in_namespace(programs: Programs, prepare: str, *command: str, afterwards: str = "", **options: Any) -> Ended:
    """Run this Python with `command` where `prepare` (shell) has mounted something."""
    assert UNSHARE is not None
    inner = shlex.join([sys.executable, *command])
    script = f"set -e; {prepare}; set +e; {inner}; status=$?; {afterwards or ':'}; exit $status"
    return await programs.run(UNSHARE, "-Urm", "sh", "-c", script, **options)


def chat_child(home: Path, address: str, turns: int) -> tuple[str, ...]:
    return ("-m", "tests.end_to_end.chat_child", "--home", str(home), "--base-url", address, "--turns", str(turns))


def lines_of(ended: Ended) -> list[dict[str, Any]]:
    assert ended.status == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def read_only(home: Path) -> str:
    quoted = shlex.quote(str(home))
    return f"mount --bind {quoted} {quoted}; mount -o remount,ro,bind {quoted}"


def sound(path: Path) -> list[tuple[str, str]]:
    """(status, beginning of the text) of every message, of a file that passes the checks."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return db.execute("SELECT status, substr(text, 1, 8) FROM message ORDER BY id").fetchall()


def lm_studio(address: str) -> tuple[str, ...]:
    return ("--provider", "lm_studio", "--base-url", address)


@needs_mounts
async def test_C7_a_disk_that_fills_up_while_chatting_is_told_and_the_chat_goes_on(
    programs: Programs, tmp_path: Path
) -> None:
    home, rescued = tmp_path / "home", tmp_path / "rescued"
    home.mkdir()
    rescued.mkdir()
    turns = 6
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        await set_script(programs, address, tokens=25_000)
        ended = await in_namespace(
            programs,
            f"mount -t tmpfs -o size=1m tmpfs {shlex.quote(str(home))}",
            *chat_child(home, address, turns),
            afterwards=f"cp -r {shlex.quote(str(home))}/. {shlex.quote(str(rescued))}",
            timeout_s=120,
        )
    lines = lines_of(ended)
    told = [line for line in lines if "turn" in line]
    assert [line["status"] for line in told] == ["complete"] * turns, "no answer was lost to the disk"
    assert told[0]["saved"] or told[1]["saved"] or lines[0]["saved"], "the disk had room at first"
    assert (told[-1]["saved"], told[-1]["reason"]) == (False, "the disk is full")
    assert lines[-1]["kept"] == 2 * turns, "everything is there, in memory"
    kept = sound(user_paths(rescued).store_file)
    assert kept[0] == ("complete", "Question"), "the file was kept, with what had found room"


@needs_mounts
async def test_C7_a_read_only_home_is_told_and_the_chat_goes_on(programs: Programs, tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        assert (await programs.run(*chat_child(home, address, 1))).status == 0
        store = user_paths(home).store_file
        before = store.read_bytes()
        ended = await in_namespace(programs, read_only(home), *chat_child(home, address, 1))
    lines = lines_of(ended)
    assert (lines[0]["saved"], lines[0]["reason"]) == (False, "the file or its folder is read-only")
    assert next(line for line in lines if "turn" in line)["status"] == "complete"
    assert store.read_bytes() == before
    listed = await in_namespace(programs, read_only(home), "-m", "app.cli.main", "--home", str(home), "history", "list")
    assert "Question 0 of this chat" in listed.out, "the chats of before can still be read"


@needs_mounts
async def test_C7_a_home_that_cannot_even_be_made_is_told_and_the_chat_goes_on(
    programs: Programs, tmp_path: Path
) -> None:
    above = tmp_path / "above"
    above.mkdir()
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        ended = await in_namespace(programs, read_only(above), *chat_child(above / "home", address, 1))
    lines = lines_of(ended)
    assert (lines[0]["saved"], lines[0]["reason"]) == (False, "read-only file system")
    assert lines[-1]["kept"] == 2


@needs_mounts
@pytest.mark.parametrize("filled", [False, True], ids=["read-only", "full"])
async def test_C7_the_commands_answer_without_a_home_they_can_write(
    programs: Programs, tmp_path: Path, filled: bool
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    full = (
        f"mount -t tmpfs -o size=64k tmpfs {shlex.quote(str(home))}; "
        f"dd if=/dev/zero of={shlex.quote(str(home))}/filler bs=4k 2>/dev/null || true"
    )
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        ask = ("-m", "app.cli.main", "--home", str(home), "ask", *lm_studio(address), "Hi")
        ended = await in_namespace(programs, full if filled else read_only(home), *ask)
    assert ended.status == 0, ended.err
    assert ended.out.strip()
    assert "Traceback" not in ended.err
    assert "Logging error" not in ended.err


@needs_mounts
@pytest.mark.parametrize("filled", [False, True], ids=["read-only", "full"])
async def test_C7_the_window_answers_and_closes_without_a_home_it_can_write(
    programs: Programs, tmp_path: Path, filled: bool
) -> None:
    home, picture = tmp_path / "home", tmp_path / "window.png"
    home.mkdir()
    full = (
        f"mount -t tmpfs -o size=64k tmpfs {shlex.quote(str(home))}; "
        f"dd if=/dev/zero of={shlex.quote(str(home))}/filler bs=4k 2>/dev/null || true"
    )
    async with programs.simulator("--rate", "0", "--ttft", "0") as address:
        window = (
            *("-m", "app", "--home", str(home), *lm_studio(address)),
            *("--prompt", "Say something", "--screenshot", str(picture)),
        )
        ended = await in_namespace(programs, full if filled else read_only(home), *window)
    assert ended.status == 0, ended.err
    assert picture.exists()
    assert "Traceback" not in ended.err
    assert "Logging error" not in ended.err


async def set_script(programs: Programs, address: str, **changes: Any) -> None:
    """Tell a simulator in another process what to do."""
    code = (
        "import json, sys, urllib.request as u;"
        "u.urlopen(u.Request(sys.argv[1] + '/_simulator/script', sys.argv[2].encode(),"
        " {'Content-Type': 'application/json'}), timeout=10).close()"
    )
    ended = await programs.run("-c", code, address, json.dumps(changes), cwd=ROOT)
    assert ended.status == 0, ended.err
