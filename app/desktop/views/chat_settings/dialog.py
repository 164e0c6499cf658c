"""System prompt, parameters and preset of the open chat, each with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.models.chat_settings_facts import STOP, SYSTEM_PROMPT, ChatSettingsFacts, PresetChoices
from app.desktop.models.settings_form import FieldValue
from app.desktop.views.conversations.name_bar import NameBar
from app.desktop.views.settings.controls import ChoiceBox, Column, push_button, text_label
from app.desktop.views.settings.fields import Field, LongTextField, OptionalNumberField
from app.desktop.views.undo_bar import UndoBar

if TYPE_CHECKING:
    from app.desktop.theme import Theme

WIDTH, HEIGHT = 580, 730
LEAST_PRESETS = 160
_LARGEST_SEED = 2**53


def tr(text: str) -> str:
    return QCoreApplication.translate("ChatSettings", text)


class ChatSettingsDialog(QDialog):
    """Not modal: it follows whatever chat is open. A change is taken when its field is left.

    Signals:
        set_requested(name, value): of this chat; stop sequences as lines.
        reset_requested(name): this chat chooses it no more.
        preset_chosen(key): a uid, or one of the choices that are none.
        save_requested(), manage_requested(): of presets.
        prompt_typed(text): what it takes is to be told.
    """

    set_requested = Signal(str, object)
    reset_requested = Signal(str)
    preset_chosen = Signal(str)
    save_requested = Signal()
    manage_requested = Signal()
    prompt_typed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(tr("Chat settings"))
        self.setAccessibleName(tr("Chat settings"))
        self.resize(theme.px(WIDTH), theme.px(HEIGHT))
        self._shown: dict[str, FieldValue] = {}
        #: Held open once, for a value that cannot be taken; the next attempt closes it.
        self._stayed = False
        self.prompt = LongTextField(theme, (SYSTEM_PROMPT,), tr("System prompt"), lines=6)
        self.fields: dict[str, Field] = {SYSTEM_PROMPT: self.prompt, **self._number_fields()}
        self.stop = LongTextField(
            theme,
            (STOP,),
            tr("Stop sequences"),
            lines=2,
            hint=tr("One a line; \\n is a line break. They end an answer."),
        )
        self.stop.edit.setFont(theme.font("mono"))
        self.fields[STOP] = self.stop
        self._title = text_label(theme, "", "section", wrap=True, parent=self)
        self._presets = ChoiceBox(theme, self)
        self._presets.setAccessibleName(tr("Preset"))
        self._presets.setMinimumWidth(theme.px(LEAST_PRESETS))  # else the longest name of one would widen all
        self._presets.activated.connect(lambda _index: self.preset_chosen.emit(self._presets.currentData()))
        self._note = text_label(theme, "", "small", "warn", wrap=True, parent=self)
        self.tokens = text_label(theme, "", "caption", "text3", parent=self)
        self.name_bar = NameBar(theme, self, inset=0)
        self.undo_bar = UndoBar(theme, self, bottom_margin=theme.px(60))
        self.undo_bar.take_keys_of(self)
        self._arrange()
        self._connect()

    def _number_fields(self) -> dict[str, Field]:
        theme = self._theme
        return {
            "temperature": OptionalNumberField(
                theme,
                ("temperature",),
                tr("Temperature"),
                least=0,
                most=5,
                hint=tr("0 repeats itself, 1 varies."),
            ),
            "top_p": OptionalNumberField(
                theme, ("top_p",), tr("Top P"), least=0.001, most=1, hint=tr("Share of likely words.")
            ),
            "max_tokens": OptionalNumberField(
                theme, ("max_tokens",), tr("Longest answer, in tokens"), least=1, most=10_000_000, whole=True
            ),
            "seed": OptionalNumberField(
                theme, ("seed",), tr("Seed"), least=-_LARGEST_SEED, most=_LARGEST_SEED, whole=True
            ),
        }

    def _arrange(self) -> None:
        theme, px = self._theme, self._theme.px
        column = Column(theme, self)
        box = column.box
        box.addWidget(self._title)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        label = text_label(theme, tr("Preset"), "small-medium", "text2", parent=self)
        label.setBuddy(self._presets)
        self._save = push_button(theme, tr("Save as preset…"), parent=self)
        self._manage = push_button(theme, tr("Manage presets…"), kind="quiet", parent=self)
        row.addWidget(self._presets, 1)
        row.addWidget(self._save)
        row.addWidget(self._manage)
        top = QVBoxLayout()
        top.setSpacing(px(4))
        top.addWidget(label)
        top.addLayout(row)
        top.addWidget(self.name_bar)
        top.addWidget(self._note)
        box.addLayout(top)
        prompt = QVBoxLayout()
        prompt.setSpacing(px(4))
        prompt.addWidget(self.prompt)
        prompt.addWidget(self.tokens)
        box.addLayout(prompt)
        for left, right in (("temperature", "top_p"), ("max_tokens", "seed")):
            pair = QHBoxLayout()
            pair.setSpacing(px(24))
            for name in (left, right):
                pair.addWidget(self.fields[name], 1, Qt.AlignmentFlag.AlignTop)
            box.addLayout(pair)
        box.addWidget(self.stop)
        box.addStretch(1)
        close = push_button(theme, tr("Close"), parent=self)
        close.clicked.connect(self.close)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(px(32), px(12), px(32), px(12))
        bottom.addStretch(1)
        bottom.addWidget(close)
        for button in (self._save, self._manage, close):
            button.setAutoDefault(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(column, 1)
        whole.addLayout(bottom)

    def _connect(self) -> None:
        self._save.clicked.connect(self.save_requested)
        self._manage.clicked.connect(self.manage_requested)
        self.name_bar.left.connect(self._save.setFocus)
        self.prompt.edit.textChanged.connect(lambda: self.prompt_typed.emit(self.prompt.edit.toPlainText()))
        for name, field in self.fields.items():
            field.was_reset.connect(lambda wanted=name: self.reset_requested.emit(wanted))
            field.edited.connect(self._on_edited)
            if isinstance(field.control, QLineEdit):
                field.control.editingFinished.connect(lambda wanted=name: self._take(wanted))
            field.control.installEventFilter(self)

    def _on_edited(self) -> None:
        self._stayed = False

    # -- what the window says

    def show_facts(self, title: str, facts: ChatSettingsFacts, *, anew: bool) -> None:
        """Show what is in force. `anew`: of another chat; else what was typed and not taken yet stays."""
        self._title.setText(title)
        self._show_presets(facts.presets)
        for name, field in self.fields.items():
            value = facts.fields[name]
            if isinstance(field.control, QLineEdit):
                field.control.setPlaceholderText(facts.placeholders[name])
            elif name == STOP:
                self.stop.edit.setPlaceholderText(facts.placeholders[name])
            if anew or self._shown.get(name) != value:  # else the cursor would jump
                self._shown[name] = value
                field.load(value) if anew else field.follow(value)
        self.prompt_typed.emit(self.prompt.edit.toPlainText())

    def show_problem(self, name: str, problem: str) -> None:
        """Why a value was not taken, at its field."""
        self.fields[name].set_error(problem)

    def apply(self) -> None:
        """Take what was typed in any field."""
        for name in self.fields:
            self._take(name)

    def is_right(self) -> bool:
        """Take what was typed; else the first field whose value cannot be taken gets the focus and says why."""
        self.apply()
        wrong = next((field for field in self.fields.values() if field.is_wrong), None)
        if wrong is not None:
            wrong.set_error(wrong.problem() or wrong.error)
            wrong.control.setFocus()
        return wrong is None

    def _show_presets(self, presets: PresetChoices) -> None:
        with QSignalBlocker(self._presets):
            self._presets.clear()
            for key, words in presets.choices:
                self._presets.addItem(words, key)
            self._presets.setCurrentIndex(max(0, self._presets.findData(presets.chosen)))
        self._note.setText(presets.note)
        self._note.setVisible(bool(presets.note))

    def _take(self, name: str) -> None:
        for value in self.fields[name].change().values():
            self._shown.pop(name, None)
            self.set_requested.emit(name, value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(watched, QPlainTextEdit):
            for name, field in self.fields.items():
                if field.control is watched:
                    self._take(name)
        return super().eventFilter(watched, event)

    def reject(self) -> None:
        """However it is closed: a value that cannot be taken is not lost unseen, the window stays once for it."""
        self._stayed = not self._stayed and not self.is_right()
        if not self._stayed:
            super().reject()

    def hideEvent(self, event: QHideEvent) -> None:
        self.apply()
        super().hideEvent(event)
