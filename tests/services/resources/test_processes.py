"""Trees of processes and their memory, read from the system, compared with what psutil says."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.services.resources.processes import Process, ProcessTable, listening_on, read_processes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it to everybody")

PARENT = """
import socket, subprocess, sys
held = bytearray(b"x") * 40_000_000
code = "held = bytearray(b'x') * 30_000_000; print(1, flush=True); input()"
child = subprocess.Popen([sys.executable, "-I", "-c", code],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
listening = socket.create_server(("127.0.0.1", 0))
print(child.pid, listening.getsockname()[1], flush=True)
input()
"""


@pytest.fixture
def family() -> Iterator[tuple[int, int, int]]:
    """(process, its child, port that it listens on)."""
    parent = subprocess.Popen(
        [sys.executable, "-I", "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child, port = map(int, parent.stdout.readline().split())
    yield parent.pid, child, port
    parent.communicate("\n")
    if psutil.pid_exists(child):
        psutil.Process(child).kill()


def test_a_tree_holds_the_memory_of_its_children(family: tuple[int, int, int]) -> None:
    parent, child, _port = family
    table = read_processes()
    assert table is not None
    assert {one.process_id for one in table.tree([parent])} == {parent, child}
    held = table.resident_bytes([parent, child])
    assert held is not None and held > 70_000_000
    theirs = sum(psutil.Process(one).memory_info().rss for one in (parent, child))
    assert abs(held - theirs) < 4_000_000, "each counts once, though the child was named twice"
    assert table.resident_bytes([2**22 + 1]) is None


def test_a_program_is_found_by_its_name_and_a_server_by_its_port(family: tuple[int, int, int]) -> None:
    parent, _child, port = family
    table = read_processes()
    assert table is not None
    name = Path(f"/proc/{parent}/comm").read_text(encoding="utf-8").strip()
    assert parent in table.named({name})
    assert parent in listening_on(port)
    assert os.getpid() not in listening_on(port)
    assert listening_on(1) == []


def test_a_name_with_brackets_and_blanks_is_read_whole(tmp_path: Path) -> None:
    fields = ["S", "1", *["0"] * 19, "7", "0"]
    for number, name in ((10, "a) (b"), (11, "LM Studio")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "stat").write_text(f"{number} ({name}) {' '.join(fields)}", encoding="utf-8")
    (tmp_path / "12").mkdir()
    (tmp_path / "12" / "stat").write_text("12 (cut", encoding="utf-8")
    table = read_processes(tmp_path)
    assert table is not None
    assert table.named({"a) (b"}) == [10] and table.named({"LM Studio"}) == [11]
    assert table.resident_bytes([10]) == 7 * os.sysconf("SC_PAGE_SIZE")
    assert 12 not in table


def test_processes_that_name_each_other_as_parents_are_counted_once() -> None:
    table = ProcessTable([Process(1, 2, "a", 5), Process(2, 1, "b", 6)])
    assert table.resident_bytes([1]) == 11


def test_a_folder_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert read_processes(tmp_path / "gone") is None


@pytest.mark.anyio
async def test_reading_does_not_hold_the_loop_for_long() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.to_thread(read_processes)
    assert loop.time() - began < 2.0
