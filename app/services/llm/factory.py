"""Services made in one call, on the user's configuration or with a provider and model of the caller's."""

from __future__ import annotations

import asyncio
import os

from app.lean_dataclass import dataclass
from app.paths import Paths, user_paths
from app.services.llm.llm_service import LLMService
from app.services.llm.models import SamplingParameters
from app.services.shared_database.settings_row import LlmSettings


class ProviderName(str):
    """A provider id that equals `ProviderType` and prints as it is spelled on the outside (`lmstudio`)."""

    __slots__ = ()

    def __str__(self) -> str:
        return "lmstudio" if self == "lm_studio" else str.__str__(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass(frozen=True, slots=True)
class ServiceWithOverrides:
    """The service, and the provider and model it asks. `model` is None where that depends on what the provider has."""

    service: LLMService
    provider: ProviderName
    model: str | None


async def make_service(provider: str | None = None, model: str | None = None) -> LLMService:
    """An `LLMService` on the user's configuration, and the settings row of the gateway where there is one.

    It owns what it opens: close it.

    Raises:
        LLMError: kind `config` or `unreachable`: `DATABASE_URL` names a database that cannot be asked for the row.
    """
    from app.services.container import Overrides, open_services  # here: the container imports this package

    paths = user_paths()
    row = await _settings_row(paths)
    services = await open_services(paths, Overrides(keep_history=False), row=row)
    defaults = SamplingParameters()
    if row is not None:
        defaults = SamplingParameters(temperature=row.temperature, max_tokens=row.max_tokens)
    return LLMService(services.manager, provider=provider, model=model, defaults=defaults, on_close=services.aclose)


async def _settings_row(paths: Paths) -> LlmSettings | None:
    url = os.environ.get("DATABASE_URL")
    if not url and not await asyncio.to_thread(paths.gateway_file.exists):
        return None
    from app.services.shared_database.database import read_llm_settings  # here: few have one, and SQLAlchemy is heavy

    return await read_llm_settings(paths, url)


async def get_llm_service_with_overrides(provider: str | None = None, model: str | None = None) -> ServiceWithOverrides:
    """A service that asks this provider and model, whatever the configuration says.

    Raises:
        LLMError: kind `config`, when there is no such provider; or as `make_service`.
    """
    service = await make_service(provider, model)
    manager = service.manager
    try:
        named, model = manager.named(provider, model)
        chosen = manager.provider(named or manager.config.default_provider)
    except BaseException:
        await service.aclose()
        raise
    return ServiceWithOverrides(service, ProviderName(chosen.instance_id), model)
