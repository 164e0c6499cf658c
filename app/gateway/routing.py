"""Which provider a model's name means, answered from the catalogue without asking a server."""

from __future__ import annotations

import asyncio
import re
import time

from app.gateway.hosts import Hosts
from app.lean_dataclass import dataclass
from app.services.container import Services
from app.services.llm.catalogue import CatalogueChange
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import AUTO_MODEL
from app.services.llm.models import ModelConfig

#: What a refusal may repeat.
_SHOWN_ID = re.compile(r"[\w./:@+-]{1,200}")
#: A name that nobody lists makes all servers be asked again, at most this often.
_LOOK_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Route:
    """`provider` is None for `auto`: the manager tries one after the other."""

    provider: str | None
    model: str


class Router:
    """Keeps an index of the catalogue by model."""

    def __init__(self, services: Services, hosts: Hosts) -> None:
        self._services = services
        self._hosts = hosts
        self._index: dict[str, list[str]] | None = None
        self._looked_at = -_LOOK_AGAIN_S
        self._looking: asyncio.Task[None] | None = None
        self._watching = services.catalogue.changed.subscribe(self.forget)

    def forget(self, _change: CatalogueChange | None = None) -> None:
        """What is known of the catalogue is out of date."""
        self._index = None

    async def route(self, asked: str) -> Route:
        """The provider and its own name of the model.

        Raises:
            LLMError: model_not_found, nobody lists it; config, auth; what listing the models met for no name.
        """
        if asked == AUTO_MODEL:
            return Route(None, asked)
        manager = self._services.manager
        provider, model = manager.split(None, asked)
        if provider is not None:
            await self._check_enabled(provider)
        if provider is not None and model:
            return Route(manager.provider(provider).instance_id, model)
        if provider is not None or not model:
            await self._check_enabled(provider or manager.config.default_provider)
            resolved = await manager.resolve(provider, model)
            return Route(resolved.provider, resolved.model)
        found = self._first(model)
        if found is None:
            await self._look_again()
            found = self._first(model)
        if found is None:
            raise _not_found(model)
        return Route(found, model)

    async def _check_enabled(self, provider: str) -> None:
        """Nothing goes to a provider that the owner of this gateway did not switch on, whatever a client names.

        Raises:
            LLMError: model_not_found.
        """
        manager = self._services.manager
        chosen = manager.provider(provider)
        if chosen.only_when_chosen and manager.config.default_provider == chosen.instance_id:
            return
        if chosen.instance_id not in {one.instance_id for one in await manager.enabled()}:
            raise LLMError(ErrorKind.MODEL_NOT_FOUND, f"{chosen.name} is not switched on in this gateway.")

    def listed(self) -> list[tuple[str, ModelConfig]]:
        """Every model with the name that reaches it: its own, or `provider:model` behind another one of that name."""
        states, index = self._services.catalogue.states(), self._models()
        found = []
        for instance_id, state in states.items():
            for model in self._models_of(instance_id, state.models):
                first = index.get(model.name, [instance_id])[0] == instance_id
                found.append((model.name if first else f"{instance_id}:{model.name}", model))
        return found

    async def listed_as(self, asked: str) -> ModelConfig:
        """The model that a request with this name would go to.

        Raises:
            LLMError: as `route`; model_not_found where its provider does not list it.
        """
        route = await self.route(asked)
        for _name, model in self.listed():
            if (model.provider, model.name) == (route.provider, route.model):
                return model
        raise _not_found(asked)

    def available(self, instance_id: str, model: str) -> bool:
        """Whether a request for it would reach a server that listed it at the last look."""
        pooled = self._hosts.models(instance_id)
        if pooled is not None:
            return any(one.name == model for one in pooled)
        return self._services.catalogue.available(instance_id)

    def _models_of(self, instance_id: str, listed: tuple[ModelConfig, ...]) -> list[ModelConfig]:
        """With what only other hosts of a pool have."""
        pooled = self._hosts.models(instance_id) or []
        return list({model.name: model for model in (*pooled, *listed)}.values())

    def _first(self, model: str) -> str | None:
        """Who answers for a model: a provider that is up before one that is not, the default one before others."""
        holders = self._models().get(model, [])
        if len(holders) < 2:
            return next(iter(holders), None)
        up = [one for one in holders if self.available(one, model)]
        return next(iter(up or holders), None)

    def _models(self) -> dict[str, list[str]]:
        if self._index is None:
            index: dict[str, list[str]] = {}
            default = self._services.manager.config.default_provider
            states = self._services.catalogue.states()
            for instance_id in sorted(states, key=lambda one: one != default):
                for model in self._models_of(instance_id, states[instance_id].models):
                    index.setdefault(model.name, []).append(instance_id)
            self._index = index
        return self._index

    async def _look_again(self) -> None:
        """A model may have come a moment ago; many who ask for one that is nowhere cause one look."""
        if self._looking is None:
            if time.monotonic() - self._looked_at < _LOOK_AGAIN_S:
                return
            self._looking = asyncio.get_running_loop().create_task(self._look(), name="gateway.look")
        await asyncio.shield(self._looking)

    async def _look(self) -> None:
        try:
            await asyncio.gather(self._services.catalogue.refresh(), self._hosts.look())
        finally:
            self._looked_at = time.monotonic()
            self._looking = None
            self.forget()

    def close(self) -> None:
        self._watching.close()


def _not_found(model: str) -> LLMError:
    return LLMError(
        ErrorKind.MODEL_NOT_FOUND,
        f"Model '{model}' not found." if _SHOWN_ID.fullmatch(model) else "There is no such model.",
        "GET /v1/models lists what there is. A provider may be named, too: lm_studio:MODEL.",
        model=model,
    )
