"""The environment as a settings layer (contract §3). Pure: takes a mapping, returns values with their variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.errors import LLMError
from app.services.llm.models import canonical_provider_id
from app.services.llm.providers.ollama import base_url_from_ollama_host
from app.services.wording import say

LM_STUDIO_ADDRESS = ("LMSTUDIO_BASE_URL", "LM_STUDIO_BASE_URL", "LMSTUDIO_URL")
_INTERVAL = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?", re.IGNORECASE)
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


@dataclass(frozen=True, slots=True)
class EnvironmentValue:
    """One setting that a variable sets. `fallback` values stand below the user's file."""

    path: tuple[str, ...]
    value: Any
    variable: str
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class EnvironmentProblem:
    variable: str
    reason: str


def parse_interval(text: str) -> float:
    """`30s`, `2m`, `500ms` or plain seconds → seconds, at least 0.2.

    Raises:
        ValueError: not an interval.
    """
    match = _INTERVAL.fullmatch(text.strip())
    if match is None:
        raise ValueError(say("{text!r} is not a time such as 30s, 2m or 500ms", text=text))
    unit = match[2].lower() if match[2] else None
    return max(0.2, float(match[1]) * _UNIT_SECONDS[unit])


def read_environment(env: Mapping[str, str]) -> tuple[list[EnvironmentValue], list[EnvironmentProblem]]:
    """What the environment says, and which variables could not be understood (those are ignored)."""
    values: list[EnvironmentValue] = []
    problems: list[EnvironmentProblem] = []

    def first_set(*names: str) -> tuple[str, str] | None:
        return next(((n, env[n].strip()) for n in names if env.get(n, "").strip()), None)

    if hit := first_set("LLM_PROVIDER", "BACKEND"):
        values.append(EnvironmentValue(("default_provider",), canonical_provider_id(hit[1]), hit[0]))
    if hit := first_set(*LM_STUDIO_ADDRESS):
        values.append(EnvironmentValue(("provider_configurations", "lm_studio", "base_url"), hit[1], hit[0]))
    if hit := first_set("OLLAMA_HOST"):
        try:
            address = base_url_from_ollama_host(hit[1])
        except LLMError as exc:
            problems.append(EnvironmentProblem(hit[0], f"{exc.message} {exc.hint}".strip()))
        else:
            values.append(EnvironmentValue(("provider_configurations", "ollama", "base_url"), address, hit[0]))
    if hit := first_set("MODEL_SOURCE"):
        source = hit[1].lower()
        if source in ("ollama", "huggingface"):
            values.append(EnvironmentValue(("provider_configurations", "ollama", "model_source"), source, hit[0]))
        else:
            problems.append(
                EnvironmentProblem(hit[0], say("{hit!r} is neither 'ollama' nor 'huggingface'", hit=hit[1]))
            )
    if hit := first_set("LM_STUDIO_TIMEOUT"):
        try:
            seconds = parse_interval(hit[1])
        except ValueError as exc:
            problems.append(EnvironmentProblem(hit[0], str(exc)))
        else:
            values.append(EnvironmentValue(("provider_configurations", "lm_studio", "timeout"), seconds, hit[0]))
    if hit := first_set("LMSTUDIO_MODEL", "MODEL_NAME"):
        values.append(EnvironmentValue(("default_model",), hit[1], hit[0], fallback=True))
    if hit := first_set("LMSTUDIO_POLLING_INTERVAL"):
        try:
            values.append(EnvironmentValue(("network", "polling_interval"), parse_interval(hit[1]), hit[0]))
        except ValueError as exc:
            problems.append(EnvironmentProblem(hit[0], str(exc)))
    return values, problems
