"""What every page of Settings is: filled by `load`, read by `changes`, and told where an error belongs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.desktop.models.settings_form import KeyPath, SettingsForm
from app.desktop.views.settings.controls import Column, leading, text_label
from app.desktop.views.settings.fields import Field

if TYPE_CHECKING:
    from app.desktop.theme import Theme

NARROW_PANE = 760
FORM_WIDTH = 640


class SettingsPage(QWidget):
    """One tab. A page without settings only shows something.

    Signals:
        edited(): `changes()` or `problem()` may differ.
        watched(bool): somebody looks at the page / no longer.
    """

    edited = Signal()
    watched = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.fields: list[Field] = []
        self.column = Column(theme, self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.column)

    # -- for the pane

    @property
    def is_loaded(self) -> bool:
        """Whether a filled page has also read what is no setting."""
        return True

    def load(self, form: SettingsForm) -> None:
        """Show what is in force; whatever was typed is gone."""
        for field in self.fields:
            field.load(form.field(field.path))

    def changes(self) -> dict[KeyPath, Any]:
        """Path → new value; None takes the value out of the user's file."""
        found: dict[KeyPath, Any] = {}
        for field in self.fields:
            found.update(field.change())
        return found

    def changed_names(self) -> list[str]:
        """What differs, in the words of the labels."""
        return [self.name_of(field) for field in self.fields if field.change()]

    def name_of(self, field: Field) -> str:
        """How the footer calls a field."""
        return field.label

    def problem(self) -> str:
        """Why the page cannot be saved, "" where it can."""
        return next((text for field in self.all_fields() if (text := field.problem())), "")

    def show_problem(self) -> None:
        """Lead to the field that cannot be saved."""
        for field in self.all_fields():
            if field.problem():
                self.column.show_widget(field)
                field.control.setFocus()
                return

    def show_error(self, path: KeyPath, text: str) -> bool:
        """Show an error at the field it belongs to; False where this page has no such field."""
        for field in self.all_fields():
            if field.path == path[: len(field.path)]:
                field.set_error(text)
                self.column.show_widget(field)
                field.control.setFocus()
                return True
        return False

    def focus_field(self, path: KeyPath) -> bool:
        """Lead to the field of a setting; False where this page has no such field, or nothing can be typed there."""
        for field in self.all_fields():
            if field.path == path:
                self.column.show_widget(field)
                field.control.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
        return False

    def follow(self, instance_id: str, form: SettingsForm) -> None:
        """What is in force for a provider changed with its key; only some pages show that."""

    def opened(self) -> None:
        """The page was brought to the front."""
        self.watched.emit(True)

    def closed(self) -> None:
        """Another page, or another pane, is in front now."""
        self.watched.emit(False)

    # -- for subclasses

    def all_fields(self) -> Sequence[Field]:
        """Every field that is on the page now."""
        return self.fields

    def add(self, field: Field) -> Field:
        """Make a field part of the page."""
        self.fields.append(field)
        field.edited.connect(self.edited)
        return field

    def section(self, title: str, *widgets: QWidget) -> QWidget:
        """A titled group of widgets in the page's column, as wide as a form is read."""
        group = QWidget(self.column.content)
        box = QVBoxLayout(group)
        box.setContentsMargins(0, 0, 0, self.theme.px(4))
        box.setSpacing(self.theme.px(16))
        if title:
            box.addWidget(text_label(self.theme, title, "section"))
        for widget in widgets:
            box.addWidget(widget)
        group.setMaximumWidth(self.theme.px(FORM_WIDTH))
        self.column.box.addLayout(leading(group))
        return group

    def finish(self) -> None:
        """The column is complete."""
        self.column.box.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.column.set_narrow(self.width() < self.theme.px(NARROW_PANE))
