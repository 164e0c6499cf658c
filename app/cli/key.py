"""`aica key`: API keys in the system's key store. A key is never an argument: those are visible to other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from app.cli import output, running

if TYPE_CHECKING:
    from app.services.container import Services

MAX_KEY_BYTES = 8192


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, line, action in (
        ("set", "store a key; it is read from a prompt or from standard input", _set),
        ("delete", "remove a key", _delete),
    ):
        one = actions.add_parser(name, parents=[common], help=line)
        one.add_argument("provider", metavar="PROVIDER")
        one.set_defaults(run=_async(action))
    listing = actions.add_parser("list", parents=[common], help="which providers have a key, and from where")
    listing.add_argument("provider", metavar="PROVIDER", nargs="?")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=_async(_list))


def _async(action: Any) -> Any:
    def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
        async def work() -> int:
            # The provider of this command is whose key it is, not who should answer.
            named, arguments.provider = arguments.provider, None
            async with await running.services_of(arguments, keep_history=False) as services:
                return int(await action(services, arguments, named))

        return work()

    return run


async def _set(services: Services, arguments: argparse.Namespace, name: str) -> int:
    from app.services.llm.errors import ErrorKind, LLMError

    provider = services.manager.provider(name)
    if not provider.capabilities.accepts_key or not provider.config.base_url:
        raise LLMError(ErrorKind.CONFIG, f"{provider.name} takes no key.", "It needs none.")
    if not await services.secrets.available():
        names = services.keys.environment_names(provider)
        hint = f"Set {names[0]} in the environment instead." if names else "The window keeps a key until it closes."
        raise LLMError(ErrorKind.CONFIG, f"The key was not stored. {services.secrets.unavailable_reason}", hint)
    status = await services.keys.set(provider, _read_key(provider.name))
    print(f"The key for {output.one_line(provider.name)} ({status.masked}) is in the system's key store.")
    return 0


def _read_key(name: str) -> str:
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(f"Key for {output.one_line(name)}: ")
    data = sys.stdin.buffer.read(MAX_KEY_BYTES)
    return data.decode("utf-8", "replace").strip()


async def _delete(services: Services, arguments: argparse.Namespace, name: str) -> int:
    provider = services.manager.provider(name)
    removed = await services.keys.delete(provider)
    print(f"The key for {output.one_line(provider.name)} was {'removed' if removed else 'not there'}.")
    return 0


async def _list(services: Services, arguments: argparse.Namespace, name: str | None) -> int:
    from app.services.llm import registry

    names = [name] if name else [*services.settings.config.provider_configurations, *registry.all_classes()]
    rows: list[dict[str, Any]] = []
    for instance_id in dict.fromkeys(names):
        if instance_id in services.manager.unusable:
            continue
        provider = services.manager.provider(instance_id)
        if not provider.capabilities.accepts_key or not provider.config.base_url:
            continue
        status = await services.keys.status(provider)
        row = {"provider": provider.instance_id, "base_url": provider.config.base_url, "present": status.present}
        rows.append({**row, "source": status.source, "masked": status.masked})
    if arguments.json:
        output.print_json({"keys": rows})
    else:
        cells = [
            (r["provider"], r["masked"] or "none", r["source"] if r["present"] else "", r["base_url"]) for r in rows
        ]
        print(output.table(cells, ("PROVIDER", "KEY", "FROM", "FOR")))
        if not await services.secrets.available():
            output.note(services.secrets.unavailable_reason)
    return 0
