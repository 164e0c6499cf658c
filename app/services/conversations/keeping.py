"""A temporary chat that is to be kept after all: from memory into the file."""

from __future__ import annotations

import time
from pathlib import Path

from app.services.conversations import chat_transfer
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import ErrorKind, LLMError
from app.services.wording import say


async def keep_chat(temporary: ConversationStore, conversation_id: int, store_file: Path) -> int:
    """Put a chat, with all its versions and files, into the store in that file; its id there.

    Other programs may have the file open. The chat stays where it is, too.

    Raises:
        LLMError: config; the file cannot be written, or the chat is gone.
    """
    chat = await temporary.read(chat_transfer.taken_out, conversation_id)
    if chat is None:
        raise LLMError(ErrorKind.CONFIG, say("This chat is not there any more."))
    stored = ConversationStore(store_file)
    await stored.open()
    try:
        if not stored.state.saved:
            raise LLMError(ErrorKind.CONFIG, say("The chat was not kept: {reason}.", reason=stored.state.reason))
        kept = await stored.write(chat_transfer.put_in, chat, time.time())
        if not stored.state.saved:  # it went on in memory when the file could not be written
            raise LLMError(ErrorKind.CONFIG, say("The chat was not kept: {reason}.", reason=stored.state.reason))
        return kept
    finally:
        await stored.aclose()
