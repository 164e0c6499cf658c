"""The head of the list while it shows the trash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class TrashBar(QWidget):
    """Signals: back_requested(): all chats again; empty_requested()."""

    back_requested = Signal()
    empty_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._back = QToolButton(self)
        self._back.setIcon(theme.icon("chevron-left"))
        self._back.setAccessibleName(self.tr("Back to all chats"))
        self._back.setToolTip(self.tr("Back to all chats (Esc)"))
        self._back.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._back.clicked.connect(self.back_requested)
        self._title = QLabel(self.tr("Trash"), self)
        self._empty = QPushButton(self.tr("Empty trash"), self)
        self._empty.setProperty("kind", "quiet")
        self._empty.clicked.connect(self.empty_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(8), 0, theme.px(8), theme.px(4))
        row.setSpacing(theme.px(4))
        row.addWidget(self._back)
        row.addWidget(self._title, 1)
        row.addWidget(self._empty)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def set_empty(self, is_empty: bool) -> None:
        """Nothing is there to be removed."""
        self._empty.setDisabled(is_empty)

    def _restyle(self) -> None:
        self._title.setFont(self._theme.font("body-bold"))
        self._empty.setFont(self._theme.font("small"))
