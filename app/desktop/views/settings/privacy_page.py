"""Settings, Privacy: every connection of this run, newest on top, without contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.desktop.models.network_log_model import Column, LogLine, NetworkLogModel, Role
from app.desktop.models.settings_form import SettingsForm
from app.desktop.views.search_field import SearchField
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.page import NARROW_PANE, SettingsPage
from app.desktop.views.settings.table_head import (
    HEIGHT,
    RowDelegate,
    TableHead,
    paint_ground,
    place_columns,
    prepare_table,
)

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 32
WIDTHS: dict[int, int] = {Column.TIME: 84, Column.PURPOSE: 150, Column.BYTES: 140, Column.STATUS: 110, Column.TOOK: 84}
HOST_LEAST = 180
LEAVES_FIRST = (Column.PURPOSE, Column.TOOK, Column.BYTES)
RIGHT_ALIGNED: frozenset[int] = frozenset({Column.BYTES, Column.TOOK})
PLACE_ICONS = {"network": ("server", "text2"), "outside": ("cloud", "cloud")}
_Index = QModelIndex | QPersistentModelIndex


class LogDelegate(RowDelegate):
    """Rows of one line; hosts that are not this computer carry their icon."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, px = self.theme, self.theme.px
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        line: LogLine = index.data(Role.LINE)
        column = Column(index.column())
        painter.save()
        ratio = paint_ground(painter, theme, rect, selected=bool(state & QStyle.StateFlag.State_Selected))
        box = QRectF(rect).adjusted(px(12), 0, -px(12 if column in RIGHT_ALIGNED else 8), 0)
        if column is Column.HOST and line.place in PLACE_ICONS:
            icon, token = PLACE_ICONS[line.place]
            size = px(14)
            spot = QPointF(box.left(), box.center().y() - size / 2)
            painter.drawPixmap(spot, theme.pixmap(icon, token, size, ratio))
            box.setLeft(box.left() + size + px(6))
        mono = column is Column.HOST
        font = theme.font("mono") if mono else theme.font("body", tabular=True)
        token = "error" if column is Column.STATUS and line.error else "text" if mono else "text2"
        painter.setFont(font)
        painter.setPen(theme.color(token))
        text = QFontMetrics(font).elidedText(line.text(column), Qt.TextElideMode.ElideMiddle, int(box.width()))
        align = Qt.AlignmentFlag.AlignRight if column in RIGHT_ALIGNED else Qt.AlignmentFlag.AlignLeading
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | align, text)
        painter.restore()


class LogTable(QTableView):
    def __init__(self, theme: Theme, model: NetworkLogModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setModel(model)
        self.setAccessibleName(self.tr("Connections"))
        self.setItemDelegate(LogDelegate(theme, ROW, self))
        head = TableHead(theme, RIGHT_ALIGNED, dict.fromkeys(Column, 12), self)
        prepare_table(self, head, theme.px(ROW))
        self.setMinimumHeight(theme.px(HEIGHT + 4 * ROW))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        place_columns(self, self._theme, WIDTHS, Column.HOST, HOST_LEAST, LEAVES_FIRST)


class PrivacyPage(SettingsPage):
    """Signals:
    watched(bool): somebody looks at the log / no longer.
    pause_requested(bool), export_requested().
    """

    watched = Signal(bool)
    pause_requested = Signal(bool)
    export_requested = Signal()

    def __init__(self, theme: Theme, model: NetworkLogModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._model = model
        content = self.column.content
        self._head = text_label(theme, "", "section", wrap=True, parent=content)
        self._lead = text_label(
            theme,
            self.tr("Every connection of this run is listed here, and what it was for. Contents are not recorded."),
            "body",
            "text2",
            wrap=True,
            parent=content,
        )
        self.column.box.addWidget(self._head)
        self.column.box.addWidget(self._lead)
        self.column.box.addLayout(self._make_bar())
        self._note = text_label(theme, "", "small", "text3", wrap=True, parent=content)
        self._note.hide()
        self.column.box.addWidget(self._note)
        self._frame = QFrame(content)
        self._frame.setProperty("card", True)
        box = QVBoxLayout(self._frame)
        box.setContentsMargins(1, 1, 1, 1)
        self.table = LogTable(theme, model, self._frame)
        box.addWidget(self.table)
        self.column.box.addWidget(self._frame, 1)

    def _make_bar(self) -> QHBoxLayout:
        theme, content = self.theme, self.column.content
        self.filter = SearchField(theme, "filter", parent=content)
        self.filter.setAccessibleName(self.tr("Filter connections"))
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setFont(theme.font("body"))
        self.filter.setMaximumWidth(theme.px(280))
        self.filter.textEdited.connect(self._model.set_filter)
        self.pause = push_button(theme, self.tr("Pause"), parent=content)
        self.pause.setCheckable(True)
        self.pause.setAccessibleName(self.tr("Pause the list"))
        self.pause.setToolTip(self.tr("The list stands still; connections go on and are recorded."))
        self.pause.toggled.connect(self.pause_requested)
        export = push_button(theme, self.tr("Export"), icon="save", parent=content)
        export.setAccessibleName(self.tr("Export connections"))
        export.clicked.connect(self.export_requested)
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self.filter, 1)
        row.addStretch(1)
        row.addWidget(self.pause)
        row.addWidget(export)
        return row

    @property
    def is_loaded(self) -> bool:
        return bool(self._head.text())

    def load(self, form: SettingsForm) -> None:
        """Nothing of this page is a setting."""

    def opened(self) -> None:
        self.watched.emit(True)

    def closed(self) -> None:
        self.watched.emit(False)

    def show_head(self, text: str) -> None:
        """The sentence over the list."""
        self._head.setText(text)
        self._head.setAccessibleName(text)

    def show_note(self, text: str) -> None:
        """What became of the export."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.column.set_narrow(self.width() < self.theme.px(NARROW_PANE))
