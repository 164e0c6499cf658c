"""All saved prompts: their names and texts are written here, and those of the program put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.models.prompt_rows import PromptRow
from app.desktop.views.library.library_dialog import LibraryDialog
from app.desktop.views.settings.controls import push_button, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: The key of a prompt that is not kept yet.
NEW = ""


class PromptsDialog(LibraryDialog):
    """What was typed and not saved stays with its prompt while another one is looked at.

    Signals:
        save_requested(old name or `NEW`, name, text), delete_requested(name).
    """

    save_requested = Signal(str, str, str)
    delete_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, QCoreApplication.translate("PromptsDialog", "Prompts"), "", parent)
        self.resize(theme.px(820), theme.px(560))
        self._prompts: dict[str, PromptRow] = {}
        self._drafts: dict[str, tuple[str, str]] = {}
        self._shown = NEW
        self.name = QLineEdit(self)
        self.name.setAccessibleName(self.tr("Name"))
        self.name.setFont(theme.font("body"))
        self.name.setPlaceholderText(self.tr("letters a to z, digits, - and _"))
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName(self.tr("Text"))
        self.text.setFont(theme.font("body"))
        self.text.setTabChangesFocus(True)
        self._arrange()
        self.list.currentItemChanged.connect(lambda *_items: self._show_chosen())
        self.list.installEventFilter(self)
        self.name.textEdited.connect(lambda _text: self._on_edited())
        self.text.textChanged.connect(self._on_edited)

    def _arrange(self) -> None:
        theme = self.theme
        side = QVBoxLayout()
        side.setSpacing(theme.px(4))
        for words, field in ((self.tr("Name, typed behind a slash"), self.name), (self.tr("Text"), self.text)):
            label = text_label(theme, words, "small-medium", "text2", parent=self)
            label.setBuddy(field)
            side.addWidget(label)
            side.addWidget(field)
            side.addSpacing(theme.px(8))
        hint = self.tr(
            "{{input}} is where your own words go, else they follow the text. {{date}} is the day. Any other name in "
            "double braces is a place to be typed over."
        )
        side.addWidget(text_label(theme, hint, "small", "text3", wrap=True, parent=self))
        self.columns.addLayout(side, 3)
        self._new = self.button(self.tr("New prompt"), first=True)
        self._new.clicked.connect(self._begin)
        self._delete = self.button(self.tr("Delete"))
        self._delete.clicked.connect(lambda: self.delete_requested.emit(self._shown))
        self._save = push_button(theme, self.tr("Save"), kind="primary", parent=self)
        self._save.setAutoDefault(False)
        self._save.clicked.connect(self._ask_to_save)
        self.buttons.insertWidget(1, self._delete)
        self.buttons.addWidget(self._save)

    # -- what the window says

    def show_prompts(self, prompts: Sequence[PromptRow], chosen: str = "") -> None:
        """In order; `chosen` is shown, else the one that was."""
        self._prompts = {one.name: one for one in prompts}
        before = self._shown
        self._fill()
        wanted = next((key for key in (chosen, before) if key in self._prompts), None)
        if wanted is not None and not (before == NEW and NEW in self._drafts and not chosen):
            self.choose(wanted)
        self._show_chosen()

    def saved(self, name: str) -> None:
        """What was typed for this one is kept, or of no use any more."""
        self._drafts.pop(name, None)

    # -- inside

    def _fill(self) -> None:
        rows = [(one.name, f"/{one.name}", self._about(one)) for one in self._prompts.values()]
        if NEW in self._drafts:
            rows.append((NEW, self.tr("New prompt"), self.tr("not saved")))
        self.show_rows(rows)

    def _about(self, prompt: PromptRow) -> str:
        if prompt.name in self._drafts:
            return self.tr("changed, not saved")
        if not prompt.own:
            return self.tr("came with the program")
        return self.tr("your own, in place of the program's") if prompt.shipped else " ".join(prompt.text.split())

    def _begin(self) -> None:
        self._drafts.setdefault(NEW, ("", ""))
        self._fill()
        self.choose(NEW)
        self._show_chosen()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_chosen(self) -> None:
        self._shown = self.chosen()
        prompt = self._prompts.get(self._shown)
        name, text = self._drafts.get(self._shown, (prompt.name, prompt.text) if prompt is not None else ("", ""))
        with QSignalBlocker(self.name), QSignalBlocker(self.text):
            self.name.setText(name)
            self.text.setPlainText(text)
        self.say("")
        self._update_buttons()

    def _on_edited(self) -> None:
        prompt = self._prompts.get(self._shown)
        typed = (self.name.text(), self.text.toPlainText())
        if prompt is not None and typed == (prompt.name, prompt.text):
            self._drafts.pop(self._shown, None)
        else:
            self._drafts[self._shown] = typed
        if prompt is not None:
            self.tell_about(self._shown, self._about(prompt))
        elif self.list.currentRow() < 0:  # typed into the empty fields: a new one
            self._fill()
            self.choose(NEW)
        self._update_buttons()

    def _update_buttons(self) -> None:
        prompt = self._prompts.get(self._shown)
        is_changed = self._shown in self._drafts
        self._save.setEnabled(is_changed and bool(self.name.text().strip()) and bool(self.text.toPlainText().strip()))
        restores = prompt is not None and prompt.own and prompt.shipped
        self._delete.setText(self.tr("Restore the program's") if restores else self.tr("Delete"))
        self._delete.setEnabled(prompt is not None and prompt.own)

    def _ask_to_save(self) -> None:
        self.save_requested.emit(self._shown, self.name.text(), self.text.toPlainText())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        deletes = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete
        if deletes and event.type() == QEvent.Type.KeyPress and self._delete.isEnabled():
            self.delete_requested.emit(self._shown)
            return True
        return super().eventFilter(watched, event)
