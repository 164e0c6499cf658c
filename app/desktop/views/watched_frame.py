"""A part of the window that says when it is on the screen: some look at something only while somebody looks."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame


class WatchedFrame(QFrame):
    """Signals:
    watched(bool): it is on the screen / no longer.
    """

    watched = Signal(bool)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched.emit(False)
