"""`aica config`: where the configuration is, what is in force, and changing it."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.llm.errors import LLMError
    from app.services.settings.schema import AppConfig
    from app.services.settings.store import SettingsStore

_SECRET_NAME = re.compile(r"key|token|secret|password|authorization", re.IGNORECASE)
#: Names with such a word in them that hold no secret.
_NO_SECRETS = frozenset({"max_tokens", "first_token_timeout", "cost_per_1k_tokens"})


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    path = actions.add_parser("path", parents=[common], help="print the path of your configuration file")
    path.set_defaults(run=_path)
    show = actions.add_parser("show", parents=[common], help="print the configuration in force, secrets masked")
    show.set_defaults(run=_show)
    get = actions.add_parser("get", parents=[common], help="print one value and where it comes from")
    get.add_argument("key", metavar="KEY", help="dotted, such as provider_configurations.lm_studio.base_url")
    get.add_argument("--json", action="store_true")
    get.set_defaults(run=_get)
    change = actions.add_parser(
        "set", parents=[common], help="change one value in your file; the previous file stays as .bak"
    )
    change.add_argument("key", metavar="KEY")
    change.add_argument("value", metavar="VALUE", help="JSON, or plain text; null removes it from your file")
    change.set_defaults(run=_set)
    restore = actions.add_parser(
        "restore", parents=[common], help="put the backup (.bak) in the place of your file; a broken one is kept"
    )
    restore.set_defaults(run=_restore)
    validate = actions.add_parser("validate", parents=[common], help="check a configuration file")
    validate.add_argument("file", metavar="FILE", nargs="?", help="without one: yours")
    validate.set_defaults(run=_validate)


def _settings(arguments: argparse.Namespace, *, quiet: bool = False) -> SettingsStore:
    from app.services.container import load_settings

    settings = load_settings(running.paths_of(arguments), running.overrides_of(arguments))
    if not quiet:
        for problem in settings.problems:
            output.note(f"{problem.place}: {problem.reason}" + (f". {problem.hint}" if problem.hint else ""))
    return settings


def _path(arguments: argparse.Namespace) -> int:
    print(output.one_line(str(_settings(arguments, quiet=True).user_file)))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from app.services.settings.setting_names import effective

    settings = _settings(arguments)
    output.print_json(masked(effective(settings.config)))
    return output.CONFIGURATION if settings.user_file_broken else 0


def _get(arguments: argparse.Namespace) -> int:
    from app.services.settings.setting_names import default_of, effective

    settings = _settings(arguments)
    steps = _steps(arguments.key)
    value: Any = effective(settings.config)
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            known, value = default_of(settings.config, steps)  # a setting that no layer mentions
            if not known:
                raise output.UsageError(
                    f"there is no setting {arguments.key!r}.{_meant(settings.config, arguments.key)} "
                    f"“{in_terminal('config show')}” prints those in force."
                )
            break
        value = value[step]
    value = masked({steps[-1]: value})[steps[-1]]
    if arguments.json:
        origin = settings.origin(*steps)
        output.print_json({"key": arguments.key, "value": value, "origin": origin.kind, "from": origin.name})
    elif isinstance(value, str):
        print(output.visible(value))
    else:
        output.print_json(value)
    return 0


def _set(arguments: argparse.Namespace) -> int:
    from app.services.llm.safe_json import loads
    from app.services.settings.setting_names import unknown_names

    steps = _steps(arguments.key)
    try:
        value = loads(arguments.value)
    except ValueError:
        value = arguments.value
    # A number may be a key only where keys are looked for.
    if _is_secret(steps[-1]) and (isinstance(value, str) or steps[0] == "provider_configurations"):
        raise output.UsageError(f"keys are not kept in the configuration. Use “{in_terminal('key set PROVIDER')}”.")
    settings = _settings(arguments)
    try:
        settings.save({tuple(steps): value})
    except OSError as exc:
        raise _not_written(settings, exc) from exc
    for name in [] if value is None else unknown_names(settings.config, steps, value):
        output.note(f"Saved, but no setting {name!r} is known here.{_meant(settings.config, name)}")
    if steps[0] in ("network", "provider_configurations", "default_provider"):
        for setting, error in _refused_later(settings.config):
            shared = min(len(setting), len(steps))
            if setting[:shared] == tuple(steps[:shared]):
                output.note(f"Saved, but: {error}")
    origin = settings.origin(*steps)
    if origin.kind in ("environment", "flag"):
        output.note(f"Saved, but {origin.name} overrides it in this environment.")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments, quiet=True)
    try:
        kept = settings.restore_backup()
    except OSError as exc:
        raise _not_written(settings, exc) from exc
    print(f"{output.one_line(str(settings.user_file))} is as it was before the last save.")
    if kept is None:
        output.note(f"It was not broken; what it held is the backup now: {settings.backup_file}")
    else:
        output.note(f"The broken file is kept as {kept}")
    return 0


def _not_written(settings: SettingsStore, exc: OSError) -> Exception:
    from app.services.llm.errors import ErrorKind, LLMError

    reason = exc.strerror or type(exc).__name__
    return LLMError(
        ErrorKind.CONFIG,
        f"{settings.user_file.name} could not be written: {reason}.",
        "Check the folder and the disk.",
    )


def _validate(arguments: argparse.Namespace) -> int:
    from app.services.settings.schema import AppConfig
    from app.services.settings.store import MAX_CONFIG_BYTES, check_text

    if arguments.file is None:
        settings = _settings(arguments, quiet=True)
        problems = [f"{p.place}: {' '.join(part for part in (p.field, p.reason) if part)}" for p in settings.problems]
        name, config = str(settings.user_file), settings.config
        values = settings.user_value()
    else:
        name = arguments.file
        try:
            with Path(name).open("rb") as file:
                text = file.read(MAX_CONFIG_BYTES).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as exc:
            raise output.UsageError(f"{name!r} cannot be read: {exc}.") from exc
        problem = check_text(text, name)
        problems = [] if problem is None else [f"{problem.place}: {problem.field} {problem.reason}"]
        values = {} if problems else json.loads(text)
        config = AppConfig.model_validate(values)
    if not problems:
        refused = _refused_later(config)
        problems = [f"{name}: {error}" for _setting, error in refused]
        for key in _unknown_keys(config, values):
            is_read = arguments.file is None and all(key.split(".")[:2] != list(setting[:2]) for setting, _ in refused)
            output.note(_told_of(config, values, key, is_read=is_read))
    for line in problems:
        output.say(output.one_line(line))
    if problems:
        return output.CONFIGURATION
    print(f"{output.one_line(name)} is valid.")
    return 0


def _told_of(config: AppConfig, values: dict[str, Any], key: str, *, is_read: bool) -> str:
    """The sentence about a name that no setting has. `is_read`: this program uses the file, and this part of it."""
    steps = key.split(".")
    if len(steps) == 3 and steps[0] == "provider_configurations" and steps[2] == "api_key":
        if not _holds_a_key(values, steps[1]):
            return f"{key} holds no key. Keys belong in the key store: “{in_terminal(f'key set {steps[1]}')}”."
        if not is_read:
            return f"{key} is a key, and keys do not belong in such a file."
        return (
            f"{key} is a key, and keys do not belong in this file. It is used, and moved into the system's key store "
            f"by whatever starts next; without one it stays. “{in_terminal('key list')}” says which is in force."
        )
    return f"no setting {key!r} is known here.{_meant(config, key)}"


def _holds_a_key(values: dict[str, Any], instance_id: str) -> bool:
    """As the services see it: a text that is not blank, under any of the provider's names."""
    from app.services.settings.setting_names import canonical_path

    found = [
        entry.get("api_key")
        for name, entry in values.get("provider_configurations", {}).items()
        if canonical_path(["provider_configurations", name])[1] == instance_id and isinstance(entry, dict)
    ]
    return any(isinstance(key, str) and key.strip() for key in found)


