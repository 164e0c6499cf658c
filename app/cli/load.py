"""`aica load`: take a model into memory before it is asked."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output, running
from app.cli.progress import ProgressLine

if TYPE_CHECKING:
    from app.services.runtimes import Runtime


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    local_backends.add_model(parser)
    parser.add_argument("--context", metavar="N", type=running.positive_number, help="tokens of window")
    parser.add_argument("--gpu", metavar="SHARE", type=_gpu, help="off, max, or a share from 0 to 1")
    parser.add_argument("--ttl", metavar="S", type=running.positive, help="seconds without a request until it leaves")
    parser.add_argument("--batch", metavar="N", type=running.positive_number, help="tokens of a prompt read at a time")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def load(runtime: Runtime, model: str) -> int:
        return await _load(arguments, runtime, model)

    return local_backends.on_model(arguments, load)


async def _load(arguments: argparse.Namespace, runtime: Runtime, model: str) -> int:
    from app.services.runtimes import LoadOptions

    options = LoadOptions(arguments.context, arguments.gpu, arguments.ttl, arguments.batch)
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


def _gpu(text: str) -> float | str:
    if text in ("off", "max"):
        return text
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is neither off, max nor a number from 0 to 1")
    return share
