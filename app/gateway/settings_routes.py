"""The settings row that a team shares, and each provider's models."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Request

from app.gateway.catalogue_routes import gateway_of
from app.gateway.errors import RefusedError
from app.gateway.gateway import Gateway
from app.services.llm import registry
from app.services.llm.factory import ProviderName
from app.services.llm.models import ModelType
from app.services.shared_database.settings_row import LlmSettings

routes = APIRouter(prefix="/api/v1", tags=["settings"])


@routes.get("/llm-settings", summary="The settings row")
async def read_settings(request: Request) -> dict[str, Any]:
    """`provider` is the one that answers now, also where the row leaves it to the configuration."""
    gateway = gateway_of(request)
    return _outward(gateway, await gateway.database.settings.read())


@routes.patch("/llm-settings", summary="Change the fields that are given")
async def change_settings(
    request: Request, changes: Annotated[dict[str, Any], Body(description="Fields of the row; null clears one.")]
) -> dict[str, Any]:
    gateway = gateway_of(request)
    servers = gateway.services.manager.config.provider_configurations
    row = await gateway.database.settings.change(changes, servers=set(servers))
    await gateway.use_settings(row)
    return _outward(gateway, row)


@routes.get("/llm-settings/{provider}/models", summary="The ids of a provider's chat models")
async def models_of_provider(
    request: Request, provider: Annotated[str, Path(description="Id, alias or key of a named server.", max_length=200)]
) -> list[str]:
    gateway = gateway_of(request)
    if not gateway.services.manager.knows(provider):
        raise RefusedError(404, "config", "There is no such provider.")
    instance_id = gateway.services.manager.provider(provider).instance_id
    state = gateway.services.catalogue.state(registry.canonical_id(instance_id))
    if state is None or state.status != "up":
        models = await gateway.services.manager.list_models(instance_id)
    else:
        models = list(gateway.hosts.models(instance_id) or state.models)
    return [model.name for model in models if model.model_type is ModelType.CHAT]


def _outward(gateway: Gateway, row: LlmSettings) -> dict[str, Any]:
    """LM Studio is `lmstudio` on this interface."""
    provider = row.provider or gateway.services.manager.config.default_provider
    return {**row.model_dump(mode="json"), "provider": str(ProviderName(provider))}
