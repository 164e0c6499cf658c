"""The table of local models, painted from tokens; columns leave from the least useful on as it gets narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QMenu,
    QTableView,
    QWidget,
)

from app.desktop.glyphs import ARC_STEPS, StateGlyph
from app.desktop.models.load_facts import TIMES_S, time_words
from app.desktop.models.model_table_model import Action, Column, ModelTableModel, Role, TableRow, action_words
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.motion import ARC_INTERVAL_MS
from app.desktop.views.settings.model_row_delegate import RIGHT_ALIGNED, TableDelegate
from app.desktop.views.settings.table_head import (
    HEIGHT,
    TableHead,
    prepare_table,
)

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 44
#: Width in design pixels of every column but the first, which takes the rest.
WIDTHS = {
    Column.RUNTIME: 108,
    Column.STATE: 128,
    Column.QUANT: 84,
    Column.SIZE: 80,
    Column.CONTEXT: 116,
    Column.SPEED: 108,
    Column.MEMORY: 88,
    Column.USED: 96,
    Column.ACTION: 92,
}
NAME_LEAST = 200
#: Of the button that acts on a model: what its cell and its frame leave free around its words.
BUTTON_SIDES = 36
#: What leaves first when it gets narrow.
LEAVES_FIRST = (
    *(
        Column.USED,
        Column.RUNTIME,
        Column.MEMORY,
        Column.SPEED,
        Column.ACTION,
        Column.SIZE,
        Column.QUANT,
        Column.CONTEXT,
    ),
)
#: So many rows are always on show; more only where the pane has room.
LEAST_ROWS = 12
_Index = QModelIndex | QPersistentModelIndex


class ModelsTable(QTableView):
    """The list of models in Local Models. Enter, a double click and the button do what the row offers.

    Signals:
        acted(row): of a `TableRow` that offers an action.
        options_requested(row): load it, or load it anew, with options.
        keep_requested(row, seconds): it stays in memory so long.
        folder_requested(row), delete_requested(row): of its files.
    """

    acted = Signal(object)
    options_requested = Signal(object)
    keep_requested = Signal(object, float)
    folder_requested = Signal(object)
    delete_requested = Signal(object)

    def __init__(self, theme: Theme, model: ModelTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = model
        self.setModel(model)
        self.setAccessibleName(self.tr("Local models"))
        self._delegate = TableDelegate(theme, ROW, self)
        self.setItemDelegate(self._delegate)
        head = TableHead(theme, RIGHT_ALIGNED, {Column.MODEL: 36}, self, order=lambda: model.order)
        prepare_table(self, head, theme.px(ROW))
        head.sectionClicked.connect(self._on_head)
        self._chosen: tuple[str, str] | None = None
        self._busy_timer = QTimer(self, interval=ARC_INTERVAL_MS)
        self._busy_timer.timeout.connect(self._turn)
        model.modelReset.connect(self._on_rows_changed)
        model.modelReset.connect(self._keep_chosen)
        model.dataChanged.connect(self._on_rows_changed)
        self._on_rows_changed()

    # -- acting

    def row_at(self, number: int) -> TableRow | None:
        found = self._rows.index(number, 0).data(Role.ROW) if 0 <= number < self._rows.rowCount() else None
        return found if isinstance(found, TableRow) else None

    def button_of(self, row: int) -> QRect:
        """Where the button of a row is, inside the viewport; under the name where its column has no room."""
        column = Column.ACTION if not self.isColumnHidden(Column.ACTION) else Column.MODEL
        rect = self.visualRect(self._rows.index(row, column))
        return self._delegate.button_rect(rect) if column is Column.ACTION else rect

    def show_row(self, key: tuple[str, str]) -> int:
        """Choose the row of this (server, model) and bring it into view; its number, -1 where it is not shown."""
        for number in range(self._rows.rowCount()):
            row = self.row_at(number)
            if row is not None and row.key == key:
                self.selectRow(number)
                self.scrollTo(self._rows.index(number, 0))
                return number
        return -1

    def _act(self, number: int) -> None:
        row = self.row_at(number)
        if row is not None and row.action is not None:
            self.acted.emit(row)

    def _button_at(self, place: QPoint) -> int:
        """The row whose button is there, -1 for none."""
        index = self.indexAt(place)
        if index.column() != Column.ACTION or not self.button_of(index.row()).contains(place):
            return -1
        row = self.row_at(index.row())
        return index.row() if row is not None and row.action is not None else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._show_button(pressed=self._button_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed = self._delegate.pressed
        self._show_button(pressed=-1)
        if pressed >= 0 and self._button_at(event.position().toPoint()) == pressed:
            self._act(pressed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._button_at(place) >= 0:  # two quick clicks on a button are two clicks
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)
        row = self.row_at(self.indexAt(place).row())
        if row is not None and row.action is Action.LOAD:
            self.acted.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._show_button(hovered=self._button_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_button(hovered=-1)

    def _show_button(self, *, pressed: int | None = None, hovered: int | None = None) -> None:
        before = (self._delegate.pressed, self._delegate.hovered)
        self._delegate.pressed = before[0] if pressed is None else pressed
        self._delegate.hovered = before[1] if hovered is None else hovered
        if before != (self._delegate.pressed, self._delegate.hovered):
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._act(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    # -- its menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_keys else self.indexAt(event.pos())
        row = self.row_at(index.row()) if index.isValid() else None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row is not None and row.action is not None:
            self._add_row_actions(menu, row)
        if row is not None:
            self._add_file_actions(menu, row)
        self._add_order(menu.addMenu(self.tr("Sort by")))
        place = self.visualRect(index).center() if by_keys and index.isValid() else event.pos()
        menu.popup(self.viewport().mapToGlobal(place))

    def _add_row_actions(self, menu: QMenu, row: TableRow) -> None:
        menu.addAction(action_words(row.action)).triggered.connect(lambda: self.acted.emit(row))
        if row.action is Action.UNLOAD:
            anew = menu.addAction(self.tr("Load anew with other options…"))
            anew.triggered.connect(lambda: self.options_requested.emit(row))
            keep = menu.addMenu(self.tr("Keep in memory"))
            for seconds in TIMES_S:
                self._add_time(keep, row, time_words(seconds), seconds)
            self._add_time(keep, row, self.tr("Until it is unloaded"), float("inf"))
            keep.setEnabled(row.can_keep)
            keep.menuAction().setToolTip(plain_tooltip(row.keep_fixed))
            menu.setToolTipsVisible(True)
        menu.addSeparator()

    def _add_file_actions(self, menu: QMenu, row: TableRow) -> None:
        if row.has_folder:
            menu.addAction(self.tr("Show folder")).triggered.connect(lambda: self.folder_requested.emit(row))
        if row.can_delete:
            menu.addAction(self.tr("Delete…")).triggered.connect(lambda: self.delete_requested.emit(row))
        if row.has_folder or row.can_delete:
            menu.addSeparator()

    def _add_time(self, menu: QMenu, row: TableRow, text: str, seconds: float) -> None:
        menu.addAction(text).triggered.connect(lambda: self.keep_requested.emit(row, seconds))

    def _add_order(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        order = self._rows.order
        by_server = self._entry(menu, group, self.tr("Server"), chosen=order is None)
        by_server.triggered.connect(lambda: self._rows.sort_by(None))
        heads = self._rows.heads()
        for column in sorted(self._rows.known_columns() - {Column.ACTION, Column.RUNTIME}):
            entry = self._entry(menu, group, heads[column], chosen=order is not None and order[0] == column)
            entry.triggered.connect(lambda _on, c=column: self._rows.turn(c))

    def _entry(self, menu: QMenu, group: QActionGroup, text: str, *, chosen: bool) -> QAction:
        made = QAction(text, menu, checkable=True, checked=chosen)
        group.addAction(made)
        menu.addAction(made)
        return made

    def _on_head(self, section: int) -> None:
        if section != Column.ACTION:
            self._rows.turn(Column(section))

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        row = self.row_at(current.row())
        if row is not None:
            self._chosen = row.key

    # -- columns and rows

    def visible_columns(self) -> list[Column]:
        """Columns that have facts and room."""
        shown = [column for column in Column if column in self._rows.known_columns()]
        room = self.viewport().width() or self.width()
        for column in LEAVES_FIRST:
            needed = self._theme.px(NAME_LEAST) + sum(self._width(c) for c in shown if c is not Column.MODEL)
            if needed <= room:
                break
            if column in shown:
                shown.remove(column)
        return shown

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_columns()

    def _width(self, column: Column) -> int:
        """The design's, and more where a language needs it for the head or for what a button says."""
        theme, head = self._theme, self.horizontalHeader()
        assert isinstance(head, TableHead)
        room = max(theme.px(WIDTHS[column]), head.room_for(column))
        if column is not Column.ACTION:
            return room
        metrics = QFontMetrics(theme.font("small-medium"))
        words = (metrics.horizontalAdvance(action_words(action)) for action in Action)
        return max(room, max(words) + theme.px(BUTTON_SIDES))

    def _place_columns(self) -> None:
        px = self._theme.px
        shown = self.visible_columns()
        rest = self.viewport().width() - sum(self._width(c) for c in shown if c is not Column.MODEL)
        for column in Column:
            self.setColumnHidden(column, column not in shown)
            if column in shown:
                self.setColumnWidth(column, max(px(80), rest) if column is Column.MODEL else self._width(column))

    def _keep_chosen(self) -> None:
        """A new order or new rows: what was chosen stays chosen."""
        if self._chosen is not None:
            self.show_row(self._chosen)

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
