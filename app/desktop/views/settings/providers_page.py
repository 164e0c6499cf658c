"""Settings, Providers: a card for every provider, and named servers that speak OpenAI's interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.settings_form import PROVIDERS, KeyFacts, KeyPath, ProviderFacts, SettingsForm, provider_path
from app.desktop.views.focus import has_focus_inside, next_in_tab_order, pass_focus
from app.desktop.views.settings.controls import card, empty, push_button, text_label
from app.desktop.views.settings.fields import Field
from app.desktop.views.settings.page import SettingsPage
from app.desktop.views.settings.provider_card import ProviderCard
from app.services.llm.server_presets import PRESETS, ServerPreset, is_taken, key_for

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Names of servers in the file (contract: configuration).
SERVER_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")


class ServerLine(QWidget):
    """One line about a server that is to come or to go, with a way back.

    Signals:
        undone().
    """

    undone = Signal()

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text_label(theme, text, "body", "text2", parent=self), 1)
        self.undo_button = push_button(theme, self.tr("Undo"), kind="link", parent=self)
        self.undo_button.setAccessibleName(self.tr("Undo: {text}").format(text=text))
        self.undo_button.clicked.connect(self.undone)
        row.addWidget(self.undo_button)


class NewServerForm(QWidget):
    """Key, name and address of a server to add.

    Signals:
        added(key, name, address).
    """

    added = Signal(str, str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.taken: set[str] = set()
        frame, column = card(theme, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        column.addWidget(text_label(theme, self.tr("Add a server"), "section", parent=frame))
        column.addWidget(
            text_label(
                theme,
                self.tr("Any server that speaks OpenAI's interface: llama-server, vLLM, OpenRouter, a colleague's."),
                "small",
                "text3",
                wrap=True,
                parent=frame,
            )
        )
        column.addLayout(self._presets(theme))
        self.address = self._line(
            theme, column, self.tr("Address"), "http://192.168.1.13:8080/v1", self.tr("Server address")
        )
        self.name = self._line(theme, column, self.tr("Name"), self.tr("Workshop"), self.tr("Server name"))
        self.key = self._line(
            theme,
            column,
            self.tr("Short name, before the model's where both are named"),
            self.tr("made from the name"),
            self.tr("Server key"),
        )
        self._error = text_label(theme, "", "small", "error", wrap=True, parent=frame)
        self._error.hide()
        column.addWidget(self._error)
        add = push_button(theme, self.tr("Add"), icon="plus", parent=frame)
        add.setAccessibleName(self.tr("Add server"))
        add.clicked.connect(self._on_add)
        column.addWidget(add, 0, Qt.AlignmentFlag.AlignLeading)

    def _presets(self, theme: Theme) -> QHBoxLayout:
        """Buttons that fill in what is usual; nothing is added before *Add*."""
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(text_label(theme, self.tr("Fill in:"), "small", "text3", parent=self))
        for preset in PRESETS:
            button = push_button(theme, preset.name, kind="link", parent=self)
            button.setAccessibleName(self.tr("Fill in {name}").format(name=preset.name))
            button.clicked.connect(lambda _checked=False, chosen=preset: self.fill_in(chosen))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def fill_in(self, preset: ServerPreset) -> None:
        """Put a server into the form; nothing is added yet."""
        self.key.setText(preset.key)
        self.name.setText(preset.name)
        self.address.setText(preset.base_url)
        self._error.hide()
        self.address.setFocus()

    def _line(self, theme: Theme, column: QVBoxLayout, label: str, placeholder: str, name: str) -> QLineEdit:
        edit = QLineEdit(self)
        edit.setFont(theme.font("body"))
        edit.setPlaceholderText(placeholder)
        edit.setAccessibleName(name)
        edit.setMaximumWidth(theme.px(440))
        edit.returnPressed.connect(self._on_add)
        caption = text_label(theme, label, "small-medium", "text2", parent=self)
        caption.setBuddy(edit)
        column.addWidget(caption)
        row = QHBoxLayout()
        row.addWidget(edit, 1000)
        row.addStretch(1)
        column.addLayout(row)
        return edit

    def take_back(self, key: str, name: str, address: str, error: str) -> None:
        """A server that could not be added: its values again, and why."""
        self.key.setText(key)
        self.name.setText(name)
        self.address.setText(address)
        self._error.setText(error)
        self._error.show()

    def _on_add(self) -> None:
        key, name, address = (edit.text().strip() for edit in (self.key, self.name, self.address))
        problem, at_fault = "", self.address
        if not address:
            problem = self.tr("Enter the server's address.")
        elif key and not SERVER_KEY.fullmatch(key):
            problem = self.tr("A short name is small letters, digits, - and _, and begins with a letter or digit.")
            at_fault = self.key
        elif key and is_taken(key, self.taken):
            problem, at_fault = self.tr("{key} is taken.").format(key=key), self.key
        self._error.setText(problem)
        self._error.setVisible(bool(problem))
        if problem:
            at_fault.setFocus()
            at_fault.selectAll()
            return
        for edit in (self.key, self.name, self.address):
            edit.clear()
        key = key or key_for(name, address, self.taken)
        self.added.emit(key, name or key, address)


class ProvidersPage(SettingsPage):
    """Signals:
    local_models_requested(instance_id).
    store_key_requested(instance_id, key), delete_key_requested(instance_id).
    use_key_requested(instance_id, WithheldFacts).
    """

    local_models_requested = Signal(str)
    store_key_requested = Signal(str, str)
    delete_key_requested = Signal(str)
    use_key_requested = Signal(str, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.cards: dict[str, ProviderCard] = {}
        self._order: tuple[str, ...] = ()
        self._new: dict[str, tuple[str, str]] = {}
        self._removed: list[str] = []
        #: The *Undo* of each server that is to come or to go.
        self._ways_back: dict[str, QWidget] = {}
        self._cards_box = QVBoxLayout()
        self._cards_box.setSpacing(theme.px(12))
        self._pending_box = QVBoxLayout()
        self._form = NewServerForm(theme, self)
        self._form.added.connect(self._on_added)
        group = self.section("")
        layout = group.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.addLayout(self._cards_box)
        layout.addLayout(self._pending_box)
        layout.addWidget(self._form)
        self.finish()

    # -- for the pane

    def load(self, form: SettingsForm) -> None:
        self._new.clear()
        self._removed.clear()
        self._build_cards(form.providers)
        for provider_card in self.cards.values():
            provider_card.load(form)
            provider_card.setVisible(True)
        self._form.taken = set(self.cards) | {p.provider_id for p in form.providers}
        self._show_pending()

    def changes(self) -> dict[KeyPath, Any]:
        found: dict[KeyPath, Any] = {}
        for instance_id, provider_card in self.cards.items():
            if instance_id not in self._removed:
                found.update(provider_card.changes())
        for key, (name, address) in self._new.items():
            found[provider_path(key, "type")] = "openai_compatible"
            found[provider_path(key, "name")] = name
            found[provider_path(key, "base_url")] = address
            found[provider_path(key, "is_enabled")] = True
        for instance_id in self._removed:
            found[(PROVIDERS, instance_id)] = None
        return found

    def changed_names(self) -> list[str]:
        names = [
            f"{provider_card.facts.name}, {field.label}"
            for provider_card in self.cards.values()
            for field in provider_card.fields
            if field.change()
        ]
        names += [self.tr("new server {name}").format(name=name) for name, _address in self._new.values()]
        names += [self.tr("{name} removed").format(name=self.cards[key].facts.name) for key in self._removed]
        return names

    def show_error(self, path: KeyPath, text: str) -> bool:
        if super().show_error(path, text):
            return True
        for key, (name, address) in list(self._new.items()):
            if path[:2] == (PROVIDERS, key):  # back into the form, where it can be mended
                self._forget_new(key)
                self._form.take_back(key, name, address, text)
                self.column.show_widget(self._form)
                return True
        return False

    def fill_in_server(self, preset: ServerPreset) -> None:
        """The form for a new server, filled in and in view."""
        self._form.fill_in(preset)
        self.show_server_form()

    def show_server_form(self) -> None:
        """Bring it into view; in a low window at least the address."""
        self.column.show_widget(self._form)
        self.column.show_widget(self._form.address)

    def focus_key(self, instance_id: str) -> None:
        """Bring a provider's key field into view and into focus."""
        provider_card = self.cards.get(instance_id)
        if provider_card is None:
            return
        self.column.show_widget(provider_card)
        if provider_card.key_row is not None:
            provider_card.key_row.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_states(self, states: Mapping[str, tuple[StateGlyph, str]]) -> None:
        """Lights and words, while the page is open."""
        for instance_id, (glyph, words) in states.items():
            if instance_id in self.cards:
                self.cards[instance_id].show_state(glyph, words)

    def follow(self, instance_id: str, form: SettingsForm) -> None:
        """What is in force for this provider changed with its key."""
        if instance_id in self.cards:
            self.cards[instance_id].follow(form)

    def show_key(self, instance_id: str, facts: KeyFacts) -> None:
        if instance_id in self.cards:
            self.cards[instance_id].show_key(facts)

    def show_key_error(self, instance_id: str, text: str) -> None:
        key_row = self.cards[instance_id].key_row if instance_id in self.cards else None
        if key_row is not None:
            key_row.set_error(text)

    # -- inside

    def all_fields(self) -> list[Field]:
        return [field for provider_card in self.cards.values() for field in provider_card.fields]

    def _build_cards(self, providers: tuple[ProviderFacts, ...]) -> None:
        order = tuple(f"{p.instance_id}\0{p.name}" for p in providers)
        if order == self._order:
            return
        self._order = order
        empty(self._cards_box)
        self.cards = {}
        for facts in providers:
            made = ProviderCard(self.theme, facts, self)
            key = facts.instance_id
            made.edited.connect(self.edited)
            made.address_requested.connect(lambda i=key: self.local_models_requested.emit(i))
            made.remove_requested.connect(lambda i=key: self._on_removed(i))
            made.store_key_requested.connect(lambda text, i=key: self.store_key_requested.emit(i, text))
            made.delete_key_requested.connect(lambda i=key: self.delete_key_requested.emit(i))
            made.use_key_requested.connect(lambda shown, i=key: self.use_key_requested.emit(i, shown))
            self._cards_box.addWidget(made)
            self.cards[key] = made
        self._put_form_behind_cards()

    def _put_form_behind_cards(self) -> None:
        """For Tab, too: the cards are made later than the form below them, and lie behind other panes in its order."""
        of_form, of_cards, following = list[QWidget](), list[QWidget](), next_in_tab_order(self)
        while following is not None and following is not self:
            if following.focusPolicy() != Qt.FocusPolicy.NoFocus and self.isAncestorOf(following):
                (of_form if self._form.isAncestorOf(following) else of_cards).append(following)
            following = next_in_tab_order(following)
        for first, second in pairwise([of_form[-1], *of_cards, *of_form]):
            self.setTabOrder(first, second)

    def _on_added(self, key: str, name: str, address: str) -> None:
        self._new[key] = (name, address)
        self._form.taken.add(key)
        self._show_pending()
        self.edited.emit()

    def _forget_new(self, key: str) -> None:
        if key in self._ways_back:
            pass_focus(self._ways_back[key], self._form.key)
        self._new.pop(key, None)
        self._form.taken.discard(key)
        self._show_pending()
        self.edited.emit()

    def _on_removed(self, instance_id: str) -> None:
        self._removed.append(instance_id)
        self._show_pending()
        pass_focus(self.cards[instance_id], self._ways_back.get(instance_id), self._form.key)
        self.cards[instance_id].hide()
        self.edited.emit()

    def _take_back_removal(self, instance_id: str) -> None:
        self._removed.remove(instance_id)
        removed = self.cards[instance_id]
        removed.show()
        if has_focus_inside(self._ways_back[instance_id]):
            removed.take_focus_back()
        self._show_pending()
        self.edited.emit()

    def _show_pending(self) -> None:
        empty(self._pending_box)
        self._ways_back.clear()
        for key, (name, address) in self._new.items():
            text = self.tr("{name}, {address}: added when you save").format(name=name, address=address)
            line = ServerLine(self.theme, text, self)
            line.undone.connect(lambda k=key: self._forget_new(k))
            self._put_line(key, line)
        for instance_id in self._removed:
            name = self.cards[instance_id].facts.name
            line = ServerLine(self.theme, self.tr("{name}: removed when you save").format(name=name), self)
            line.undone.connect(lambda i=instance_id: self._take_back_removal(i))
            self._put_line(instance_id, line)

    def _put_line(self, key: str, line: ServerLine) -> None:
        self._pending_box.addWidget(line)
        line.show()
        self._ways_back[key] = line.undo_button
