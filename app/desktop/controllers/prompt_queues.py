"""Prompts that were sent while an answer ran: kept in the store, sent one after the other, held after a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.tasks import TaskOwner

if TYPE_CHECKING:
    from app.desktop.controllers.chat_state import ChatState, QueuedPrompt
    from app.desktop.engine import Engine


class PromptQueues(QObject):
    """The queues of all chats that were visited; each is in its `ChatState.queue`.

    Signals:
        changed(): what waits, in whatever chat.
    """

    changed = Signal()

    def __init__(
        self,
        engine: Engine,
        tasks: TaskOwner,
        row_of: Callable[[ChatState], Awaitable[int]],
        send: Callable[[ChatState, QueuedPrompt], None],
        parent: QObject | None = None,
    ) -> None:
        """`row_of` gives a chat its row in the store, `send` starts to send a prompt."""
        super().__init__(parent)
        self._engine = engine
        self._tasks = tasks
        self._row_of = row_of
        self._send = send
        #: Chats whose queue would have gone on while queues were held; None while they are not.
        self._held: list[ChatState] | None = None

    @contextmanager
    def held(self) -> Iterator[list[ChatState]]:
        """While the block runs the end of an answer sends no prompt that waits; what is in the list at the end of the
        block goes on then."""
        held = self._held = []
        try:
            yield held
        finally:
            self._held = None
            for state in held:
                self.send_next(state)

    def add(self, state: ChatState, prompt: QueuedPrompt) -> None:
        """Behind all others that wait in this chat."""
        state.queue.append(prompt)
        self._changed(state)

    def take(self, state: ChatState, index: int) -> str:
        """Take a prompt out, for editing; returns its text."""
        text = state.queue.pop(index).text
        self._changed(state)
        return text

    def put_back(self, state: ChatState, prompt: QueuedPrompt) -> None:
        """Before all others, where a prompt could not be sent and its chat is not the open one."""
        state.queue.insert(0, prompt)
        self._changed(state)

    def _changed(self, state: ChatState) -> None:
        self.changed.emit()
        self.keep_soon(state)

    def keep_soon(self, state: ChatState) -> None:
        """As `keep`, without being awaited."""
        self._tasks.start(self.keep(state), name="chat.queue")

    async def keep(self, state: ChatState) -> None:
        """Write down what waits in a chat, so that the end of the program, however it comes, does not lose it."""
        if state.conversation is None:
            if not state.queue or not self._engine.has_store:
                return
            await self._row_of(state)
        assert state.conversation is not None
        store, conversation_id = self._engine.store, state.conversation.id
        waiting, with_files = state.waiting_texts, state.waiting_with_files
        if with_files or state.kept_with_files:  # again after each prompt that was sent: that empties the stored draft
            state.kept_with_files = with_files
            await self._engine.run(store.set_draft(conversation_id, state.draft_to_keep))
        if waiting != state.kept_queue:
            state.kept_queue = waiting
            await self._engine.run(store.set_queued(conversation_id, waiting))

    def hold(self, state: ChatState) -> None:
        """After Stop or a failure what waits is the person's to decide, and says so."""
        for prompt in state.queue:
            prompt.held = True
        self.changed.emit()

    def send_next(self, state: ChatState | None) -> None:
        """Send the next prompt that waits in a chat, unless something is on its way there."""
        if state is None or state.sending or state.work is not None:
            return
        if self._held is not None:
            self._held.append(state)
            return
        ready = next((prompt for prompt in state.queue if not prompt.held), None)
        if ready is not None:
            state.queue.remove(ready)
            self.changed.emit()
            self._send(state, ready)
