"""The two tables of Statistics; heads sort by a click, the list beside them by the keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QWidget

from app.desktop.models.statistics_tables import FigureTableModel, ModelColumn, PeriodColumn
from app.desktop.views.settings.table_head import HEIGHT, MARK, MARK_GAP, Columns, LineDelegate, RowTable, TableHead

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 36
#: More models than this scroll in their table; the times of one have all the height they need.
MOST_MODELS, MOST_TIMES = 8, 500
_M, _P = ModelColumn, PeriodColumn
MODEL_COLUMNS = Columns(
    widths={
        _M.RUNS: 88,
        _M.FAILED: 80,
        _M.TTFT: 104,
        _M.DECODE: 112,
        _M.PROMPT: 120,
        _M.TOKENS: 108,
        _M.COST: 136,
        _M.LAST_USED: 124,
    },
    flexible=_M.MODEL,
    least=220,
    leaves_first=(_M.PROMPT, _M.LAST_USED, _M.TOKENS, _M.FAILED, _M.TTFT, _M.COST),
    right_aligned=frozenset(_M) - {_M.MODEL},
)
PERIOD_COLUMNS = Columns(
    widths={
        _P.RUNS: 88,
        _P.FAILED: 80,
        _P.TTFT: 104,
        _P.DECODE: 112,
        _P.PROMPT: 120,
        _P.TOKENS_IN: 108,
        _P.TOKENS: 108,
        _P.COST: 136,
    },
    flexible=_P.PERIOD,
    least=160,
    leaves_first=(_P.TOKENS_IN, _P.PROMPT, _P.COST, _P.FAILED, _P.TTFT),
    right_aligned=frozenset(_P) - {_P.PERIOD},
)


class _ModelLines(LineDelegate):
    columns = MODEL_COLUMNS


class _PeriodLines(LineDelegate):
    columns = PERIOD_COLUMNS


class SortHead(TableHead):
    """Tells by a chevron which column the rows are sorted by.

    Signals:
        asked(column): its head was clicked.
    """

    asked = Signal(int)

    def __init__(
        self,
        theme: Theme,
        right_aligned: frozenset[int],
        insets: Mapping[int, int],
        model: FigureTableModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, right_aligned, insets, parent)
        self._rows = model
        self.setSectionsClickable(True)
        self.sectionClicked.connect(self.asked)

    def room_for(self, column: int) -> int:
        room = super().room_for(column)
        return room + self._theme.px(MARK + MARK_GAP) if room and column == self._rows.sort_column else room

    def paintSection(self, painter: QPainter, rect: QRect, logical_index: int) -> None:
        super().paintSection(painter, rect, logical_index)
        if logical_index != self._rows.sort_column:
            return
        theme, px = self._theme, self._theme.px
        text = str(self._rows.heads()[logical_index])
        wide = QFontMetrics(theme.font("caption-label")).horizontalAdvance(text)
        size = px(12)
        left = (
            rect.right() - px(12) - wide - size - px(2)
            if logical_index in self._right_aligned
            else (rect.left() + px(12) + wide + px(4))
        )
        name = "chevron-down" if self._rows.descending else "chevron-up"
        mark = theme.pixmap(name, "text3", size, self.devicePixelRatioF())
        spot = QRect(left, rect.center().y() - size // 2, size, size)
        painter.drawPixmap(QStyle.visualRect(self.layoutDirection(), rect, spot).topLeft(), mark)


class FigureTable(RowTable):
    """As high as its rows are, up to `most_rows` of them.

    Signals:
        chosen(key): another row was moved to.
    """

    chosen = Signal(object)

    def __init__(
        self,
        theme: Theme,
        model: FigureTableModel,
        columns: Columns,
        delegate: type[LineDelegate],
        most_rows: int,
        parent: QWidget | None = None,
    ) -> None:
        self._rows = model
        self._most_rows = most_rows
        super().__init__(theme, model, delegate, columns, ROW, parent)
        self._filling = False
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._fit)
        self._kept: tuple[str, str] | None = None
        self.selectionModel().currentRowChanged.connect(lambda current, _before: self._tell(current.row()))
        self._fit()

    def make_head(self, insets: Mapping[int, int]) -> TableHead:
        head = SortHead(self.theme, self._columns.right_aligned, insets, self._rows, self)
        head.asked.connect(self.sort_by)
        return head

    def sort_by(self, column: int, *, turn: bool = True) -> None:
        """By this column, largest first; once more turns the order round."""
        again = turn and column == self._rows.sort_column
        descending = not self._rows.descending if again else column != 0
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._rows.sort(column, order)

    def choose(self, key: tuple[str, str] | None) -> None:
        """Move to a row, without telling."""
        row = self._rows.row_of(key) if key is not None else -1
        self._filling = True
        if row >= 0:
            self.selectRow(row)
            self.scrollTo(self._rows.index(row, 0))
        self._filling = False

    def _remember(self) -> None:
        row = self._rows.row_at(self.currentIndex().row())
        self._kept = row.key if row is not None else None

    def _fit(self) -> None:
        rows = min(max(1, self._rows.rowCount()), self._most_rows)
        self.setFixedHeight(self.theme.px(HEIGHT) + rows * self.theme.px(ROW) + 2)
        self.choose(self._kept)

    def _tell(self, row: int) -> None:
        found = self._rows.row_at(row)
        if found is not None and not self._filling:
            self.chosen.emit(found.key)


class ModelTable(FigureTable):
    """All models of the time."""

    def __init__(self, theme: Theme, model: FigureTableModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, MODEL_COLUMNS, _ModelLines, MOST_MODELS, parent)
        self.setAccessibleName(self.tr("Figures of models"))


class PeriodTable(FigureTable):
    """The days, weeks or months of one model."""

    def __init__(self, theme: Theme, model: FigureTableModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, PERIOD_COLUMNS, _PeriodLines, MOST_TIMES, parent)
        self.setAccessibleName(self.tr("Figures by time"))
