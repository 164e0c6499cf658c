"""What the file system of a folder is good for: whether other computers write into it, and whether it locks files."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

#: Linux tells every mount here (proc_pid_mountinfo(5)); elsewhere nothing is known.
MOUNTS = Path("/proc/self/mountinfo")

#: File systems of another computer, or of the one around this one: who writes there need not be of this computer.
_SHARED = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "davfs"),
        *("ceph", "lustre", "glusterfs", "gpfs", "beegfs", "ocfs2", "gfs2"),
        *("9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "fuse.vmhgfs-fuse", "fuse.davfs"),
    }
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path) -> str | None:
    """The kind of share that `path` lies on, such as "nfs4"; None for a disk of this computer, or where nobody says."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    except OSError:
        return None
    place = os.path.realpath(path)
    best, kind = "", None
    for line in lines:
        fields, _, rest = line.partition(" - ")
        words = fields.split(" ")
        if len(words) < 5 or not rest:
            continue
        mounted = _ESCAPED.sub(lambda match: chr(int(match[1], 8)), words[4])
        # Of several at one place the last covers the others.
        if len(mounted) >= len(best) and (place + "/").startswith(mounted.rstrip("/") + "/"):
            best, kind = mounted, rest.split(" ")[0]
    return kind if kind in _SHARED else None


def locks_files(folder: Path) -> bool:
    """Whether a file in `folder` can be locked as SQLite does it. True where that cannot be tried."""
    if sys.platform == "win32":
        return True
    import fcntl

    probe = folder / f".{os.urandom(6).hex()}.probe"
    try:
        descriptor = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except OSError:
        return True
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # nobody else can have this file
        return False
    finally:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            probe.unlink()
    return True
