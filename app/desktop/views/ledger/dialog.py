"""What the windows about an answer share: size, a read-only text and a row of buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.views.settings.controls import push_button
from app.desktop.views.transcript.hostile import reveal

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Characters of a text that are shown: laying out more takes longer than anybody would read.
MOST_SHOWN = 200_000
#: Of one line: Qt lays out a line as a whole.
_MOST_OF_A_LINE = 20_000


class LedgerDialog(QDialog):
    """Not modal: the chat can be read beside it. Goes when it is closed."""

    def __init__(self, theme: Theme, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(theme.px(760), theme.px(600))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.px(20), theme.px(20), theme.px(20), theme.px(16))
        self.column.setSpacing(theme.px(12))

    def add_text(self, name: str) -> QPlainTextEdit:
        """A text to be read and copied from."""
        text = QPlainTextEdit(self)
        text.setAccessibleName(name)
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setFont(self.theme.font("mono"))
        self.column.addWidget(text, 1)
        return text

    def add_buttons(self) -> QHBoxLayout:
        """A row that ends with Close; others go before it."""
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(8))
        row.addStretch(1)
        close = push_button(self.theme, self.tr("Close"), parent=self)
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        row.addWidget(close)
        self.column.addLayout(row)
        return row


def shown(text: str) -> str:
    """As it can be laid out without delay, with what is hidden in it made visible."""
    lines = (
        line if len(line) <= _MOST_OF_A_LINE else line[:_MOST_OF_A_LINE] + "…" for line in text[:MOST_SHOWN].split("\n")
    )
    return reveal("\n".join(lines))[0]
