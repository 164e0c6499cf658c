"""Chats of a file into the store, without a second copy of those that are there."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.services.conversations import chat_transfer
from app.services.conversations.portable import PortableChat

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

_UID = re.compile("[0-9a-f]{32}")
_ALL = 1_000_000


async def import_chats(store: ConversationStore, chats: Sequence[PortableChat], *, again: bool = False) -> int:
    """Store the chats and return how many; those whose uid or whole content is there are left out unless `again`.

    Chats that are equal within `chats` are all stored: only what was there before counts.
    """
    left_out = set() if again else await _already_there(store, chats)
    wanted = [chat for number, chat in enumerate(chats) if number not in left_out]
    for chat in reversed(wanted):  # a file begins with the newest one; of two of the same second that one stays first
        uid = chat.uid if _UID.fullmatch(chat.uid) else ""
        await store.write(chat_transfer.put_in, chat.model_copy(update={"uid": uid}), time.time())
    return len(wanted)


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
