"""What charts show: axes of round numbers, words for what is pointed at, and for a chart without values."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.desktop.models.chart_facts import ChartFacts, ChartPoint, axis_steps, charts_of, shown_labels
from app.services.statistics.figures import PeriodFigures, Speeds, Spread, Totals
from app.services.statistics.reading import History

MONDAY = datetime(2026, 11, 16).timestamp()
DAY = 86_400.0


def period(day: int, totals: Totals, decode: float | None = None) -> PeriodFigures:
    spread = None if decode is None else Spread(decode, decode, decode, 1)
    return PeriodFigures(MONDAY + day * DAY, totals, Speeds(decode=spread))


def charts(*periods: PeriodFigures, bucket: str = "day") -> dict[str, ChartFacts]:
    history = History("ollama", "coder", bucket, periods)  # type: ignore[arg-type]  # one of the three
    return {one.title: one for one in charts_of(history)}


@pytest.mark.parametrize(
    ("most", "whole", "steps"),
    [
        (0.3, False, [0.1, 0.2, 0.3]),
        (1.0, False, [0.5, 1.0]),
        (41.2, False, [20.0, 40.0, 60.0]),
        (1, True, [1]),
        (2, True, [1, 2]),
        (7, True, [3, 6, 9]),
        (3600, True, [2000, 4000]),
    ],
)
def test_an_axis_has_few_round_numbers_and_reaches_the_largest_value(
    most: float, whole: bool, steps: list[float]
) -> None:
    assert axis_steps(most, whole=whole) == pytest.approx(steps)


@pytest.mark.parametrize("most", [0.00012, 0.9, 3.3, 99.0, 101.0, 123_456.0])
@pytest.mark.parametrize("whole", [True, False])
def test_no_value_is_above_its_axis(most: float, whole: bool) -> None:
    steps = axis_steps(most, whole=whole)
    assert steps[-1] >= most * (1 - 1e-6)
    assert 1 <= len(steps) <= 3


def test_labels_are_those_of_the_ends_and_evenly_between() -> None:
    points = [ChartPoint(str(n), "", None, "") for n in range(30)]
    assert shown_labels(points, 5) == [0, 7, 14, 22, 29]
    assert shown_labels(points, 1) == [29]
    assert shown_labels(points[:3], 5) == [0, 1, 2]


def test_a_line_says_its_last_value_and_bars_their_sum() -> None:
    found = charts(
        period(0, Totals(runs=1, output_tokens=400, cost_usd=0.25), 40.0),
        period(1, Totals()),
        period(2, Totals(runs=2, output_tokens=600, cost_usd=0.5, failures={"timeout": 1}), 44.5),
    )
    assert found["Speed"].summary == "last 44.5 tok/s"
    assert [point.value for point in found["Speed"].points] == [40.0, None, 44.5]
    assert found["Tokens out by day"].summary == "1000 in all"
    assert found["Cost by day"].summary == "$0.7500 in all"
    assert found["Failures by day"].summary == "1 in all"
    assert [point.value for point in found["Failures by day"].points] == [0, None, 1]
    assert found["Speed"].described == (
        "Line chart of 2 values. Least 40.0 tok/s (Mon 16 Nov 2026), most 44.5 tok/s (Wed 18 Nov 2026), "
        "last 44.5 tok/s (Wed 18 Nov 2026)."
    )


def test_values_that_were_counted_here_or_are_known_in_part_say_so() -> None:
    counted = Speeds(decode=Spread(40.0, 40.0, 40.0, 2, estimated=1))
    mixed = Totals(runs=2, output_tokens=400, estimated=True, cost_usd=0.05, unpriced=1)
    found = charts(
        PeriodFigures(MONDAY, mixed, counted),
        period(1, Totals(runs=1, output_tokens=600, unpriced=1), 44.5),
        period(2, Totals(runs=1, output_tokens=600, cost_usd=0.25)),
    )
    assert [point.text for point in found["Speed"].points] == ["≈ 40.0 tok/s", "44.5 tok/s", ""]
    assert found["Speed"].summary == "last 44.5 tok/s"
    assert [point.text for point in found["Tokens out by day"].points] == ["≈ 400", "600", "600"]
    assert found["Tokens out by day"].summary == "≈ 1600 in all"
    assert [point.text for point in found["Cost by day"].points] == ["$0.0500 + unknown", "unknown", "$0.2500"]
    assert found["Cost by day"].summary == "$0.3000 + unknown in all"


def test_where_some_prices_are_unknown_nobody_says_that_nothing_was_charged() -> None:
    found = charts(period(0, Totals(runs=1, cost_usd=0.0)), period(1, Totals(runs=1, unpriced=1)))
    assert found["Cost by day"].nothing == "Nothing was charged where the price is known."


def test_a_chart_without_values_says_why() -> None:
    found = charts(period(0, Totals(runs=1, output_tokens=400, unpriced=1)))
    assert found["Speed"].nothing == "Nothing measured in this time."
    assert found["Cost by day"].nothing == "No price is known."
    assert found["Failures by day"].described == "Bar chart. No failures."
    assert not found["Cost by day"].has_values
    assert charts(period(0, Totals(runs=1, cost_usd=0.0)))["Cost by day"].nothing == "Nothing was charged."


def test_weeks_and_months_are_named() -> None:
    week = charts(period(0, Totals(runs=1, output_tokens=1)), bucket="week")["Tokens out by week"].points[0]
    assert (week.label, week.when) == ("16 Nov", "week of 16 Nov 2026")
    month = charts(period(0, Totals(runs=1, output_tokens=1)), bucket="month")["Tokens out by month"].points[0]
    assert (month.label, month.when) == ("Nov 2026", "Nov 2026")
