"""Addresses of chats and of places in them: `aica://chat/<uid>#<message id>`.

A link may come from anywhere, a web page included. It names a place and nothing else: whatever is not exactly of this
form is no link, and opening one never sends or runs anything.
"""

from __future__ import annotations

import re

from app.lean_dataclass import dataclass

SCHEME = "aica"
#: Of a link and of whatever claims to be one.
MAX_LENGTH = 128
_LINK = re.compile(r"aica://chat/([0-9a-f]{32})(?:#([1-9][0-9]{0,17}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChatLink:
    """A chat, and where it is to be opened; `message_id` 0 is the chat as it was left."""

    uid: str
    message_id: int = 0

    def __str__(self) -> str:
        return f"{SCHEME}://chat/{self.uid}" + (f"#{self.message_id}" if self.message_id else "")


def parse_link(text: str) -> ChatLink | None:
    """The link that a text is, as a whole; None for anything else."""
    match = _LINK.fullmatch(text) if len(text) <= MAX_LENGTH else None
    return ChatLink(match[1], int(match[2] or 0)) if match is not None else None


def claims_to_be_link(text: str) -> bool:
    """Whether a text has the scheme, whatever follows it."""
    return text[: len(SCHEME) + 1].lower() == f"{SCHEME}:"
