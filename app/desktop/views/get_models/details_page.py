"""One repository: what it tells, its files with what fits, who can fetch them, and what its maker says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.desktop.models.hub_rows import FileRow, FileTableModel, RepositoryFacts
from app.desktop.models.transcript_model import TranscriptMessage, TranscriptModel, estimate_lines, packed_size
from app.desktop.views.focus import pass_focus
from app.desktop.views.get_models.tables import FilesTable
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.transcript.view import TranscriptView
from app.desktop.views.wrap_row import WrapRow

if TYPE_CHECKING:
    from app.desktop.theme import Theme

CARD_LEAST = 160


class DetailsPage(QWidget):
    """Signals:
    back_requested().
    fetch_requested(backend, path of the file's row, name as the backend takes it).
    link_activated(address): of the maker's text.
    """

    back_requested = Signal()
    fetch_requested = Signal(str, str, str)
    link_activated = Signal(str)

    def __init__(self, theme: Theme, model: FileTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self._facts: RepositoryFacts | None = None
        self._path = ""
        px = theme.px
        self.back = push_button(theme, self.tr("Results"), small=True, icon="chevron-left", parent=self)
        self.back.setAccessibleName(self.tr("Back to the results"))
        self.back.clicked.connect(self.back_requested)
        self.title = text_label(theme, "", "section", parent=self)
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addWidget(self.back)
        head.addWidget(self.title, 1)
        self.facts = text_label(theme, "", "body", "text2", wrap=True, parent=self)
        self.notes = text_label(theme, "", "small", "warn", wrap=True, parent=self)
        self._frame = QFrame(self)
        self._frame.setProperty("card", True)
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(1, 1, 1, 1)
        self.table = FilesTable(theme, model, self._frame)
        self.table.chosen.connect(self._show_ways)
        inner.addWidget(self.table)
        self._host = QWidget(self)
        self.buttons: list[QPushButton] = []
        self._ways = QVBoxLayout()
        self._ways.addWidget(self._host)
        self.why_not = text_label(theme, "", "small", "text2", wrap=True, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(self.facts)
        column.addWidget(self.notes)
        column.addWidget(self._frame)
        column.addLayout(self._ways)
        column.addWidget(self.why_not)
        column.addWidget(self._make_card(), 1)
        self.setFocusProxy(self.table)

    def _make_card(self) -> QWidget:
        self._page = TranscriptModel(self)
        self.card = TranscriptView(self._theme, self._page, self)
        self.card.leads = True
        self.card.setAccessibleName(self.tr("What its maker says"))
        self.card.setMinimumHeight(self._theme.px(CARD_LEAST))
        self.card.link_activated.connect(self.link_activated)
        return self.card

    def show_facts(self, facts: RepositoryFacts) -> None:
        """Take a repository, or the same one anew: then the row stays that was chosen."""
        if facts == self._facts:
            return
        is_new = self._facts is None or facts.name != self._facts.name
        before = self.table.currentIndex().row()
        self._facts = facts
        self.title.setText(facts.name)
        self.facts.setText(facts.facts)
        self.notes.setText("\n".join(facts.notes))
        self.notes.setVisible(bool(facts.notes))
        self._frame.setVisible(bool(facts.files))
        self._model.set_rows(facts.files)
        self.table.choose(facts.chosen if is_new else before)
        if is_new:
            self._show_card(facts)

    def _show_card(self, facts: RepositoryFacts) -> None:
        text = facts.card or self.tr("Its maker says nothing about it.")
        message = TranscriptMessage(0, "assistant", self.tr("Model card"), facts.name, "", text, alone=True)
        self._page.reset([packed_size("assistant", estimate_lines(text))], {0: message})
        self.card.verticalScrollBar().setValue(0)

    # -- fetching

    def _show_ways(self, row: FileRow | None) -> None:
        """A button for each program that can take the file; why the others cannot."""
        self._path = row.path if row is not None else ""
        ways = row.ways if row is not None else ()
        host, line = QWidget(self), WrapRow(self._theme.px(8))
        line.setContentsMargins(0, 0, 0, 0)
        self.buttons = []
        for way in ways:
            if way.reason:
                continue
            kind = "" if self.buttons else "primary"
            button = push_button(self._theme, way.label, kind=kind, icon="download", parent=host)
            button.setAccessibleDescription(way.name)
            button.clicked.connect(
                lambda _checked=False, way=way: self.fetch_requested.emit(way.backend, self._path, way.name)
            )
            self.buttons.append(button)
            line.addWidget(button)
        host.setLayout(line)
        before, self._host = self._host, host
        self._ways.replaceWidget(before, host)
        host.setVisible(bool(self.buttons))
        pass_focus(before, *self.buttons, self.table)
        before.hide()
        before.deleteLater()
        reasons = [f"{way.product}: {way.reason}" for way in ways if way.reason]
        self.why_not.setText(" ".join(reasons))
        self.why_not.setVisible(bool(reasons))

    def release(self) -> None:
        """Before the window is destroyed."""
        self.card.release()
