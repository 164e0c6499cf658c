"""Builds the core once and closes it in reverse order. Tests build it on a temporary folder with fake servers."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr

from app.lean_dataclass import dataclass
from app.paths import Paths, bundled, expanded, user_paths
from app.services.conversations.chat_service import ChatService
from app.services.conversations.request_settings import RequestSettings
from app.services.conversations.store import ConversationStore
from app.services.conversations.summarising import HistorySummariser
from app.services.llm.catalogue import Catalogue
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.last_models import LastModels
from app.services.llm.llm_manager import LLMManager
from app.services.llm.network_log import NetworkLog
from app.services.llm.providers.base import BaseProvider
from app.services.provider_keys import ProviderKeys
from app.services.secrets import SecretStore
from app.services.settings.schema import AppConfig
from app.services.settings.store import KeyPath, SettingsStore
from app.services.shared_database.settings_row import LlmSettings
from app.services.stop_check import StopCheck
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.conversations.routed import Routed
    from app.services.hub.hub import Hub
    from app.services.routing.auto import Auto

logger = logging.getLogger(__name__)

#: Below the data folder: where servers that we started are remembered, so that a later run may stop them.
RUNTIME_FOLDER = "runtimes"
SHIPPED_CONFIG = ("config", "llm_studio_config.json")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What command-line flags say; None = nothing."""

    provider: str | None = None
    model: str | None = None
    base_url: str | None = None
    timeout_s: float | None = None
    config_file: Path | None = None
    environment: Mapping[str, str] | None = None
    """Replaces the process's environment (tests)."""
    person_present: bool = False
    """Whether somebody watches: then slow requests are never ended by us."""
    keep_history: bool = True
    """False keeps conversations in memory (one-shot commands)."""
    temporary: bool = False
    """Conversations are kept in memory, beside the prompts and presets that are stored."""

    settings: Mapping[KeyPath, Any] = field(default_factory=dict)
    """Further values of the configuration, by path, such as `("interface", "theme")`."""

    def flags(self, default_provider: str) -> dict[KeyPath, Any]:
        provider = self.provider or default_provider
        values: dict[KeyPath, Any] = dict(self.settings)
        if self.provider:
            values[("default_provider",)] = self.provider
        if self.model:
            values[("default_model",)] = self.model
        if self.base_url:
            values[("provider_configurations", provider, "base_url")] = self.base_url
        if self.timeout_s is not None:
            values[("provider_configurations", provider, "timeout")] = self.timeout_s
            values[("provider_configurations", provider, "first_token_timeout")] = self.timeout_s
        return values


