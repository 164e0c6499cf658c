"""`aica prompt`: prompts that are kept under a name, for `/NAME` in the window and in `aica chat`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from app.cli import output, prompt_input
from app.cli.store_actions import add_action, refuse_unsaved

if TYPE_CHECKING:
    from app.services.container import Services


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    parser.description = (
        "Prompts that are kept under a name. In a chat /NAME sends one; what stands behind the name goes where the "
        "prompt says {{input}}, or to its end."
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(actions, common, "list", "all prompts; those that come with the program are marked", _list)
    listing.add_argument("--json", action="store_true")
    show = add_action(actions, common, "show", "print one", _show)
    show.add_argument("name", metavar="NAME")
    save = add_action(actions, common, "save", "keep a prompt, or another text under its name", _save)
    save.add_argument("name", metavar="NAME", help="letters a to z, digits, - and _")
    save.add_argument("text", metavar="TEXT", nargs="*", help="without it standard input is read")
    delete = add_action(actions, common, "delete", "remove one of your own", _delete)
    delete.add_argument("name", metavar="NAME")


async def _list(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import saved_prompts

    found = await services.store.read(saved_prompts.prompts)
    if arguments.json:
        output.print_json({"prompts": [{"name": p.name, "text": p.text, "own": p.own} for p in found]})
        return 0
    rows = [(f"/{p.name}", "" if p.own else "comes with it", output.one_line(p.text, 70)) for p in found]
    print(output.table(rows, ("NAME", "", "TEXT")))
    return 0


async def _show(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import saved_prompts

    found = await services.store.read(saved_prompts.prompt_called, arguments.name)
    if found is None:
        raise output.UsageError(f"There is no prompt {arguments.name!r}. “prompt list” names them.")
    print(output.visible(found.text))
    return 0


async def _save(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import saved_prompts

    refuse_unsaved(services)
    text = " ".join(arguments.text)
    if not text and sys.stdin is not None:
        text = prompt_input.as_text(sys.stdin.buffer.read(), "standard input")
    before = await services.store.write(saved_prompts.save_prompt, arguments.name, text)
    name = saved_prompts.clean_name(arguments.name)
    print(f"/{name} {'has another text now' if before is not None else 'is kept'}.")
    return 0


async def _delete(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import saved_prompts

    refuse_unsaved(services)
    gone = await services.store.write(saved_prompts.delete_prompt, arguments.name)
    if gone is None:
        raise output.UsageError(f"You have no prompt {arguments.name!r} of your own.")
    print(f"/{gone.name} removed.")
    return 0
