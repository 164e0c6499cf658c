"""The public Python API. Names are imported when they are first used, so `import app.services.llm` costs nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.services.llm.errors import LLMError
    from app.services.llm.llm_manager import LLMManager
    from app.services.llm.llm_service import LLMService
    from app.services.llm.models import ModelConfig, ModelType, ProviderType
    from app.services.llm.providers.lm_studio import LMStudioConfig, LMStudioProvider

__all__ = [
    "LLMError",
    "LLMManager",
    "LLMService",
    "LMStudioConfig",
    "LMStudioProvider",
    "ModelConfig",
    "ModelType",
    "ProviderType",
    "get_llm_service",
]

_HOMES = {
    "LLMError": "errors",
    "LLMManager": "llm_manager",
    "LLMService": "llm_service",
    "LMStudioConfig": "providers.lm_studio",
    "LMStudioProvider": "providers.lm_studio",
    "ModelConfig": "models",
    "ModelType": "models",
    "ProviderType": "models",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


async def get_llm_service(provider: str | None = None, model: str | None = None) -> LLMService:
    """A service on the user's configuration. Close it with `aclose()`, or use it in `async with`."""
    from app.services.llm.factory import make_service

    return await make_service(provider, model)
