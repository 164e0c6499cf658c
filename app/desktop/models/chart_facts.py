"""What a chart shows: values by time with their words. Made here, painted by `views/statistics/chart.py`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from app.desktop.models import figure_words as words
from app.desktop.models.figure_words import tr
from app.lean_dataclass import dataclass
from app.services.statistics.figures import PeriodFigures, Speeds, sum_of

if TYPE_CHECKING:
    from app.services.statistics.figures import Spread
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
    """Said in place of the drawing where there is no value, or none but zero."""

    @property
    def has_values(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.steps)

    @property
    def described(self) -> str:
        """The chart in words."""
        known = [point for point in self.points if point.value is not None]
        kind = tr("Line chart") if self.kind == "line" else tr("Bar chart")
        if not known or self.nothing:
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
    unknown = tr("Nothing measured in this time.")
    number = words.axis_words
    lines = (
        _Kind(tr("Time to first token"), "line", _median("ttft_s"), _waited, words.axis_seconds, unknown),
        _Kind(tr("Speed"), "line", _median("decode"), _speed("decode"), number, unknown),
        _Kind(tr("Prompt speed"), "line", _median("prompt"), _speed("prompt"), number, unknown),
    )
    free = tr("Nothing was charged.")
    if any(one.totals.unpriced for one in history.periods):
        free = tr("Nothing was charged where the price is known.")
    prices = (tr("No price is known."), free)
    tokens, cost, failures = tr("Tokens out {every}"), tr("Cost {every}"), tr("Failures {every}")
    bars = (
        _Kind(tokens.format(every=every), "bar", _tokens, _tokens_text, number, unknown, unknown, whole=True),
        _Kind(cost.format(every=every), "bar", _cost, _cost_text, words.axis_money, *prices),
        _Kind(
            failures.format(every=every), "bar", _failed, _failed_text, number, unknown, tr("No failures."), whole=True
        ),
    )
    return tuple(_chart(history, one) for one in (*lines, *bars))


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a chart is about. `nothing` is said where nothing is known, `none` where all values are zero."""

    title: str
    kind: Literal["line", "bar"]
    value: Callable[[PeriodFigures], float | None]
    text: Callable[[PeriodFigures], str]
    """The value in words, and what of it is estimated or unknown."""
    axis: Callable[[float], str]
    nothing: str
    none: str = ""
    whole: bool = False


def _median(figure: str) -> Callable[[PeriodFigures], float | None]:
    def of(one: PeriodFigures) -> float | None:
        spread: Spread | None = getattr(one.speeds, figure)
        return None if spread is None else spread.median

    return of


def _waited(one: PeriodFigures) -> str:
    return words.ttft_words(None if one.speeds.ttft_s is None else one.speeds.ttft_s.median)


def _speed(figure: str) -> Callable[[PeriodFigures], str]:
    return lambda one: words.middle_speed_words(getattr(one.speeds, figure))


def _tokens(one: PeriodFigures) -> float | None:
    return one.totals.output_tokens


def _tokens_text(one: PeriodFigures) -> str:
    return words.tokens_words(one.totals)


def _cost(one: PeriodFigures) -> float | None:
    return one.totals.cost_usd


def _cost_text(one: PeriodFigures) -> str:
    return words.cost_words(one.totals)


def _failed(one: PeriodFigures) -> float | None:
    """A day without answers had no failures to count."""
    return one.totals.failed if one.totals.runs else None


def _failed_text(one: PeriodFigures) -> str:
    return words.count_words(_failed(one))


def _chart(history: History, about: _Kind) -> ChartFacts:
    points = tuple(
        ChartPoint(
            words.period_words(one.begins, history.bucket, short=True),
            words.period_words(one.begins, history.bucket),
            about.value(one),
            about.text(one),
        )
        for one in history.periods
    )
    known = [point for point in points if point.value is not None]
    highest = max((point.value or 0.0 for point in known), default=0.0)
    if not highest:
        return ChartFacts(about.title, about.kind, points, "", (), about.none if known else about.nothing)
    words_of_all = tr("last {value}").format(value=known[-1].text)
    if about.kind == "bar":
        words_of_all = tr("{value} in all").format(value=about.text(_together(history)))
    axis = tuple((step, about.axis(step)) for step in axis_steps(highest, whole=about.whole))
    return ChartFacts(about.title, about.kind, points, words_of_all, axis)


def _together(history: History) -> PeriodFigures:
    """The counts and sums of the whole time; medians do not add up."""
    first = history.periods[0]
    return PeriodFigures(first.begins, sum_of([one.totals for one in history.periods]), Speeds())


def axis_steps(most: float, *, whole: bool = False) -> list[float]:
    """Round numbers from above zero to the first that is not below `most` (above zero), `MOST_STEPS` at the utmost."""
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
