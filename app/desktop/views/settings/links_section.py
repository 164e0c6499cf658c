"""Settings, General, Links: whether the links of chats open with this program, and a button that lets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, set_tone, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class LinksSection(QWidget):
    """Signals: register_requested()."""

    register_requested = Signal()

    def __init__(self, theme: Theme, heir: QWidget, parent: QWidget | None = None) -> None:
        """`heir` gets the keyboard when the button goes."""
        super().__init__(parent)
        self._theme = theme
        self._heir = heir
        self.state = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self.button = push_button(theme, self.tr("Open aica:// links with this app"), icon="link", parent=self)
        self.button.clicked.connect(self.register_requested)
        self.button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addWidget(self.state)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeading)

    def show_place(self, place: str, problem: str) -> None:
        """`place` as the controller tells it; `problem`: why the button did not help."""
        words = {
            "here": self.tr("Links to chats (aica://…) open with this app, from any other program."),
            "elsewhere": self.tr("Links to chats (aica://…) do not open with this app yet."),
            "unknown": self.tr("This system cannot be told which program opens aica:// links."),
        }
        text = problem or words[place]
        self.state.setText(text)
        self.state.setAccessibleName(text)
        set_tone(self._theme, self.state, "error" if problem else "text2")
        if place != "elsewhere":
            pass_focus(self.button, self._heir)
        self.button.setVisible(place == "elsewhere")
