"""How far a set of prompts is, and what it says of each model: a table, and bars beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.desktop.models.prompt_set_facts import SetColumn, SetProgress, SetTableModel
from app.desktop.views.compare.figures import FiguresView
from app.desktop.views.settings.controls import Column, push_button, text_label
from app.desktop.views.settings.table_head import HEIGHT, Columns, LineDelegate, RowTable

if TYPE_CHECKING:
    from app.desktop.models.compared_columns import Figure
    from app.desktop.theme import Theme

ROW, MOST_MODELS = 36, 4
COLUMNS = Columns(
    widths={
        SetColumn.ANSWERED: 96,
        SetColumn.FAILED: 80,
        SetColumn.FIRST_TOKEN: 104,
        SetColumn.SPEED: 112,
        SetColumn.TOTAL: 88,
        SetColumn.TOKENS: 104,
        SetColumn.MEMORY: 88,
        SetColumn.COST: 96,
    },
    flexible=SetColumn.MODEL,
    least=180,
    leaves_first=(SetColumn.MEMORY, SetColumn.TOKENS, SetColumn.TOTAL, SetColumn.COST),
    right_aligned=frozenset(column for column in SetColumn if column != SetColumn.MODEL),
)


class _Rows(LineDelegate):
    columns = COLUMNS


class PromptSetPage(QWidget):
    """Signals:
    stop_requested(), export_requested().
    """

    stop_requested = Signal()
    export_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        scroll = Column(theme, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        box = scroll.box
        self.title = text_label(theme, "", "section", wrap=True, parent=scroll.content)
        self.words = text_label(theme, "", "small", "text2", parent=scroll.content)
        self.words.setFont(theme.font("small", tabular=True))
        self.bar = QProgressBar(scroll.content)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Prompts asked"))
        self.stop_button = push_button(theme, self.tr("Stop"), small=True, icon="stop", parent=scroll.content)
        self.stop_button.clicked.connect(self.stop_requested)
        self.export_button = push_button(theme, self.tr("Export JSON…"), small=True, icon="save", parent=scroll.content)
        self.export_button.clicked.connect(self.export_requested)
        line = QHBoxLayout()
        line.setSpacing(px(12))
        line.addWidget(self.words, 1)
        line.addWidget(self.stop_button)
        line.addWidget(self.export_button)
        for part in (self.title, self.bar):
            box.addWidget(part)
        box.addLayout(line)
        self.problem = text_label(theme, "", "small", "error", wrap=True, parent=scroll.content)
        self.problem.hide()
        box.addWidget(self.problem)
        box.addWidget(self._make_table(scroll.content))
        self.setFocusProxy(self.table)
        box.addWidget(self._make_chart(scroll.content))
        note = self.tr(
            "Times and speed are medians over the answers that came to their end; tokens and cost are sums. Every "
            "prompt stands under Earlier comparisons, where it can be read and voted on."
        )
        box.addWidget(text_label(theme, note, "small", "text3", wrap=True, parent=scroll.content))
        box.addStretch(1)

    def _make_table(self, parent: QWidget) -> QWidget:
        frame = QFrame(parent)
        frame.setProperty("card", True)
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        self.model = SetTableModel(self)
        self.table = RowTable(self._theme, self.model, _Rows, COLUMNS, ROW, frame)
        self.table.setAccessibleName(self.tr("Models of the set"))
        inner.addWidget(self.table)
        return frame

    def _make_chart(self, parent: QWidget) -> QWidget:
        chart, px = QWidget(parent), self._theme.px
        self._grid = QGridLayout(chart)
        self._grid.setContentsMargins(0, px(8), 0, 0)
        self._grid.setHorizontalSpacing(px(24))
        self._grid.setVerticalSpacing(px(8))
        self._bars = []
        for number in range(MOST_MODELS):
            name = text_label(self._theme, "", "body-medium", wrap=True, parent=chart)
            figures = FiguresView(self._theme, chart)
            row, column = divmod(number, 2)
            self._grid.addWidget(name, 2 * row, column)
            self._grid.addWidget(figures, 2 * row + 1, column)
            self._bars.append((name, figures))
        return chart

    def tell(self, problem: str) -> None:
        """Why something could not be done; "" takes it away."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def show_progress(self, progress: SetProgress, models: str) -> None:
        self.title.setText(f"{progress.file} · {models}")
        self.words.setText(progress.words)
        self.bar.setRange(0, max(1, progress.count))
        self.bar.setValue(progress.asked)
        self.bar.setVisible(progress.runs)
        if not progress.runs and self.stop_button.hasFocus():
            self.export_button.setFocus()
        self.stop_button.setVisible(progress.runs)
        self.export_button.setEnabled(not progress.runs and progress.asked > 0)

    def show_chart(self, names: Sequence[str], chart: Sequence[Sequence[Figure]]) -> None:
        """One group of bars a model; none while no prompt is over."""
        self.table.setFixedHeight(self._theme.px(HEIGHT + ROW * max(1, self.model.rowCount())) + 2)
        for number, (name, figures) in enumerate(self._bars):
            is_there = number < len(chart)
            name.setVisible(is_there)
            figures.setVisible(is_there)
            if is_there:
                name.setText(names[number])
                figures.show_figures(names[number], chart[number])
