"""Chats out of the store as a document: JSON that can be read again, or one of the formats for people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.services.atomic_file import replacing
from app.services.conversations import chat_files, chat_transfer

if TYPE_CHECKING:
    from app.services.conversations.chat_files import OnChat
    from app.services.conversations.readable import ReadableFormat
    from app.services.conversations.store import ConversationStore

ExportFormat = Literal["markdown", "json", "html", "text"]
#: What is one text, and Markdown with the attached files beside it.
FileFormat = ExportFormat | Literal["markdown_with_files"]
#: Those that hold what was attached.
WITH_FILES: frozenset[FileFormat] = frozenset({"json", "markdown_with_files"})
#: Endings of file names.
SUFFIXES: dict[FileFormat, str] = {
    "markdown": "md",
    "json": "json",
    "html": "html",
    "text": "txt",
    "markdown_with_files": "zip",
}


def format_of(path: Path) -> FileFormat | None:
    """What the ending of a file's name says; None where it says nothing."""
    ending = path.suffix.lower().removeprefix(".")
    return next((kind for kind, suffix in SUFFIXES.items() if suffix == ending), None)


def pieces(
    store: ConversationStore, conversation_ids: Sequence[int], kind: ExportFormat, on_chat: OnChat | None = None
) -> AsyncIterator[str]:
    """The document, one chat at a time. Chats that are gone or in the trash are left out."""
    if kind == "json":
        return chat_files.document(store, conversation_ids, on_chat)
    return _readable(store, conversation_ids, kind, on_chat)


async def _readable(
    store: ConversationStore, conversation_ids: Sequence[int], kind: ReadableFormat, on_chat: OnChat | None
) -> AsyncIterator[str]:
    from app.services.conversations import readable  # here: it brings a parser of Markdown

    first = True
    yield readable.opening_of(kind)
    for conversation_id in conversation_ids:
        chat = await store.read(chat_transfer.taken_out, conversation_id)
        if on_chat is not None:
            on_chat(chat)
        if chat is not None:
            yield await asyncio.to_thread(readable.document_of, chat, kind, first=first)
            first = False
    yield readable.closing_of(kind)


async def write_file(
    store: ConversationStore,
    conversation_ids: Sequence[int],
    kind: FileFormat,
    path: Path,
    on_chat: OnChat | None = None,
    *,
    over: bool = True,
) -> None:
    """Write the document or, with files, what `exported_folder` makes: private to the user, in the place of what is
    there unless it must not go `over` that. Nothing is left of one that is not finished.

    Raises:
        FileExistsError: without `over`, something is there.
        OSError: the folder cannot be written, or the disk is full; what was there is untouched.
    """
    if kind == "markdown_with_files":
        from app.services.conversations import exported_folder  # here: as above

        await exported_folder.write_with_files(store, conversation_ids, path, on_chat, over=over)
        return
    with replacing(path, over=over) as file:
        async for piece in pieces(store, conversation_ids, kind, on_chat):
            file.write(piece.encode("utf-8", "replace"))


def file_name(title: str, kind: FileFormat) -> str:
    """A name to propose for a file with a chat; without a title, one with the date."""
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title)
    name = " ".join(kept.split())[:60].strip() or time.strftime("chats-%Y-%m-%d")
    return f"{name}.{SUFFIXES[kind]}"
