"""The row below the chat's header in which words of this chat are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.desktop.views.focus import pass_focus
from app.desktop.views.search_field import SearchField

if TYPE_CHECKING:
    from app.desktop.theme import Theme

DELAY_MS = 120
HEIGHT, FIELD = 44, 280


class FindBar(QWidget):
    """Signals:
    typed(text): other words are looked for.
    stepped(forward): go on to the next place, or back to the one before.
    closed(): nothing is looked for any more.
    """

    typed = Signal(str)
    stepped = Signal(bool)
    closed = Signal()

    def __init__(self, theme: Theme, heir: QWidget, parent: QWidget | None = None) -> None:
        """`heir` gets the keyboard when the bar closes."""
        super().__init__(parent)
        self._theme = theme
        self._heir = heir
        self.setFixedHeight(theme.px(HEIGHT))
        self.field = SearchField(theme, "search", parent=self)
        self.field.setAccessibleName(self.tr("Find in chat"))
        self.field.setPlaceholderText(self.tr("Find in chat"))
        self.field.setFont(theme.font("body"))
        self.field.setFixedWidth(theme.px(FIELD))
        self.field.installEventFilter(self)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._tell)
        self.field.textEdited.connect(lambda _text: self._delay.start())
        self.result = QLabel(self)
        self.result.setFont(theme.font("small"))
        self.result.setProperty("tone", "text2")
        self._buttons = [
            self._button("chevron-up", self.tr("Previous place"), lambda: self.stepped.emit(False)),
            self._button("chevron-down", self.tr("Next place"), lambda: self.stepped.emit(True)),
            self._button("close", self.tr("Close find"), self.hide),
        ]
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), 0, theme.px(8), 0)
        row.setSpacing(theme.px(8))
        row.addStretch(1)
        for widget in (self.result, self.field, *self._buttons):
            row.addWidget(widget)
        theme.changed.connect(self._restyle)
        self.hide()

    def _button(self, icon: str, name: str, run: object) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(icon)
        button.setIcon(self._theme.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(lambda _checked=False: run())  # type: ignore[operator]  # a function of ours
        return button

    def open(self) -> None:
        """Show it with the keyboard in its field; what was looked for last is there to be replaced."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        if self.field.text().strip():
            self._tell()

    def show_result(self, text: str) -> None:
        self.result.setText(text)
        self.field.setAccessibleDescription(text)

    def _tell(self) -> None:
        self._delay.stop()
        self.typed.emit(self.field.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()  # ours, before it is the window's
                return True
            if event.type() == QEvent.Type.KeyPress:
                return not self.field.composing and self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._delay.isActive():
                self._tell()
            else:
                self.stepped.emit(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            return True
        return False

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self._delay.stop()
            pass_focus(self, self._heir)
            self.closed.emit()

    def _restyle(self) -> None:
        for button in self._buttons:
            button.setIcon(self._theme.icon(button.objectName()))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter = QPainter(self)
        painter.fillRect(QRectF(0, self.height() - line, self.width(), line), self._theme.color("line"))
