"""The rows of Statistics: their words, their order, and what tooltips tell of a figure."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from app.desktop.controllers.learned_speeds import expected_words
from app.desktop.models.figure_words import about_speed_words, cost_words, money_words
from app.desktop.models.statistics_tables import FigureTableModel, ModelColumn, model_heads, model_row
from app.services.statistics.expected import Expectation
from app.services.statistics.figures import ModelFigures, Speeds, Spread, Totals


def row(model: str, totals: Totals, speeds: Speeds | None = None) -> Any:
    return model_row(ModelFigures("ollama", model, totals, speeds or Speeds()), model.title(), "Ollama")


def table() -> FigureTableModel:
    return FigureTableModel(ModelColumn, model_heads())


def shown(model: FigureTableModel) -> list[str]:
    return [model.index(n, 0).data().split(" · ")[0] for n in range(model.rowCount())]


def test_the_model_keeps_the_rules_of_qt(qtmodeltester: Any) -> None:
    model = table()
    model.set_rows([row("a", Totals(runs=1)), row("b", Totals(runs=2))])
    qtmodeltester.check(model)


def test_unknown_values_stand_last_in_either_order() -> None:
    model = table()
    fast, slow = (Speeds(decode=Spread(speed, speed, speed, 3)) for speed in (80.0, 20.0))
    model.set_rows([row("none", Totals(runs=1)), row("fast", Totals(runs=1), fast), row("slow", Totals(runs=1), slow)])
    model.sort(ModelColumn.DECODE, Qt.SortOrder.AscendingOrder)
    assert shown(model) == ["Slow", "Fast", "None"]
    model.sort(ModelColumn.DECODE, Qt.SortOrder.DescendingOrder)
    assert shown(model) == ["Fast", "Slow", "None"]


def test_a_tooltip_says_where_most_values_lie_and_who_took_the_time() -> None:
    speeds = Speeds(
        ttft_s=Spread(0.5, 0.2, 1.5, 12),
        decode=Spread(40.0, 30.0, 50.0, 12, 12),
        prompt=Spread(900.0, 800, 1000, 12, 5),
    )
    model = table()
    model.set_rows([row("coder", Totals(runs=12, failures={"timeout": 2, "auth": 1}), speeds)])
    told = [model.index(0, column).data(Qt.ItemDataRole.ToolTipRole) for column in ModelColumn]
    assert "Middle of 12 answers, most of them between 0.20 s and 1.50 s. Timed here." in told[ModelColumn.TTFT]
    assert "Timed by the server." in told[ModelColumn.DECODE]
    assert "5 timed by the server, the others here." in told[ModelColumn.PROMPT]
    assert "3 failed: too long silent 2, key refused 1" in told[ModelColumn.FAILED]


def test_a_speed_from_tokens_counted_here_is_marked_and_the_tooltip_says_how_many() -> None:
    model = table()
    speeds = Speeds(ttft_s=Spread(0.5, 0.2, 1.5, 12), decode=Spread(40.0, 30.0, 50.0, 12, estimated=3))
    model.set_rows([row("coder", Totals(runs=12), speeds)])
    assert [model.index(0, column).data() for column in (ModelColumn.TTFT, ModelColumn.DECODE)] == [
        "0.50 s",
        "≈ 40.0 tok/s",
    ]
    told = model.index(0, ModelColumn.DECODE).data(Qt.ItemDataRole.ToolTipRole)
    assert "Timed here. The tokens of 3 of them were counted here." in told


def test_an_expected_speed_of_tokens_counted_here_is_marked_as_it_is_with_the_answers() -> None:
    assert expected_words(Expectation(41.2, answers=3)) == "41.2 tok/s"
    assert expected_words(Expectation(41.2, answers=3, estimated=True)) == "≈ 41.2 tok/s"
    assert expected_words(Expectation(41.2, models=3)) == "≈ 41 tok/s"


def test_a_row_is_said_as_a_whole() -> None:
    model = table()
    model.set_rows([row("coder", Totals(runs=3, output_tokens=1200, estimated=True, unpriced=3))])
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Coder · Ollama, Answers 3, Tokens out ≈ 1200, Cost unknown"


@pytest.mark.parametrize(
    ("dollars", "words"), [(0.0, "$0"), (0.00001, "< $0.0001"), (0.0123, "$0.0123"), (12.345, "$12.35")]
)
def test_money_has_as_many_places_as_count(dollars: float, words: str) -> None:
    assert money_words(dollars) == words


def test_a_cost_says_what_of_it_is_unknown() -> None:
    assert cost_words(Totals(runs=1)) == ""
    assert cost_words(Totals(runs=1, unpriced=1)) == "unknown"
    assert cost_words(Totals(runs=2, cost_usd=0.5, unpriced=1)) == "$0.5000 + unknown"


def test_an_expected_speed_has_two_digits() -> None:
    assert [about_speed_words(speed) for speed in (7.48, 38.4, 384.0)] == ["≈ 7.5 tok/s", "≈ 38 tok/s", "≈ 380 tok/s"]
