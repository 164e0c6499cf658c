"""The proposal: which model answers, why, who comes next, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from app.lean_dataclass import dataclass
from app.services.routing.candidate import Candidate
from app.services.routing.need import Need
from app.services.routing.scoring import Factor, Ranked, rank

#: With fewer votes than these on the chosen model the votes decide little.
FEW_VOTES = 5
#: A factor is a reason when it puts the chosen one so far ahead of the middle of the others.
LEAST_LEAD = 0.02
MOST_REASONS = 3


class Barrier(StrEnum):
    """Why a model cannot take a task."""

    UNREACHABLE = "unreachable"
    CLOUD = "cloud"
    PICTURES = "pictures"
    TOOLS = "tools"
    WINDOW = "window"
    BUDGET = "budget"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the person allows. `budget_left_usd` None: there is no budget."""

    local_only: bool = True
    budget_left_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    candidate: Candidate
    barrier: Barrier


class VoteCount(StrEnum):
    """How many votes there are on the chosen model for this kind of task."""

    NONE = "none"
    FEW = "few"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`ranked`: all that can take it, the proposed one first; empty where none can. `reasons`: the weightiest first."""

    need: Need
    ranked: tuple[Ranked, ...]
    reasons: tuple[Factor, ...]
    votes: VoteCount
    excluded: tuple[Excluded, ...]

    @property
    def chosen(self) -> Ranked | None:
        return self.ranked[0] if self.ranked else None

    @property
    def thin(self) -> bool:
        return self.votes is not VoteCount.ENOUGH


def propose(need: Need, candidates: Sequence[Candidate], rules: Rules = Rules()) -> Proposal:
    """The same for the same evidence, always; work grows with the number of candidates."""
    fit: list[Candidate] = []
    excluded: list[Excluded] = []
    for one in candidates:
        barrier = _barrier(need, one, rules)
        if barrier is None:
            fit.append(one)
        else:
            excluded.append(Excluded(one, barrier))
    ranked = rank(need, fit, rules.budget_left_usd)
    return Proposal(need, tuple(ranked), _reasons(ranked), _votes(ranked), tuple(excluded))


def _barrier(need: Need, one: Candidate, rules: Rules) -> Barrier | None:
    if rules.local_only and not one.local:
        return Barrier.CLOUD
    if not one.available:
        return Barrier.UNREACHABLE
    if need.pictures and one.pictures is False:
        return Barrier.PICTURES
    if need.tools and one.tools is False:
        return Barrier.TOOLS
    if one.window is not None and need.tokens > one.window:
        return Barrier.WINDOW
    return _money_barrier(need, one, rules)


def _money_barrier(need: Need, one: Candidate, rules: Rules) -> Barrier | None:
    if rules.budget_left_usd is None:
        return None
    if one.price is None:
        return Barrier.PRICE
    cost = one.price.of(need.prompt_tokens, need.answer_tokens)
    return Barrier.BUDGET if cost > 0 and cost > rules.budget_left_usd else None


def _reasons(ranked: Sequence[Ranked]) -> tuple[Factor, ...]:
    """What sets the first apart from the others."""
    if len(ranked) < 2:
        return ()
    chosen, others = ranked[0], ranked[1:]
    sums: dict[Factor, float] = dict.fromkeys(Factor, 0.0)
    for one in others:
        for name, value in one.factors:
            sums[name] += value
    leads = [(value - sums[name] / len(others), name) for name, value in chosen.factors]
    weighty = sorted((one for one in leads if one[0] >= LEAST_LEAD), key=lambda one: -one[0])
    return tuple(name for _lead, name in weighty[:MOST_REASONS])


def _votes(ranked: Sequence[Ranked]) -> VoteCount:
    judged = ranked[0].standing.judged if ranked else 0
    if judged == 0:
        return VoteCount.NONE
    return VoteCount.FEW if judged < FEW_VOTES else VoteCount.ENOUGH
