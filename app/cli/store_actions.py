"""Actions of a command that works on the stored chats: `aica history …`, `aica prompt …`."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from app.cli import output, running

if TYPE_CHECKING:
    from app.services.container import Services

    #: Does one action with the open core and the arguments; its exit status.
    Work = Callable[[Services, argparse.Namespace], Awaitable[int]]


def add_action(
    actions: Any, common: argparse.ArgumentParser, name: str, line: str, work: Work
) -> argparse.ArgumentParser:
    """An action with its line of help; the core is open while it works."""
    parser: argparse.ArgumentParser = actions.add_parser(name, parents=[common], help=line)
    parser.set_defaults(run=lambda arguments: _with_store(arguments, work))
    return parser


async def _with_store(arguments: argparse.Namespace, work: Work) -> int:
    async with await running.services_of(arguments) as services:
        note_unsaved(services)
        return await work(services, arguments)


def note_unsaved(services: Services) -> None:
    """Say that what is written now is gone at the end, where it is."""
    if not services.store.state.saved:
        output.note(f"Chats cannot be saved: {services.store.state.reason}.")


def refuse_unsaved(services: Services) -> None:
    """A chat may go on in memory; keeping something for later is all that `save` is for.

    Raises:
        LLMError: config.
    """
    if not services.store.state.saved:
        from app.services.llm.errors import ErrorKind, LLMError

        raise LLMError(ErrorKind.CONFIG, "Nothing was changed, since it cannot be saved.")
