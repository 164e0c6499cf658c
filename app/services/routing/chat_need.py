"""What a prompt of a chat needs, once it stands in the store: with all that is sent beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.services.conversations import attached, chat_settings, queries
from app.services.conversations.context_use import stored_use
from app.services.routing.evidence import was_answered_locally
from app.services.routing.need import Need, need_of
from app.services.routing.preferences import ModelKey

if TYPE_CHECKING:
    from app.services.conversations.records import StoredMessage
    from app.services.conversations.store import ConversationStore


async def need_of_prompt(store: ConversationStore, prompt_id: int) -> Need:
    """Tokens are estimated, since who counts them is not known yet. A prompt that is gone needs nothing."""
    prompt = await store.message(prompt_id)
    if prompt is None:
        return Need()
    chat_id = prompt.conversation_id
    place = await store.read(queries.position_of, prompt_id)
    part = await store.read(queries.sent_part, prompt_id)
    until = place[1] + 1 if place is not None else part.first
    use = await stored_use(store, chat_id, "", "", before=prompt_id)
    files = sum(one.tokens for one in prompt.attachments)
    chat = await store.conversation(chat_id)
    before = await store.messages(chat_id, until - 2, 1) if until > 1 else []
    read_by = answered_by(before)
    asked = chat_settings.known_values(chat.parameters if chat is not None else {}).get("max_tokens")
    return need_of(
        prompt.text,
        tokens_beside=use.system + use.history + use.summary + use.files + files,
        answer_tokens=int(asked) if asked else None,
        read_by=read_by,
        read_tokens=use.system + use.history + use.summary + use.files,
        pictures=await store.read(attached.has_pictures, chat_id, part.first, until),
        answered_locally=await store.read(was_answered_locally, chat_id),
    )


def answered_by(messages: Sequence[StoredMessage]) -> ModelKey | None:
    """Who wrote the last of these messages; None for a prompt, and for what came from elsewhere."""
    last = messages[-1] if messages else None
    if last is None or last.role != "assistant" or not (last.provider and last.model):
        return None
    return last.provider, last.model
