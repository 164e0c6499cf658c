"""What a chosen program must be told to use the gateway, to read and copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.models.gateway_facts import ClientRow
from app.desktop.views.settings.controls import ChoiceBox, text_label
from app.desktop.views.settings.copy_button import CopyButton

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ClientSettings(QWidget):
    """A picker of programs, and the settings of the one that is picked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[ClientRow, ...] = ()
        px = theme.px
        self.box = ChoiceBox(theme, self)
        self.box.setAccessibleName(self.tr("Program"))
        caption = text_label(theme, self.tr("Program"), "small-medium", "text2", parent=self)
        caption.setBuddy(self.box)
        self.box.setMinimumWidth(px(200))
        self.copy = CopyButton(theme, self.tr("Copy settings of the program"), self._text, self)
        self._place = text_label(theme, "", "small", "text3", wrap=True, parent=self)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(theme.font("mono"))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.setAccessibleName(self.tr("Settings of the program"))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.box)
        row.addWidget(self.copy)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(caption)
        column.addLayout(row)
        column.addWidget(self._place)
        column.addWidget(self.text)
        self.box.currentIndexChanged.connect(lambda _index: self._show())

    def show_clients(self, rows: Sequence[ClientRow]) -> None:
        """The same programs with other values: the picked one stays."""
        names = [row.name for row in rows] != [row.name for row in self._rows]
        self._rows = tuple(rows)
        if names:
            with QSignalBlocker(self.box):
                self.box.clear()
                for row in rows:
                    self.box.addItem(row.name, row.key)
        self._show()

    def _chosen(self) -> ClientRow | None:
        return next((row for row in self._rows if row.key == self.box.currentData()), None)

    def _text(self) -> str:
        row = self._chosen()
        return row.text if row is not None else ""

    def _show(self) -> None:
        row = self._chosen()
        if row is None:
            return
        self._place.setText(row.place)
        if self.text.toPlainText() == row.text:
            return
        self.text.setPlainText(row.text)
        lines = row.text.count("\n") + 1
        bar = self.text.horizontalScrollBar().sizeHint().height()
        self.text.setFixedHeight(QFontMetrics(self.text.font()).lineSpacing() * lines + self._theme.px(16) + bar)
