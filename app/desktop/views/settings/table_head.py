"""What the tables of Settings share: a head aligned as its columns are, rows, columns that find room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from app.desktop.mirror import Mirror, draw_line_of_text
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.desktop.theme import Theme

HEIGHT = 30
#: The chevron of the sorted column, and what keeps it from the text.
MARK, MARK_GAP = 12, 2


class TableHead(QHeaderView):
    """Painted from tokens.

    Args:
        right_aligned: columns of numbers.
        insets: design pixels before the text, where a column's differs from 8; numbers end 12 before their edge.
        order: by which column the rows are sorted, and whether from the last to the first; None: none can be chosen.
    """

    def __init__(
        self,
        theme: Theme,
        right_aligned: frozenset[int],
        insets: Mapping[int, int],
        parent: QWidget | None = None,
        *,
        order: Callable[[], tuple[int, bool] | None] | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._right_aligned = right_aligned
        self._insets = dict(insets)
        self.setFixedHeight(theme.px(HEIGHT))
        self._order = order
        self.setSectionsClickable(order is not None)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(theme.px(24))

    def room_for(self, column: int) -> int:
        """How wide a column has to be for its head not to be cut, whatever the language."""
        px = self._theme.px
        text = str(self.model().headerData(column, Qt.Orientation.Horizontal) or "")
        sides = px(self._insets.get(column, 8)) + px(12 if column in self._right_aligned else 8)
        order = self._order() if self._order is not None else None
        mark = px(MARK + MARK_GAP) if order is not None and order[0] == column else 0
        return QFontMetrics(self._theme.font("caption-label")).horizontalAdvance(text) + sides + mark if text else 0

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
        box = QStyle.visualRect(self.layoutDirection(), rect, box)
        text = str(self.model().headerData(logical_index, Qt.Orientation.Horizontal))
        align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeading
        order = self._order() if self._order is not None else None
        if order is None or order[0] != logical_index:
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | align, text)
        else:
            self._paint_sorted(painter, box, text, right=right, descending=order[1])
        painter.restore()

    def _paint_sorted(self, painter: QPainter, box: QRect, text: str, *, right: bool, descending: bool) -> None:
        """The text with a chevron at its inner side."""
        theme, px = self._theme, self._theme.px
        size, gap = px(MARK), px(MARK_GAP)
        painter.setPen(theme.color("text"))
        width = QFontMetrics(painter.font()).horizontalAdvance(text)
        start = box.right() + 1 - width if right else box.left()
        mark = start - size - gap if right else start + width + gap
        pixmap = theme.pixmap("chevron-down" if descending else "chevron-up", "text", size, self.devicePixelRatioF())
        words = QStyle.visualRect(self.layoutDirection(), box, QRect(start, box.top(), width, box.height()))
        spot = QRect(mark, box.top() + (box.height() - size) // 2, size, size)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.drawPixmap(QStyle.visualRect(self.layoutDirection(), box, spot).topLeft(), pixmap)


class RowDelegate(QStyledItemDelegate):
    """What paints the rows of such a table; `row_height` in design pixels."""

    def __init__(self, theme: Theme, row_height: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._row_height = row_height

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self.theme.px(40), self.theme.px(self._row_height))


def draw_line(
    painter: QPainter,
    box: QRectF,
    text: str,
    font: QFont,
    color: QColor,
    *,
    right: bool = False,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    room: int | None = None,
) -> float:
    """One line of text in a cell, elided to `room` or the box; returns how wide it came out. `right`: at the cell's
    end, which is the left one where the painter goes from right to left."""
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, elide, int(box.width()) if room is None else room)
    painter.setFont(font)
    painter.setPen(color)
    draw_line_of_text(painter, box, shown, right=right != (painter.layoutDirection() == Qt.LayoutDirection.RightToLeft))
    return metrics.horizontalAdvance(shown)


class LineDelegate(RowDelegate):
    """Rows of one line; subclasses say which columns there are, and may paint a cell otherwise. `mono`: the column of
    a file or an id, -1 for none."""

    columns: Columns
    mono: int = -1

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = self.theme
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        last = index.row() == index.model().rowCount() - 1
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_MouseOver and not selected:
            painter.fillRect(option.rect, theme.color("hover"))
        paint_ground(painter, theme, option.rect, selected=selected, last=last)
        self.paint_cell(painter, QRectF(option.rect), index)
        painter.restore()

    def paint_cell(self, painter: QPainter, rect: QRectF, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, px = self.theme, self.theme.px
        right = index.column() in self.columns.right_aligned
        box = Mirror(rect, painter.layoutDirection()).rect(rect.adjusted(px(12), 0, -px(12 if right else 8), 0))
        color = theme.color("text" if index.column() == 0 else "text2")
        is_mono = index.column() == self.mono
        font = theme.font("mono-small") if is_mono else theme.font("body", tabular=True)
        elide = Qt.TextElideMode.ElideMiddle if is_mono else Qt.TextElideMode.ElideRight
        draw_line(painter, box, str(index.data()), font, color, right=right, elide=elide)


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of a table find room, as `place_columns` has it; those of numbers end at the right."""

    widths: Mapping[int, int]
    flexible: int
    least: int
    leaves_first: Sequence[int]
    right_aligned: frozenset[int] = frozenset()


class RowTable(QTableView):
    """A table of one-line rows; `row_height` in design pixels."""

    def __init__(
        self,
        theme: Theme,
        model: QAbstractItemModel,
        delegate: type[RowDelegate],
        columns: Columns,
        row_height: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self._columns = columns
        self.setModel(model)
        self.setItemDelegate(delegate(theme, row_height, self))
        prepare_table(self, self.make_head(dict.fromkeys(range(model.columnCount()), 12)), theme.px(row_height))

    def make_head(self, insets: Mapping[int, int]) -> TableHead:
        """Called once, when the model is there."""
        return TableHead(self.theme, self._columns.right_aligned, insets, self)

    def set_columns(self, columns: Columns) -> None:
        """Show only the columns of these; the model keeps the others."""
        self._columns = columns
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        c, head = self._columns, self.horizontalHeader()
        assert isinstance(head, TableHead)
        widths = {column: max(self.theme.px(width), head.room_for(column)) for column, width in c.widths.items()}
        place_columns(self, widths, c.flexible, self.theme.px(c.least), c.leaves_first)


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


def paint_ground(painter: QPainter, theme: Theme, rect: QRect, *, selected: bool, last: bool = False) -> float:
    """The fill of a chosen cell and the hairline under it; returns the device's pixel ratio.

    Args:
        last: the frame of the table closes this row.
    """
    if selected:
        painter.fillRect(rect, theme.color("selected"))
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    if not last:
        hair = theme.hairline(ratio)
        painter.fillRect(QRectF(rect.left(), rect.bottom() + 1 - hair, rect.width(), hair), theme.color("line"))
    return ratio


def place_columns(
    table: QTableView, widths: Mapping[int, int], flexible: int, least: int, leaves_first: Sequence[int]
) -> None:
    """Give the flexible column what the others leave; where that is too little, columns leave in their order.

    Args:
        widths: pixels of every column but the flexible one, which gets at least `least`.
    """
    shown = dict(widths)
    room = table.viewport().width()
    for column in leaves_first:
        if least + sum(shown.values()) <= room:
            break
        del shown[column]
    rest = room - sum(shown.values())
    for column in range(table.model().columnCount()):
        table.setColumnHidden(column, column != flexible and column not in shown)
        table.setColumnWidth(column, widths[column] if column in widths else max(least // 2, rest))
