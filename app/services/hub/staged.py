"""A download on the disk while it is not finished: its folder, what it is of, and who works on it."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import asdict
from pathlib import Path

from app.services.atomic_file import write_atomically
from app.services.hub.library import MAX_MANIFEST_BYTES, Manifest, manifest_of, staged_name
from app.services.hub.part_file import SUFFIX
from app.services.hub.records import HubFile
from app.services.process_lock import FileLock

logger = logging.getLogger(__name__)

SIDECAR = "download.json"
MAX_ETAG_CHARACTERS = 200


class Staged:
    """Survives a crash: the sidecar says what the parts are of. Its methods block, but for `key`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self.etags: dict[str, str] = {}
        """By file, what the server called the version that the part is of."""
        self._lock = FileLock(folder / "lock")

    @property
    def key(self) -> str:
        return self.folder.name

    def claim(self) -> bool:
        """Make it ours, unless another process works on it. Parts of another revision are thrown away.

        Raises:
            OSError: the folder cannot be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._lock.try_acquire():
            return False
        before = read_staged(self.folder)
        if before is not None and before.manifest.files == self.manifest.files:
            self.etags = before.etags
        else:
            self._drop_files()
        self.save()
        return True

    def release(self) -> None:
        self._lock.release()

    def save(self) -> None:
        """Write the sidecar."""
        told = asdict(self.manifest) | {"etags": self.etags}
        write_atomically(self.folder / SIDECAR, json.dumps(told, indent=2).encode())

    def final(self, file: HubFile) -> Path:
        """Where a file lies once it is complete and checked."""
        return self.folder / staged_name(file)

    def bytes_there(self) -> int:
        """Of all files, complete or not."""
        paths = [path for file in self.manifest.files for path in (self.final(file), self._part(file))]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def remove(self) -> None:
        """Delete all of it."""
        self._drop_files()
        (self.folder / SIDECAR).unlink(missing_ok=True)
        self._lock.release()  # before the folder goes: Windows keeps what is open
        shutil.rmtree(self.folder, ignore_errors=True)

    def _drop_files(self) -> None:
        for path in self.folder.iterdir():
            if path.is_file() and path.name.lower().endswith((SUFFIX, ".gguf")):  # the hub may spell it in capitals
                path.unlink()

    def _part(self, file: HubFile) -> Path:
        final = self.final(file)
        return final.with_name(final.name + SUFFIX)


def staged_folder(incoming: Path, manifest: Manifest) -> Path:
    """Where a download of these files is kept: the same for every revision, so there is one at a time."""
    text = "\n".join((manifest.hub_url, manifest.repository, manifest.files[0].path))
    return incoming / hashlib.sha256(text.encode()).hexdigest()[:16]


def read_staged(folder: Path) -> Staged | None:
    """What lies in a folder from an earlier run, None where that cannot be told."""
    try:
        with (folder / SIDECAR).open("rb") as file:
            value = json.loads(file.read(MAX_MANIFEST_BYTES))
        staged = Staged(folder, manifest_of(value))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as exc:
        logger.warning("the download in %s cannot be read: %s", folder.name, exc)
        return None
    etags = value.get("etags")
    staged.etags = {
        str(name): str(etag)
        for name, etag in (etags.items() if isinstance(etags, dict) else ())
        if len(str(etag)) <= MAX_ETAG_CHARACTERS and str(etag).isprintable()
    }
    return staged


def staged_in(incoming: Path) -> list[Staged]:
    """The downloads of earlier runs, and of other processes."""
    if not incoming.is_dir():
        return []
    found = (read_staged(folder) for folder in sorted(incoming.iterdir()) if folder.is_dir())
    return [one for one in found if one is not None]
