"""What of the chats holds what was typed: their titles, then their messages. For the sidebar and the palette."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.conversations.records import Conversation
    from app.services.conversations.searching import Found

MOST_TITLES = 20


@dataclass(frozen=True, slots=True)
class ChatsFound:
    """`took_ms`: from the question to the answer, other work of the store included."""

    titles: list[Conversation]
    messages: Found
    took_ms: float


async def look_for(engine: Engine, text: str, most_messages: int, most_titles: int = MOST_TITLES) -> ChatsFound:
    """Chats by their title and messages, newest first. A space at the end says that the last word is finished."""
    began = time.perf_counter()
    titles = await engine.run(engine.store.search_titles(text.strip(), most_titles))
    found = await engine.run(engine.store.search(text, most_messages))
    return ChatsFound(titles, found, (time.perf_counter() - began) * 1_000)
