"""The built-in engine as a runtime: it has no server, its models are the GGUF files found on this computer.

What is in memory belongs to the process that loaded it. In a process that lasts (the window, `aica mcp`) models can be
loaded and let go; a command that ends at once can only look.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from app.services.llm import registry
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ModelConfig, ModelState
from app.services.runtimes.base import START_TIMEOUT_S, Runtime
from app.services.runtimes.records import (
    InstalledModel,
    LoadedModel,
    LoadOptions,
    OnLoad,
    OnPull,
    RunningModel,
    context_notice,
)
from app.services.terminal_command import in_terminal

PRODUCT = "The built-in engine"


@runtime_checkable
class Engine(Protocol):
    """What the provider of the built-in engine offers besides answers."""

    async def own_program(self) -> str: ...

    async def list_models(self) -> list[ModelConfig]: ...

    async def load_model(self, model: str, context_length: int | None) -> int | None: ...

    async def unload_model(self, model: str) -> None: ...

    async def aclose(self) -> None: ...


class EmbeddedRuntime(Runtime):
    """Args: engine: the provider of this process, if it lasts; without one only looking is possible."""

    backend = "embedded"
    product = PRODUCT
    not_running_text = f"{PRODUCT} is not running."
    missing_model_hint = f"“{in_terminal('ls embedded')}” lists the files that were found."
    cancelled_pull = "Nothing was being downloaded."
    cancelled_load = "The load is stopped."

    def __init__(self, *arguments: Any, engine: Engine | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lasts = engine is not None
        self._engine = engine if engine is not None else self._one_of_its_own()

    def _one_of_its_own(self) -> Engine:
        provider = registry.find(self.backend)
        known = {name: value for name, value in self.settings.items() if name in provider.Config.model_fields}
        made = provider(provider.Config(**known), door=self.door)
        assert isinstance(made, Engine)
        return made

    @property
    def start_hint(self) -> str:
        return "It loads a model when it is asked."

    async def installed(self) -> bool:
        try:
            await self._engine.own_program()
        except LLMError as exc:
            if exc.kind is not ErrorKind.NOT_INSTALLED:
                raise
            return False
        return True

    async def running(self) -> bool:
        """Whether it could answer: there is no server that would have to run."""
        return await self.installed()

    async def start(self, timeout_s: float = START_TIMEOUT_S) -> str:
        await self._engine.own_program()
        return self.base_url

    async def stop(self) -> None:
        if not self._lasts:
            raise self._belongs_elsewhere("There is nothing to stop from here.")
        for model in await self.loaded():
            await self._engine.unload_model(model.name)

    async def why_not_stoppable(self) -> str:
        return "" if self._lasts else "Its models leave memory with the program that loaded them."

    # --- models ---

    async def models(self) -> list[InstalledModel]:
        return [_installed(model) for model in await self._listed()]

    async def loaded(self) -> list[RunningModel]:
        """Of this process; what another one has in memory cannot be seen."""
        if not self._lasts:
            return []
        return [
            RunningModel(model.name, model.name, model.loaded_context_length, model.size_bytes)
            for model in await self._listed()
            if model.state is ModelState.LOADED
        ]

    async def model_exists(self, model: str) -> bool:
        try:
            return any(one.name == model for one in await self._listed())
        except LLMError as exc:
            if exc.kind is not ErrorKind.MODEL_NOT_FOUND:  # it is told so where there is no file at all
                raise
            return False

    async def model_loaded(self, model: str) -> bool:
        return any(one.name == model for one in await self.loaded())

    async def _listed(self) -> list[ModelConfig]:
        try:
            return await self._engine.list_models()
        except LLMError as exc:
            exc.provider = self.backend
            raise

    async def pull(self, model: str, on_progress: OnPull | None = None) -> str:
        if await self.model_exists(model):
            return model
        raise self.failed(
            ErrorKind.UNSUPPORTED,
            f"{PRODUCT} downloads no models.",
            "Download a GGUF file with LM Studio, Ollama or by hand: it finds the files in their folders and in those "
            "of the setting provider_configurations.embedded.folders.",
            model=model,
        )

    async def load(
        self, model: str, options: LoadOptions = LoadOptions(), on_progress: OnLoad | None = None
    ) -> LoadedModel:
        if not self._lasts:
            raise self._belongs_elsewhere("A model that this command loads would be gone when the command ends.")
        asked = (("GPU share", options.gpu), ("time in memory", options.ttl_s), ("batch size", options.batch))
        refused = [name for name, value in asked if value is not None]
        if refused:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                f"{PRODUCT} cannot set: {', '.join(refused)}.",
                "For a graphics card: provider_configurations.embedded.executable names your own llama-server.",
            )
        was_loaded = await self.model_loaded(model)
        length = await self._engine.load_model(model, options.context_length)
        notices = context_notice(options.context_length, length)
        return LoadedModel(model, length, was_loaded=was_loaded, notices=notices)

    async def unload(self, model: str) -> None:
        if not self._lasts:
            raise self._belongs_elsewhere("There is nothing in memory that this command could let go.")
        await self._engine.unload_model(model)

    def _belongs_elsewhere(self, message: str) -> LLMError:
        return self.failed(
            ErrorKind.UNSUPPORTED,
            f"{message} {PRODUCT} runs inside the program that uses it.",
            f"It loads the model that is asked: {in_terminal('chat --provider embedded')}. "
            "It unloads it when nobody has asked for a while, and when that program ends.",
        )


def _installed(model: ModelConfig) -> InstalledModel:
    return InstalledModel(
        model.name,
        str(model.model_type.value),
        model.display_name,
        model.size_bytes,
        model.quantization,
        model.parameters,
        "gguf",
        model.context_length,
        loaded=model.state is ModelState.LOADED,
    )
