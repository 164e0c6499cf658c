"""What the program of a local model server can be asked: is it there, does it run, start, stop, fetch, load."""

from __future__ import annotations

import abc
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from pydantic import SecretStr

from app.services.engine.footprint import Fit, Verdict
from app.services.llm import limits
from app.services.llm.address import is_loopback, origin_of, port_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor, JsonAnswer
from app.services.llm.local_products import LOCAL_PRODUCTS
from app.services.llm.models import SIMULATED_HEADER, SIMULATED_PREFIX
from app.services.runtimes.records import (
    NEVER,
    Ejected,
    InstalledModel,
    LoadedModel,
    LoadOptions,
    LoadTerms,
    OnLoad,
    OnPull,
    ProcessHint,
    RunningModel,
)
from app.services.wording import say

#: `lms` polls up to a minute for the program it wakes (lms source, findOrStartLlmster).
START_TIMEOUT_S = 70.0
STOP_TIMEOUT_S = 10.0
#: Loading a large model from a slow disk takes minutes, without a byte in between.
LOAD_TIMEOUT_S = 600.0
UNLOAD_LIMIT_S = 10.0
PROBE_TIMEOUT_S = 1.0
PROBE_INTERVAL_S = 0.25
MAX_QUOTED_CHARACTERS = 200
#: Errors that mean "not there" when the question is whether it runs.
ABSENT = frozenset(
    {
        *(ErrorKind.NOT_RUNNING, ErrorKind.UNREACHABLE, ErrorKind.TIMEOUT),
        *(ErrorKind.PROTOCOL, ErrorKind.INTERRUPTED, ErrorKind.TOO_LARGE),  # another program
    }
)
logger = logging.getLogger(__name__)
_Listed = TypeVar("_Listed", InstalledModel, RunningModel)


