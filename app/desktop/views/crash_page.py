"""The calm page about an unexpected error: what it means for the person, the report, and the ways on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.desktop.views.pane_header import PaneHeader, begin_pane
from app.desktop.views.settings.controls import push_button, text_label

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.desktop.theme import Theme


class CrashPage(QWidget):
    """Signals:
    closed(): go on. folder_requested(): show the report's folder. copy_requested(text). sidebar_requested().
    """

    closed = Signal()
    folder_requested = Signal()
    copy_requested = Signal(str)
    sidebar_requested = Signal()

    def __init__(
        self, theme: Theme, *, sidebar_hidden: Callable[[], bool] = lambda: False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sidebar_hidden = sidebar_hidden
        self.header = PaneHeader(theme, self.tr("Unexpected error"), self.tr("Close report"), self)
        self.header.close_requested.connect(self.closed)
        self.header.sidebar_requested.connect(self.sidebar_requested)
        column = begin_pane(self, "crashPage", self.tr("Unexpected error"), self.header)
        column.addLayout(self._make_body())
        self.setFocusProxy(self.go_on)

    def _make_body(self) -> QVBoxLayout:
        theme, px = self._theme, self._theme.px
        self._title = text_label(theme, "", "section", wrap=True, parent=self)
        self._text = text_label(theme, "", "body", "text2", wrap=True, parent=self)
        self._place = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        self._place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.report = QPlainTextEdit(self)
        self.report.setReadOnly(True)
        self.report.setFont(theme.font("mono-small"))
        self.report.setAccessibleName(self.tr("Report"))
        self.report.setTabChangesFocus(True)
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = self._make_buttons()
        body = QVBoxLayout()
        body.setContentsMargins(px(32), px(8), px(32), px(24))
        body.setSpacing(px(12))
        body.addWidget(self._title)
        body.addWidget(self._text)
        body.addWidget(self._place)
        body.addWidget(self.report, 1)
        body.addLayout(buttons)
        return body

    def _make_buttons(self) -> QHBoxLayout:
        theme = self._theme
        self.go_on = push_button(theme, self.tr("Go on"), kind="primary", parent=self)
        self.go_on.clicked.connect(self.closed)
        self.copy = push_button(theme, self.tr("Copy report"), icon="copy", parent=self)
        self.copy.clicked.connect(lambda: self.copy_requested.emit(self.report.toPlainText()))
        self.folder = push_button(theme, self.tr("Show in folder"), icon="folder", parent=self)
        self.folder.clicked.connect(self.folder_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        for button in (self.go_on, self.copy, self.folder):
            buttons.addWidget(button)
        buttons.addStretch(1)
        return buttons

    def show_report(self, title: str, text: str, place: str, *, ended: bool) -> None:
        """`place`: the file, "" where it could not be written; `ended`: it ended the run before this one."""
        self._title.setText(
            self.tr("The program ended by itself the last time.") if ended else self.tr("Something failed here.")
        )
        self._text.setText(
            self.tr(
                "What was being done did not happen; the rest goes on. Chats and what you typed are on the disk. The "
                "report below stays on this computer, holds no keys, and nothing sends it. If this happens again, it "
                "helps those who mend it; read it before you pass it on, since an error's own words may quote "
                "something."
            )
        )
        self._place.setText(
            self.tr("Kept as {file}").format(file=place) if place else self.tr("It could not be written to the disk.")
        )
        self.folder.setVisible(bool(place))
        self.report.setPlainText(text)
        self.report.setAccessibleDescription(title)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]  # Qt's own event
        self.header.sidebar_button.setVisible(self._sidebar_hidden())
