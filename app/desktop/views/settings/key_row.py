"""The API key of a provider: what is stored (masked), a password field for a new one, and delete.

A key is stored or deleted at once, not with *Save Settings*: it never waits in a widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.desktop.models.settings_form import KeyFacts
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, set_tone, text_label
from app.desktop.views.settings.withheld_note import WithheldKeyNote

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class KeyRow(QWidget):
    """Signals:
    store_requested(key), delete_requested().
    use_withheld_requested(WithheldFacts): the key of the old address is to be used at the new one.
    """

    store_requested = Signal(str)
    delete_requested = Signal()
    use_withheld_requested = Signal(object)

    def __init__(self, theme: Theme, owner: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts = KeyFacts()
        self._blocked = ""
        self._owner = owner
        caption = text_label(theme, self.tr("API key"), "small-medium", "text2", parent=self)
        self.edit = QLineEdit(self)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setFont(theme.font("body"))
        self.edit.setAccessibleName(self.tr("API key, {name}").format(name=owner))
        self.edit.setMaximumWidth(theme.px(320))
        caption.setBuddy(self.edit)
        self._store = push_button(theme, self.tr("Store key"), parent=self)
        self._delete = push_button(theme, self.tr("Delete key"), kind="quiet", parent=self)
        self._delete.setAccessibleName(self.tr("Delete key, {name}").format(name=owner))
        self._status = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self._note = text_label(theme, "", "small", "text3", wrap=True, parent=self)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.edit, 1000)
        row.addWidget(self._store)
        row.addWidget(self._delete)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(caption)
        column.addLayout(row)
        column.addWidget(self._status)
        column.addWidget(self._note)
        #: Placed by the card, above this row.
        self.withheld = WithheldKeyNote(theme, owner, self)
        self.withheld.use_requested.connect(self.use_withheld_requested)
        self.withheld.other_requested.connect(self.edit.setFocus)
        self.edit.textEdited.connect(lambda _text: self._update())
        self.edit.returnPressed.connect(self._on_store)
        self._store.clicked.connect(self._on_store)
        self._delete.clicked.connect(self.delete_requested)
        self.load(KeyFacts())

    def load(self, facts: KeyFacts) -> None:
        """Show what is stored; what was typed is gone."""
        self._facts = facts
        if facts.withheld is None:
            pass_focus(self.withheld, self.edit)
        self.withheld.show_facts(facts.withheld)
        self.edit.clear()
        self._status.setText(facts.text)
        self._note.setText(facts.note)
        set_tone(self._theme, self._status, "text2")
        self._update()

    def block(self, reason: str) -> None:
        """No key may be entered now, for this reason; "" lifts that."""
        self._blocked = reason
        self._update()

    def set_error(self, text: str) -> None:
        """The key was not taken; the old one is kept."""
        self._status.setText(text)
        set_tone(self._theme, self._status, "error")
        self._status.setVisible(True)
        self._update()

    def _on_store(self) -> None:
        key = self.edit.text().strip()
        if key and not self._blocked:
            self.edit.clear()
            self._status.setText(self.tr("Storing"))
            set_tone(self._theme, self._status, "text2")
            self.store_requested.emit(key)
            self._update()

    def _update(self) -> None:
        present = self._facts.present
        self.edit.setPlaceholderText(self.tr("Enter a new key to replace it") if present else self.tr("No key stored"))
        self.edit.setEnabled(not self._blocked)
        self.edit.setToolTip(self._blocked)
        store, spoken = self.tr("Store key"), self.tr("Store key, {name}")
        if present:
            store, spoken = self.tr("Replace key"), self.tr("Replace key, {name}")
        self._store.setText(store)
        self._store.setAccessibleName(spoken.format(name=self._owner))
        can_store = bool(self.edit.text().strip()) and not self._blocked
        if not can_store:
            pass_focus(self._store, self.edit)
        self._store.setEnabled(can_store)
        if not self._facts.deletable:
            pass_focus(self._delete, self.edit)
        self._delete.setVisible(self._facts.deletable)
        if self._blocked:
            self._note.setText(self._blocked)
        elif self._note.text() != self._facts.note:
            self._note.setText(self._facts.note)
        self._status.setVisible(bool(self._status.text()))
        self._note.setVisible(bool(self._note.text()))
