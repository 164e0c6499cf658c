"""Provider id → class. Importing a provider's file registers it; nothing else needs an edit to add one."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeVar

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import canonical_provider_id
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.llm.providers.base import BaseProvider

logger = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "ai_coder_assistant.providers"

_classes: dict[str, type[BaseProvider]] = {}
_aliases: dict[str, str] = {}
_unavailable: dict[str, str] = {}
_loaded = False

P = TypeVar("P", bound="type[BaseProvider]")


def register(provider_id: str, *, aliases: tuple[str, ...] = ()) -> Callable[[P], P]:
    """Class decorator: makes the class known under `provider_id` and its aliases."""

    def decorate(cls: P) -> P:
        cls.provider_id = provider_id
        _classes[provider_id] = cls
        for alias in aliases:
            _aliases[alias] = provider_id
        return cls

    return decorate


def load_all() -> None:
    """Import every built-in provider, then the entry points; a broken third-party one is noted, never fatal."""
    global _loaded
    if _loaded:
        return
    _loaded = True
    from app.services.llm import providers  # here: providers import this module

    for module in pkgutil.iter_modules(providers.__path__):
        if not module.name.startswith("_") and module.name != "base":
            importlib.import_module(f"{providers.__name__}.{module.name}")
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            point.load()
        except Exception as exc:
            logger.exception("the provider plug-in %r could not be loaded", point.name)
            _unavailable[point.name] = f"{type(exc).__name__}: {exc}"


def canonical_id(name: str) -> str:
    """The provider id behind a spelling or alias; unknown names come back lower-cased."""
    lowered = canonical_provider_id(name)
    return _aliases.get(lowered, lowered)


def find(name: str) -> type[BaseProvider]:
    """The class for a provider id or alias.

    Raises:
        LLMError: kind `config`, when no such provider is known.
    """
    load_all()
    provider_id = canonical_id(name)
    try:
        return _classes[provider_id]
    except KeyError:
        known = ", ".join(sorted(_classes))
        raise LLMError(
            ErrorKind.CONFIG,
            say("There is no provider {name!r}.", name=name),
            say("Known providers: {known}.", known=known),
            provider=name,
        ) from None


def all_classes() -> dict[str, type[BaseProvider]]:
    load_all()
    return dict(_classes)


def unavailable() -> dict[str, str]:
    """Plug-ins that failed to load → the reason."""
    load_all()
    return dict(_unavailable)
