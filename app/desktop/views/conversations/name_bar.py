"""A field above the list of chats that asks for one line: the name of a folder, the tags of a chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.views.chat.header import ElidedLabel

if TYPE_CHECKING:
    from app.desktop.theme import Theme

MOST_CHARACTERS = 1_000


class NameBar(QWidget):
    """Enter takes what was typed, Esc leaves everything as it is.

    Signals:
        left(): it closed while it had the focus.
    """

    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget, *, inset: int = 12) -> None:
        """`inset`: of the list that it stands over."""
        super().__init__(parent)
        self._theme = theme
        self._take: Callable[[str], None] | None = None
        self._label = ElidedLabel(self)
        self._label.setProperty("tone", "text2")
        self.edit = QLineEdit(self)
        self.edit.setMaxLength(MOST_CHARACTERS)
        self.edit.returnPressed.connect(self._on_enter)
        self.edit.textEdited.connect(lambda: self.complain(""))
        self.edit.installEventFilter(self)
        self._problem = QLabel(self)
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.setProperty("tone", "error")
        self._problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(inset), theme.px(4), theme.px(inset), theme.px(8))
        column.setSpacing(theme.px(4))
        for widget in (self._label, self.edit, self._problem):
            column.addWidget(widget)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def ask(self, question: str, text: str, take: Callable[[str], None], *, hint: str = "") -> None:
        """Ask for a line, beginning with `text`; `take` gets it, and closes the bar when it can be used."""
        self._take = take
        self._label.setText(question)
        self._label.setToolTip(plain_tooltip(question))
        self.edit.setAccessibleName(question)
        self.edit.setPlaceholderText(hint)
        self.edit.setText(text)
        self.complain("")
        self.show()
        self.edit.selectAll()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def complain(self, problem: str) -> None:
        """Why what was typed cannot be used; "" takes it back."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.edit.setAccessibleDescription(problem)

    def close_bar(self) -> None:
        """Hide it; the focus goes on to the list where it was here."""
        had_focus = self.window().focusWidget() is self.edit  # also of a window that is not in front
        self._take = None
        self.hide()
        if had_focus:
            self.left.emit()

    def _on_enter(self) -> None:
        if self._take is not None:
            self._take(self.edit.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_key = event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        if is_key and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # before the window's own Esc
            if event.type() == QEvent.Type.KeyPress:
                self.close_bar()
            return True
        return super().eventFilter(watched, event)

    def _restyle(self) -> None:
        self._label.setFont(self._theme.font("small"))
        self._problem.setFont(self._theme.font("small"))
        self.edit.setFont(self._theme.font("body"))
