"""Moves chats about: folders, tags, pinned, archived, the trash. Each act can be taken back, save removing for good."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.desktop.models.conversation_rows import title_of
from app.services.conversations import folders, tags
from app.services.conversations.folders import FolderNameError
from app.services.conversations.tags import TagError
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.conversations_controller import ConversationsController
    from app.desktop.engine import Engine

Work = Coroutine[Any, Any, Any]


class OrganiseController(QObject):
    """Signals:
    undoable(text, undo): something was done that can be taken back.
    refused(text): a name or tag that cannot be, and why; nothing was done.
    not_undone(text): why something could not be taken back.
    named(): what was typed was taken.
    destroyed(ids): chats are gone for good.
    folder_shown(folder_id): something was put into it just now.
    """

    undoable = Signal(str, object)
    refused = Signal(str)
    not_undone = Signal(str)
    named = Signal()
    destroyed = Signal(object)
    folder_shown = Signal(int)

    def __init__(
        self, engine: Engine, conversations: ConversationsController, on_error: OnError, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._conversations = conversations
        self._tasks = TaskOwner(on_error)

    # -- running

    def _start(self, work: Work) -> None:
        self._tasks.start(work, name="conversations.organise")

    async def _write(self, change: Callable[..., Any], *arguments: Any) -> Any:
        return await self._engine.run(self._engine.store.write(change, *arguments))

    async def _done(self, ids: list[int], text: str, undo: Callable[[], Work]) -> None:
        """Show it, and offer to take it back."""
        await self._conversations.reload(ids)

        async def take_back() -> None:
            try:
                await undo()
            except FolderNameError as exc:  # the old name was taken meanwhile
                self.not_undone.emit(str(exc))
            await self._conversations.reload(ids)

        self.undoable.emit(text, lambda: self._start(take_back()))

    async def _said(self, ids: list[int], one: str, several: str) -> str:
        """The sentence about a chat by its title, or about several by their number."""
        if len(ids) > 1:
            return several.format(n=len(ids))
        found = await self._engine.run(self._engine.store.conversation(ids[0]))
        return one.format(title=title_of(found) if found is not None else self.tr("New chat"))

    # -- pinned, archived

    def set_pinned(self, ids: list[int], pinned: bool) -> None:
        """Keep chats on top of the list, or put them back."""
        self._start(self._set_pinned(ids, pinned))

    async def _set_pinned(self, ids: list[int], pinned: bool) -> None:
        changed = await self._write(folders.set_pinned, ids, pinned)
        if not changed:
            return
        one, several = self.tr("“{title}” pinned"), self.tr("{n} chats pinned")
        if not pinned:
            one, several = self.tr("“{title}” unpinned"), self.tr("{n} chats unpinned")
        text = await self._said(changed, one, several)
        await self._done(changed, text, lambda: self._write(folders.set_pinned, changed, not pinned))

    def set_archived(self, ids: list[int], archived: bool) -> None:
        """Take chats out of the list, or put them back."""
        self._start(self._set_archived(ids, archived))

    async def _set_archived(self, ids: list[int], archived: bool) -> None:
        store = self._engine.store
        changed = await self._engine.run(store.set_archived(ids, archived))
        if not changed:
            return
        one, several = self.tr("“{title}” archived"), self.tr("{n} chats archived")
        if not archived:
            one, several = self.tr("“{title}” unarchived"), self.tr("{n} chats unarchived")
        text = await self._said(changed, one, several)
        await self._done(changed, text, lambda: self._engine.run(store.set_archived(changed, not archived)))

    # -- folders

    def move(self, ids: list[int], folder_id: int) -> None:
        """Into a folder; out of all with 0."""
        self._start(self._move(ids, folder_id))

    async def _move(self, ids: list[int], folder_id: int) -> None:
        before = await self._write(folders.move, ids, folder_id or None)
        if not before:
            return
        moved = list(before)
        text = await self._said(moved, self.tr("“{title}” moved"), self.tr("{n} chats moved"))
        await self._done(moved, text, lambda: self._write(folders.move_back, before))

    def create_folder(self, name: str, ids: list[int]) -> None:
        """A new folder with these chats in it."""
        self._start(self._naming(self._create_folder(name, ids)))

    async def _create_folder(self, name: str, ids: list[int]) -> None:
        folder_id = await self._engine.run(self._engine.store.create_folder(name))
        before = await self._write(folders.move, ids, folder_id)

        async def undo() -> None:
            await self._write(folders.move_back, before)
            await self._write(folders.delete_folder, folder_id)

        text = self.tr("Folder “{name}” made").format(name=folders.clean_name(name))
        await self._done(ids, text, undo)
        self.folder_shown.emit(folder_id)

    def rename_folder(self, folder_id: int, name: str) -> None:
        self._start(self._naming(self._rename_folder(folder_id, name)))

    async def _rename_folder(self, folder_id: int, name: str) -> None:
        before = await self._write(folders.rename_folder, folder_id, name)
        if before in ("", folders.clean_name(name)):
            return
        await self._done([], self.tr("Folder renamed"), lambda: self._write(folders.rename_folder, folder_id, before))

    def delete_folder(self, folder_id: int) -> None:
        """Its chats stay."""
        self._start(self._delete_folder(folder_id))

    async def _delete_folder(self, folder_id: int) -> None:
        gone = await self._write(folders.delete_folder, folder_id)
        if gone is None:
            return
        text = self.tr("Folder “{name}” deleted").format(name=gone.folder.name)
        await self._done(list(gone.conversation_ids), text, lambda: self._write(folders.restore_folder, gone))

    async def _naming(self, work: Work) -> None:
        """What cannot be is told where it was typed."""
        try:
            await work
        except (FolderNameError, TagError) as exc:
            self.refused.emit(str(exc))
            return
        self.named.emit()

    # -- tags

    def set_tags(self, ids: list[int], typed: str, shown: tuple[str, ...]) -> None:
        """Give chats the tags that were typed with commas between; of several, those that were `shown` and are gone
        are taken off, and others that only some of them have stay."""
        self._start(self._naming(self._set_tags(ids, typed, shown)))

    async def _set_tags(self, ids: list[int], typed: str, shown: tuple[str, ...]) -> None:
        wanted = tags.tags_in(typed)
        kept = {tag.casefold() for tag in wanted}
        before = await self._write(tags.add_tags, ids, wanted)
        await self._write(tags.remove_tags, ids, [tag for tag in shown if tag.casefold() not in kept])
        await self._done(ids, self.tr("Tags changed"), lambda: self._write(tags.put_tags, before))

    # -- the trash

    def restore(self, ids: list[int]) -> None:
        """Out of the trash."""
        self._start(self._restore(ids))

    async def _restore(self, ids: list[int]) -> None:
        store = self._engine.store
        await self._engine.run(store.restore_conversations(ids))
        text = await self._said(ids, self.tr("“{title}” restored"), self.tr("{n} chats restored"))
        await self._done(ids, text, lambda: self._engine.run(store.delete_conversations(ids)))

    async def trashed(self) -> list[int]:
        """All that is in the trash, though the list shows the newest alone."""
        return [one.conversation.id for one in await self._engine.run(self._engine.store.trash())]

    async def destroy(self, ids: list[int]) -> None:
        """Remove what is in the trash for good."""
        store = self._engine.store
        if await self._engine.run(store.destroy_conversations(ids)):
            left = {chat.id for chat in await self._engine.run(store.chats_of(ids))}  # not in the trash any more
            self.destroyed.emit([one for one in ids if one not in left])
        await self._conversations.reload()

    async def tags_of(self, ids: list[int]) -> tuple[str, ...]:
        """The tags that all of these chats have."""
        found = await self._engine.run(self._engine.store.chats_of(ids))
        common = set(found[0].tags).intersection(*(one.tags for one in found)) if found else set()
        return tags.in_order(common)

    async def aclose(self) -> None:
        await self._tasks.aclose()
