"""Chats as Markdown with the files that were attached: a document a chat, and the files in `assets` beside them.

The same file in several chats is there once. Every name is made of letters, digits and a few marks that mean nothing
to a file system, so that what a chat or a file was called leads nowhere; no file can be executed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.services.atomic_file import replacing, sync_folder, temporary_place
from app.services.blocking_call import uninterrupted
from app.services.conversations import chat_transfer, readable

if TYPE_CHECKING:
    from app.services.conversations.chat_files import OnChat
    from app.services.conversations.portable import PortableChat
    from app.services.conversations.store import ConversationStore

ASSETS: Final = "assets"
_ONLY_CHAT: Final = "chat"
#: Characters and bytes of what is taken over: file systems count 255 bytes, and the name has more around it.
_LONGEST: Final = 60
_MOST_BYTES: Final = 160
#: Of a hash, in a name; more of it where two files have these in common.
_HASH_DIGITS: Final = 8
_MORE_DIGITS: Final = 8
#: Names that Windows keeps for devices, whatever their ending.
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(10))}
)
#: What is packed already gains nothing from being packed again.
_PACKED: Final = ("image/", "application/vnd.", "application/pdf")
_ZIP_YEARS: Final = (1980, 2107)

#: Name with "/" between its parts, content, whether it is worth packing, when it was changed (seconds since 1970).
Put = Callable[[str, bytes, bool, float], None]


async def write_with_files(
    store: ConversationStore,
    conversation_ids: Sequence[int],
    path: Path,
    on_chat: OnChat | None = None,
    *,
    over: bool = True,
) -> None:
    """Write the chats and their files, private to the user; chats that are gone are left out.

    A ZIP file where the name ends in .zip, in the place of what is there unless it must not go `over` that; else a new
    folder. Nothing is left of one that is not finished.

    Raises:
        FileExistsError: the folder is there already; without `over`, anything.
        OSError: it cannot be written, or the disk is full.
    """
    with _zip_file(path, over=over) if path.suffix.lower() == ".zip" else _new_folder(path) as put:
        folder = _Folder(put, is_single=len(conversation_ids) == 1)
        for conversation_id in conversation_ids:
            chat = await store.read(chat_transfer.taken_out, conversation_id)
            if on_chat is not None:
                on_chat(chat)
            if chat is not None:
                await uninterrupted(folder.add, chat)  # what tidies up must not meet the thread still at work


class _Folder:
    """Chats and files by the names they were given."""

    def __init__(self, put: Put, *, is_single: bool) -> None:
        self._put = put
        self._is_single = is_single
        #: Names in small letters: many file systems take "A" and "a" for the same.
        self._taken: set[str] = set()
        self._assets: dict[str, str] = {}

    def add(self, chat: PortableChat) -> None:
        for message in chat.messages:
            for one in message.attachments:
                file = one.attachment()
                if file.hash not in self._assets:
                    self._assets[file.hash] = self._asset_name(file.hash, file.name)
                    is_packed = file.media_type.startswith(_PACKED)
                    self._put(self._assets[file.hash], file.data, not is_packed, chat.updated_at)
        text = readable.markdown_with_files(chat, self._assets)
        self._put(self._chat_name(chat), text.encode("utf-8", "replace"), True, chat.updated_at)

    def _chat_name(self, chat: PortableChat) -> str:
        title = _ONLY_CHAT if self._is_single else safe_name(chat.title) or _ONLY_CHAT
        name, number = f"{title}.md", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{title} {number}.md"
        self._taken.add(name.casefold())
        return name

    def _asset_name(self, digest: str, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        stem, ending = (safe_name(stem), safe_name(ending)) if dot and stem else (safe_name(name), "")
        last = f"{stem or 'file'}.{ending[:10]}" if ending else stem or "file"
        digits = _HASH_DIGITS
        while (found := f"{ASSETS}/{digest[:digits]}-{last}").casefold() in self._taken:
            digits += _MORE_DIGITS
        self._taken.add(found.casefold())
        return found


def safe_name(text: str) -> str:
    """A part of a file's name that is one on every system, "" where nothing of the text can be in one."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(c if c.isalnum() or c in " -_." else " " for c in composed)
    name = " ".join(kept.split())[:_LONGEST].encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"{name}_" if name.partition(".")[0].casefold() in _DEVICES else name


@contextlib.contextmanager
def _new_folder(path: Path) -> Iterator[Put]:
    """It appears when all of it is there."""
    if path.exists():
        raise FileExistsError(17, "File exists", str(path))
    unfinished = temporary_place(path)
    unfinished.mkdir(mode=0o700)

    def put(name: str, data: bytes, _packs: bool, changed_at: float) -> None:
        file = unfinished / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        with replacing(file) as out:
            out.write(data)
        with contextlib.suppress(OSError, OverflowError, ValueError):  # a date that this file system cannot have
            os.utime(file, (changed_at, changed_at))

    try:
        yield put
        sync_folder(unfinished)
        unfinished.rename(path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def _zip_file(path: Path, *, over: bool) -> Iterator[Put]:
    with replacing(path, over=over) as file, zipfile.ZipFile(file, "w") as archive:

        def put(name: str, data: bytes, packs: bool, changed_at: float) -> None:
            moment = time.gmtime(changed_at)[:6]
            first, last = _ZIP_YEARS
            info = zipfile.ZipInfo(name, moment if first <= moment[0] <= last else (first, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED if packs else zipfile.ZIP_STORED
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)

        yield put
