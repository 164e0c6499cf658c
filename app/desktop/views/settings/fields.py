"""Form fields bound to one setting each: label, control, hint, origin with *Reset*, and the error under it.

Filling a field never looks like editing: controls are filled with their signals blocked, and only what a person does
makes `edited`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDir, QLocale, QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.models.settings_form import FieldValue, KeyPath
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import CheckBox, ChoiceBox, NumberBox, leading, push_button, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme

CONTROL_WIDTH = 440


class Field(QWidget):
    """One setting. Subclasses make the control and read it.

    Signals:
        edited(): the person changed it, or took it back.
        was_reset(): by *Reset*.
    """

    edited = Signal()
    was_reset = Signal()

    def __init__(
        self,
        theme: Theme,
        path: KeyPath,
        label: str,
        control: QWidget,
        *,
        hint: str = "",
        name: str = "",
        label_above: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """`name`: accessible name of the control where the label alone would not be unique in the pane."""
        super().__init__(parent)
        self.theme = theme
        self.path = path
        self.label = label
        self.control = control
        self._loaded: FieldValue | None = None
        self._reset = False
        self._compact = False
        control.setAccessibleName(name or label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        self.caption = text_label(theme, label, "small-medium", "text2", parent=self)
        self.caption.setBuddy(control)
        self.caption.setVisible(label_above)
        column.addWidget(self.caption)
        self._control_row = leading(control)
        self._control_row.setSpacing(theme.px(8))
        column.addLayout(self._control_row)
        self._hint = text_label(theme, hint, "small", "text3", wrap=True, parent=self)
        self._hint.setVisible(bool(hint))
        column.addWidget(self._hint)
        self._error = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self._error.hide()
        column.addWidget(self._error)
        self._origin = text_label(theme, "", "caption", "text3", parent=self)
        self._reset_button = push_button(theme, self.tr("Reset"), kind="link", parent=self)
        self._reset_button.setAccessibleName(self.tr("Reset {field}").format(field=name or label))
        self._reset_button.clicked.connect(self._on_reset)
        self._origin_row = QWidget(self)
        row = QHBoxLayout(self._origin_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self._origin)
        row.addWidget(self._reset_button)
        row.addStretch(1)
        column.addWidget(self._origin_row)
        self._origin_row.hide()

    def beside(self, widget: QWidget) -> None:
        """Put a button at the end of the control."""
        self._control_row.insertWidget(1, widget)

    def set_compact(self, compact: bool) -> None:
        """The control alone, for a card of one line."""
        self._compact = compact
        self.caption.setVisible(not compact)
        origin = self._loaded.origin if self._loaded is not None else ""
        self._origin_row.setVisible(bool(origin) and not compact and not self._reset)

    def put_origin_before(self) -> None:
        """Origin and *Reset* in front of the control, where there is no room under it."""
        self._control_row.insertWidget(0, self._origin_row)

    # -- what subclasses do

    def show_value(self, value: Any) -> None:
        """Put a value into the control."""
        raise NotImplementedError

    def value(self) -> Any:
        """What the control holds.

        Raises:
            ValueError: a sentence about why it is no value.
        """
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        self.control.setEnabled(not read_only)

    # -- what pages do

    def load(self, value: FieldValue) -> None:
        """Show what is in force now; whatever was typed is gone."""
        self._loaded = value
        self._reset = False
        with QSignalBlocker(self.control):
            self.show_value(value.value)
        self.set_read_only(value.read_only)
        self.control.setToolTip(self.tr("Set {origin}.").format(origin=value.origin) if value.read_only else "")
        self._origin.setText(value.origin)
        self._reset_button.setVisible(value.resettable)
        self._origin_row.setVisible(bool(value.origin) and not self._compact)
        self.set_error("")

    def follow(self, value: FieldValue) -> None:
        """What is in force changed meanwhile: show that, but keep what the person changed and did not save."""
        changed = self.change()
        self.load(value)
        if changed.get(self.path) is not None:
            with QSignalBlocker(self.control):
                self.show_value(changed[self.path])

    def change(self) -> dict[KeyPath, Any]:
        """The path and its new value where it differs; None takes the value out of the file. {} while not valid."""
        if self._loaded is None or self._loaded.read_only:
            return {}
        try:
            value = self.value()
        except ValueError:
            return {}
        if self._reset and value == self._loaded.default:
            return {self.path: None}
        return {} if value == self._loaded.value else {self.path: value}

    def problem(self) -> str:
        """Why it cannot be saved, "" where it can."""
        try:
            self.value()
        except ValueError as exc:
            return str(exc)
        return ""

    @property
    def error(self) -> str:
        """What is told at the field."""
        return self._error.text()

    @property
    def is_wrong(self) -> bool:
        """Whether it holds no value, or one that was refused."""
        return bool(self.problem() or self.error)

    def set_error(self, text: str) -> None:
        """Show an error at the field; "" takes it away."""
        self._error.setText(text)
        self._error.setVisible(bool(text))
        if bool(self.control.property("invalid")) != bool(text):
            self.control.setProperty("invalid", bool(text))
            self.theme.restyle(self.control)
        self.control.setAccessibleDescription(text)

    def on_edited(self) -> None:
        """For subclasses: a person changed the control."""
        self.set_error(self.problem())
        self.edited.emit()

    def _on_reset(self) -> None:
        if self._loaded is None:
            return
        self._reset = True
        with QSignalBlocker(self.control):
            self.show_value(self._loaded.default)
        pass_focus(self._origin_row, self.control)
        self._origin_row.hide()
        self.on_edited()
        self.was_reset.emit()


class TextField(Field):
    """One line of text; empty is None."""

    def __init__(
        self, theme: Theme, path: KeyPath, label: str, *, placeholder: str = "", mono: bool = False, **more: Any
    ) -> None:
        self.edit = QLineEdit()
        self.edit.setFont(theme.font("mono" if mono else "body"))
        self.edit.setPlaceholderText(placeholder)
        self.edit.setMaximumWidth(theme.px(CONTROL_WIDTH))
        super().__init__(theme, path, label, self.edit, **more)
        self.edit.textEdited.connect(lambda _text: self.on_edited())

    def show_value(self, value: Any) -> None:
        self.edit.setText("" if value is None else str(value))
        self.edit.setCursorPosition(0)

    def value(self) -> Any:
        return self.edit.text().strip() or None

    def set_read_only(self, read_only: bool) -> None:
        self.edit.setReadOnly(read_only)  # still to be read and copied
        self.theme.restyle(self.edit)


class LongTextField(Field):
    """Several lines of text; empty is ""."""

    def __init__(self, theme: Theme, path: KeyPath, label: str, *, lines: int = 5, **more: Any) -> None:
        self.edit = QPlainTextEdit()
        self.edit.setFont(theme.font("body"))
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(theme.line_height("body") * lines + theme.px(16))
        super().__init__(theme, path, label, self.edit, **more)
        self.edit.textChanged.connect(self.on_edited)  # blocked while the field is filled

    def show_value(self, value: Any) -> None:
        self.edit.setPlainText(str(value or ""))

    def value(self) -> Any:
        return self.edit.toPlainText()

    def set_read_only(self, read_only: bool) -> None:
        self.edit.setReadOnly(read_only)


class PathField(TextField):
    """The full path of a file; empty is None."""

    def value(self) -> Any:
        text = super().value()
        if text is not None and not _is_full(text):
            raise ValueError(self.tr("This is not a full path."))
        return text


class PathsField(LongTextField):
    """Full paths, one a line, as a list."""

    def show_value(self, value: Any) -> None:
        super().show_value("\n".join(value or ()))

    def value(self) -> Any:
        found = [line.strip() for line in super().value().splitlines() if line.strip()]
        for path in found:
            if not _is_full(path):
                raise ValueError(self.tr("{path} is not a full path.").format(path=path))
        return found


def _is_full(path: str) -> bool:
    return QDir.isAbsolutePath(path) or path.startswith("~/")


class OptionalNumberField(TextField):
    """A number that may be left empty, in the user's own spelling of numbers."""

    def __init__(
        self, theme: Theme, path: KeyPath, label: str, *, least: float, most: float, whole: bool = False, **more: Any
    ) -> None:
        self._least, self._most, self._whole = least, most, whole
        super().__init__(theme, path, label, **more)
        self.edit.setMaximumWidth(theme.px(160))

    def show_value(self, value: Any) -> None:
        self.edit.setText("" if value is None else f"{value:g}" if not self._whole else str(value))

    def value(self) -> Any:
        text = self.edit.text().strip()
        if not text:
            return None
        number, understood = QLocale().toDouble(text)
        if not understood:
            number, understood = QLocale.c().toDouble(text)
        if not understood and text.count(",") == 1 and "." not in text:  # 0,7 where the system writes 0.7
            number, understood = QLocale.c().toDouble(text.replace(",", "."))
        if not understood or (self._whole and number != int(number)):
            raise ValueError(
                self.tr("This is not a whole number.") if self._whole else self.tr("This is not a number.")
            )
        if not self._least <= number <= self._most:
            raise ValueError(
                self.tr("From {least} to {most}.").format(least=f"{self._least:g}", most=f"{self._most:g}")
            )
        return int(number) if self._whole else number


