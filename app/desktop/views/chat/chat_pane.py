"""The chat: header, transcript, queued prompts, composer. Arranges and forwards; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.desktop.views.chat.composer import Composer
from app.desktop.views.chat.header import ChatHeader
from app.desktop.views.focus import pass_focus
from app.desktop.views.undo_bar import UndoBar
from app.desktop.views.wrap_row import WrapRow

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.theme import Theme
    from app.desktop.views.chat.token_bar import TokenBar
    from app.desktop.views.transcript.view import TranscriptView

COLUMN = 720
NARROW_PANE = 760
#: Below this width the composer has no room for the token bar.
NARROWEST_WITH_TOKENS = 560


class QueueChips(QWidget):
    """Prompts typed while an answer runs; a click takes one back into the composer.

    Signals:
        edit_requested(index).
    """

    edit_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, theme.px(4))
        self._column.setSpacing(theme.px(4))
        self.hide()

    def show_prompts(self, prompts: list[str], held: Collection[int] = ()) -> None:
        """`held`: the indices of those that are not sent by themselves."""
        while (item := self._column.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.deleteLater()
        for index, prompt in enumerate(prompts):
            line = " ".join(prompt.split())
            chip = QPushButton(self)
            chip.setIcon(self._theme.icon("clock"))
            chip.setProperty("small", True)
            chip.setFont(self._theme.font("small"))
            line = self.tr("Not sent: {prompt}").format(prompt=line) if index in held else line
            chip.setText(line if len(line) <= 80 else line[:79] + "…")
            waits = self.tr("Not sent by itself, since the answer before it did not end well. Click to edit and send.")
            chip.setToolTip(waits if index in held else self.tr("Sent when the answer is done. Click to edit."))
            chip.setAccessibleName(self.tr("Queued prompt {n}").format(n=index + 1))
            chip.setAccessibleDescription(line)
            chip.clicked.connect(lambda _checked=False, i=index: self.edit_requested.emit(i))
            self._column.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeading)
        self.setVisible(bool(prompts))


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """A button under a notice. `spoken`: its accessible name where the text alone is another control's."""

    text: str
    run: Callable[[], object]
    spoken: str = ""


