"""Whether the target of a link in a message is a chat of ours, for views, which know no services."""

from __future__ import annotations

from app.services.conversations.chat_links import parse_link


def is_chat_link(target: str) -> bool:
    """Only an address that is exactly one of ours is."""
    return parse_link(target) is not None
