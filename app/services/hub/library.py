"""The model files that this program fetched: a folder of ours, a manifest beside each model, deleting.

`models/USER/REPO/FILE.gguf` with `FILE.manifest.json`. A newer revision of the same file goes into a folder named
after it, so that the earlier one stays until somebody deletes it. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.lean_dataclass import dataclass
from app.services.atomic_file import write_atomically
from app.services.hub.listing import PART
from app.services.hub.names import HubName, is_repository, is_revision, safe_path
from app.services.hub.records import HubFile
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say

logger = logging.getLogger(__name__)

MANIFEST_SUFFIX = ".manifest.json"
MAX_MANIFEST_BYTES = 256 * 1024
#: Below the folder of the models: what is being fetched. Hidden, so that no look for models finds halves.
INCOMING = ".incoming"
REVISION_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a fetched model, and where it came from."""

    repository: str
    revision: str | None
    files: tuple[HubFile, ...]
    quantization: str | None = None
    licence: str | None = None
    hub_url: str = ""
    fetched_at: str = ""
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class FetchedModel:
    """A model in our folder. `name`: as the built-in engine calls it."""

    name: str
    path: Path
    """Of its first file."""
    size_bytes: int
    manifest: Manifest


class Library:
    """Args: folder: the models' own; it is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def incoming(self) -> Path:
        return self.folder / INCOMING

    def models(self) -> list[FetchedModel]:
        """What is there, in the order of names. What has no readable manifest is passed over with a line in the log."""
        found = []
        for path in sorted(self.folder.glob(f"*/*/**/*{MANIFEST_SUFFIX}")):
            if INCOMING in path.relative_to(self.folder).parts:
                continue
            model = self._read(path)
            if model is not None:
                found.append(model)
        return found

    @staticmethod
    def files_of(model: FetchedModel) -> list[Path]:
        """All its files: parts, and the one for pictures."""
        base = _base_of(model)
        return [base.joinpath(*file.path.split("/")) for file in model.manifest.files]

    def model(self, name: str) -> FetchedModel:
        """Raises: LLMError: model_not_found, it is not one that was fetched."""
        found = next((one for one in self.models() if one.name == name), None)
        if found is None:
            raise LLMError(
                ErrorKind.MODEL_NOT_FOUND,
                say("Model {name!r} is none that this program fetched.", name=name),
                say("Those lie in {folder}. What other programs fetched is deleted there.", folder=self.folder),
                model=name,
            )
        return found

    def place_of(self, manifest: Manifest) -> Path:
        """The folder below which the files of a model belong: a free one, or the one where this very revision is."""
        base = self.folder.joinpath(*manifest.repository.split("/"))
        path = base / _manifest_path(manifest)
        held = self._read(path)
        # Of `X.gguf` and `X-00001-of-00002.gguf` the manifest would be the same file.
        if held is not None and (held.manifest.revision, held.manifest.files[0].path) == (
            manifest.revision,
            manifest.files[0].path,
        ):
            return base
        # A manifest without its files is that of a move that was cut; a file without one is somebody's own.
        if held is None and (path.exists() or not self._inside(base, manifest.files[0].path).exists()):
            return base
        return base / (manifest.revision or "main")[:REVISION_CHARACTERS]

    def has(self, manifest: Manifest) -> FetchedModel | None:
        """The model, if just these files are there already: the same sums whichever revision brought them, or without
        sums of the same revision."""
        summed = all(file.sha256 for file in manifest.files)
        for model in self.models():
            other = model.manifest
            same_version = summed or (manifest.revision is not None and other.revision == manifest.revision)
            if same_version and (other.repository, other.files) == (manifest.repository, manifest.files):
                return model
        return None

    def meant_by(self, name: HubName) -> FetchedModel | None:
        """The fetched model that a name of the hub means, the newest of several versions; None where it is unclear."""
        found = [
            model for model in self.models() if model.manifest.repository.lower() == name.repository.lower()
            and name.quantization.lower() in ("", (model.manifest.quantization or "").lower(), model.path.name.lower())
        ]  # fmt: skip
        if len({model.manifest.files[0].path for model in found}) != 1:
            return None
        return max(found, key=lambda model: model.manifest.fetched_at)

    def take_in(self, staged: Path, manifest: Manifest) -> FetchedModel:
        """Move a checked model's files here from the folder where they were fetched; the manifest comes first,
        so that a move that is cut is taken up again.

        Raises:
            OSError: it cannot be moved.
        """
        place = self.place_of(manifest)
        path = place / _manifest_path(manifest)
        told = asdict(manifest) | {"fetched_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        write_atomically(path, json.dumps(told, indent=2).encode())
        for file in manifest.files:
            target = self._inside(place, file.path)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            (staged / staged_name(file)).replace(target)
        model = self._read(path)
        if model is None:
            raise OSError(f"{path} cannot be read back")
        return model

    def delete(self, name: str, loaded: Collection[Path] = ()) -> int:
        """Delete a model; the bytes that are free again. `loaded`: files that are in memory now.

        Raises:
            LLMError: model_not_found; overloaded, it is loaded; server_error, the system refuses.
        """
        model = self.model(name)
        if any(_same(model.path, path) for path in loaded):
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("{name} is loaded.", name=name),
                say("Unload it first, then delete it."),
                model=name,
                retryable=False,
            )
        base = _base_of(model)
        freed = 0
        try:
            # The manifest goes first: what is left after a failure is found by the engine, and deleted by hand.
            _manifest_at(base, model.manifest).unlink()
            for file in model.manifest.files:
                path = self._inside(base, file.path)
                if path.is_file():
                    freed += path.stat().st_size
                    path.unlink()
        except OSError as exc:
            raise LLMError(
                ErrorKind.SERVER_ERROR,
                say("{name} could not be deleted.", name=name),
                say(
                    "{reason}. Another program may have it open. It lies in {parent}.",
                    reason=exc.strerror or exc,
                    parent=model.path.parent,
                ),
                model=name,
                retryable=False,
            ) from exc
        self._tidy(model.path.parent)
        return freed

    def _tidy(self, folder: Path) -> None:
        """Take away folders that are empty now."""
        while folder != self.folder and self.folder in folder.parents:
            try:
                folder.rmdir()
            except OSError:
                return  # something is in it
            folder = folder.parent

    def _inside(self, place: Path, path: str) -> Path:
        """A file's place, looked at once more after links are followed: nothing is written elsewhere."""
        safe = safe_path(path)
        target = None if safe is None else place.joinpath(*safe.parts)
        if target is None or not target.resolve().is_relative_to(self.folder.resolve()):
            raise OSError(f"{path!r} does not lie in the folder of the models")
        return target

    def _read(self, path: Path) -> FetchedModel | None:
        try:
            with path.open("rb") as file:
                manifest = manifest_of(json.loads(file.read(MAX_MANIFEST_BYTES)))
            first = _base_from(path, manifest).joinpath(*manifest.files[0].path.split("/"))
            size = sum(
                _base_from(path, manifest).joinpath(*file.path.split("/")).stat().st_size for file in manifest.files
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as exc:
            logger.warning("%s is passed over: %s", path.name, exc)
            return None
        name = first.relative_to(self.folder).with_suffix("").as_posix()
        return FetchedModel(PART.sub("", name), first, size, manifest)


def manifest_of(value: Any) -> Manifest:
    """A manifest as it was written.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, dict) or not is_repository(str(value.get("repository"))):
        raise ValueError(say("it is no manifest"))
    listed = value.get("files")
    files = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or safe_path(str(one.get("path"))) is None:
            raise ValueError(say("it names a file that cannot be"))
        size, sha256 = one.get("size_bytes"), one.get("sha256")
        files.append(HubFile(str(one["path"]), size if isinstance(size, int) else None, sha256 or None))
    if not files:
        raise ValueError(say("it names no file"))
    revision = value.get("revision")
    texts = {name: str(value.get(name) or "") for name in ("quantization", "licence", "hub_url", "fetched_at")}
    return Manifest(
        str(value["repository"]),
        revision if is_revision(revision) else None,
        tuple(files),
        texts["quantization"] or None,
        texts["licence"] or None,
        texts["hub_url"],
        texts["fetched_at"],
    )


def staged_name(file: HubFile) -> str:
    """A file's name while it is fetched: without folders."""
    return file.path.rpartition("/")[2]


def _manifest_path(manifest: Manifest) -> Path:
    """Of the manifest, below the model's place."""
    first = Path(manifest.files[0].path)
    return first.with_name(PART.sub("", first.stem) + MANIFEST_SUFFIX)


def _manifest_at(base: Path, manifest: Manifest) -> Path:
    return base / _manifest_path(manifest)


def _base_from(path: Path, manifest: Manifest) -> Path:
    """The model's place, from where its manifest lies."""
    return path.parents[len(Path(manifest.files[0].path).parts) - 1]


def _base_of(model: FetchedModel) -> Path:
    return model.path.parents[len(Path(model.manifest.files[0].path).parts) - 1]


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
