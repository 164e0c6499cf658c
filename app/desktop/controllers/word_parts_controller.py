"""Keeps the index of parts of words as the setting wants it, in the background, and says how far it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine


class WordPartsController(QObject):
    """One filling at a time; a change of the setting ends the one before.

    Signals:
        progressed(done, total): messages in the index, and of how many; (0, 0) where there is none.
    """

    progressed = Signal(int, int)
    _counted = Signal(int, int)  # from the engine's thread

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._work: asyncio.Task[None] | None = None
        self._wanted: bool | None = None
        self._counted.connect(self.progressed)

    def follow(self, wanted: bool) -> None:
        """Make and fill the index, or drop it; nothing where that was asked for already."""
        if wanted == self._wanted:
            return
        self._wanted = wanted
        before, self._work = self._work, None
        if before is not None:
            before.cancel()
        self._work = self._tasks.start(self._keep(before, wanted), name="word_parts.keep")

    def ask(self) -> None:
        """Say how far it is: for who looks at the setting now."""
        self._tasks.start(self._tell(), name="word_parts.tell")

    async def _keep(self, before: asyncio.Task[None] | None, wanted: bool) -> None:
        from app.services.conversations import word_parts  # here: no start needs it

        if before is not None:
            await asyncio.wait({before})
        await self._engine.run(word_parts.keep(self._engine.store, wanted, self._counted.emit))
        await self._tell()

    async def _tell(self) -> None:
        from app.services.conversations import word_parts  # here: as above

        self.progressed.emit(*await self._engine.run(self._engine.store.read(word_parts.progress)))

    async def aclose(self) -> None:
        await self._tasks.aclose()
