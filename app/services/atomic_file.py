"""Files that are either the old or the new one, never half of each (reliability C8)."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, backup: Path | None = None) -> None:
    """Replace `path` with `data`, private to the user (0600); the previous content goes to `backup` when given.

    Raises:
        OSError: the folder is read-only or the disk is full; the old file is untouched then.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if backup is not None and path.exists():
        _replace(backup, path.read_bytes())
    _replace(path, data)


def _replace(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows has no such call for folders and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
