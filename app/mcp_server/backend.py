"""Which backend and model this server speaks for, and the core behind both."""

from __future__ import annotations

from typing import Any

from app.services import runtimes
from app.services.container import Services, names_default
from app.services.llm.errors import switched_off
from app.services.llm.llm_manager import UNNAMED_MODELS
from app.services.llm.llm_service import LLMService
from app.services.llm.models import canonical_provider_id
from app.services.llm.providers.base import BaseProvider
from app.services.runtimes import Runtime

#: Where neither the environment nor the user's file names one (contract §7).
DEFAULT_BACKEND = "ollama"


class Backend:
    """Args: services: the open core. Belongs to one server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.id = _chosen(services)
        named = services.settings.config.default_model
        self.model: str | None = None if named in UNNAMED_MODELS else named
        """The model that answers; None = whichever the backend has loaded. `init_llm` may find it a better name."""

    async def provider(self) -> BaseProvider:
        """The provider, with its key.

        Raises:
            LLMError: kind `config`.
        """
        self._check_switched_on(self.id)
        return await self.services.manager.ready(self.id)

    async def place(self, backend: str) -> dict[str, Any]:
        """Where a backend is, for the functions of `runtimes`.

        Raises:
            LLMError: kind `config`.
        """
        self._check_switched_on(backend)
        await self.services.manager.ready(backend)
        return self.services.runtime_place(backend)

    @property
    def has_runtime(self) -> bool:
        return self.id in runtimes.BACKENDS

    async def runtime(self) -> Runtime:
        return runtimes.runtime_for(self.id, **await self.place(self.id))

    def service(self) -> LLMService:
        """What answers.

        Raises:
            LLMError: kind `config`.
        """
        self._check_switched_on(self.id)
        return LLMService(self.services.manager, provider=self.id, model=self.model)

    def _check_switched_on(self, backend: str) -> None:
        """A client reaches nothing that its owner switched off, unless this run was started for it."""
        manager = self.services.manager
        is_named = canonical_provider_id(backend) == self.id and manager.default_is_named
        if not is_named and manager.is_switched_off(backend):
            off = manager.provider(backend)
            raise switched_off(off.name, off.instance_id)


def _chosen(services: Services) -> str:
    settings = services.settings
    configured = canonical_provider_id(settings.config.default_provider)
    if names_default(settings) or settings.user_file.exists():
        return configured
    return DEFAULT_BACKEND
