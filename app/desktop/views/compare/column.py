"""One answer of a comparison: whose it is, its text, and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.compare.figures import FiguresView
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import text_label
from app.desktop.views.transcript.view import TranscriptView

if TYPE_CHECKING:
    from app.desktop.models.compared_columns import ColumnFacts
    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.theme import Theme

HEAD, LETTER, INSET, LEAST_WIDTH, LEAST_NAME = 44, 20, 24, 320, 88
#: Below it the head has no room for more than the name: the letter in the accent says which one was chosen.
NARROW = 440


class LetterBadge(QWidget):
    """A, B, C or D in a small square; in the accent where it was chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letter, self._chosen = "", False
        self.setFixedSize(theme.px(LETTER), theme.px(LETTER))

    def show_letter(self, letter: str, *, chosen: bool) -> None:
        self._letter, self._chosen = letter, chosen
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if self._chosen else "pressed"))
        painter.drawRoundedRect(QRectF(self.rect()), theme.px(4), theme.px(4))
        painter.setFont(theme.font("caption-label"))
        painter.setPen(theme.color("on-accent" if self._chosen else "text2"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letter)


class CompareColumn(QWidget):
    """Signals:
    stop_requested(), copy_requested(), continue_requested(): its buttons.
    note_action(name): a button under its answer.
    """

    stop_requested = Signal()
    copy_requested = Signal()
    continue_requested = Signal()
    note_action = Signal(str)

    def __init__(self, theme: Theme, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setMinimumWidth(theme.px(LEAST_WIDTH))
        self._badge = LetterBadge(theme, self)
        self.name = ElidedLabel(self)
        self.name.setFont(theme.font("body-bold"))
        self.name.setMinimumWidth(theme.px(LEAST_NAME))
        self.choice = QLabel(self.tr("Your choice"), self)
        self.choice.setFont(theme.font("small-medium"))
        self.choice.setProperty("badge", "ok")
        self.simulated = QLabel(self.tr("Simulated"), self)
        self.simulated.setFont(theme.font("caption"))
        self.simulated.setProperty("badge", "simulated")
        self.stop_button = self._button("stop", self.stop_requested)
        self.continue_button = self._button("new-chat", self.continue_requested)
        self.copy_button = self._button("copy", self.copy_requested)
        self.transcript = TranscriptView(theme, model, self)
        self.transcript.note_action.connect(lambda _position, name: self.note_action.emit(name))
        self.figures = FiguresView(theme, self)
        self.note = text_label(theme, "", "small", "text3", wrap=True, parent=self)
        self._arrange()
        theme.changed.connect(self._restyle)
        self._facts: ColumnFacts | None = None

    def _button(self, icon: str, signal: object) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(self._theme.icon(icon))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: signal.emit())  # type: ignore[attr-defined]  # a bound signal
        return button

    def _arrange(self) -> None:
        px = self._theme.px
        head = QWidget(self)
        head.setFixedHeight(px(HEAD))
        row = QHBoxLayout(head)
        row.setContentsMargins(px(INSET), 0, px(INSET - 6), 0)
        row.setSpacing(px(8))
        row.addWidget(self._badge)
        row.addWidget(self.name, 1)
        for widget in (self.simulated, self.choice, self.stop_button, self.continue_button, self.copy_button):
            row.addWidget(widget)
        foot = QWidget(self)
        below = QVBoxLayout(foot)
        below.setContentsMargins(px(INSET), px(12), px(INSET), px(12))
        below.setSpacing(px(4))
        below.addWidget(self.figures)
        below.addWidget(self.note)
        self._head, self._foot = head, foot
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self.transcript, 1)
        column.addWidget(foot)

    def show_facts(self, facts: ColumnFacts, *, can_continue: bool, hidden: bool) -> None:
        """`hidden`: names must not be seen, and nobody may be told from the others by being stopped."""
        self._facts = facts
        self._badge.show_letter(facts.letter, chosen=facts.is_choice)
        self._badge.setAccessibleName(self.tr("Your choice") if facts.is_choice else "")
        self.name.setText(facts.name)
        self.name.setToolTip(" · ".join(part for part in (facts.name, facts.detail) if part))
        letter = facts.letter
        names = (
            (self.stop_button, self.tr("Stop {letter}"), facts.can_stop and not hidden),
            (self.continue_button, self.tr("Continue with {letter}"), can_continue),
            (self.copy_button, self.tr("Copy answer {letter}"), facts.can_copy),
        )
        for button, words, usable in names:
            text = words.format(letter=letter)
            button.setAccessibleName(text)
            button.setToolTip(text)
            if not usable:
                pass_focus(button, self.transcript)
            button.setVisible(usable)
        self.transcript.setAccessibleName(self.tr("Answer {letter}").format(letter=letter))
        self._fit()
        self.simulated.setVisible(facts.simulated)
        self.figures.setVisible(bool(facts.figures))
        self.figures.show_figures(letter, facts.figures)
        self.note.setText(facts.note)
        self.note.setVisible(bool(facts.note))
        self._restyle()

    def _restyle(self) -> None:
        if self._facts is not None:
            tone = "cloud" if self._facts.cloud else "text2"
            self.name.set_note(self._facts.detail, self._theme.font("body"), self._theme.color(tone))

    def _fit(self) -> None:
        chosen = self._facts is not None and self._facts.is_choice
        self.choice.setVisible(chosen and self.width() >= self._theme.px(NARROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        colour = self._theme.color("line")
        painter.fillRect(QRectF(0, self._head.geometry().bottom() + 1 - line, self.width(), line), colour)
        painter.fillRect(QRectF(0, self._foot.y(), self.width(), line), colour)
        if self.x() > 0:
            painter.fillRect(QRectF(0, 0, line, self.height()), colour)
