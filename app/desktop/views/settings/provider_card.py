"""One provider of the Providers tab: on or off, priority, patience, address, key, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.settings_form import KeyFacts, KeyPath, ProviderFacts, SettingsForm, provider_path
from app.desktop.views.settings.controls import card, push_button, text_label
from app.desktop.views.settings.fields import Field, NumberField, SwitchField, TextField
from app.desktop.views.settings.key_row import KeyRow
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ProviderCard(QWidget):
    """Signals:
    edited().
    address_requested(): show where the address of this local server is set.
    remove_requested(): a named server is to go.
    store_key_requested(key), delete_key_requested(), use_key_requested(WithheldFacts).
    """

    edited = Signal()
    address_requested = Signal()
    remove_requested = Signal()
    store_key_requested = Signal(str)
    delete_key_requested = Signal()
    use_key_requested = Signal(object)

    def __init__(self, theme: Theme, facts: ProviderFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.facts = facts
        self.fields: list[Field] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        frame, self._column = card(theme, self)
        self._column.setSpacing(theme.px(12))
        outer.addWidget(frame)
        self._make_head()
        self._make_numbers()
        self._make_address()
        self.key_row: KeyRow | None = None
        if facts.accepts_key:
            self.key_row = KeyRow(theme, facts.name, self)
            self.key_row.store_requested.connect(self.store_key_requested)
            self.key_row.delete_requested.connect(self.delete_key_requested)
            self.key_row.use_withheld_requested.connect(self.use_key_requested)
            self._column.addWidget(self.key_row.withheld)
            self._column.addWidget(self.key_row)

    def _make_head(self) -> None:
        theme, facts = self._theme, self.facts
        self._light = StateLight(theme, self, facts.glyph)
        self._words = text_label(theme, "", "body", "text2", parent=self)
        self._switch = SwitchField(
            theme,
            provider_path(facts.instance_id, "is_enabled"),
            self.tr("{name} on or off").format(name=facts.name),
            text=self.tr("On"),
            name=self.tr("Use {name}").format(name=facts.name),
        )
        self._switch.put_origin_before()
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self._light)
        row.addWidget(text_label(theme, facts.name, "section", parent=self))
        row.addWidget(self._words, 1)
        self._remove: QPushButton | None = None
        if facts.named:
            self._remove = push_button(theme, self.tr("Remove"), kind="quiet", small=True, parent=self)
            self._remove.setAccessibleName(self.tr("Remove {name}").format(name=facts.name))
            self._remove.clicked.connect(self.remove_requested)
            row.addWidget(self._remove)
        row.addWidget(self._add(self._switch))
        self._column.addLayout(row)

    def _make_numbers(self) -> None:
        theme, facts = self._theme, self.facts
        priority = NumberField(
            theme,
            provider_path(facts.instance_id, "priority"),
            self.tr("Priority"),
            least=0,
            most=999,
            name=self.tr("Priority, {name}").format(name=facts.name),
            hint=self.tr("Lower is tried first"),
        )
        timeout = NumberField(
            theme,
            provider_path(facts.instance_id, "timeout"),
            self.tr("Silence tolerated"),
            least=1,
            most=86_400,
            unit="s",
            name=self.tr("Silence tolerated, {name}").format(name=facts.name),
            hint=self.tr("Between two pieces of an answer"),
        )
        row = QHBoxLayout()
        row.setSpacing(theme.px(24))
        for field in (priority, timeout):
            field.setMinimumWidth(theme.px(200))
            row.addWidget(self._add(field), 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        self._column.addLayout(row)

    def _make_address(self) -> None:
        theme, facts = self._theme, self.facts
        self._address: TextField | None = None
        if facts.has_runtime:
            row = QHBoxLayout()
            row.addWidget(text_label(theme, self.tr("Its address and server:"), "small", "text3", parent=self))
            link = push_button(theme, self.tr("Local Models"), kind="link", parent=self)
            link.setAccessibleName(self.tr("Address of {name}").format(name=facts.name))
            link.clicked.connect(self.address_requested)
            row.addWidget(link)
            row.addStretch(1)
            self._column.addLayout(row)
        elif facts.has_address:
            self._address = TextField(
                theme,
                provider_path(facts.instance_id, "base_url"),
                self.tr("Address"),
                mono=True,
                name=self.tr("Address, {name}").format(name=facts.name),
            )
            self._column.addWidget(self._add(self._address))

    def _add(self, field: Field) -> Field:
        self.fields.append(field)
        field.edited.connect(self._on_edited)
        return field

    def _on_edited(self) -> None:
        self._block_key()
        self.edited.emit()

    def _block_key(self) -> None:
        """A key belongs to the address it is stored for, so a new address is saved first."""
        if self.key_row is not None and self._address is not None:
            unsaved = bool(self._address.change())
            self.key_row.block(self.tr("Save the new address first: a key belongs to its address.") if unsaved else "")

    # -- for the page

    def load(self, form: SettingsForm) -> None:
        for field in self.fields:
            field.load(form.field(field.path))
        facts = form.provider(self.facts.instance_id)
        if facts is not None:
            self.show_state(facts.glyph, facts.words)
            if self.key_row is not None:
                self.key_row.load(facts.key)
        self._block_key()

    def take_focus_back(self) -> None:
        """The removal was taken back: the focus is where it was asked for."""
        if self._remove is not None:
            self._remove.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_state(self, glyph: StateGlyph, words: str) -> None:
        """The light and its words; the fields stay as they are."""
        self._light.set_glyph(glyph)
        self._words.setText(words)

    def follow(self, form: SettingsForm) -> None:
        """A key came or went, which may have switched this provider on or off."""
        self._switch.follow(form.field(self._switch.path))
        facts = form.provider(self.facts.instance_id)
        if facts is not None:
            self.show_state(facts.glyph, facts.words)

    def show_key(self, facts: KeyFacts) -> None:
        if self.key_row is not None:
            self.key_row.load(facts)

    def changes(self) -> dict[KeyPath, Any]:
        found: dict[KeyPath, Any] = {}
        for field in self.fields:
            found.update(field.change())
        return found