@dataclass(slots=True)
class Services:
    """The whole core. `async with` closes it."""

    paths: Paths
    settings: SettingsStore
    secrets: SecretStore
    keys: ProviderKeys
    network_log: NetworkLog
    door: HttpDoor
    manager: LLMManager
    catalogue: Catalogue
    store: ConversationStore
    chats: ChatService
    summariser: HistorySummariser
    request_settings: RequestSettings
    notices: list[str] = field(default_factory=list)
    """Sentences about the start that people must see: keys moved, files that could not be read."""
    _hub: Hub | None = None
    _auto: Auto | None = None

    @property
    def hub(self) -> Hub:
        """The model hub and what was fetched from it. Made when it is first wanted, and asks nothing by itself."""
        if self._hub is None:
            from app.services.hub.hub import Hub  # here: few runs want it

            self._hub = Hub(self.door, self.paths.models_folder, self.settings.config.network.hub_url)
        return self._hub

    @property
    def auto(self) -> Auto:
        """Proposes models. Made when it is first wanted."""
        if self._auto is None:
            from app.services.routing.auto import Auto  # here: few runs want it

            self._auto = Auto(self.store, self.manager, self.catalogue, lambda: self.settings.config)
        return self._auto

    async def route(self, prompt_id: int) -> Routed:
        """Whom Auto asks for the answer to a prompt of a chat.

        Raises:
            LLMError: no model can take it.
        """
        return await self.auto.route(prompt_id)

    def runtime_place(self, instance_id: str, *, lasting: bool = True) -> dict[str, Any]:
        """The keyword arguments of the functions in `runtimes`, for a provider with a program of its own.

        `lasting`: this process stays, so a model of the built-in engine that it loads is of use.
        """
        provider = self.manager.provider(instance_id)
        has_server = provider.capabilities.needs_address
        return {
            "door": self.door,
            "base_url": type(provider).canonical_base_url(provider.config.base_url) if has_server else None,
            "key": provider.key,
            "state_folder": self.paths.data / RUNTIME_FOLDER,
            "settings": provider.config.model_dump(),
            "engine": provider if lasting and not has_server else None,
            "hub": None if has_server else self.hub,
        }

    async def delete_fetched_model(self, name: str) -> int:
        """Delete a model that was fetched from the hub; the bytes that are free again.

        What another process has in memory is not seen; there it stays until it is unloaded.

        Raises:
            LLMError: model_not_found; overloaded, it is loaded here; server_error, the system refuses.
        """
        loaded = {path for provider in self.manager.providers.values() for path in provider.loaded_files()}
        return await self.hub.delete(name, loaded)

    async def offer_to_lm_studio(self, name: str) -> None:
        """Let LM Studio load a model that was fetched from the hub, too.

        Raises:
            LLMError: model_not_found; else as `lm_studio_import.offer_to_lm_studio`.
        """
        from app.services.runtimes.lm_studio_import import offer_to_lm_studio  # here: rarely asked for

        library = self.hub.library
        model = await asyncio.to_thread(library.model, name)
        await offer_to_lm_studio(library.files_of(model), model.manifest.repository)

    async def is_computing(self, instance_id: str, model: str) -> bool | None:
        """Whether a model computes right now; None where its server cannot be asked.

        Raises:
            LLMError: the server does not answer.
        """
        provider = self.manager.provider(instance_id)
        if not provider.capabilities.has_runtime:
            return await provider.busy(model)
        from app.services import runtimes  # here: only windows stop answers

        return await runtimes.check_model_busy(instance_id, model, **self.runtime_place(instance_id))

    async def use_row(self, row: LlmSettings | None) -> None:
        """Take a changed row of the shared settings into use (the gateway); requests that run go on as they are.

        Raises:
            LLMError: kind `config`, when a flag's value is not valid together with it.
        """
        await asyncio.to_thread(self.settings.use_row, row)
        await self.apply_settings()

    async def apply_settings(self) -> None:
        """Take the settings that were just saved into use."""
        config = self.settings.config
        self.door.configure(**door_settings(config))
        if self._hub is not None:
            self._hub.client.hub_url = config.network.hub_url
        self.manager.configure(config)
        tell_what_is_named(self.manager, self.settings)
        if self._auto is not None:
            self._auto.forget_prices()
        self.catalogue.interval_s = config.network.polling_interval
        self.catalogue.look_now()

    async def aclose(self) -> None:
        await self.chats.aclose()
        if self._auto is not None:
            self._auto.close()
        if self._hub is not None:
            await self._hub.aclose()
        await self.catalogue.aclose()
        await self.manager.aclose()
        await self.door.aclose()
        await self.store.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()


def load_settings(paths: Paths, overrides: Overrides | None = None, *, row: LlmSettings | None = None) -> SettingsStore:
    """The configuration alone, for commands that need no more. `row`: of the shared database.

    Raises:
        LLMError: kind `config`, when a flag's value is not valid or the file named by one is missing.
    """
    overrides = overrides or Overrides()
    environment = overrides.environment if overrides.environment is not None else os.environ
    if overrides.config_file is not None:
        _check_is_there(overrides.config_file)
    user_file = overrides.config_file or paths.config_file
    settings = SettingsStore(bundled(*SHIPPED_CONFIG), user_file, environment=environment, row=row)
    settings.load()
    flags = overrides.flags(settings.config.default_provider)
    if flags:
        settings = SettingsStore(bundled(*SHIPPED_CONFIG), user_file, environment=environment, flags=flags, row=row)
        settings.load()
    return settings


def names_default(settings: SettingsStore) -> bool:
    """Whether the default provider was named for this run, and not once in a file."""
    return settings.origin("default_provider").kind in ("environment", "flag")


def tell_what_is_named(manager: LLMManager, settings: SettingsStore) -> None:
    """The default provider, and the default model: whether they were named for this run."""
    manager.default_is_named = names_default(settings)
    manager.default_model_is_named = settings.origin("default_model").kind == "flag"


def _check_is_there(file: Path) -> None:
    """A file that was named must exist: going on with the defaults would ask the wrong server."""
    try:
        file.stat()
    except FileNotFoundError:
        raise LLMError(
            ErrorKind.CONFIG,
            say("The configuration file {file!r} does not exist.", file=str(file)),
            say("Check the path after --config."),
        ) from None
    except OSError:
        return  # it is there, or may be: reading it says what is wrong


