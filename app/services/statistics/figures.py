"""What is known of the runs of a model: plain records. None = unknown, never 0 in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from app.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of what was measured, and where most of it lies."""

    median: float
    low: float
    """A tenth of the values is below."""
    high: float
    """A tenth is above."""
    values: int
    reported: int = 0
    """How many of them rest on times that the server took itself; the others were taken here."""
    estimated: int = 0
    """How many of them rest on tokens that were counted here instead of reported."""

    @classmethod
    def of(cls, values: Sequence[float], reported: int = 0, estimated: int = 0) -> Spread | None:
        """None without values."""
        if not values:
            return None
        ordered = sorted(values)
        return cls(_at(ordered, 0.5), _at(ordered, 0.1), _at(ordered, 0.9), len(ordered), reported, estimated)


def _at(ordered: Sequence[float], share: float) -> float:
    """The quantile, in between where no value stands."""
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts and sums of runs."""

    runs: int = 0
    answered: int = 0
    stopped: int = 0
    """By the person."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Kind of the error → how many runs ended with it."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    estimated: bool = False
    """Whether some of `output_tokens` were counted here instead of reported."""
    cost_usd: float | None = None
    """Of the runs with a known price."""
    unpriced: int = 0
    """Runs that wrote something and whose price is unknown; they are not in `cost_usd`."""
    last_used: float | None = None
    """Seconds since the epoch."""
    local: bool | None = None

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


@dataclass(frozen=True, slots=True)
class Speeds:
    """Of the last runs that were not failures."""

    ttft_s: Spread | None = None
    """Seconds until the first token, loading included where the server loaded the model for it."""
    decode: Spread | None = None
    """Tokens a second after the first one."""
    prompt: Spread | None = None
    """Tokens of the prompt read a second, without those the server had in its cache."""


@dataclass(frozen=True, slots=True)
class ModelFigures:
    provider: str
    model: str
    totals: Totals
    speeds: Speeds


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """The same of one day, week or month; `begins` is its first moment in local time, seconds since the epoch."""

    begins: float
    totals: Totals
    speeds: Speeds


def sum_of(parts: Sequence[Totals]) -> Totals:
    """Totals of several times together."""
    failures: dict[str, int] = {}
    for part in parts:
        for kind, count in part.failures.items():
            failures[kind] = failures.get(kind, 0) + count
    used = [part.last_used for part in parts if part.last_used is not None]
    where = [part.local for part in parts if part.local is not None]
    return Totals(
        runs=sum(part.runs for part in parts),
        answered=sum(part.answered for part in parts),
        stopped=sum(part.stopped for part in parts),
        failures=failures,
        input_tokens=_known_int([part.input_tokens for part in parts]),
        output_tokens=_known_int([part.output_tokens for part in parts]),
        estimated=any(part.estimated for part in parts),
        cost_usd=_known([part.cost_usd for part in parts]),
        unpriced=sum(part.unpriced for part in parts),
        last_used=max(used, default=None),
        local=where[-1] if where else None,
    )


def _known(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) if there else None


def _known_int(values: Sequence[int | None]) -> int | None:
    there = [value for value in values if value is not None]
    return sum(there) if there else None
