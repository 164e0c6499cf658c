"""Links to chats: followed wherever they come from, and copied. See `app.services.conversations.chat_links`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.session import Session


class ChatLinks(QObject):
    """Follows links once the store is open; what leads nowhere is told in a note, and nothing else happens."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._tasks = TaskOwner(session.on_task_error)
        #: Links that came before the store was open, or after it was closed.
        self._early: list[str] = [session.options.link] if session.options.link is not None else []
        self._is_open = False
        self._is_over = False
        self.came_late = False
        """Whether one was asked for after the end began: its window is wanted still."""

    @property
    def unfollowed(self) -> str | None:
        """The newest link that nothing was done with: it came before the store was open, or when it had been closed."""
        return self._early[-1] if self._early else None

    async def begin(self) -> None:
        """The store is open, and the list of chats is there."""
        self._is_open = True
        self._session.window.sidebar.copy_link_requested.connect(self.copy_chat)
        transcript = self._session.window.chat.transcript
        assert transcript is not None, "the transcript is built before the store opens"
        transcript.copy_link_requested.connect(self.copy_message)
        early, self._early = self._early[-1:], []
        for text in early:
            await self._follow(text)

    # -- following

    def follow(self, text: str) -> None:
        """Open the chat of a link at its message."""
        if self._is_open:
            self._tasks.start(self._follow(text), name="links.follow")
        else:
            self._early.append(text)
            self.came_late = self._is_over

    async def _follow(self, text: str) -> None:
        from app.services.conversations import queries  # here: a start without a link needs none of it
        from app.services.conversations.chat_links import parse_link

        link = parse_link(text)
        if link is None:
            self._tell(self.tr("This link leads to no chat of this program."))
            return
        session = self._session
        store = session.engine.store
        chat = await session.engine.run(store.read(queries.conversation_of_uid, link.uid))
        if chat is None:
            self._tell(self.tr("The chat of this link is not here. It is gone, or on another computer."))
            return
        if chat.deleted_at is not None:
            self._tell(self.tr("The chat of this link was deleted."))
            return
        message_id = link.message_id
        if message_id and not await session.engine.run(store.read(queries.is_message_of, message_id, chat.id)):
            message_id = 0
            self._tell(self.tr("The message of this link is not in the chat any more."))
        session.open_chat(chat.id, message_id)

    def _tell(self, text: str) -> None:
        self._session.window.show_pane(self._session.window.chat)  # where the note can be seen
        self._session.window.chat.notice.tell(text)

    # -- copying

    def copy_chat(self, conversation_id: int) -> None:
        """The address of a chat, onto the clipboard."""
        self._tasks.start(self._copy(conversation_id, 0), name="links.copy")

    def copy_open_chat(self) -> None:
        """That of the chat in view, where it is stored."""
        if self._session.chat.conversation_id is not None:
            self.copy_chat(self._session.chat.conversation_id)

    def copy_message(self, message_id: int) -> None:
        """The address of a message of the chat in view."""
        if self._session.chat.conversation_id is not None:
            self._tasks.start(self._copy(self._session.chat.conversation_id, message_id), name="links.copy")

    async def _copy(self, conversation_id: int, message_id: int) -> None:
        from app.services.conversations.chat_links import ChatLink  # here: as above

        chat = await self._session.engine.run(self._session.engine.store.conversation(conversation_id))
        if chat is not None:
            QGuiApplication.clipboard().setText(str(ChatLink(chat.uid, message_id)))
            self._session.window.chat.notice.tell(
                self.tr("The link is copied. Pasted into Ctrl+K, or opened anywhere on this computer, it leads here."),
                token="text2",
                passing=True,
            )

    async def aclose(self) -> None:
        self._is_open, self._is_over = False, True
        await self._tasks.aclose()
