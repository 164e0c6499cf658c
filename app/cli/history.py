"""`aica history`: the conversations of the store that the window uses, too."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import history_export, history_places, history_request, output, running
from app.cli.history_places import chat_count, known_chat
from app.cli.store_actions import add_action
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.chat_links import ChatLink
    from app.services.conversations.import_files import ImportFiles
    from app.services.conversations.records import Conversation, StoredMessage


def configure(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = add_action(actions, common, "list", "newest chats first", _list)
    listing.add_argument(
        "--limit", type=running.positive_number, default=50, metavar="N", help="at most so many (default: 50)"
    )
    listing.add_argument("--folder", metavar="NAME", help="only those in this folder")
    listing.add_argument("--tag", action="append", default=[], metavar="TAG", help="only those with this tag")
    which = listing.add_mutually_exclusive_group()
    which.add_argument("--archived", action="store_true", help="archived chats, which are left out else")
    which.add_argument("--trash", action="store_true", help="deleted chats, and how many days are left to restore them")
    listing.add_argument("--json", action="store_true")
    show = add_action(actions, common, "show", "print one chat", _show)
    show.add_argument(
        "id", type=_id_or_link, metavar="ID", help="or the aica:// link of the chat or of a message in it"
    )
    show.add_argument("--json", action="store_true")
    search = add_action(actions, common, "search", "find messages; newest first", _search)
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
        "role:user, before:2026-11, after:2026-10-01, in:code, has:file, has:image, folder:NAME, tag:NAME, "
        "is:archived, is:pinned."
    )
    history_export.configure(
        add_action(actions, common, "export", "write chats to standard output or a file", history_export.export)
    )
    importing = add_action(actions, common, "import", "read chats from a file", _import)
    importing.description = (
        "Reads chats that “export” wrote as JSON, and those that ChatGPT and Claude (conversations.json), Open WebUI "
        "(Export chats) and LM Studio (*.conversation.json) wrote. Those that are here already are left out."
    )
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--again", action="store_true", help="import copies of chats that are here already, too")
    history_request.configure(
        add_action(actions, common, "request", "what an answer was asked with", history_request.show)
    )
    delete = add_action(actions, common, "delete", "remove chats for good", _delete)
    delete.add_argument("id", type=int, metavar="ID", nargs="+")
    history_places.configure(lambda name, line, work: add_action(actions, common, name, line, work))


async def _list(services: Services, arguments: argparse.Namespace) -> int:
    if arguments.trash:
        return await _list_trash(services, arguments)
    found = await _listed(services, arguments)
    folders = await _folder_names(services)
    if arguments.json:
        output.print_json({"conversations": [_summary(c, folders) for c in found]})
    elif found:
        _print_chats(found, folders, {})
    else:
        chosen = arguments.folder or arguments.tag or arguments.archived
        output.note("No such chats." if chosen else "No chats yet.")
    return 0


async def _listed(services: Services, arguments: argparse.Namespace) -> list[Conversation]:
    from app.services.conversations import chat_filters
    from app.services.conversations.search_query import SearchQuery

    query = SearchQuery(folder=arguments.folder or "", tags=tuple(arguments.tag), archived=arguments.archived)
    found = await services.store.read(chat_filters.listed, query, arguments.limit)
    if isinstance(found, str):
        raise output.UsageError(f"{output.one_line(found)}.")
    return found


async def _list_trash(services: Services, arguments: argparse.Namespace) -> int:
    if arguments.folder or arguments.tag:
        raise output.UsageError("--trash lists the whole trash, without --folder and --tag.")
    found = await services.store.trash(arguments.limit)
    folders = await _folder_names(services)
    if arguments.json:
        rows = [
            {
                **_summary(one.conversation, folders),
                "deleted_at": one.conversation.deleted_at,
                "days_left": one.days_left,
            }
            for one in found
        ]
        output.print_json({"conversations": rows})
    elif found:
        _print_chats([one.conversation for one in found], folders, {o.conversation.id: o.days_left for o in found})
    else:
        output.note("The trash is empty. Deleted chats stay here for 30 days.")
    return 0


def _print_chats(found: list[Conversation], folders: dict[int, str], days_left: dict[int, int]) -> None:
    """A table; columns that nothing stands in are left out."""
    columns = [
        ("ID", [str(c.id) for c in found]),
        ("CHANGED", [_local_time(c.updated_at) for c in found]),
        ("MESSAGES", [str(c.message_count) for c in found]),
        ("DAYS LEFT", [str(days_left.get(c.id, "")) for c in found]),
        ("FOLDER", [output.one_line(folders.get(c.folder_id or 0, "")) for c in found]),
        ("TAGS", [output.one_line(", ".join(c.tags)) for c in found]),
        ("TITLE", [_title(c) for c in found]),
    ]
    shown = [(head, cells) for head, cells in columns if any(cells)]
    rows = list(zip(*(cells for _head, cells in shown), strict=True))
    print(output.table(rows, [head for head, _cells in shown]))


async def _folder_names(services: Services) -> dict[int, str]:
    from app.services.conversations.folders import list_folders

    return {one.id: one.name for one in await services.store.read(list_folders)}


async def _show(services: Services, arguments: argparse.Namespace) -> int:
    conversation = await _shown(services, arguments.id)
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


async def _import(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations.chat_files import NotChatsError
    from app.services.conversations.importing import import_chats

    chats = _read_export(Path(arguments.file))
    stored: list[int] = []
    try:
        await import_chats(services.store, chats, again=arguments.again, on_stored=stored.append)
    except (OSError, NotChatsError) as exc:  # the file went, or became another one, between the two readings
        reason = (exc.strerror or str(exc)) if isinstance(exc, OSError) else str(exc)
        until_then = f"{chat_count(len(stored))} imported until then."
        raise output.UsageError(f"The import broke off: {output.one_line(reason)}. {until_then}") from exc
    if len(stored) == len(chats):
        print(f"{chat_count(len(stored))} imported.")
    else:
        print(f"{len(chats) - len(stored)} already here, {len(stored)} imported. --again imports copies.")
    return 0


def _read_export(path: Path) -> ImportFiles:
    from app.services.conversations.chat_files import NotChatsError
    from app.services.conversations.import_files import ImportFiles

    files = ImportFiles()
    try:
        files.add(path)  # all or nothing: before the first chat is made
    except OSError as exc:
        raise output.UsageError(f"{str(path)!r} cannot be read: {exc.strerror or exc}.") from exc
    except NotChatsError as exc:
        raise output.UsageError(f"{str(path)!r} cannot be imported: {output.one_line(str(exc))}.") from exc
    return files


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


async def _delete(services: Services, arguments: argparse.Namespace) -> int:
    chosen = [await known_chat(services, one, in_trash=None) for one in arguments.id]
    for conversation in chosen:
        await services.store.destroy_conversation(conversation.id)
    await history_places.tell_removed(services, len(chosen))
    return 0


def _id_or_link(text: str) -> int | ChatLink:
    """What `show` takes, its error in argparse's own terms."""
    from app.services.conversations.chat_links import parse_link

    link = parse_link(text)
    if link is not None:
        return link
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither the number of a chat nor a link to one") from None


async def _shown(services: Services, wanted: int | ChatLink) -> Conversation:
    if isinstance(wanted, int):
        return await known_chat(services, wanted)
    from app.services.conversations import queries

    found = await services.store.read(queries.conversation_of_uid, wanted.uid)
    if found is None or found.deleted_at is not None:
        raise output.UsageError(f"there is no chat {wanted.uid} here. “{in_terminal('history list')}” shows all.")
    return found


def _summary(conversation: Conversation, folders: dict[int, str]) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "messages": conversation.message_count,
        "provider": conversation.provider,
        "model": conversation.model,
        "folder": folders.get(conversation.folder_id or 0),
        "tags": list(conversation.tags),
        "pinned": conversation.pinned,
        "archived_at": conversation.archived_at,
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
