"""Finds model files that are on this computer: those we fetched, LM Studio's, Ollama's, Hugging Face's, the user's.

Looks at folders and the heads of files, opens nothing else and starts nothing. Folders may hold loops, be unreadable
or have a hundred thousand files: every look is bounded in folders, files, depth and time. A look that ran out of time
shows what it found; heads are remembered, so the next look gets further.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from app.lean_dataclass import dataclass
from app.services.engine.gguf import GgufError, GgufHeader, read_header
from app.services.runtimes.lms import lm_studio_home
from app.services.wording import say

logger = logging.getLogger(__name__)

MAX_FOLDERS = 20_000
MAX_ENTRIES = 200_000
MAX_FILES = 5_000
MAX_DEPTH = 8
#: Of one look; the list of models is given up after `limits.LIST_TIMEOUT_S`.
LOOK_S = 3.0
#: A look that took long is not taken again at once: the list is asked for every two seconds while it is open.
PAUSE_FACTOR = 20.0
MOST_PAUSE_S = 60.0
MAX_MANIFEST_BYTES = 256 * 1024
MAX_NAME_CHARACTERS = 400
#: How the folder of this program is called in lists.
OWN_SOURCE = "AI Coder Assistant"

_PART = re.compile(r"-(\d{5})-of-(\d{5})$")
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
#: Ollama leaves these out of a name.
_OLLAMA_DEFAULTS = ("registry.ollama.ai", "library")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model that the engine could load."""

    name: str
    """Unique among the found ones, and the same at every look."""
    path: Path
    """Of the first part, where it has several."""
    size_bytes: int
    """Of all parts."""
    header: GgufHeader
    source: str
    """Whose folder it lies in: `OWN_SOURCE`, `LM Studio`, `Ollama`, `Hugging Face`, or the folder's name."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that looks like a model and is none; `reason` is a sentence."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """One look. `complete` is False where a limit ended it."""

    models: tuple[ModelFile, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    complete: bool = True

    def named(self, name: str) -> ModelFile | None:
        return next((model for model in self.models if model.name == name), None)


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    path: Path
    source: str


@dataclass(slots=True)
class _Look:
    """What is left of the limits of one look."""

    until: float
    folders: int = MAX_FOLDERS
    entries: int = MAX_ENTRIES
    seen: set[tuple[int, int]] = field(default_factory=set)
    complete: bool = True
    at: Path | None = None
    """What is being read just now."""

    def goes_on(self) -> bool:
        if self.folders <= 0 or self.entries <= 0 or time.monotonic() > self.until:
            self.complete = False
        return self.complete


class GgufFinder:
    """Looks again whenever it is asked, and remembers the heads it read. May be used from several threads."""

    def __init__(self, folders: Sequence[Path] = (), *, own: Path | None = None, look_s: float = LOOK_S) -> None:
        """`folders`: the user's own, searched with everything below them; before all others `own`, where this program
        keeps what it fetched."""
        self.folders = tuple(folders)
        self.own = own
        self._look_s = look_s
        self._lock = threading.Lock()
        self._heads: dict[tuple[str, int, int], GgufHeader | str] = {}
        self._last = Found()
        self._rest_until = 0.0
        self._running: _Look | None = None

    @property
    def reading(self) -> Path | None:
        """What the running look is at, None where none runs: what keeps it, if it does not return."""
        look = self._running
        return look.at if look is not None else None

    def find(self) -> Found:
        """All models that are there now. Never raises for files.

        Blocks for some seconds at most, unless a file system does not answer: nothing can end that.
        """
        with self._lock:
            began = time.monotonic()
            if began >= self._rest_until:
                self._last = self._look(began)
                took_s = time.monotonic() - began
                # Only a slow look rests: in small folders a new file shows at once.
                self._rest_until = time.monotonic() + (
                    min(took_s * PAUSE_FACTOR, MOST_PAUSE_S) if took_s > 0.1 else 0.0
                )
            return self._last

    def _look(self, began: float) -> Found:
        look = self._running = _Look(began + self._look_s)
        try:
            return self._found_in(look)
        finally:
            self._running = None

    def _found_in(self, look: _Look) -> Found:
        models: dict[str, ModelFile] = {}
        files: set[Path] = set()
        unusable: list[Unusable] = []
        for candidate in self._candidates(look):
            if len(files) >= MAX_FILES or not look.goes_on():
                look.complete = False
                break
            look.at = candidate.path
            try:
                real = candidate.path.resolve()
                if real in files:
                    continue
                files.add(real)
                model = self._model(candidate, real, look.until)
            except (GgufError, OSError, RuntimeError) as exc:  # RuntimeError: a loop of links, before Python 3.13
                if not look.goes_on():  # there may have been no time to read it
                    break
                reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
                unusable.append(Unusable(candidate.path, reason))
                continue
            if model is not None:
                name = _free_name(model.name, model.source, models)
                models[name] = model if name == model.name else _renamed(model, name)
        if not look.complete:
            logger.info("the look for model files stopped at a limit after %d files", len(files))
        return Found(tuple(models.values()), tuple(unusable), look.complete)

    def _candidates(self, look: _Look) -> Iterator[_Candidate]:
        if self.own is not None:
            yield from _below(self.own, OWN_SOURCE, look)
        for folder in self.folders:
            yield from _below(folder, folder.name or str(folder), look)
        for folder in lm_studio_folders():
            yield from _below(folder, "LM Studio", look)
        for folder in ollama_folders():
            yield from _in_ollama(folder, look)
        yield from _in_hugging_face(hugging_face_folder(), look)

    def _model(self, candidate: _Candidate, real: Path, until: float) -> ModelFile | None:
        """The model behind a file; None for what is a part of another, or no model to talk to."""
        if (part := _PART.search(candidate.path.stem)) is not None and int(part[1]) != 1:
            return None
        about = real.stat()
        header = self._head(real, about, until)
        if header.kind != "model" or header.part > 0:
            return None
        size = about.st_size
        if header.parts > 1:
            size += _size_of_parts(candidate.path, header.parts)
        return ModelFile(_PART.sub("", candidate.name), candidate.path, size, header, candidate.source)

    def _head(self, real: Path, about: os.stat_result, until: float) -> GgufHeader:
        key = (str(real), about.st_size, about.st_mtime_ns)
        known = self._heads.get(key)
        if known is None:
            try:
                known = read_header(real, until=until)
            except GgufError as exc:
                known = str(exc)
            if len(self._heads) > 2 * MAX_FILES:
                self._heads.clear()
            self._heads[key] = known
        if isinstance(known, str):
            raise GgufError(known)
        return known


def _free_name(name: str, source: str, taken: dict[str, ModelFile]) -> str:
    if name not in taken:
        return name
    number, free = 1, f"{name} ({source})"
    while free in taken:
        number += 1
        free = f"{name} ({source} {number})"
    return free


def _renamed(model: ModelFile, name: str) -> ModelFile:
    return ModelFile(name, model.path, model.size_bytes, model.header, model.source)


def _size_of_parts(first: Path, parts: int) -> int:
    """Bytes of the parts after the first.

    Raises:
        GgufError: one is missing.
    """
    base = _PART.sub("", first.stem)
    size = 0
    for number in range(2, parts + 1):
        other = first.with_name(f"{base}-{number:05d}-of-{parts:05d}{first.suffix}")
        try:
            size += other.stat().st_size
        except OSError as exc:
            raise GgufError(say("Part {number} of {parts} is missing.", number=number, parts=parts)) from exc
    return size


# -- folders


def lm_studio_folders() -> list[Path]:
    """Where LM Studio keeps models: its own folder, and the one its settings name."""
    home = lm_studio_home()
    named = _read_json(home / "settings.json").get("downloadsFolder")
    folders = [Path(named)] if isinstance(named, str) and "\0" not in named and Path(named).is_absolute() else []
    return list(dict.fromkeys([*folders, home / "models"]))


def ollama_folders() -> list[Path]:
    """Where Ollama keeps models: OLLAMA_MODELS, the user's folder, and the Linux service's."""
    named = os.environ.get("OLLAMA_MODELS", "")
    folders = [Path(named)] if named and Path(named).is_absolute() else []
    return [*folders, Path.home() / ".ollama" / "models", Path("/usr/share/ollama/.ollama/models")]


def hugging_face_folder() -> Path:
    """Hugging Face's cache, as its own library finds it; relative paths are those of another program's folder."""
    for name, below in (("HF_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")):
        named = Path(os.environ.get(name, ""))
        if named.is_absolute():
            return named / below
    return Path.home() / ".cache" / "huggingface" / "hub"


def _entries(folder: Path, look: _Look) -> list[os.DirEntry[str]]:
    """What is in a folder, in the order of names; nothing where it cannot be read or was looked at before."""
    if not look.goes_on():
        return []
    look.folders -= 1
    look.at = folder
    found = []
    try:
        about = folder.stat()
        if (about.st_dev, about.st_ino) in look.seen:  # a loop of links, or a folder inside another one
            return []
        look.seen.add((about.st_dev, about.st_ino))
        with os.scandir(folder) as entries:
            for entry in entries:
                look.entries -= 1
                if look.entries <= 0:
                    break
                found.append(entry)
    except OSError as exc:
        logger.debug("%s is passed over: %s", folder, exc.strerror)
    return sorted(found, key=lambda entry: entry.name)


def _files_below(folder: Path, look: _Look, depth: int = 0) -> Iterator[Path]:
    """Model files below a folder, through links too."""
    for entry in _entries(folder, look):
        try:
            is_folder = entry.is_dir()
        except OSError:
            continue  # a link in a circle: it leads to nothing
        if is_folder:
            if depth < MAX_DEPTH and not entry.name.startswith("."):
                yield from _files_below(Path(entry.path), look, depth + 1)
        elif entry.name.lower().endswith(".gguf") and not entry.name.startswith("."):
            yield Path(entry.path)


def _below(folder: Path, source: str, look: _Look) -> Iterator[_Candidate]:
    for path in _files_below(folder, look):
        name = path.relative_to(folder).with_suffix("").as_posix()
        yield from _named(name, path, source)


def _in_hugging_face(folder: Path, look: _Look) -> Iterator[_Candidate]:
    """`models--org--repo/snapshots/REVISION/…/file.gguf`; of several revisions of a file the newest comes first."""
    for entry in _entries(folder, look):
        parts = entry.name.split("--")
        if len(parts) < 2 or parts[0] != "models":
            continue
        repository = "/".join(parts[1:])
        revisions = [Path(one.path) for one in _entries(Path(entry.path) / "snapshots", look)]
        named: set[str] = set()
        for revision in sorted(revisions, key=_changed_at, reverse=True):
            for path in _files_below(revision, look):
                name = f"{repository}/{path.relative_to(revision).with_suffix('').as_posix()}"
                if name not in named:
                    named.add(name)
                    yield from _named(name, path, "Hugging Face")


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _in_ollama(folder: Path, look: _Look) -> Iterator[_Candidate]:
    """`manifests/HOST/OWNER/NAME/TAG` says which blob is the model."""
    for host in _entries(folder / "manifests", look):
        for owner in _entries(Path(host.path), look):
            for model in _entries(Path(owner.path), look):
                for tag in _entries(Path(model.path), look):
                    if not look.goes_on():
                        return
                    look.at = Path(tag.path)
                    blob = _blob_of(folder, look.at)
                    if blob is not None:
                        before = [host.name, owner.name]
                        while before and before[0] in _OLLAMA_DEFAULTS:
                            before.pop(0)
                        name = "/".join([*before, f"{model.name}:{tag.name}"])
                        yield from _named(name, blob, "Ollama")


def _blob_of(folder: Path, manifest: Path) -> Path | None:
    layers = _read_json(manifest).get("layers")
    for layer in layers if isinstance(layers, list) else []:
        if isinstance(layer, dict) and layer.get("mediaType") == _OLLAMA_MODEL:
            digest = _DIGEST.fullmatch(str(layer.get("digest")))  # nothing else may become part of a path
            if digest is not None:
                return folder / "blobs" / f"sha256-{digest[1]}"
    return None


def _named(name: str, path: Path, source: str) -> Iterator[_Candidate]:
    """The candidate, unless its name could not be shown or sent."""
    if name and len(name) <= MAX_NAME_CHARACTERS and name.isprintable():
        yield _Candidate(name, path, source)


def _read_json(path: Path) -> dict[str, Any]:
    """A small JSON object; empty where there is none."""
    try:
        if not path.is_file():  # opening a pipe would wait for whoever writes into it
            return {}
        with path.open("rb") as file:
            value = json.loads(file.read(MAX_MANIFEST_BYTES + 1)[:MAX_MANIFEST_BYTES])
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
