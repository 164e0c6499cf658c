"""Chats of an export into the store, without a second copy of those that are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.conversations.records import MessageRole
    from app.services.conversations.store import ConversationStore

_UID = re.compile("[0-9a-f]{32}")
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class ImportedChat:
    """One chat of an export: its shown branch. Exports of earlier versions have no uid."""

    uid: str
    title: str
    system_prompt: str
    messages: tuple[tuple[MessageRole, str], ...]

    @property
    def content(self) -> tuple[object, ...]:
        """What makes it the same chat as another; a title can be changed, so it counts only where nothing else is."""
        return (self.system_prompt, self.messages, "" if self.messages else self.title)


async def import_chats(store: ConversationStore, chats: Sequence[ImportedChat], *, again: bool = False) -> int:
    """Store the chats and return how many; those whose uid or whole content is there are left out unless `again`.

    Chats that are equal within `chats` are all stored: only what was there before counts.
    """
    left_out = set() if again else await _already_there(store, chats)
    wanted = [chat for number, chat in enumerate(chats) if number not in left_out]
    for chat in wanted:
        uid = chat.uid if _UID.fullmatch(chat.uid) else ""
        conversation_id = await store.create_conversation(
            title=chat.title, system_prompt=chat.system_prompt, wanted_uid=uid
        )
        await store.import_messages(conversation_id, chat.messages)
    return len(wanted)


async def _already_there(store: ConversationStore, chats: Sequence[ImportedChat]) -> set[int]:
    """Places in `chats` of those the store has."""
    stored = await store.conversations(_ALL)
    uids = {one.uid for one in stored}
    found = {number for number, chat in enumerate(chats) if chat.uid in uids}
    # Messages are read only of chats that could be equal.
    shapes = {(chat.system_prompt, len(chat.messages)) for n, chat in enumerate(chats) if n not in found}
    contents = set()
    for one in stored:
        if (one.system_prompt, one.message_count) in shapes:
            messages = tuple((m.role, m.text) for m in await store.messages(one.id))
            contents.add(ImportedChat(one.uid, one.title, one.system_prompt, messages).content)
    return found | {number for number, chat in enumerate(chats) if chat.content in contents}
