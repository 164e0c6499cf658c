"""A button that copies a text and says for a moment that it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from app.desktop.views.settings.controls import push_button

if TYPE_CHECKING:
    from app.desktop.theme import Theme

SHOWN_MS = 1_200


class CopyButton(QWidget):
    """Its width does not change with its word. The button itself is `button`."""

    def __init__(self, theme: Theme, name: str, text: Callable[[], str], parent: QWidget | None = None) -> None:
        """`name`: for screen readers, unique in the pane. `text`: what is copied, asked at that moment."""
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._text = text
        self.button: QPushButton = push_button(theme, self.tr("Copied"), icon="check", parent=self)
        width = self.button.sizeHint().width()
        self._show(copied=False)
        self.button.setFixedWidth(max(width, self.button.sizeHint().width()))
        self.setFixedSize(self.button.width(), self.button.sizeHint().height())
        self.button.clicked.connect(self._on_clicked)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(lambda: self._show(copied=False))

    def _on_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._text())
        self._show(copied=True)
        self._timer.start()

    def _show(self, *, copied: bool) -> None:
        self.button.setText(self.tr("Copied") if copied else self.tr("Copy"))
        self.button.setIcon(self._theme.icon("check" if copied else "copy", "text"))
        self.button.setAccessibleName(self._name)
        self.button.setAccessibleDescription(self.tr("Copied") if copied else "")
