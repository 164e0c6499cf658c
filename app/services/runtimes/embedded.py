"""The built-in engine as a runtime: it has no server, its models are the GGUF files found on this computer.

What is in memory belongs to the process that loaded it. In a process that lasts (the window, `aica mcp`) models can be
loaded and let go; a command that ends at once can only look.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from app.paths import user_paths
from app.services.engine.footprint import Fit
from app.services.hub.names import split_name
from app.services.llm import registry
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ModelConfig, ModelState
from app.services.resources.processes import ProcessTable, read_processes
from app.services.runtimes.base import ABSENT, START_TIMEOUT_S, Runtime
from app.services.runtimes.load_values import NAMES, layers_of
from app.services.runtimes.records import (
    NEVER,
    GpuShare,
    InstalledModel,
    LoadedModel,
    LoadOptions,
    LoadTerms,
    OnLoad,
    OnPull,
    ProcessHint,
    PullProgress,
    RunningModel,
    context_notice,
)
from app.services.terminal_command import in_terminal
from app.services.wording import later, say

if TYPE_CHECKING:
    from app.services.hub.downloads import Download
    from app.services.hub.hub import Hub

PRODUCT = later("Core", "The built-in engine")


@runtime_checkable
class Engine(Protocol):
    """What the provider of the built-in engine offers besides answers."""

    async def own_program(self) -> str: ...

    async def list_models(self) -> list[ModelConfig]: ...

    async def load_model(
        self,
        model: str,
        context_length: int | None,
        *,
        batch: int | None = None,
        gpu_layers: int | None = None,
        idle_s: float | None = None,
    ) -> int | None: ...

    async def keep_model(self, model: str, idle_s: float) -> None: ...

    def leaves_in(self, model: str) -> float | None: ...

    def process_ids(self, model: str | None = None) -> list[int]: ...

    async def blocks_of(self, model: str) -> int | None: ...

    async def fit(self, model: str, context_length: int) -> Fit: ...

    async def unload_model(self, model: str) -> None: ...

    def use_models_folder(self, folder: Path) -> None: ...

    async def aclose(self) -> None: ...


class EmbeddedRuntime(Runtime):
    """Args: engine: the provider of this process, if it lasts; without one only looking is possible.
    hub: where models are fetched from and kept; without one the public hub and the user's own folder.
    """

    backend = "embedded"
    product = PRODUCT
    not_running_text = later("Core", "The built-in engine is not running.")
    cancelled_pull = later("Core", "What came is kept: the same command goes on from there.")
    cancelled_load = later("Core", "The load is stopped.")
    tells_memory = True

    def __init__(self, *arguments: Any, engine: Engine | None = None, hub: Hub | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._hub = hub
        self._lasts = engine is not None
        self._engine = engine if engine is not None else self._one_of_its_own()

    def _one_of_its_own(self) -> Engine:
        provider = registry.find(self.backend)
        known = {name: value for name, value in self.settings.items() if name in provider.Config.model_fields}
        made = provider(provider.Config(**known), door=self.door)
        assert isinstance(made, Engine)
        made.use_models_folder(self._hub.library.folder if self._hub is not None else user_paths().models_folder)
        return made

    @property
    def missing_model_hint(self) -> str:  # type: ignore[override]  # a command of this installation
        return say("“{command}” lists the files that were found.", command=in_terminal("ls embedded"))

    @property
    def start_hint(self) -> str:
        return say("It loads a model when it is asked.")

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
            raise self._belongs_elsewhere(say("There is nothing to stop from here."))
        for model in await self.loaded():
            await self._engine.unload_model(model.name)

    async def why_not_stoppable(self) -> str:
        return "" if self._lasts else say("Its models leave memory with the program that loaded them.")

    # --- models ---

    async def models(self) -> list[InstalledModel]:
        return [_installed(model) for model in await self._listed()]

    async def loaded(self) -> list[RunningModel]:
        """Of this process; what another one has in memory cannot be seen."""
        if not self._lasts:
            return []
        found = [model for model in await self._listed() if model.state is ModelState.LOADED]
        table = await asyncio.to_thread(read_processes) if found else None
        return [self._running(model, table) for model in found]

    def _running(self, model: ModelConfig, table: ProcessTable | None) -> RunningModel:
        leaves_in = self._engine.leaves_in(model.name)
        return RunningModel(
            model.name,
            model.name,
            model.loaded_context_length,
            model.size_bytes,
            expires_at=None if leaves_in is None or leaves_in == NEVER else time.time() + leaves_in,
            stays=leaves_in == NEVER,
            memory_bytes=table.resident_bytes(self._engine.process_ids(model.name)) if table is not None else None,
        )

    def process_hint(self) -> ProcessHint:
        return ProcessHint(ids=tuple(self._engine.process_ids())) if self._lasts else ProcessHint()

    async def load_terms(self) -> LoadTerms:
        """See `Runtime.load_terms`. The library has no graphics card but on Apple's computers; a program of the
        user's own may have one."""
        if not self._lasts:
            return LoadTerms(dict.fromkeys(NAMES, say("Its models leave memory with the program that loaded them.")))
        if self.settings.get("executable") or sys.platform == "darwin":
            return LoadTerms()
        return LoadTerms({"gpu": say("It computes on the processor; for a graphics card name your own llama-server.")})

    async def fit(self, model: str, context_length: int) -> Fit:
        return await self._engine.fit(model, context_length)

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
        """See `Runtime.pull`: `user/repo@quant` is fetched from the model hub. Cancelling keeps what came."""
        if not split_name(model).valid:
            return await self._pulled_already(model)
        from app.services.hub.hub import Hub  # here: listing and loading need none of it

        hub = self._hub or Hub(self.door, user_paths().models_folder)
        try:
            return await _fetched(hub, model, on_progress or (lambda _progress: None))
        except LLMError as exc:
            there = None
            if exc.kind in ABSENT:  # the hub cannot be asked: what was fetched before is as good
                there = await asyncio.to_thread(hub.library.meant_by, split_name(model))
            if there is None:
                exc.provider = self.backend
                raise
            return there.name
        finally:
            if hub is not self._hub:
                await hub.aclose()

    async def _pulled_already(self, model: str) -> str:
        if await self.model_exists(model):
            return model
        raise self.failed(
            ErrorKind.BAD_REQUEST,
            say("{model!r} is no model that can be fetched.", model=model),
            say(
                "Name one of the hub, such as user/repo@Q4_K_M; “{command}” looks for some. "
                "Files in folders of the setting provider_configurations.embedded.folders are found, too.",
                command=in_terminal("hub search coder"),
            ),
            model=model,
        )

    async def load(
        self, model: str, options: LoadOptions = LoadOptions(), on_progress: OnLoad | None = None
    ) -> LoadedModel:
        if not self._lasts:
            raise self._belongs_elsewhere(say("A model that this command loads would be gone when the command ends."))
        await self._check_gpu(options)
        was_loaded = await self.model_loaded(model)
        length = await self._engine.load_model(
            model,
            options.context_length,
            batch=options.batch,
            gpu_layers=await self._layers(model, options.gpu),
            idle_s=options.ttl_s,
        )
        notices = context_notice(options.context_length, length)
        return LoadedModel(model, length, was_loaded=was_loaded, notices=notices)

    async def check_options(self, model: str, options: LoadOptions) -> None:
        await self._check_gpu(options)
        await super().check_options(model, options)
        await self._layers(model, options.gpu)

    async def _check_gpu(self, options: LoadOptions) -> None:
        if options.gpu is not None and "gpu" in (await self.load_terms()).refused:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say("{product} cannot set: GPU share.", product=say(PRODUCT)),
                say("For a graphics card: provider_configurations.embedded.executable names your own llama-server."),
            )

    async def _layers(self, model: str, share: GpuShare | None) -> int | None:
        if share is None:
            return None
        layers = layers_of(share, await self._engine.blocks_of(model))
        if layers is None:
            raise self.failed(
                ErrorKind.UNSUPPORTED,
                say(
                    "The file of {model!r} does not tell how many layers it has, so it takes no share of the GPU.",
                    model=model,
                ),
                say("Use off or max."),
                model=model,
            )
        return layers

    async def unload(self, model: str) -> None:
        if not self._lasts:
            raise self._belongs_elsewhere(say("There is nothing in memory that this command could let go."))
        await self._engine.unload_model(model)

    def _belongs_elsewhere(self, message: str) -> LLMError:
        return self.failed(
            ErrorKind.UNSUPPORTED,
            say("{message} {product} runs inside the program that uses it.", message=message, product=say(PRODUCT)),
            say(
                "It loads the model that is asked: {command}. "
                "It unloads it when nobody has asked for a while, and when that program ends.",
                command=in_terminal("chat --provider embedded"),
            ),
        )


async def _fetched(hub: Hub, model: str, report: OnPull) -> str:
    """Fetch a model; the engine's name of it."""
    key = (await hub.fetch(model)).key

    def tell(one: Download) -> None:
        if one.key == key:
            report(_progress(one))

    listening = hub.downloads.changed.subscribe(tell)
    try:
        ended = await hub.downloads.wait(key)
    except asyncio.CancelledError:
        await hub.downloads.pause(key)
        raise
    finally:
        listening.close()
    if ended.model is None:
        raise ended.error or LLMError(ErrorKind.CANCELLED, say("The download of {model} was stopped.", model=model))
    return ended.model.name


def _progress(one: Download) -> PullProgress:
    status = say("waiting for another try") if one.waiting_for is not None else one.state.value
    return PullProgress(status, one.completed_bytes, one.total_bytes, one.bytes_per_second)


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
