"""Which provider and model answer: by name, by priority, with retries and fallback before the first token only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr, ValidationError

from app.lean_dataclass import dataclass
from app.services.llm import limits, registry
from app.services.llm.address import host_of
from app.services.llm.errors import ErrorKind, LLMError, invalid_setting, none_switched_on, switched_off
from app.services.llm.models import ChatRequest, ModelConfig, ModelState, ModelType
from app.services.llm.pictures import FindModel, check_pictures
from app.services.llm.pricing import PriceSource
from app.services.llm.retries import RETRIED_KINDS, retry_wait
from app.services.llm.stream_events import PassedOver, PhaseChanged, Started, StreamEvent
from app.services.observe import Event
from app.services.settings.schema import AppConfig, ProviderEntry
from app.services.value_words import value_words
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.llm.http import HttpDoor
from app.services.llm.providers.base import BaseProvider

logger = logging.getLogger(__name__)

#: Model ids that mean "whichever is there".
UNNAMED_MODELS = frozenset({"", "local-model"})
AUTO_MODEL = "auto"

_TRY_NEXT_PROVIDER = RETRIED_KINDS | {
    ErrorKind.NOT_INSTALLED,
    ErrorKind.TIMEOUT,
    ErrorKind.AUTH,
    ErrorKind.MODEL_NOT_FOUND,
    ErrorKind.PROTOCOL,
}

KeySource = Callable[["BaseProvider"], Awaitable[SecretStr | None]]
LastUsedModel = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The provider and model a request goes to. `description` is None where the list was not asked."""

    provider: str
    model: str
    local: bool
    simulated: bool = False
    description: ModelConfig | None = None


#: What a model is to be sent: its own settings may differ from those of the one before it.
RequestFor = Callable[[Resolved], Awaitable[ChatRequest]]


def _check_address(provider: BaseProvider) -> None:
    """A server without an address is a setting that is missing, and the setting has a name.

    Raises:
        LLMError: kind `config`.
    """
    if provider.config.base_url or provider.only_when_chosen or not provider.capabilities.needs_address:
        return
    hint = say("{name} has no address. Write it like http://localhost:1234 or 192.168.1.13:1234.", name=provider.name)
    setting = f"provider_configurations.{provider.instance_id}.base_url"
    raise invalid_setting(setting, hint, provider=provider.instance_id)


async def _nothing(_provider: BaseProvider | str) -> None:
    """No key, and no model used last."""


