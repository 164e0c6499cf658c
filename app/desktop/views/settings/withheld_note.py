"""The note about a key that stayed with the old address: nothing is sent to the new one before somebody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.desktop.models.settings_form import WithheldFacts
from app.desktop.views.settings.controls import push_button, set_tone, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class WithheldKeyNote(QFrame):
    """Stands beside the address until a key for the new one is there.

    Signals:
        use_requested(WithheldFacts): the person read both addresses and wants the key at the new one.
        other_requested(): they want to enter another key.
    """

    use_requested = Signal(object)
    other_requested = Signal()

    def __init__(self, theme: Theme, owner: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._owner = owner
        self._facts: WithheldFacts | None = None
        self.setProperty("card", True)
        px = theme.px
        self._icon = QLabel(self)
        self._text = text_label(theme, "", "body", wrap=True, parent=self)
        self._error = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self._error.hide()
        self.use_button = push_button(theme, "", small=True, parent=self)
        self.use_button.clicked.connect(self._on_use)
        self.other_button = push_button(theme, self.tr("Enter another key"), small=True, parent=self)
        self.other_button.setAccessibleName(self.tr("Enter another key, {name}").format(name=owner))
        self.other_button.clicked.connect(self.other_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.other_button)
        buttons.addStretch(1)
        texts = QVBoxLayout()
        texts.setSpacing(px(8))
        texts.addWidget(self._text)
        texts.addWidget(self._error)
        texts.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(12), px(10), px(12), px(10))
        row.setSpacing(px(8))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self.hide()

    def show_facts(self, facts: WithheldFacts | None) -> None:
        """None takes the note away; the caller looks after the focus."""
        self._facts = facts
        self._error.hide()
        self.setVisible(facts is not None)
        if facts is None:
            return
        text = self.tr("The key stored for {old} is not used for {new}.")
        self._text.setText(text.format(old=facts.old, new=facts.new))
        use = self.tr("Use it for {new}").format(new=facts.new)
        self.use_button.setText(use)
        self.use_button.setAccessibleName(f"{use}, {self._owner}")
        self.use_button.setAccessibleDescription(self._text.text())

    def show_error(self, text: str) -> None:
        """The key was not taken over."""
        self._error.setText(text)
        set_tone(self._theme, self._error, "error")
        self._error.show()

    def _on_use(self) -> None:
        if self._facts is not None:
            self.use_requested.emit(self._facts)

    def _paint_icon(self) -> None:
        size = self._theme.px(16)
        self._icon.setPixmap(self._theme.pixmap("key", "warn", size, self.devicePixelRatioF()))
