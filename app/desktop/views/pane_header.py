"""What a pane that takes the chat's place begins with: its ground, its column, and the header with the title and the
buttons of a narrow window and of closing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.desktop.views.settings.controls import text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme


def begin_pane(pane: QWidget, object_name: str, name: str, header: QWidget) -> QVBoxLayout:
    """Name the pane, for tests and for screen readers; give it its ground, and a column with the header at the top."""
    pane.setObjectName(object_name)
    pane.setAccessibleName(name)
    pane.setProperty("surface", "base")
    pane.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(pane)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(header)
    return column


class PaneHeader(QWidget):
    """48 high.

    Signals:
        sidebar_requested(), close_requested().
    """

    sidebar_requested = Signal()
    close_requested = Signal()

    def __init__(self, theme: Theme, title: str, close_text: str, parent: QWidget | None = None) -> None:
        """`close_text`: the name of the button that closes."""
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(theme.px(48))
        self.sidebar_button = self._button("sidebar", self.tr("Show conversations"), self.sidebar_requested)
        self.sidebar_button.hide()
        self._title = text_label(theme, title, "title", parent=self)
        close = self.close_button = self._button("close", close_text, self.close_requested)
        close.setToolTip(self.tr("{close} (Esc)").format(close=close_text))
        self._row = QHBoxLayout(self)
        self._row.setSpacing(theme.px(8))
        self._row.addWidget(self.sidebar_button)
        self._row.addWidget(self._title, 1)
        self._row.addWidget(close)
        self.set_inset(32)

    def follow(self, first: QWidget) -> None:
        """Tab comes to the header behind `first`, the pane's focus proxy: Qt goes from outside to that one at once, so
        what stands before it would not be reached."""
        QWidget.setTabOrder(first, self.sidebar_button)
        QWidget.setTabOrder(self.sidebar_button, self.close_button)

    def _button(self, icon: str, name: str, signal: Any) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(self._theme.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: signal.emit())
        return button

    def set_inset(self, inset: int) -> None:
        px = self._theme.px
        self._row.setContentsMargins(px(inset), 0, px(max(12, inset - 6)), 0)
