"""LM Studio's interfaces on one port: its native model lists, and the OpenAI-shaped chat below `/v1`.

Facts: LM Studio's documentation of REST v1 (0.4.0+), REST v0 (0.3.6+) and the OpenAI-compatible endpoints. Its
server answers 200 to unknown paths, so success is: 2xx, no `error`, and the expected key is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.services.llm.address import canonical_base_url, origin_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ModelConfig, ModelState, ModelType
from app.services.llm.profiles import looks_like_embedding, readable_name
from app.services.llm.providers._http_provider import bounded_id, text_of, whole_number
from app.services.llm.providers._openai_wire import OpenAIWireProvider

DEFAULT_PORT = 1234

#: The list's kinds that people can chat with or embed with; others (drafters, speech, pictures) are left out.
_KINDS = {
    "llm": ModelType.CHAT,
    "vlm": ModelType.CHAT,
    "embedding": ModelType.EMBEDDING,
    "embeddings": ModelType.EMBEDDING,
}
_V0_STATES = {
    "loaded": ModelState.LOADED,
    "loading": ModelState.LOADING,
    "not-loaded": ModelState.NOT_LOADED,
}
#: No such list on this version, or not a list: the next older interface is asked.
_ASK_OLDER = frozenset({ErrorKind.UNSUPPORTED, ErrorKind.PROTOCOL, ErrorKind.BAD_REQUEST, ErrorKind.MODEL_NOT_FOUND})


class LMStudioWireProvider(OpenAIWireProvider):
    """Speaks to an LM Studio server, real or simulated."""

    # 0.3.29 and 0.4.1; older ones answer 200 with an error to any path.
    perhaps_relayed_shapes = frozenset({"responses", "messages", "messages/count_tokens"})

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        return canonical_base_url(text, path="/v1", default_port=DEFAULT_PORT)

    async def list_models(self) -> list[ModelConfig]:
        """From REST v1, else v0, else the OpenAI list; the newest interface that answers wins.

        Raises:
            LLMError: not_running, unreachable, timeout, auth, protocol, server_error.
        """
        origin = self.base_url.removesuffix("/v1")
        for path, key, read in (("/api/v1/models", "models", _from_v1), ("/api/v0/models", "data", _from_v0)):
            try:
                found = await self.get_list(origin + path, key)
            except LLMError as exc:
                if exc.kind not in _ASK_OLDER:
                    raise
            else:
                return self._finished(read(item) for item in found)
        return self._finished(_from_openai(item) for item in await self.fetch_raw())

    async def fetch_raw(self) -> list[dict[str, Any]]:
        """The objects of `GET /v1/models`, as they are.

        Raises:
            LLMError: as `list_models`.
        """
        return await self.get_list(f"{self.base_url}/models", "data")

    def _finished(self, models: Iterable[ModelConfig | None]) -> list[ModelConfig]:
        unique: dict[str, ModelConfig] = {}
        for model in models:
            if model is not None and model.name not in unique:
                unique[model.name] = self._described(model)
        return list(unique.values())

    def _described(self, model: ModelConfig) -> ModelConfig:
        metadata = {
            "display_name": readable_name(model.name),
            **model.metadata,
            "source": self.provider_id,
            "local": True,
            "base_url": self.base_url,
        }
        if self.is_simulated(model.name):
            metadata["simulated"] = True
        return model.model_copy(
            update={
                "provider": self.instance_id,
                "metadata": metadata,
                "is_default": model.name == self.config.default_model,
            }
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port; the native interfaces lie below it."""
        return origin_of(self.base_url)


