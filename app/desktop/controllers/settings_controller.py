"""Joins the Settings pane to the settings store and the key store: fills the form, saves, keeps keys."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app import __version__
from app.desktop.controllers.provider_states import words_with_time
from app.desktop.glyphs import StateGlyph
from app.desktop.models.settings_form import (
    PROVIDERS,
    AboutFacts,
    BrokenFile,
    FieldValue,
    KeyFacts,
    KeyPath,
    ProviderFacts,
    SettingsForm,
    WithheldFacts,
)
from app.services.llm import registry
from app.services.llm.errors import LLMError
from app.services.llm.models import ModelType
from app.services.provider_keys import WithheldKey
from app.services.settings.schema import AppConfig
from app.services.tasks import OnError, TaskOwner
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.services.container import Services
    from app.services.llm.providers.base import BaseProvider
    from app.services.secrets import KeyStatus
    from app.services.settings.store import SettingsStore

logger = logging.getLogger(__name__)

#: Variables that stand below the user's file (contract: configuration), so that the file may still say otherwise.
FALLBACK_VARIABLES = frozenset({"LMSTUDIO_MODEL", "MODEL_NAME"})


def tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)


class FieldError(Exception):
    """A value that cannot be saved, and where it stands."""

    def __init__(self, path: KeyPath, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


class SettingsController(QObject):
    """Signals:
    loaded(SettingsForm): what is in force now.
    saved(SettingsForm): the same, after a save that worked.
    kept_aside(path): after `saved`: where the broken file is that the backup replaced.
    refused(path, text): nothing was saved; the path is empty where the reason has no field.
    key_changed(instance_id, KeyFacts), key_refused(instance_id, text).
    provider_changed(instance_id, SettingsForm): a key came or went, and with it maybe what is in force.
    """

    loaded = Signal(object)
    saved = Signal(object)
    kept_aside = Signal(str)
    refused = Signal(tuple, str)
    key_changed = Signal(str, object)
    key_refused = Signal(str, str)
    provider_changed = Signal(str, object)

    def __init__(self, engine: Engine, parent: QObject | None = None, *, on_error: OnError | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._saving: asyncio.Task[None] | None = None

    # -- reading

    def reload(self) -> None:
        """Collect what is in force; `loaded` follows."""
        self._tasks.start(self.reload_now(), name="settings.reload")

    async def reload_now(self) -> None:
        """The same, awaited."""
        self.loaded.emit(await self._engine.run(_collect(self._engine.services)))

    def provider_states(self) -> dict[str, tuple[StateGlyph, str]]:
        """Light and words of every provider now."""
        services = self._engine.services
        config = services.settings.config
        found = {}
        for instance_id in _instance_ids(services):
            entry = config.provider_configurations.get(instance_id)
            state = services.catalogue.state(instance_id)
            polled = state is not None or (entry is not None and bool(entry.is_enabled))
            found[instance_id] = words_with_time(state, enabled=polled)
        return found

    def model_names(self) -> tuple[str, ...]:
        """The chat models that are known now."""
        return _model_names(self._engine.services)

    def first_cloud_provider(self) -> str:
        """The provider that a cloud key is asked for first."""
        classes = registry.all_classes()
        return next((name for name, cls in classes.items() if cls.capabilities.needs_key), "openai")

    # -- saving

    def save(self, changes: Mapping[KeyPath, Any], *, overwrite_broken: bool = False) -> None:
        """Write changes into the user's file and take them into use; `saved` or `refused` follows."""
        self._saving = self._tasks.start(self._save(dict(changes), overwrite_broken), name="settings.save")

    async def until_saved(self) -> None:
        """Wait for a save that is under way; whether it worked was told by its signal."""
        if self._saving is not None:
            await asyncio.wait({self._saving})

    async def _save(self, changes: dict[KeyPath, Any], overwrite_broken: bool) -> None:
        services = self._engine.services
        try:
            ready = {path: _as_stored(services, path, value, changes) for path, value in changes.items()}
            await self._engine.run(_store_and_apply(services, ready, overwrite_broken))
        except FieldError as exc:
            self.refused.emit(exc.path, exc.text)
        except LLMError as exc:
            is_path = bool(exc.setting) and " " not in exc.setting
            path = tuple(exc.setting.split(".")) if is_path else ()
            self.refused.emit(path, exc.hint if is_path else f"{exc.message} {exc.hint}".strip())
        except OSError as exc:
            name = services.settings.user_file
            self.refused.emit((), tr("{file} cannot be written: {why}").format(file=name, why=exc.strerror or exc))
        else:
            self.saved.emit(await self._engine.run(_collect(services)))

    def use_backup(self) -> None:
        """Put the last good file in the place of a broken one."""

        async def restore() -> None:
            services = self._engine.services
            try:
                kept = await self._engine.run(_restore_and_apply(services))
            except (OSError, LLMError) as exc:
                self.refused.emit((), str(exc))
            else:
                self.saved.emit(await self._engine.run(_collect(services)))
                if kept is not None:
                    self.kept_aside.emit(str(kept))

        self._tasks.start(restore(), name="settings.backup")

    # -- keys

    def store_key(self, instance_id: str, key: str) -> None:
        """Keep a key for the saved address of a provider; it is used from now on."""

        async def store(services: Services) -> KeyFacts:
            provider = services.manager.provider(instance_id)
            await services.keys.set(provider, key)
            services.catalogue.look_now()
            return await _key_facts(services, provider)

        self._with_key(instance_id, store)

    def use_withheld_key(self, instance_id: str, shown: WithheldFacts) -> None:
        """Use the key of the old address at the new one, too: the person read both and said so."""

        async def use(services: Services) -> KeyFacts:
            provider = await services.manager.ready(instance_id)
            await services.keys.use_withheld(provider, WithheldKey(shown.stored_for, shown.address))
            services.catalogue.look_now()
            return await _key_facts(services, provider)

        self._with_key(instance_id, use)

    def delete_key(self, instance_id: str) -> None:
        async def delete(services: Services) -> KeyFacts:
            provider = services.manager.provider(instance_id)
            await services.keys.delete(provider)
            services.manager.forget_key(instance_id)
            services.catalogue.look_now()
            return await _key_facts(services, provider)

        self._with_key(instance_id, delete)

    def _with_key(self, instance_id: str, work: Any) -> None:
        async def run() -> None:
            try:
                facts = await self._engine.run(work(self._engine.services))
            except LLMError as exc:  # its text never holds the key
                self.key_refused.emit(instance_id, f"{exc.message} {exc.hint}".strip())
            else:
                self.key_changed.emit(instance_id, facts)
                self.provider_changed.emit(instance_id, await self._engine.run(_collect(self._engine.services)))

        self._tasks.start(run(), name="settings.key")

    async def aclose(self) -> None:
        await self._tasks.aclose()


