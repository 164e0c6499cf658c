"""LM Studio and Ollama as whoever looks for them sees them: how they greet, and what to know about reaching them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LocalProduct:
    """A program with a server of its own. `path` answers without a key, and `recognised` knows its answer."""

    name: str
    path: str
    recognised: Callable[[Any], bool]
    from_elsewhere: str
    """Why it may be out of reach from another computer."""
    website: str


def _is_lm_studio(value: Any) -> bool:
    return isinstance(value, dict) and value.get("lmstudio") is True


def _is_ollama(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("version"), str)


#: By provider id. Greetings: LM Studio's own clients ask `/lmstudio-greeting` (lmstudio-js), Ollama's `/api/version`.
LOCAL_PRODUCTS: dict[str, LocalProduct] = {
    "lm_studio": LocalProduct(
        "LM Studio",
        "/lmstudio-greeting",
        _is_lm_studio,
        "LM Studio serves only its own computer until Serve on Local Network is on (Developer, Server Settings).",
        "https://lmstudio.ai",
    ),
    "ollama": LocalProduct(
        "Ollama",
        "/api/version",
        _is_ollama,
        "Ollama serves only its own computer until OLLAMA_HOST=0.0.0.0 is set there.",
        "https://ollama.com",
    ),
}