class LLMManager:
    """All configured providers and the rules for choosing between them. Belongs to one asyncio loop."""

    def __init__(
        self,
        config: AppConfig,
        *,
        door: HttpDoor | None = None,
        key_source: KeySource = _nothing,
        last_used_model: LastUsedModel = _nothing,
        models_folder: Path | None = None,
    ) -> None:
        from app.services.llm.http import HttpDoor as Door  # here: the manager's types are wanted without the network

        self._owns_door = door is None
        self.door = door if door is not None else Door()
        self._key_source = key_source
        self._last_used_model = last_used_model
        self._models_folder = models_folder
        #: What is known of a model without asking its server; None = nothing is.
        self.find_model: FindModel | None = None
        #: Whether the default provider was named for this run (a flag, a variable): then it is asked though it is off.
        self.default_is_named = True
        #: Whether a flag named the default model: then whoever has it is asked, as for one in the request.
        self.default_model_is_named = False
        self._keys_asked: set[str] = set()
        self.providers: dict[str, BaseProvider] = {}
        self.unusable: dict[str, LLMError] = {}
        self.heard: Event[BaseProvider] = Event()
        """Part of an answer came from this provider: it is up, whatever a look at its list of models says."""
        self.answered: Event[tuple[str, str]] = Event()
        """(Provider, model) of an answer that came to its end."""
        self.config = config
        self._entries: dict[str, ProviderEntry] = {}
        self._retired: list[BaseProvider] = []
        self.configure(config)

    @classmethod
    def from_config(cls, config: AppConfig | None = None, **services: Any) -> Self:
        """A manager on the user's configuration (shipped file, user file, environment) unless one is given."""
        if config is None:
            import os

            from app.paths import bundled, user_paths
            from app.services.settings.store import SettingsStore

            settings = SettingsStore(
                bundled("config", "llm_studio_config.json"), user_paths().config_file, environment=os.environ
            )
            settings.load()
            config = settings.config
        return cls(config, **services)

    # -- providers

    def configure(self, config: AppConfig) -> None:
        """Take a new configuration; providers whose entry did not change stay as they are."""
        self.config = config
        providers: dict[str, BaseProvider] = {}
        self.unusable = {}
        for instance_id, entry in config.provider_configurations.items():
            before = self.providers.get(instance_id)
            if before is not None and self._entries.get(instance_id) == entry:
                providers[instance_id] = before
                continue
            self._keys_asked.discard(instance_id)
            try:
                providers[instance_id] = self._build(instance_id, entry)
            except LLMError as exc:
                self.unusable[instance_id] = exc
        for instance_id, provider in self.providers.items():  # those made on demand: mock, providers without an entry
            if instance_id not in config.provider_configurations and instance_id not in self._entries:
                providers[instance_id] = provider
        replaced = [one for one in self.providers.values() if one not in providers.values()]
        for one in replaced:
            one.retire()
        self._retired += replaced
        self.providers = providers
        self._entries = {key: entry.model_copy(deep=True) for key, entry in config.provider_configurations.items()}

    def _build(self, instance_id: str, entry: ProviderEntry) -> BaseProvider:
        cls = registry.find(entry.type or instance_id)
        values = {key: value for key, value in entry.model_dump().items() if value is not None and key != "type"}
        values.pop("is_enabled", None)
        try:
            config = cls.Config(**values)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(step) for step in first["loc"])
            setting = f"provider_configurations.{instance_id}.{field}"
            raise invalid_setting(setting, value_words(first), provider=instance_id) from exc
        except Exception as exc:
            logger.exception("the settings of %s cannot be read", instance_id)
            hint = say("{kind}: the log has more.", kind=type(exc).__name__)
            raise invalid_setting(f"provider_configurations.{instance_id}", hint, provider=instance_id) from exc
        made = cls(config, door=self.door, instance_id=instance_id)
        if self._models_folder is not None:
            made.use_models_folder(self._models_folder)
        return made

    def provider(self, name: str) -> BaseProvider:
        """The provider with this id, alias or server key; built-in ones exist without an entry.

        Raises:
            LLMError: kind `config`: no such provider, or its settings are not valid.
        """
        instance_id = name if name in self.providers else registry.canonical_id(name)
        if instance_id in self.unusable:
            raise self.unusable[instance_id]
        if instance_id not in self.providers:
            self.providers[instance_id] = self._build(instance_id, ProviderEntry())
        return self.providers[instance_id]

    def base_url_of(self, instance_id: str) -> str:
        """A provider's configured address, "" where it has none. Builds nothing and never raises, also from another
        thread and for a provider whose other settings are not valid."""
        entry = self.config.provider_configurations.get(instance_id)
        if entry is not None and entry.base_url:
            return entry.base_url
        cls = registry.all_classes().get((entry.type if entry else None) or registry.canonical_id(instance_id))
        return cls.Config().base_url if cls is not None else ""

    def knows(self, name: str) -> bool:
        """Whether a spelling names a provider, so that `provider:model` may be cut there."""
        canonical = registry.canonical_id(name)
        return canonical in self.config.provider_configurations or canonical in registry.all_classes()

    async def ready(self, instance_id: str) -> BaseProvider:
        """The provider with its key fetched, once; its `key_problem` tells where that failed."""
        provider = self.provider(instance_id)
        if provider.instance_id not in self._keys_asked:
            self._keys_asked.add(provider.instance_id)
            try:
                provider.key = await self._key_source(provider)
                provider.key_problem = None
            except LLMError as exc:  # a locked key store must not take the servers down that need no key
                logger.warning("no key for %s: %s", provider.instance_id, exc.message)
                provider.key_problem = exc
        return provider

    def price_source(self, instance_id: str) -> PriceSource | None:
        """Where the price library has this provider's prices; None for this computer's, and for one that is gone."""
        provider = self.providers.get(instance_id)
        if provider is None or provider.capabilities.local:
            return None
        base_url = provider.config.base_url
        if not provider.price_catalogue:
            return PriceSource(base_url=base_url)
        # At another address than the service's own somebody else answers, at prices of their own.
        return PriceSource(provider.price_catalogue) if host_of(base_url) in provider.key_hosts else None

    def use_key(self, instance_id: str, key: SecretStr) -> None:
        """Use this key as if the key store had given it, until `forget_key`.

        Raises:
            LLMError: kind `config`: no such provider, or its settings are not valid.
        """
        provider = self.provider(instance_id)
        provider.key = key
        provider.key_problem = None
        self._keys_asked.add(provider.instance_id)

    def forget_key(self, instance_id: str) -> None:
        """The key store changed: ask it again before the next call."""
        self._keys_asked.discard(instance_id)

    async def enabled(self) -> list[BaseProvider]:
        """Providers that are polled and take part in fallback, by priority."""
        found = []
        for instance_id, entry in self.config.provider_configurations.items():
            if entry.is_enabled is False or instance_id in self.unusable:
                continue
            provider = await self.ready(instance_id)
            if entry.is_enabled is None and (
                provider.only_when_chosen or (provider.capabilities.needs_key and provider.key is None)
            ):
                continue
            found.append(provider)
        return sorted(found, key=lambda p: (p.config.priority, p.instance_id))

    # -- models

    async def list_models(self, provider: str | None = None) -> list[ModelConfig]:
        """Models of one provider, or of all enabled ones that answer within the limit.

        Raises:
            LLMError: when one provider is named and fails.
        """
        if provider is not None:
            named = await self.ready(provider)
            _check_address(named)
            return await named.list_models()

        async def quietly(one: BaseProvider) -> list[ModelConfig]:
            try:
                async with asyncio.timeout(limits.LIST_TIMEOUT_S):
                    return await one.list_models()
            except (LLMError, TimeoutError) as exc:
                logger.info("%s lists no models: %s", one.instance_id, exc)
                return []

        lists = await asyncio.gather(*(quietly(one) for one in await self.enabled()))
        return [model for models in lists for model in models]

    async def resolve(self, provider: str | None, model: str | None) -> Resolved:
        """What a request with these names goes to.

        `model` may be None or `local-model` (the one used last, else the loaded one, else the first), a plain id, or
        `provider:model`.

        Raises:
            LLMError: config (no such provider), auth (it needs a key and has none), model_not_found, or what
                listing the models met.
        """
        is_asked_for = self.default_model_is_named or (model is not None and model not in UNNAMED_MODELS)
        provider, model = self.named(provider, model)
        if provider is None:
            provider = self.config.default_provider
            if model and (is_asked_for or not self.default_is_named):  # else it is the named provider's
                provider = await self._provider_of(model, provider)
            if not self.default_is_named and self.is_switched_off(provider):
                off = self.provider(provider)
                raise switched_off(off.name, off.instance_id) if await self.enabled() else none_switched_on()
        chosen = await self.ready(provider)
        chosen.check_key()
        _check_address(chosen)
        if model:
            return Resolved(chosen.instance_id, model, chosen.capabilities.local, chosen.is_simulated(model))
        return await self._unnamed(chosen)

    def is_switched_off(self, instance_id: str) -> bool:
        """Whether its owner switched it off: then it is asked only where somebody named it for this run."""
        entry = self.config.provider_configurations.get(registry.canonical_id(instance_id))
        is_off = entry is not None and entry.is_enabled is False
        return is_off and not self.provider(instance_id).only_when_chosen

    def named(self, provider: str | None, model: str | None) -> tuple[str | None, str | None]:
        """What these names and the configuration say, without asking any server. None = they leave it open."""
        provider, model = self.split(provider, model)
        if not model and self.config.default_model and (provider is None or self._is_default(provider)):
            provider, model = self.split(provider, self.config.default_model)
        return provider, model

    def _is_default(self, provider: str) -> bool:
        return registry.canonical_id(provider) == self.config.default_provider

    def split(self, provider: str | None, model: str | None) -> tuple[str | None, str | None]:
        """Provider and model of two names of which the second may be `provider:model`; None for what is not named."""
        model = None if model is None or model in UNNAMED_MODELS else model
        if model and ":" in model:
            before, after = model.split(":", 1)
            if self.knows(before) and (
                provider is None or registry.canonical_id(before) == registry.canonical_id(provider)
            ):
                return registry.canonical_id(before), after if after not in UNNAMED_MODELS else None
        return provider, model

    async def _provider_of(self, model: str, default: str) -> str:
        """The first provider by priority that lists the model, the default one before others; it too when none does."""
        enabled = await self.enabled()
        order = sorted(enabled, key=lambda p: p.instance_id != default)
        # Alone it need not be asked; but another one is, where the default is off.
        if len(order) < 2 and (self.default_is_named or not order or order[0].instance_id == default):
            return default

        async def has(one: BaseProvider) -> bool:
            try:
                async with asyncio.timeout(limits.LIST_TIMEOUT_S):
                    return any(m.name == model for m in await one.list_models())
            except (LLMError, TimeoutError):
                return False

        answers = await asyncio.gather(*(has(one) for one in order))
        return next((one.instance_id for one, yes in zip(order, answers, strict=True) if yes), default)

    async def _unnamed(self, provider: BaseProvider) -> Resolved:
        models = [m for m in await provider.list_models() if m.model_type is ModelType.CHAT]
        wanted = [provider.config.default_model, await self._last_used_model(provider.instance_id)]
        by_name = {m.name: m for m in models}
        found = next((by_name[name] for name in wanted if name and name in by_name), None)
        if found is None:
            found = next((m for m in models if m.state is ModelState.LOADED), models[0] if models else None)
        if found is None:
            raise LLMError(
                ErrorKind.MODEL_NOT_FOUND,
                say("{name} has no chat model yet.", name=provider.name),
                say("Download one there, then try again."),
                provider=provider.instance_id,
            )
        return Resolved(provider.instance_id, found.name, found.local, found.simulated, found)

    # -- answers

    async def stream(self, request: ChatRequest, provider: str | None = None) -> AsyncGenerator[StreamEvent, None]:
        """Answer a request: `Started` first, `Finished` last. A chosen model is never swapped.

        With model `auto` providers are tried by priority until one gives a first token; each try begins with its own
        `Started`.

        Raises:
            LLMError: of any kind; text already yielded stays valid.
        """
        if request.model == AUTO_MODEL:
            async for event in self._stream_auto(request):
                yield event
            return
        resolved = await self.resolve(provider, request.model)
        chosen = await self.ready(resolved.provider)
        async for event in self.stream_from(chosen, request.model_copy(update={"model": resolved.model})):
            yield event
        self.answered.emit((chosen.instance_id, resolved.model))

    async def _stream_auto(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        async def of(model: Resolved) -> ChatRequest:
            return request.model_copy(update={"model": model.model})

        choices = [(provider.instance_id, "") for provider in await self.enabled()]
        if not choices:
            raise none_switched_on()
        async for event in self.stream_first_of(choices, of):
            yield event

    async def stream_first_of(
        self, choices: Sequence[tuple[str, str]], request_for: RequestFor
    ) -> AsyncGenerator[StreamEvent, None]:
        """Ask these (provider, model) in their order until one gives a first token; a model "" is the provider's own
        choice.

        Before the next one is asked comes a `PassedOver`. From a local model it never goes to the cloud unless that is
        allowed: those elsewhere are left out where any provider is local.

        Raises:
            LLMError: of any kind; text already yielded stays valid. Where all failed that of the last one for which
                `request_for` was called: a `PassedOver` told of those before it.
        """
        any_local = any(one.capabilities.local for one in await self.enabled())
        local_only = any_local and not self.config.auto_may_use_cloud
        failure: LLMError | None = None
        untold: list[PassedOver] = []
        for provider, model in choices:
            asked = await self.ready(provider)
            if local_only and not asked.capabilities.local:
                continue
            answered, found = False, None
            try:
                found = await self._found(asked, model)
                if local_only and not found.local:  # a local server may pass its models on (Ollama's cloud models)
                    continue
                model = found.model
                while untold:
                    yield untold.pop(0)
                async for event in self.stream_from(asked, await request_for(found)):
                    answered = answered or not isinstance(event, (Started, PhaseChanged))
                    yield event
                self.answered.emit((asked.instance_id, model))
                return
            except LLMError as exc:
                if answered or exc.kind not in _TRY_NEXT_PROVIDER:
                    raise
                if failure is None or found is not None:
                    failure = exc
                local, simulated = (found.local, found.simulated) if found else (asked.capabilities.local, False)
                untold.append(PassedOver(asked.instance_id, model, exc.kind.value, exc.message, local, simulated))
        if failure is not None:
            raise failure
        raise LLMError(
            ErrorKind.CONFIG,
            say("No local model can answer, and Auto may not use the cloud."),
            say("Choose a model yourself, or allow it: Settings, General, Auto may use the cloud."),
        )

    async def _found(self, provider: BaseProvider, model: str) -> Resolved:
        if not model:
            return await self._unnamed(provider)
        known = self.find_model(provider.instance_id, model) if self.find_model is not None else None
        if known is not None:
            return Resolved(provider.instance_id, model, known.local, known.simulated, known)
        return Resolved(provider.instance_id, model, provider.capabilities.local, provider.is_simulated(model))

    async def stream_from(self, chosen: BaseProvider, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """One provider and model, with retries before the first token.

        Raises:
            LLMError: of any kind; text already yielded stays valid.
        """
        await check_pictures(chosen, request, self.find_model)
        tries = chosen.config.max_retries + 1
        started: Started | None = None
        for attempt in range(1, tries + 1):
            answered = False
            try:
                async for event in chosen.stream(request):
                    if isinstance(event, Started):
                        if started is not None and started.left_out == event.left_out:
                            continue
                        started = event
                    elif not isinstance(event, PhaseChanged):
                        answered = True
                        self.heard.emit(chosen)
                    yield event
                return
            except LLMError as exc:
                wait_s = retry_wait(exc, attempt)
                if answered or attempt == tries or wait_s is None:
                    raise
                logger.info("%s: %s; try %d of %d in %.1f s", chosen.instance_id, exc.kind, attempt + 1, tries, wait_s)
                await asyncio.sleep(wait_s)

    async def aclose(self) -> None:
        """Close every provider and, when it is ours, the door."""
        await asyncio.gather(*(p.aclose() for p in (*self.providers.values(), *self._retired)))
        if self._owns_door:
            await self.door.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()
