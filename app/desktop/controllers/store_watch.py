"""Notices what other processes do to the chats (`aica history`, `aica chat`) while this window is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.services.tasks import OnError, TaskOwner

if TYPE_CHECKING:
    from app.desktop.engine import Engine

#: Between two looks while the window is in front; coming to the front looks at once.
LOOK_INTERVAL_MS = 3_000


class StoreWatch(QObject):
    """The question costs the store's thread microseconds and this one nothing.

    Signals:
        changed_elsewhere(): somebody else wrote into the file.
    """

    changed_elsewhere = Signal()

    def __init__(self, engine: Engine, on_error: OnError, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._tasks = TaskOwner(on_error)
        self._looking = False
        self._follows: QGuiApplication | None = None
        self._timer = QTimer(self, interval=LOOK_INTERVAL_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """The store is open: look from now on, whenever the window is in front."""
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_state)
        self._follows = application
        self._on_state(application.applicationState())

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Ask the store now; never twice at a time."""
        if not self._looking and self._engine.has_store:
            self._looking = True
            self._tasks.start(self._look(), name="store_watch.look")

    async def _look(self) -> None:
        try:
            changed = await self._engine.run(self._engine.store.changed_elsewhere())
        finally:
            self._looking = False
        if changed:
            self.changed_elsewhere.emit()

    async def aclose(self) -> None:
        self._timer.stop()
        if self._follows is not None:
            self._follows.applicationStateChanged.disconnect(self._on_state)
            self._follows = None
        await self._tasks.aclose()
