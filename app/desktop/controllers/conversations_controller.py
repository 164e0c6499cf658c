"""Joins the sidebar's list to the store: all chats, or what a search found; delete with undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desktop.controllers.chat_search import look_for
from app.services.conversations import changes
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
    """

    empty_text_changed = Signal(str)
    shown = Signal(str)

    def __init__(
        self, engine: Engine, model: ConversationListModel, on_error: OnError, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._model = model
        self._query = ""
        self._tasks = TaskOwner(on_error)
        #: Chats whose answer is being written.
        self.answering: set[int] = set()

    async def reload(self) -> None:
        """Show the list, or the search again, as the store has it now."""
        query = self._query
        if query:
            await self._show_hits(query)
            return
        found = await self._engine.run(self._engine.store.conversations(MOST_SHOWN))
        if query != self._query:
            return
        more = len(found) == MOST_SHOWN
        found = [c for c in found if c.message_count or c.draft or c.queued]  # a chat nobody wrote in is no chat
        self._model.show_conversations(found, self.answering, more=more)
        self.empty_text_changed.emit("" if found else self.tr("No conversations yet."))
        self.shown.emit("")

    def search(self, text: str) -> None:
        """Show what matches; an empty text shows all chats."""
        self._query = text
        self._tasks.start(self.reload(), name="conversations.search")

    async def _show_hits(self, text: str) -> None:
        looked = await look_for(self._engine, text, MOST_HITS)
        if text != self._query:
            return
        titles, found = looked.titles, looked.messages
        self._model.show_hits(titles, found.hits)
        nothing = found.problem or self.tr("Nothing found for “{q}”.").format(q=text.strip())
        if found.partial and not found.hits:
            nothing = self.tr("Nothing found for “{q}” in the newest messages that match.").format(q=text.strip())
        self.empty_text_changed.emit("" if titles or found.hits else nothing)
        self.shown.emit(text)

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

    def toggle_pinned(self, conversation_id: int) -> None:
        async def toggle() -> None:
            store = self._engine.store
            found = await self._engine.run(store.conversation(conversation_id))
            if found is not None:
                await self._engine.run(store.write(changes.set_pinned, conversation_id, not found.pinned))
            await self.reload()

        self._tasks.start(toggle(), name="conversations.pin")

    async def aclose(self) -> None:
        await self._tasks.aclose()
