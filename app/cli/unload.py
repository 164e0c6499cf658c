"""`aica unload`: take a model out of memory."""

from __future__ import annotations

import argparse
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import local_backends

if TYPE_CHECKING:
    from app.services.runtimes import Runtime


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = "Take every copy of a model out of memory. What it is writing ends."
    local_backends.add_model(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def unload(runtime: Runtime, model: str) -> int:
        was_loaded = await runtime.model_loaded(model)
        await runtime.unload(model)
        if not was_loaded and not await runtime.model_exists(model):
            raise runtime.model_missing(model)
        said = "is unloaded" if was_loaded else "was not loaded"
        values = {"backend": runtime.backend, "model": model, "was_loaded": was_loaded}
        return local_backends.done(arguments, f"{model} {said} ({runtime.product}).", **values)

    return local_backends.on_model(arguments, unload)
