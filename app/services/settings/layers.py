"""Layers of the configuration: plain objects, merged key by key, each with where its values came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

from app.lean_dataclass import dataclass

OriginKind = Literal["shipped", "file", "database", "environment", "flag", "default"]


@dataclass(slots=True)
class Layer:
    """What one source says."""

    origin: OriginKind
    name: str
    values: dict[str, Any]
    text: str = ""


def nested(path: Sequence[str], value: Any) -> dict[str, Any]:
    for step in reversed(path):
        value = {step: value}
    assert isinstance(value, dict)
    return value


def value_at(values: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(values, dict) or step not in values:
            return None
        values = values[step]
    return values


def put(values: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *parents, last = path
    for step in parents:
        inner = values.get(step)
        if not isinstance(inner, dict):
            if value is None:
                return
            inner = values[step] = {}
        values = inner
    if value is None:
        values.pop(last, None)
    else:
        values[last] = value


def merged(layers: Sequence[Layer]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for layer in layers:
        _merge_into(whole, layer.values)
    return whole


def _merge_into(target: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merge_into(target[key], value)
        else:
            target[key] = deepcopy(value)
