"""Several hosts of one service (`base_urls`): which of them has a model, and which has the least to do."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import field

from app.lean_dataclass import dataclass
from app.services.container import Services
from app.services.llm import limits
from app.services.llm.errors import LLMError
from app.services.llm.models import ModelConfig
from app.services.llm.providers.base import BaseProvider

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Host:
    """One address of a service. `models`: what it listed last; None = it has not been asked yet, or is down."""

    provider: BaseProvider
    models: tuple[ModelConfig, ...] | None = None
    in_flight: int = 0

    def has(self, model: str) -> bool:
        return self.models is not None and any(one.name == model for one in self.models)


@dataclass(slots=True)
class _Pool:
    """`addresses`: the provider's own, then those of the hosts. `primary`: the host at the provider's own, which the
    catalogue asks; None where the list leaves it out."""

    addresses: tuple[str, ...]
    hosts: list[Host] = field(default_factory=list)
    primary: Host | None = None


class Hosts:
    """The hosts of every provider; one that has a single address is its own only host."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pools: dict[str, _Pool] = {}
        self._single: dict[str, Host] = {}

    async def of(self, instance_id: str, model: str) -> list[Host]:
        """The hosts that a request for this model may go to, the least busy one first.

        Hosts that list the model come before those that did not answer; where none lists it, all are tried.

        Raises:
            LLMError: kind `config`: no such provider.
        """
        provider = await self._services.manager.ready(instance_id)
        pool = await self._pool(provider)
        if pool is None:
            host = self._single.get(instance_id)
            if host is None or host.provider is not provider:
                host = self._single[instance_id] = Host(provider)
            return [host]
        return sorted(pool.hosts, key=lambda host: (not host.has(model), host.models is None, host.in_flight))

    def models(self, instance_id: str) -> list[ModelConfig] | None:
        """What any host of a pool lists; None for a provider with a single address."""
        pool = self._pools.get(instance_id)
        if pool is None:
            return None
        self._take_listed(instance_id, pool)
        found = {model.name: model for host in reversed(pool.hosts) for model in host.models or ()}
        return list(found.values())

    async def look(self) -> None:
        """Ask all hosts of all pools that the catalogue does not ask, side by side. Never raises for one."""
        for provider in await self._services.manager.enabled():
            await self._pool(provider)
        hosts = [host for pool in self._pools.values() for host in pool.hosts if host is not pool.primary]
        await asyncio.gather(*(_ask(host) for host in hosts))

    async def _pool(self, provider: BaseProvider) -> _Pool | None:
        entry = self._services.settings.config.provider_configurations.get(provider.instance_id)
        addresses = tuple(entry.base_urls or ()) if entry is not None else ()
        if len(addresses) < 2:
            self._pools.pop(provider.instance_id, None)
            return None
        pool = self._pools.get(provider.instance_id)
        own = provider.config.base_url
        if pool is None or pool.addresses != (own, *addresses):
            hosts = [Host(await self._at(provider, address)) for address in addresses]
            primary = next((host for host in hosts if host.provider.config.base_url == own), None)
            pool = self._pools[provider.instance_id] = _Pool((own, *addresses), hosts, primary)
        self._take_listed(provider.instance_id, pool)
        return pool

    def _take_listed(self, instance_id: str, pool: _Pool) -> None:
        """What the catalogue knows of the primary host: it would be asked twice in every interval otherwise."""
        host, state = pool.primary, self._services.catalogue.state(instance_id)
        if host is not None and state is not None and state.base_url == host.provider.config.base_url:
            host.models = state.models if state.status == "up" else None

    async def _at(self, provider: BaseProvider, address: str) -> BaseProvider:
        """The same provider at another address, with the key that is kept for that address."""
        cls = type(provider)
        config = provider.config.model_copy(update={"base_url": cls.canonical_base_url(address)})
        host = cls(config, door=self._services.door, instance_id=provider.instance_id)
        try:
            host.key = await self._services.keys.of(host)
        except LLMError as exc:
            host.key_problem = exc
        return host


async def _ask(host: Host) -> None:
    try:
        async with asyncio.timeout(limits.LIST_TIMEOUT_S):
            host.models = tuple(await host.provider.list_models())
    except (LLMError, TimeoutError) as exc:
        if host.models is not None:
            logger.info("%s at %s does not answer: %s", host.provider.instance_id, host.provider.config.base_url, exc)
        host.models = None
