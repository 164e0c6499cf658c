"""Two versions of an answer in one text: what only the first has is struck out, what only the second has underlined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.desktop.views.ledger.dialog import MOST_SHOWN, LedgerDialog, shown
from app.desktop.views.settings.controls import ChoiceBox, text_label
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: A kind ("same", "removed", "added") and its text.
Pieces = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an answer, and how it is called: "2 · Qwen3 Coder · 14:31"."""

    message_id: int
    label: str


class DifferenceDialog(LedgerDialog):
    """Signals:
    chosen(first, second): ids of the versions to compare.
    """

    chosen = Signal(int, int)

    def __init__(self, theme: Theme, versions: Sequence[Version], first: int, second: int, parent: QWidget) -> None:
        super().__init__(theme, QCoreApplication.translate("DifferenceDialog", "Compare versions"), parent)
        self._first = self._picker(self.tr("First version"), versions, first)
        self._second = self._picker(self.tr("Second version"), versions, second)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self._first, 1)
        row.addWidget(text_label(theme, self.tr("against"), "body", "text2", parent=self))
        row.addWidget(self._second, 1)
        self.column.addLayout(row)
        self._summary = text_label(theme, "", "small", "text2", parent=self, wrap=True)
        self.column.addWidget(self._summary)
        self.text = self.add_text(self.tr("Differences"))
        self.add_buttons()
        self._first.activated.connect(self._ask)
        self._second.activated.connect(self._ask)

    def versions(self) -> tuple[int, int]:
        return self._first.currentData(), self._second.currentData()

    def show_pieces(self, pieces: Pieces) -> None:
        """Fill the text; the pieces are those of the versions that are chosen now."""
        theme = self.theme
        formats = {"same": QTextCharFormat(), "removed": QTextCharFormat(), "added": QTextCharFormat()}
        formats["removed"].setBackground(theme.color("del-bg"))
        formats["removed"].setFontStrikeOut(True)
        formats["added"].setBackground(theme.color("add-bg"))
        formats["added"].setFontUnderline(True)
        self.text.clear()
        cursor = QTextCursor(self.text.document())
        cursor.beginEditBlock()
        left = MOST_SHOWN
        for kind, text in pieces:
            cursor.insertText(shown(text[:left]), formats[kind])
            left -= len(text)
            if left <= 0:
                break
        cursor.endEditBlock()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        self._summary.setText(self._summed_up(pieces, cut=left <= 0))

    def _summed_up(self, pieces: Pieces, *, cut: bool) -> str:
        gone, new = (sum(len(text.split()) for of, text in pieces if of == kind) for kind in ("removed", "added"))
        if not gone and not new:
            return self.tr("Both say the same.")
        text = self.tr("Struck out: {gone} words only in the first. Underlined: {new} words only in the second.")
        text = text.format(gone=self.locale().toString(gone), new=self.locale().toString(new))
        return f"{text} {self.tr('Only the beginning is shown.')}" if cut else text

    def _picker(self, name: str, versions: Sequence[Version], chosen: int) -> ChoiceBox:
        picker = ChoiceBox(self.theme, self)
        picker.setAccessibleName(name)
        picker.setFont(self.theme.font("body"))
        picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for version in versions:
            picker.addItem(version.label, version.message_id)
        picker.setCurrentIndex(max(0, picker.findData(chosen)))
        return picker

    def _ask(self) -> None:
        self.chosen.emit(*self.versions())
