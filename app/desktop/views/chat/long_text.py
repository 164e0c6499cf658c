"""Long pasted texts: kept as chips above the field, because the field lays out every character at each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: A longer text becomes a chip.
LONG_TEXT = 8_000
#: What the field can hold without getting in the way of typing; no chip is put into it beyond that.
FIELD_LIMIT = 50_000


def joined(parts: list[str]) -> str:
    """One text of several, a blank line between two; line breaks that are there already count."""
    whole: list[str] = []
    for part in parts:
        if whole:
            ending = 2 if whole[-1].endswith("\n\n") else 1 if whole[-1].endswith("\n") else 0
            whole.append("\n" * (2 - ending))
        whole.append(part)
    return "".join(whole)


def description(text: str) -> str:
    """ "38 lines · ≈ 412 tokens"."""
    from app.desktop.models.message_rows import estimated_tokens  # here: not before the first paint

    locale = QLocale()
    lines = text.count("\n") + (not text.endswith("\n"))
    named = tr("{n} line") if lines == 1 else tr("{n} lines")
    tokens = tr("≈ {n} tokens").format(n=locale.toString(estimated_tokens(text)))
    return f"{named.format(n=locale.toString(lines))} · {tokens}"


def tr(text: str) -> str:
    return QCoreApplication.translate("LongText", text)


class PastedChip(QWidget):
    """One pasted text: what it is, how long, two buttons. Del removes it.

    Signals:
        put_requested(), remove_requested().
    """

    put_requested = Signal()
    remove_requested = Signal()

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.text = text
        self.has_words = bool(text.strip())
        self._icon = QLabel(self)
        self._name = QLabel(tr("Pasted text"), self)
        self._name.setProperty("tone", "text")
        about = description(text)
        self._about = QLabel(about, self)
        self._about.setProperty("tone", "text3")
        self.put_button = QPushButton(tr("Put it into the text"), self)
        self.put_button.setProperty("kind", "link")
        self.put_button.setAccessibleDescription(about)
        self.put_button.clicked.connect(self.put_requested)
        self.remove_button = QToolButton(self)
        self.remove_button.setIcon(theme.icon("close"))
        self.remove_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.remove_button.setAccessibleName(tr("Remove pasted text"))
        self.remove_button.setAccessibleDescription(about)
        self.remove_button.setToolTip(tr("Remove pasted text (Del)"))
        self.remove_button.clicked.connect(self.remove_requested)
        self.setAccessibleName(tr("Pasted text"))
        self.setAccessibleDescription(about)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(8), 0, 0, 0)
        row.setSpacing(theme.px(8))
        for widget in (self._icon, self._name, self._about):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.put_button)
        row.addWidget(self.remove_button)
        self.restyle()

    def restyle(self) -> None:
        self._icon.setPixmap(self._theme.pixmap("file", "text2", self._theme.px(14), self.devicePixelRatioF()))
        for label in (self._name, self._about, self.put_button):
            label.setFont(self._theme.font("small"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_requested.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("sunken"))
        radius = self._theme.px(6)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class PastedTexts(QWidget):
    """The chips, the first pasted on top; not there while there are none.

    Signals:
        changed(): the person removed a chip.
        put_requested(object): the text (str) of a chip that went away, to be put into the field.
    """

    changed = Signal()
    put_requested = Signal(object)

    def __init__(self, theme: Theme, before: QWidget, after: QWidget, parent: QWidget | None = None) -> None:
        """`before` and `after`: the chips' neighbours in the order of Tab."""
        super().__init__(parent)
        self._theme = theme
        self._neighbours = (before, after)
        self._room = FIELD_LIMIT
        self.chips: list[PastedChip] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, theme.px(4), 0, theme.px(4))
        self._column.setSpacing(theme.px(4))
        self.hide()

    def come_after(self, before: QWidget) -> None:
        """Another neighbour came to stand before the chips."""
        self._neighbours = (before, self._neighbours[1])
        self._order()

    def texts(self) -> list[str]:
        return [chip.text for chip in self.chips]

    def has_words(self) -> bool:
        return any(chip.has_words for chip in self.chips)

    def add(self, text: str) -> None:
        chip = PastedChip(self._theme, text, self)
        chip.put_requested.connect(lambda: self._put(chip))
        chip.remove_requested.connect(lambda: self._remove(chip))
        self.chips.append(chip)
        self._column.addWidget(chip)
        chip.put_button.setVisible(len(text) <= self._room)
        chip.show()
        self._order()
        self.show()

    def clear(self) -> None:
        while self.chips:
            self._drop(self.chips[-1])

    def set_room(self, characters: int) -> None:
        """How many characters the field can still take; larger chips do not offer to go there."""
        self._room = characters
        for chip in self.chips:
            chip.put_button.setVisible(len(chip.text) <= characters)

    def restyle(self) -> None:
        for chip in self.chips:
            chip.restyle()

    def _put(self, chip: PastedChip) -> None:
        self._drop(chip)
        self.put_requested.emit(chip.text)

    def _remove(self, chip: PastedChip) -> None:
        self._drop(chip)
        self.changed.emit()

    def _drop(self, chip: PastedChip) -> None:
        self.chips.remove(chip)
        self._column.removeWidget(chip)
        chip.hide()
        chip.deleteLater()
        self.setVisible(bool(self.chips))

    def _order(self) -> None:
        previous, last = self._neighbours
        for chip in self.chips:
            QWidget.setTabOrder(previous, chip.put_button)
            QWidget.setTabOrder(chip.put_button, chip.remove_button)
            previous = chip.remove_button
        QWidget.setTabOrder(previous, last)
