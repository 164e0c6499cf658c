"""What a prompt of a chat needs, once it stands in the store: with all that is sent beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.services.conversations import attached, chat_settings, queries
from app.services.conversations.context_use import stored_use
from app.services.routing.need import Need, need_of

if TYPE_CHECKING:
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
    asked = chat_settings.known_values(chat.parameters if chat is not None else {}).get("max_tokens")
    return need_of(
        prompt.text,
        tokens_beside=use.system + use.history + use.summary + use.files + files,
        answer_tokens=int(asked) if asked else None,
        pictures=await store.read(attached.has_pictures, chat_id, part.first, until),
    )
