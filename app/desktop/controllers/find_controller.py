"""Find in chat: which messages hold what was typed, and going from one place to the next."""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.conversations import finding
from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine
    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.views.transcript.finder import Finder

#: Messages that are read at a time; others of the store's work get their turn in between.
CHUNK = 2_000


class FindController(QObject):
    """Looks through the shown branch of the open chat.

    Signals:
        result_changed(str): where one is among the messages that hold it.
    """

    result_changed = Signal(str)

    def __init__(
        self,
        engine: Engine,
        model: TranscriptModel,
        finder: Finder,
        open_conversation: Callable[[], int | None],
        on_error: OnError,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._model = model
        self._finder = finder
        self._open_conversation = open_conversation
        self._tasks = TaskOwner(on_error)
        self._typed = ""
        self._looking: asyncio.Task[None] | None = None
        #: Positions of the messages that hold it, ascending.
        self._found: list[int] = []
        #: The message that is gone to as soon as its text is here, and in which direction.
        self._awaited: tuple[int, bool] | None = None
        model.loaded.connect(self._on_loaded)
        model.was_reset.connect(self._on_reset)

    def find(self, typed: str) -> None:
        """Look for these words; none ends the search."""
        self._typed = typed
        self._found, self._awaited = [], None
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self._finder.mark(finding.needle(typed))
        self.result_changed.emit("")
        if self._finder.pattern is not None:
            self._looking = self._tasks.start(self._look(typed), name="find.look")

    def stop(self) -> None:
        self.find("")

    async def _look(self, typed: str) -> None:
        pattern = finding.needle(typed, in_source=True)
        conversation_id = self._open_conversation()
        if pattern is None or conversation_id is None:
            return
        found: list[int] = []
        for first in range(0, self._model.count, CHUNK):
            held = self._engine.store.read(finding.positions_holding, conversation_id, pattern, first, first + CHUNK)
            found += await self._engine.run(held)
            self.result_changed.emit(self.tr("Searching…"))
        growing = self._model.streaming_index()
        if growing is not None and growing not in found and pattern.search(self._model.text(growing) or ""):
            bisect.insort(found, growing)
        self._found = found
        if found:
            start = bisect.bisect_left(found, self._finder.first_index())
            self._go(found[start % len(found)], forward=True)
        else:
            self.result_changed.emit(self.tr("Nothing found"))

    def step(self, *, forward: bool) -> None:
        """Go to the next place, or to the one before; behind the last one comes the first."""
        if not self._found:
            return
        current = self._finder.current
        if current is None:
            self._go(self._found[0 if forward else -1], forward=forward)
        elif self._finder.next_in(current.index, forward=forward):
            self._tell(current.index)
        else:
            self._go(self._neighbour(current.index, forward=forward), forward=forward)

    def _neighbour(self, index: int, *, forward: bool) -> int:
        if forward:
            return self._found[bisect.bisect_right(self._found, index) % len(self._found)]
        return self._found[bisect.bisect_left(self._found, index) - 1]

    def _go(self, index: int, *, forward: bool) -> None:
        """To the first or last place of a message; its text may have to come first.

        What is only in the source, as the address behind a link, is passed over.
        """
        for _ in range(len(self._found)):
            if not self._finder.is_here(index):
                self._awaited = (index, forward)
                self._finder.go_near(index)
                if not self._finder.is_here(index):
                    return
            self._awaited = None
            self._finder.current = None
            if self._finder.next_in(index, forward=forward):
                self._tell(index)
                return
            self._found.remove(index)
            if not self._found:
                break
            index = self._neighbour(index, forward=forward)
        self.result_changed.emit(self.tr("Nothing found"))

    def _tell(self, index: int) -> None:
        place = bisect.bisect_left(self._found, index) + 1
        text = self.tr("Message {n} of {count}").format(n=place, count=len(self._found))
        self.result_changed.emit(text)

    def _on_loaded(self, first: int, last: int) -> None:
        awaited = self._awaited
        if awaited is not None and first <= awaited[0] <= last and self._found:
            self._go(awaited[0], forward=awaited[1])

    def _on_reset(self) -> None:
        """Another chat, or another branch: look again in it."""
        if self._typed:
            self.find(self._typed)

    async def aclose(self) -> None:
        await self._tasks.aclose()
