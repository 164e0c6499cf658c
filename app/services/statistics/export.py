"""Statistics for other programs: CSV (RFC 4180, UTF-8) and plain values for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.services.spreadsheet_cell import harmless

if TYPE_CHECKING:
    from app.services.statistics.figures import ModelFigures, PeriodFigures, Speeds, Spread, Totals
    from app.services.statistics.reading import History

COLUMNS = (
    *("begins", "period", "provider", "model", "runs", "answered", "stopped", "failed"),
    *("ttft_ms", "tokens_per_second", "prompt_tokens_per_second"),
    *("input_tokens", "output_tokens", "output_estimated", "cost_usd", "unpriced_runs", "failures"),
)


def as_csv(histories: Sequence[History]) -> str:
    """One line for each model and each day, week or month in which it ran. What is unknown is empty, never 0."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for history in histories:
        writer.writerows(_line(history, one) for one in history.periods if one.totals.runs)
    return out.getvalue()


def _line(history: History, one: PeriodFigures) -> list[Any]:
    totals, speeds = one.totals, one.speeds
    failures = " ".join(f"{kind}:{count}" for kind, count in totals.failures.items())
    return [
        datetime.fromtimestamp(one.begins).strftime("%Y-%m-%d"),
        history.bucket,
        harmless(history.provider),
        harmless(history.model),
        *(totals.runs, totals.answered, totals.stopped, totals.failed),
        *(_median(speeds.ttft_s, 1000), _median(speeds.decode), _median(speeds.prompt)),
        *("" if value is None else value for value in (totals.input_tokens, totals.output_tokens)),
        int(totals.estimated),
        "" if totals.cost_usd is None else f"{totals.cost_usd:.6f}",
        totals.unpriced,
        harmless(failures),
    ]


def _median(spread: Spread | None, factor: float = 1.0) -> str:
    return "" if spread is None else f"{spread.median * factor:.1f}"


def as_object(figures: ModelFigures, history: History) -> dict[str, Any]:
    """Of one model."""
    totals, speeds = figures.totals, figures.speeds
    return {
        "provider": figures.provider,
        "model": figures.model,
        "local": totals.local,
        "last_used": totals.last_used,
        **_figures(totals, speeds),
        "period": history.bucket,
        "periods": [{"begins": one.begins, **_figures(one.totals, one.speeds)} for one in history.periods],
    }


def _figures(totals: Totals, speeds: Speeds) -> dict[str, Any]:
    return {
        "runs": totals.runs,
        "answered": totals.answered,
        "stopped": totals.stopped,
        "failures": dict(totals.failures),
        "ttft_ms": _spread(speeds.ttft_s, 1000),
        "tokens_per_second": _spread(speeds.decode),
        "prompt_tokens_per_second": _spread(speeds.prompt),
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "output_estimated": totals.estimated,
        "cost_usd": totals.cost_usd,
        "unpriced_runs": totals.unpriced,
    }


def _spread(spread: Spread | None, factor: float = 1.0) -> dict[str, Any] | None:
    if spread is None:
        return None
    return {
        "median": round(spread.median * factor, 2),
        "p10": round(spread.low * factor, 2),
        "p90": round(spread.high * factor, 2),
        "values": spread.values,
        "reported": spread.reported,
        "estimated": spread.estimated,
    }
