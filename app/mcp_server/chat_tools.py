"""The tools for the user's own chats, offered only where the person who starts the server said so: whoever asks may
be a model in a cloud.

Answers are JSON. Chats that are in the trash are not there.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from app.mcp_server.backend import Backend
from app.mcp_server.tool import Arguments, ReportProgress, Tool
from app.services.conversations import dialogues
from app.services.conversations.context import title_from
from app.services.conversations.records import Conversation, StoredMessage
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError

MOST_LISTED = 200
#: Of the messages of one answer together; more is read with `first`.
MOST_CHARACTERS = 200_000

Access = Literal["none", "read", "write"]


class ListArguments(Arguments):
    limit: int = Field(20, ge=1, le=MOST_LISTED, description="At most so many, the one changed last first.")


class SearchArguments(Arguments):
    query: str = Field(
        min_length=1,
        description='Words that all must be there; "…" for words side by side, -word, word*, model:, role:, before:, '
        "after:, in:code.",
    )
    limit: int = Field(20, ge=1, le=MOST_LISTED, description="At most so many messages.")


class ReadArguments(Arguments):
    chat: int = Field(description="Number of the chat.")
    first: int = Field(0, ge=0, description="Place of the first message to read, from 0.")
    count: int = Field(50, ge=1, le=1_000, description="At most so many messages.")


class NewMessage(Arguments):
    role: Literal["user", "assistant"]
    text: str = Field(min_length=1, max_length=limits.MAX_PROMPT_BYTES)


class SaveArguments(Arguments):
    messages: list[NewMessage] = Field(min_length=1, max_length=10_000, description="In their order.")
    title: str = Field("", max_length=300, description="Without one it is made of the first message.")


class AddArguments(Arguments):
    chat: int = Field(description="Number of the chat.")
    messages: list[NewMessage] = Field(min_length=1, max_length=10_000, description="What goes behind its last one.")


async def _list(backend: Backend, arguments: ListArguments, _progress: ReportProgress) -> str:
    found = await backend.services.store.conversations(arguments.limit)
    return _json({"chats": [_chat(one) for one in found]})


async def _search(backend: Backend, arguments: SearchArguments, _progress: ReportProgress) -> str:
    found = await backend.services.store.search(arguments.query, arguments.limit)
    if found.problem:
        raise LLMError(ErrorKind.BAD_REQUEST, found.problem, "Correct the query.")
    hits = [
        {
            "chat": hit.conversation_id,
            "message": hit.message_id,
            "title": hit.title,
            "role": hit.role,
            "time": _time(hit.created_at),
            "snippet": hit.snippet.replace("\x02", "").replace("\x03", ""),
        }
        for hit in found.hits
    ]
    return _json({"hits": hits, "more": found.partial})


async def _read(backend: Backend, arguments: ReadArguments, _progress: ReportProgress) -> str:
    chat = await _known(backend, arguments.chat)
    messages = await backend.services.store.messages(chat.id, arguments.first, arguments.count)
    told: list[dict[str, Any]] = []
    room = MOST_CHARACTERS
    for message in messages:
        if told and len(message.text) > room:
            break
        told.append(_message(message, room))
        room -= len(message.text)
    following = arguments.first + len(told)
    rest = {"next": following} if following < chat.message_count else {}
    return _json({**_chat(chat), "messages": told, **rest})


async def _save(backend: Backend, arguments: SaveArguments, _progress: ReportProgress) -> str:
    title = arguments.title.strip() or title_from(arguments.messages[0].text)
    chat = await backend.services.store.write(
        dialogues.saved, title, bool(arguments.title.strip()), _pairs(arguments.messages)
    )
    return _json({"chat": chat})


async def _add(backend: Backend, arguments: AddArguments, _progress: ReportProgress) -> str:
    await _known(backend, arguments.chat)
    if not await backend.services.store.write(dialogues.added, arguments.chat, _pairs(arguments.messages)):
        raise LLMError(
            ErrorKind.CONFIG, "An answer is still being written in this chat.", "Wait for its end, or stop it."
        )
    return _json({"chat": arguments.chat, "added": len(arguments.messages)})


async def _known(backend: Backend, number: int) -> Conversation:
    found = await backend.services.store.conversation(number) if 0 < number < 2**63 else None
    if found is None or found.deleted_at is not None:
        raise LLMError(ErrorKind.BAD_REQUEST, f"There is no chat {number}.", "list_chats names them.")
    return found


def _pairs(messages: list[NewMessage]) -> list[tuple[Any, str]]:
    return [(message.role, message.text) for message in messages]


def _chat(chat: Conversation) -> dict[str, Any]:
    return {
        "chat": chat.id,
        "title": chat.title,
        "changed": _time(chat.updated_at),
        "messages_in_all": chat.message_count,
        "model": chat.model,
    }


def _message(message: StoredMessage, room: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "message": message.id,
        "role": message.role,
        "time": _time(message.created_at),
        "text": message.text[: max(room, 0)],
    }
    if message.attachments:
        told["files"] = [file.name for file in message.attachments]
    if len(message.text) > room:
        told["cut_from_characters"] = len(message.text)
    if message.role == "assistant":
        told |= {"model": message.model, "status": message.status, "simulated": message.simulated}
    return told


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


READING = (
    Tool("list_chats", "The user's own chats, newest first.", _list, ListArguments, changes_nothing=True),
    Tool("search_chats", "Find messages in the user's own chats.", _search, SearchArguments, changes_nothing=True),
    Tool("read_chat", "The messages of one of the user's own chats.", _read, ReadArguments, changes_nothing=True),
)
WRITING = (
    Tool("save_chat", "Keep a dialogue as a new chat of the user's.", _save, SaveArguments),
    Tool("add_to_chat", "Put messages behind the last one of a chat.", _add, AddArguments),
)


def chat_tools(access: Access) -> tuple[Tool, ...]:
    return {"none": (), "read": READING, "write": (*READING, *WRITING)}[access]
