"""Any server that speaks OpenAI's chat completions: llama-server, vLLM, OpenRouter, a colleague's gateway.

Any number of instances live side by side; each is an entry of `provider_configurations` with its own address.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.services.llm.address import canonical_base_url, is_loopback, is_private_network, origin_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import Capabilities, ModelConfig, ModelState, ModelType
from app.services.llm.profiles import looks_like_embedding, readable_name
from app.services.llm.providers._http_provider import bounded_id, text_of, whole_number
from app.services.llm.providers._openai_wire import OpenAIWireProvider
from app.services.llm.providers.base import ProviderConfig
from app.services.llm.registry import register
from app.services.wording import later

#: The address answered, but not as a list of models would: the other spelling of the address may.
_TRY_OTHER_ROOT = frozenset({ErrorKind.UNSUPPORTED, ErrorKind.PROTOCOL, ErrorKind.MODEL_NOT_FOUND})


class OpenAICompatibleConfig(ProviderConfig):
    base_url: str = Field("", description="Address of the server, with or without /v1.")
    priority: int = Field(10, description="Lower is tried first.")


@register("openai_compatible", aliases=("openai-compatible",))
class OpenAICompatibleProvider(OpenAIWireProvider):
    """One named server. Local when its address is this computer or a private network."""

    display_name = later("Core", "OpenAI-compatible server")
    Config = OpenAICompatibleConfig
    capabilities = Capabilities(local=False, json_schema=True)
    # llama-server and vLLM speak both, others do not.
    perhaps_relayed_shapes = frozenset({"responses", "messages", "messages/count_tokens"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._root: tuple[str, str] | None = None
        if self.config.base_url:
            local = is_loopback(self.base_url) or is_private_network(self.base_url)
            # On the instance: locality is this server's, not the class's.
            self.capabilities = self.capabilities.model_copy(update={"local": local})  # type: ignore[misc]

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        """A typed path stays (`/api/v1`, `/openai/v1`); without one `/v1` is taken."""
        return canonical_base_url(text, path="/v1", keep_path=True)

    async def chat_root(self) -> str:
        if self._root is not None and self._root[0] == self.base_url:
            return self._root[1]
        return self.base_url

    async def list_models(self) -> list[ModelConfig]:
        """The server's list. Where the address has none, the one with (or without) `/v1` is tried and remembered.

        Raises:
            LLMError: as `BaseProvider.list_models`.
        """
        first = await self.chat_root()
        try:
            return await self._list_at(first)
        except LLMError as exc:
            if exc.kind not in _TRY_OTHER_ROOT:
                raise
            for other in self._other_roots(first):
                try:
                    found = await self._list_at(other)
                except LLMError:
                    continue  # the first address is the one the user typed: its error is the one to show
                self._root = (self.base_url, other)
                return found
            raise

    async def busy(self, model: str) -> bool | None:
        """As llama-server's slots say; other servers have no such list, and one on the network serves others, too."""
        if not is_loopback(self.base_url):
            return None
        return await self.slots_busy(origin_of(self.base_url))

    def _other_roots(self, tried: str) -> list[str]:
        without = tried.removesuffix("/v1")
        other = without if without != tried else f"{tried}/v1"
        return [root for root in (other, f"{origin_of(tried)}/v1") if root != tried]

    async def _list_at(self, root: str) -> list[ModelConfig]:
        found = [self._described(item) for item in await self.get_list(f"{root}/models", "data")]
        return list({model.name: model for model in found if model is not None}.values())

    def _described(self, item: dict[str, Any]) -> ModelConfig | None:
        name = bounded_id(item.get("id"))
        if name is None:
            return None
        kind = ModelType.EMBEDDING if looks_like_embedding(name) else ModelType.CHAT
        meta = item.get("meta") if isinstance(item.get("meta"), dict) else {}
        assert isinstance(meta, dict)
        loaded = whole_number(meta.get("n_ctx"))  # llama.cpp
        at_most = (
            whole_number(item.get("context_length"))  # OpenRouter
            or whole_number(item.get("max_model_len"))  # vLLM
            or whole_number(meta.get("n_ctx_train"))
        )
        metadata: dict[str, Any] = {
            "display_name": text_of(item.get("name")) or readable_name(name),
            "source": self.provider_id,
            "local": self.capabilities.local,
            "base_url": self.base_url,
        }
        if text_of(item.get("owned_by")):
            metadata["owned_by"] = item["owned_by"]
        if isinstance(item.get("pricing"), dict):
            metadata["pricing"] = item["pricing"]
        if self.is_simulated(name):
            metadata["simulated"] = True
        modalities = _modalities(item)
        return ModelConfig(
            name=name,
            provider=self.instance_id,
            model_type=kind,
            context_length=at_most,
            loaded_context_length=loaded or whole_number(item.get("max_model_len")),
            capabilities=_abilities(item, kind),
            sees_pictures=None if modalities is None else "image" in modalities,
            is_default=name == self.config.default_model,
            state=ModelState.LOADED if loaded or item.get("max_model_len") else ModelState.UNKNOWN,
            size_bytes=whole_number(meta.get("size")),
            metadata=metadata,
        )


def _modalities(item: dict[str, Any]) -> list[Any] | None:
    """What a model takes in; None where the list does not say."""
    architecture = item.get("architecture")
    found = architecture.get("input_modalities") if isinstance(architecture, dict) else None
    return found if isinstance(found, list) else None


def _abilities(item: dict[str, Any], kind: ModelType) -> tuple[str, ...]:
    """What a list tells of a model's abilities (OpenRouter does), beyond its kind."""
    if kind is ModelType.EMBEDDING:
        return ("embedding",)
    parameters = item.get("supported_parameters")
    known = [one for one in parameters if isinstance(one, str)] if isinstance(parameters, list) else []
    words = ["chat"]
    if "tools" in known:
        words.append("tools")
    if "image" in (_modalities(item) or ()):
        words.append("vision")
    if "reasoning" in known:
        words.append("thinking")
    return tuple(words)
