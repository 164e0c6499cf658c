"""The simulated model collection: what is on disk, what is loaded, and the three dialects that list it.

Shapes: LM Studio REST v1 (0.4.0), REST v0 (0.3.6) and the OpenAI-compatible list.
"""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import Any

from app.lean_dataclass import dataclass
from app.services.mock_server.http import ApiError
from app.services.mock_server.script import Script
from app.services.mock_server.stats import Stats

DEFAULT_CONTEXT = 4096
NO_MODELS_LOADED = "No models loaded. Please load a model in the developer page or use the 'lms load' command."


@dataclass(slots=True)
class Instance:
    """One loaded copy of a model. Clients address it by `instance_id`."""

    instance_id: str
    context_length: int
    by_jit: bool = False


@dataclass(slots=True)
class SimulatedModel:
    """A model on the simulated disk; None and absent fields are what real servers leave out."""

    key: str
    display_name: str
    kind: str = "llm"
    """REST v1's `type`: `llm`, `embedding`, or one this client has never heard of."""
    architecture: str | None = "llama"
    quantization: dict[str, Any] | None = field(default_factory=lambda: {"name": "Q4_K_M", "bits_per_weight": 4})
    size_bytes: int | None = None
    params: str | None = None
    format: str | None = "gguf"
    max_context_length: int | None = 32_768
    vision: bool = False
    tools: bool = True
    reasoning_options: tuple[str, ...] = ()
    instances: list[Instance] = field(default_factory=list)

    @property
    def generates(self) -> bool:
        return self.kind == "llm"

    @property
    def thinks(self) -> bool:
        return bool(self.reasoning_options)

    def as_v1(self) -> dict[str, Any]:
        """An element of `GET /api/v1/models`."""
        value: dict[str, Any] = {
            "type": self.kind,
            "publisher": "simulated",
            "key": self.key,
            "display_name": self.display_name,
            "quantization": self.quantization,
            "size_bytes": self.size_bytes,
            "params_string": self.params,
            "loaded_instances": [{"id": i.instance_id, "config": self._config(i)} for i in self.instances],
            "max_context_length": self.max_context_length,
            "format": self.format,
        }
        if self.generates:
            capabilities: dict[str, Any] = {"vision": self.vision, "trained_for_tool_use": self.tools}
            if self.thinks:
                capabilities["reasoning"] = {"allowed_options": list(self.reasoning_options), "default": "on"}
            value |= {"architecture": self.architecture, "capabilities": capabilities, "description": None}
        return value

    def _config(self, instance: Instance) -> dict[str, Any]:
        config: dict[str, Any] = {"context_length": instance.context_length}
        if self.format == "mlx":
            return config | {"parallel": 4}
        if self.generates:
            config |= {
                "eval_batch_size": 512,
                "parallel": 4,
                "flash_attention": True,
                "offload_kv_cache_to_gpu": True,
            }
        return config

    def as_v0(self) -> dict[str, Any]:
        """An element of `GET /api/v0/models`."""
        kinds = {"embedding": "embeddings", "llm": "vlm" if self.vision else "llm"}
        value: dict[str, Any] = {
            "id": self.key,
            "object": "model",
            "type": kinds.get(self.kind, self.kind),
            "publisher": "simulated",
            "compatibility_type": self.format or "gguf",
            "state": "loaded" if self.instances else "not-loaded",
            "max_context_length": self.max_context_length,
        }
        if self.architecture:
            value["arch"] = self.architecture
        if self.quantization:
            value["quantization"] = self.quantization["name"]
        if self.instances:
            value["loaded_context_length"] = self.instances[0].context_length
        if self.tools and self.generates:
            value["capabilities"] = ["tool_use"]
        return value


def demo_models() -> list[SimulatedModel]:
    """One of each sort a client has to cope with: see the comments."""
    coder, twin = "simulated/coder-7b", "simulated/twin-1b"
    return [
        SimulatedModel(  # loaded, with every field
            coder, "Simulated Coder 7B", architecture="qwen2", size_bytes=4_683_073_536, params="7B",
            instances=[Instance(coder, 16_384)],
        ),
        SimulatedModel(  # thinking, with a public switch
            "simulated/thinker-4b", "Simulated Thinker 4B", architecture="qwen3", size_bytes=2_497_281_120,
            params="4B", max_context_length=262_144, reasoning_options=("off", "on"),
        ),
        SimulatedModel(  # vision
            "simulated/vision-8b", "Simulated Vision 8B", architecture="qwen2vl", size_bytes=5_732_987_110,
            params="8B", vision=True, tools=False,
        ),
        SimulatedModel(  # MLX: a sparse configuration when loaded
            "simulated/writer-13b", "Simulated Writer 13B", format="mlx", size_bytes=7_412_001_882,
            quantization={"name": "4bit", "bits_per_weight": 4}, params="13B", tools=False,
        ),
        SimulatedModel(  # loaded twice
            twin, "Simulated Twin 1B", size_bytes=1_321_082_528, params="1B",
            instances=[Instance(twin, 8192), Instance(f"{twin}:2", 4096)],
        ),
        SimulatedModel(  # nothing known about it
            "simulated/bare", "Simulated Bare", architecture=None, quantization=None, format=None, tools=False,
            max_context_length=4096,
        ),
        SimulatedModel(
            "simulated/text-embedding-nano", "Simulated Text Embedding Nano", kind="embedding", architecture="bert",
            quantization={"name": "F16", "bits_per_weight": 16}, size_bytes=274_290_560, max_context_length=2048,
        ),
        SimulatedModel(  # a kind from the future
            "simulated/listener", "Simulated Listener", kind="transcription", architecture="whisper",
            size_bytes=1_623_811_584, max_context_length=None,
        ),
    ]  # fmt: skip