def _from_v1(item: dict[str, Any]) -> ModelConfig | None:
    """REST v1, `GET /api/v1/models` → one entry; None for kinds we do not know."""
    name, kind = bounded_id(item.get("key")), _KINDS.get(str(item.get("type")))
    if name is None or kind is None:
        return None
    loaded = [one for one in _objects(item.get("loaded_instances")) if text_of(one.get("id"))]
    instances = [{"id": one["id"], "context_length": _config_context(one)} for one in loaded]
    quantization = item.get("quantization")
    abilities = item.get("capabilities") if isinstance(item.get("capabilities"), dict) else {}
    reasoning = abilities.get("reasoning") if isinstance(abilities, dict) else None
    metadata: dict[str, Any] = {"instances": instances}
    for key in ("display_name", "publisher", "architecture", "format"):
        if text_of(item.get(key)):
            metadata[key] = item[key]
    if isinstance(reasoning, dict) and isinstance(reasoning.get("allowed_options"), list):
        metadata["reasoning_options"] = [one for one in reasoning["allowed_options"] if isinstance(one, str)]
    return ModelConfig(
        name=name,
        provider="",
        model_type=kind,
        context_length=whole_number(item.get("max_context_length")),
        loaded_context_length=next((one["context_length"] for one in instances if one["context_length"]), None),
        capabilities=_words(
            kind,
            tools=_true(abilities, "trained_for_tool_use"),
            vision=_true(abilities, "vision"),
            thinking=isinstance(reasoning, dict),
        ),
        sees_pictures=_true(abilities, "vision") if isinstance(abilities, dict) and "vision" in abilities else None,
        state=ModelState.LOADED if instances else ModelState.NOT_LOADED,
        quantization=text_of(quantization.get("name")) if isinstance(quantization, dict) else text_of(quantization),
        size_bytes=whole_number(item.get("size_bytes")),
        parameters=text_of(item.get("params_string")),
        metadata=metadata,
    )


def _from_v0(item: dict[str, Any]) -> ModelConfig | None:
    """REST v0, `GET /api/v0/models`: no size and no names, but states."""
    name, kind = bounded_id(item.get("id")), _KINDS.get(str(item.get("type")))
    if name is None or kind is None:
        return None
    abilities = item.get("capabilities")
    words = [one for one in abilities if isinstance(one, str)] if isinstance(abilities, list) else []
    sees_pictures = item.get("type") == "vlm" or "vision" in words
    metadata = {
        ours: item[theirs]
        for ours, theirs in (("publisher", "publisher"), ("architecture", "arch"), ("format", "compatibility_type"))
        if text_of(item.get(theirs))
    }
    return ModelConfig(
        name=name,
        provider="",
        model_type=kind,
        context_length=whole_number(item.get("max_context_length")),
        loaded_context_length=whole_number(item.get("loaded_context_length")),
        capabilities=_words(kind, tools="tool_use" in words, vision=sees_pictures, thinking=False),
        sees_pictures=sees_pictures,
        state=_V0_STATES.get(str(item.get("state")), ModelState.UNKNOWN),
        quantization=text_of(item.get("quantization")),
        metadata=metadata,
    )


def _from_openai(item: dict[str, Any]) -> ModelConfig | None:
    """`GET /v1/models`: the id alone; an embedding model is known by its id or not at all."""
    name = bounded_id(item.get("id"))
    if name is None:
        return None
    kind = ModelType.EMBEDDING if looks_like_embedding(name) else ModelType.CHAT
    return ModelConfig(name=name, provider="", model_type=kind, capabilities=_words(kind))


def _words(kind: ModelType, *, tools: bool = False, vision: bool = False, thinking: bool = False) -> tuple[str, ...]:
    if kind is ModelType.EMBEDDING:
        return ("embedding",)
    words = (("chat", True), ("completion", True), ("tools", tools), ("vision", vision), ("thinking", thinking))
    return tuple(word for word, present in words if present)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _config_context(instance: dict[str, Any]) -> int | None:
    config = instance.get("config")
    return whole_number(config.get("context_length")) if isinstance(config, dict) else None


def _true(value: Any, key: str) -> bool:
    return isinstance(value, dict) and value.get(key) is True
