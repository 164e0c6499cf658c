"""Programs that run models on this computer. The functions are the public API (contract §8).

`backend` is "lm_studio", "ollama" or "embedded" (aliases work). Every function takes these keyword arguments:

    door           a shared HTTP door; without one each call opens its own
    base_url       the server's address; without one the environment's, then the default
    key            the server's API key
    state_folder   where a server we started is remembered, so that a later run may stop it
    settings       the provider's own part of the configuration; without it the environment's MODEL_SOURCE counts
    engine         the provider of the built-in engine in this process, where the process lasts
    hub            where the built-in engine's models are fetched from and kept; without one the default folder
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from app.lean_dataclass import dataclass
from app.services.engine.footprint import Fit
from app.services.llm import address
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.models import canonical_provider_id
from app.services.runtimes.base import START_TIMEOUT_S, Runtime
from app.services.runtimes.embedded import EmbeddedRuntime, Engine
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.ollama import OllamaRuntime
from app.services.runtimes.records import (
    Ejected,
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
)
from app.services.settings.environment import read_environment
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.hub.hub import Hub

__all__ = [
    "BACKENDS",
    "BackendStatus",
    "Ejected",
    "InstalledModel",
    "LoadOptions",
    "LoadTerms",
    "LoadedModel",
    "ProcessHint",
    "PullProgress",
    "RunningModel",
    "Runtime",
    "backend_status",
    "backend_url",
    "cancelled_load",
    "cancelled_pull",
    "check_backend_installed",
    "check_backend_running",
    "check_model_busy",
    "check_model_exists",
    "check_model_loaded",
    "estimated_memory",
    "held_memory",
    "keep_model",
    "known_backend",
    "last_used_address",
    "list_loaded_models",
    "list_models",
    "load_model",
    "load_model_anew",
    "load_terms",
    "model_fit",
    "process_hint",
    "pull_model_with_progress",
    "reload_model",
    "runtime_for",
    "start_backend",
    "stop_backend",
    "unload_all",
    "unload_model",
    "why_not_stoppable",
    "window_cost_bytes",
]

_RUNTIMES: dict[str, type[Runtime]] = {
    "lm_studio": LmStudioRuntime,
    "ollama": OllamaRuntime,
    "embedded": EmbeddedRuntime,
}
_DEFAULTS = {"lm_studio": "http://localhost:1234/v1", "ollama": "http://localhost:11434"}
#: All that can be named, in the order in which they are looked at.
BACKENDS = tuple(_RUNTIMES)


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """One look at a backend. `problem` is why its models could not be asked for while it runs."""

    backend: str
    product: str
    address: str
    """Empty for one without a server."""
    installed: bool
    running: bool
    loaded: tuple[RunningModel, ...] = ()
    problem: LLMError | None = None
    simulated: bool = False
    """The simulator answers there: no model is running."""


def backend_url(backend: str) -> str:
    """The canonical address of a backend: the environment's, else the default; empty for one without a server.

    Raises:
        LLMError: kind `config`, an unknown backend or an address that is not valid.
    """
    backend = known_backend(backend)
    if backend not in _DEFAULTS:
        return ""
    typed = _from_environment(backend).get("base_url", _DEFAULTS[backend])
    if backend == "ollama":
        return address.canonical_base_url(typed, path="", default_port=11434, keep_path=True)
    return address.canonical_base_url(typed)


def runtime_for(
    backend: str,
    door: HttpDoor,
    *,
    base_url: str | None = None,
    key: SecretStr | str | None = None,
    state_folder: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    engine: Engine | None = None,
    hub: Hub | None = None,
) -> Runtime:
    """The runtime behind a backend's name; keep it where loads of one model could meet.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    backend = known_backend(backend)
    more: dict[str, Any] = {"engine": engine, "hub": hub} if _RUNTIMES[backend] is EmbeddedRuntime else {}
    return _RUNTIMES[backend](
        door,
        base_url or backend_url(backend),
        key=key,
        state_folder=state_folder,
        settings=_from_environment(backend) if settings is None else settings,
        **more,
    )


def last_used_address(backend: str) -> str | None:
    """Where the program on this computer says that its server listened last, None where it says nothing.

    Proof of nothing, the server may be off. Reads a small file.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    return _RUNTIMES[known_backend(backend)].last_used_address()


def cancelled_load(backend: str) -> str:
    """What becomes of a load whose task was cancelled, in a sentence.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    return say(_RUNTIMES[known_backend(backend)].cancelled_load)


