"""Programs that run models on this computer. The functions are the public API (contract §8).

`backend` is "lm_studio" or "ollama" (aliases work). Every function takes these keyword arguments:

    door           a shared HTTP door; without one each call opens its own
    base_url       the server's address; without one the environment's, then the default
    key            the server's API key
    state_folder   where a server we started is remembered, so that a later run may stop it
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from app.services.llm import address
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.models import canonical_provider_id
from app.services.runtimes.base import START_TIMEOUT_S, LoadedModel, OnPull, PullProgress, Runtime
from app.services.runtimes.lm_studio import LmStudioRuntime
from app.services.runtimes.ollama import OllamaRuntime
from app.services.settings.environment import read_environment

__all__ = [
    "LoadedModel",
    "PullProgress",
    "Runtime",
    "backend_url",
    "check_backend_installed",
    "check_backend_running",
    "check_model_busy",
    "check_model_exists",
    "check_model_loaded",
    "last_used_address",
    "load_model",
    "pull_model_with_progress",
    "reload_model",
    "runtime_for",
    "start_backend",
    "stop_backend",
    "unload_model",
    "why_not_stoppable",
    "window_cost_bytes",
]

_RUNTIMES: dict[str, type[Runtime]] = {"lm_studio": LmStudioRuntime, "ollama": OllamaRuntime}
_DEFAULTS = {"lm_studio": "http://localhost:1234/v1", "ollama": "http://localhost:11434"}


def backend_url(backend: str) -> str:
    """The canonical address of a backend: the environment's, else the default.

    Raises:
        LLMError: kind `config`, an unknown backend or an address that is not valid.
    """
    backend = _known(backend)
    values, _ = read_environment(os.environ)
    path = ("provider_configurations", backend, "base_url")
    typed = next((v.value for v in values if v.path == path), _DEFAULTS[backend])
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
) -> Runtime:
    """The runtime behind a backend's name; keep it where loads of one model could meet.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    backend = _known(backend)
    return _RUNTIMES[backend](door, base_url or backend_url(backend), key=key, state_folder=state_folder)


def last_used_address(backend: str) -> str | None:
    """Where the program on this computer says that its server listened last, None where it says nothing.

    Proof of nothing, the server may be off. Reads a small file.

    Raises:
        LLMError: kind `config`, there is no such backend.
    """
    return _RUNTIMES[_known(backend)].last_used_address()


async def check_backend_installed(backend: str, **where: object) -> bool:
    """Whether the program is on this computer; looks at files only."""
    async with _runtime(backend, where) as runtime:
        return await runtime.installed()


async def check_backend_running(backend: str, **where: object) -> bool:
    """Whether this very product answers at its address."""
    async with _runtime(backend, where) as runtime:
        return await runtime.running()


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


async def check_model_exists(backend: str, model: str, **where: object) -> bool:
    """Whether the model is downloaded. Raises: LLMError: not_running, unreachable, auth …"""
    async with _runtime(backend, where) as runtime:
        return await runtime.model_exists(model)


async def check_model_loaded(backend: str, model: str, **where: object) -> bool:
    """Whether the model is in memory. Raises: LLMError: not_running, unreachable, auth …"""
    async with _runtime(backend, where) as runtime:
        return await runtime.model_loaded(model)


async def pull_model_with_progress(
    backend: str, model: str, on_progress: OnPull | None = None, **where: object
) -> None:
    """Download a model; `on_progress` is called on the loop with every `PullProgress`.

    Raises:
        LLMError: model_not_found, unsupported, server_error, interrupted, not_running …
    """
    async with _runtime(backend, where) as runtime:
        await runtime.pull(model, on_progress)


async def load_model(backend: str, model: str, *, context_length: int | None = None, **where: object) -> LoadedModel:
    """Load a model unless it is loaded with at least that context.

    Raises:
        LLMError: model_not_found, overloaded, server_error, not_running …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.load(model, context_length=context_length)


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


async def check_model_busy(backend: str, model: str, **where: object) -> bool | None:
    """Whether a model is computing right now; None where its server cannot be asked. Never starts anything.

    Raises:
        LLMError: auth, protocol …
    """
    async with _runtime(backend, where) as runtime:
        return await runtime.busy(model)


def _known(backend: str) -> str:
    canonical = canonical_provider_id(backend)
    if canonical not in _RUNTIMES:
        known = ", ".join(_RUNTIMES)
        raise LLMError(ErrorKind.CONFIG, f"There is no backend {backend!r}.", f"Known backends: {known}.")
    return canonical


@asynccontextmanager
async def _runtime(backend: str, where: dict[str, object]) -> AsyncIterator[Runtime]:
    shared = where.pop("door", None)
    door = shared if isinstance(shared, HttpDoor) else HttpDoor()
    try:
        yield runtime_for(backend, door, **where)  # type: ignore[arg-type]  # checked by runtime_for's own signature
    finally:
        if door is not shared:
            await door.aclose()
