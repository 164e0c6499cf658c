"""How Ollama spells the names of models."""

from __future__ import annotations

import re

_HUB_PREFIX = re.compile(r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)


def wire_name(model: str, model_source: str = "ollama") -> str:
    """What to send for a name that a person typed.

    Links to Hugging Face and `user/repo@quant`, which Ollama's own names never hold, become `hf.co/user/repo:quant`;
    `user/repo` does where `model_source` is `huggingface`.
    """
    typed = model.strip()
    prefix = _HUB_PREFIX.match(typed)
    rest = typed[prefix.end() :] if prefix else typed
    repository, at, quant = rest.partition("@")
    owned = repository.count("/") == 1
    if prefix is not None:
        from_hub = bool(at) or "://" in prefix[0]  # else it is spelled as Ollama lists it already
    else:
        from_hub = owned and (bool(at) or model_source == "huggingface")
    if not from_hub:
        return typed
    return f"hf.co/{repository}:{quant}" if quant else f"hf.co/{repository}"


def full_name(name: str) -> str:
    """Names compare without regard to case, and a missing tag means `latest`."""
    lowered = name.lower().removeprefix("registry.ollama.ai/").removeprefix("library/")
    last = lowered.rpartition("/")[2]
    return lowered if ":" in last else f"{lowered}:latest"
