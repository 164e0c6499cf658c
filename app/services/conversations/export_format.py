"""Chats as a JSON document that `aica history import` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.services.conversations.records import Conversation, StoredMessage

EXPORT_FORMAT = "ai-coder-assistant/conversations"
EXPORT_VERSION = 1


def export_document(chats: Iterable[tuple[Conversation, list[StoredMessage]]]) -> str:
    """The whole document, ASCII, with a line end."""
    value = {
        "format": EXPORT_FORMAT,
        "version": EXPORT_VERSION,
        "conversations": [exported(conversation, messages) for conversation, messages in chats],
    }
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def exported(conversation: Conversation, messages: list[StoredMessage]) -> dict[str, Any]:
    """One chat with its shown branch; the draft only where there is one."""
    value: dict[str, Any] = {
        "id": conversation.id,
        "uid": conversation.uid,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "provider": conversation.provider,
        "model": conversation.model,
        "system_prompt": conversation.system_prompt,
        "messages": [_exported_message(m) for m in messages],
    }
    if conversation.draft.strip():
        value["draft"] = conversation.draft
    return value


def _exported_message(message: StoredMessage) -> dict[str, Any]:
    """One message; of an answer that failed or broke off also why."""
    value: dict[str, Any] = {
        "role": message.role,
        "text": message.text,
        "reasoning": message.reasoning,
        "status": message.status,
        "created_at": message.created_at,
        "provider": message.provider,
        "model": message.model,
        "simulated": message.simulated,
    }
    if message.error:
        value["error"] = {name: message.error.get(name, "") for name in ("kind", "message", "hint")}
    return value
