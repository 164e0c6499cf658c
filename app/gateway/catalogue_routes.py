"""The merged list of models: the public one, and OpenAI's."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.gateway.context import RequestContext
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


class AnthropicModel(BaseModel):
    """A model in the shape of Anthropic's clients. When it came out is not known: they take the epoch for that."""

    type: str = "model"
    id: str
    display_name: str
    created_at: str = "1970-01-01T00:00:00Z"
    lifecycle: str = "active"
    max_input_tokens: int | None
    max_tokens: int | None = None


class AnthropicModels(BaseModel):
    data: list[AnthropicModel]
    has_more: bool = False
    first_id: str | None
    last_id: str | None


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
async def listed_models(request: Request) -> ListedModels | AnthropicModels:
    """A name that two providers have is listed as `provider:model` behind the first. Clients that send the header
    `anthropic-version` get Anthropic's shape."""
    gateway = gateway_of(request)
    _refresh_stale(gateway, gateway.services.catalogue.states())
    there = [
        (name, model) for name, model in gateway.router.listed() if gateway.router.available(model.provider, model.name)
    ]
    if _speaks_anthropic(request):
        data = [_anthropic(name, model) for name, model in there]
        ends = (data[0].id, data[-1].id) if data else (None, None)
        return AnthropicModels(data=data, first_id=ends[0], last_id=ends[1])
    return ListedModels(data=[_listed(name, model) for name, model in there])


@routes.get("/v1/models/{model:path}", tags=["openai"], summary="One model")
async def listed_model(request: Request, model: str) -> ListedModel | AnthropicModel:
    """In the shape of the list."""
    found = await gateway_of(request).router.listed_as(model)
    return _anthropic(model, found) if _speaks_anthropic(request) else _listed(model, found)


def _speaks_anthropic(request: Request) -> bool:
    context: RequestContext = request.scope["aica"]
    return context.speaks_anthropic


def _listed(name: str, model: ModelConfig) -> ListedModel:
    return ListedModel(id=name, created=int(time.time()), owned_by=model.provider)


def _anthropic(name: str, model: ModelConfig) -> AnthropicModel:
    window = model.loaded_context_length or model.context_length
    return AnthropicModel(id=name, display_name=model.display_name, max_input_tokens=window)


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
