"""Settings, Shortcuts: every command with its keys; press other keys to change them, conflicts are named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QKeySequenceEdit, QLineEdit, QWidget

from app.desktop.models.settings_form import KeyPath, SettingsForm
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.page import SettingsPage
from app.desktop.views.spoken_control import SpokenControl, let_controls_speak
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What keys commands may have."""

    conflicts: Callable[[Mapping[str, str]], Sequence[tuple[str, str, str]]]
    """Keys by command → (keys, command, other command) for all that two commands claim."""
    owner_of: Callable[[str, Mapping[str, str], str], str | None]
    """Keys, the keys by command, a command that does not count → the command that has them."""
    why_refused: Callable[[str], str]
    """Keys → a sentence, "" where a command may have them."""


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
    """One command. The field takes the next keys pressed; Backspace alone takes the keys away.

    Signals:
        taken_over(): the person wants the keys that another command has.
    """

    taken_over = Signal()

    def __init__(self, theme: Theme, command: str, name: str, default: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.command = command
        self.name = name
        self.default = default
        self.loaded = self.default
        #: What the field holds between two presses.
        self.kept = default
        #: Keys that were pressed and are another command's.
        self.wanted = ""
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
        grid.addWidget(self._make_offer(theme), 2, 1, 1, 2, Qt.AlignmentFlag.AlignLeading)

    def _make_offer(self, theme: Theme) -> QWidget:
        self.take_button = push_button(theme, self.tr("Take them over"), small=True, parent=self)
        self.take_button.setAccessibleName(self.tr("Take the keys over, {command}").format(command=self.name))
        self.take_button.clicked.connect(self.taken_over)
        self.take_button.hide()
        return self.take_button

    @property
    def keys(self) -> str:
        return self.edit.keySequence().toString(PORTABLE)

    def show_keys(self, keys: str) -> None:
        self.kept = _portable(keys)
        with QSignalBlocker(self.edit):
            self.edit.setKeySequence(QKeySequence(keys))

    def show_note(self, text: str, *, wanted: str = "") -> None:
        """`wanted`: keys that can be taken over from another command."""
        if not wanted:
            pass_focus(self.take_button, self.edit)
        self.wanted = wanted
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.take_button.setVisible(bool(wanted))
        self.edit.setAccessibleDescription(text)

    @property
    def path(self) -> KeyPath:
        return ("interface", "shortcuts", self.command)


class ShortcutsPage(SettingsPage):
    def __init__(
        self,
        theme: Theme,
        names: Mapping[str, str],
        defaults: Mapping[str, str],
        rules: KeyRules,
        parent: QWidget | None = None,
    ) -> None:
        """`names` and `defaults` by command."""
        super().__init__(theme, parent)
        self._rules = rules
        self.rows: dict[str, ShortcutRow] = {}
        made: list[QWidget] = [
            text_label(
                theme,
                self.tr("Choose a field and press the new keys. Backspace takes them away, Esc keeps them."),
                "body",
                "text2",
                wrap=True,
            ),
            self._make_reset_all(theme),
        ]
        for command, name in names.items():
            row = self.rows[command] = ShortcutRow(theme, command, name, defaults[command])
            row.edit.keySequenceChanged.connect(lambda _keys, r=row: self._on_pressed(r))  # blocked while it is filled
            row.taken_over.connect(lambda r=row: self._take_over(r))
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
            row = self._row_of(watched)
            if key == Qt.Key.Key_Escape and bare and (row.note.text() or row.default != "Esc"):
                if row.note.text():
                    self._show_notes()  # what was pressed is forgotten
                    return True
                self.setFocus()  # out of the field; the next one leaves Settings
                return True
            if key == Qt.Key.Key_Backspace and bare:
                self._try(self._row_of(watched), "")
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

    def _keys(self) -> dict[str, str]:
        return {command: row.keys for command, row in self.rows.items()}

    def problem(self) -> str:
        found = self._rules.conflicts(self._keys())
        if not found:
            return ""
        keys, first, second = found[0]
        return self.tr("{keys} belongs to two commands: {first}, {second}.").format(
            keys=_native(keys), first=self.rows[first].name, second=self.rows[second].name
        )

    def show_problem(self) -> None:
        claimed = self._rules.conflicts(self._keys())
        if claimed:
            row = self.rows[claimed[0][1]]
            self.column.show_widget(row)
            row.edit.setFocus()

    # -- changing keys

    def _make_reset_all(self, theme: Theme) -> QWidget:
        line = QWidget()
        self.reset_all_button = push_button(theme, self.tr("Reset all keys"), small=True, parent=line)
        self.reset_all_button.clicked.connect(self._reset_all)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.reset_all_button)
        row.addStretch(1)
        return line

    def _on_pressed(self, row: ShortcutRow) -> None:
        # The field is emptied first, at each press; and it tells its keys once more when the focus leaves it.
        if row.keys and row.keys != row.kept:
            self._try(row, row.keys)

    def _try(self, row: ShortcutRow, keys: str) -> None:
        """Give a row these keys, unless no command may have them or another one has them: then it says so."""
        kept = row.kept
        refusal = self._rules.why_refused(keys)
        owner = None if refusal else self._rules.owner_of(keys, self._keys() | {row.command: ""}, row.command)
        row.show_keys(kept if refusal or owner else keys)
        self._show_notes()
        if refusal:
            row.show_note(refusal)
        elif owner:
            text = self.tr("{keys} is taken by {command}.")
            row.show_note(text.format(keys=_native(keys), command=self.rows[owner].name), wanted=keys)
        self.column.show_widget(row)
        self.edited.emit()

    def _take_over(self, row: ShortcutRow) -> None:
        """The command that has them goes without."""
        keys = row.wanted
        owner = self._rules.owner_of(keys, self._keys(), row.command)
        if owner is not None:
            self.rows[owner].show_keys("")
        self._try(row, keys)

    def _reset(self, row: ShortcutRow) -> None:
        self._try(row, row.default)

    def _reset_all(self) -> None:
        for row in self.rows.values():
            row.show_keys(row.default)
        self._show_notes()
        self.edited.emit()

    def _show_notes(self) -> None:
        """What a file says of two commands stays with both of them until one has other keys."""
        notes: dict[str, str] = {}
        for keys, first, second in self._rules.conflicts(self._keys()):
            text = self.tr("{keys} is also: {command}.")
            notes[first] = text.format(keys=_native(keys), command=self.rows[second].name)
            notes[second] = text.format(keys=_native(keys), command=self.rows[first].name)
        differs = {row.command for row in self.rows.values() if row.keys != _portable(row.default)}
        for command, row in self.rows.items():
            row.show_note(notes.get(command, ""))
            if command not in differs:
                pass_focus(row.reset_button, row.edit)
            row.reset_button.setVisible(command in differs)
        if not differs:
            pass_focus(self.reset_all_button, *[row.edit for row in self.rows.values()][:1])
        self.reset_all_button.setEnabled(bool(differs))


def _portable(keys: str) -> str:
    return QKeySequence(keys).toString(PORTABLE)


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
