"""Figures of a store of any size: many short reads, between which the store's thread is free for others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from app.lean_dataclass import dataclass
from app.services.statistics import run_rows
from app.services.statistics.figures import ModelFigures, PeriodFigures, Totals, sum_of
from app.services.statistics.model_figures import in_order, period
from app.services.statistics.periods import DAY_S, Bucket, borders

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore

#: The longest time that is shown by day, and by week; in days.
MOST_BY_DAY, MOST_BY_WEEK = 62, 400


@dataclass(frozen=True, slots=True)
class History:
    """How a model's figures changed; without periods where it did not run in that time."""

    provider: str
    model: str
    bucket: Bucket
    periods: Sequence[PeriodFigures]


class StatisticsReader:
    def __init__(self, store: ConversationStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def models(self, since: float | None) -> list[ModelFigures]:
        """As `model_figures`. `since`: seconds since the epoch, None = ever."""
        found = []
        for provider, model in await self._store.read(run_rows.models):
            totals = await self._totals(provider, model, since or 0.0)
            if totals.runs:
                recent = await self._store.read(run_rows.recent, provider, model, since or 0.0)
                found.append(ModelFigures(provider, model, totals, run_rows.speeds(recent)))
        return in_order(found)

    async def only_simulated(self, since: float | None) -> bool:
        """Whether the simulated model answered in a time in which no other one did (where `models` finds none)."""
        return await self._store.read(run_rows.simulated_alone, since or 0.0)

    async def _totals(self, provider: str, model: str, since: float) -> Totals:
        parts: list[Totals] = []
        while (until := await self._store.read(run_rows.end_of_slice, provider, model, since)) is not None:
            if until <= since:  # that many runs in one moment: there is no border between them
                break
            parts.append(await self._store.read(run_rows.totals, provider, model, since, until))
            since = until
        return sum_of([*parts, await self._store.read(run_rows.totals, provider, model, since)])

    async def history(self, provider: str, model: str, since: float | None) -> History:
        """By day, week or month, whichever shows that time best; to today where `since` is given, else to the last
        run."""
        first = await self._store.read(run_rows.first_run, provider, model, since or 0.0)
        last = await self._store.read(run_rows.last_run, provider, model)
        if first is None or last is None:
            return History(provider, model, "day", ())
        begins, ends = (first, last) if since is None else (since, max(last, self._clock()))
        bucket = bucket_for(ends - begins)
        edges = borders(begins, ends, bucket)
        return History(
            provider,
            model,
            bucket,
            [await self._store.read(period, provider, model, a, b) for a, b in pairwise(edges)],
        )


def bucket_for(seconds: float) -> Bucket:
    """What a time of that length is cut into."""
    days = seconds / DAY_S
    return "day" if days <= MOST_BY_DAY else "week" if days <= MOST_BY_WEEK else "month"


def since_days(days: int | None, now: float) -> float | None:
    """The first moment of a time of so many days of the calendar, today among them; None for ever."""
    if days is None:
        return None
    return borders(now - (days - 1) * DAY_S, now, "day")[0]
