"""The built-in engine: llama.cpp in a child process of ours, for model files that are on this computer already.

With the library `xllamacpp` (the extra `embedded`), or with the user's own `llama-server`, which may use a graphics
card. Both speak the same interface on a free port of loopback, behind a key that is made for this run.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, field_validator

from app.services.blocking_call import BlockingCall
from app.services.engine import footprint, graphics_memory, load_failures, memory
from app.services.engine.engine_process import LIBRARY, EngineOrder, library_folder
from app.services.engine.engines import Engines
from app.services.engine.gguf_finder import Found, GgufFinder, ModelFile
from app.services.engine.listed_model import described
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import Capabilities, ChatRequest, ModelConfig
from app.services.llm.outgoing import Key, request_headers
from app.services.llm.profiles import readable_name
from app.services.llm.providers._openai_wire import OpenAIWireProvider
from app.services.llm.providers.base import BaseProvider, ProviderConfig
from app.services.llm.registry import register
from app.services.llm.relay_target import RelayTarget, WireShape
from app.services.llm.stream_events import Finished, PhaseChanged, Started, StreamEvent
from app.services.terminal_command import in_terminal
from app.services.wording import later, say

if TYPE_CHECKING:
    from app.services.llm.wire_request import WireRequest

logger = logging.getLogger(__name__)

DEFAULT_CONTEXT_LENGTH = 16_384
MAX_FOLDERS = 50
#: Starts of the engine for one answer: the first, and another one after a crash.
_STARTS = 2
#: A look ends by itself before that; one that does not is in a folder that hangs. Below `limits.LIST_TIMEOUT_S`.
_LOOK_WAIT_S = 4.0
_FILE_WAIT_S = 3.0
#: How a connection ends when the process behind it does.
_BROKEN_OFF = frozenset({ErrorKind.INTERRUPTED, ErrorKind.NOT_RUNNING, ErrorKind.UNREACHABLE, ErrorKind.PROTOCOL})


class EmbeddedConfig(ProviderConfig):
    base_url: str = Field("", description="Not used: it has no address.")
    priority: int = Field(7, description="Lower is tried first.")
    executable: str | None = Field(
        None, description="Full path of your own llama-server, used in place of the library (graphics cards)."
    )
    folders: list[str] = Field(
        default_factory=list, max_length=MAX_FOLDERS, description="Further folders with GGUF files, as full paths."
    )
    idle_minutes: float = Field(
        10.0, gt=0, le=10_080, description="Minutes without a request after which a model is unloaded."
    )
    context_length: int = Field(
        DEFAULT_CONTEXT_LENGTH, ge=512, description="Tokens of window to load a model with, if it and the memory allow."
    )

    @field_validator("base_url")
    @classmethod
    def _check_no_address(cls, value: str) -> str:
        if value:
            raise ValueError("the built-in engine has no address")
        return value

    @field_validator("executable")
    @classmethod
    def _check_executable(cls, value: str | None) -> str | None:
        return _absolute(value) if value else None

    @field_validator("folders")
    @classmethod
    def _check_folders(cls, value: list[str]) -> list[str]:
        return [_absolute(one) for one in value]


def _absolute(text: str) -> str:
    # Not Path.expanduser, which raises RuntimeError for a user that does not exist.
    path = Path(os.path.expanduser(text.strip())) if "\0" not in text else Path()  # noqa: PTH111
    if not path.is_absolute():
        raise ValueError(say("a full path is wanted"))
    return str(path)


@register("embedded", aliases=("built-in",))
class EmbeddedProvider(OpenAIWireProvider):
    """Model files, answered for by children of this process."""

    display_name = later("Core", "Built-in engine")
    Config = EmbeddedConfig
    capabilities = Capabilities(
        local=True,
        json_schema=True,
        accepts_key=False,
        answers_on_its_host=True,
        needs_address=False,
        native_context_option=True,
    )
    # What llama.cpp's server speaks; a model that embeds would have to be loaded another way.
    relayed_shapes = frozenset({"chat/completions", "completions", "responses", "messages", "messages/count_tokens"})
    config: EmbeddedConfig

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.door = self.door.direct()  # prompts and the key of our own children concern no proxy
        self._finder = GgufFinder([Path(folder) for folder in self.config.folders])
        self._look = BlockingCall(self._finder.find, name="look for model files")
        self._program_check = BlockingCall(self._program, name="look for llama.cpp")
        self._engines: Engines | None = None
        self._found = Found()

    def use_models_folder(self, folder: Path) -> None:
        super().use_models_folder(folder)
        self._finder.own = folder

    def loaded_files(self) -> list[Path]:
        return self._engines.files() if self._engines is not None else []

    @property
    def engines(self) -> Engines:
        """The loaded models. Made on the loop that first asks."""
        if self._engines is None:
            self._engines = Engines(self.door, idle_s=self.config.idle_minutes * 60)
        return self._engines

    # -- what is there

    async def own_program(self) -> str:
        try:
            return await self._program_check.result(_FILE_WAIT_S)
        except TimeoutError as exc:
            raise LLMError(
                ErrorKind.NOT_INSTALLED,
                say("The program {executable!r} cannot be looked at.", executable=self.config.executable or LIBRARY),
                say("Its folder does not answer."),
            ) from exc

    def _program(self) -> str:
        """What runs the models, in a phrase.

        Raises:
            LLMError: not_installed.
        """
        if self.config.executable is not None:
            path = Path(self.config.executable)
            if not path.is_file() or not os.access(path, os.X_OK):
                raise LLMError(
                    ErrorKind.NOT_INSTALLED,
                    say("There is no program {path!r}.", path=str(path)),
                    say(
                        "Correct it, or go back to the library: {command}",
                        command=in_terminal(f"config set provider_configurations.{self.instance_id}.executable null"),
                    ),
                )
            return say("Your own {name}", name=path.name)
        if library_folder() is None:
            raise load_failures.not_installed()
        try:
            return say("llama.cpp in {library} {version}", library=LIBRARY, version=version(LIBRARY))
        except PackageNotFoundError:  # a bundle may leave the package's description out
            return say("llama.cpp in {library}", library=LIBRARY)

    async def list_models(self) -> list[ModelConfig]:
        """The model files of this computer; nothing is started.

        Raises:
            LLMError: not_installed; model_not_found, there is no file: then it is of no use, and counts as down.
        """
        await self.own_program()
        await self._look_at_files()
        if not self._found.models:
            raise self._no_files()
        engines = self._engines
        return [
            described(
                model,
                self.instance_id,
                self.provider_id,
                engines.loaded(model.path) if engines is not None else None,
                is_default=model.name == self.config.default_model,
            )
            for model in self._found.models
        ]

    async def _look_at_files(self) -> None:
        """Take what is there now; what was there before, where a folder does not answer."""
        try:
            self._found = await self._look.result(_LOOK_WAIT_S)
        except TimeoutError:
            logger.warning("%s does not answer; the list of model files stays as it was", self._finder.reading)

    def _no_files(self) -> LLMError:
        silent = self._finder.reading
        broken = self._found.unusable[:1]
        why = "".join(say("{name} cannot be used: {reason} ", name=one.path.name, reason=one.reason) for one in broken)
        why += say("{silent} does not answer. ", silent=silent) if silent is not None else ""
        return LLMError(
            ErrorKind.MODEL_NOT_FOUND,
            say("{name} found no model file on this computer.", name=self.name),
            say(
                "{why}It looks for GGUF files in its own folder, in those of LM Studio, Ollama and Hugging Face, and "
                "in "
                "those of the setting provider_configurations.{instance_id}.folders. "
                "“{command}” looks for one to fetch.",
                why=why,
                instance_id=self.instance_id,
                command=in_terminal("hub search coder"),
            ),
            provider=self.instance_id,
        )

    def window_for(self, model: ModelConfig) -> int | None:
        """As the next request would load it."""
        if model.loaded_context_length is not None:
            return model.loaded_context_length
        return self.usual_window(model)

    def usual_window(self, model: ModelConfig) -> int | None:
        """The configured one, as far as the model and the memory allow it."""
        file = self._found.named(model.name)
        return (
            None if file is None else memory.fitting_context(file, self.config.context_length, self._available_then())
        )

    def _available(self) -> int | None:
        """Memory for models; the user's executable may put them where we cannot see, on a graphics card."""
        return memory.available_bytes() if self.config.executable is None else None

    def _available_then(self) -> int | None:
        """With what our own idle models hold, which make room for another one."""
        now = self._available()
        return None if now is None else now + sum(order.needed_bytes for order in self.engines.idle())

    # -- answers

    def wire_key(self) -> Key:
        return SecretStr(self.engines.key)

    async def wire_request(self, request: ChatRequest) -> WireRequest:
        return await BaseProvider.wire_request(self, request)  # its engine has no address that lasts

    async def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        self.door.prepare()  # before the clocks of this answer start
        yield Started(self.instance_id, request.model, local=True)
        try:
            await self.own_program()
            file = await self._file(request.model)
            timeout_s = request.first_token_timeout_s or self.first_token_timeout_s
            for start in range(1, _STARTS + 1):
                order = await self._order(file, request.parameters.context_length)
                if self.engines.loaded(file.path) is None:
                    yield PhaseChanged("loading")
                began = False
                async with self.engines.using(order, timeout_s) as engine:
                    try:
                        url = f"{engine.address}/v1/chat/completions"
                        async with aclosing(self.stream_from(request, url)) as events:
                            async for event in events:
                                if isinstance(event, Started):
                                    continue
                                if isinstance(event, Finished):  # it knows the file, not our name for it
                                    event = replace(event, served_model=request.model)
                                began = began or not isinstance(event, PhaseChanged)
                                yield event
                        return
                    except LLMError as exc:
                        if exc.kind not in _BROKEN_OFF or not await engine.ended_within(1.0):
                            raise
                        if began or start == _STARTS:
                            raise load_failures.crashed(
                                request.model, engine.last_words, engine.exit_status, began=began
                            ) from exc
        except LLMError as exc:
            exc.provider, exc.model = exc.provider or self.instance_id, exc.model or request.model
            raise

    async def _file(self, name: str) -> ModelFile:
        """The file behind a name; the folders are looked at again where it is not known.

        Raises:
            LLMError: model_not_found, or server_error for a file that cannot be used.
        """
        file = self._found.named(name)
        if file is None or not await self._is_there(file.path):
            await self._look_at_files()
            file = self._found.named(name)
        if file is not None:
            return file
        broken = next((one for one in self._found.unusable if one.path.stem == name.rpartition("/")[2]), None)
        if broken is not None:
            raise LLMError(
                ErrorKind.SERVER_ERROR,
                say("{name} is no model file that can be used.", name=broken.path.name),
                say("{reason} Download it again.", reason=broken.reason),
                retryable=False,
            )
        raise LLMError(
            ErrorKind.MODEL_NOT_FOUND,
            say("Model '{name}' not found.", name=name),
            say("“{command}” lists the files that were found.", command=in_terminal("models")),
        )

    async def _is_there(self, path: Path) -> bool:
        """Whether it is a file.

        Raises:
            LLMError: model_not_found: the folder does not answer.
        """
        try:
            return await BlockingCall(path.is_file, name="look for a model file").result(_FILE_WAIT_S)
        except TimeoutError as exc:
            raise LLMError(
                ErrorKind.MODEL_NOT_FOUND, say("{name} cannot be read: its folder does not answer.", name=path.name)
            ) from exc

    async def _order(self, file: ModelFile, wanted: int | None) -> EngineOrder:
        """How to load a model: with the window asked for, the one it has, or the largest that fits.

        Idle models of ours are unloaded where that makes it fit.

        Raises:
            LLMError: overloaded, there is too little memory.
        """
        loaded = self.engines.loaded(file.path)
        most = min(wanted, file.header.context_length or wanted) if wanted is not None else None
        if loaded is not None and (most in (None, loaded.context_length) or self.engines.in_use(file.path)):
            return loaded
        planned = self._planned(file, wanted, most, self._available_then())
        for idle in self.engines.idle():
            available = self._available()
            if available is None or planned.needed_bytes <= available:
                break
            await self.engines.let_go(idle.model)
        return self._planned(file, wanted, most, self._available_then())

    def _planned(self, file: ModelFile, wanted: int | None, most: int | None, available: int | None) -> EngineOrder:
        """The order that fits into so much memory.

        Raises:
            LLMError: overloaded, none does.
        """
        context = memory.fitting_context(file, wanted or self.config.context_length, available)
        if context is None or (most is not None and context < most):
            asked = most or min(footprint.LEAST_CONTEXT, file.header.context_length or footprint.LEAST_CONTEXT)
            need, left = memory.needed_bytes(file, asked), available or 0
            raise load_failures.too_little_memory(
                readable_name(file.name),
                say(
                    "It needs about {gigabytes}, and {gigabytes_2} are free",
                    gigabytes=_gigabytes(need),
                    gigabytes_2=_gigabytes(left),
                ),
            )
        executable = Path(self.config.executable) if self.config.executable is not None else None
        name = readable_name(file.name.rpartition("/")[2])
        needed, cache = memory.needed_bytes(file, context), memory.prompt_cache_mib(file, context, available)
        before = self.engines.loaded(file.path)  # what was chosen for it stays when its window changes
        batch, gpu_layers = (before.batch, before.gpu_layers) if before is not None else (None, None)
        return EngineOrder(name, file.path, context, executable, batch, gpu_layers, needed, cache)

    # -- into memory and out of it

    async def load_model(
        self,
        model: str,
        context_length: int | None,
        *,
        batch: int | None = None,
        gpu_layers: int | None = None,
        idle_s: float | None = None,
    ) -> int:
        """Take a model into memory before somebody asks it; the window it got.

        Args:
            batch, gpu_layers: as `EngineOrder` has them; of a model that is loaded, None changes nothing.
            idle_s: it leaves when nobody asked it for so long; None: as the settings say.

        Raises:
            LLMError: model_not_found, not_installed, overloaded, server_error, timeout.
        """
        await self.own_program()
        file = await self._file(model)
        order = await self._order(file, context_length)
        order = replace(
            order,
            batch=order.batch if batch is None else batch,
            gpu_layers=order.gpu_layers if gpu_layers is None else gpu_layers,
        )
        async with self.engines.using(order, self.first_token_timeout_s) as engine:
            if idle_s is not None:
                self.engines.keep(file.path, idle_s)
            return engine.order.context_length

    async def keep_model(self, model: str, idle_s: float) -> None:
        """A loaded model is unloaded when nobody asked it for so long; infinity: it stays with the program."""
        file = self._found.named(model)
        if file is not None and self._engines is not None:
            self._engines.keep(file.path, idle_s)

    def leaves_in(self, model: str) -> float | None:
        """Seconds until a loaded model is unloaded if nobody asks it; None: it is used or not loaded."""
        file = self._found.named(model)
        return None if file is None or self._engines is None else self._engines.leaves_in(file.path)

    def process_ids(self, model: str | None = None) -> list[int]:
        """Of the children that serve this model; without a name of all."""
        if self._engines is None:
            return []
        if model is None:
            return self._engines.process_ids()
        file = self._found.named(model)
        process = self._engines.process_of(file.path) if file is not None else None
        return [process.process_id] if process is not None and process.process_id is not None else []

    async def blocks_of(self, model: str) -> int | None:
        """Layers of a model, None where its head does not tell.

        Raises:
            LLMError: model_not_found, server_error.
        """
        return (await self._file(model)).header.block_count

    async def fit(self, model: str, context_length: int) -> footprint.Fit:
        """Whether a model fits with that window, once our own idle models have made room.

        Raises:
            LLMError: model_not_found, server_error.
        """
        file = await self._file(model)
        free = await asyncio.to_thread(self._available_then)
        graphics = await graphics_memory.free_bytes() if self.config.executable is not None else None
        return footprint.judge(file.header, file.size_bytes, context_length, free, graphics_bytes=graphics)

    async def unload_model(self, model: str) -> None:
        """Take a model out of memory; does nothing where it is not there.

        Raises:
            LLMError: overloaded, an answer runs on it.
        """
        file = self._found.named(model)
        if file is None or self._engines is None:
            return
        await self._engines.let_go(file.path)
        if self._engines.loaded(file.path) is not None:
            raise LLMError(
                ErrorKind.OVERLOADED,
                say("Model {model!r} is still loaded.", model=model),
                say("It is answering."),
                retryable=False,
            )

    async def busy(self, model: str) -> bool | None:
        file = self._found.named(model)
        engine = self.engines.process_of(file.path) if file is not None and self._engines is not None else None
        return await self.slots_busy(engine.address) if engine is not None and engine.ready else None

    @asynccontextmanager
    async def relaying(self, shape: WireShape, model: str) -> AsyncIterator[RelayTarget | None]:
        if shape not in self.relayed_shapes:
            yield None
            return
        await self.own_program()
        order = await self._order(await self._file(model), None)
        async with self.engines.using(order, self.first_token_timeout_s) as engine:
            headers = request_headers(self.wire_key(), None, has_body=True)
            yield RelayTarget(f"{engine.address}/v1/{shape}", headers, direct=True)

    # -- the end

    def retire(self) -> None:
        if self._engines is not None:
            self._engines.retire()

    async def aclose(self) -> None:
        if self._engines is not None:
            await self._engines.aclose()
        await super().aclose()


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
