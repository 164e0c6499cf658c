"""`aica pull`: download a model with the program that runs models."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output
from app.cli.progress import ProgressLine, share_of, words_of

if TYPE_CHECKING:
    from app.services.runtimes import PullProgress, Runtime


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        "Download a model: a name of the backend's catalogue, user/repo@quant or hf.co/user/repo:quant. Ctrl-C stops "
        "a download of Ollama and of the built-in engine, and the same command goes on from there; LM Studio goes on "
        "with its own, and says so."
    )
    local_backends.add_model(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def pull(runtime: Runtime, model: str) -> int:
        return await _pull(arguments, runtime, model)

    return local_backends.on_model(arguments, pull)


async def _pull(arguments: argparse.Namespace, runtime: Runtime, model: str) -> int:
    name = await fetched(arguments, runtime, model)
    there = f"{name} is there ({runtime.product})."
    return local_backends.done(arguments, there, backend=runtime.backend, model=name)


async def fetched(arguments: argparse.Namespace, runtime: Runtime, model: str) -> str:
    """Download a model and show how far it is; the name under which the backend has it then.

    Raises:
        LLMError: as `Runtime.pull`.
    """
    line = ProgressLine(model)

    def report(progress: PullProgress) -> None:
        if arguments.json:
            output.json_line(_progress_object(progress))
        else:
            line.show(share_of(progress), words_of(progress), progress.status)

    try:
        return await runtime.pull(model, report)
    except asyncio.CancelledError:
        line.end()
        output.note(f"Stopped. {runtime.cancelled_pull}")
        raise
    finally:
        line.end()


def _progress_object(progress: PullProgress) -> dict[str, Any]:
    speed = progress.bytes_per_second
    return {
        "type": "progress",
        "status": progress.status,
        "completed_bytes": progress.completed_bytes,
        "total_bytes": progress.total_bytes,
        "bytes_per_second": None if speed is None else round(speed),
        "stalled_s": round(progress.stalled_s, 1),
    }
