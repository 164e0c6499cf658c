"""The card of the first-run page that sets a local server up in one click, and shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.desktop.icons import set_icon_beside_text
from app.desktop.models.setup_rows import SetupFacts, SetupRow
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.state_light import StateLight

if TYPE_CHECKING:
    from app.desktop.theme import Theme


class SetupCard(QFrame):
    """Signals:
    acted(): its only button was pressed.
    """

    acted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts = SetupFacts()
        self._primary = False
        self._lines: dict[str, _StepLine] = {}
        self.setProperty("card", True)
        px = theme.px
        self._title = text_label(theme, "", "body-medium", parent=self)
        self._text = text_label(theme, "", "body", "text2", wrap=True, parent=self)
        self.button = push_button(theme, "", parent=self)
        self.button.setMinimumWidth(px(156))
        self.button.clicked.connect(self.acted)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addWidget(self._title)
        texts.addWidget(self._text)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(px(12))
        head.addLayout(texts, 1)
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._steps = QVBoxLayout()
        self._steps.setSpacing(px(6))
        column = QVBoxLayout(self)
        edge = px(12) + 1  # the frame's own line, as in the cards beside it
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addLayout(self._steps)
        self.hide()

    def buttons(self) -> list[QPushButton]:
        return [self.button] if self._facts.offered else []

    def show_facts(self, facts: SetupFacts, *, primary: bool) -> bool:
        """Take what is known now; True where it takes another height than before.

        `primary`: its button is the page's most useful one.
        """
        if facts == self._facts and primary == self._primary:
            return False
        changed = (facts.offered, len(facts.rows)) != (self._facts.offered, len(self._facts.rows))
        self._facts, self._primary = facts, primary
        self._title.setText(facts.title)
        self._text.setText(facts.text)
        self.button.setText(facts.button)
        self.button.setAccessibleDescription(facts.text)
        kind = "primary" if primary and not facts.busy else None
        icon = self._theme.icon("stop" if facts.busy else "play", "on-accent" if kind else "text")
        set_icon_beside_text(self.button, icon, self._theme)
        if kind != self.button.property("kind"):
            self.button.setProperty("kind", kind)
            self._theme.restyle(self.button)
        self._show_rows(facts.rows)
        self.setVisible(facts.offered)
        return changed

    def set_primary(self, primary: bool) -> None:
        """Whether its button is the page's most useful one; the rest stays as it is."""
        self.show_facts(self._facts, primary=primary)

    def _show_rows(self, rows: tuple[SetupRow, ...]) -> None:
        wanted = {row.key for row in rows}
        for key in [key for key in self._lines if key not in wanted]:
            line = self._lines.pop(key)
            self._steps.removeWidget(line)
            line.hide()
            line.deleteLater()
        for row in rows:
            if row.key not in self._lines:
                self._lines[row.key] = _StepLine(self._theme, self)
                self._steps.addWidget(self._lines[row.key])
                self._lines[row.key].show()
            self._lines[row.key].show_row(row)


class _StepLine(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self._light = StateLight(theme, self)
        self._text: QLabel = text_label(theme, "", "body", wrap=True, parent=self)
        self._text.setFont(theme.font("body", tabular=True))
        self._problem: QLabel = text_label(theme, "", "body", "error", wrap=True, parent=self)
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(self._text)
        texts.addWidget(self._problem)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self._light, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)

    def show_row(self, row: SetupRow) -> None:
        self._light.set_glyph(row.glyph)
        self._text.setText(row.text)
        self._problem.setText(row.problem)
        self._problem.setVisible(bool(row.problem))
