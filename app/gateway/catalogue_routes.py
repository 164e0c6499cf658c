"""The merged list of models: the public one, and OpenAI's."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.gateway.gateway import Gateway
from app.services.llm.catalogue import ProviderState
from app.services.llm.factory import ProviderName
from app.services.llm.models import ModelConfig

routes = APIRouter()
#: Older entries are refreshed behind the answer that shows them.
_STALE_S = 60.0


class PublicModel(BaseModel):
    """`isPremium`: a call costs money. None is unknown. `contextLength` and `loadedContextLength` in tokens."""

    id: str
    name: str
    provider: str
    isAvailable: bool  # noqa: N815 - the contract's spelling
    isPremium: bool  # noqa: N815
    type: str
    contextLength: int | None  # noqa: N815
    loadedContextLength: int | None  # noqa: N815
    quantization: str | None
    parameters: str | None
    state: str
    sizeBytes: int | None  # noqa: N815
    capabilities: list[str]
    isLocal: bool  # noqa: N815
    isSimulated: bool  # noqa: N815
    lastSeen: str | None  # noqa: N815


class PublicModels(BaseModel):
    success: bool
    models: list[PublicModel]


class ListedModel(BaseModel):
    id: str
    object: str = "model"
    created: int
    owned_by: str


class ListedModels(BaseModel):
    object: str = "list"
    data: list[ListedModel]


def gateway_of(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


@routes.get("/api/models/public", tags=["models"], summary="Every model of every enabled provider")
async def public_models(request: Request) -> PublicModels:
    """Those of a provider that is down stay, with `isAvailable: false`."""
    gateway = gateway_of(request)
    states = gateway.services.catalogue.states()
    _refresh_stale(gateway, states)
    found = [_public(gateway, states[m.provider], m) for _name, m in gateway.router.listed() if m.provider in states]
    return PublicModels(success=True, models=found)


@routes.get("/v1/models", tags=["openai"], summary="The models that can be asked now")
async def listed_models(request: Request) -> ListedModels:
    """A name that two providers have is listed as `provider:model` behind the first."""
    gateway = gateway_of(request)
    _refresh_stale(gateway, gateway.services.catalogue.states())
    started = int(time.time())
    return ListedModels(
        data=[
            ListedModel(id=name, created=started, owned_by=model.provider)
            for name, model in gateway.router.listed()
            if gateway.router.available(model.provider, model.name)
        ]
    )


def _refresh_stale(gateway: Gateway, states: dict[str, ProviderState]) -> None:
    now = time.time()
    if any(state.checked_at is None or now - state.checked_at > _STALE_S for state in states.values()):
        gateway.services.catalogue.look_now()


def _public(gateway: Gateway, state: ProviderState, model: ModelConfig) -> PublicModel:
    local = model.local
    return PublicModel(
        id=model.name,
        name=model.display_name,
        provider=str(ProviderName(model.provider)),
        isAvailable=gateway.router.available(model.provider, model.name),
        isPremium=not local and model.cost_per_1k_tokens != 0,
        type=model.model_type.value,
        contextLength=model.context_length,
        loadedContextLength=model.loaded_context_length,
        quantization=model.quantization,
        parameters=model.parameters,
        state=model.state.value,
        sizeBytes=model.size_bytes,
        capabilities=list(model.capabilities),
        isLocal=local,
        isSimulated=model.simulated or state.simulated,
        lastSeen=_iso(state.last_seen),
    )


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
