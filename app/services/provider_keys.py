"""Joins providers and the key store: which entry and which variables may speak for a provider's address."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from app.lean_dataclass import dataclass
from app.services.llm.address import host_of, origin_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.providers.base import BaseProvider
from app.services.secrets import KeyStatus, SecretStore
from app.services.wording import say


@dataclass(frozen=True, slots=True)
class WithheldKey:
    """A key that stayed behind when its provider's address changed. Two origins, never the key."""

    stored_for: str
    address: str
    """Where the provider is now; the key is not sent there."""


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
            url = provider.config.base_url
            # https alone: a key of the environment never crosses the network readable.
            own = url.startswith("https://") and host_of(url) in provider.key_hosts
            return provider.key_environment if own else ()
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

    async def withheld(self, provider: BaseProvider) -> WithheldKey | None:
        """The key stored last for another address, while the present one has none.

        Raises:
            LLMError: kind `config`, when the key store is locked or broken.
        """
        if await self.of(provider) is not None or not provider.config.base_url:
            return None
        here = origin_of(provider.config.base_url)
        others = [origin for origin in await self.secrets.origins(provider.instance_id) if origin != here]
        return WithheldKey(others[-1], here) if others else None

    async def use_withheld(self, provider: BaseProvider, withheld: WithheldKey) -> KeyStatus:
        """Store that key for the new address, too: somebody read both addresses and said yes (C3).

        Raises:
            LLMError: kind `config`: the address is another one by now, the key is gone, or the key store refused.
        """
        if origin_of(provider.config.base_url) != withheld.address:
            raise LLMError(ErrorKind.CONFIG, say("The address has changed again."), say("Look at the new one first."))
        key = await self.secrets.get(provider.instance_id, withheld.stored_for)
        if key is None:
            raise LLMError(ErrorKind.CONFIG, say("The key is no longer there."), say("Enter it again."))
        return await self.set(provider, key.get_secret_value())

    async def delete(self, provider: BaseProvider) -> bool:
        provider.key = None
        return await self.secrets.delete(provider.instance_id, origin_of(provider.config.base_url))

    async def status(self, provider: BaseProvider) -> KeyStatus:
        return await self.secrets.status(
            provider.instance_id,
            origin_of(provider.config.base_url),
            environment_names=self.environment_names(provider),
        )
