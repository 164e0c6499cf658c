"""The two tables of Statistics: the models, and the days, weeks or months of one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from app.desktop.models import figure_words as words
from app.desktop.models.figure_words import tr
from app.desktop.models.message_rows import clock_time
from app.desktop.models.plain_tooltip import plain_tooltip
from app.desktop.models.row_table_model import Index, RowTableModel
from app.lean_dataclass import dataclass

if TYPE_CHECKING:
    from app.services.statistics.figures import ModelFigures, PeriodFigures, Speeds, Spread, Totals
    from app.services.statistics.periods import Bucket


class ModelColumn(IntEnum):
    """In their order."""

    MODEL = 0
    RUNS = 1
    FAILED = 2
    TTFT = 3
    DECODE = 4
    PROMPT = 5
    TOKENS = 6
    COST = 7
    LAST_USED = 8


class PeriodColumn(IntEnum):
    PERIOD = 0
    RUNS = 1
    FAILED = 2
    TTFT = 3
    DECODE = 4
    PROMPT = 5
    TOKENS_IN = 6
    TOKENS = 7
    COST = 8


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A line of either table: its texts by column, what they are sorted by (None = unknown, always last), tooltips."""

    key: tuple[str, str]
    texts: tuple[str, ...]
    sorted_by: tuple[float | str | None, ...]
    tooltips: tuple[str, ...]


def model_heads() -> tuple[str, ...]:
    return (
        *(tr("Model"), tr("Answers"), tr("Failed"), tr("First token"), tr("Speed"), tr("Prompt speed")),
        *(tr("Tokens out"), tr("Cost"), tr("Last used")),
    )


def period_heads() -> tuple[str, ...]:
    return (
        *(tr("Time"), tr("Answers"), tr("Failed"), tr("First token"), tr("Speed"), tr("Prompt speed")),
        *(tr("Tokens in"), tr("Tokens out"), tr("Cost")),
    )


def model_row(figures: ModelFigures, name: str, provider: str) -> FigureRow:
    """`name`, `provider`: as the person knows them."""
    totals, speeds = figures.totals, figures.speeds
    title = tr("{model} · {provider}").format(model=name, provider=provider)
    used = totals.last_used
    texts, values = _figures(totals, speeds)
    return FigureRow(
        (figures.provider, figures.model),
        (title, *texts, words.tokens_words(totals), words.cost_words(totals), clock_time(used) if used else ""),
        (title.casefold(), *values, totals.output_tokens, totals.cost_usd, used),
        (f"{title}\n{figures.model}", "", words.failures_words(totals), *_spreads(speeds), "", "", ""),
    )


def period_row(period: PeriodFigures, bucket: Bucket) -> FigureRow:
    totals, speeds = period.totals, period.speeds
    texts, values = _figures(totals, speeds)
    ends = (words.count_words(totals.input_tokens), words.tokens_words(totals), words.cost_words(totals))
    return FigureRow(
        ("", str(period.begins)),
        (words.period_words(period.begins, bucket), *texts, *ends),
        (period.begins, *values, totals.input_tokens, totals.output_tokens, totals.cost_usd),
        ("", "", words.failures_words(totals), *_spreads(speeds), "", "", ""),
    )


def _figures(totals: Totals, speeds: Speeds) -> tuple[tuple[str, ...], tuple[float | None, ...]]:
    """The columns that both tables have, as texts and as numbers."""
    ttft, decode, prompt = (
        None if one is None else one.median for one in (speeds.ttft_s, speeds.decode, speeds.prompt)
    )
    failed = words.count_words(totals.failed) if totals.failed else ""
    times = (words.ttft_words(ttft), words.middle_speed_words(speeds.decode), words.middle_speed_words(speeds.prompt))
    return (words.count_words(totals.runs), failed, *times), (totals.runs, totals.failed, ttft, decode, prompt)


def _spreads(speeds: Speeds) -> tuple[str, str, str]:
    return (
        _spread_words(speeds.ttft_s, words.ttft_words),
        _spread_words(speeds.decode, words.speed_words),
        _spread_words(speeds.prompt, words.speed_words),
    )


def _spread_words(spread: Spread | None, form: Any) -> str:
    """Where the middle of the values lies, who took the times, and who counted."""
    if spread is None:
        return ""
    range_ = tr("Middle of {n} answers, most of them between {low} and {high}.").format(
        n=words.count_words(spread.values), low=form(spread.low), high=form(spread.high)
    )
    told = [range_, _timed_words(spread)]
    if spread.estimated:
        told.append(tr("The tokens of {n} of them were counted here.").format(n=words.count_words(spread.estimated)))
    return " ".join(told)


def _timed_words(spread: Spread) -> str:
    if not spread.reported:
        return tr("Timed here.")
    if spread.reported == spread.values:
        return tr("Timed by the server.")
    return tr("{n} timed by the server, the others here.").format(n=words.count_words(spread.reported))


class FigureTableModel(RowTableModel):
    """Rows that can be sorted by any column; what is unknown stands last either way."""

    def __init__(self, columns: type[IntEnum], heads: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns  # type: ignore[misc]  # of each of the two its own
        self._heads = heads
        self._shown: tuple[FigureRow, ...] = ()
        self.sort_column, self.descending = len(heads) - 1, True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == Role.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.texts[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row) if index.column() == 0 else row.texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(row.tooltips[index.column()])
        return None

    def _spoken(self, row: FigureRow) -> str:
        """A whole row for a screen reader."""
        named = (f"{head} {text}" for head, text in zip(self._heads[1:], row.texts[1:], strict=True) if text)
        return ", ".join((row.texts[0], *named))

    def heads(self) -> tuple[str, ...]:
        return self._heads

    def row_at(self, row: int) -> FigureRow | None:
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, key: tuple[str, str]) -> int:
        """-1 where it is not shown."""
        return next((n for n, row in enumerate(self._shown) if row.key == key), -1)

    def set_rows(self, rows: Sequence[FigureRow]) -> None:
        self.beginResetModel()
        self._shown = tuple(self._in_order(rows))
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sort_column, self.descending = column, order == Qt.SortOrder.DescendingOrder
        self.set_rows(self._shown)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._heads) - 1)

    def _in_order(self, rows: Sequence[FigureRow]) -> list[FigureRow]:
        known = [row for row in rows if row.sorted_by[self.sort_column] is not None]
        unknown = [row for row in rows if row.sorted_by[self.sort_column] is None]
        key: Any = lambda row: row.sorted_by[self.sort_column]  # noqa: E731 - of one column all texts or all numbers
        return sorted(known, key=key, reverse=self.descending) + unknown
