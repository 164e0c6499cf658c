"""The names that settings have: what is no setting of this version, which one was probably meant, and defaults.

Unknown keys are kept in the file, so nothing here refuses one; it only lets a front say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.services.llm import registry
from app.services.llm.errors import LLMError
from app.services.settings.schema import AppConfig, ModelEntry, ProviderEntry

PROVIDERS = "provider_configurations"
_Fields = dict[str, FieldInfo]


def canonical_path(path: Sequence[str]) -> tuple[str, ...]:
    """A setting's path with its provider spelled as the configuration has it, whichever alias was typed."""
    if len(path) > 1 and path[0] == PROVIDERS:
        return (path[0], registry.canonical_id(path[1]), *path[2:])
    return tuple(path)


def unknown_names(config: AppConfig, path: Sequence[str], value: Any = None) -> list[str]:
    """The dotted names in a change that are no settings: the path itself, or names inside the value put there."""
    kind = _kind_at(config, path)
    if kind is None:
        return [".".join(path)]
    if not isinstance(value, dict) or not isinstance(kind, (dict, list)):
        return []
    return [name for key, inner in value.items() for name in unknown_names(config, [*path, str(key)], inner)]


def resembling(config: AppConfig, name: str) -> str | None:
    """The setting that a name which is none was probably meant to be."""
    names = list(_all_names(config))
    # Whole names share their sections, which would make any two settings of one section alike.
    from difflib import get_close_matches  # here: only a name that is not known needs it

    ends = get_close_matches(_end(name), {_end(known) for known in names}, n=3)
    for end in ends:
        close = get_close_matches(name, [known for known in names if _end(known) == end], n=1, cutoff=0.5)
        if close:
            return close[0]
    return None


def _end(name: str) -> str:
    return name.rpartition(".")[2]


def default_of(config: AppConfig, path: Sequence[str]) -> tuple[bool, Any]:
    """Whether the path is a single setting, and what holds where no layer says anything."""
    if not path:
        return False, None
    parent = _kind_at(config, path[:-1])
    if not isinstance(parent, dict) or path[-1] not in parent:
        return False, None
    default = parent[path[-1]].get_default(call_default_factory=True)
    return True, default.model_dump(mode="json") if isinstance(default, BaseModel) else default


def effective(config: AppConfig) -> dict[str, Any]:
    """The whole configuration in force: with what a provider's own settings are where no layer mentions them."""
    values = config.model_dump(mode="json")
    for name, entry in values[PROVIDERS].items():
        for key, field in _provider_fields(config, name).items():
            if entry.get(key) is None:
                default = field.get_default(call_default_factory=True)
                entry[key] = default.model_dump(mode="json") if isinstance(default, BaseModel) else default
    return values


def _kind_at(config: AppConfig, path: Sequence[str]) -> _Fields | list[Any] | str | None:
    """What stands at a path: a section's fields, [type] where every name is allowed, "value", None for no setting."""
    kind: _Fields | list[Any] | str = dict(AppConfig.model_fields)
    for depth, step in enumerate(path):
        if isinstance(kind, str):
            return None
        if isinstance(kind, list):
            kind = _kind_of(kind[0])
        elif step in kind:
            kind = _kind_of(kind[step].annotation)
        else:
            return None
        if depth == 1 and path[0] == PROVIDERS:
            kind = _provider_fields(config, step)
    return kind


def _kind_of(annotation: Any) -> _Fields | list[Any] | str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = dict(annotation.model_fields)
        if annotation is ModelEntry:
            fields["capabilities"] = fields["supported_features"]  # read as a synonym
        return fields
    if get_origin(annotation) is dict:
        return [get_args(annotation)[1]]
    return [Any] if annotation is dict else "value"


def _provider_fields(config: AppConfig, name: str) -> _Fields:
    """What an entry may hold; of a name that is no provider yet only what makes it one."""
    entry = config.provider_configurations.get(name)
    try:
        cls = registry.find((entry.type if entry else None) or name)
    except LLMError:
        return {"type": ProviderEntry.model_fields["type"]}
    return {**ProviderEntry.model_fields, **cls.Config.model_fields}


def _all_names(config: AppConfig) -> Iterator[str]:
    """Every setting with the names that this configuration has: its providers, models and prices."""
    shown = config.model_dump(mode="json")
    for provider in registry.all_classes():
        shown[PROVIDERS].setdefault(provider, {})
    yield from _names_below(config, (), shown)


def _names_below(config: AppConfig, path: tuple[str, ...], shown: Any) -> Iterator[str]:
    kind = _kind_at(config, path)
    if kind == "value" or kind is None:
        yield ".".join(path)
        return
    inner = shown if isinstance(shown, dict) else {}
    for name in kind if isinstance(kind, dict) else inner:
        yield from _names_below(config, (*path, name), inner.get(name))