# -- on the engine's loop


async def _store_and_apply(services: Services, changes: Mapping[KeyPath, Any], overwrite_broken: bool) -> None:
    await asyncio.to_thread(services.settings.save, changes, overwrite_broken=overwrite_broken)
    await services.apply_settings()


async def _restore_and_apply(services: Services) -> Path | None:
    kept = await asyncio.to_thread(services.settings.restore_backup)
    await services.apply_settings()
    return kept


async def _collect(services: Services) -> SettingsForm:
    settings = services.settings
    defaults = await asyncio.to_thread(_shipped, settings)
    about = await asyncio.to_thread(_about, services)
    providers = [facts for facts in [await _provider_facts(services, i) for i in _instance_ids(services)] if facts]
    config = settings.config
    known = {facts.instance_id: facts for facts in providers}

    def field(path: KeyPath) -> FieldValue:
        value = _value_at(services, config, path)
        default = _value_at(services, defaults, path)
        origin = settings.origin(*path)
        phrase = _origin_text(origin.kind, origin.name, origin.line)
        if path[0] == PROVIDERS and path[-1] == "is_enabled" and path[1] in known:
            facts = known[path[1]]
            value = facts.enabled if value is None else value
            default = facts.on_by_itself if default is None else default
            phrase = phrase or facts.why_on
        above = origin.kind in ("environment", "flag") and origin.name not in FALLBACK_VARIABLES
        return FieldValue(
            value,
            default,
            phrase,
            read_only=above,
            resettable=origin.kind == "file",
        )

    return SettingsForm(field, tuple(providers), _model_names(services), about, broken_file(settings))


