"""The table of Settings, About: every package with its version and licence, and a field to find one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QStyle, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.desktop.models.library_table_model import Column, LibraryTableModel
from app.desktop.views.search_field import filter_field
from app.desktop.views.settings.controls import leading, text_label
from app.desktop.views.settings.table_head import HEIGHT, Columns, RowDelegate, RowTable, draw_line, paint_ground

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 32
ROWS_SHOWN = 10
COLUMNS = Columns(
    widths={Column.VERSION: 120, Column.LICENCE: 260}, flexible=Column.NAME, least=160, leaves_first=(Column.VERSION,)
)
_Index = QModelIndex | QPersistentModelIndex


class LibraryDelegate(RowDelegate):
    """Rows of one line."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, px = self.theme, self.theme.px
        state: QStyle.StateFlag = option.state
        last = index.row() == index.model().rowCount() - 1
        painter.save()
        paint_ground(painter, theme, option.rect, selected=bool(state & QStyle.StateFlag.State_Selected), last=last)
        box = QRectF(option.rect).adjusted(px(12), 0, -px(8), 0)
        color = theme.color("text" if index.column() == Column.NAME else "text2")
        font, elide = theme.font("body", tabular=True), Qt.TextElideMode.ElideRight
        draw_line(painter, box, str(index.data()), font, color, elide=elide)
        painter.restore()


class LibrariesTable(QWidget):
    """`is_filled` once the packages have been read."""

    def __init__(self, theme: Theme, model: LibraryTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._model = theme, model
        self.filter = filter_field(theme, self.tr("Filter libraries"), 280, model.set_filter, self)
        self._frame = QFrame(self)
        self._frame.setProperty("card", True)
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(1, 1, 1, 1)
        self.table = RowTable(theme, model, LibraryDelegate, COLUMNS, ROW, self._frame)
        self.table.setAccessibleName(self.tr("Libraries"))
        inner.addWidget(self.table)
        self._note = text_label(theme, "", "body", "text3", parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        column.addLayout(leading(self.filter))
        column.addWidget(self._frame)
        column.addWidget(self._note)
        model.modelReset.connect(self._show)
        self._show()

    @property
    def is_filled(self) -> bool:
        return self._model.total > 0

    def _show(self) -> None:
        rows = self._model.rowCount()
        self._frame.setVisible(rows > 0)
        self._note.setVisible(rows == 0)
        nothing = self.tr("Nothing found for “{q}”.").format(q=self.filter.text())
        self._note.setText(nothing if self.is_filled else self.tr("Loading…"))
        self.table.setFixedHeight(self._theme.px(HEIGHT + min(rows, ROWS_SHOWN) * ROW))
