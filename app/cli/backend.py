"""`aica backend`: the programs that run models on this computer: what they do, start, stop."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import local_backends, output, running

if TYPE_CHECKING:
    from app.services.runtimes import BackendStatus, Runtime


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, line, which, action in (
        ("status", "whether they are installed and run, and what they have in memory", "all without it", _status),
        ("start", "start its server, unless it runs", "the default provider without it", _start),
        ("stop", "stop its server", "the default provider without it", _stop),
    ):
        one = actions.add_parser(name, parents=[common], help=line)
        local_backends.add_backend(one, which)
        one.add_argument("--json", action="store_true", help="JSON instead of sentences")
        one.set_defaults(run=action)


def _status(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    return _show_status(arguments)


async def _show_status(arguments: argparse.Namespace) -> int:
    from app.services import runtimes

    async with await running.services_of(arguments, quiet=arguments.json, keep_history=False) as services:
        names = [arguments.backend] if arguments.backend else runtimes.BACKENDS

        async def look(name: str) -> BackendStatus:
            await services.manager.ready(name)
            return await runtimes.backend_status(name, **services.runtime_place(name, lasting=False))

        found = await asyncio.gather(*(look(name) for name in names))
    if arguments.json:
        output.print_json({"backends": [_as_object(one) for one in found]})
        return 0
    rows = [(one.backend, *_words(one), one.address, ", ".join(m.instance_id for m in one.loaded)) for one in found]
    print(output.table(rows, ("BACKEND", "INSTALLED", "RUNNING", "ADDRESS", "LOADED")))
    for one in found:
        if one.problem is not None:
            output.note(f"{one.product}: {one.problem}")
    return 0


def _words(status: BackendStatus) -> tuple[str, str]:
    has_server = bool(status.address)
    run = ("yes" if status.running else "no") if has_server else ("when asked" if status.running else "no")
    return "yes" if status.installed else "no", run


def _as_object(status: BackendStatus) -> dict[str, Any]:
    return {
        "backend": status.backend,
        "name": status.product,
        "address": status.address or None,
        "installed": status.installed,
        "running": status.running,
        "loaded": [one.instance_id for one in status.loaded],
        "error": output.error_object(status.problem) if status.problem is not None else None,
    }


def _start(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def start(runtime: Runtime) -> int:
        ran = await runtime.running()
        if not ran and not arguments.json:
            output.note(f"Starting {runtime.product} …")
        address = await runtime.start()
        if not address:
            sentence = f"{runtime.product} needs no start: it loads a model when it is asked."
        else:
            sentence = f"{runtime.product} {'ran already' if ran else 'runs now'} at {address}."
        values = {"backend": runtime.backend, "address": address or None, "was_running": ran}
        return local_backends.done(arguments, sentence, **values)

    return local_backends.on_backend(arguments, start)


def _stop(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
    async def stop(runtime: Runtime) -> int:
        ran = await runtime.running()
        await runtime.stop()
        sentence = f"{runtime.product} {'is stopped' if ran else 'was not running'}."
        return local_backends.done(arguments, sentence, backend=runtime.backend, was_running=ran)

    return local_backends.on_backend(arguments, stop)
