"""A text with suggestions: a list to choose from, and still a field to type anything into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit

from app.desktop.models.settings_form import KeyPath
from app.desktop.views.settings.controls import ChoiceBox
from app.desktop.views.settings.fields import CONTROL_WIDTH, Field

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class SuggestionField(Field):
    """One line of text; empty is None. What is typed is never changed into a suggestion."""

    def __init__(self, theme: Theme, path: KeyPath, label: str, *, placeholder: str = "", **more: Any) -> None:
        self.box = ChoiceBox(theme)
        self.box.setEditable(True)
        self.box.setInsertPolicy(ChoiceBox.InsertPolicy.NoInsert)
        self.box.setMaximumWidth(theme.px(CONTROL_WIDTH))
        self.edit.setPlaceholderText(placeholder)
        for widget in (self.box, self.edit):
            widget.setFont(theme.font("mono"))
        completer = QCompleter(self.box.model(), self.box)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.box.setCompleter(completer)
        super().__init__(theme, path, label, self.box, **more)
        self.box.editTextChanged.connect(lambda _text: self.on_edited())  # blocked while the field is filled

    @property
    def edit(self) -> QLineEdit:
        """Asked for each time: PySide 6.11 calls a reference that is kept dead while the field itself lives."""
        edit = self.box.lineEdit()
        assert isinstance(edit, QLineEdit)
        return edit

    def suggest(self, texts: Sequence[str]) -> None:
        """Other suggestions; the text stays, and so does an open list until it is closed."""
        if [self.box.itemText(row) for row in range(self.box.count())] == list(texts) or self.box.view().isVisible():
            return
        text, cursor = self.edit.text(), self.edit.cursorPosition()
        with QSignalBlocker(self.box):
            self.box.clear()
            self.box.addItems(list(texts))
            self._put(text, cursor)

    def show_value(self, value: Any) -> None:
        self._put("" if value is None else str(value), 0)

    def value(self) -> Any:
        return self.edit.text().strip() or None

    def _put(self, text: str, cursor: int) -> None:
        self.box.setCurrentIndex(self.box.findText(text))
        self.edit.setText(text)
        self.edit.setCursorPosition(cursor)
