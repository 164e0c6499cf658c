"""`aica history export`: chats to standard output, into a file, or with their files into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli import output
from app.cli.history_places import chat_count, known_chat

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.chat_files import OnChat
    from app.services.conversations.exporting import FileFormat
    from app.services.conversations.portable import PortableChat

_THERE = "{path!r} is there already and is not overwritten. Name another file."


def configure(export: argparse.ArgumentParser) -> None:
    export.description = (
        "As JSON a chat is whole, with all versions of prompts and answers; “import” reads it again. The other formats "
        "are for people and have the shown versions; HTML is one page that loads nothing."
    )
    export.add_argument("id", type=int, metavar="ID", nargs="*", help="without one: all")
    export.add_argument(
        "--format",
        choices=("json", "markdown", "html", "text"),
        default="json",
        help="json can be imported (default: json)",
    )
    export.add_argument(
        "--files",
        action="store_true",
        help="of Markdown: a new folder with a document a chat and the attached files, or a .zip; needs --output",
    )
    export.add_argument("--output", metavar="FILE", help="is not overwritten when it exists")


async def export(services: Services, arguments: argparse.Namespace) -> int:
    if arguments.files and (arguments.format != "markdown" or arguments.output is None):
        raise output.UsageError("--files goes with --format markdown and --output NAME, a new folder or a .zip file.")
    if arguments.id:
        chosen = [await known_chat(services, one) for one in arguments.id]
    else:
        chosen = await services.store.conversations(limit=1_000_000)
    other_versions = attached = False

    def look_at(chat: PortableChat | None) -> None:
        nonlocal other_versions, attached
        if chat is not None:
            other_versions = other_versions or bool(chat.other_versions)
            attached = attached or any(message.attachments for message in chat.messages)

    await _written(services, arguments, [conversation.id for conversation in chosen], look_at)
    if arguments.output is not None:
        print(f"{chat_count(len(chosen))} written to {output.one_line(arguments.output)}.")
    if other_versions and arguments.format != "json":
        output.note("Only the shown versions; --format json has all of them.")
    if attached and arguments.format != "json" and not arguments.files:
        output.note("Attached files are named only; --format markdown --files writes them, too.")
    return 0


async def _written(services: Services, arguments: argparse.Namespace, ids: list[int], look_at: OnChat) -> None:
    from app.services.conversations import exporting

    if arguments.output is None:
        async for piece in exporting.pieces(services.store, ids, arguments.format, look_at):
            print(output.visible(piece), end="")
        return
    path = Path(arguments.output)
    kind: FileFormat = "markdown_with_files" if arguments.files else arguments.format
    _refuse_what_is_there(path)
    try:
        await exporting.write_file(services.store, ids, kind, path, look_at, over=False)
    except FileExistsError:
        raise output.UsageError(_THERE.format(path=str(path))) from None
    except OSError as exc:
        raise output.UsageError(f"{str(path)!r} cannot be written: {exc.strerror or exc}.") from exc


def _refuse_what_is_there(path: Path) -> None:
    """Before all the work; what comes meanwhile is not written over either."""
    if path.exists() or path.is_symlink():
        raise output.UsageError(_THERE.format(path=str(path)))
