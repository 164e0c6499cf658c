"""The field in which a message is written: what Enter does in it, and what happens to what is pasted."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from app.desktop.views.chat.long_text import LONG_TEXT

#: A longer paste goes with the message as a file.
LONGEST_PASTE, MOST_PASTED_LINES = 4_000, 60


def holds_files(mime: QMimeData) -> bool:
    """Files of this computer, or a picture that is not there as text, too (as a word processor has it)."""
    return any(url.isLocalFile() for url in mime.urls()) or (mime.hasImage() and not mime.hasText())


class MessageEdit(QPlainTextEdit):
    """The text field. Enter sends, Shift+Enter breaks the line, and neither while an input method is composing.

    Signals:
        submitted(): the person wants to send.
        recall_asked(): Up in an empty field.
        escaped(): Esc.
        long_pasted(object): a text (str) too long for the field was pasted or dropped.
        files_pasted(object): files or a picture (QMimeData) were, where those are taken.
    """

    submitted = Signal()
    recall_asked = Signal()
    escaped = Signal()
    long_pasted = Signal(object)
    files_pasted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        #: Whether files can go with the message, and long pastes become such.
        self.takes_files = False
        #: When something else was done that Ctrl+Z takes back, monotonic; None = nothing else is known of.
        self.other_act_at: Callable[[], float] | None = None
        self._typed_at = 0.0
        self.textChanged.connect(self._note_typing)
        self.setObjectName("message")
        self.setAccessibleName(self.tr("Message"))
        self.setPlaceholderText(self.tr("Message"))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("bare", True)
        self.document().setDocumentMargin(0)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.send_with_control = False
        self._composing = False

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.takes_files and holds_files(event.mimeData()):
            event.ignore()  # the whole chat takes files, and shows that it does
        else:
            super().dragEnterEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or (self.takes_files and holds_files(source))

    def insertFromMimeData(self, source: QMimeData) -> None:
        # Plain text only. What is long never comes near the field: laying it out would stop the window.
        if self.takes_files and holds_files(source):
            self.files_pasted.emit(source)
            return
        if not source.hasText():
            return
        text = source.text().replace("\r\n", "\n").replace("\r", "\n")
        cursor = self.textCursor()
        is_file = self.takes_files and (len(text) > LONGEST_PASTE or text.count("\n") >= MOST_PASTED_LINES)
        if is_file or len(text) > LONG_TEXT:
            cursor.removeSelectedText()
            self.long_pasted.emit(text)
            return
        cursor.insertText(text)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def event(self, event: QEvent) -> bool:
        # With nothing of its own to take back, Ctrl+Z belongs to the window: it brings back a deleted chat.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Undo)
            and not (self.document().isUndoAvailable() and self._typing_is_newest())
        ):
            event.ignore()
            return False
        return super().event(event)

    def _note_typing(self) -> None:
        self._typed_at = time.monotonic()

    def _typing_is_newest(self) -> bool:
        return self.other_act_at is None or self._typed_at >= self.other_act_at()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._composing:
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if control or (not shift and not self.send_with_control):
                self.submitted.emit()
                return
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()
            return
        if event.key() == Qt.Key.Key_Up and not self.document().toPlainText():
            self.recall_asked.emit()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            return
        super().keyPressEvent(event)
