"""The models that this program fetched, each with its revision, its update and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.desktop.models.hub_rows import FetchedRow
from app.desktop.views.chat.header import ElidedLabel
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import Column, push_button, text_label

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class FetchedLine(QWidget):
    """Signals:
    update_requested(), delete_requested(), offer_requested(), folder_requested().
    """

    update_requested = Signal()
    offer_requested = Signal()
    folder_requested = Signal()
    delete_requested = Signal()

    def __init__(self, theme: Theme, row: FetchedRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._name = ElidedLabel(self)
        self._name.setFont(theme.font("body-medium"))
        self._name.setText(row.name)
        self._name.setToolTip(row.name)
        self._facts = text_label(theme, row.facts, "small", "text2", wrap=True, parent=self)
        self._problem = text_label(theme, row.problem, "small", "error", wrap=True, parent=self)
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._problem.setVisible(bool(row.problem))
        self._badge = QLabel(self.tr("Newer revision {id}").format(id=row.newer), self)
        self._badge.setTextFormat(Qt.TextFormat.PlainText)
        self._badge.setProperty("badge", "neutral")
        self._badge.setFont(theme.font("caption"))
        self.update_button = push_button(theme, self.tr("Update"), small=True, parent=self)
        self.update_button.setAccessibleName(self.tr("Update {name}").format(name=row.name))
        self.update_button.clicked.connect(self.update_requested)
        for widget in (self._badge, self.update_button):
            widget.setVisible(bool(row.newer))
        self.offer_button = push_button(theme, self.tr("Offer to LM Studio"), small=True, parent=self)
        self.offer_button.setAccessibleName(self.tr("Offer {name} to LM Studio").format(name=row.name))
        self.offer_button.setToolTip(self.tr("LM Studio can load it then, too; it takes no more of the disk"))
        self.offer_button.clicked.connect(self.offer_requested)
        self.offer_button.setVisible(row.can_offer)
        self.folder_button = push_button(theme, self.tr("Show folder"), small=True, icon="folder", parent=self)
        self.folder_button.setAccessibleName(self.tr("Show folder of {name}").format(name=row.name))
        self.folder_button.clicked.connect(self.folder_requested)
        self.delete_button = push_button(theme, self.tr("Delete"), small=True, icon="trash", parent=self)
        self.delete_button.setAccessibleName(self.tr("Delete {name}").format(name=row.name))
        self.delete_button.clicked.connect(self.delete_requested)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        for widget in (self._name, self._facts, self._problem):
            texts.addWidget(widget)
        line = QHBoxLayout(self)
        line.setContentsMargins(px(12), px(8), px(12), px(8))
        line.setSpacing(px(8))
        line.addLayout(texts, 1)
        buttons = (self.update_button, self.offer_button, self.folder_button, self.delete_button)
        for widget in (self._badge, *buttons):
            line.addWidget(widget)


class FetchedPage(QWidget):
    """Signals:
    updates_requested(): ask the hub. update_requested(name), delete_requested(name), offer_requested(name): to
    LM Studio; folder_requested(path).
    """

    updates_requested = Signal()
    update_requested = Signal(str)
    delete_requested = Signal(str)
    offer_requested = Signal(str)
    folder_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[FetchedRow, ...] = ()
        self.lines: dict[str, FetchedLine] = {}
        px = theme.px
        self.look = push_button(theme, self.tr("Look for newer revisions"), parent=self)
        self.look.clicked.connect(self.updates_requested)
        self.words = text_label(theme, "", "body", "text2", wrap=True, parent=self)
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addWidget(self.words, 1)
        head.addWidget(self.look)
        self._frame = QFrame(self)
        self._frame.setProperty("card", True)
        self._list = QVBoxLayout(self._frame)
        self._list.setContentsMargins(1, 1, 1, 1)
        self._list.setSpacing(0)
        scroll = Column(theme, self)
        scroll.box.setContentsMargins(0, 0, 0, 0)
        scroll.box.addWidget(self._frame)
        scroll.box.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addWidget(scroll, 1)
        self.setFocusProxy(self.look)
        self._frame.hide()

    def show_rows(self, rows: Sequence[FetchedRow], words: str) -> None:
        """Take what there is; `words`: what came of the last act, "" for nothing."""
        count = self.tr("1 model") if len(rows) == 1 else self.tr("{n} models").format(n=len(rows))
        nothing = self.tr("Nothing has been fetched by this app yet.")
        self.words.setText(words or (count if rows else nothing))
        self.look.setEnabled(bool(rows))
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        for line in self.lines.values():
            pass_focus(line, self.look)
            self._list.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = {row.name: self._line(row) for row in rows}
        self._frame.setVisible(bool(rows))

    def _line(self, row: FetchedRow) -> FetchedLine:
        line = FetchedLine(self._theme, row, self._frame)
        line.update_requested.connect(lambda: self.update_requested.emit(row.name))
        line.delete_requested.connect(lambda: self.delete_requested.emit(row.name))
        line.offer_requested.connect(lambda: self.offer_requested.emit(row.name))
        line.folder_requested.connect(lambda: self.folder_requested.emit(row.folder))
        self._list.addWidget(line)
        line.show()  # else it comes only with the next turn of the loop, and the list flickers
        return line

    def show_busy(self, busy: bool) -> None:
        """The hub is being asked."""
        if busy:
            self.words.setText(self.tr("Asking the hub about each of them."))
