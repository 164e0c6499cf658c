"""Which of the results somebody wants. What a repository does not tell is unknown: shown, and marked as such."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field

from app.lean_dataclass import dataclass
from app.services.hub.records import HubModel

_BILLIONS = re.compile(r"(?<![A-Za-z0-9.])(?:(\d{1,2})x)?(\d{1,4}(?:\.\d+)?)b(?![A-Za-z0-9])", re.IGNORECASE)
_CODER = re.compile(r"(?:^|[^a-z])(?:coder|code|codestral|devstral|starcoder\d?|codegemma|codellama)(?:[^a-z]|$)")
_VISION_TAGS = frozenset({"image-text-to-text", "vision", "multimodal", "any-to-any", "image-to-text"})
_VISION_NAME = re.compile(r"(?:^|[^a-z])(?:vl|vision|llava|minicpm-v|pixtral|moondream\d?)(?:[^a-z]|$)")
_TOOL_TAGS = frozenset({"tool-use", "tools", "function-calling", "function calling", "tool-calling"})


@dataclass(frozen=True, slots=True)
class Traits:
    """What a repository says of itself, in tags and in its name. None: it says nothing about that."""

    parameters_billion: float | None
    coder: bool | None
    vision: bool | None
    tools: bool | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions; what is None is not one."""

    most_billion: float | None = None
    quantization: str | None = None
    licence: str | None = None
    least_context: int | None = None
    coder: bool = False
    vision: bool = False
    tools: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A repository that may be wanted; `unknown` names the conditions that it does not tell about."""

    model: HubModel
    traits: Traits
    unknown: tuple[str, ...] = field(default=())


def traits_of(model: HubModel) -> Traits:
    """An ability that neither tags nor name speak of is unknown: the hub has no list of what a model cannot do."""
    name = model.repository.rpartition("/")[2].lower()
    tags = {tag.lower() for tag in model.tags}
    return Traits(
        _billions(model, name),
        True if _CODER.search(name) or "code" in tags else None,
        True if tags & _VISION_TAGS or _VISION_NAME.search(name) else None,
        True if tags & _TOOL_TAGS else None,
    )


def _billions(model: HubModel, name: str) -> float | None:
    if model.parameter_count is not None:
        return model.parameter_count / 1e9
    found = _BILLIONS.findall(name)
    if not found:
        return None
    return max(float(number) * (int(times) if times else 1) for times, number in found)


def matching(models: Iterable[HubModel], wanted: Wanted) -> list[Result]:
    """Those that meet every condition, or do not tell."""
    results = []
    for model in models:
        traits = traits_of(model)
        met = _conditions(model, traits, wanted)
        if False not in met.values():
            results.append(Result(model, traits, tuple(name for name, one in met.items() if one is None)))
    return results


def _conditions(model: HubModel, traits: Traits, wanted: Wanted) -> dict[str, bool | None]:
    """Each condition that was set: met, not met, or unknown."""
    met: dict[str, bool | None] = {}
    if wanted.most_billion is not None:
        size = traits.parameters_billion
        met["size"] = None if size is None else size <= wanted.most_billion
    if wanted.quantization:
        names = {name.lower() for name in model.quantizations}
        met["quantization"] = wanted.quantization.lower() in names if names else None
    if wanted.licence:
        met["licence"] = None if model.licence is None else wanted.licence.lower() in model.licence.lower()
    if wanted.least_context is not None:
        window = model.context_length
        met["context"] = None if window is None else window >= wanted.least_context
    asked = (("coder", wanted.coder, traits.coder), ("vision", wanted.vision, traits.vision),
             ("tools", wanted.tools, traits.tools))  # fmt: skip
    return met | {name: has for name, is_asked, has in asked if is_asked}