class NumberField(Field):
    """A whole number with a unit."""

    def __init__(
        self,
        theme: Theme,
        path: KeyPath,
        label: str,
        *,
        least: int,
        most: int,
        unit: str = "",
        step: int = 1,
        **more: Any,
    ) -> None:
        self.box = NumberBox(theme)
        self.box.setRange(least, most)
        self.box.setSingleStep(step)
        self.box.setSuffix(f" {unit}" if unit else "")
        super().__init__(theme, path, label, self.box, **more)
        self.box.valueChanged.connect(lambda _value: self.on_edited())  # blocked while the field is filled

    def show_value(self, value: Any) -> None:
        self.box.setValue(int(value) if value is not None else self.box.minimum())

    def value(self) -> Any:
        return self.box.value()

    def change(self) -> dict[KeyPath, Any]:
        # A fraction in the file shows rounded; looking at it must not change it.
        before = self._loaded.value if self._loaded is not None else None
        if not self._reset and before is not None and self.box.value() == int(before):
            return {}
        return super().change()


class ChoiceField(Field):
    """One of a few values. A value that is none of them is shown as it is and kept."""

    def __init__(
        self, theme: Theme, path: KeyPath, label: str, choices: Sequence[tuple[Any, str]] = (), **more: Any
    ) -> None:
        self.box = ChoiceBox(theme)
        self.box.setMaximumWidth(theme.px(CONTROL_WIDTH))
        self.box.setMinimumWidth(theme.px(200))
        super().__init__(theme, path, label, self.box, **more)
        self.set_choices(choices)
        self.box.activated.connect(lambda _index: self.on_edited())

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        """(value, text) in order."""
        with QSignalBlocker(self.box):
            self.box.clear()
            for value, text in choices:
                self.box.addItem(text, value)

    def show_value(self, value: Any) -> None:
        index = self.box.findData(value)
        if index < 0:
            self.box.addItem(str(value), value)
            index = self.box.count() - 1
        self.box.setCurrentIndex(index)

    def value(self) -> Any:
        return self.box.currentData()


class SwitchField(Field):
    """On or off."""

    def __init__(self, theme: Theme, path: KeyPath, label: str, *, text: str = "", **more: Any) -> None:
        self.box = CheckBox(theme, text or label)
        super().__init__(theme, path, label, self.box, label_above=False, **more)
        self.box.toggled.connect(lambda _on: self.on_edited())  # blocked while the field is filled

    def show_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def value(self) -> Any:
        return self.box.isChecked()
