"""The bar above the transcript: title (renamed in place) and icon buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QStackedLayout, QToolButton, QWidget

from app.desktop.mirror import Mirror
from app.desktop.models.plain_tooltip import plain_tooltip

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class ElidedLabel(QLabel):
    """One line of plain text that ends in … when there is no room, and a note behind it where there is any left.

    Signals:
        double_clicked().
    """

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note = ""
        self._note_font, self._note_colour = self.font(), self.palette().text().color()

    def set_note(self, text: str, font: QFont, colour: QColor) -> None:
        """A word behind the text, in letters of its own."""
        self._note, self._note_font, self._note_colour = text, font, colour
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        mirror = Mirror(QRectF(self.rect()), self.layoutDirection())
        mirror.text(painter, QRectF(self.rect()), text)
        taken = self.fontMetrics().horizontalAdvance(text) + self.fontMetrics().averageCharWidth() * 2
        if self._note and taken < self.width():
            painter.setFont(self._note_font)
            painter.setPen(self._note_colour)
            note = QFontMetrics(self._note_font).elidedText(
                self._note, Qt.TextElideMode.ElideRight, self.width() - taken
            )
            mirror.text(painter, QRectF(self.rect().adjusted(taken, 0, 0, 0)), note)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()


class ChatHeader(QWidget):
    """Title of the open chat.

    Signals:
        rename_left(): by its key, so the focus is free.
        renamed(str): the person gave another title.
        sidebar_requested(), new_chat_requested(), settings_requested(), menu_requested(): the icon buttons.
    """

    renamed = Signal(str)
    rename_left = Signal()
    sidebar_requested = Signal()
    new_chat_requested = Signal()
    settings_requested = Signal()
    menu_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedHeight(theme.px(48))
        self.sidebar_button = self._button("sidebar", self.tr("Show conversations"), self.sidebar_requested)
        self.new_chat_button = self._button("new-chat", self.tr("New chat, header"), self.new_chat_requested)
        self.new_chat_button.setToolTip(self.tr("New chat (Ctrl+N)"))
        self.settings_button = self._button("sliders", self.tr("Chat settings"), self.settings_requested)
        self.menu_button = self._button("more", self.tr("Menu"), self.menu_requested)
        self._label = ElidedLabel(self)
        self._label.double_clicked.connect(self.begin_rename)
        self._edit = QLineEdit(self)
        self._edit.setAccessibleName(self.tr("Title"))
        self._edit.setMaxLength(200)
        self._edit.returnPressed.connect(self._on_enter)
        self._edit.installEventFilter(self)
        title = QWidget(self)
        self._stack = QStackedLayout(title)
        self._stack.setContentsMargins(0, theme.px(8), 0, theme.px(8))
        self._stack.addWidget(self._label)
        self._stack.addWidget(self._edit)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), 0, theme.px(12), 0)
        row.setSpacing(theme.px(4))
        row.addWidget(self.sidebar_button)
        row.addWidget(title, 1)
        row.addWidget(self.new_chat_button)
        row.addWidget(self.settings_button)
        row.addWidget(self.menu_button)
        self.set_narrow(False)
        self._folder = ""
        theme.changed.connect(self._restyle)
        self._restyle()

    def _button(self, icon: str, name: str, signal: object) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(self._theme.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: signal.emit())  # type: ignore[attr-defined]  # a bound signal
        return button

    def set_narrow(self, narrow: bool) -> None:
        """In a narrow window the sidebar is an overlay, opened from here."""
        self.sidebar_button.setVisible(narrow)
        self.new_chat_button.setVisible(narrow)

    def set_title(self, title: str) -> None:
        self._label.setText(title)
        self._label.setToolTip(plain_tooltip(title))
        self._stack.setCurrentWidget(self._label)

    def set_folder(self, name: str) -> None:
        """The folder that the chat is in, "" for none."""
        self._folder = name
        self._label.set_note(name, self._theme.font("small"), self._theme.color("text3"))

    def begin_rename(self) -> None:
        """Edit the title in place; Enter keeps it, Esc does not."""
        if not self._label.text():
            return
        self._edit.setText(self._label.text())
        self._stack.setCurrentWidget(self._edit)
        self._edit.selectAll()
        self._edit.setFocus()

    def _on_enter(self) -> None:
        self._finish_rename()
        self.rename_left.emit()

    def _finish_rename(self) -> None:
        text = self._edit.text().strip()
        self._stack.setCurrentWidget(self._label)
        if text and text != self._label.text():
            self.renamed.emit(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._edit and self._stack.currentWidget() is self._edit:
            if (
                event.type() == QEvent.Type.KeyPress
                and isinstance(event, QKeyEvent)
                and event.key() == Qt.Key.Key_Escape
            ):
                self._stack.setCurrentWidget(self._label)
                self.rename_left.emit()
                return True
            if event.type() == QEvent.Type.FocusOut:
                self._finish_rename()
        return super().eventFilter(watched, event)

    def _restyle(self) -> None:
        self._label.setFont(self._theme.font("body-bold"))
        self._edit.setFont(self._theme.font("body-bold"))
        self.set_folder(self._folder)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(0, self.height() - line, self.width(), line), self._theme.color("line"))
