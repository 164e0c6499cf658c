"""The Compare pane: header, what is asked, the columns side by side, and the foot. Arranges and forwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.views.compare.column import CompareColumn
from app.desktop.views.compare.setup_page import SetupPage
from app.desktop.views.compare.vote_bar import VoteBar, VoteFacts
from app.desktop.views.focus import has_focus_inside, pass_focus
from app.desktop.views.pane_header import begin_pane
from app.desktop.views.settings.controls import push_button, set_tone, text_label
from app.desktop.views.undo_bar import UndoBar

if TYPE_CHECKING:
    from app.desktop.models.compared_columns import ColumnFacts
    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.theme import Theme

HEADER, FOOTER, INSET, MOST_PROMPT_LINES = 48, 56, 24, 4
#: Below this width buttons of the header have no words.
NARROW = 640
#: Below this height the answers get the room of the lesser figures.
LOW, FIGURES_WHEN_LOW = 560, 3


class Across(QScrollArea):
    """Columns that do not fit scroll sideways; keys are for the pane, which goes from answer to answer."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class PromptGround(QWidget):
    """Under what was asked, as under a prompt of a chat."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("user"))
        painter.drawRoundedRect(QRectF(self.rect()), self._theme.px(8), self._theme.px(8))


class ComparePane(QWidget):
    """Signals:
    close_requested(), sidebar_requested(), new_requested(), add_requested(): the header's buttons.
    texts_requested(), export_requested(): the same.
    start_requested(prompt, blind, together): `together` is None where memory decides.
    """

    close_requested = Signal()
    sidebar_requested = Signal()
    new_requested = Signal()
    add_requested = Signal()
    texts_requested = Signal()
    export_requested = Signal()
    start_requested = Signal(str, bool, object)

    def __init__(
        self,
        theme: Theme,
        transcripts: Sequence[TranscriptModel],
        *,
        sidebar_hidden: Callable[[], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sidebar_hidden = sidebar_hidden
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.columns = [CompareColumn(theme, model, self) for model in transcripts]
        self.setup = SetupPage(theme, self)
        self.vote_bar = VoteBar(theme, self)
        self._make_header()
        self._make_result()
        self._make_start()
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.setup)
        self._stack.addWidget(self._result)
        column = begin_pane(self, "compare", self.tr("Compare"), self._header)
        for widget, stretch in ((self._stack, 1), (self._start_bar, 0), (self.vote_bar, 0)):
            column.addWidget(widget, stretch)
        self.undo_bar = UndoBar(theme, self._stack)
        self.setup.start_requested.connect(self._start)
        self.setup.add_requested.connect(self.add_requested)

    # -- building

    def _tool(self, icon: str, name: str, signal: object) -> QToolButton:
        button = QToolButton(self._header)
        button.setIcon(self._theme.icon(icon))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: signal.emit())  # type: ignore[attr-defined]  # a bound signal
        return button

    def _worded(self, icon: str, text: str, signal: object) -> QPushButton:
        button = push_button(self._theme, text, kind="quiet", small=True, icon=icon, parent=self._header)
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.clicked.connect(lambda: signal.emit())  # type: ignore[attr-defined]  # a bound signal
        return button

    def _make_header(self) -> None:
        theme, px = self._theme, self._theme.px
        self._header = QWidget(self)
        self._header.setFixedHeight(px(HEADER))
        self.sidebar_button = self._tool("sidebar", self.tr("Show conversations, Compare"), self.sidebar_requested)
        self.title = text_label(theme, self.tr("Compare"), "body-bold", parent=self._header)
        self.badge = QLabel(self._header)
        self.badge.setFont(theme.font("small"))
        self.badge.setProperty("badge", "neutral")
        self.texts_button = self._worded("diff", self.tr("Compare texts"), self.texts_requested)
        self.export_button = self._worded("save", self.tr("Export"), self.export_requested)
        self.new_button = self._worded("regenerate", self.tr("New comparison"), self.new_requested)
        self.add_button = self._tool("plus", self.tr("Add another model"), self.add_requested)
        self.close_button = self._tool("close", self.tr("Close Compare"), self.close_requested)
        row = QHBoxLayout(self._header)
        row.setContentsMargins(px(20), 0, px(12), 0)
        row.setSpacing(px(4))
        for widget in (self.sidebar_button, self.title):
            row.addWidget(widget)
        row.addSpacing(px(4))
        row.addWidget(self.badge)
        row.addStretch(1)
        buttons: tuple[QWidget, ...] = (self.texts_button, self.export_button, self.new_button, self.add_button)
        for button in (*buttons, self.close_button):
            row.addWidget(button)

    def _make_result(self) -> None:
        theme, px = self._theme, self._theme.px
        self._result = QWidget(self)
        self.prompt = QPlainTextEdit(self._result)
        self.prompt.setReadOnly(True)
        self.prompt.setAccessibleName(self.tr("Prompt that was asked"))
        self.prompt.setFont(theme.font("reading"))
        self.prompt.setProperty("bare", True)
        self.prompt.setTabChangesFocus(True)
        self.prompt.document().setDocumentMargin(0)
        ground = PromptGround(theme, self._result)
        inside = QVBoxLayout(ground)
        inside.setContentsMargins(px(16), px(8), px(16), px(8))
        inside.addWidget(self.prompt)
        self.order = text_label(theme, "", "small", "text2", wrap=True, parent=self._result)
        above = QVBoxLayout()
        above.setContentsMargins(px(INSET), px(12), px(INSET), px(12))
        above.setSpacing(px(8))
        above.addWidget(ground)
        above.addWidget(self.order)
        side_by_side = QWidget(self._result)
        row = QHBoxLayout(side_by_side)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for column in self.columns:
            row.addWidget(column, 1)
        self._across = Across(self._result)
        self._across.setFrameShape(QFrame.Shape.NoFrame)
        self._across.setWidgetResizable(True)
        self._across.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._across.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._across.setWidget(side_by_side)
        column_box = QVBoxLayout(self._result)
        column_box.setContentsMargins(0, 0, 0, 0)
        column_box.setSpacing(0)
        column_box.addLayout(above)
        column_box.addWidget(self._across, 1)

    def _make_start(self) -> None:
        theme, px = self._theme, self._theme.px
        self._start_bar = QWidget(self)
        self._start_bar.setMinimumHeight(px(FOOTER))
        self.told = text_label(theme, "", "body", "text2", wrap=True, parent=self._start_bar)
        self.start_button = push_button(theme, self.tr("Start"), kind="primary", parent=self._start_bar)
        self.start_button.clicked.connect(self._start)
        row = QHBoxLayout(self._start_bar)
        row.setContentsMargins(px(32), px(12), px(32), px(12))
        row.addWidget(self.told, 1)
        row.addWidget(self.start_button)

    # -- what is shown

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """In the foot of the setup, or above the columns: why nothing can be begun."""
        label = self.told if self._stack.currentWidget() is self.setup else self.order
        label.setText(text)
        label.setVisible(bool(text) or label is self.told)
        set_tone(self._theme, label, "error" if is_error else "text2")

    def show_setup(self) -> None:
        """Choose models and write a prompt."""
        self._stack.setCurrentWidget(self.setup)
        self._start_bar.show()
        self.vote_bar.hide()
        for widget in (self.badge, self.texts_button, self.export_button, self.new_button, self.add_button):
            pass_focus(widget, self.setup.prompt)
            widget.hide()

    def show_comparison(self, prompt: str, order: str, count: int) -> None:
        """So many columns."""
        took_focus = has_focus_inside(self.setup) or self.start_button.hasFocus()
        self._stack.setCurrentWidget(self._result)
        self._start_bar.hide()
        self.vote_bar.show()
        self.prompt.setPlainText(prompt)
        lines = min(MOST_PROMPT_LINES, prompt.count("\n") + 1 + len(prompt) // 110)
        self.prompt.setFixedHeight(self.prompt.fontMetrics().lineSpacing() * lines + self._theme.px(2))
        self.tell(order)
        for number, column in enumerate(self.columns):
            column.setVisible(number < count)
        if took_focus:
            self.columns[0].transcript.setFocus()

    def show_set(self, page: QWidget, *, over: bool) -> None:
        """What a set of prompts says, in place of columns."""
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)
        took_focus = has_focus_inside(self.setup)
        self._stack.setCurrentWidget(page)
        self._start_bar.hide()
        self.vote_bar.hide()
        self.new_button.setVisible(over)
        if took_focus:
            page.setFocus()

    def show_columns(self, facts: Sequence[ColumnFacts], *, hidden: bool, can_continue: Sequence[bool]) -> None:
        for column, one, usable in zip(self.columns, facts, can_continue, strict=False):
            column.show_facts(one, can_continue=usable, hidden=hidden)

    def show_state(self, vote: VoteFacts, *, badge: str, can_add: bool, over: bool) -> None:
        """Badge, the header's buttons, and the foot."""
        self.badge.setText(badge)
        self.badge.setVisible(bool(badge))
        shown = over and not vote.hidden
        for widget, wanted in (
            (self.texts_button, shown),
            (self.export_button, shown),
            (self.new_button, over),
            (self.add_button, can_add),
        ):
            if not wanted:
                pass_focus(widget, self.columns[0].transcript)
            widget.setVisible(wanted)
        self.vote_bar.show_facts(vote)

    def _start(self) -> None:
        if self.start_button.isEnabled():
            setup = self.setup
            self.start_requested.emit(setup.prompt.toPlainText(), setup.blind.isChecked(), setup.order.currentData())

    def take_focus(self) -> None:
        """Where somebody goes on."""
        if self._stack.currentWidget() is self.setup:
            self.setup.prompt.setFocus()
        elif self._result.isVisible():
            self.columns[0].transcript.setFocus()
        else:
            (self._stack.currentWidget() or self).setFocus()

    def release(self) -> None:
        """Before the pane is destroyed."""
        for column in self.columns:
            column.transcript.release()

    # -- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters vote; Left and Right go from one answer to the next."""
        held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        vote = self.vote_bar.vote_of_key(event.text()) if self.vote_bar.isVisible() and not held else ""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if vote:
            self.vote_bar.voted.emit(vote)
        elif event.key() in steps and not held and self._step(steps[Qt.Key(event.key())]):
            return
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> bool:
        shown = [column for column in self.columns if column.isVisible()]
        here = next((i for i, column in enumerate(shown) if has_focus_inside(column)), -1)
        if here < 0:
            return False
        column = shown[max(0, min(len(shown) - 1, here + by))]
        column.transcript.setFocus(Qt.FocusReason.OtherFocusReason)
        self._across.ensureWidgetVisible(column, 0, 0)
        return True

    # -- size

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        self.sidebar_button.setVisible(self._sidebar_hidden())
        low = self.height() < self._theme.px(LOW)
        self.vote_bar.set_low(low)
        for column in self.columns:
            column.figures.show_at_most(FIGURES_WHEN_LOW if low else None)
        narrow = self.width() < self._theme.px(NARROW)
        for button in (self.texts_button, self.export_button, self.new_button):
            button.setText("" if narrow else button.accessibleName())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        colour = self._theme.color("line")
        painter.fillRect(QRectF(0, self._header.height() - line, self.width(), line), colour)
        if self._start_bar.isVisible():
            painter.fillRect(QRectF(0, self._start_bar.y(), self.width(), line), colour)
        elif self._result.isVisible():
            painter.fillRect(QRectF(0, self._stack.y() + self._across.y() - line, self.width(), line), colour)
