"""Whether earlier starts went well: a small file that says how many in a row ended early.

A run that ends in its first moments several times in a row would do so again: then the next one starts in safe mode.
"""

from __future__ import annotations

import json
from pathlib import Path

from app.services.atomic_file import private
from app.services.settings.window_state import read_window_state

FILE = "last-run.json"
#: Starts in a row that ended early before the next one is careful.
MOST_EARLY_ENDS = 3
#: A run that lived so long was no failed start.
SETTLED_S = 30.0


class RunRecord:
    """One run. Its calls write a few bytes and never raise: without a file there is no safe mode, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self.early_ends = 0

    @property
    def wants_safe_mode(self) -> bool:
        return self.early_ends >= MOST_EARLY_ENDS

    def begin(self) -> None:
        """Look at the run before, and say that this one begins."""
        before = read_window_state(self._file)
        if before.get("running") is True and before.get("settled") is not True:
            count = before.get("early_ends")
            self.early_ends = (count if isinstance(count, int) and 0 <= count < 1_000 else 0) + 1
        self._write(running=True, settled=False)

    def settle(self) -> None:
        """It has lived for a while."""
        self._write(running=True, settled=True)

    def end(self) -> None:
        """It ends as it should."""
        self._write(running=False, settled=True)

    def _write(self, *, running: bool, settled: bool) -> None:
        values = {"running": running, "settled": settled, "early_ends": 0 if settled else self.early_ends}
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # In one write and not for ever: after a power failure an old count does no harm.
            with open(self._file, "wb", opener=private) as stream:
                stream.write(json.dumps(values).encode())
        except OSError:
            return  # a read-only home: the store tells of it