async def open_services(
    paths: Paths | None = None,
    overrides: Overrides | None = None,
    *,
    store: ConversationStore | None = None,
    row: LlmSettings | None = None,
) -> Services:
    """The whole core on the running loop.

    Args:
        store: one that is open already; it is closed with the rest.
        row: the shared settings row, for the fronts that obey it: the gateway, and `get_llm_service`.

    Raises:
        LLMError: kind `config`, when a flag's value is not valid. Files that cannot be read or written never stop it.
    """
    paths = paths or user_paths()
    overrides = overrides or Overrides()
    environment = dict(overrides.environment if overrides.environment is not None else os.environ)
    settings = await asyncio.to_thread(load_settings, paths, overrides, row=row)
    config = settings.config
    network_log = NetworkLog()
    door = HttpDoor(network_log=network_log, **door_settings(config))
    secrets = SecretStore(
        keyring_allowed=environment.get("AICA_KEYRING", "").lower() != "off",
        environment=environment,
        index_file=paths.data / "stored_keys.json",
    )
    keys = ProviderKeys(secrets, configured_url=settings.address_without_flags)
    conversations = store = store or await _opened_store(paths, overrides)
    last_models = LastModels(None if overrides.temporary else paths.data / "last_models.json")

    async def last_used(provider: str) -> str | None:
        from app.services.conversations import queries

        return last_models.of(provider) or await conversations.read(queries.last_used_model, provider)

    manager = LLMManager(
        config, door=door, key_source=keys.of, last_used_model=last_used, models_folder=paths.models_folder
    )
    tell_what_is_named(manager, settings)
    catalogue = Catalogue(manager, interval_s=config.network.polling_interval)
    manager.find_model = catalogue.find

    def name_of_model(provider: str, model: str) -> str:
        from app.services.llm.profiles import readable_name

        found = catalogue.find(provider, model)
        return found.display_name if found else readable_name(model)

    request_settings = RequestSettings(store, manager, lambda: settings.config.chat, catalogue.find)
    chats = ChatService(
        store,
        manager,
        name_of_model=name_of_model,
        person_present=overrides.person_present,
        settings_of=request_settings.for_request,
    )
    summariser = HistorySummariser(store, manager, chats, catalogue.find)
    services = Services(
        *(paths, settings, secrets, keys, network_log, door, manager, catalogue, store, chats, summariser),
        request_settings=request_settings,
    )
    manager.answered.subscribe(lambda one: last_models.note(*one))
    chats.route = services.route
    chats.stop_check = StopCheck(services.is_computing)
    services.notices += [f"{p.place}: {p.reason}" + (f". {p.hint}" if p.hint else "") for p in settings.problems]
    services.notices += [str(error) for error in manager.unusable.values()]
    services.notices += await move_keys(settings, keys, manager)
    return services


async def _opened_store(paths: Paths, overrides: Overrides) -> ConversationStore:
    if overrides.temporary:
        store = ConversationStore(None, copy_of=paths.store_file, without_chats=True)
    else:
        store = ConversationStore(paths.store_file if overrides.keep_history else None)
    await store.open()
    return store


def door_settings(config: AppConfig) -> dict[str, Any]:
    """The keyword arguments of `HttpDoor` that the user sets."""
    ca_file = config.network.ca_file
    return {
        "ca_file": expanded(ca_file) if ca_file else None,
        "use_proxy_for_local": config.network.proxy_for_local,
    }


async def move_keys(settings: SettingsStore, keys: ProviderKeys, manager: LLMManager) -> list[str]:
    """Take API keys out of the user's file, each only after the key store gave it back. Returns notices."""
    notices: list[str] = []
    for instance_id in settings.config.provider_configurations:
        found = settings.user_value("provider_configurations", instance_id, "api_key")
        if not isinstance(found, str) or not found.strip():
            continue
        try:
            provider = manager.provider(instance_id)
        except LLMError as exc:  # of another version, or with a setting that is not valid: not ours to move
            notices.append(
                say(
                    "{name} holds a key for {instance_id}. It stays there: {message}",
                    name=settings.user_file.name,
                    instance_id=instance_id,
                    message=exc.message,
                )
            )
            continue
        notices.append(await _move_one(settings, keys, manager, provider, found))
    return notices


async def _move_one(
    settings: SettingsStore, keys: ProviderKeys, manager: LLMManager, provider: BaseProvider, found: str
) -> str:
    file = settings.user_file.name
    try:
        status = await keys.set(provider, found)
        if status.source != "keyring":
            return say(
                "{file} holds a key for {name}. It is used, but it could not be moved: this system has no key store.",
                file=file,
                name=provider.name,
            )
        path: KeyPath = ("provider_configurations", provider.instance_id, "api_key")
        await asyncio.to_thread(settings.save, {path: None}, forget_previous=True)
    except (LLMError, OSError) as exc:
        manager.use_key(provider.instance_id, SecretStr(found.strip()))
        return say(
            "{file} holds a key for {name}. It could not be moved: {reason}", file=file, name=provider.name, reason=exc
        )
    return say("The key for {name} was moved from {file} into the system's key store.", name=provider.name, file=file)
