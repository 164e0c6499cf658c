"""Joins providers and the key store: which entry and which variables may speak for a provider's address."""

from __future__ import annotations

from pydantic import SecretStr

from app.services.llm.address import host_of, origin_of
from app.services.llm.providers.base import BaseProvider
from app.services.secrets import KeyStatus, SecretStore


class ProviderKeys:
    """Keys by provider instance. A key belongs to the origin it was stored for; another address starts without one."""

    def __init__(self, secrets: SecretStore) -> None:
        self.secrets = secrets

    async def of(self, provider: BaseProvider) -> SecretStr | None:
        """The key for the provider's present address, None where it has none or takes none.

        Raises:
            LLMError: kind `config`, when the key store is locked or broken.
        """
        if not provider.capabilities.accepts_key or not provider.config.base_url:
            return None
        return await self.secrets.get(
            provider.instance_id, origin_of(provider.config.base_url), environment_names=environment_names(provider)
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
            provider.instance_id, origin_of(provider.config.base_url), environment_names=environment_names(provider)
        )


def environment_names(provider: BaseProvider) -> tuple[str, ...]:
    """Variables that may be used for this address: only the provider's own hosts, where it has such (contract §3)."""
    if provider.key_hosts and host_of(provider.config.base_url) not in provider.key_hosts:
        return ()
    return provider.key_environment
