"""Chats of a file into the store, without a second copy of those that are there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.services.conversations import chat_transfer
from app.services.conversations.chat_files import NotChatsError, read_chats
from app.services.conversations.portable import PortableChat

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

_UID = re.compile("[0-9a-f]{32}")
_ALL = 1_000_000
MAX_IMPORT_BYTES = 512 * 1024 * 1024


def read_file(path: Path) -> list[PortableChat]:
    """The chats of a file, all or none. Blocks.

    Raises:
        NotChatsError: it holds none that could be read, or is larger than `MAX_IMPORT_BYTES`.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_IMPORT_BYTES + 1)
    if len(data) > MAX_IMPORT_BYTES:
        raise NotChatsError(f"it is larger than {MAX_IMPORT_BYTES // 1024**2} MB")
    return read_chats(data)


async def import_chats(
    store: ConversationStore,
    chats: Sequence[PortableChat],
    *,
    again: bool = False,
    on_begin: Callable[[int], None] | None = None,
    on_stored: Callable[[int], None] | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> list[int]:
    """Store the chats and return their ids; those whose uid or whole content is there are left out unless `again`.

    Chats that are equal within `chats` are all stored: only what was there before counts. `on_begin` is told how many
    will be stored, `on_stored` the id of each that is: after an error these are there. `is_wanted` is asked before each
    chat; once it says no, no further one is stored.
    """
    left_out = set() if again else await _already_there(store, chats)
    wanted = [chat for number, chat in enumerate(chats) if number not in left_out]
    stored: list[int] = []
    if on_begin is not None:
        on_begin(len(wanted))
    for chat in reversed(wanted):  # a file begins with the newest one; of two of the same second that one stays first
        if not is_wanted():
            break
        uid = chat.uid if _UID.fullmatch(chat.uid) else ""
        stored.append(await store.write(chat_transfer.put_in, chat.model_copy(update={"uid": uid}), time.time()))
        if on_stored is not None:
            on_stored(stored[-1])
    return stored


async def _already_there(store: ConversationStore, chats: Sequence[PortableChat]) -> set[int]:
    """Places in `chats` of those the store has."""
    stored = await store.conversations(_ALL)
    uids = {one.uid for one in stored}
    found = {number for number, chat in enumerate(chats) if chat.uid in uids}
    # Messages are read only of chats that could be equal.
    shapes = {(chat.system_prompt, len(chat.messages)) for n, chat in enumerate(chats) if n not in found}
    contents = set()
    for one in stored:
        if (one.system_prompt, one.message_count) in shapes:
            chat = await store.read(chat_transfer.taken_out, one.id)
            if chat is not None:
                contents.add(chat.content)
    return found | {number for number, chat in enumerate(chats) if chat.content in contents}
