"""What a chart shows: values by time with their words. Made here, painted by `views/statistics/chart.py`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.desktop.models import figure_words as words
from app.desktop.models.figure_words import tr

if TYPE_CHECKING:
    from app.services.statistics.figures import PeriodFigures, Spread
    from app.services.statistics.reading import History

#: At the axis, zero apart.
MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """`value` None: nothing is known of that time. `label` stands under the axis."""

    label: str
    when: str
    value: float | None
    text: str


@dataclass(frozen=True, slots=True)
class ChartFacts:
    title: str
    kind: Literal["line", "bar"]
    points: tuple[ChartPoint, ...]
    summary: str
    """Of the whole time: what stands beside the title while nobody points at a value."""
    steps: tuple[tuple[float, str], ...]
    """Of the axis, above zero; the last one is its end."""
    nothing: str = ""
    """Why there is no value at all."""

    @property
    def has_values(self) -> bool:
        return any(point.value is not None for point in self.points)

    @property
    def described(self) -> str:
        """The chart in words."""
        known = [point for point in self.points if point.value is not None]
        kind = tr("Line chart") if self.kind == "line" else tr("Bar chart")
        if not known:
            return f"{kind}. {self.nothing}"
        least = min(known, key=lambda point: point.value or 0.0)
        most = max(known, key=lambda point: point.value or 0.0)
        text = tr(
            "{kind} of {n} values. Least {low} ({low_when}), most {high} ({high_when}), last {last} ({last_when})."
        )
        return text.format(
            kind=kind,
            n=words.count_words(len(known)),
            low=least.text,
            low_when=least.when,
            high=most.text,
            high_when=most.when,
            last=known[-1].text,
            last_when=known[-1].when,
        )


def charts_of(history: History) -> tuple[ChartFacts, ...]:
    """Time to the first token, both speeds; tokens, cost and failures by day, week or month."""
    every = {"day": tr("by day"), "week": tr("by week"), "month": tr("by month")}[history.bucket]
    nothing = tr("Nothing measured in this time.")
    lines = (
        _chart(history, tr("Time to first token"), "line", _median("ttft_s"), words.ttft_words, nothing),
        _chart(history, tr("Speed"), "line", _median("decode"), words.speed_words, nothing),
        _chart(history, tr("Prompt speed"), "line", _median("prompt"), words.speed_words, nothing),
    )
    costs = tr("No price is known.")
    bars = (
        _chart(history, tr("Tokens out {every}"), "bar", _tokens, words.count_words, nothing, every),
        _chart(history, tr("Cost {every}"), "bar", lambda one: one.totals.cost_usd, _money, costs, every),
        _chart(history, tr("Failures {every}"), "bar", _failed, words.count_words, nothing, every),
    )
    return (*lines, *bars)


def _median(figure: str) -> Callable[[PeriodFigures], float | None]:
    def of(one: PeriodFigures) -> float | None:
        spread: Spread | None = getattr(one.speeds, figure)
        return None if spread is None else spread.median

    return of


def _tokens(one: PeriodFigures) -> float | None:
    return one.totals.output_tokens


def _failed(one: PeriodFigures) -> float | None:
    """A day without answers had no failures to count."""
    return one.totals.failed if one.totals.runs else None


def _money(dollars: float | None) -> str:
    return "" if dollars is None else words.money_words(dollars)


def _chart(
    history: History,
    title: str,
    kind: Literal["line", "bar"],
    value: Callable[[PeriodFigures], float | None],
    form: Callable[[float | None], str],
    nothing: str,
    every: str = "",
) -> ChartFacts:
    points = tuple(
        ChartPoint(
            words.period_words(one.begins, history.bucket, short=True),
            words.period_words(one.begins, history.bucket),
            value(one),
            form(value(one)),
        )
        for one in history.periods
    )
    known = [point.value for point in points if point.value is not None]
    steps = tuple((step, form(step)) for step in axis_steps(max(known, default=0.0), whole=form is words.count_words))
    if not known:
        summary = ""
    elif kind == "line":
        summary = tr("last {value}").format(value=form(known[-1]))
    else:
        summary = tr("{value} in all").format(value=form(sum(known)))
    return ChartFacts(title.format(every=every), kind, points, summary, steps, nothing)


def axis_steps(most: float, *, whole: bool = False) -> list[float]:
    """Round numbers from above zero to the first that is not below `most`, at most `MOST_STEPS` of them."""
    if not math.isfinite(most) or most <= 0:
        return [1.0]
    rough = most / MOST_STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    if whole:
        step = math.ceil(step)
    return [step * n for n in range(1, math.ceil(most / step - 1e-9) + 1)]


def shown_labels(points: Sequence[ChartPoint], most: int) -> list[int]:
    """Which points have their label under the axis: the ends, and others evenly between, `most` at the utmost."""
    count = len(points)
    if count <= max(1, most):
        return list(range(count))
    if most < 2:
        return [count - 1]
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)})
