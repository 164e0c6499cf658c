"""`aica mock-server`: the simulated LM Studio, for demonstrations and for tests of other programs."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from app.cli import output, running

DEFAULT_PORT = 1235


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    port_help = f"port to listen on; 0 takes a free one (default: {DEFAULT_PORT})"
    parser.add_argument("--port", type=running.port, default=DEFAULT_PORT, metavar="N", help=port_help)
    # Without one the simulator's own defaults hold; a test compares these with them.
    parser.add_argument("--rate", type=_pace, metavar="N", help="tokens per second; 0 = no pace (default: 80)")
    parser.add_argument("--ttft", type=_pace, metavar="S", help="seconds until the first token (default: 0.2)")
    seed_help = "chooses among the canned answers (default: 0)"
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=seed_help)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    running.paths_of(arguments)
    return _serve(arguments)


async def _serve(arguments: argparse.Namespace) -> int:
    from app.services.mock_server import MockServer, Script

    script = Script(seed=arguments.seed)
    changes = {"tokens_per_second": arguments.rate, "ttft": arguments.ttft}
    script.update({name: value for name, value in changes.items() if value is not None})
    server = MockServer(script)
    try:
        address = await server.start(arguments.port)
    except OSError as exc:
        reason = (exc.strerror or str(exc)).rpartition(": ")[2]  # asyncio puts a sentence of its own before it
        output.complain(f"port {arguments.port} cannot be used: {reason}.")
        output.hint("Choose another one with --port, or --port 0 for any free one.")
        return output.CONFIGURATION
    async with server:
        print(f"listening on {address}", flush=True)
        output.note("Simulated LM Studio: no model is running. Ctrl-C ends it.")
        await _until_asked_to_end()
    return 0


async def _until_asked_to_end() -> None:
    """Ctrl-C and termination are the ordinary end of a server."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(asked.set))
    await asked.wait()


def _pace(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("it is a number from 0")
    return value
