"""Joins the sidebar's list to the store: all chats, what a search found, or the trash; delete with undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desktop.controllers.chat_search import look_for
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.desktop.models.conversation_list_model import ConversationListModel

MOST_SHOWN = 1_000
MOST_HITS = 100


class ConversationsController(QObject):
    """Signals:
    empty_text_changed(str): what stands in place of an empty list; "" while there are rows.
    shown(str): the list holds what was found for this; "" for all chats.
    listed(): chats and folders were read anew.
    trash_shown(bool): the list holds the trash, or something else.
    trash_counted(int): how many chats are in it.
    """

    empty_text_changed = Signal(str)
    shown = Signal(str)
    listed = Signal()
    trash_shown = Signal(bool)
    trash_counted = Signal(int)

    def __init__(
        self, engine: Engine, model: ConversationListModel, on_error: OnError, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._model = model
        self._query = ""
        self._in_trash = False
        self._tasks = TaskOwner(on_error)
        #: Chats whose answer is being written.
        self.answering: set[int] = set()

    async def reload(self, changed: Sequence[int] = ()) -> None:
        """Show the list, the search or the trash again, as the store has it now; `changed`: chats to read anew though
        they may not be in it."""
        query, in_trash = self._query, self._in_trash
        store = self._engine.store
        if query and not changed and self._model.has_list:  # a letter more is typed
            await self._show_hits(query)
            return
        if changed:
            self._model.know(await self._engine.run(store.chats_of(list(changed))))
        found = await self._engine.run(store.chat_list(MOST_SHOWN, archived=self._model.is_archive_open))
        if (query, in_trash) != (self._query, self._in_trash):
            return
        self._model.know_list(found, self.answering)
        self.trash_counted.emit(found.trash_count)
        self.listed.emit()
        if query:
            await self._show_hits(query)
        elif in_trash:
            await self._show_trash()
        else:
            self._model.show_list()
            has_any = found.placed or found.dated or found.archived_count
            self.empty_text_changed.emit("" if has_any else self.tr("No conversations yet."))
            self.shown.emit("")
            self.trash_shown.emit(False)

    def reload_soon(self) -> None:
        self._tasks.start(self.reload(), name="conversations.reload")

    def search(self, text: str) -> None:
        """Show what matches; an empty text shows all chats."""
        self._query = text
        self._in_trash = False
        self._tasks.start(self.reload(), name="conversations.search")

    def open_trash(self, is_open: bool) -> None:
        """Show the trash, or all chats again."""
        self._query = ""
        self._in_trash = is_open
        self.reload_soon()

    async def _show_trash(self) -> None:
        found = await self._engine.run(self._engine.store.trash(MOST_SHOWN))
        if not self._in_trash:
            return
        self._model.show_trash(found)
        self.empty_text_changed.emit(
            "" if found else self.tr("The trash is empty. Deleted chats stay here for 30 days.")
        )
        self.trash_shown.emit(True)

    async def _show_hits(self, text: str) -> None:
        looked = await look_for(self._engine, text, MOST_HITS)
        of_hits = list({hit.conversation_id for hit in looked.messages.hits})
        self._model.know(await self._engine.run(self._engine.store.chats_of(of_hits)))
        if text != self._query:
            return
        titles, found = looked.titles, looked.messages
        self._model.show_hits(titles, found.hits)
        nothing = found.problem or self.tr("Nothing found for “{q}”.").format(q=text.strip())
        if found.partial and not found.hits:
            nothing = self.tr("Nothing found for “{q}” in the newest messages that match.").format(q=text.strip())
        self.empty_text_changed.emit("" if titles or found.hits else nothing)
        self.shown.emit(text)
        self.trash_shown.emit(False)

    async def delete(self, conversation_ids: list[int]) -> str:
        """Into the trash; returns the sentence for the undo bar."""
        store = self._engine.store
        first = await self._engine.run(store.conversation(conversation_ids[0]))
        await self._engine.run(store.delete_conversations(conversation_ids))
        await self.reload()
        if len(conversation_ids) > 1:
            return self.tr("{n} chats deleted").format(n=len(conversation_ids))
        return self.tr("“{title}” deleted").format(title=first.title if first and first.title else self.tr("New chat"))

    async def restore(self, conversation_ids: list[int]) -> None:
        """Undo `delete`."""
        await self._engine.run(self._engine.store.restore_conversations(conversation_ids))
        await self.reload()

    async def aclose(self) -> None:
        await self._tasks.aclose()
