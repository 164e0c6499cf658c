"""What each model did here, and how that changed: functions for `ConversationStore.read`.

They are meant for a time that is bounded; over all of a large store `reading.StatisticsReader` takes the same slice by
slice.
"""

from __future__ import annotations

import sqlite3
from itertools import pairwise

from app.services.statistics import run_rows
from app.services.statistics.figures import ModelFigures, PeriodFigures, Speeds, Totals
from app.services.statistics.periods import Bucket, borders


def model_figures(db: sqlite3.Connection, since: float | None = None) -> list[ModelFigures]:
    """Of all models that ran since then (seconds since the epoch; None = ever), the one used last first.

    Speeds are those of the last `run_rows.RECENT` runs of that time. Answers of the simulated model are no runs.
    """
    found = [figures_of(db, provider, model, since or 0.0) for provider, model in run_rows.models(db)]
    return in_order([one for one in found if one.totals.runs])


def figures_of(db: sqlite3.Connection, provider: str, model: str, since: float = 0.0) -> ModelFigures:
    """Of one model; without runs where it never ran in that time."""
    recent = run_rows.recent(db, provider, model, since)
    return ModelFigures(provider, model, run_rows.totals(db, provider, model, since), run_rows.speeds(recent))


def in_order(found: list[ModelFigures]) -> list[ModelFigures]:
    return sorted(found, key=lambda one: (-(one.totals.last_used or 0.0), one.provider, one.model))


def figures_over_time(
    db: sqlite3.Connection, provider: str, model: str, since: float, bucket: Bucket, until: float | None = None
) -> list[PeriodFigures]:
    """Of every day, week or month from the one with `since` to the one with `until` (None: with the last run).

    A period without a run is there, too, with nothing in it; none at all where the model never ran.
    """
    end = until if until is not None else run_rows.last_run(db, provider, model)
    first = run_rows.first_run(db, provider, model, since)
    if end is None or first is None:
        return []
    edges = borders(max(since, first) if since <= 0 else since, end, bucket)
    return [_period(db, provider, model, begins, until) for begins, until in pairwise(edges)]


def _period(db: sqlite3.Connection, provider: str, model: str, begins: float, until: float) -> PeriodFigures:
    totals = run_rows.totals(db, provider, model, begins, until)
    if not totals.runs:
        return PeriodFigures(begins, Totals(), Speeds())
    return PeriodFigures(begins, totals, run_rows.speeds(list(run_rows.runs(db, provider, model, begins, until))))
