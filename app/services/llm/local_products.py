"""LM Studio and Ollama as whoever looks for them sees them: how they greet, and what to know about reaching them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.address import host_of, port_of
from app.services.wording import later, say

OLLAMA_PORT = 11434


@dataclass(frozen=True, slots=True)
class LocalProduct:
    """A program with a server of its own. `path` answers without a key, and `recognised` knows its answer."""

    name: str
    path: str
    recognised: Callable[[Any], bool]
    from_elsewhere: str
    """Why it may be out of reach from another computer."""
    website: str
    start_hint: Callable[[str], str]
    """How to start it so that it listens at an address of this computer."""


def _is_lm_studio(value: Any) -> bool:
    return isinstance(value, dict) and value.get("lmstudio") is True


def _is_ollama(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("version"), str)


def _start_lm_studio(url: str) -> str:
    # Without a port `lms` takes the one used last, which may be the reason why nothing listens at this one.
    port = port_of(url)
    return say(
        "Start LM Studio's server on port {port}: "
        "Developer, Start server; or in a terminal “lms server start --port {port}”.",
        port=port,
    )


def _start_ollama(url: str) -> str:
    port = port_of(url)
    if port == OLLAMA_PORT:
        return say("Start the Ollama app, or run “ollama serve” in a terminal.")
    return say(
        "Run “ollama serve” in a terminal, with OLLAMA_HOST={host}:{port} in its environment.",
        host=host_of(url),
        port=port,
    )


#: By provider id. Greetings: LM Studio's own clients ask `/lmstudio-greeting` (lmstudio-js), Ollama's `/api/version`.
LOCAL_PRODUCTS: dict[str, LocalProduct] = {
    "lm_studio": LocalProduct(
        "LM Studio",
        "/lmstudio-greeting",
        _is_lm_studio,
        later(
            "Core",
            "LM Studio serves only its own computer until Serve on Local Network is on (Developer, Server Settings).",
        ),
        "https://lmstudio.ai",
        _start_lm_studio,
    ),
    "ollama": LocalProduct(
        "Ollama",
        "/api/version",
        _is_ollama,
        later("Core", "Ollama serves only its own computer until OLLAMA_HOST=0.0.0.0 is set there."),
        "https://ollama.com",
        _start_ollama,
    ),
}
