"""`aica history`: the conversations of the store that the window uses, too."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import output, running
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.portable import PortableChat
    from app.services.conversations.readable import ReadableFormat
    from app.services.conversations.records import Conversation, StoredMessage

MAX_IMPORT_BYTES = 512 * 1024 * 1024


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = _action(actions, common, "list", "newest chats first", _list)
    listing.add_argument(
        "--limit", type=running.positive_number, default=50, metavar="N", help="at most so many (default: 50)"
    )
    listing.add_argument("--json", action="store_true")
    show = _action(actions, common, "show", "print one chat", _show)
    show.add_argument("id", type=int, metavar="ID")
    show.add_argument("--json", action="store_true")
    search = _action(actions, common, "search", "find messages; newest first", _search)
    search.add_argument("text", metavar="TEXT", nargs="+")
    search.add_argument(
        "--limit", type=running.positive_number, default=20, metavar="N", help="at most so many (default: 20)"
    )
    search.add_argument(
        "--order", choices=("newest", "relevance"), default="newest", help="which come first (default: newest)"
    )
    search.add_argument("--json", action="store_true")
    search.description = (
        'Finds messages that hold all words; the last one may be unfinished. "…" finds words side by side, -WORD '
        "leaves out (write -- before the words then), WORD* finds what begins with it. Filters: model:, provider:, "
        "role:user, before:2026-11, after:2026-10-01, in:code, has:file, has:image."
    )
    export = _action(actions, common, "export", "write chats to standard output or a file", _export)
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
    export.add_argument("--output", metavar="FILE", help="is not overwritten when it exists")
    importing = _action(actions, common, "import", "read chats from a file", _import)
    importing.description = (
        "Reads chats that “export” wrote as JSON, and those that ChatGPT and Claude (conversations.json), Open WebUI "
        "(Export chats) and LM Studio (*.conversation.json) wrote. Those that are here already are left out."
    )
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--again", action="store_true", help="import copies of chats that are here already, too")
    delete = _action(actions, common, "delete", "remove chats for good", _delete)
    delete.add_argument("id", type=int, metavar="ID", nargs="+")


def _action(actions: Any, common: argparse.ArgumentParser, name: str, line: str, work: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, parents=[common], help=line)
    parser.set_defaults(run=lambda arguments: _with_store(arguments, work))
    return parser


def _with_store(arguments: argparse.Namespace, work: Any) -> Coroutine[Any, Any, int]:
    async def run() -> int:
        async with await running.services_of(arguments) as services:
            if not services.store.state.saved:
                output.note(f"Chats cannot be saved: {services.store.state.reason}.")
            return int(await work(services, arguments))

    return run()


async def _list(services: Services, arguments: argparse.Namespace) -> int:
    found = await services.store.conversations(arguments.limit)
    if arguments.json:
        output.print_json({"conversations": [_summary(c) for c in found]})
    elif found:
        rows = [(str(c.id), _local_time(c.updated_at), str(c.message_count), _title(c)) for c in found]
        print(output.table(rows, ("ID", "CHANGED", "MESSAGES", "TITLE")))
    else:
        output.note("No chats yet.")
    return 0


async def _show(services: Services, arguments: argparse.Namespace) -> int:
    conversation = await _known(services, arguments.id)
    messages = await services.store.messages(conversation.id)
    if arguments.json:
        from app.services.conversations import chat_transfer
        from app.services.conversations.portable import as_json

        chat = await services.store.read(chat_transfer.taken_out, conversation.id)
        output.print_json({"id": conversation.id, **(as_json(chat) if chat is not None else {})})
        return 0
    print(output.styled(output.one_line(_title(conversation)), output.BOLD, sys.stdout))
    for message in messages:
        head = "You" if message.role == "user" else (message.model_name or message.model or "Assistant")
        marks = [word for word, on in (("simulated", message.simulated), (message.status, _unusual(message))) if on]
        marks_text = f" ({', '.join(marks)})" if marks else ""
        print("\n" + output.styled(f"{output.one_line(head)}{marks_text}", output.DIM, sys.stdout))
        for attachment in message.attachments:
            print(output.styled(f"Attached: {output.one_line(attachment.name)}", output.DIM, sys.stdout))
        if message.text or not (message.error or message.attachments):
            print(output.visible(message.text))
        if message.error:
            print(output.styled(_why(message.error), output.RED, sys.stdout))
    return 0


def _why(error: dict[str, Any]) -> str:
    """What ended an answer, as it was told then."""
    said = " ".join(_text(error.get(key)) for key in ("message", "hint")).strip()
    return output.one_line(said or _text(error.get("kind")) or "The reason was not kept.")


async def _search(services: Services, arguments: argparse.Namespace) -> int:
    found = await services.store.search(" ".join(arguments.text), arguments.limit, arguments.order)
    if found.problem:
        raise output.UsageError(f"{output.one_line(found.problem)}.")
    hits = found.hits
    if arguments.json:
        output.print_json(
            {
                "hits": [
                    {
                        "conversation_id": h.conversation_id,
                        "message_id": h.message_id,
                        "title": h.title,
                        "role": h.role,
                        "created_at": h.created_at,
                        "snippet": h.snippet.replace("\x02", "").replace("\x03", ""),
                    }
                    for h in hits
                ]
            }
        )
        return 0
    for hit in hits:
        print(f"{hit.conversation_id}  {_local_time(hit.created_at)}  {output.one_line(hit.title, 60)}")
        print(f"    {_highlighted(hit.snippet)}")
    if not hits:
        output.note("Nothing found." if not found.partial else "Nothing found among the newest messages that match.")
    return 0


async def _export(services: Services, arguments: argparse.Namespace) -> int:
    if arguments.id:
        chosen = [await _known(services, one) for one in arguments.id]
    else:
        chosen = await services.store.conversations(limit=1_000_000)
    if arguments.format == "json":
        pieces = _json_pieces(services, chosen)
    else:
        pieces = _readable_pieces(services, chosen, arguments.format)
    if arguments.output is None:
        async for piece in pieces:
            print(output.visible(piece), end="")
    else:
        await _write_new(Path(arguments.output), pieces)
        print(f"{_chats(len(chosen))} written to {output.one_line(arguments.output)}.")
    return 0


def _json_pieces(services: Services, chosen: list[Conversation]) -> AsyncIterator[str]:
    from app.services.conversations.chat_files import document

    return document(services.store, [conversation.id for conversation in chosen])


async def _readable_pieces(services: Services, chosen: list[Conversation], kind: ReadableFormat) -> AsyncIterator[str]:
    from app.services.conversations import chat_transfer, readable

    other_versions, first = False, True
    yield readable.opening_of(kind)
    for conversation in chosen:
        chat = await services.store.read(chat_transfer.taken_out, conversation.id)
        if chat is not None:
            other_versions = other_versions or bool(chat.other_versions)
            yield readable.document_of(chat, kind, first=first)
            first = False
    yield readable.closing_of(kind)
    if other_versions:
        output.note("Only the shown versions; --format json has all of them.")


async def _write_new(path: Path, pieces: AsyncIterator[str]) -> None:
    """Private to the user, never over something that is there; nothing is left of a file that could not be finished."""
    import os

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise output.UsageError(f"{str(path)!r} is there already and is not overwritten. Name another file.") from None
    except OSError as exc:
        raise output.UsageError(f"{str(path)!r} cannot be written: {exc.strerror or exc}.") from exc
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            async for piece in pieces:
                file.write(piece)
    except BaseException as exc:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - pathlib's is taken for blocking, and this is one call
        if isinstance(exc, OSError):
            raise output.UsageError(f"{str(path)!r} cannot be written: {exc.strerror or exc}.") from exc
        raise


async def _import(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations.importing import import_chats

    chats = _read_export(Path(arguments.file))
    imported = await import_chats(services.store, chats, again=arguments.again)
    if imported == len(chats):
        print(f"{_chats(imported)} imported.")
    else:
        print(f"{len(chats) - imported} already here, {imported} imported. --again imports copies.")
    return 0


def _read_export(path: Path) -> list[PortableChat]:
    from app.services.conversations.chat_files import NotChatsError, read_chats

    try:
        with path.open("rb") as file:
            data = file.read(MAX_IMPORT_BYTES + 1)
    except OSError as exc:
        raise output.UsageError(f"{str(path)!r} cannot be read: {exc.strerror or exc}.") from exc
    if len(data) > MAX_IMPORT_BYTES:
        raise output.UsageError(f"{str(path)!r} is larger than {MAX_IMPORT_BYTES // 1024**2} MB.")
    try:
        return read_chats(data)  # all or nothing: before the first chat is made
    except NotChatsError as exc:
        raise output.UsageError(f"{str(path)!r} cannot be imported: {output.one_line(str(exc))}.") from exc


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


async def _delete(services: Services, arguments: argparse.Namespace) -> int:
    chosen = [await _known(services, one) for one in arguments.id]
    for conversation in chosen:
        await services.store.destroy_conversation(conversation.id)
    print(f"{_chats(len(chosen))} removed for good.")
    return 0


def _chats(count: int) -> str:
    return "1 chat" if count == 1 else f"{count} chats"


async def _known(services: Services, conversation_id: int) -> Conversation:
    found = await services.store.conversation(conversation_id)
    if found is None or found.deleted_at is not None:
        raise output.UsageError(f"there is no chat {conversation_id}. “{in_terminal('history list')}” shows them.")
    return found


def _summary(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "messages": conversation.message_count,
        "provider": conversation.provider,
        "model": conversation.model,
    }


def _title(conversation: Conversation) -> str:
    return conversation.title or "New chat"


def _unusual(message: StoredMessage) -> bool:
    return message.role == "assistant" and message.status != "complete"


def _highlighted(snippet: str) -> str:
    parts = snippet.replace("\x03", "\x02").split("\x02")  # outside, match, outside, match, …
    safe = [output.visible(" ".join(part.split("\n"))) for part in parts]
    return "".join(output.styled(p, output.BOLD, sys.stdout) if n % 2 and p else p for n, p in enumerate(safe))


def _local_time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
