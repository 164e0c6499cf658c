"""`aica ls` and `aica ps`: what is downloaded and what is in memory, of one backend or of all."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output, running
from app.cli.start_hints import fit_way_to_start
from app.lean_dataclass import dataclass
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.errors import LLMError
    from app.services.runtimes import InstalledModel, Runtime
    from app.services.runtimes.records import RunningModel

Look = Callable[["Runtime"], Awaitable[Sequence[Any]]]


@dataclass(frozen=True)
class _Listed:
    """What one backend answered; `error` where it could not."""

    backend: str
    product: str
    models: Sequence[Any]
    error: LLMError | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The same for both commands."""
    local_backends.add_backend(parser, "all without it")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def downloaded(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """`aica ls`."""
    head = ("MODEL", "BACKEND", "TYPE", "STATE", "CONTEXT MAX", "QUANT", "SIZE", "")
    empty = "No models are downloaded."
    return _list(arguments, lambda runtime: runtime.models(), head, _installed_row, empty)


def in_memory(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """`aica ps`."""
    head = ("MODEL", "BACKEND", "INSTANCE", "CONTEXT NOW", "SIZE", "MEMORY", "ON GPU", "DOES", "LEAVES IN", "")
    empty = "No model is in memory."
    return _list(arguments, lambda runtime: runtime.loaded(), head, _running_row, empty)


async def _list(
    arguments: argparse.Namespace,
    look: Look,
    head: tuple[str, ...],
    row: Callable[[str, Any], tuple[str, ...]],
    empty: str,
) -> int:
    from app.services import runtimes

    async with await running.services_of(arguments, quiet=arguments.json, keep_history=False) as services:
        names = [arguments.backend] if arguments.backend else runtimes.BACKENDS

        async def ask(name: str) -> _Listed:
            return await _ask(services, await local_backends.runtime_of(services, name), look)

        found = await asyncio.gather(*(ask(name) for name in names))
    failed = [one for one in found if one.error is not None]
    if arguments.json:
        output.print_json({"models": [_model_object(one, m) for one in found for m in one.models],
                           "backends": [_backend_object(one) for one in found]})  # fmt: skip
    else:
        rows = [row(one.backend, model) for one in found for model in one.models]
        if rows:
            print(output.table(rows, head))
        elif len(failed) < len(found):
            output.note(empty)
        _tell_failures(failed, bool(arguments.backend) or len(failed) == len(found))
    first = next((one.error for one in failed if one.error is not None), None)
    return output.exit_status(first) if first is not None and len(failed) == len(found) else 0


async def _ask(services: Services, runtime: Runtime, look: Look) -> _Listed:
    from app.services.llm.errors import LLMError

    try:
        return _Listed(runtime.backend, runtime.product, await look(runtime))
    except LLMError as exc:
        await fit_way_to_start(services, exc, of_runtime=True)
        return _Listed(runtime.backend, runtime.product, (), exc)


def _tell_failures(failed: Sequence[_Listed], wanted: bool) -> None:
    """In full where somebody waits for it; else one remark for each, since the others' models are printed."""
    for one in failed:
        if one.error is None:
            continue
        if wanted:
            output.report(one.error)
        else:
            start = f"Start it: {in_terminal(f'backend start {one.backend}')}"
            down = one.error.kind == "not_running"
            more = start if one.error.terminal_hint else one.error.hint if down else ""
            output.note(f"{one.error.message} {more}".rstrip())


def _installed_row(backend: str, model: InstalledModel) -> tuple[str, ...]:
    kind = model.kind if model.local else f"{model.kind}, elsewhere"
    state = "loaded" if model.loaded else ""
    context = str(model.context_length or "")
    size = output.size_text(model.size_bytes)
    return model.name, backend, kind, state, context, model.quantization or "", size, _mark(model)


def _running_row(backend: str, model: RunningModel) -> tuple[str, ...]:
    instance = "" if model.instance_id == model.name else model.instance_id
    context = str(model.context_length or "")
    share = ""
    if model.size_bytes and model.vram_bytes is not None:
        share = f"{min(1.0, model.vram_bytes / model.size_bytes) * 100:.0f} %"
    leaves = "never" if model.stays else ""
    if model.expires_at is not None:
        leaves = _duration(model.expires_at - time.time())
    # What a server lists as the size of a copy is either that of its files or what it takes of memory.
    size = output.size_text(None if model.size_bytes == model.memory_bytes else model.size_bytes)
    memory = ("≈ " if model.memory_estimated else "") + output.size_text(model.memory_bytes)
    return model.name, backend, instance, context, size, memory, share, model.status or "", leaves, _mark(model)


def _mark(model: InstalledModel | RunningModel) -> str:
    return "simulated" if model.simulated else ""


def _duration(seconds: float) -> str:
    """`4 min`; rough, as such times are."""
    if seconds < 60:
        return f"{max(0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _model_object(listed: _Listed, model: Any) -> dict[str, Any]:
    return {"backend": listed.backend, **asdict(model)}


def _backend_object(listed: _Listed) -> dict[str, Any]:
    error = output.error_object(listed.error) if listed.error is not None else None
    return {"backend": listed.backend, "name": listed.product, "error": error}