def _model_names(services: Services) -> tuple[str, ...]:
    """Those that can be chatted with, as in the model picker."""
    return tuple(sorted({one.name for one in services.catalogue.models() if one.model_type is ModelType.CHAT}))


def _instance_ids(services: Services) -> list[str]:
    """Built-in providers and named servers, by priority.

    Not the simulator, which is only ever chosen, nor a kind that is nothing until a server of the user's is named.
    """
    config = services.settings.config
    built_in = [
        name
        for name, cls in registry.all_classes().items()
        if not cls.only_when_chosen and (cls.Config().base_url or cls.capabilities.local)
    ]
    found = list(dict.fromkeys([*built_in, *config.provider_configurations]))
    found = [name for name in found if not _is_simulator(name)]

    def order(instance_id: str) -> tuple[int, str]:
        try:
            return (services.manager.provider(instance_id).config.priority, instance_id)
        except LLMError:
            return (1_000, instance_id)

    return sorted(found, key=order)


def _is_simulator(name: str) -> bool:
    cls = registry.all_classes().get(registry.canonical_id(name))
    return cls is not None and cls.only_when_chosen


async def _provider_facts(services: Services, instance_id: str) -> ProviderFacts | None:
    entry = services.settings.config.provider_configurations.get(instance_id)
    try:
        provider = await services.manager.ready(instance_id)
    except LLMError as exc:
        logger.warning("%s is not shown in Settings: %s", instance_id, exc)
        return None
    on_by_itself = entry is not None and not (provider.capabilities.needs_key and provider.key is None)
    said = entry.is_enabled if entry is not None else None
    enabled = on_by_itself if said is None else said
    key = await _key_facts(services, provider)
    why_on = ""
    if said is None and enabled and provider.capabilities.needs_key:
        from_environment = key.present and not key.deletable
        why_on = tr("by the key from the environment") if from_environment else tr("by its key")
    glyph, words = words_with_time(services.catalogue.state(instance_id), enabled=enabled)
    return ProviderFacts(
        instance_id,
        provider.provider_id,
        provider.name,
        glyph,
        words,
        enabled,
        provider.capabilities.local,
        named=entry is not None and entry.type is not None,
        has_runtime=provider.capabilities.has_runtime,
        has_address=bool(provider.config.base_url),
        accepts_key=provider.capabilities.accepts_key and bool(provider.config.base_url),
        key=key,
        on_by_itself=on_by_itself,
        why_on=why_on,
    )


async def _key_facts(services: Services, provider: BaseProvider) -> KeyFacts:
    if not provider.capabilities.accepts_key or not provider.config.base_url:
        return KeyFacts()
    try:
        status = await services.keys.status(provider)
        withheld = await services.keys.withheld(provider)
        kept = await services.secrets.available()
    except LLMError as exc:
        return KeyFacts(text=f"{exc.message} {exc.hint}".strip())
    note = "" if kept else tr("This system has no key store, so the key is kept until the app closes.")
    if not status.present and not provider.capabilities.needs_key:
        note = ""  # most local servers want no key: nothing to warn of
    deletable = status.source in ("keyring", "memory")
    return KeyFacts(status.present, _key_text(status), deletable, note, _withheld_facts(withheld))


