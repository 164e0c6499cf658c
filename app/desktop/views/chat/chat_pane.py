"""The chat: header, transcript, queued prompts, composer. Arranges and forwards; decides nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.icons import set_icon_beside_text
from app.desktop.views.chat.composer import Composer
from app.desktop.views.chat.header import ChatHeader
from app.desktop.views.chat.message_edit import holds_files
from app.desktop.views.chat.notice_bar import NoticeBar
from app.desktop.views.focus import pass_focus
from app.desktop.views.undo_bar import UndoBar

if TYPE_CHECKING:
    from app.desktop.models.transcript_model import TranscriptModel
    from app.desktop.theme import Theme
    from app.desktop.views.chat.find_bar import FindBar
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
        self._column.setContentsMargins(0, 0, 0, 0)
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
            set_icon_beside_text(chip, self._theme.icon("clock"), self._theme)
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


class JumpPill(QPushButton):
    """Over the foot of the transcript while its end is not in sight."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("jumpToLatest")
        self.setAccessibleName(self.tr("Jump to latest"))
        self.setText(self.tr("Jump to latest"))
        set_icon_beside_text(self, theme.icon("arrow-down"), theme)
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
        mime_dropped(object): files or a picture (QMimeData) that go with the next message.
    """

    starter_chosen = Signal(str)
    mime_dropped = Signal(object)

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
        self._column_box.setSpacing(theme.px(8))
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
        self.undo_bar.heir = self.composer.edit
        self._jump = JumpPill(theme, self._place)
        self.undo_bar.installEventFilter(self)
        self._place.installEventFilter(self)
        self.composer.edit.other_act_at = lambda: self.undo_bar.newest_at
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.composer.edit.takes_files and holds_files(event.mimeData()):
            event.acceptProposedAction()
            self.composer.set_drop_target(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.composer.set_drop_target(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.composer.set_drop_target(False)
        event.acceptProposedAction()
        self.mime_dropped.emit(event.mimeData())

    def _make_starters(self) -> QWidget:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
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

    def add_above_notice(self, widget: QWidget) -> None:
        """Something that stays above the message field."""
        self._column_box.insertWidget(self._column_box.indexOf(self.notice), widget)

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

    def add_find_bar(self) -> FindBar:
        """Below the header; made when somebody first looks for something."""
        from app.desktop.views.chat.find_bar import FindBar  # here: no start needs it

        bar = FindBar(self._theme, self.composer.edit, self)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, bar)
        self.setTabOrder(self.header.menu_button, bar.field)
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
        moves = {QEvent.Type.Show, QEvent.Type.Hide} if watched is self.undo_bar else {QEvent.Type.Resize}
        if event.type() in moves:  # the place loses height to a larger composer, or a notice above it
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