def cancelled_pull(backend: str) -> str:
    """What becomes of a download whose task was cancelled, in a sentence.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    return say(_RUNTIMES[known_backend(backend)].cancelled_pull)


async def check_backend_installed(backend: str, **where: object) -> bool:
    """Whether the program is on this computer; looks at files only."""
    async with _runtime(backend, where) as runtime:
        return await runtime.installed()


async def check_backend_running(backend: str, **where: object) -> bool:
    """Whether this very product answers at its address."""
    async with _runtime(backend, where) as runtime:
        return await runtime.running()


async def backend_status(backend: str, **where: object) -> BackendStatus:
    """Installed, running, and what is loaded. Starts and wakes nothing, and does not raise for a server's failure."""
    async with _runtime(backend, where) as runtime:
        problem, loaded = None, []
        try:
            running = await runtime.running()
            if running:
                loaded = await runtime.loaded()
        except LLMError as exc:
            running, problem = True, exc  # it answers, and refuses: a token is missing, say
        return BackendStatus(
            runtime.backend,
            runtime.product,
            runtime.base_url,
            await runtime.installed(),
            running,
            tuple(loaded),
            problem,
            running and runtime.simulated,
        )


async def start_backend(backend: str, *, timeout_s: float = START_TIMEOUT_S, **where: object) -> str:
    """Start it where needed, wait until it answers; its address.

    Raises:
        LLMError: not_installed, not_running, timeout, unsupported.
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.start(timeout_s)


async def stop_backend(backend: str, **where: object) -> None:
    """Stop it, if that is ours to do.

    Raises:
        LLMError: unsupported, server_error, not_installed.
    """
    async with _runtime(backend, where) as runtime:
        await runtime.stop()


async def why_not_stoppable(backend: str, **where: object) -> str:
    """Why stopping it from here would be refused, in a few words; "" where it can be tried. Asks no server."""
    async with _runtime(backend, where) as runtime:
        return await runtime.why_not_stoppable()


async def list_models(backend: str, **where: object) -> list[InstalledModel]:
    """Everything that is downloaded, of whatever kind. Raises: LLMError: not_running, unreachable, auth …"""
    async with _runtime(backend, where) as runtime:
        return await runtime.models()


async def list_loaded_models(backend: str, **where: object) -> list[RunningModel]:
    """Every copy of a model in memory. Raises: LLMError: not_running, unreachable, auth …"""
    async with _runtime(backend, where) as runtime:
        return await runtime.loaded()


async def check_model_exists(backend: str, model: str, **where: object) -> bool:
    """Whether the model is downloaded. Raises: LLMError: not_running, unreachable, auth …"""
    async with _runtime(backend, where) as runtime:
        return await runtime.model_exists(model)


async def check_model_loaded(backend: str, model: str, **where: object) -> bool:
    """Whether the model is in memory. Raises: LLMError: not_running, unreachable, auth …"""
    async with _runtime(backend, where) as runtime:
        return await runtime.model_loaded(model)


async def pull_model_with_progress(backend: str, model: str, on_progress: OnPull | None = None, **where: object) -> str:
    """Download a model; the name under which the backend has it then, which may be another one than was asked for.

    `on_progress` is called on the loop with every `PullProgress`.

    Raises:
        LLMError: model_not_found, unsupported, server_error, interrupted, not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.pull(model, on_progress)


async def load_model(
    backend: str,
    model: str,
    *,
    context_length: int | None = None,
    gpu: GpuShare | None = None,
    ttl_s: float | None = None,
    batch: int | None = None,
    on_progress: OnLoad | None = None,
    **where: object,
) -> LoadedModel:
    """Load a model unless it is loaded with at least that context.

    Raises:
        LLMError: model_not_found, overloaded, server_error, unsupported (an option that it cannot honour),
            not_running …
    """
    options = LoadOptions(context_length, gpu, ttl_s, batch)
    async with _runtime(backend, where) as runtime:
        return await runtime.load(model, options, on_progress)


async def load_model_anew(
    backend: str, model: str, options: LoadOptions, *, on_progress: OnLoad | None = None, **where: object
) -> LoadedModel:
    """Load a model with these options in the place of the copies that are loaded; ends what they are writing.

    Raises:
        LLMError: model_not_found, overloaded, server_error, unsupported, not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.load_anew(model, options, on_progress)


async def keep_model(backend: str, model: str, ttl_s: float, **where: object) -> LoadedModel:
    """Let a loaded model leave when nobody asked it for so long; `records.NEVER`: it stays. Loads nothing.

    Raises:
        LLMError: model_not_found (it is not in memory), unsupported, not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.keep(model, ttl_s)


