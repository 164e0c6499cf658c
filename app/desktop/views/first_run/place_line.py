"""One line of the first-run page: a place where a server was looked for, or a model that can be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.icons import set_icon_beside_text
from app.desktop.models.first_run_rows import PlaceRow
from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.settings.controls import text_label
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW, BUTTON, NAME = 56, 156, 124


class PlaceLine(QWidget):
    """One place: glyph, name, what was found, address, one button.

    Signals:
        acted(action).
    """

    acted = Signal(str)

    def __init__(self, theme: Theme, *, first: bool, name_width: int = NAME, parent: QWidget | None = None) -> None:
        """`name_width`: in design pixels."""
        super().__init__(parent)
        self._theme = theme
        self._first = first
        self._row: PlaceRow | None = None
        px = theme.px
        self.setMinimumHeight(px(ROW))
        self._light = StateLight(theme, self)
        self._name = text_label(theme, "", "body", parent=self)
        self._name.setFixedWidth(px(name_width))
        self._found = text_label(theme, "", "body", wrap=True, parent=self)
        self._address = ElidedLabel(self)
        self._address.setFont(theme.font("mono-small"))
        self._address.setProperty("tone", "text3")
        self.button = QPushButton(self)
        self.button.setFont(theme.font("body-medium"))
        self.button.setMinimumWidth(px(BUTTON))
        self.button.clicked.connect(self._on_clicked)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addStretch(1)
        texts.addWidget(self._found)
        texts.addWidget(self._address)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(8), px(12), px(8))
        row.setSpacing(px(8))
        row.addWidget(self._light)
        row.addWidget(self._name)
        row.addLayout(texts, 1)
        row.addWidget(self.button)

    def show_row(self, row: PlaceRow, *, primary: bool) -> None:
        if row == self._row and primary == (self.button.property("kind") == "primary"):
            return
        self._row = row
        self._light.set_glyph(row.glyph)
        self._name.setText(row.name)
        self._found.setText(row.found)
        self._address.setText(row.address)
        self._address.setToolTip(row.address)
        self.button.setText(row.button)
        self.button.setVisible(bool(row.button))
        self.button.setAccessibleDescription(f"{row.name}: {row.found} {row.address}")
        token = "on-accent" if primary else "text"
        set_icon_beside_text(self.button, self._theme.icon(row.icon, token) if row.icon else QIcon(), self._theme)
        if primary != (self.button.property("kind") == "primary"):
            self.button.setProperty("kind", "primary" if primary else None)
            self._theme.restyle(self.button)

    def set_narrow(self, narrow: bool) -> None:
        """Where there is little room the name gives way: the button names it."""
        self._name.setVisible(not narrow)

    def _on_clicked(self) -> None:
        if self._row is not None and not self._row.busy:  # switched off it would lose the focus
            self.acted.emit(self._row.action)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._first:
            painter = QPainter(self)
            line = self._theme.hairline(self.devicePixelRatioF())
            painter.fillRect(QRectF(0, 0, self.width(), line), self._theme.color("line"))
