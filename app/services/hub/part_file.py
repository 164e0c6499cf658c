"""A file while it arrives: written, summed and, in the end, checked. Used from worker threads, one call at a time."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO

SUFFIX = ".part"
#: How much of a resumed file is read at a time to sum it again.
PIECE_BYTES = 32 * 1024 * 1024


class PartFile:
    """`FILE.part` beside the place of `FILE`; it takes that place when it is complete and its sum is right."""

    def __init__(self, final: Path) -> None:
        self.final = final
        self.path = final.with_name(final.name + SUFFIX)
        self._file: BinaryIO | None = None
        self._sum = hashlib.sha256()
        # A cancelled task leaves its last call running in the thread; closing waits for it.
        self._lock = threading.Lock()

    def open(self) -> int:
        """Open it for more; how many bytes are there from an earlier run. They are not summed yet: see `sum_piece`."""
        # Not through a link: somebody else may have put one there.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self.path, flags, 0o600), "r+b", buffering=0)
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        return size

    def sum_piece(self) -> int:
        """Take the next bytes that are there into the sum; how many, 0 at the end."""
        with self._lock:
            data = self._opened().read(PIECE_BYTES)
            self._sum.update(data)
            return len(data)

    def write(self, data: bytes) -> None:
        """Append. Raises: OSError: the disk is full, say; what of it was written counts as not there."""
        with self._lock:
            file = self._opened()
            at = file.tell()
            try:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
            except OSError:
                file.seek(at)
                file.truncate()
                raise
            self._sum.update(data)

    def restart(self) -> None:
        """Throw away what is there."""
        with self._lock:
            file = self._opened()
            file.seek(0)
            file.truncate()
            self._sum = hashlib.sha256()

    def sha256(self) -> str:
        """Of everything that was summed and written."""
        return self._sum.hexdigest()

    def keep(self) -> None:
        """Put it into its place, durably."""
        with self._lock:
            os.fsync(self._opened().fileno())
            self._close()
            self.path.replace(self.final)

    def close(self) -> None:
        with self._lock:
            self._close()

    def discard(self) -> None:
        """Delete it."""
        with self._lock:
            self._close()
            self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the file is closed")
        return self._file