async def load_terms(backend: str, **where: object) -> LoadTerms:
    """Which options of a load the backend takes here and now; sentences for the others. Wakes nothing.

    Raises:
        LLMError: auth, protocol …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.load_terms()


async def model_fit(backend: str, model: str, context_length: int, **where: object) -> Fit:
    """Whether a model with that window fits into the memory that is free.

    Raises:
        LLMError: model_not_found, not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.fit(model, context_length)


async def estimated_memory(backend: str, copy: RunningModel, **where: object) -> int | None:
    """About how many bytes a copy takes of memory, where its server reports none but estimates it; None: unknown.

    Raises:
        LLMError: auth, protocol …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.estimated_memory(copy)


async def held_memory(backend: str, model: str, **where: object) -> int | None:
    """Bytes that a model in memory takes, as its server reports or its process is measured; None: nobody tells.

    Raises:
        LLMError: not_running, unreachable, auth …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.held_memory(model)


async def process_hint(backend: str, **where: object) -> ProcessHint:
    """Where the processes of a backend are to be found on this computer; empty for one elsewhere. Asks no server."""
    async with _runtime(backend, where) as runtime:
        return runtime.process_hint()


async def reload_model(backend: str, model: str, *, context_length: int, **where: object) -> LoadedModel:
    """Load a model with that window in the place of the copies that are loaded; ends what they are writing.

    Raises:
        LLMError: unsupported, model_not_found, overloaded, server_error, not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.reload(model, context_length)


async def window_cost_bytes(backend: str, model: str, *, now: int, wanted: int, **where: object) -> int | None:
    """About how much more memory a model takes with a larger window, as its own program estimates it; None: unknown.

    Raises:
        LLMError: auth, protocol …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.window_cost_bytes(model, now, wanted)


async def unload_model(backend: str, model: str, **where: object) -> None:
    """Take a model out of memory, and end what it is writing.

    Raises:
        LLMError: server_error (it is still loaded), not_running …
    """
    async with _runtime(backend, where) as runtime:
        await runtime.unload(model)


async def unload_all(backend: str, **where: object) -> Ejected:
    """Take everything that a backend has in memory out of it; what stayed is told with its reason. Starts nothing.

    Raises:
        LLMError: not_running, unreachable, auth …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.unload_all()


async def delete_model(backend: str, model: str, **where: object) -> int:
    """Delete a model that a backend downloaded; about how many bytes that frees.

    Raises:
        LLMError: unsupported, model_not_found, overloaded (it is in memory), not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.delete(model)


def deletes_models(backend: str) -> bool:
    """Whether a backend can be told to delete a model."""
    return _RUNTIMES[known_backend(backend)].deletes_models


def models_folder(backend: str) -> Path | None:
    """Where its model files lie for people to see. Looks at files."""
    return _RUNTIMES[known_backend(backend)].models_folder()


async def check_model_busy(backend: str, model: str, **where: object) -> bool | None:
    """Whether a model is computing right now; None where its server cannot be asked. Never starts anything.

    Raises:
        LLMError: auth, protocol …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.busy(model)


def known_backend(backend: str) -> str:
    """The id behind a name or alias.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    canonical = canonical_provider_id(backend)
    if canonical not in _RUNTIMES:
        known = ", ".join(_RUNTIMES)
        raise LLMError(
            ErrorKind.CONFIG,
            say("There is no backend {backend!r}.", backend=backend),
            say("Known backends: {known}.", known=known),
        )
    return canonical


def _from_environment(backend: str) -> dict[str, Any]:
    """What the environment says of a backend, for callers without a configuration."""
    values, _ = read_environment(os.environ)
    return {v.path[2]: v.value for v in values if v.path[:2] == ("provider_configurations", backend)}


@asynccontextmanager
async def _runtime(backend: str, where: dict[str, object]) -> AsyncIterator[Runtime]:
    shared = where.pop("door", None)
    door = shared if isinstance(shared, HttpDoor) else HttpDoor()
    try:
        yield runtime_for(backend, door, **where)  # type: ignore[arg-type]  # checked by runtime_for's own signature
    finally:
        if door is not shared:
            await door.aclose()
