"""Files with chats: ours, written and read, and those that other programs export, read.

The document of this program is ASCII and the same for the same chats, so that two exports can be compared.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.services.conversations import chat_transfer, foreign_chats
from app.services.conversations.portable import PortableChat, as_json
from app.services.llm.safe_json import loads
from app.services.value_words import value_words
from app.services.wording import later, say

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

FORMAT = "ai-coder-assistant/conversations"
#: 1: the shown branch only, with role, text, reasoning, status, created_at, provider, model, simulated of a message.
#: 2: without folder, tags and archived_at.
VERSION = 3
_READ = (1, 2, 3)
UNKNOWN = later("Core", "it is no export of this program, ChatGPT, Claude, Open WebUI or LM Studio")
_NO_CHATS = later("Core", "it holds no conversations")
#: Told of each chat before its piece.
OnChat = Callable[[PortableChat | None], None]


class NotChatsError(ValueError):
    """A file that holds no chats that could be read; the text says why."""


async def document(
    store: ConversationStore, conversation_ids: Iterable[int], on_chat: OnChat | None = None
) -> AsyncIterator[str]:
    """The pieces of the document, one chat at a time: all of them together may not fit into memory. Chats that are gone
    or in the trash are left out, and `on_chat` is told None in their place."""
    yield f'{{\n  "format": {json.dumps(FORMAT)},\n  "version": {VERSION},\n  "conversations": ['
    between = "\n"
    for conversation_id in conversation_ids:
        chat = await store.read(chat_transfer.taken_out, conversation_id)
        if on_chat is not None:
            on_chat(chat)
        if chat is not None:
            lines = json.dumps(as_json(chat), indent=2, ensure_ascii=True).replace("\n", "\n    ")
            yield f"{between}    {lines}"
            between = ",\n"
    yield "]\n}\n" if between == "\n" else "\n  ]\n}\n"


def read_chats(data: bytes) -> list[PortableChat]:
    """The chats of a file, all or none.

    Raises:
        NotChatsError: it is no such file, or a part of it is not what it should be.
    """
    try:
        value = loads(data, max_containers=math.inf)
    except ValueError as exc:
        raise NotChatsError(say("it is not JSON: {reason}", reason=exc)) from exc
    try:
        found = _own(value) if isinstance(value, dict) and "format" in value else foreign_chats.read(value)
    except ValidationError as exc:
        raise NotChatsError(first_problem(exc)) from exc
    if found is None:
        raise NotChatsError(say(UNKNOWN))
    return found


def _own(value: dict[str, Any]) -> list[PortableChat]:
    check_own(value.get("format"), value.get("version"))
    conversations = value.get("conversations")
    if not isinstance(conversations, list):
        raise NotChatsError(say(_NO_CHATS))
    return [own_chat(one) for one in conversations]


def check_own(name: object, version: object) -> None:
    """What a file of this program says about itself.

    Raises:
        NotChatsError: it is another program's, or of a later version.
    """
    if name != FORMAT:
        raise NotChatsError(say("it is an export of another program"))
    if version not in _READ:
        raise NotChatsError(
            say(
                "it is an export of version {version!r:.40}; this program reads up to {known}",
                version=version,
                known=VERSION,
            )
        )


def own_chat(value: object) -> PortableChat:
    """One chat of a file of this program.

    Raises:
        NotChatsError: it is no object.
        ValidationError: a part of it is not what it should be.
    """
    if not isinstance(value, dict):
        raise NotChatsError(say(_NO_CHATS))
    return PortableChat.model_validate(_in_a_row(value))


def _in_a_row(chat: dict[str, Any]) -> dict[str, Any]:
    """Messages that have no numbers, as in version 1, follow each other."""
    messages = chat.get("messages", [])
    if not isinstance(messages, list) or any(isinstance(one, dict) and "number" in one for one in messages):
        return chat
    rows = [
        {**message, "number": place, "parent": place - 1 or None} if isinstance(message, dict) else message
        for place, message in enumerate(messages, start=1)
    ]
    return {**chat, "messages": rows}


def first_problem(error: ValidationError) -> str:
    """The place of what is wrong, and what is wrong there."""
    found = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(one) for one in found["loc"])
    return f"{where or say('a chat')}: {value_words(found)}"
