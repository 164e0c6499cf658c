"""`aica load`: take a model into memory before it is asked."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output
from app.cli.load_flags import add_load_flags, load_flag_values
from app.cli.progress import ProgressLine

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.runtimes import LoadOptions, Runtime


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    local_backends.add_model(parser)
    add_load_flags(parser)
    parser.add_argument("--template", metavar="NAME", help="preset whose load options count where no flag does")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def act(services: Services) -> int:
        options = await _options(services, arguments)

        async def load(runtime: Runtime, model: str) -> int:
            return await _load(arguments, runtime, model, options)

        return await local_backends.act_on_model(services, arguments, load)

    return local_backends.told(arguments, act, with_presets=arguments.template is not None)


async def _options(services: Services, arguments: argparse.Namespace) -> LoadOptions:
    """Those of the template, and the flags above them.

    Raises:
        UsageError: there is no such template, or it says nothing about a load.
    """
    from app.services.runtimes.load_values import load_options

    values: dict[str, Any] = {}
    if arguments.template is not None:
        from app.cli.preset_choice import loaded_by, preset_named

        preset = await preset_named(services, arguments.template)
        values = loaded_by(preset)
        if not values:
            raise output.UsageError(f"The preset “{preset.name}” says nothing about how a model is loaded.")
    return load_options(values | load_flag_values(arguments))


async def _load(arguments: argparse.Namespace, runtime: Runtime, model: str, options: LoadOptions) -> int:
    line = ProgressLine(model)

    def report(share: float) -> None:
        if arguments.json:
            output.json_line({"type": "progress", "share": round(share, 3)})
        else:
            line.show(share, "loading")

    if not arguments.json:
        line.show(None, "loading")
    try:
        loaded = await runtime.load(model, options, report)
    except asyncio.CancelledError:
        line.end()
        output.note(f"Stopped. {runtime.cancelled_load}")
        raise
    finally:
        line.end()
    if not arguments.json:
        for notice in loaded.notices:
            output.note(notice)
    window = f" with {loaded.context_length:,} tokens of context" if loaded.context_length is not None else ""
    was = "was loaded" if loaded.was_loaded else "is loaded"
    return local_backends.done(
        arguments,
        f"{loaded.instance_id} {was}{window} ({runtime.product}).",
        backend=runtime.backend,
        model=model,
        instance_id=loaded.instance_id,
        context_length=loaded.context_length,
        was_loaded=loaded.was_loaded,
        notices=list(loaded.notices),
    )
