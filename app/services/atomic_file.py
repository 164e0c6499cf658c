"""Files that are either the old or the new one, never half of each (reliability C8), and files that are the user's
alone."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, data: bytes, *, backup: Path | None = None, private: bool = True) -> None:
    """Replace `path` with `data`; the previous content goes to `backup` when given.

    Of a symbolic link the target is replaced. The result is private to the user (0600); with `private=False` (files
    that the user saves elsewhere) a file that is there keeps its permissions and a new one has what the umask leaves.

    Raises:
        OSError: the folder is read-only or the disk is full; the old file is untouched then.
    """
    path = _target(path)
    path.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    if backup is not None and path.exists():
        _replace(_target(backup), path.read_bytes(), private)
    _replace(path, data, private)


def private(path: str, flags: int) -> int:
    """For `open(…, opener=private)`: a file that is made is the user's alone (0600)."""
    return os.open(path, flags, 0o600)


def temporary_place(path: Path) -> Path:
    """Where what is to stand at `path` stands until it is whole: beside it, under a name of its own that is no longer
    than one may be."""
    # Not `secrets`: it loads OpenSSL, and the window reads its size through this module before it is painted.
    return path.with_name(f".{path.name[:_SHOWN_CHARACTERS]}.{os.urandom(6).hex()}.tmp")


def _target(path: Path) -> Path:
    """Where a symbolic link leads, however many lie between; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = True, over: bool = True) -> Iterator[BinaryIO]:
    """A file to write piece by piece; it takes the place of `path` when the block ends, and goes when that raises.

    `over=False`: not the place of anything that is there by then, be it a link that leads nowhere.

    Raises:
        FileExistsError: without `over`, something is there.
        OSError: as `write_atomically`.
    """
    path = _target(path) if over else path
    mode = None if private else _mode_of(path)
    temporary = temporary_place(path)
    # Not tempfile: it knows 0600 only, and the umask can be asked for by setting it alone, for all threads.
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        if over:
            temporary.replace(path)
        else:
            _take_free_place(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def _take_free_place(temporary: Path, path: Path) -> None:
    """A second name is refused, by the system and at once, where there is one already; a rename would be none."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: nothing is left but to look
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        temporary.replace(path)
    else:
        temporary.unlink()


def _replace(path: Path, data: bytes, private: bool) -> None:
    with replacing(path, private=private) as file:
        file.write(data)


def _mode_of(path: Path) -> int | None:
    """The permissions of a file that is there; on Windows they come from the folder and are left alone."""
    if os.name == "nt":
        return None
    try:
        return stat.S_IMODE(path.stat().st_mode) & 0o777
    except FileNotFoundError:
        return None


#: Of a name of 255 bytes; a character takes four of them at most.
_SHOWN_CHARACTERS = 40
#: Of a file system that syncs no folders, as some shares, and of a folder that one may write into and not read.
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES, errno.EPERM})


def sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where that can be done; Windows has no such call for folders and needs none.

    Raises:
        OSError: the disk fails.
    """
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as exc:
        if exc.errno not in _CANNOT_SYNC:  # else what was written is there, and to say otherwise would be wrong
            raise
