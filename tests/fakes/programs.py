"""Executable fakes: small Python programs that stand where `lms` or `ollama` would.

They are steered by a JSON file beside them, because children get a minimal environment, and write down every call.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import psutil

_PREAMBLE = """#!{python} -I
import json, os, sys, time
here = os.path.abspath(__file__)
with open(here + ".json", encoding="utf-8") as file:
    behaviour = json.load(file)
with open(here + ".calls", "a", encoding="utf-8") as file:
    file.write(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd(),
                            "pid": os.getpid()}}) + "\\n")
arguments = sys.argv[1:]
if "only" in behaviour and not set(behaviour["only"]) & set(arguments):
    behaviour = {{key: behaviour[key] for key in behaviour if key not in {spared!r}}}
if behaviour.get("hang"):
    time.sleep(600)
if behaviour.get("flood"):
    block = b"x" * 65536
    for _ in range(behaviour["flood"]):
        os.write(1, block); os.write(2, block)
if behaviour.get("crash"):
    os.kill(os.getpid(), 11)
"""
#: What `only` spares the other calls.
_SPARED = ("hang", "flood", "crash", "fails", "lies")


def has_ended(process_id: int) -> bool:
    """Whether this process is gone, or waits for its parent to look."""
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def gone(process_id: int, within_s: float = 5.0) -> None:
    """Wait until that."""
    async with asyncio.timeout(within_s):
        while not has_ended(process_id):
            await asyncio.sleep(0.01)


class FakeProgram:
    """An installed fake: where it is, and what it was asked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def behave(self, **behaviour: Any) -> None:
        """Replace its behaviour; `hang`, `flood` (64 kB blocks on each output) and `crash` work for all.

        `only`: words; calls without any of them among their arguments are spared from it.
        """
        self.path.with_name(self.path.name + ".json").write_text(json.dumps(behaviour), encoding="utf-8")

    @property
    def calls(self) -> list[dict[str, Any]]:
        """`arguments`, `environment`, `folder`, `pid` of every start."""
        record = self.path.with_name(self.path.name + ".calls")
        if not record.exists():
            return []
        return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


def install(folder: Path, name: str, source: str, **behaviour: Any) -> FakeProgram:
    """Write an executable `name` that runs `source` with `arguments` and `behaviour` at hand."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(_PREAMBLE.format(python=sys.executable, spared=_SPARED) + source, encoding="utf-8")
    path.chmod(0o755)
    program = FakeProgram(path)
    program.behave(**behaviour)
    return program
