"""Settings, Shortcuts: every command with its keys; press other keys to change them, conflicts are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import QGridLayout, QKeySequenceEdit, QLineEdit, QWidget

from app.desktop.models.settings_form import KeyPath, SettingsForm
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.page import SettingsPage
from app.desktop.views.spoken_control import SpokenControl, let_controls_speak

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Keys by command → (keys, command, other command) for all that two commands claim.
Conflicts = Callable[[Mapping[str, str]], Sequence[tuple[str, str, str]]]
PORTABLE = QKeySequence.SequenceFormat.PortableText


class KeysEdit(QKeySequenceEdit):
    """Takes one combination of keys. To a screen reader it is one thing, whose value is the keys."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumSequenceLength(1)
        self.setFixedWidth(theme.px(200))
        line = self.findChild(QLineEdit)
        if line is not None:
            line.setFont(theme.font("body"))
        let_controls_speak()

    def make_accessible(self) -> SpokenControl:
        return SpokenControl(self, QAccessible.Role.HotkeyField, lambda: _native(self.keySequence().toString(PORTABLE)))


class ShortcutRow(QWidget):
    """One command. The field takes the next keys pressed; Backspace alone takes the keys away."""

    def __init__(self, theme: Theme, command: str, name: str, default: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.command = command
        self.name = name
        self.default = default
        self.loaded = self.default
        self.edit = KeysEdit(theme, self)
        self.edit.setAccessibleName(self.tr("Keys, {command}").format(command=name))
        label = text_label(theme, name, "body", parent=self)
        label.setBuddy(self.edit)
        self.reset_button = push_button(theme, self.tr("Reset"), kind="link", parent=self)
        self.reset_button.setAccessibleName(self.tr("Reset keys, {command}").format(command=name))
        keeps_place = self.reset_button.sizePolicy()
        keeps_place.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(keeps_place)
        self.note = text_label(theme, "", "small", "error", wrap=True, parent=self)
        self.note.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnStretch(0, 1)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.edit, 0, 1)
        grid.addWidget(self.reset_button, 0, 2)
        grid.addWidget(self.note, 1, 1, 1, 2)

    @property
    def keys(self) -> str:
        return self.edit.keySequence().toString(PORTABLE)

    def show_keys(self, keys: str) -> None:
        with QSignalBlocker(self.edit):
            self.edit.setKeySequence(QKeySequence(keys))

    @property
    def path(self) -> KeyPath:
        return ("interface", "shortcuts", self.command)


class ShortcutsPage(SettingsPage):
    def __init__(
        self,
        theme: Theme,
        names: Mapping[str, str],
        defaults: Mapping[str, str],
        conflicts: Conflicts,
        parent: QWidget | None = None,
    ) -> None:
        """`names` and `defaults` by command; `conflicts` finds keys that two commands claim."""
        super().__init__(theme, parent)
        self._conflicts = conflicts
        self.rows: dict[str, ShortcutRow] = {}
        made: list[QWidget] = [
            text_label(
                theme,
                self.tr("Choose a field and press the new keys. Backspace takes them away."),
                "body",
                "text2",
                wrap=True,
            )
        ]
        for command, name in names.items():
            row = self.rows[command] = ShortcutRow(theme, command, name, defaults[command])
            row.edit.keySequenceChanged.connect(lambda _keys: self._on_edited())  # blocked while it is filled
            row.edit.installEventFilter(self)
            row.reset_button.clicked.connect(lambda _checked=False, r=row: self._reset(r))
            made.append(row)
        group = self.section(self.tr("Keys"), *made)
        layout = group.layout()
        assert layout is not None
        layout.setSpacing(theme.px(8))
        self.finish()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Tab moves on instead of becoming a shortcut: the page must be left by keyboard too.
        if event.type() == QEvent.Type.KeyPress and isinstance(watched, QKeySequenceEdit):
            key = event.key()  # type: ignore[attr-defined]  # a QKeyEvent
            bare = event.modifiers() == Qt.KeyboardModifier.NoModifier  # type: ignore[attr-defined]  # as above
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self.focusNextPrevChild(key == Qt.Key.Key_Tab)
                return True
            if key == Qt.Key.Key_Escape and bare and self._row_of(watched).default != "Esc":
                self.setFocus()  # out of the field; the next one leaves Settings
                return True
            if key == Qt.Key.Key_Backspace and bare:
                watched.setKeySequence(QKeySequence())
                return True
        return super().eventFilter(watched, event)

    def _row_of(self, edit: QObject) -> ShortcutRow:
        return next(row for row in self.rows.values() if row.edit is edit)

    def load(self, form: SettingsForm) -> None:
        for row in self.rows.values():
            value = form.field(row.path).value
            row.loaded = row.default if value is None else str(value)
            row.show_keys(row.loaded)
        self._show_notes()

    def changes(self) -> dict[KeyPath, Any]:
        found: dict[KeyPath, Any] = {}
        for row in self.rows.values():
            if row.keys != _portable(row.loaded):
                found[row.path] = None if row.keys == _portable(row.default) else row.keys
        return found

    def changed_names(self) -> list[str]:
        return [self.tr("keys of {command}").format(command=self.rows[path[2]].name) for path in self.changes()]

    def problem(self) -> str:
        found = self._conflicts({command: row.keys for command, row in self.rows.items()})
        if not found:
            return ""
        keys, first, second = found[0]
        return self.tr("{keys} belongs to two commands: {first}, {second}.").format(
            keys=_native(keys), first=self.rows[first].name, second=self.rows[second].name
        )

    def show_problem(self) -> None:
        claimed = self._conflicts({command: row.keys for command, row in self.rows.items()})
        if claimed:
            row = self.rows[claimed[0][1]]
            self.column.show_widget(row)
            row.edit.setFocus()

    def _on_edited(self) -> None:
        self._show_notes()
        self.edited.emit()

    def _reset(self, row: ShortcutRow) -> None:
        row.show_keys(row.default)
        self._on_edited()

    def _show_notes(self) -> None:
        notes: dict[str, str] = {}
        for keys, first, second in self._conflicts({command: row.keys for command, row in self.rows.items()}):
            text = self.tr("{keys} is also: {command}.")
            notes[first] = text.format(keys=_native(keys), command=self.rows[second].name)
            notes[second] = text.format(keys=_native(keys), command=self.rows[first].name)
        for command, row in self.rows.items():
            row.note.setText(notes.get(command, ""))
            row.note.setVisible(command in notes)
            row.edit.setAccessibleDescription(notes.get(command, ""))
            differs = row.keys != _portable(row.default)
            if not differs:
                pass_focus(row.reset_button, row.edit)
            row.reset_button.setVisible(differs)


def _portable(keys: str) -> str:
    return QKeySequence(keys).toString(PORTABLE)


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
