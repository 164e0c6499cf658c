"""A set of prompts that several models answer, as the window shows it: how far it is, and what it says of each."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QLocale, Qt

from app.desktop.models.compared_columns import Figure, cost_words
from app.desktop.models.message_rows import seconds
from app.desktop.models.model_list_model import size_text
from app.desktop.models.row_table_model import Index, RowTableModel
from app.lean_dataclass import dataclass
from app.services.comparison.compared_answer import best_of

if TYPE_CHECKING:
    from app.services.comparison.summary import ModelSummary
    from app.services.llm.llm_manager import Resolved


def tr(text: str, n: int = -1) -> str:
    """`n` chooses the plural form in languages that have them."""
    return QCoreApplication.translate("Compare", text, None, n)


class SetColumn(IntEnum):
    MODEL, ANSWERED, FAILED, FIRST_TOKEN, SPEED, TOTAL, TOKENS, MEMORY, COST = range(9)


@dataclass(frozen=True, slots=True)
class SetProgress:
    """`asked` of `count` prompts are over; `stopped`: somebody ended it, maybe within the last one."""

    file: str
    asked: int
    count: int
    runs: bool
    stopped: bool = False

    @property
    def words(self) -> str:
        locale = QLocale()
        numbers = {"n": locale.toString(self.asked), "count": locale.toString(self.count)}
        if self.runs:
            return tr("{n} of {count} prompts asked").format(**numbers)
        whole = self.asked == self.count and not self.stopped
        return (tr("All {count} prompts asked") if whole else tr("Stopped after {n} of {count} prompts")).format(
            **numbers
        )


def marked_name(name: str, model: Resolved) -> str:
    """Simulated answers are marked wherever they are counted."""
    return tr("{name}, simulated").format(name=name) if model.simulated else name


class SetTableModel(RowTableModel):
    """One row a model, in the order they were chosen in."""

    columns = SetColumn

    def heads(self) -> tuple[str, ...]:
        return (
            tr("Model"),
            tr("Answered"),
            tr("Failed"),
            tr("First token"),
            tr("Speed"),
            tr("Total"),
            tr("Tokens out"),
            tr("Memory"),
            tr("Cost"),
        )

    def set_rows(self, names: Sequence[str], summaries: Sequence[ModelSummary]) -> None:
        self.beginResetModel()
        self._shown = [_cells(name, one) for name, one in zip(names, summaries, strict=True)]
        self.endResetModel()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._shown[index.row()][index.column()]


def _cells(name: str, one: ModelSummary) -> tuple[str, ...]:
    locale = QLocale()
    texts = [_words(one, figure) for figure in ("ttft_ms", "tokens_per_second", "duration_ms", "output_tokens")]
    return (
        name,
        locale.toString(one.answered),
        locale.toString(one.failed),
        *texts,
        "–" if one.memory_bytes is None else size_text(one.memory_bytes),
        tr("unknown") if one.cost_usd is None else cost_words(one.cost_usd),
    )


def _words(one: ModelSummary, figure: str) -> str:
    """A median, or a sum; "" where no answer had the figure."""
    value = getattr(one, figure)
    if value is None:
        return ""
    if figure in ("ttft_ms", "duration_ms"):
        return seconds(float(value))
    about, locale = "≈ " if one.estimated else "", QLocale()
    if figure == "output_tokens":
        return f"{about}{locale.toString(int(value))}"
    return f"{about}{locale.toString(float(value), 'f', 1)} tok/s"


#: Figure -> whether more is better; None where neither is.
_CHARTED: dict[str, bool | None] = {
    "ttft_ms": False,
    "tokens_per_second": True,
    "duration_ms": False,
    "output_tokens": None,
}


def chart_of(summaries: Sequence[ModelSummary]) -> list[tuple[Figure, ...]]:
    """For each model its medians as bars beside those of the others; the best of each is marked."""
    return [tuple(_bar(figure, n, summaries) for figure in _CHARTED) for n in range(len(summaries))]


def _bar(figure: str, position: int, summaries: Sequence[ModelSummary]) -> Figure:
    labels = {
        "ttft_ms": tr("First token"),
        "tokens_per_second": tr("Speed"),
        "duration_ms": tr("Total"),
        "output_tokens": tr("Tokens out"),
    }
    value = getattr(summaries[position], figure)
    if value is None:
        return Figure(labels[figure], "")
    known = {n: other for n, one in enumerate(summaries) if (other := getattr(one, figure)) is not None}
    most, more = max(known.values()), _CHARTED[figure]
    is_best = more is not None and position in best_of(known, more=more)
    return Figure(labels[figure], _words(summaries[position], figure), value / most if most else None, is_best)
