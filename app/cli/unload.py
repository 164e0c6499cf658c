"""`aica unload`: take a model out of memory, or all of them."""

from __future__ import annotations

import argparse
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.errors import LLMError
    from app.services.runtimes import Ejected, Runtime


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        "Take every copy of a model out of memory. What it is writing ends. With --all and no MODEL everything that "
        "the local backends have loaded leaves memory; --backend names one of them."
    )
    local_backends.add_model(parser, optional=True)
    parser.add_argument("--all", action="store_true", help="every model of every backend that runs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    if arguments.all == (arguments.name is not None):
        raise output.UsageError("Name a MODEL, or take all of them out with --all.")
    if arguments.all:
        return local_backends.told(arguments, lambda services: _unload_all(services, arguments))

    async def unload(runtime: Runtime, model: str) -> int:
        was_loaded = await runtime.model_loaded(model)
        await runtime.unload(model)
        if not was_loaded and not await runtime.model_exists(model):
            raise runtime.model_missing(model)
        said = "is unloaded" if was_loaded else "was not loaded"
        values = {"backend": runtime.backend, "model": model, "was_loaded": was_loaded}
        return local_backends.done(arguments, f"{model} {said} ({runtime.product}).", **values)

    return local_backends.on_model(arguments, unload)


async def _unload_all(services: Services, arguments: argparse.Namespace) -> int:
    """Backends that do not run have nothing in memory: they fail only where one was named."""
    from app.services.llm.errors import LLMError
    from app.services.runtimes import BACKENDS

    unloaded: list[dict[str, str]] = []
    failed: list[dict[str, Any]] = []
    errors: list[LLMError] = []
    for backend in [arguments.backend] if arguments.backend else BACKENDS:
        runtime = await local_backends.runtime_of(services, backend)
        if not arguments.backend and not await _runs(runtime):
            continue
        try:
            ejected = await runtime.unload_all()
        except LLMError as exc:
            if arguments.backend:
                raise
            errors.append(exc)
            failed.append({"backend": backend, "model": None, **output.error_object(exc)})
            _tell_failure(arguments, exc)
            continue
        unloaded += _told(arguments, ejected)
        for copy, error in ejected.failed:
            errors.append(error)
            failed.append({"backend": backend, "model": copy.name, **output.error_object(error)})
            _tell_failure(arguments, error)
    count = len(unloaded)
    sentence = "Nothing was in memory." if not count else f"{count} model{'' if count == 1 else 's'} unloaded."
    if not (errors and not count):
        local_backends.done(arguments, sentence, unloaded=unloaded, failed=failed)
    elif arguments.json:
        output.json_line({"type": "done", "unloaded": unloaded, "failed": failed})
    return output.exit_status(errors[0]) if errors else 0


async def _runs(runtime: Runtime) -> bool:
    """A server that answers and refuses runs: why it refuses is then said."""
    from app.services.llm.errors import LLMError

    try:
        return await runtime.running()
    except LLMError:
        return True


def _told(arguments: argparse.Namespace, ejected: Ejected) -> list[dict[str, str]]:
    """The models that left, each once, said as they leave."""
    names = list(dict.fromkeys(copy.name for copy in ejected.unloaded))
    for name in names:
        if arguments.json:
            output.json_line({"type": "unloaded", "backend": ejected.backend, "model": name})
        else:
            output.say(f"{name} is unloaded ({ejected.product}).")
    return [{"backend": ejected.backend, "model": name} for name in names]


def _tell_failure(arguments: argparse.Namespace, error: LLMError) -> None:
    if not arguments.json:
        output.report(error)
