"""What the store knows of models: votes, what was measured, favourites, money spent. Read in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from app.lean_dataclass import dataclass
from app.services.conversations import queries
from app.services.conversations.comparison_votes import JudgedComparison, judged_comparisons
from app.services.routing.candidate import Pace
from app.services.routing.language import language_of
from app.services.routing.preferences import ModelKey, Preferences, VotedRound
from app.services.statistics.figures import ModelFigures
from app.services.statistics.model_figures import model_figures

if TYPE_CHECKING:
    import sqlite3

#: Older figures say little of a server as it is now.
RECENT_S = 30 * 86_400.0
Period = Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one model, in the last 30 days."""

    pace: Pace = field(default_factory=Pace)
    answered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Never changed: a newer state is another one. `spent_usd`: in the period of the budget."""

    preferences: Preferences = field(default_factory=Preferences)
    measured: Mapping[ModelKey, Measured] = field(default_factory=dict)
    favourites: frozenset[ModelKey] = frozenset()
    spent_usd: float = 0.0


def evidence_of(db: sqlite3.Connection, now: float, period: Period | None) -> Evidence:
    """All of it as it is `now` (seconds since the epoch); `period` of the budget, None where there is none. For
    `ConversationStore.read`."""
    favourites = frozenset((one.provider, one.model) for one in queries.model_uses(db) if one.favourite)
    figures = {(one.provider, one.model): _measured(one) for one in model_figures(db, now - RECENT_S)}
    rounds = (_round(one) for one in judged_comparisons(db))
    spent = 0.0 if period is None else spent_usd(db, start_of(period, now))
    return Evidence(Preferences(rounds), figures, favourites, spent)


def spent_usd(db: sqlite3.Connection, since: float) -> float:
    """What answers have cost from this time on, as far as their prices are known."""
    return sum(one.totals.cost_usd or 0.0 for one in model_figures(db, since))


def start_of(period: Period, now: float) -> float:
    """The first moment of today or of this month, by the local calendar."""
    day = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day.replace(day=1) if period == "month" else day).timestamp()


def _measured(one: ModelFigures) -> Measured:
    speeds = one.speeds
    pace = Pace(
        *(None if spread is None else spread.median for spread in (speeds.ttft_s, speeds.prompt, speeds.decode))
    )
    return Measured(pace, one.totals.answered, one.totals.failed)


def _round(judged: JudgedComparison) -> VotedRound:
    return VotedRound(judged.models, judged.winner, judged.bad, judged.kind, language_of(judged.prompt))
