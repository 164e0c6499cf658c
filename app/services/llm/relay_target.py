"""Where a request in a well-known shape can be sent as it is."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from app.lean_dataclass import dataclass

#: Paths below an API root that are shapes of their own: OpenAI's four, and Anthropic's Messages with their counting.
WireShape = Literal["chat/completions", "completions", "embeddings", "responses", "messages", "messages/count_tokens"]

#: What every OpenAI-shaped server has.
OPENAI_SHAPES: frozenset[WireShape] = frozenset({"chat/completions", "completions", "embeddings"})


@dataclass(frozen=True, slots=True)
class RelayTarget:
    """An address that speaks the shape. `headers` hold the key, so they are not shown."""

    url: str
    headers: dict[str, str] = field(repr=False)
    certain: bool = True
    """False: newer versions of the server speak it, older ones answer that there is no such path."""
    functions_only: bool = True
    """Of tools it knows the client's own; requests with others (Codex sends some) are better translated for it."""
    direct: bool = False
    """Past every proxy, whatever the settings say: it is a child of ours."""
