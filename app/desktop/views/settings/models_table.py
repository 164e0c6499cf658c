"""The table of local models, painted from tokens; columns leave from the least useful on as it gets narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.desktop.glyphs import ARC_STEPS, StateGlyph, paint_glyph
from app.desktop.models.model_table_model import Column, ModelTableModel, Role, TableRow
from app.desktop.motion import ARC_INTERVAL_MS
from app.desktop.views.settings.simulated_badge import badge_width, paint_simulated
from app.desktop.views.settings.table_head import (
    HEIGHT,
    RowDelegate,
    TableHead,
    draw_line,
    paint_ground,
    prepare_table,
)

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 44
#: Width in design pixels of every column but the first, which takes the rest.
WIDTHS = {
    Column.RUNTIME: 120,
    Column.STATE: 148,
    Column.QUANT: 88,
    Column.SIZE: 88,
    Column.CONTEXT: 120,
    Column.SPEED: 108,
}
NAME_LEAST = 200
#: What leaves first when it gets narrow.
LEAVES_FIRST = (Column.RUNTIME, Column.SPEED, Column.SIZE, Column.QUANT, Column.CONTEXT)
RIGHT_ALIGNED: frozenset[int] = frozenset({Column.SIZE, Column.CONTEXT, Column.SPEED})
STATE_TOKENS = {StateGlyph.LOADED: "ok", StateGlyph.BUSY: "accent", StateGlyph.GONE: "text3"}
#: So many rows are always on show; more only where the pane has room.
LEAST_ROWS = 12
_Index = QModelIndex | QPersistentModelIndex


class TableDelegate(RowDelegate):
    """Two lines in the first column, one in the others; hairlines between rows."""

    def __init__(self, theme: Theme, row_height: int, parent: QObject | None = None) -> None:
        super().__init__(theme, row_height, parent)
        self.step = 0

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = self.theme
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row: TableRow = index.data(Role.ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if state & QStyle.StateFlag.State_MouseOver and not selected:
            painter.fillRect(rect, theme.color("hover"))
        paint_ground(painter, theme, rect, selected=selected, last=index.row() == index.model().rowCount() - 1)
        if index.column() == Column.MODEL:
            self._paint_model(painter, row, QRectF(rect))
        else:
            self._paint_text(painter, row, Column(index.column()), QRectF(rect))
        painter.restore()

    def _paint_model(self, painter: QPainter, row: TableRow, rect: QRectF) -> None:
        theme, px = self.theme, self.theme.px
        paint_glyph(painter, theme, row.glyph, QPointF(rect.left() + px(16), rect.center().y()), self.step)
        box = rect.adjusted(px(36), px(5), -px(8), -px(5))
        font = theme.font("body-medium")
        metrics = QFontMetrics(font)
        badge = badge_width(theme) + px(8) if row.simulated else 0
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, max(px(40), int(box.width()) - badge))
        painter.setFont(font)
        painter.setPen(theme.color("text" if row.available else "text3"))
        upper = QRectF(box.left(), box.top(), box.width(), theme.line_height("body"))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, name)
        if badge:
            paint_simulated(painter, theme, upper, box.left() + metrics.horizontalAdvance(name) + px(8))
        mono = theme.font("mono-small")
        painter.setFont(mono)
        painter.setPen(theme.color("text3"))
        shown = QFontMetrics(mono).elidedText(row.model, Qt.TextElideMode.ElideMiddle, int(box.width()))
        lower = QRectF(box.left(), upper.bottom(), box.width(), theme.line_height("mono-small"))
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, shown)

    def _paint_text(self, painter: QPainter, row: TableRow, column: Column, rect: QRectF) -> None:
        theme, px = self.theme, self.theme.px
        token = STATE_TOKENS.get(row.glyph, "text2") if column is Column.STATE else "text2"
        font = theme.font("mono") if column is Column.QUANT else theme.font("body", tabular=True)
        right = column in RIGHT_ALIGNED
        box = rect.adjusted(px(8), 0, -px(12 if right else 8), 0)
        color, elide = theme.color(token if row.available else "text3"), Qt.TextElideMode.ElideRight
        draw_line(painter, box, row.text(column), font, color, right=right, elide=elide)


class ModelsTable(QTableView):
    """The list of models in Local Models."""

    def __init__(self, theme: Theme, model: ModelTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = model
        self.setModel(model)
        self.setAccessibleName(self.tr("Local models"))
        self._delegate = TableDelegate(theme, ROW, self)
        self.setItemDelegate(self._delegate)
        prepare_table(self, TableHead(theme, RIGHT_ALIGNED, {Column.MODEL: 36}, self), theme.px(ROW))
        self._busy_timer = QTimer(self, interval=ARC_INTERVAL_MS)
        self._busy_timer.timeout.connect(self._turn)
        model.modelReset.connect(self._on_rows_changed)
        model.dataChanged.connect(self._on_rows_changed)
        self._on_rows_changed()

    def visible_columns(self) -> list[Column]:
        """Columns that have facts and room."""
        px = self._theme.px
        shown = [column for column in Column if column in self._rows.known_columns()]
        room = self.viewport().width() or self.width()
        for column in LEAVES_FIRST:
            needed = px(NAME_LEAST) + sum(px(WIDTHS[c]) for c in shown if c is not Column.MODEL)
            if needed <= room:
                break
            if column in shown:
                shown.remove(column)
        return shown

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_columns()

    def _place_columns(self) -> None:
        px = self._theme.px
        shown = self.visible_columns()
        rest = self.viewport().width() - sum(px(WIDTHS[c]) for c in shown if c is not Column.MODEL)
        for column in Column:
            self.setColumnHidden(column, column not in shown)
            if column in shown:
                self.setColumnWidth(column, max(px(80), rest) if column is Column.MODEL else px(WIDTHS[column]))

    def _on_rows_changed(self) -> None:
        px = self._theme.px
        rows = self._rows.rowCount()
        self.setMinimumHeight(px(HEIGHT) + px(ROW) * min(max(rows, 1), LEAST_ROWS))
        self.setMaximumHeight(px(HEIGHT) + px(ROW) * max(rows, 1))
        self._place_columns()
        busy = any(row.glyph is StateGlyph.BUSY for row in self._rows.all_rows)
        if busy and not self._theme.reduced_motion:
            self._busy_timer.start()
        else:
            self._busy_timer.stop()

    def _turn(self) -> None:
        if self.isVisible():
            self._delegate.step = (self._delegate.step + 1) % ARC_STEPS
            self.viewport().update()