def _unknown_keys(config: AppConfig, values: dict[str, Any]) -> list[str]:
    """The dotted names in a file that are no settings: misspelt ones, or those of a newer version."""
    from app.services.settings.setting_names import canonical_path, unknown_names

    own = [key for key in values if not key.startswith("$")]  # `$schema` is the editors'
    names = [name for key in own for name in unknown_names(config, [key], values[key])]
    return [".".join(canonical_path(name.split("."))) for name in names]


def _refused_later(config: AppConfig) -> list[tuple[tuple[str, ...], LLMError]]:
    """What the schema lets pass and the parts that use it do not, with where it stands: settings of one provider, a
    certificate file."""
    from app.services.container import door_settings
    from app.services.llm.errors import LLMError
    from app.services.llm.http import HttpDoor
    from app.services.llm.llm_manager import LLMManager

    door = HttpDoor(**door_settings(config))
    manager = LLMManager(config, door=door)
    refused: list[tuple[tuple[str, ...], LLMError]] = [
        (("provider_configurations", name), error) for name, error in manager.unusable.items()
    ]
    if config.default_provider not in manager.unusable:
        try:
            manager.provider(config.default_provider)
        except LLMError as exc:
            refused.append((("default_provider",), exc))
    if config.network.ca_file:
        try:
            door.trust.read()
        except LLMError as exc:
            refused.append((("network", "ca_file"), exc))
    return refused


def _steps(key: str) -> list[str]:
    from app.services.settings.setting_names import canonical_path

    steps = key.split(".")
    if not all(steps):
        raise output.UsageError(f"{key!r} is not a setting: write its parts with dots between them.")
    return list(canonical_path(steps))


def _meant(config: AppConfig, name: str) -> str:
    from app.services.settings.setting_names import resembling

    meant = resembling(config, name)
    return "" if meant is None else f" Did you mean {meant}?"


def _is_secret(name: str) -> bool:
    return name not in _NO_SECRETS and _SECRET_NAME.search(name) is not None


def masked(value: Any, name: str = "") -> Any:
    """The value with everything that looks like a secret by its name replaced by `…`."""
    if isinstance(value, dict):
        return {key: masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, name) for inner in value]
    return "…" if isinstance(value, str) and value and _is_secret(name) else value
