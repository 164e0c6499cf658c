"""The processes of this computer and how much memory trees of them hold (Linux; other systems tell it only to tools).

Source of the facts: proc(5), `/proc/PID/stat` and `/proc/net/tcp`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from app.lean_dataclass import dataclass

PROC = Path("/proc")
#: More processes than a computer of one person has; beyond them nothing is read.
MAX_PROCESSES = 32_768
#: Fields of `/proc/PID/stat` behind the name, counted from the state: parent and resident pages.
_PARENT, _RESIDENT = 1, 21
_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Process:
    process_id: int
    parent_id: int
    name: str
    """As the system has it: on Linux at most 15 characters."""
    resident_bytes: int


class ProcessTable:
    """One look at all processes."""

    def __init__(self, processes: Iterable[Process]) -> None:
        self._by_id = {one.process_id: one for one in processes}
        self._children: dict[int, list[int]] = {}
        for one in self._by_id.values():
            self._children.setdefault(one.parent_id, []).append(one.process_id)

    def __contains__(self, process_id: int) -> bool:
        return process_id in self._by_id

    def named(self, names: Collection[str]) -> list[int]:
        return [one.process_id for one in self._by_id.values() if one.name in names]

    def tree(self, roots: Iterable[int]) -> list[Process]:
        """These processes with everything they started, each once."""
        found: dict[int, Process] = {}
        waiting = [root for root in roots if root in self._by_id]
        while waiting:
            process_id = waiting.pop()
            if process_id not in found:
                found[process_id] = self._by_id[process_id]
                waiting += self._children.get(process_id, [])
        return list(found.values())

    def resident_bytes(self, roots: Iterable[int]) -> int | None:
        """Memory that the trees below these processes hold now, mapped files included; None where none of them runs.

        What several processes share counts once for each.
        """
        found = self.tree(roots)
        return sum(one.resident_bytes for one in found) if found else None


def read_processes(proc: Path = PROC) -> ProcessTable | None:
    """All processes; None where this system does not tell. Blocks for some milliseconds."""
    if sys.platform != "linux":
        return None
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    found = []
    try:
        names = [entry.name for entry in os.scandir(proc) if entry.name.isdigit()]
    except OSError:
        return None
    for name in names[:MAX_PROCESSES]:
        try:
            text = (proc / name / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        one = _process(text, page_bytes)
        if one is not None:
            found.append(one)
    return ProcessTable(found)


def _process(text: str, page_bytes: int) -> Process | None:
    """A line of `stat`. The name stands in brackets and may hold any character, brackets too."""
    number, _, rest = text.partition(" (")
    name, _, behind = rest.rpartition(") ")
    fields = behind.split()
    try:
        return Process(int(number), int(fields[_PARENT]), name, int(fields[_RESIDENT]) * page_bytes)
    except (ValueError, IndexError):
        return None


def listening_on(port: int, proc: Path = PROC) -> list[int]:
    """The processes of this user that listen on a TCP port of this computer; none where that cannot be read.

    Blocks: looks at the open files of every process of the user.
    """
    sockets = {
        f"socket:[{inode}]" for name in ("tcp", "tcp6") for inode in _listening_inodes(proc / "net" / name, port)
    }
    if not sockets:
        return []
    found = []
    for entry in os.scandir(proc):
        if entry.name.isdigit() and _has_any(Path(entry.path) / "fd", sockets):
            found.append(int(entry.name))
    return found


def _listening_inodes(table: Path, port: int) -> list[str]:
    try:
        lines = table.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    ending = f":{port:04X}"
    return [row[9] for row in rows if len(row) > 9 and row[3] == _LISTENING and row[1].endswith(ending)]


def _has_any(descriptors: Path, sockets: Collection[str]) -> bool:
    try:
        with os.scandir(descriptors) as entries:
            for entry in entries:
                if os.readlink(entry.path) in sockets:  # noqa: PTH115 - thousands of them
                    return True
    except OSError:  # another user's, or it has ended
        return False
    return False
