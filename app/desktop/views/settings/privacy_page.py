"""Settings, Privacy: every connection of this run, newest on top, without contents."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.desktop.mirror import Mirror
from app.desktop.models.network_log_model import Column, LogLine, NetworkLogModel, Role
from app.desktop.models.settings_form import SettingsForm
from app.desktop.views.search_field import filter_field
from app.desktop.views.settings.controls import push_button, text_label
from app.desktop.views.settings.page import NARROW_PANE, SettingsPage
from app.desktop.views.settings.table_head import HEIGHT, Columns, RowDelegate, RowTable, draw_line, paint_ground

if TYPE_CHECKING:
    from app.desktop.theme import Theme

ROW = 32
COLUMNS = Columns(
    widths={Column.TIME: 84, Column.PURPOSE: 80, Column.BYTES: 140, Column.STATUS: 80, Column.TOOK: 84},
    flexible=Column.HOST,
    least=180,
    leaves_first=(Column.TOOK, Column.BYTES, Column.TIME),
    right_aligned=frozenset({Column.BYTES, Column.TOOK}),
)
PLACE_ICONS = {"network": ("server", "text2"), "outside": ("cloud", "cloud")}
#: Those with words of a language: as wide as these are, up to so much.
WORDS, WIDEST = (Column.PURPOSE, Column.STATUS), 240
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
        right, mirror = column in COLUMNS.right_aligned, Mirror(QRectF(rect), option.direction)
        box = QRectF(rect).adjusted(px(12), 0, -px(12 if right else 8), 0)
        if column is Column.HOST and line.place in PLACE_ICONS:
            icon, token = PLACE_ICONS[line.place]
            size = px(14)
            spot = QPointF(box.left(), box.center().y() - size / 2)
            painter.drawPixmap(mirror.corner(spot, size), theme.pixmap(icon, token, size, ratio))
            box.setLeft(box.left() + size + px(6))
        mono = column is Column.HOST
        font = theme.font("mono") if mono else theme.font("body", tabular=True)
        token = "error" if column is Column.STATUS and line.error else "text" if mono else "text2"
        draw_line(painter, mirror.rect(box), line.text(column), font, theme.color(token), right=right)
        painter.restore()


class LogTable(RowTable):
    def __init__(self, theme: Theme, model: NetworkLogModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, model, LogDelegate, COLUMNS, ROW, parent)
        self.setAccessibleName(self.tr("Connections"))
        self.setMinimumHeight(theme.px(HEIGHT + 4 * ROW))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._log = model
        for changed in (model.rowsInserted, model.modelReset, model.dataChanged):
            changed.connect(self._fit_words)
        theme.changed.connect(self._fit_words)
        self._fit_words()

    def _fit_words(self) -> None:
        """The words are read whole; the host gets the rest."""
        metrics = QFontMetrics(self.theme.font("body", tabular=True))
        widths = dict(COLUMNS.widths)
        for column in WORDS:
            widest = max((metrics.horizontalAdvance(text) for text in self._log.words(column)), default=0)
            widths[column] = min(WIDEST, max(widths[column], ceil(widest / self.theme.scale) + 22))
        if widths != self._columns.widths:
            self.set_columns(replace(COLUMNS, widths=widths))


class PrivacyPage(SettingsPage):
    """Signals:
    pause_requested(bool), export_requested().
    """

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
        self.filter = filter_field(theme, self.tr("Filter connections"), 280, self._model.set_filter, content)
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
