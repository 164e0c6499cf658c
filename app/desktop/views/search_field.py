"""A line edit with an icon in front. Painted, not a button: there is nothing to press."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPointF
from PySide6.QtGui import QInputMethodEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class SearchField(QLineEdit):
    """`icon` names one of the app's icons; `plain` fields have no frame of their own."""

    def __init__(self, theme: Theme, icon: str, *, plain: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        #: An input method has text that is not taken yet: its keys are not the list's.
        self.composing = False
        self.setProperty("plain", plain)
        self._make_room()
        theme.changed.connect(self.update)

    def _make_room(self) -> None:
        """Beside the icon."""
        room = self._theme.px(22)
        self.setTextMargins(*((0, 0, room, 0) if self.isRightToLeft() else (room, 0, 0, 0)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._make_room()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = self._theme.px(16)
        x = self._theme.px(10)
        if self.isRightToLeft():
            x = self.width() - size - x
        pixmap = self._theme.pixmap(self._icon, "text3", size, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(x, (self.height() - size) / 2), pixmap)


def filter_field(
    theme: Theme, name: str, width: int, on_edited: Callable[[str], object], parent: QWidget
) -> SearchField:
    """The field over a list that keeps what holds every word; at most so many design pixels wide."""
    field = SearchField(theme, "filter", parent=parent)
    field.setAccessibleName(name)
    field.setPlaceholderText(QCoreApplication.translate("SearchField", "Filter"))
    field.setFont(theme.font("body"))
    field.setMaximumWidth(theme.px(width))
    field.textEdited.connect(on_edited)
    return field
