"""Tells whether the process that owns something is still alive: each one holds a lock on a file of its own.

The system drops the lock when the process ends, however it ends; a process id could be taken by another program.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import IO

from app.services.atomic_file import private

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class OwnerLock:
    """This process's mark in a folder. Without a writable folder it is an id nobody can check."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.owner_id = os.urandom(16).hex()
        self._file: IO[bytes] | None = None

    def acquire(self) -> None:
        """Make and lock the file, and sweep those of processes that are gone. Does nothing when it is held already.

        Raises:
            OSError: the folder cannot be written, or nothing can be locked there; then everybody seems alive.
        """
        if self._file is not None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        final = self.folder / f"{self.owner_id}.lock"
        # Locked before it has the name others sweep. Windows cannot rename an open file, nor sweep one.
        made = final if sys.platform == "win32" else final.with_suffix(".new")
        self._file = open(made, "wb", opener=private)  # noqa: SIM115 - held until it is released
        locked = _try_lock(self._file)
        if made != final:
            made.rename(final)
        if not locked:
            raise OSError(f"no file can be locked in {self.folder}")
        for path in self.folder.glob("*.lock"):
            if path.stem != self.owner_id and not self.is_alive(path.stem):
                with contextlib.suppress(OSError):
                    path.unlink()

    def is_alive(self, owner_id: str) -> bool:
        """Whether the process with this id still runs."""
        if owner_id == self.owner_id:
            return True
        try:
            with (self.folder / f"{owner_id}.lock").open("r+b") as file:
                return not _try_lock(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            with contextlib.suppress(OSError):
                (self.folder / f"{self.owner_id}.lock").unlink()


class FileLock:
    """A lock on one file: whoever has it is the only one, on this computer, until it lets go or ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def try_acquire(self) -> bool:
        """Whether it is ours now; at once.

        Raises:
            OSError: the file cannot be made.
        """
        if self._file is None:
            file = open(self._path, "ab", opener=private)  # noqa: SIM115 - as above
            if not _try_lock(file):
                file.close()
                return False
            self._file = file
        return True

    def release(self) -> None:
        """Let go; harmless when it was never ours. The file stays."""
        if self._file is not None:
            self._file.close()
            self._file = None
