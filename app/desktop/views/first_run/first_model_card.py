"""The card of the first-run page from which a small model for the built-in engine is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.glyphs import StateGlyph
from app.desktop.models.first_run_rows import FirstModelFacts
from app.desktop.views.download_line import DownloadLines
from app.desktop.views.first_run.place_line import BUTTON, PlaceLine
from app.desktop.views.focus import pass_focus
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme

NAME = 148


class FirstModelCard(QFrame):
    """Signals:
    look_requested(): ask the hub. fetch_requested(key of the row).
    download_acted(key, action): a button of a download. more_requested(): other models than these.
    """

    look_requested = Signal()
    fetch_requested = Signal(str)
    download_acted = Signal(str, str)
    more_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts = FirstModelFacts()
        self._primary = False
        self._lines: dict[str, PlaceLine] = {}
        self.setProperty("card", True)
        px = theme.px
        self._light = StateLight(theme, self)
        self._title = text_label(theme, self.tr("A small coder model"), "body-medium", parent=self)
        self._text = text_label(theme, "", "body", "text2", wrap=True, parent=self)
        self._problem = text_label(theme, "", "body", "error", wrap=True, parent=self)
        self.look = push_button(theme, "", parent=self)
        self.look.setMinimumWidth(px(BUTTON))
        self.look.clicked.connect(self._on_look)
        self.more = push_button(theme, self.tr("Other models…"), kind="link", parent=self)
        self.more.clicked.connect(self.more_requested)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        for label in (self._title, self._text, self._problem):
            texts.addWidget(label)
        texts.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeading)
        head = QHBoxLayout()
        head.setContentsMargins(px(12), px(12), px(12), px(12))
        head.setSpacing(px(8))
        head.addWidget(self._light)
        head.addLayout(texts, 1)
        head.addWidget(self.look)
        self._places = QVBoxLayout()
        self._places.setSpacing(0)
        self.downloads = DownloadLines(theme, self)
        self.downloads.acted.connect(self.download_acted)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.downloads)
        column.addLayout(self._places)
        self.hide()

    def buttons(self) -> list[QWidget]:
        """From top to bottom, for the tab order."""
        of_downloads = [button for line in self.downloads.lines.values() for button in line.buttons.values()]
        return [self.more, self.look, *of_downloads, *(line.button for line in self._lines.values())]

    def show_facts(self, facts: FirstModelFacts, *, primary: bool, narrow: bool) -> bool:
        """Take what is known now; True when there are other buttons than before.

        `primary`: its most useful button is the page's, too.
        """
        if facts == self._facts and primary == self._primary:
            return False
        before = self.buttons()
        self._facts, self._primary = facts, primary
        self._light.setVisible(facts.busy)
        self._text.setText(facts.text)
        self._problem.setText(facts.problem)
        self._problem.setVisible(bool(facts.problem))
        self.downloads.show_downloads(facts.downloads)
        self._show_rows(facts, narrow=narrow)
        self.look.setText(facts.button)
        self.look.setAccessibleDescription(facts.text)
        if not facts.button:
            pass_focus(self.look, *(line.button for line in self._lines.values()), *self.buttons())
        self.look.setVisible(bool(facts.button))
        kind = "primary" if primary and facts.button and not facts.rows else None
        if kind != self.look.property("kind"):
            self.look.setProperty("kind", kind)
            self._theme.restyle(self.look)
        self._light.set_glyph(StateGlyph.BUSY if facts.busy else StateGlyph.IDLE)
        self.setVisible(facts.offered)
        return before != self.buttons()

    def _show_rows(self, facts: FirstModelFacts, *, narrow: bool) -> None:
        keys = [row.key for row in facts.rows]
        for key in [key for key in self._lines if key not in keys]:
            line = self._lines.pop(key)
            pass_focus(line, *self.buttons())
            self._places.removeWidget(line)
            line.hide()
            line.deleteLater()
        first = next((row.key for row in facts.rows if row.button), "")
        for row in facts.rows:
            if row.key not in self._lines:
                line = PlaceLine(self._theme, first=False, name_width=NAME, parent=self)
                line.acted.connect(lambda _action, key=row.key: self.fetch_requested.emit(key))
                line.set_narrow(narrow)
                self._lines[row.key] = line
                self._places.addWidget(line)
                line.show()
            self._lines[row.key].show_row(row, primary=self._primary and row.key == first and not facts.downloads)

    def set_narrow(self, narrow: bool) -> None:
        """Where there is little room names give way."""
        for line in self._lines.values():
            line.set_narrow(narrow)

    def _on_look(self) -> None:
        if not self._facts.busy:
            self.look_requested.emit()
