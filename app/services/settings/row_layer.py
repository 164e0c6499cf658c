"""The shared row of the table `llmsettings` as a layer: above the user's file, below the environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.services.llm import registry
from app.services.settings.schema import AppConfig
from app.services.shared_database.settings_row import MODEL_FIELDS, LlmSettings

#: The origin that fronts show.
NAME = "llmsettings"


def row_values(row: LlmSettings, below: AppConfig) -> dict[str, Any]:
    """What the row sets by itself; `below`: the configuration of the layers below it."""
    values: dict[str, Any] = {}
    if row.provider:
        values["default_provider"] = row.provider
    chat = {"temperature": row.temperature, "max_tokens": row.max_tokens}
    values["chat"] = {name: value for name, value in chat.items() if value is not None}
    models = {
        provider: row.model_for(provider) for provider in MODEL_FIELDS if provider in below.provider_configurations
    }
    if row.provider:
        models[row.provider] = model_of(row, row.provider, below)
    values["provider_configurations"] = {name: {"default_model": model} for name, model in models.items() if model}
    return values


def model_of(row: LlmSettings, provider: str, config: AppConfig) -> str | None:
    """The row's model for a provider or named server; None where it names none."""
    entry = config.provider_configurations.get(provider)
    return row.model_for((entry.type if entry else None) or registry.canonical_id(provider))


def default_model(row: LlmSettings, chosen: str, below: AppConfig, fallback: str | None) -> Mapping[str, str | None]:
    """`default_model` as the row sets it, empty where it leaves that to the layers below.

    A model belongs to a provider: the row's is pinned to its own, and a model of the file, which was meant for the
    file's provider, must not lead back to that.

    Args:
        chosen: the default provider that all layers together have.
        below: the configuration of the layers below the row.
        fallback: the model that the environment names for want of another.
    """
    model = model_of(row, chosen, below)
    if model:
        return {"default_model": f"{chosen}:{model}"}
    if row.provider is None or registry.canonical_id(row.provider) != chosen or below.default_model == fallback:
        return {}
    if below.default_provider == chosen and _pinned_to(below) in (None, chosen):
        return {}
    return {"default_model": fallback}


def _pinned_to(config: AppConfig) -> str | None:
    """The provider that a `provider:model` names, None for a plain model (`qwen2.5-coder:7b`)."""
    before, colon, _ = (config.default_model or "").partition(":")
    known = registry.canonical_id(before)
    return known if colon and (known in config.provider_configurations or known in registry.all_classes()) else None
