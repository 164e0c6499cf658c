"""The ZIP file that an Office document is: its parts and how they refer to each other, with a limit on all of it.

Runs in the child process of `document_worker` only. A part is read as a stream and never becomes a tree; entities are
refused wherever one is declared, so none can grow; sizes are limited by what the file says and by what comes out of it.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote
from xml.parsers import expat

MOST_PARTS: Final = 20_000
MOST_PART_BYTES: Final = 128 * 1024 * 1024
MOST_BYTES: Final = 256 * 1024 * 1024
_CHUNK: Final = 64 * 1024
#: What Office programs write; the others could take a lot of memory to unpack.
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1

#: Local name (the namespaces of the transitional and the strict variant differ), attributes by local name.
OnStart = Callable[[str, dict[str, str]], None]
OnEnd = Callable[[str], None]
OnText = Callable[[str], None]


class UnreadableError(Exception):
    """The document is not read; the text is the kind of problem that `documents` has the words of."""


class Enough(Exception):  # noqa: N818 - no error: it ends the reading early
    """What was asked for is there."""


class Package:
    """The parts of a document by their name."""

    def __init__(self, data: bytes) -> None:
        """
        Raises:
            UnreadableError: no ZIP file, or one with too many parts.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
            raise UnreadableError("no_archive") from exc
        self._infos = {info.filename: info for info in self._zip.infolist()}
        if len(self._infos) > MOST_PARTS:
            raise UnreadableError("bomb")
        self._left = MOST_BYTES

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def start_of(self, name: str, length: int) -> bytes:
        """The first bytes of a part, b"" where there is none."""
        return next(self._chunks(name), b"")[:length] if name in self._infos else b""

    def parse(self, name: str, start: OnStart, end: OnEnd | None = None, text: OnText | None = None) -> None:
        """Read a part as XML from its beginning to its end, or until `Enough` is raised by one of the functions.

        Raises:
            UnreadableError: no such part, damaged, locked, too large, or with entities of its own.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, values: start(
            _local(tag), {_local(key): value for key, value in values.items()}
        )
        if end is not None:
            parser.EndElementHandler = lambda tag: end(_local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        parser.EntityDeclHandler = _refuse_entity
        try:
            for chunk in self._chunks(name):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as exc:
            raise UnreadableError("damaged") from exc

    def targets(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: id -> (last word of the kind of relation, name of the part). "" is the package."""
        folder, _, last = name.rpartition("/")
        relations = posixpath.join(folder, "_rels", f"{last}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, values: dict[str, str]) -> None:
            if tag == "Relationship" and values.get("TargetMode") != "External":
                kind = values.get("Type", "").rpartition("/")[2]
                found[values.get("Id", "")] = (kind, self._resolved(folder, values.get("Target", "")))

        if relations in self._infos:
            self.parse(relations, start)
        return found

    def target(self, name: str, kind: str) -> str | None:
        """The first part of that kind which a part refers to."""
        return next((part for of_kind, part in self.targets(name).values() if of_kind == kind), None)

    def _resolved(self, folder: str, target: str) -> str:
        for spelled in (target, unquote(target)):
            name = posixpath.normpath(posixpath.join("/", folder, spelled)).lstrip("/")
            if name in self._infos:
                break
        return name

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self._infos.get(name)
        if info is None or info.compress_type not in _METHODS:
            raise UnreadableError("damaged")
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableError("locked")
        if info.file_size > MOST_PART_BYTES:
            raise UnreadableError("bomb")
        try:
            with self._zip.open(info) as part:
                while chunk := part.read(_CHUNK):
                    self._left -= len(chunk)
                    if self._left < 0:
                        raise UnreadableError("bomb")
                    yield chunk
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error) as exc:
            raise UnreadableError("damaged") from exc


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse_entity(*_declaration: object) -> None:
    raise UnreadableError("damaged")
