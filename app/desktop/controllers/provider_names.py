"""What providers are called, before the core has told it as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.desktop.engine import Engine

#: Named servers have the name that their person gave them; until it is read they are called by their key.
KNOWN_NAMES = {
    "lm_studio": "LM Studio",
    "ollama": "Ollama",
    "embedded": "Built-in engine",
    "openai": "OpenAI",
    "anthropic": "Claude",
    "google_gemini": "Gemini",
    "mock": "Simulator",
}


def name_of_provider(engine: Engine, instance_id: str) -> str:
    """As the person knows it."""
    state = engine.services.catalogue.state(instance_id) if engine.is_ready else None
    return state.name if state is not None else KNOWN_NAMES.get(instance_id, instance_id)
