"""Chats in files, checked before the first of them is stored, and read one at a time: no file is too large for that.

Every file is gone through twice. First each chat is read and checked, and only where it stands is remembered; then the
store takes them, each read again from its place.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, overload

from pydantic import ValidationError

from app.lean_dataclass import dataclass
from app.services.conversations import chat_files, foreign_chats
from app.services.conversations.chat_files import NotChatsError
from app.services.conversations.json_elements import ElementReader
from app.services.conversations.portable import PortableChat
from app.services.llm.safe_json import loads
from app.services.wording import say

#: Of one chat, with all its files; in memory it takes a few times as much while it is read.
MAX_CHAT_BYTES = 2 * 1024**3
#: Of a file that can only be read as a whole: one object of another program, or ours with its parts in another order.
MAX_WHOLE_BYTES = 512 * 1024**2


class Outline(NamedTuple):
    """What tells whether a chat is there already. `shape` and `content` are hashes."""

    uid: str
    shape: bytes
    content: bytes


def shape_of(system_prompt: str, messages: int) -> bytes:
    """Chats with different ones have different contents."""
    return _hash((system_prompt, messages))


def outline_of(chat: PortableChat) -> Outline:
    return Outline(chat.uid, shape_of(chat.system_prompt, len(chat.messages)), _hash(chat.content))


def _hash(value: object) -> bytes:
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class _Source:
    """A file as it was when its chats were found."""

    path: Path
    size: int
    changed_ns: int
    is_own: bool

    def opened(self) -> BinaryIO:
        """
        Raises:
            NotChatsError: it is another file by now.
        """
        file = self.path.open("rb")
        now = os.fstat(file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self.changed_ns):
            file.close()
            raise NotChatsError(say("“{name}” was changed while it was read", name=self.path.name))
        return file


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a chat stands, in bytes."""

    source: _Source
    start: int
    end: int

    def read(self) -> PortableChat:
        with self.source.opened() as file:
            file.seek(self.start)
            return _chat(file.read(self.end - self.start), is_own=self.source.is_own)


class ImportFiles(Sequence[PortableChat]):
    """The chats of files, in their order. Reading one blocks: call it in a worker thread."""

    def __init__(self) -> None:
        self._places: list[_Place | PortableChat] = []
        self.outlines: list[Outline] = []

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> PortableChat: ...

    @overload
    def __getitem__(self, index: slice) -> list[PortableChat]: ...

    def __getitem__(self, index: int | slice) -> PortableChat | list[PortableChat]:
        """
        Raises:
            NotChatsError: the file was changed after it was added.
            OSError: it cannot be read any longer.
        """
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        place = self._places[index]
        return place if isinstance(place, PortableChat) else place.read()

    def add(self, path: Path, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """The chats of one more file, all or none. Blocks; once `is_wanted` says no, it is given up and adds nothing.

        Raises:
            NotChatsError: it holds none that could be read, or one is larger than `MAX_CHAT_BYTES`.
            OSError: it cannot be read.
        """
        found: list[tuple[_Place | PortableChat, Outline]] = []
        with path.open("rb") as file:
            for place, chat in _chats_of(file, path):
                if not is_wanted():
                    return
                found.append((place, outline_of(chat)))
        for place, outline in found:
            self._places.append(place)
            self.outlines.append(outline)


def _chats_of(file: BinaryIO, path: Path) -> Iterator[tuple[_Place | PortableChat, PortableChat]]:
    status = os.fstat(file.fileno())
    is_own, extents = _found(file)
    if extents is None:
        file.seek(0)
        data = file.read(MAX_WHOLE_BYTES + 1)
        if len(data) > MAX_WHOLE_BYTES:
            raise NotChatsError(say("it is larger than {most} MB", most=MAX_WHOLE_BYTES // 1024**2))
        yield from ((chat, chat) for chat in chat_files.read_chats(data))
        return
    source = _Source(path, status.st_size, status.st_mtime_ns, is_own)
    for start, end in extents:
        file.seek(start)
        yield _Place(source, start, end), _chat(file.read(end - start), is_own=is_own)


def _found(file: BinaryIO) -> tuple[bool, Iterator[tuple[int, int]] | None]:
    """Whether it is a file of this program, and where its chats stand; None where only a look at all of it tells."""
    try:
        reader = ElementReader(file, MAX_CHAT_BYTES)
        if reader.take("["):
            return (False, None) if reader.peek() in ("]", "") else (False, _elements(reader, file, is_object=False))
        return True, _own_elements(reader, file)
    except NotChatsError:
        raise
    except ValueError as exc:
        raise NotChatsError(say("it is not JSON: {reason}", reason=exc)) from exc


def _own_elements(reader: ElementReader, file: BinaryIO) -> Iterator[tuple[int, int]] | None:
    """None where format and version do not stand before the chats, as they do in what this program writes."""
    if not reader.take("{"):
        return None
    about: dict[object, object] = {}
    while reader.peek() == '"':
        key, _start, _end = reader.value()
        if not reader.take(":"):
            return None
        if key == "conversations":
            if "format" not in about or "version" not in about or not reader.take("["):
                return None
            chat_files.check_own(about["format"], about["version"])
            return _elements(reader, file, is_object=True)
        if not {"format", "version"} >= {key}:
            return None
        about[key] = reader.value()[0]
        if not reader.take(","):
            return None
    return None


def _elements(reader: ElementReader, file: BinaryIO, *, is_object: bool) -> Iterator[tuple[int, int]]:
    """The elements of the array that was opened, and then the end of the file."""
    try:
        while reader.peek() != "]":
            _value, start, end = reader.value()
            place = file.tell()
            yield start, end
            file.seek(place)  # whoever took it reads in the same file
            if not reader.take(","):
                break
            if reader.peek() == "]":
                raise ValueError(say("a comma and nothing behind it"))
        closing = "]}" if is_object else "]"
        if not all(reader.take(mark) for mark in closing) or reader.peek():
            raise ValueError(say("it does not end where it should"))
    except NotChatsError:  # of whoever took an element
        raise
    except ValueError as exc:
        raise NotChatsError(say("it is not JSON: {reason}", reason=exc)) from exc


def _chat(data: bytes, *, is_own: bool) -> PortableChat:
    try:
        value = loads(data, max_containers=math.inf)
    except ValueError as exc:
        raise NotChatsError(say("it is not JSON: {reason}", reason=exc)) from exc
    try:
        if is_own:
            return chat_files.own_chat(value)
        found = foreign_chats.read([value])
    except ValidationError as exc:
        raise NotChatsError(chat_files.first_problem(exc)) from exc
    if found is None:
        raise NotChatsError(say(chat_files.UNKNOWN))
    return found[0]
