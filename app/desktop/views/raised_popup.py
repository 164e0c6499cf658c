"""A raised popup that is gone once it is closed; a screen reader knows it as belonging to what it was opened with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.desktop.views.spoken_control import SpokenPopup, tell_of_popup

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class RaisedPopup(QFrame):
    def __init__(self, theme: Theme, name: str, opener: QWidget) -> None:
        """`name`: for a screen reader."""
        super().__init__(opener, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("surface", "raised")
        self.setAccessibleName(name)
        self._theme = theme
        self._opener = opener

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(self._theme.color("line"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def make_accessible(self) -> SpokenPopup:
        return SpokenPopup(self, self._opener)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        tell_of_popup(self, opened=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        tell_of_popup(self, opened=False)
