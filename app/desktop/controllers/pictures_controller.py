"""Reads pictures of the store for the transcript: off the UI thread, by their hash, and nothing else ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QImage

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine

#: Twice a thumbnail, for screens with two pixels in the place of one.
THUMBNAIL = QSize(640, 480)

Show = Callable[[QImage | None], object]


class PicturesController(QObject):
    """Answers with None where a picture is gone or cannot be shown safely."""

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)

    def thumbnail(self, digest: str, show: Show) -> None:
        self._tasks.start(self._read(digest, THUMBNAIL, show), name="pictures.thumbnail")

    def whole(self, digest: str, show: Show) -> None:
        self._tasks.start(self._read(digest, None, show), name="pictures.whole")

    async def _read(self, digest: str, within: QSize | None, show: Show) -> None:
        from app.desktop.controllers.picture_scaling import decoded  # here: no start needs it

        data = await self._engine.run(self._engine.store.attached_content(digest))
        show(None if data is None else await asyncio.to_thread(decoded, data, within))

    async def aclose(self) -> None:
        await self._tasks.aclose()
