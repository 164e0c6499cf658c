"""One score for a model and a need, in log-odds of being the answer that the person would have chosen.

    score = votes + priority + speed + reliability + cost + doubt

| factor | value |
|---|---|
| votes | strength of the votes on this kind of task and language (`preferences`): 0 without any |
| priority | -0.15 for each step down in the providers' order, +0.3 for a favourite; times 4 / (4 + votes it was in) |
| speed | -0.4 for each doubling of the seconds to the whole answer over the fastest one's, four doublings at most |
| reliability | 2 x ln of the share of recent answers that did not fail, with a prior of 9.5 in 10 |
| cost | -1.5 x expected USD / what is left of the budget (0.10 without one), 3 at most; -0.25 for an unknown price |
| doubt | -3 where it is not known whether it can do what is needed, -0.5 where its window is not known |

So votes outweigh the order of providers once there are some, and a model that is twice as fast may be a little worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from statistics import median

from app.lean_dataclass import dataclass
from app.services.routing.candidate import Candidate
from app.services.routing.need import Need
from app.services.routing.preferences import Standing

PRIORITY_STEP, FAVOURITE, PRIOR_VOTES = 0.15, 0.3, 4.0
SPEED_WEIGHT, MOST_DOUBLINGS = 0.4, 4.0
RELIABILITY_WEIGHT, PRIOR_ANSWERS, PRIOR_GOOD = 2.0, 10.0, 9.5
USUAL_ALLOWANCE_USD, COST_WEIGHT, COST_MOST, COST_UNKNOWN = 0.10, 1.5, 3.0, 0.25
DOUBT, DOUBT_OF_WINDOW, SMALL_WINDOW = 3.0, 0.5, 4096
#: Of a model on a usual computer; where nothing at all was measured, all are taken to be alike.
USUAL_TTFT_S, USUAL_PROMPT_TOKENS_PER_S, USUAL_TOKENS_PER_S = 1.0, 300.0, 20.0


class Factor(StrEnum):
    VOTES = "votes"
    PRIORITY = "priority"
    SPEED = "speed"
    RELIABILITY = "reliability"
    COST = "cost"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A model that can take the task. `seconds` to the end of the answer, `usd` for it; `usd` None = unknown."""

    candidate: Candidate
    factors: tuple[tuple[Factor, float], ...]
    score: float
    seconds: float
    measured: bool
    """Whether `seconds` come of answers that this model gave here."""
    usd: float | None
    standing: Standing
    has_read: bool = False
    """It has what is above the prompt in its server's cache."""

    def factor(self, name: Factor) -> float:
        return dict(self.factors)[name]


@dataclass(frozen=True, slots=True)
class UsualPace:
    """What is taken for a model whose pace was not measured: the middle of those that were."""

    ttft_s: float
    prompt_tokens_per_s: float
    tokens_per_s: float

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> UsualPace:
        paces = [one.pace for one in candidates]
        return cls(
            _middle([one.ttft_s for one in paces], USUAL_TTFT_S),
            _middle([one.prompt_tokens_per_s for one in paces], USUAL_PROMPT_TOKENS_PER_S),
            _middle([one.tokens_per_s for one in paces], USUAL_TOKENS_PER_S),
        )

    def seconds(self, one: Candidate, need: Need) -> float:
        """Loading, reading what it has not read yet, writing the answer.

        Where the speed of reading was not measured, the time to the first token stands for it.
        """
        unread = need.prompt_tokens - (need.read_tokens if has_read(one, need) else 0)
        reading_speed = one.pace.prompt_tokens_per_s
        if reading_speed is not None:
            reading = unread / reading_speed
        elif one.pace.ttft_s is not None:
            reading = one.pace.ttft_s
        else:
            reading = self.ttft_s + unread / self.prompt_tokens_per_s
        return one.load_s + reading + need.answer_tokens / (one.pace.tokens_per_s or self.tokens_per_s)


def rank(need: Need, candidates: Sequence[Candidate], budget_left_usd: float | None) -> list[Ranked]:
    """The best first; of equals the one that came first. All can take the task."""
    usual = UsualPace.of(candidates)
    seconds = [usual.seconds(one, need) for one in candidates]
    fastest = min(seconds, default=0.0)
    steps = {priority: step for step, priority in enumerate(sorted({one.priority for one in candidates}))}
    allowance = USUAL_ALLOWANCE_USD if budget_left_usd is None else budget_left_usd
    ranked = [
        _ranked(need, one, took, fastest, steps[one.priority], allowance)
        for one, took in zip(candidates, seconds, strict=True)
    ]
    return sorted(ranked, key=lambda one: -one.score)


def _ranked(need: Need, one: Candidate, seconds: float, fastest: float, step: int, allowance: float) -> Ranked:
    standing = one.preferences.standing(one.key, need.kind, need.language)
    usd = None if one.price is None else one.price.of(need.prompt_tokens, need.answer_tokens)
    prior = -PRIORITY_STEP * step + (FAVOURITE if one.favourite else 0.0)
    slower = math.log2(seconds / fastest) if fastest > 0 else 0.0
    good = (one.answered + PRIOR_GOOD) / (one.answered + one.failed + PRIOR_ANSWERS)
    factors = (
        (Factor.VOTES, standing.strength),
        (Factor.PRIORITY, prior * PRIOR_VOTES / (PRIOR_VOTES + standing.judged)),
        (Factor.SPEED, -SPEED_WEIGHT * min(slower, MOST_DOUBLINGS)),
        (Factor.RELIABILITY, RELIABILITY_WEIGHT * math.log(good)),
        (Factor.COST, -_cost(usd, allowance)),
        (Factor.DOUBT, -_doubt(need, one)),
    )
    measured = one.pace.tokens_per_s is not None
    score = sum(value for _name, value in factors)
    return Ranked(one, factors, score, seconds, measured, usd, standing, has_read(one, need))


def has_read(one: Candidate, need: Need) -> bool:
    """Whether it answered last and was not unloaded since."""
    return one.key == need.read_by and one.loaded is not False


def _cost(usd: float | None, allowance: float) -> float:
    if usd is None:
        return COST_UNKNOWN
    return min(COST_MOST, COST_WEIGHT * usd / allowance) if usd > 0 else 0.0


def _doubt(need: Need, one: Candidate) -> float:
    unknown = (need.pictures and one.pictures is None) + (need.tools and one.tools is None)
    window = DOUBT_OF_WINDOW if one.window is None and need.tokens > SMALL_WINDOW else 0.0
    return DOUBT * unknown + window


def _middle(values: Sequence[float | None], otherwise: float) -> float:
    known = [value for value in values if value is not None and value > 0]
    return median(known) if known else otherwise