class Runtime(abc.ABC):
    """One program on this computer (or a server elsewhere, which can be asked but not started or stopped).

    Args:
        door: shared HTTP door.
        base_url: canonical address of the server.
        key: its API key, where it asks for one.
        state_folder: where a started server is remembered; None = it is not.
        settings: the provider's own part of the configuration, such as `model_source`.
    """

    backend: ClassVar[str]
    product: ClassVar[str]
    not_running_text: ClassVar[str]
    missing_model_hint: ClassVar[str]
    cancelled_pull: ClassVar[str]
    """What becomes of a download whose `pull` was cancelled, in a sentence."""
    cancelled_load: ClassVar[str]
    """What becomes of a load whose `load` was cancelled, in a sentence."""
    program_names: ClassVar[frozenset[str]] = frozenset()
    """What its programs are called among the system's processes."""
    tells_memory: ClassVar[bool] = False
    """Whether what a model in memory takes of it is reported or measured, not estimated."""
    deletes_models: ClassVar[bool] = False
    """Whether it can be told to delete a model that it downloaded."""

    def __init__(
        self,
        door: HttpDoor,
        base_url: str,
        *,
        key: SecretStr | str | None = None,
        state_folder: Path | None = None,
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.door = door
        self.base_url = base_url
        self.key = key
        self.state_folder = state_folder
        self.settings = settings
        self._simulated = False

    @property
    def origin(self) -> str:
        return origin_of(self.base_url)

    @property
    def simulated(self) -> bool:
        """Whether the simulator sent the last answer, where one was asked for."""
        return self._simulated

    @property
    def start_hint(self) -> str:
        """How to start the server at its address by hand."""
        return LOCAL_PRODUCTS[self.backend].start_hint(self.base_url)

    @classmethod
    def last_used_address(cls) -> str | None:
        """The canonical address this product's own settings name on this computer, None where they name none."""
        return None

    @abc.abstractmethod
    async def installed(self) -> bool:
        """Whether the program is on this computer. Looks at files only, starts nothing."""

    @abc.abstractmethod
    async def running(self) -> bool:
        """Whether this very product answers at the address. Never raises for a server that is down or another one."""

    @abc.abstractmethod
    async def start(self, timeout_s: float = START_TIMEOUT_S) -> str:
        """Start the server, wait until it answers, return its address. Does nothing when it runs.

        Raises:
            LLMError: not_installed, not_running (it would not start), timeout, unsupported (another computer).
        """

    @abc.abstractmethod
    async def stop(self) -> None:
        """Stop the server and wait until it is gone. Does nothing when it does not run.

        Raises:
            LLMError: unsupported (not ours to stop; the hint says how), server_error (it runs on).
        """

    @abc.abstractmethod
    async def why_not_stoppable(self) -> str:
        """Why `stop` would be refused, in a few words that say what to do instead; "" where it can be tried.

        Looks at files and processes only.
        """

    @abc.abstractmethod
    async def models(self) -> list[InstalledModel]:
        """Everything that is downloaded, embedding models too. Starts nothing.

        Raises:
            LLMError: not_running, unreachable, auth, protocol …
        """

    @abc.abstractmethod
    async def loaded(self) -> list[RunningModel]:
        """Every copy of a model in memory. Starts nothing. Raises like `models`."""

    @abc.abstractmethod
    async def model_exists(self, model: str) -> bool:
        """Whether the model is downloaded.

        Raises:
            LLMError: not_running, unreachable, auth, protocol …
        """

    @abc.abstractmethod
    async def model_loaded(self, model: str) -> bool:
        """Whether the model is in memory. Raises like `model_exists`."""

    @abc.abstractmethod
    async def pull(self, model: str, on_progress: OnPull | None = None) -> str:
        """Download a model; returns when it is there, at once when it was, with the name that it has there.

        Raises:
            LLMError: model_not_found, unsupported, server_error, and like `model_exists`.
        """

    @abc.abstractmethod
    async def load(
        self, model: str, options: LoadOptions = LoadOptions(), on_progress: OnLoad | None = None
    ) -> LoadedModel:
        """Load a model unless it is loaded with at least that context.

        Raises:
            LLMError: model_not_found, overloaded (memory), server_error, unsupported (an option that this backend
                cannot honour), and like `model_exists`.
        """

    async def reload(self, model: str, context_length: int) -> LoadedModel:
        """Load a model with that window in the place of every copy that is loaded; ends what those are writing.

        Where that fails, it is loaded as it was before, if that can be done.

        Raises:
            LLMError: unsupported (this server takes the window with each request), and like `load`.
        """
        raise self.failed(
            ErrorKind.UNSUPPORTED, say("{product} takes the window with each request.", product=say(self.product))
        )

    async def load_terms(self) -> LoadTerms:
        """Which options of a load it takes here and now. Loads and wakes nothing."""
        return LoadTerms()

    async def check_options(self, model: str, options: LoadOptions) -> None:
        """Refuse what `load` would refuse whatever is in memory, so that nothing leaves it in vain.

        Raises:
            LLMError: model_not_found, unsupported, and like `model_exists`.
        """
        if not await self.model_exists(model):
            raise self.model_missing(model)

    async def load_anew(self, model: str, options: LoadOptions, on_progress: OnLoad | None = None) -> LoadedModel:
        """Load a model with these options in the place of every copy that is loaded; ends what those are writing.

        Where that fails, it is loaded with the window it had, if that can be done; the hint says how it stands.

        Raises:
            LLMError: like `check_options`, `unload` and `load`.
        """
        await self.check_options(model, options)
        before = await self.copies_of(model)
        if before:
            await self.unload(model)
        try:
            return await self.load_alone(model, options, on_progress)
        except LLMError as exc:
            if before:
                exc.hint = f"{exc.hint} {await self._load_as_it_was(model, before[0])}".strip()
            raise

    async def copies_of(self, model: str) -> list[RunningModel]:
        """The copies of a model in memory. Raises like `models`."""
        return [one for one in await self.loaded() if model in (one.name, one.instance_id)]

    async def load_alone(self, model: str, options: LoadOptions, on_progress: OnLoad | None = None) -> LoadedModel:
        """`load` for a caller that sees to it that nobody else loads the model meanwhile."""
        return await self.load(model, options, on_progress)

    async def _load_as_it_was(self, model: str, before: RunningModel) -> str:
        """Put a copy back; how the model stands then, in a sentence."""
        try:
            await self.load_alone(model, LoadOptions(before.context_length, ttl_s=NEVER if before.stays else None))
        except LLMError as exc:
            logger.warning("%s could not be loaded as it was before: %s", model, exc)
            return say("It could not be loaded as it was before either, and is not in memory now.")
        return say("It is loaded again with the window it had.")

    async def keep(self, model: str, ttl_s: float) -> LoadedModel:
        """Let a loaded model leave when nobody asked it for so long; `NEVER`: it stays. Loads nothing.

        Raises:
            LLMError: model_not_found, it is not in memory; like `load`.
        """
        if not await self.model_loaded(model):
            message = say("Model {model!r} is not in memory any more.", model=model)
            raise self.failed(ErrorKind.MODEL_NOT_FOUND, message, say("Load it."), model=model)
        return await self.load(model, LoadOptions(ttl_s=ttl_s))

    async def fit(self, model: str, context_length: int) -> Fit:
        """Whether a model with that window fits into the memory that is free; `unknown` where nobody can tell.

        Raises:
            LLMError: like `models`.
        """
        return Fit(Verdict.UNKNOWN, context_length)

    async def estimated_memory(self, copy: RunningModel) -> int | None:
        """About what a copy takes of memory where its server reports none but estimates it; None: unknown.

        Raises:
            LLMError: like `models`; bad_request, a name that a program could take for an option.
        """
        return None

    async def held_memory(self, model: str) -> int | None:
        """Bytes that all copies of a model in memory take, as reported or measured; None where nobody tells.

        Raises:
            LLMError: like `loaded`.
        """
        copies = await self.copies_of(model) if self.tells_memory else []
        sizes = [one.memory_bytes for one in copies if one.memory_bytes and not one.memory_estimated]
        return sum(sizes) if sizes and len(sizes) == len(copies) else None

    def process_hint(self) -> ProcessHint:
        """Where its processes are to be found on this computer."""
        if not is_loopback(self.base_url):
            return ProcessHint()
        return ProcessHint(self.program_names, port_of(self.base_url))

    async def unload_all(self) -> Ejected:
        """Take everything out of memory; what cannot be taken out stays and is told. Starts nothing.

        Raises:
            LLMError: like `loaded`.
        """
        copies = await self.loaded()
        failed: dict[str, LLMError] = {}
        for name in dict.fromkeys(one.name for one in copies):
            try:
                await self.unload(name)
            except LLMError as exc:
                failed[name] = exc
        return Ejected(
            self.backend,
            self.product,
            tuple(one for one in copies if one.name not in failed),
            tuple((one, failed[one.name]) for one in copies if one.name in failed),
        )

    async def window_cost_bytes(self, model: str, now: int, wanted: int) -> int | None:
        """About how much more memory the model takes with a window of `wanted` tokens than of `now`; None: unknown."""
        return None

    @abc.abstractmethod
    async def unload(self, model: str) -> None:
        """Take every copy of the model out of memory; does nothing when it is not there. Ends what it is writing.

        Raises:
            LLMError: server_error (it is still loaded), and like `model_exists`.
        """

    async def delete(self, model: str) -> int:
        """Delete a downloaded model; about how many bytes that frees: parts that another model shares stay.

        Raises:
            LLMError: unsupported, model_not_found, overloaded (it is in memory), and like `model_exists`.
        """
        raise self.failed(
            ErrorKind.UNSUPPORTED,
            say("{product} deletes its models itself.", product=say(self.product)),
            say("Delete it there."),
            model=model,
        )

    @classmethod
    def models_folder(cls) -> Path | None:
        """Where its model files lie for people to see, None where that is not for them. Looks at files only."""
        return None

    async def busy(self, model: str) -> bool | None:
        """Whether the model is computing right now; None where this server cannot be asked."""
        return None

    async def call(
        self, method: str, path: str, *, purpose: str, json: Any = None, timeout_s: float | None = None
    ) -> JsonAnswer:
        """One request to the server, failures in this product's words."""
        limit_s = limits.LIST_TIMEOUT_S if timeout_s is None else timeout_s
        try:
            answer = await self.door.request_json(
                method, self.origin + path, purpose=purpose, key=self.key, json=json, timeout_s=limit_s
            )
        except LLMError as exc:
            raise self.named(exc) from exc
        self._simulated = answer.headers.get(SIMULATED_HEADER, "") == "1"
        return answer

    def marked(self, models: list[_Listed]) -> list[_Listed]:
        """The models of the last answer, those of the simulator marked as such."""
        simulated = [self._simulated or one.name.startswith(SIMULATED_PREFIX) for one in models]
        return [replace(one, simulated=mark) if mark else one for one, mark in zip(models, simulated, strict=True)]

    def named(self, error: LLMError) -> LLMError:
        """The same failure with the product's fixed text where the contract has one."""
        if error.kind is not ErrorKind.NOT_RUNNING:
            error.provider = self.backend
            return error
        return LLMError(
            ErrorKind.NOT_RUNNING,
            say(self.not_running_text),
            say("Nothing answers at {origin}. {start_hint}", origin=self.origin, start_hint=self.start_hint),
            provider=self.backend,
            details=error.details,
        )

    def failed(self, kind: ErrorKind, message: str, hint: str = "", **more: Any) -> LLMError:
        return LLMError(kind, message, hint, provider=self.backend, **more)

    def model_missing(self, model: str) -> LLMError:
        return self.failed(
            ErrorKind.MODEL_NOT_FOUND,
            say("Model {model!r} not found.", model=model),
            say(self.missing_model_hint),
            model=model,
        )

    def require_local(self, *, to_start: bool) -> None:
        """Raises: LLMError: unsupported, the server is on another computer."""
        if is_loopback(self.base_url):
            return
        if to_start:
            hint = say("It has to be started there.")
            text = say(
                "{product} at {origin} runs on another computer and cannot be started from here.",
                product=say(self.product),
                origin=self.origin,
            )
        else:
            hint = say("It has to be stopped there.")
            text = say(
                "{product} at {origin} runs on another computer and cannot be stopped from here.",
                product=say(self.product),
                origin=self.origin,
            )
        raise self.failed(ErrorKind.UNSUPPORTED, text, hint)

    async def probe(self, path: str) -> Any:
        """The JSON at `path`, None when nothing usable answers within `PROBE_TIMEOUT_S`."""
        try:
            answer = await self.call("GET", path, purpose="health", timeout_s=PROBE_TIMEOUT_S)
        except LLMError as exc:
            if exc.kind in ABSENT:
                return None
            raise
        return answer.value if answer.status == 200 else None


def quoted(text: str) -> str:
    """The end of what a program said, on one line, fit for a hint; empty when it said nothing."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return ""
    last = "".join(c if c.isprintable() else " " for c in lines[-1])
    return last if len(last) <= MAX_QUOTED_CHARACTERS else last[: MAX_QUOTED_CHARACTERS - 1] + "…"
