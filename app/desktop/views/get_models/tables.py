"""The two tables of “Get models”: repositories that were found, and the files of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.glyphs import paint_glyph
from app.desktop.mirror import Mirror
from app.desktop.models.fit_words import GLYPHS, TOKENS
from app.desktop.models.hub_rows import FileColumn, FileRow, FileTableModel, ResultColumn, ResultTableModel, Role
from app.desktop.views.settings.table_head import HEIGHT, Columns, LineDelegate, RowTable, draw_line

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 36
FILES_SHOWN = 8
RESULT_COLUMNS = Columns(
    widths={
        ResultColumn.PARAMETERS: 96,
        ResultColumn.CONTEXT: 80,
        ResultColumn.LICENCE: 120,
        ResultColumn.DOWNLOADS: 104,
        ResultColumn.NOTE: 176,
    },
    flexible=ResultColumn.REPOSITORY,
    least=260,
    leaves_first=(ResultColumn.DOWNLOADS, ResultColumn.CONTEXT, ResultColumn.NOTE, ResultColumn.LICENCE),
    right_aligned=frozenset({ResultColumn.PARAMETERS, ResultColumn.CONTEXT, ResultColumn.DOWNLOADS}),
)
FILE_COLUMNS = Columns(
    widths={
        FileColumn.QUANT: 104,
        FileColumn.SIZE: 88,
        FileColumn.FIT: 164,
        FileColumn.SPEED: 104,
        FileColumn.MEMORY: 96,
        FileColumn.WINDOW: 136,
    },
    flexible=FileColumn.FILE,
    least=180,
    leaves_first=(FileColumn.WINDOW, FileColumn.MEMORY, FileColumn.SPEED),
    right_aligned=frozenset({FileColumn.SIZE, FileColumn.SPEED, FileColumn.MEMORY, FileColumn.WINDOW}),
)
#: Where nothing that ran here tells of any file's speed.
WITHOUT_SPEED = replace(
    FILE_COLUMNS,
    widths={column: width for column, width in FILE_COLUMNS.widths.items() if column != FileColumn.SPEED},
    leaves_first=(FileColumn.WINDOW, FileColumn.MEMORY),
)
_Index = QModelIndex | QPersistentModelIndex


class _ResultRows(LineDelegate):
    columns, mono = RESULT_COLUMNS, -1


class _FileRows(LineDelegate):
    columns, mono = FILE_COLUMNS, FileColumn.FILE

    def paint_cell(self, painter: QPainter, rect: QRectF, index: _Index) -> None:
        row: FileRow = index.data(Role.ROW)
        if index.column() != FileColumn.FIT or not row.verdict:
            super().paint_cell(painter, rect, index)
            return
        theme, px = self.theme, self.theme.px
        mirror = Mirror(rect, painter.layoutDirection())
        paint_glyph(painter, theme, GLYPHS[row.verdict], mirror.point(QPointF(rect.left() + px(16), rect.center().y())))
        box = mirror.rect(rect.adjusted(px(28), 0, -px(8), 0))
        font, color = theme.font("body"), theme.color(TOKENS[row.verdict])
        draw_line(painter, box, row.fit, font, color, elide=Qt.TextElideMode.ElideRight)


class ResultsTable(RowTable):
    """Signals:
    opened(repository): by a click, or with Enter.
    """

    opened = Signal(str)

    def __init__(self, theme: Theme, model: ResultTableModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, _ResultRows, RESULT_COLUMNS, ROW, parent)
        self.setAccessibleName(self.tr("Repositories found"))
        self.clicked.connect(lambda index: self._open(index.row()))

    def _open(self, row: int) -> None:
        found = self.model().row_at(row)  # type: ignore[attr-defined]  # ResultTableModel
        if found is not None:
            self.opened.emit(found.repository)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex().row())
            return
        super().keyPressEvent(event)


class FilesTable(RowTable):
    """Signals:
    chosen(FileRow): a row was moved to, or None.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, model: FileTableModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, _FileRows, FILE_COLUMNS, ROW, parent)
        self._rows = model
        self.setAccessibleName(self.tr("Files of the repository"))
        self.selectionModel().currentRowChanged.connect(lambda current, _before: self._tell(current.row()))

    def choose(self, row: int) -> None:
        """Move to a row; to none below zero."""
        height = HEIGHT + ROW * min(max(1, self._rows.rowCount()), FILES_SHOWN)
        self.setFixedHeight(self.theme.px(height) + 2)
        has_speeds = any(self._rows.row_at(n).speed for n in range(self._rows.rowCount()))
        self.set_columns(FILE_COLUMNS if has_speeds else WITHOUT_SPEED)
        if row >= 0:
            self.selectRow(row)
            self.scrollTo(self._rows.index(row, 0))
        self._tell(row)

    def _tell(self, row: int) -> None:
        self.chosen.emit(self._rows.row_at(row))
