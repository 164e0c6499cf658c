"""`aica history`: where chats stand: folders, tags, pinned, archived, and the trash."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from app.cli import output
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.services.container import Services
    from app.services.conversations.folders import Folder
    from app.services.conversations.records import Conversation

    Action = Callable[[str, str, Any], argparse.ArgumentParser]


def configure(action: Action) -> None:
    """Add the actions; `action` makes one by name, line of help and what it does."""
    move = _of_chats(action("move", "put chats into a folder, or out of it", _move))
    where = move.add_mutually_exclusive_group(required=True)
    where.add_argument("--folder", metavar="NAME", help="is made where there is none")
    where.add_argument("--out", action="store_true", help="out of their folders")
    action("folders", "list the folders", _folders).add_argument("--json", action="store_true")
    rename = action("rename-folder", "give a folder another name", _rename_folder)
    rename.add_argument("folder", metavar="NAME")
    rename.add_argument("name", metavar="NEW_NAME")
    delete = action("delete-folder", "remove a folder; its chats stay", _delete_folder)
    delete.add_argument("folder", metavar="NAME")
    tag = _of_chats(action("tag", "put tags on chats, or take them off", _tag))
    for flag, line in (("--add", "put it on; may be given more than once"), ("--remove", "take it off; likewise")):
        tag.add_argument(flag, action="append", default=[], metavar="TAG", help=line)
    action("tags", "list the tags", _tags).add_argument("--json", action="store_true")
    _of_chats(action("pin", "keep chats on top of the list", _pin))
    _of_chats(action("unpin", "put chats back among the others", _unpin))
    _of_chats(action("archive", "take chats out of the list; search finds them", _archive))
    _of_chats(action("unarchive", "put archived chats back into the list", _unarchive))
    _of_chats(action("trash", "put chats into the trash, for 30 days", _trash))
    _of_chats(action("restore", "take chats out of the trash", _restore))
    action("empty-trash", "remove everything in the trash for good", _empty_trash)


def _of_chats(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("id", type=int, metavar="ID", nargs="+")
    return parser


async def known_chat(services: Services, conversation_id: int, *, in_trash: bool | None = False) -> Conversation:
    """The chat of a number; `in_trash` None: wherever it is."""
    found = await services.store.conversation(conversation_id)
    if found is None or (in_trash is not None and (found.deleted_at is not None) != in_trash):
        command = in_terminal(f"history list{' --trash' if in_trash else ''}")
        place = " in the trash" if in_trash else ""
        raise output.UsageError(f"there is no chat {conversation_id}{place}. “{command}” shows them.")
    return found


async def _chosen(services: Services, arguments: argparse.Namespace, *, in_trash: bool = False) -> list[int]:
    """All of them, or an error before the first is touched."""
    return [(await known_chat(services, one, in_trash=in_trash)).id for one in dict.fromkeys(arguments.id)]


async def folder_named(services: Services, name: str) -> Folder:
    from app.services.conversations import folders

    found = await services.store.read(folders.folder_called, name)
    if found is None:
        raise output.UsageError(
            f"no folder is called {output.one_line(name)!r}. “{in_terminal('history folders')}” lists them."
        )
    return found


async def _move(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import folders

    chosen = await _chosen(services, arguments)
    folder_id = None
    if not arguments.out:
        try:
            folder_id = await services.store.write(folders.folder_for, arguments.folder, time.time())
        except folders.FolderNameError as exc:
            raise output.UsageError(str(exc)) from exc
    await services.store.write(folders.move, chosen, folder_id)
    where = "out of their folders" if arguments.out else f"to {output.one_line(folders.clean_name(arguments.folder))}"
    print(f"{chat_count(len(chosen))} moved {where}.")
    return 0


async def _folders(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import folders

    found = await services.store.read(folders.list_folders)
    if arguments.json:
        output.print_json({"folders": [{"name": one.name, "chats": one.chats} for one in found]})
    elif found:
        print(output.table([(str(one.chats), output.one_line(one.name)) for one in found], ("CHATS", "FOLDER")))
    else:
        output.note("No folders yet.")
    return 0


async def _rename_folder(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import folders

    folder = await folder_named(services, arguments.folder)
    try:
        await services.store.write(folders.rename_folder, folder.id, arguments.name)
    except folders.FolderNameError as exc:
        raise output.UsageError(str(exc)) from exc
    print(f"{output.one_line(folder.name)} is called {output.one_line(folders.clean_name(arguments.name))} now.")
    return 0


async def _delete_folder(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import folders

    gone = await services.store.write(folders.delete_folder, (await folder_named(services, arguments.folder)).id)
    if gone is not None:
        print(f"{output.one_line(gone.folder.name)} deleted; {chat_count(len(gone.conversation_ids))} in it kept.")
    return 0


async def _tag(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import tags

    if not (arguments.add or arguments.remove):
        raise output.UsageError("name a tag with --add or --remove.")
    chosen = await _chosen(services, arguments)
    try:
        for one in (*arguments.add, *arguments.remove):
            tags.clean_tag(one)
        await services.store.write(tags.add_tags, chosen, arguments.add)
        await services.store.write(tags.remove_tags, chosen, arguments.remove)
    except tags.TagError as exc:
        raise output.UsageError(str(exc)) from exc
    for one in chosen:
        now = await services.store.read(tags.tags_of, one)
        print(f"{one}  {output.one_line(', '.join(now)) or 'no tags'}")
    return 0


async def _tags(services: Services, arguments: argparse.Namespace) -> int:
    from app.services.conversations import tags

    found = await services.store.read(tags.list_tags)
    if arguments.json:
        output.print_json({"tags": [{"tag": tag, "chats": count} for tag, count in found]})
    elif found:
        print(output.table([(str(count), output.one_line(tag)) for tag, count in found], ("CHATS", "TAG")))
    else:
        output.note("No tags yet.")
    return 0


async def _pin(services: Services, arguments: argparse.Namespace) -> int:
    return await _set_pinned(services, arguments, True)


async def _unpin(services: Services, arguments: argparse.Namespace) -> int:
    return await _set_pinned(services, arguments, False)


async def _set_pinned(services: Services, arguments: argparse.Namespace, pinned: bool) -> int:
    from app.services.conversations import folders

    chosen = await _chosen(services, arguments)
    await services.store.write(folders.set_pinned, chosen, pinned)
    print(f"{chat_count(len(chosen))} {'pinned' if pinned else 'no longer pinned'}.")
    return 0


async def _archive(services: Services, arguments: argparse.Namespace) -> int:
    chosen = await _chosen(services, arguments)
    await services.store.set_archived(chosen, True)
    print(f"{chat_count(len(chosen))} archived.")
    return 0


async def _unarchive(services: Services, arguments: argparse.Namespace) -> int:
    chosen = await _chosen(services, arguments)
    await services.store.set_archived(chosen, False)
    print(f"{chat_count(len(chosen))} back in the list.")
    return 0


async def _trash(services: Services, arguments: argparse.Namespace) -> int:
    chosen = await _chosen(services, arguments)
    await services.store.delete_conversations(chosen)
    print(f"{chat_count(len(chosen))} in the trash. After 30 days it is removed for good.")
    return 0


async def _restore(services: Services, arguments: argparse.Namespace) -> int:
    chosen = await _chosen(services, arguments, in_trash=True)
    await services.store.restore_conversations(chosen)
    print(f"{chat_count(len(chosen))} restored.")
    return 0


async def _empty_trash(services: Services, _arguments: argparse.Namespace) -> int:
    found = await services.store.trash()
    gone = await services.store.destroy_conversations([one.conversation.id for one in found])
    if gone:
        await tell_removed(services, gone)
    else:
        print("The trash is empty.")
    return 0


async def tell_removed(services: Services, count: int) -> None:
    """That so many chats are gone, and where their words still are."""
    print(f"{chat_count(count)} removed for good.")
    for copy in await services.store.backups():
        output.note(f"A copy from before an upgrade keeps what was in it: {output.one_line(str(copy))}")


def chat_count(count: int) -> str:
    return "1 chat" if count == 1 else f"{count} chats"
