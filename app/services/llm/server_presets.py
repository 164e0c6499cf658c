"""Well-known servers that speak OpenAI's interface: what to fill in for them. Plain values."""

from __future__ import annotations

from app.lean_dataclass import dataclass

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
