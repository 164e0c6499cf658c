"""`aica token`: bearer tokens of the gateway. One is shown once, when it is made; the database keeps its hash."""

from __future__ import annotations

import argparse
import os
from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.cli import output, running

if TYPE_CHECKING:
    from app.services.shared_database.database import SharedDatabase


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, line, action in (
        ("create", "make a token and print it, this once", _create),
        ("revoke", "take a token's right away", _revoke),
        ("list", "names of the tokens, and when they were used last", _list),
    ):
        one = actions.add_parser(name, parents=[common], help=line)
        if action is not _list:
            one.add_argument("name", metavar="NAME", help="what the token is called, such as who uses it")
        one.add_argument("--json", action="store_true")
        one.set_defaults(run=_async(action, makes=action is _create))


def _async(action: Any, *, makes: bool) -> Any:
    def run(arguments: argparse.Namespace) -> Coroutine[Any, Any, int]:
        async def work() -> int:
            database = await _database(arguments, makes=makes)
            try:
                return int(await action(database, arguments))
            finally:
                if database is not None:
                    await database.aclose()

        return work()

    return run


async def _database(arguments: argparse.Namespace, *, makes: bool) -> SharedDatabase | None:
    """The database; None where there is none yet and nothing is to be put into it."""
    from app.services.shared_database.database import open_if_made, open_shared_database

    open_it = open_shared_database if makes else open_if_made
    return await open_it(running.paths_of(arguments), os.environ.get("DATABASE_URL"))


async def _create(database: SharedDatabase, arguments: argparse.Namespace) -> int:
    token = await database.tokens.create(arguments.name)
    (made,) = [one for one in await database.tokens.list() if one.name == arguments.name]
    if arguments.json:
        created_at = made.created_at.timestamp()
        output.print_json({"name": made.name, "token": token, "hint": made.hint, "created_at": created_at})
    else:
        print(token)
        output.note(f"The token {made.name!r} for the gateway at {database.name}. It is shown this once: keep it.")
        output.note("Send it with each request in the header Authorization: Bearer TOKEN")
    return 0


async def _list(database: SharedDatabase | None, arguments: argparse.Namespace) -> int:
    tokens = await database.tokens.list() if database is not None else []
    if arguments.json:
        rows = [
            {
                "name": t.name,
                "created_at": _seconds(t.created_at),
                "last_used_at": _seconds(t.last_used_at),
                "hint": t.hint,
            }
            for t in tokens
        ]
        output.print_json({"tokens": rows})
    elif tokens:
        cells = [(t.name, f"…{t.hint}", _day(t.created_at), _day(t.last_used_at)) for t in tokens]
        print(output.table(cells, ("NAME", "TOKEN", "MADE", "LAST USED")))
    else:
        output.note("There are no tokens yet.")
    return 0


async def _revoke(database: SharedDatabase | None, arguments: argparse.Namespace) -> int:
    from app.services.llm.errors import ErrorKind, LLMError
    from app.services.terminal_command import in_terminal

    if database is None or not await database.tokens.revoke(arguments.name):
        hint = f"“{in_terminal('token list')}” shows those there are."
        raise LLMError(ErrorKind.CONFIG, f"There is no token named {arguments.name!r}.", hint)
    if arguments.json:
        output.print_json({"name": arguments.name, "revoked": True})
    else:
        print(f"The token {output.one_line(arguments.name)} is revoked; running gateways refuse it within seconds.")
    return 0


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None


def _day(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment is not None else "never"