def _withheld_facts(withheld: WithheldKey | None) -> WithheldFacts | None:
    """Host and port, as people read addresses; all of them where only the scheme differs."""
    if withheld is None:
        return None
    old, new = (origin.partition("://")[2] for origin in (withheld.stored_for, withheld.address))
    if old == new:
        old, new = withheld.stored_for, withheld.address
    return WithheldFacts(withheld.stored_for, withheld.address, old, new)


def _key_text(status: KeyStatus) -> str:
    where = {
        "keyring": tr("{key}, in the system's key store"),
        "memory": tr("{key}, kept until the app closes"),
        "environment": tr("{key}, from the environment"),
    }.get(status.source, "")
    return where.format(key=status.masked)


def _value_at(services: Services, config: AppConfig, path: KeyPath) -> Any:
    """The value at a path: what the configuration says, else the provider's own default."""
    if path[0] == PROVIDERS and len(path) == 3:
        _root, instance_id, name = path
        entry = config.provider_configurations.get(instance_id)
        value = getattr(entry, name, None) if entry is not None else None
        if value is None and name != "is_enabled":
            known = services.settings.config.provider_configurations.get(instance_id)
            kind = (known.type if known is not None else None) or instance_id
            cls = registry.all_classes().get(registry.canonical_id(kind))
            value = getattr(cls.Config(), name, None) if cls is not None else None
        return value
    found: Any = config
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else getattr(found, step, None)
    return found


def _as_stored(services: Services, path: KeyPath, value: Any, changes: Mapping[KeyPath, Any]) -> Any:
    """A value as it goes into the file: addresses in their canonical form.

    Raises:
        FieldError: it is no address.
    """
    if path[-1] != "base_url" or value is None:
        return value
    entry = services.settings.config.provider_configurations.get(path[1])
    kind = changes.get((*path[:2], "type")) or (entry.type if entry is not None else None) or path[1]
    try:
        return registry.find(kind).canonical_base_url(str(value))
    except LLMError as exc:
        raise FieldError(path, exc.hint or exc.message) from exc


def _origin_text(kind: str, name: str, line: int | None) -> str:
    if kind == "file":
        return tr("from the file, line {n}").format(n=line) if line else tr("from the file")
    if kind == "environment":
        return tr("from {variable}").format(variable=name)
    if kind == "flag":
        return tr("from {flag}, for this run").format(flag=name)
    return ""


def _shipped(settings: SettingsStore) -> AppConfig:
    return AppConfig.model_validate(json.loads(settings.shipped_file.read_text(encoding="utf-8")))


def broken_file(settings: SettingsStore) -> BrokenFile | None:
    """What is to be said of a user's file that could not be used; None while it is whole."""
    if not settings.user_file_broken:
        return None
    problem = next((p for p in settings.problems if p.source == settings.user_file.name), None)
    where = ""
    if problem is not None and problem.line is not None:
        where = tr("line {l}, column {c}").format(l=problem.line, c=problem.column)
    what = ", ".join(
        part for part in (where, problem.field if problem else "", problem.reason if problem else "") if part
    )
    text = tr("{file} could not be read: {what}. Defaults are in use and the file is untouched.").format(
        file=settings.user_file.name, what=what.rstrip(".")
    )
    if problem is not None and problem.hint:
        text = f"{text} {tr('Cloud services are off unless one is named for the run.')}"
    return BrokenFile(text, str(settings.user_file), settings.backup_file.exists())


def _about(services: Services) -> AboutFacts:
    paths = services.paths
    folders = (
        (tr("Configuration"), str(services.settings.user_file.parent)),
        (tr("Chats and state"), str(paths.data)),
        (tr("Logs"), str(paths.logs)),
    )
    return AboutFacts(__version__, folders, in_terminal("doctor"))
