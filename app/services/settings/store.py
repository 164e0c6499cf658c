"""The configuration in force: shipped file, user's file, shared row, environment and flags merged key by key.

A user's file that does not parse or validate is explained, ignored for this run and never overwritten unasked.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.lean_dataclass import dataclass
from app.services.atomic_file import private, write_atomically
from app.services.llm import registry
from app.services.llm.errors import ErrorKind, LLMError, invalid_setting
from app.services.llm.models import canonical_provider_id
from app.services.observe import Event
from app.services.settings import row_layer
from app.services.settings.environment import EnvironmentValue, read_environment
from app.services.settings.json_positions import find_value, line_and_column
from app.services.settings.layers import Layer, OriginKind, merged, nested, put, value_at
from app.services.settings.schema import AppConfig, fold_aliases
from app.services.settings.setting_names import canonical_path
from app.services.shared_database.settings_row import LlmSettings
from app.services.terminal_command import in_terminal
from app.services.value_words import value_words
from app.services.wording import later, say

logger = logging.getLogger(__name__)

KeyPath = tuple[str, ...]
MAX_CONFIG_BYTES = 4 * 1024 * 1024
MAX_BROKEN_FILES = 100
#: What the unreadable file switched off is unknown, and a key in the environment alone switches a service on.
LOCAL_ONLY_HINT = later("Core", "Until it can be read, cloud services are off unless one is named for the run.")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value in force came from. `name` is the variable, flag, file or table; `line` is 1-based, files only."""

    kind: OriginKind
    name: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing that is wrong with the configuration, in words for the user."""

    source: str
    field: str
    reason: str
    line: int | None = None
    column: int | None = None
    hint: str = ""
    """What follows from it and what to do; "" where the reason says it all."""

    @property
    def place(self) -> str:
        if self.line is None:
            return self.source
        return say("{source}: line {line}, column {column}", source=self.source, line=self.line, column=self.column)

    def as_error(self) -> LLMError:
        told = say("{reason} ({place}). The file is untouched.", reason=self.reason, place=self.place)
        return invalid_setting(self.field or self.source, f"{told} {self.hint}".strip())


class SettingsStore:
    """Reads, merges and saves the configuration. Plain file access: call it off the UI thread."""

    def __init__(
        self,
        shipped_file: Path,
        user_file: Path,
        *,
        environment: Mapping[str, str] | None = None,
        flags: Mapping[KeyPath, Any] | None = None,
        row: LlmSettings | None = None,
    ) -> None:
        """`row`: the settings that several gateways share; only the gateway and `get_llm_service` have one."""
        self.shipped_file = shipped_file
        self.user_file = user_file
        self._environment = dict(environment or {})
        self._flags = dict(flags or {})
        self.row = row
        self.config = AppConfig()
        self.problems: list[ConfigProblem] = []
        self.user_file_broken = False
        self.changed: Event[AppConfig] = Event()
        self._layers: list[Layer] = []

    # -- reading

    def load(self) -> None:
        """Read all layers again. Never raises for the user's file; `problems` tells what is wrong with it.

        Raises:
            LLMError: kind `config`, when a flag's value is not valid.
        """
        self.problems = []
        self.user_file_broken = False
        shipped = Layer("shipped", self.shipped_file.name, _read_object(self.shipped_file))
        user = self._read_user_layer(shipped.values)
        from_environment, unreadable = read_environment(self._environment)
        self.problems += [ConfigProblem(p.variable, p.variable, p.reason) for p in unreadable]
        fallbacks = [_environment_layer(v) for v in from_environment if v.fallback]
        environment = [_environment_layer(v) for v in from_environment if not v.fallback]
        layers = [shipped, *fallbacks, user]
        below_row = self._add_row(layers)
        for layer in environment:
            self._add_if_valid(layers, layer)
        for path, value in self._flags.items():
            layers.append(Layer("flag", "--" + path[-1].replace("_", "-"), nested(path, value)))
        if self.user_file_broken:
            layers.insert(layers.index(user), _local_only(layers))
        self._add_model_of_row(layers, below_row)
        try:
            self.config = _validated(merged(layers))
        except (ValidationError, LLMError) as exc:
            raise _refusal(exc) from exc
        self._layers = layers

    def use_row(self, row: LlmSettings | None) -> None:
        """Take a changed settings row into use, None for none.

        Raises:
            LLMError: as `load`.
        """
        self.row = row
        self.load()
        self.changed.emit(self.config)

    def _add_row(self, layers: list[Layer]) -> AppConfig | None:
        """Put the row on top of these layers, whose configuration is returned; None where there is no row."""
        if self.row is None:
            return None
        below = _validated(merged(layers))
        self._add_if_valid(layers, Layer("database", row_layer.NAME, row_layer.row_values(self.row, below)))
        return below

    def _add_model_of_row(self, layers: Sequence[Layer], below: AppConfig | None) -> None:
        """Which of the row's models counts is known once the environment and the flags have chosen the provider."""
        layer = next((one for one in layers if one.origin == "database"), None)
        if self.row is None or below is None or layer is None:
            return
        chosen = canonical_provider_id(str(value_at(merged(layers), ("default_provider",))))
        fallback = next((one.values["default_model"] for one in layers if _is_fallback(one)), None)
        layer.values.update(row_layer.default_model(self.row, chosen, below, fallback))

    def _read_user_layer(self, shipped: dict[str, Any]) -> Layer:
        layer = Layer("file", str(self.user_file), {})
        try:
            if self.user_file.stat().st_size > MAX_CONFIG_BYTES:
                self._break(ConfigProblem(self.user_file.name, "", say("the file is larger than 4 MB")))
                return layer
            layer.text = self.user_file.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return layer
        except (OSError, UnicodeDecodeError) as exc:
            self._break(
                ConfigProblem(self.user_file.name, "", say("it could not be read: {reason}", reason=_reason(exc)))
            )
            return layer
        problem = check_text(layer.text, self.user_file.name, shipped)
        if problem is not None:
            self._break(problem)
            return layer
        layer.values = _with_canonical_providers(json.loads(layer.text))
        return layer

    def _break(self, problem: ConfigProblem) -> None:
        problem = replace(problem, hint=say(LOCAL_ONLY_HINT))
        self.user_file_broken = True
        self.problems.append(problem)
        logger.warning("%s could not be used: %s", problem.place, problem.reason)

    def _add_if_valid(self, layers: list[Layer], layer: Layer) -> None:
        try:
            _validated(merged([*layers, layer]))
        except (ValidationError, LLMError) as exc:
            self.problems.append(ConfigProblem(layer.name, layer.name, _refusal(exc).hint))
        else:
            layers.append(layer)

    def origin(self, *path: str) -> Origin:
        """Where the effective value at `path` came from."""
        for layer in reversed(self._layers):
            if value_at(layer.values, path) is not None:
                line = None
                if layer.origin == "file" and layer.text:
                    position = find_value(layer.text, path)
                    line = position[0] if position else None
                return Origin(layer.origin, layer.name, line)
        return Origin("default")

    def address_without_flags(self, instance_id: str) -> str | None:
        """A provider's canonical address as files and environment have it, whatever the flags say."""
        return next((url for kind, url in self._addresses(instance_id) if kind != "flag"), None)

    def addresses(self, instance_id: str) -> list[str]:
        """Every canonical address that a layer has for a provider, the one in force first."""
        return list(dict.fromkeys(url for _kind, url in self._addresses(instance_id)))

    def _addresses(self, instance_id: str) -> Iterator[tuple[OriginKind, str]]:
        entry = self.config.provider_configurations.get(instance_id)
        for layer in reversed(self._layers):
            value = value_at(layer.values, ("provider_configurations", instance_id, "base_url"))
            if value and isinstance(value, str):
                cls = registry.find((entry.type if entry else None) or instance_id)
                yield layer.origin, cls.canonical_base_url(value)

    def user_value(self, *path: str) -> Any:
        """What the user's own file says at `path`, None where it is silent."""
        user = next((layer for layer in self._layers if layer.origin == "file"), None)
        return value_at(user.values, path) if user else None

    # -- writing

    def save(
        self, changes: Mapping[KeyPath, Any], *, overwrite_broken: bool = False, forget_previous: bool = False
    ) -> None:
        """Write changed values into the user's file; None removes a key, so that the default shows again.

        Keys this version does not know are kept. The previous file stays as `.bak`, unless `forget_previous` says that
        what is removed must not outlive it there (an API key); the backup then is a copy of the new file.

        Raises:
            LLMError: kind `config`, when a value is not valid or the file is broken and may not be overwritten;
                nothing was written then.
            OSError: the folder is read-only or the disk is full.
        """
        if self.user_file_broken and not overwrite_broken:
            raise LLMError(
                ErrorKind.CONFIG,
                say("{name} could not be read, so it was not overwritten.", name=self.user_file.name),
                self._way_out(),
            )
        values = {} if self.user_file_broken else _with_canonical_providers(self._current_user_values())
        changes = {canonical_path(path): value for path, value in changes.items()}
        for path, value in changes.items():
            put(values, path, value)
        base = [layer for layer in self._layers if layer.origin == "shipped"]
        try:
            checked = _validated(merged([*base, Layer("file", "", values)]))
        except (ValidationError, LLMError) as exc:
            raise _refusal(exc) from exc
        for path, value in changes.items():  # addresses are stored in their canonical form, however they were typed
            if value and len(path) == 3 and path[0] == "provider_configurations" and path[2] == "base_url":
                put(values, path, checked.provider_configurations[path[1]].base_url)
        backup = self.backup_file
        data = _file_bytes(values)
        write_atomically(self.user_file, data, backup=None if forget_previous else backup)
        if forget_previous:
            write_atomically(backup, data)
        self.load()
        self.changed.emit(self.config)

    def _current_user_values(self) -> dict[str, Any]:
        """The file as it is now: another program may have saved since we read it."""
        try:
            values = json.loads(self.user_file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as exc:
            raise LLMError(
                ErrorKind.CONFIG,
                say("{name} changed and can no longer be read, so it was not overwritten.", name=self.user_file.name),
                f"{_reason(exc)}. {self._way_out()}",
            ) from exc
        if not isinstance(values, dict):
            raise LLMError(
                ErrorKind.CONFIG,
                say(
                    "{name} changed and holds no JSON object any more, so it was not overwritten.",
                    name=self.user_file.name,
                ),
                self._way_out(),
            )
        return values

    @property
    def backup_file(self) -> Path:
        """The file as it was before the last save."""
        return self.user_file.with_suffix(".json.bak")

    def _way_out(self) -> str:
        if self.backup_file.exists():
            return say(
                "Mend the file, or use the backup: in Settings, or with “{command}”.",
                command=in_terminal("config restore"),
            )
        validate = in_terminal("config validate")
        return say(
            "Mend the file (“{validate}” names the place), or move it away: the defaults are used then.",
            validate=validate,
        )

    def restore_backup(self) -> Path | None:
        """Put the `.bak` in the place of the file. What stood there is kept.

        Returns:
            Where a broken file is kept now: beside it, as `.broken`, private to the user. None where nothing was
            broken; that file is the backup now.

        Raises:
            LLMError: kind `config`: there is no backup, or it cannot be used either. Nothing was changed.
            OSError: the broken file cannot be kept, or the folder is read-only.
        """
        backup = self.backup_file
        try:
            data = backup.read_bytes()
            problem = check_text(data.decode("utf-8-sig"), backup.name, _read_object(self.shipped_file))
        except FileNotFoundError:
            raise LLMError(
                ErrorKind.CONFIG,
                say("There is no backup: {backup!r} does not exist.", backup=str(backup)),
                self._way_out(),
            ) from None
        except UnicodeDecodeError as exc:
            problem = ConfigProblem(backup.name, "", _reason(exc))
        if problem is not None:
            raise LLMError(
                ErrorKind.CONFIG,
                say("The backup cannot be used either: {place}: {reason}.", place=problem.place, reason=problem.reason),
                say("Mend one of the two files, or move both away: the defaults are used then."),
            )
        self.load()
        kept = _keep_aside(self.user_file) if self.user_file_broken else None
        write_atomically(self.user_file, data, backup=None if kept else backup)
        self.load()
        self.changed.emit(self.config)
        return kept


def _keep_aside(file: Path) -> Path:
    """Copy a file to `<name>.broken`, or the first free `<name>.broken.2` and so on; never over another one."""
    data = file.read_bytes()
    for number in range(1, MAX_BROKEN_FILES + 1):
        kept = file.with_name(f"{file.name}.broken" + (f".{number}" if number > 1 else ""))
        try:
            copy = open(kept, "xb", opener=private)  # noqa: SIM115 - closed below; only making it may fail
        except FileExistsError:
            continue
        with copy:
            copy.write(data)
            copy.flush()
            os.fsync(copy.fileno())
        return kept
    raise FileExistsError(
        errno.EEXIST, say("{most} broken files are kept already; move some away", most=MAX_BROKEN_FILES), str(file)
    )


def check_text(text: str, source: str, shipped: Mapping[str, Any] | None = None) -> ConfigProblem | None:
    """The first thing wrong with a configuration text, or None."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as exc:
        return ConfigProblem(source, "", f"{exc.msg}", exc.lineno, exc.colno)
    except (RecursionError, ValueError) as exc:
        return ConfigProblem(source, "", _reason(exc))
    if not isinstance(values, dict):
        line, column = line_and_column(text, len(text) - len(text.lstrip()))
        return ConfigProblem(source, "", say("the file must hold one JSON object"), line, column)
    try:
        _validated(merged([Layer("shipped", "", dict(shipped or {})), Layer("file", "", values)]))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        path = tuple(step for step in first["loc"] if isinstance(step, (str, int)))
        return _located(text, source, path, value_words(first))
    except LLMError as exc:
        return _located(text, source, tuple((exc.details or "").split("/")), _reason_of_refusal(exc))
    return None


def _located(text: str, source: str, path: Sequence[str | int], reason: str) -> ConfigProblem:
    position = find_value(text, path)
    line, column = position if position else (None, None)
    return ConfigProblem(source, ".".join(str(p) for p in path), reason, line, column)


def _validated(values: dict[str, Any]) -> AppConfig:
    """The config with canonical addresses.

    Raises:
        ValidationError: a field has the wrong type or range.
        LLMError: an address is not valid; `details` holds its path, joined with `/`.
    """
    config = AppConfig.model_validate(values)
    for key, entry in config.provider_configurations.items():
        if entry.base_url is None:
            continue
        path = f"provider_configurations/{key}"
        try:
            cls = registry.find(entry.type or key)
        except LLMError as exc:
            own = say(
                "For a server of your own, set {field}.type to openai_compatible first.", field=path.replace("/", ".")
            )
            raise LLMError(ErrorKind.CONFIG, exc.message, f"{exc.hint} {own}", details=path) from exc
        try:
            if entry.base_url or not cls.only_when_chosen:  # the simulator fills its own in
                entry.base_url = cls.canonical_base_url(entry.base_url)
        except LLMError as exc:
            raise LLMError(
                ErrorKind.CONFIG, exc.message, exc.hint, details=f"{path}/base_url", setting=exc.setting
            ) from exc
    return config


def _refusal(exc: ValidationError | LLMError) -> LLMError:
    """The error for a value that was refused; never echoes the value itself (it may be a key)."""
    if isinstance(exc, LLMError):
        field, hint = exc.details.replace("/", ".") or "address", _reason_of_refusal(exc)
    else:
        first = exc.errors(include_url=False, include_input=False)[0]
        field, hint = ".".join(str(step) for step in first["loc"]), value_words(first)
    return invalid_setting(field, hint)


def _reason_of_refusal(error: LLMError) -> str:
    """What is wrong with a value; that it is not valid, and which one it is, has been said."""
    said = "" if error.setting else error.message
    return f"{said} {error.hint}".strip()


def _reason(exc: Exception) -> str:
    return exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc) or type(exc).__name__


def _read_object(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(value, dict), f"{path.name} is part of the program and holds an object"
    return value


def _with_canonical_providers(values: dict[str, Any]) -> dict[str, Any]:
    """So that layers that spell a provider differently still meet in one entry, whichever wins."""
    entries = values.get("provider_configurations")
    return {**values, "provider_configurations": fold_aliases(entries)} if isinstance(entries, dict) else values


def _file_bytes(values: dict[str, Any]) -> bytes:
    """Readable for people; escaped throughout where a text holds half a surrogate pair, which UTF-8 cannot spell."""
    try:
        return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        return (json.dumps(values, indent=2) + "\n").encode()


def _environment_layer(value: EnvironmentValue) -> Layer:
    return Layer("environment", value.variable, nested(value.path, value.value))


def _is_fallback(layer: Layer) -> bool:
    return layer.origin == "environment" and "default_model" in layer.values


def _local_only(layers: Sequence[Layer]) -> Layer:
    """Switches every service beyond this computer off that no variable or flag names."""
    named: set[str] = set()
    for layer in layers:
        if layer.origin == "database":  # a model kept there for a service names it for nothing yet
            named |= {registry.canonical_id(name) for name in (layer.values.get("default_provider"),) if name}
        elif layer.origin in ("environment", "flag"):
            model = layer.values.get("default_model")
            prefix = model.partition(":")[0] if layer.origin == "flag" and isinstance(model, str) else ""
            named |= {registry.canonical_id(name) for name in (layer.values.get("default_provider"), prefix) if name}
            named |= {registry.canonical_id(name) for name in layer.values.get("provider_configurations", {})}
    known = {name for layer in layers for name in layer.values.get("provider_configurations", {})}
    classes = registry.all_classes()
    off = {name for name in known - named if name in classes and not classes[name].capabilities.local}
    return Layer("default", "", {"provider_configurations": {name: {"is_enabled": False} for name in sorted(off)}})
