"""The pane Statistics: a time, the models in it, and the charts and values of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from app.desktop.models.chart_facts import ChartFacts
from app.desktop.models.statistics_tables import (
    FigureRow,
    FigureTableModel,
    ModelColumn,
    PeriodColumn,
    model_heads,
    period_heads,
)
from app.desktop.views.focus import pass_focus
from app.desktop.views.pane_header import PaneHeader, begin_pane
from app.desktop.views.settings.controls import ChoiceBox, Column, TabBar, push_button, set_tone, text_label
from app.desktop.views.settings.page import NARROW_PANE
from app.desktop.views.statistics.chart import LEAST_WIDTH, Chart
from app.desktop.views.statistics.tables import ModelTable, PeriodTable

if TYPE_CHECKING:
    from app.desktop.theme import Theme

#: Days of each tab; None = all time.
TIMES: tuple[int | None, ...] = (7, 30, None)
FIRST_TIME = 1
GAP, MOST_IN_ROW, WIDE_CHART = 12, 3, 300


class ChartGrid(QWidget):
    """Charts side by side, as many as have room: three, two or one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.charts: list[Chart] = []
        self._in_row = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(GAP))

    def show_charts(self, facts: Sequence[ChartFacts]) -> None:
        """Charts that are there already only take other values."""
        for number, one in enumerate(facts):
            if number < len(self.charts):
                self.charts[number].show_facts(one)
            else:
                self.charts.append(Chart(self._theme, one, self))
        self._place(anew=True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self, *, anew: bool = False) -> None:
        px = self._theme.px
        fits = (self.width() + px(GAP)) // (px(WIDE_CHART) + px(GAP))
        in_row = max(1, min(MOST_IN_ROW, fits))
        if in_row == self._in_row and not anew:
            return
        self._in_row = in_row
        for number, chart in enumerate(self.charts):
            self._grid.addWidget(chart, number // in_row, number % in_row)
        for column in range(MOST_IN_ROW):
            self._grid.setColumnStretch(column, 1 if column < in_row else 0)
        self.setMinimumWidth(px(LEAST_WIDTH))


class StatisticsPane(QWidget):
    """Signals:
    close_requested(), sidebar_requested(), export_requested().
    time_chosen(days): another time is asked for; None = all.
    model_chosen(key): another model is looked at.
    """

    close_requested = Signal()
    sidebar_requested = Signal()
    export_requested = Signal()
    time_chosen = Signal(object)
    model_chosen = Signal(object)

    def __init__(
        self, theme: Theme, *, sidebar_hidden: Callable[[], bool] = lambda: False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sidebar_hidden = sidebar_hidden
        self.models = FigureTableModel(ModelColumn, model_heads(), self)
        self.periods = FigureTableModel(PeriodColumn, period_heads(), self)
        self.periods.sort(PeriodColumn.PERIOD, Qt.SortOrder.DescendingOrder)
        self.header = PaneHeader(theme, self.tr("Statistics"), self.tr("Close Statistics"), self)
        self.header.close_requested.connect(self.close_requested)
        self.header.sidebar_requested.connect(self.sidebar_requested)
        self._make_bar()
        self._make_content()
        column = begin_pane(self, "statisticsPane", self.tr("Statistics"), self.header)
        column.addLayout(self._bar)
        column.addWidget(self._column, 1)
        self._place()
        self.table.hide()
        self.source.hide()
        self._sort_label.hide()
        self.sort_box.hide()
        self.export_button.setEnabled(False)
        self._show_details(False)
        self.note.hide()
        self.setFocusProxy(self.tabs)
        self.header.follow(self.tabs)

    # -- building

    def _make_bar(self) -> None:
        theme, px = self._theme, self._theme.px
        self.tabs = TabBar(theme, self)
        self.tabs.setAccessibleName(self.tr("Time"))
        for text in (self.tr("7 days"), self.tr("30 days"), self.tr("All")):
            self.tabs.setAccessibleTabName(self.tabs.addTab(text), text)
        self.tabs.setCurrentIndex(FIRST_TIME)
        self.tabs.currentChanged.connect(lambda tab: self.time_chosen.emit(TIMES[tab]))
        self._sort_label = text_label(theme, self.tr("Sort by"), "small", "text2", parent=self)
        self.sort_box = ChoiceBox(theme, self)
        self._sort_label.setBuddy(self.sort_box)
        self.sort_box.setAccessibleName(self.tr("Sort by"))
        self.sort_box.addItems(list(model_heads()))
        self.sort_box.setCurrentIndex(self.models.sort_column)
        self.sort_box.setToolTip(self.tr("What the models are sorted by"))
        self.sort_box.activated.connect(self._sort)
        self.export_button = push_button(theme, self.tr("Export…"), small=True, icon="save", parent=self)
        self.export_button.setAccessibleName(self.tr("Export as CSV"))
        self.export_button.setToolTip(self.tr("Every model by day, week or month, for a spreadsheet"))
        self.export_button.clicked.connect(self.export_requested)
        self._bar = QHBoxLayout()
        self._bar.setSpacing(px(8))
        self._bar.addWidget(self.tabs)
        self._bar.addStretch(1)
        self._bar.addWidget(self._sort_label)
        self._bar.addWidget(self.sort_box)
        self._bar.addWidget(self.export_button)

    def _make_content(self) -> None:
        theme = self._theme
        self._column = Column(theme, self)
        content, box = self._column.content, self._column.box
        self.note = text_label(theme, "", "body", "text2", wrap=True, parent=content)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = ModelTable(theme, self.models, content)
        self.table.chosen.connect(self.model_chosen)
        self.models.headerDataChanged.connect(lambda *_: self.sort_box.setCurrentIndex(self.models.sort_column))
        self.source = text_label(
            theme,
            self.tr(
                "From the chats and comparisons kept on this computer, those in the trash included. Speeds are the "
                "middle of the last answers. Simulated answers are left out."
            ),
            "small",
            "text3",
            wrap=True,
            parent=content,
        )
        self.heading = text_label(theme, "", "section", parent=content)
        self.facts = text_label(theme, "", "body", "text2", wrap=True, parent=content)
        self.charts = ChartGrid(theme, content)
        self.period_table = PeriodTable(theme, self.periods, content)
        for widget in (self.note, self.table, self.source, self.heading, self.facts, self.charts, self.period_table):
            box.addWidget(widget)
        box.addStretch(1)

    # -- showing

    def show_models(
        self, rows: Sequence[FigureRow], key: tuple[str, str] | None, ever: bool, simulated: bool = False
    ) -> None:
        """The models of the time, one of them chosen. `ever`: whether any model answered in whatever time;
        `simulated`: whether only the simulated one did."""
        self.models.set_rows(rows)
        self.table.choose(key)
        if not rows:
            pass_focus(self.table, self.tabs)
        self.tell("" if rows else self._nothing_words(ever, simulated), is_error=False)
        self.table.setVisible(bool(rows))
        self.source.setVisible(bool(rows))
        self._sort_label.setVisible(len(rows) > 1)
        self.sort_box.setVisible(len(rows) > 1)
        if not rows:
            self._show_details(False)
        self.export_button.setEnabled(bool(rows))

    def _nothing_words(self, ever: bool, simulated: bool) -> str:
        if ever:
            return self.tr("No answers in this time.")
        if simulated:
            return self.tr(
                "Only the simulated model answered so far, and its answers are left out. Speed, tokens, cost and "
                "failures of every other model are shown here after its first answer."
            )
        return self.tr(
            "No answers yet. Speed, tokens, cost and failures of every model are shown here after its first answer. "
            "Simulated answers are left out."
        )

    def show_history(self, title: str, facts: str, charts: Sequence[ChartFacts], periods: Sequence[FigureRow]) -> None:
        """How the figures of the chosen model changed."""
        self.heading.setText(title)
        self.facts.setText(facts)
        self.charts.show_charts(charts)
        self.periods.set_rows(periods)
        self._show_details(True)

    def _show_details(self, there: bool) -> None:
        """What stands under the table of models."""
        for widget in (self.heading, self.charts, self.period_table):
            widget.setVisible(there)
        self.facts.setVisible(there and bool(self.facts.text()))

    def tell(self, words: str, *, is_error: bool) -> None:
        """A line above the tables; "" takes it away."""
        self.note.setText(words)
        set_tone(self._theme, self.note, "error" if is_error else "text2")
        self.note.setVisible(bool(words))

    @property
    def days(self) -> int | None:
        """The time that is chosen; None = all."""
        return TIMES[self.tabs.currentIndex()]

    def take_focus(self) -> None:
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def _sort(self, column: int) -> None:
        self.table.sort_by(column, turn=False)

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        line = self._theme.hairline(self.devicePixelRatioF())
        bottom = self._bar.geometry().bottom() + 1 - line
        painter.fillRect(QRectF(0, bottom, self.width(), line), self._theme.color("line"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        px = self._theme.px
        is_narrow = self.width() < px(NARROW_PANE)
        side = 24 if is_narrow else 32
        self.header.set_inset(side)
        self.header.sidebar_button.setVisible(self._sidebar_hidden())
        self._bar.setContentsMargins(px(side - self.tabs.gap // 2), 0, px(side), 0)
        self._column.set_narrow(is_narrow)
