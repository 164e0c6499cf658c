"""What votes say of models: a Bradley-Terry estimate that says little while there are few votes.

A model's strength is a log-odds: 0 is an average model, and one of 1 is preferred to it in 73 of 100 cases. As prior
each model has drawn `PRIOR_GAMES` games with itself as it was known before, so that few votes move it little (Caron and
Doucet, "Efficient Bayesian Inference for Generalized Bradley-Terry Models", 2012, section 3: a gamma prior keeps the
estimate finite; a fixed opponent does the same and has a meaning). "Known before" is, for one kind of task, what all
votes say, and for one language what all votes on that kind say; an average model where there is nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.lean_dataclass import dataclass

#: Provider and model id.
ModelKey = tuple[str, str]
#: Kind of the task and language of the prompt; None = any.
Topic = tuple[str | None, str | None]
PRIOR_GAMES = 4.0
_MOST_ROUNDS, _CLOSE_ENOUGH = 200, 1e-6


@dataclass(frozen=True, slots=True)
class VotedRound:
    """One comparison that somebody judged. `winner` None: a tie, or, with `bad`, all were bad."""

    models: tuple[ModelKey, ...]
    winner: ModelKey | None
    bad: bool = False
    kind: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`strength` in log-odds. `judged`: how many votes on this topic it was in; `won` of them."""

    strength: float = 0.0
    judged: int = 0
    won: int = 0


class Preferences:
    """Standings of all models that were voted on, by topic. Made once for each state of the votes."""

    def __init__(self, rounds: Iterable[VotedRound] = ()) -> None:
        by_topic: dict[Topic, list[VotedRound]] = defaultdict(list)
        for one in rounds:
            by_topic[None, None].append(one)
            if one.kind is not None:
                by_topic[one.kind, None].append(one)
            if one.kind is not None and one.language is not None:
                by_topic[one.kind, one.language].append(one)
        self._standings: dict[Topic, dict[ModelKey, Standing]] = {}
        for topic in sorted(by_topic, key=lambda one: (one[0] is not None, one[1] is not None)):  # the wider ones first
            self._standings[topic] = _standings(by_topic[topic], self._known_before(topic))

    def standing(self, model: ModelKey, kind: str | None = None, language: str | None = None) -> Standing:
        """On this topic; where nobody voted on it, on the wider one."""
        for topic in ((kind, language), (kind, None), (None, None)):
            found = self._standings.get(topic, {}).get(model)
            if found is not None:
                return found
        return Standing()

    def _known_before(self, topic: Topic) -> Mapping[ModelKey, float]:
        kind, language = topic
        wider: Topic = (kind, None) if language is not None else (None, None)
        if wider == topic:
            return {}
        return {model: one.strength for model, one in self._standings[wider].items()}


def _standings(rounds: Sequence[VotedRound], before: Mapping[ModelKey, float]) -> dict[ModelKey, Standing]:
    games: dict[ModelKey, dict[ModelKey, float]] = defaultdict(lambda: defaultdict(float))
    points: dict[ModelKey, float] = defaultdict(float)
    lost_to_average: dict[ModelKey, float] = defaultdict(float)
    judged: dict[ModelKey, int] = defaultdict(int)
    won: dict[ModelKey, int] = defaultdict(int)
    for one in rounds:
        models = tuple(dict.fromkeys(one.models))
        for model in models:
            judged[model] += 1
            won[model] += model == one.winner
            lost_to_average[model] += one.bad
        for first, second in _pairs(models, one):
            games[first][second] += 1
            games[second][first] += 1
            points[first] += 1.0 if one.winner == first else 0.0 if one.winner == second else 0.5
            points[second] += 1.0 if one.winner == second else 0.0 if one.winner == first else 0.5
    odds = {model: math.exp(before.get(model, 0.0)) for model in judged}
    anchors = dict(odds)
    for _ in range(_MOST_ROUNDS):
        after = {}
        for model, mine in odds.items():
            expected = sum(n / (mine + odds[other]) for other, n in games[model].items())
            expected += PRIOR_GAMES / (mine + anchors[model]) + lost_to_average[model] / (mine + 1.0)
            after[model] = (points[model] + PRIOR_GAMES / 2) / expected
        change = max(abs(math.log(after[model] / odds[model])) for model in odds)
        odds = after
        if change < _CLOSE_ENOUGH:
            break
    return {model: Standing(math.log(odds[model]), judged[model], won[model]) for model in odds}


def _pairs(models: Sequence[ModelKey], one: VotedRound) -> list[tuple[ModelKey, ModelKey]]:
    """What the vote compared: the winner with each other one, all with all in a tie, none where all were bad."""
    if one.bad:
        return []
    if one.winner is not None:
        return [(one.winner, other) for other in models if other != one.winner]
    return [(a, b) for n, a in enumerate(models) for b in models[n + 1 :]]
