"""Joins providers and the key store: which entry and which variables may speak for a provider's address."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from app.services.llm.address import host_of, origin_of
from app.services.llm.providers.base import BaseProvider
from app.services.secrets import KeyStatus, SecretStore


class ProviderKeys:
    """Keys by provider instance. A key belongs to the origin it was stored for; another address starts without one."""

    def __init__(self, secrets: SecretStore, *, configured_url: Callable[[str], str | None] = lambda _id: None) -> None:
        """`configured_url`: a provider's address without what this run's flags say; a key of the environment that
        belongs to "the configured server" goes nowhere else. None = there are no flags."""
        self.secrets = secrets
        self._configured_url = configured_url

    def environment_names(self, provider: BaseProvider) -> tuple[str, ...]:
        """Variables that may be used for this address: the provider's own hosts, else the configured origin only."""
        if provider.key_hosts:
            return provider.key_environment if host_of(provider.config.base_url) in provider.key_hosts else ()
        configured = self._configured_url(provider.instance_id)
        if configured is not None and origin_of(configured) != origin_of(provider.config.base_url):
            return ()
        return provider.key_environment

    async def of(self, provider: BaseProvider) -> SecretStr | None:
        """The key for the provider's present address, None where it has none or takes none.

        Raises:
            LLMError: kind `config`, when the key store is locked or broken.
        """
        if not provider.capabilities.accepts_key or not provider.config.base_url:
            return None
        return await self.secrets.get(
            provider.instance_id,
            origin_of(provider.config.base_url),
            environment_names=self.environment_names(provider),
        )

    async def set(self, provider: BaseProvider, key: str) -> KeyStatus:
        """Store a key for the provider's present address and use it from now on."""
        status = await self.secrets.set(provider.instance_id, origin_of(provider.config.base_url), key)
        provider.key = SecretStr(key.strip())
        return status

    async def delete(self, provider: BaseProvider) -> bool:
        provider.key = None
        return await self.secrets.delete(provider.instance_id, origin_of(provider.config.base_url))

    async def status(self, provider: BaseProvider) -> KeyStatus:
        return await self.secrets.status(
            provider.instance_id,
            origin_of(provider.config.base_url),
            environment_names=self.environment_names(provider),
        )
