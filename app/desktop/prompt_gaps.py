"""The places of a prompt that are still to be typed over: Tab goes from one to the next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from app.desktop.views.transcript.hostile import utf16_length
from app.services.conversations.prompt_templates import INPUT, places, with_input


class PromptGaps:
    """Of the prompt that was put in last; cursors follow what is typed around them.

    The place for the message itself is empty, since it needs no name, and is the last one that Tab comes to.
    """

    def __init__(self, edit: QPlainTextEdit) -> None:
        self._edit = edit
        self._gaps: list[QTextCursor] = []
        self._current = 0
        self._undo_steps = 0

    def put_in(self, prompt: str) -> None:
        """The prompt in place of what stands there, as one step of undo; its first gap is chosen."""
        text = with_input(prompt, "").replace("\r\n", "\n").replace("\r", "\n")  # as Qt has it: else places would shift
        found = places(text)
        cursor = self._edit.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.beginEditBlock()
        cursor.insertText(text)
        gaps = [self._selected(text, one.start, one.end) for one in found]
        message = [gap for gap, one in zip(gaps, found, strict=True) if one.name == INPUT]
        for gap in message:
            gap.removeSelectedText()
        cursor.endEditBlock()
        named = [gap for gap, one in zip(gaps, found, strict=True) if one.name != INPUT]
        self._gaps = [*named, *message] or [self._selected(text, len(text), len(text))]
        self._choose(0)
        if len(self._gaps) == 1:
            self.forget()
        self._undo_steps = self._edit.document().availableUndoSteps()

    def forget(self) -> None:
        """Tab leaves the field again."""
        self._gaps, self._current = [], 0

    def take_key(self, event: QKeyEvent) -> bool:
        """Tab and Shift+Tab, while there is a gap in that direction."""
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        step = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}.get(Qt.Key(event.key())) if plain else None
        if self._edit.document().availableUndoSteps() < self._undo_steps:
            self.forget()  # it was taken back, or another text was put in
        if step is None or not 0 <= self._current + step < len(self._gaps):
            return False
        self._choose(self._current + step)
        return True

    def _choose(self, number: int) -> None:
        self._current = number
        self._edit.setTextCursor(self._gaps[number])
        self._edit.ensureCursorVisible()

    def _selected(self, text: str, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self._edit.document())
        cursor.setPosition(utf16_length(text[:start]))
        cursor.setPosition(utf16_length(text[:end]), QTextCursor.MoveMode.KeepAnchor)
        return cursor
