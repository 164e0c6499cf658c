"""Services made in one call, on the user's configuration or with a provider and model of the caller's."""

from __future__ import annotations

from dataclasses import dataclass

from app.services.llm.llm_service import LLMService
from app.services.llm.models import canonical_provider_id


class ProviderName(str):
    """A provider id that equals `ProviderType` and prints as it is spelled on the outside (`lmstudio`)."""

    __slots__ = ()

    def __str__(self) -> str:
        return "lmstudio" if self == "lm_studio" else str.__str__(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass(frozen=True, slots=True)
class ServiceWithOverrides:
    """The service, and the provider and model it asks."""

    service: LLMService
    provider: ProviderName
    model: str | None


async def make_service(provider: str | None = None, model: str | None = None) -> LLMService:
    """An `LLMService` on the user's configuration. It owns what it opens: close it."""
    from app.services.container import Overrides, open_services  # here: the container imports this package

    services = await open_services(overrides=Overrides(keep_history=False))
    return LLMService(services.manager, provider=provider, model=model, on_close=services.aclose)


async def get_llm_service_with_overrides(provider: str | None = None, model: str | None = None) -> ServiceWithOverrides:
    """A service that asks this provider and model, whatever the configuration says.

    Raises:
        LLMError: kind `config`, when there is no such provider.
    """
    service = await make_service(provider, model)
    try:
        if provider is not None:
            service.manager.provider(provider)
    except BaseException:
        await service.aclose()
        raise
    chosen = canonical_provider_id(provider) if provider else service.manager.config.default_provider
    return ServiceWithOverrides(service, ProviderName(chosen), model)