class Collection:
    """The models of one simulated server and which of them are loaded."""

    def __init__(self, script: Script, stats: Stats) -> None:
        self._script = script
        self._stats = stats
        self._models = demo_models()

    def visible(self) -> list[SimulatedModel]:
        """Every model on disk at this moment, as the script has it."""
        known = {model.key for model in self._models}
        for key in self._script.extra_models:
            if key not in known:
                self.add(key)
        return [model for model in self._models if model.key not in self._script.hidden_models]

    def add(self, key: str) -> SimulatedModel:
        """A plain chat model appears on the disk."""
        name = key.rpartition("/")[2].replace("-", " ").replace(":", " ")
        model = SimulatedModel(key, f"Simulated {name.title()}", size_bytes=self._script.download_bytes)
        self._models.append(model)
        return model

    def v1_list(self) -> dict[str, Any]:
        return {"models": [model.as_v1() for model in self.visible()]}

    def v0_list(self) -> dict[str, Any]:
        return {"object": "list", "data": [model.as_v0() for model in self._listed()]}

    def openai_list(self) -> dict[str, Any]:
        ids = [i for m in self._listed() for i in ([x.instance_id for x in m.instances] or [m.key])]
        return {"object": "list", "data": [{"id": i, "object": "model", "owned_by": "simulated"} for i in ids]}

    def _listed(self) -> list[SimulatedModel]:
        return [m for m in self.visible() if self._script.jit or m.instances]

    def find(self, name: str) -> tuple[SimulatedModel, Instance | None] | None:
        """The model behind a key or an instance id, and the instance that would answer."""
        for model in self.visible():
            for instance in model.instances:
                if instance.instance_id == name:
                    return model, instance
            if model.key == name:
                return model, model.instances[0] if model.instances else None
        return None

    async def for_generation(self, name: object, *, kind: str = "llm") -> tuple[SimulatedModel, Instance]:
        """The instance that answers a request for `name`; loads it just in time where the script allows that.

        Raises:
            ApiError: 400 in LM Studio's words: no such model, nothing loaded, wrong kind, the load failed.
        """
        if name is None or name == "":
            found = next(((m, m.instances[0]) for m in self.visible() if m.kind == kind and m.instances), None)
            if found is None:
                raise no_models_loaded()
            return found
        known = self.find(name) if isinstance(name, str) else None
        if known is None and not self._script.jit:
            raise no_models_loaded()
        if known is None:
            examples = ", ".join(m.key for m in self.visible()[:3])
            raise _refused(
                f'Invalid model identifier "{name}". Please specify a valid downloaded model (e.g., {examples}).'
            )
        model, instance = known
        if model.kind != kind:
            raise _refused(f'Failed to load model "{name}". Error: Model is not {kind}.')
        if instance is None:
            if not self._script.jit:
                raise no_models_loaded()
            instance = await self._load_just_in_time(model)
        return model, instance

    async def _load_just_in_time(self, model: SimulatedModel) -> Instance:
        try:
            instance = await self.load(model, None)
        except ApiError as exc:
            raise _refused(f'Failed to load model "{model.key}". Error: {self._script.load_error}') from exc
        instance.by_jit = True
        for other in self._models:  # "Only Keep Last JIT Loaded Model" is on by default
            other.instances = [i for i in other.instances if i is instance or not i.by_jit]
        return instance

    async def load(self, model: SimulatedModel, context_length: int | None) -> Instance:
        """Load one more copy, as LM Studio does: the second one is called `key:2`.

        Raises:
            ApiError: 500 `model_load_failed`, when the script says so.
        """
        await asyncio.sleep(self._script.load_seconds)
        if self._script.load_error is not None:
            kind = "LLM" if model.generates else "embedding model"
            message = f"Failed to load {kind} '{model.key}': Error: {self._script.load_error}"
            raise ApiError(500, {"error": {"type": "model_load_failed", "message": message}})
        context = context_length or DEFAULT_CONTEXT
        limits = (model.max_context_length, self._script.load_context_limit)
        context = min([context, *(limit for limit in limits if limit is not None)])
        instance = Instance(self._free_id(model), context)
        model.instances.append(instance)
        self._stats.models_loaded += 1
        return instance

    @staticmethod
    def _free_id(model: SimulatedModel) -> str:
        taken = {instance.instance_id for instance in model.instances}
        candidates = [model.key, *(f"{model.key}:{n}" for n in range(2, len(taken) + 3))]
        return next(c for c in candidates if c not in taken)

    def unload(self, instance_id: str) -> bool:
        """Whether such an instance was there."""
        for model in self._models:
            for instance in model.instances:
                if instance.instance_id == instance_id:
                    model.instances.remove(instance)
                    return True
        return False


def no_models_loaded() -> ApiError:
    return ApiError(
        400,
        {"error": {"message": NO_MODELS_LOADED, "type": "invalid_request_error", "param": "model", "code": None}},
    )


def _refused(message: str) -> ApiError:
    error = {"message": message, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
    return ApiError(400, {"error": error})
