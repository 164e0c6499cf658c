"""Chats of files into the store, without a second copy of those that are there."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.services.conversations import chat_transfer, folders
from app.services.conversations.import_files import ImportFiles, Outline, outline_of, shape_of
from app.services.conversations.portable import PortableChat

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

_UID = re.compile("[0-9a-f]{32}")
_ALL = 1_000_000


async def import_chats(
    store: ConversationStore,
    chats: Sequence[PortableChat],
    *,
    again: bool = False,
    on_begin: Callable[[int], None] | None = None,
    on_stored: Callable[[int], None] | None = None,
    on_folder: Callable[[int], None] | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> list[int]:
    """Store the chats and return their ids; those whose uid or whole content is there are left out unless `again`.

    Chats that are equal within `chats` are all stored: only what was there before counts. `on_begin` is told how many
    will be stored, `on_stored` the id of each that is, `on_folder` that of each folder that was made for one: after an
    error these are there, and `take_back` undoes it. `is_wanted` is asked before each chat; once it says no, no further
    one is stored.

    Raises:
        NotChatsError, OSError: a file of `ImportFiles` is another one by now, or cannot be read any longer.
    """
    outlines = chats.outlines if isinstance(chats, ImportFiles) else [outline_of(chat) for chat in chats]
    left_out = set() if again else await _already_there(store, outlines)
    wanted = [number for number in range(len(chats)) if number not in left_out]
    stored: list[int] = []
    if on_begin is not None:
        on_begin(len(wanted))
    for number in reversed(wanted):  # a file begins with the newest one; of two of the same second that one stays first
        if not is_wanted():
            break
        chat = await asyncio.to_thread(chats.__getitem__, number)
        uid = chat.uid if _UID.fullmatch(chat.uid) else ""
        conversation_id, made = await store.write(_put_in, chat.model_copy(update={"uid": uid}), time.time())
        stored.append(conversation_id)
        if made is not None and on_folder is not None:
            on_folder(made)
        if on_stored is not None:
            on_stored(conversation_id)
    return stored


def _put_in(db: sqlite3.Connection, chat: PortableChat, now: float) -> tuple[int, int | None]:
    """The chat's id, and that of the folder that had to be made for it."""
    is_new = bool(chat.folder) and folders.folder_called(db, chat.folder) is None
    conversation_id = chat_transfer.put_in(db, chat, now)
    made = folders.folder_called(db, chat.folder) if is_new else None
    return conversation_id, made.id if made is not None else None


async def take_back(store: ConversationStore, conversation_ids: Sequence[int], folder_ids: Sequence[int]) -> None:
    """What an import brought: its chats into the trash; the folders that it made go, unless others are in them now."""
    await store.delete_conversations(conversation_ids)
    await store.write(folders.delete_empty, folder_ids)


async def _already_there(store: ConversationStore, outlines: Sequence[Outline]) -> set[int]:
    """Places in `outlines` of chats that the store has."""
    stored = await store.conversations(_ALL)
    uids = {one.uid for one in stored}
    found = {number for number, outline in enumerate(outlines) if outline.uid in uids}
    # Messages are read only of chats that could be equal.
    shapes = {outline.shape for number, outline in enumerate(outlines) if number not in found}
    contents = set()
    for one in stored:
        if shape_of(one.system_prompt, one.message_count) in shapes:
            chat = await store.read(chat_transfer.taken_out, one.id)
            if chat is not None:
                contents.add(outline_of(chat).content)
    return found | {number for number, outline in enumerate(outlines) if outline.content in contents}
