"""Model files of this computer as the built-in engine lists them."""

from __future__ import annotations

from app.services.engine.engine_process import EngineOrder
from app.services.engine.gguf_finder import ModelFile
from app.services.llm.models import ModelConfig, ModelState, ModelType
from app.services.llm.profiles import looks_like_embedding, readable_name


def described(
    model: ModelFile, instance_id: str, provider_id: str, loaded: EngineOrder | None, *, is_default: bool
) -> ModelConfig:
    """A file for the list of models; `loaded`: what it is in memory with, None where it is not."""
    header = model.header
    embedding = header.is_embedding or looks_like_embedding(model.name)
    abilities = ["embedding"] if embedding else ["chat"]
    if not embedding:
        abilities += ["tools"] if header.takes_tools else []
        abilities += ["thinking"] if header.thinks else []
    return ModelConfig(
        name=model.name,
        provider=instance_id,
        model_type=ModelType.EMBEDDING if embedding else ModelType.CHAT,
        context_length=header.context_length,
        loaded_context_length=loaded.context_length if loaded is not None else None,
        capabilities=tuple(abilities),
        sees_pictures=False,  # the engine is given text alone
        is_default=is_default,
        state=ModelState.LOADED if loaded is not None else ModelState.NOT_LOADED,
        quantization=header.quantization,
        size_bytes=model.size_bytes,
        parameters=_size_words(model),
        metadata={
            "display_name": readable_name(model.name.rpartition("/")[2]),
            "source": provider_id,
            "local": True,
            "found_in": model.source,
            "path": str(model.path),
            "family": header.architecture,
            "format": "gguf",
            "cache_bytes_per_token": header.cache_bytes_per_token,
        },
    )


def _size_words(model: ModelFile) -> str | None:
    """`7B`, as the maker says it or as counted."""
    if model.header.size_label:
        return model.header.size_label[:20]
    count = model.header.parameter_count
    if count is None or model.header.parts > 1:
        return None
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if count >= unit:
            return f"{count / unit:.3g}{letter}"
    return str(count)
