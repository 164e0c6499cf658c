"""Well-known servers that speak OpenAI's interface: what to fill in for them. Plain values."""

from __future__ import annotations

import re
from collections.abc import Container

from app.lean_dataclass import dataclass
from app.services.llm import registry
from app.services.llm.address import host_of

_MOST_CHARACTERS = 40
#: Key of a server that was found answering, where nobody gave it another name.
FOUND_SERVER = "local-server"
#: The key of one that the person is about to name.
NEW_SERVER = "server"


@dataclass(frozen=True, slots=True)
class ServerPreset:
    """A named server as it usually stands. `key`: its name in the configuration file."""

    key: str
    name: str
    base_url: str


#: Usual addresses of their documentation, 2026.
PRESETS = (
    ServerPreset("llama-server", "llama-server", "http://127.0.0.1:8080/v1"),
    ServerPreset("vllm", "vLLM", "http://127.0.0.1:8000/v1"),
    ServerPreset("openrouter", "OpenRouter", "https://openrouter.ai/api/v1"),
)


def key_for(name: str, address: str, taken: Container[str]) -> str:
    """A key for a server of this name, or at this address, that no other one has."""
    host = host_of(address if "://" in address else f"http://{address}")
    words = next((found for base in (name, host) if (found := _key_of(base))), NEW_SERVER)
    number, key = 1, words
    while is_taken(key, taken):
        number += 1
        key = f"{words}-{number}"
    return key


def is_taken(key: str, taken: Container[str]) -> bool:
    """Whether it is another server's key, or another name of one: "claude" is Anthropic."""
    return key in taken or registry.canonical_id(key) in taken


def _key_of(words: str) -> str:
    """What of it may stand in a key, "" where that is nothing."""
    return re.sub(r"[^a-z0-9_]+", "-", words.lower()).strip("-_")[:_MOST_CHARACTERS].rstrip("-_")