class NoticeBar(QWidget):
    """A sentence above the composer about something that has no place in the transcript; stays until closed.

    Each has a subject ("" for most), so that the end of one thing takes away no word about another.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("surface", "sunken")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._text.setContentsMargins(0, theme.px(6), 0, theme.px(6))  # its first line at the middle of the buttons
        self._icon.setContentsMargins(0, theme.px(6), 0, 0)
        self._action = QPushButton(self)
        self._action.setProperty("small", True)
        close = QToolButton(self)
        close.setIcon(theme.icon("close"))
        close.setAccessibleName(self.tr("Close notice"))
        close.clicked.connect(self._on_close)
        row = QHBoxLayout()
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._action, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        # Several buttons have lines of their own, so that the sentence keeps its width.
        self._choices = WrapRow(theme.px(8))
        self._choices.setContentsMargins(theme.px(22), 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(12), theme.px(6), theme.px(6), theme.px(6))
        column.addLayout(row)
        column.addLayout(self._choices)
        self._run: Callable[[], object] | None = None
        self._run_on_close: Callable[[], object] | None = None
        self._subject = ""
        #: Gets the focus when the bar goes while it is on one of its buttons.
        self.heir: QWidget | None = None
        self._action.clicked.connect(self._on_action)
        self.hide()

    def tell(
        self,
        text: str,
        *,
        token: str = "warn",
        action: str = "",
        run: Callable[[], object] | None = None,
        choices: Sequence[NoticeAction] = (),
        on_close: Callable[[], object] | None = None,
        subject: str = "",
    ) -> None:
        """Show a sentence; `action` is the text of a button that calls `run`, `choices` are several such buttons.

        Closing it calls `on_close`.
        """
        size = self._theme.px(16)
        name = {"error": "error", "ok": "check", "text2": "info"}.get(token, "warning")
        self._icon.setPixmap(self._theme.pixmap(name, token, size, self.devicePixelRatioF()))
        self._text.setFont(self._theme.font("body"))
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._run = run
        self._run_on_close = on_close
        self._subject = subject
        self._show_choices(choices)
        self.show()

    @property
    def subject(self) -> str:
        """What the notice that was told last is about."""
        return self._subject

    def settle(self, subject: str) -> None:
        """Take the notice away if it is about this; what it said is no longer so."""
        if self._subject == subject:
            self.hide()

    def hide(self) -> None:
        pass_focus(self, self.heir)
        super().hide()

    def text(self) -> str:
        """The sentence that is shown, "" while there is none."""
        return "" if self.isHidden() else self._text.text()

    def _show_choices(self, choices: Sequence[NoticeAction]) -> None:
        while (item := self._choices.takeAt(0)) is not None:
            before = item.widget()
            if before is not None:
                before.hide()
                before.deleteLater()
        for choice in choices:
            button = QPushButton(choice.text, self)
            button.setProperty("small", True)
            button.setFont(self._theme.font("small-medium"))
            button.setAccessibleName(choice.spoken)
            button.clicked.connect(lambda _checked=False, run=choice.run: self._choose(run))
            self._choices.addWidget(button)

    def rename_choice(self, text: str, new: str) -> None:
        """Another text for a button that is there; it keeps its place and the focus."""
        for number in range(self._choices.count()):
            item = self._choices.itemAt(number)
            button = item.widget() if item is not None else None
            if isinstance(button, QPushButton) and button.text() == text:
                button.setText(new)

    def _on_action(self) -> None:
        if self._run is not None:
            self._choose(self._run)
        else:
            self.hide()

    def _choose(self, run: Callable[[], object]) -> None:
        self.hide()
        run()

    def _on_close(self) -> None:
        self.hide()
        if self._run_on_close is not None:
            self._run_on_close()


class JumpPill(QPushButton):
    """Over the foot of the transcript while its end is not in sight."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("jumpToLatest")
        self.setAccessibleName(self.tr("Jump to latest"))
        self.setText(self.tr("Jump to latest"))
        self.setIcon(theme.icon("arrow-down"))
        self.setFont(theme.font("small-medium"))
        self.setProperty("small", True)
        self.hide()

    def place(self, above: int = 0) -> None:
        """At the foot, `above` so many pixels that something else takes there."""
        parent = self.parentWidget()
        assert parent is not None, "the pill lies over the transcript's place"
        self.resize(self.sizeHint())
        self.move((parent.width() - self.width()) // 2, parent.height() - above - self.height() - self._theme.px(8))
        self.raise_()


class ChatPane(QWidget):
    """Everything of one chat. The transcript view is given after the first paint: it loads the Markdown parser.

    Signals:
        starter_chosen(str): a starter of an empty chat.
    """

    starter_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("chat")
        self.setProperty("surface", "base")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.header = ChatHeader(theme, self)
        self.transcript: TranscriptView | None = None
        self._place = QWidget(self)  # where the transcript will be; shows the starters while a chat is empty
        self._place_column = QVBoxLayout(self._place)
        self._place_column.setContentsMargins(0, 0, 0, 0)
        self._place_column.setSpacing(0)
        self.notice = NoticeBar(theme, self)
        self.queue = QueueChips(theme, self)
        self.composer = Composer(theme, self)
        self.notice.heir = self.composer.edit
        self._starters = self._make_starters()
        self._column_box = QVBoxLayout()
        self._column_box.setContentsMargins(0, theme.px(8), 0, theme.px(12))
        self._column_box.setSpacing(0)
        for widget in (self._starters, self.notice, self.queue, self.composer):
            self._column_box.addWidget(widget)
        self._sides = QHBoxLayout()
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.addLayout(self._column_box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._place, 1)
        column.addLayout(self._sides)
        self.undo_bar = UndoBar(theme, self._place)
        self._jump = JumpPill(theme, self._place)
        self.undo_bar.installEventFilter(self)

    def _make_starters(self) -> QWidget:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, self._theme.px(8))
        row.setSpacing(self._theme.px(8))
        starters = (
            (self.tr("Explain a file"), self.tr("Explain what this file does, part by part:\n\n")),
            (self.tr("Review a diff"), self.tr("Review this diff. Name bugs first, then style:\n\n")),
            (self.tr("Write tests"), self.tr("Write tests for this code, edge cases included:\n\n")),
        )
        for label, prompt in starters:
            button = QPushButton(label, box)
            button.setProperty("small", True)
            button.setProperty("kind", "row")
            button.setFont(self._theme.font("small-medium"))
            button.clicked.connect(lambda _checked=False, p=prompt: self.starter_chosen.emit(p))
            row.addWidget(button)
        row.addStretch(1)
        box.hide()
        return box

    def add_transcript(self, model: TranscriptModel) -> TranscriptView:
        """Build the transcript; called once, after the shell is on the screen."""
        from app.desktop.views.transcript.view import TranscriptView  # here: not before the first paint

        self.transcript = TranscriptView(self._theme, model, self._place)
        self._place_column.addWidget(self.transcript)
        self.transcript.show()  # a hidden one is not laid out, and the composer takes its width from it, right below
        self._place_column.activate()
        self.transcript.verticalScrollBar().rangeChanged.connect(lambda _least, _most: self._place_composer())
        self.transcript.at_end_changed.connect(self._on_at_end)
        self._jump.clicked.connect(self.transcript.glide.start)
        self.undo_bar.raise_()
        self._place_composer()
        self.setTabOrder(self.header.menu_button, self.transcript)
        self.setTabOrder(self.transcript, self.composer.model_button)
        return self.transcript

    def show_starters(self, shown: bool) -> None:
        self._starters.setVisible(shown)

    def column_width(self) -> int:
        """Outer width of the composer before there is a transcript."""
        wanted = self._theme.px(COLUMN)
        room = self.width() - self._theme.px(40)
        return max(self._theme.px(280), min(wanted, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_composer()
        self._place_jump()
        self._fit_token_bar()

    def add_token_bar(self) -> TokenBar:
        """The core is open: how full the model's window is can be told."""
        bar = self.composer.add_token_bar()
        self._fit_token_bar()
        return bar

    def _fit_token_bar(self) -> None:
        if self.composer.token_bar is not None:
            self.composer.token_bar.set_room(self.width() >= self._theme.px(NARROWEST_WITH_TOKENS))

    def _on_at_end(self, at_end: bool) -> None:
        if at_end:
            pass_focus(self._jump, self.composer.edit)
        self._jump.setVisible(not at_end)
        self._place_jump()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.undo_bar and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._place_jump()
        return super().eventFilter(watched, event)

    def _place_jump(self) -> None:
        """Never over the undo bar: both have words to read."""
        bar = self.undo_bar
        self._jump.place(bar.height() + self._theme.px(8) if bar.isVisible() else 0)

    def _place_composer(self) -> None:
        """The composer keeps the edges of the reading column."""
        width = self.transcript.column_width() if self.transcript is not None else self.column_width()
        side = max(0, (self.width() - width) // 2)
        if self._sides.contentsMargins().left() != side:
            self._sides.setContentsMargins(side, 0, side, 0)
