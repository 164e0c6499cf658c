"""Keeps the transcript equal to the branch that the store shows: pages, versions, deletions, what others wrote."""

from __future__ import annotations

import struct
from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desktop.models.message_rows import message_row
from app.services.conversations import queries
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.desktop.models.transcript_model import TranscriptMessage, TranscriptModel
    from app.services.conversations.records import OpenedConversation, StoredMessage

#: Messages fetched around a place that is scrolled to, or below one that changed.
PAGE = 64
MAX_DISMISSED = 1_000


class ShownBranch(QObject):
    """The messages of the open conversation, by position.

    Signals:
        reloaded(): rows were replaced; an answer that runs among them has to be attached again.
        revealed(position): scroll there.
        cut_changed(): what is sent to a model begins elsewhere.
    """

    reloaded = Signal()
    revealed = Signal(int)
    cut_changed = Signal()

    def __init__(
        self,
        engine: Engine,
        transcript: TranscriptModel,
        name_of_provider: Callable[[str], str],
        open_conversation: Callable[[], int | None],
        stop_answer: Callable[[int], Awaitable[None]],
        on_error: OnError,
        parent: QObject | None = None,
    ) -> None:
        """`stop_answer` ends the answer of a conversation, where one runs."""
        super().__init__(parent)
        self._engine = engine
        self._transcript = transcript
        self._name_of_provider = name_of_provider
        self._open_conversation = open_conversation
        self._stop_answer = stop_answer
        self._tasks = TaskOwner(on_error)
        self._dismissed: OrderedDict[int, None] = OrderedDict()
        #: Stopped answers whose server still computes. Not stored: the next run knows nothing of it.
        self._still_computing: set[int] = set()
        #: Others wrote while an answer of this window grew.
        self._missed = False
        #: The message below which begins what is sent to a model.
        self._cut_id: int | None = None
        transcript.needed.connect(lambda first, last: self._tasks.start(self._fetch(first, last), name="branch.fetch"))
        transcript.texts_needed.connect(
            lambda first, last: self._tasks.start(self._fetch_texts(first, last), name="branch.fetch_texts")
        )

    def row(self, stored: StoredMessage) -> TranscriptMessage:
        """A stored message as the transcript shows it."""
        return message_row(
            stored,
            self._name_of_provider,
            dismissed=stored.id in self._dismissed,
            still_computing=stored.id in self._still_computing,
            is_boundary=stored.id == self._cut_id,
        )

    def show(self, opened: OpenedConversation) -> None:
        """All of a conversation that was just opened."""
        self._missed = False
        self._cut_id = opened.cut_message_id
        rows = {opened.first_position + i: self.row(m) for i, m in enumerate(opened.messages)}
        self._transcript.reset(_sizes(opened.sizes), rows)
        self.reloaded.emit()

    async def aclose(self) -> None:
        await self._tasks.aclose()

    # -- what changed

    async def reload_from(self, position: int) -> None:
        """Show the branch from this position on as it is stored; what is above it stays."""
        conversation_id = self._open_conversation()
        if conversation_id is None:
            return
        store = self._engine.store
        await self.show_cut()
        sizes = _sizes(await self._engine.run(store.read(queries.sizes, conversation_id)))
        messages = await self._engine.run(store.messages(conversation_id, position, PAGE))
        if conversation_id != self._open_conversation():
            return
        # Between the two reads another process may have written: there are as many rows as there are sizes.
        rows = {position + i: self.row(m) for i, m in enumerate(messages) if position + i < len(sizes)}
        position = min(position, self._transcript.count, len(sizes))
        self._transcript.replace_from(position, sizes[position:], rows)
        self.reloaded.emit()

    async def reload_below(self, message_id: int) -> None:
        """As `reload_from`, from where the message stands; nothing when that is not in the open conversation."""
        place = await self._place(message_id)
        if place is not None:
            await self.reload_from(place)

    async def take_from_others(self) -> None:
        """Show what another process added, changed or took away; an answer it is writing grows with each call.

        While an answer of this window grows nothing is taken: `take_missed` does it when that has ended.
        """
        while (conversation_id := self._open_conversation()) is not None:
            self._missed = self._transcript.streaming_index() is not None
            if self._missed:
                return
            await self.show_cut()
            count = self._transcript.count
            position = await self._first_difference(conversation_id)
            unchanged = count == self._transcript.count and self._transcript.streaming_index() is None
            if unchanged and conversation_id == self._open_conversation():
                if position is not None:
                    await self.reload_from(position)
                return

    async def take_missed(self) -> None:
        """Show what others wrote while an answer grew, if they did."""
        if self._missed:
            await self.take_from_others()

    async def _first_difference(self, conversation_id: int) -> int | None:
        """Where the stored branch leaves the shown one, None where it does not; looks upward from the end."""
        store = self._engine.store
        stored_count = len(_sizes(await self._engine.run(store.read(queries.sizes, conversation_id))))
        count = self._transcript.count
        found = None if stored_count == count else min(stored_count, count)
        first = min(stored_count, count)
        while first > 0:
            first, last = max(0, first - PAGE), first
            messages = await self._engine.run(store.messages(conversation_id, first, last - first))
            different = [p for p, stored in enumerate(messages, first) if self._differs(p, stored)]
            if different:
                found = different[0]
            if found is None or found > first:
                break
        return found

    def _differs(self, position: int, stored: StoredMessage) -> bool:
        """Whether a message that was looked at is another one now; what never was is read when it is."""
        shown = self._transcript.message(position)
        return shown is not None and (
            (shown.message_id, shown.status, shown.text, shown.reasoning)
            != (stored.id, stored.status, stored.text, stored.reasoning)
        )

    async def show_cut(self) -> None:
        """Show where the part that is sent to a model begins, as it is stored."""
        conversation_id = self._open_conversation()
        if conversation_id is None:
            return
        found = await self._engine.run(self._engine.store.read(queries.shown_cut, conversation_id))
        if conversation_id != self._open_conversation():
            return
        before, self._cut_id = self._cut_id, found[0] if found is not None else None
        if before != self._cut_id:
            self.cut_changed.emit()
        for message_id in {before, self._cut_id}:
            if message_id is not None and self._transcript.position_of(message_id) is not None:
                await self.refresh(message_id)

    async def refresh(self, message_id: int) -> None:
        """Show one message as it is stored."""
        stored = await self._engine.run(self._engine.store.message(message_id))
        place = await self._place(message_id)
        if place is not None and stored is not None:
            self._transcript.update_message(place, self.row(stored))

    async def _place(self, message_id: int) -> int | None:
        """Where a message stands in the open conversation; None on another branch or in another chat."""
        place = await self._engine.run(self._engine.store.read(queries.position_of, message_id))
        return place[1] if place is not None and place[0] == self._open_conversation() else None

    # -- what the person asks

    async def reveal(self, message_id: int) -> None:
        """Scroll to a message, choosing its branch when another one is shown."""
        store = self._engine.store
        if await self._engine.run(store.read(queries.position_of, message_id)) is None:
            await self._engine.run(store.choose_version(message_id))
            await self.reload_below(message_id)
        place = await self._place(message_id)
        if place is not None:
            self.revealed.emit(place)

    def show_version(self, message_id: int, step: int) -> None:
        """Show the previous (-1) or next (+1) version of a message and the branch below it."""
        self._tasks.start(self._show_version(message_id, step), name="branch.version")

    async def _show_version(self, message_id: int, step: int) -> None:
        store = self._engine.store
        ids = await self._engine.run(store.read(queries.siblings, message_id))
        if message_id not in ids:
            return
        chosen = ids[max(0, min(len(ids) - 1, ids.index(message_id) + step))]
        if chosen != message_id:
            await self._engine.run(store.choose_version(chosen))
            await self.reload_below(chosen)

    def delete_message(self, message_id: int) -> None:
        self._tasks.start(self._delete_message(message_id), name="branch.delete")

    async def _delete_message(self, message_id: int) -> None:
        store = self._engine.store
        place = await self._engine.run(store.read(queries.position_of, message_id))
        if place is not None:  # what follows goes too, a running answer with it
            await self._stop_answer(place[0])
        await self._engine.run(store.delete_message(message_id))
        if place is not None:
            await self.reload_from(place[1])

    def restore_message(self, message_id: int) -> None:
        """Undo `delete_message`."""
        self._tasks.start(self._restore_message(message_id), name="branch.restore")

    async def _restore_message(self, message_id: int) -> None:
        await self._engine.run(self._engine.store.restore_message(message_id))
        await self.reload_below(message_id)

    def dismiss_note(self, message_id: int) -> None:
        """Keep an interrupted answer as it is."""
        self._dismissed[message_id] = None
        while len(self._dismissed) > MAX_DISMISSED:
            self._dismissed.popitem(last=False)
        self._tasks.start(self.refresh(message_id), name="branch.dismiss")

    def show_stop(self, message_id: int, confirmed: bool) -> None:
        """Whether the server of a stopped answer went idle."""
        (self._still_computing.discard if confirmed else self._still_computing.add)(message_id)
        self._tasks.start(self.refresh(message_id), name="branch.stop")

    # -- texts that the transcript lacks

    async def _fetch(self, first: int, last: int) -> None:
        conversation_id = self._open_conversation()
        if conversation_id is None:
            return
        store = self._engine.store
        try:
            messages = await self._engine.run(store.messages(conversation_id, first, last - first + 1))
        except BaseException:
            self._transcript.forget_request(first, last)
            raise
        if conversation_id == self._open_conversation():
            self._transcript.put({first + i: self.row(m) for i, m in enumerate(messages)})

    async def _fetch_texts(self, first: int, last: int) -> None:
        conversation_id = self._open_conversation()
        if conversation_id is None:
            return
        messages = await self._engine.run(self._engine.store.messages(conversation_id, first, last - first + 1))
        self._transcript.put_texts(first, [m.text for m in messages])


def _sizes(packed: bytes) -> array[int]:
    count = len(packed) // 4
    if array("I").itemsize == 4 and struct.pack("<I", 1) == struct.pack("=I", 1):
        sizes = array("I")
        sizes.frombytes(packed)
        return sizes
    return array("I", struct.unpack(f"<{count}I", packed))
