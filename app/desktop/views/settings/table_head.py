"""The head of a table: names of the columns, aligned as their contents are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

if TYPE_CHECKING:
    from app.desktop.theme import Theme

HEIGHT = 30


class TableHead(QHeaderView):
    """Painted from tokens.

    Args:
        right_aligned: columns of numbers.
        insets: design pixels before the text, where a column's differs from 8; numbers end 12 before their edge.
    """

    def __init__(
        self,
        theme: Theme,
        right_aligned: frozenset[int],
        insets: Mapping[int, int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._right_aligned = right_aligned
        self._insets = dict(insets)
        self.setFixedHeight(theme.px(HEIGHT))
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(theme.px(24))

    def paintSection(self, painter: QPainter, rect: QRect, logical_index: int) -> None:
        theme, px = self._theme, self._theme.px
        painter.save()
        painter.fillRect(rect, theme.color("sunken"))
        line = theme.hairline(self.devicePixelRatioF())
        painter.fillRect(QRectF(rect.left(), rect.bottom() + 1 - line, rect.width(), line), theme.color("line"))
        painter.setFont(theme.font("caption-label"))
        painter.setPen(theme.color("text3"))
        right = logical_index in self._right_aligned
        box = rect.adjusted(px(self._insets.get(logical_index, 8)), 0, -px(12 if right else 8), 0)
        text = str(self.model().headerData(logical_index, Qt.Orientation.Horizontal))
        align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeading
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | align, text)
        painter.restore()


def prepare_table(table: QTableView, head: TableHead, row_height: int) -> None:
    """What the tables of Settings share: our head, rows of one height, whole rows chosen, no grid."""
    table.setHorizontalHeader(head)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(row_height)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.setShowGrid(False)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
    table.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setMouseTracking(True)
    table.setTabKeyNavigation(False)
