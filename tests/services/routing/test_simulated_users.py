"""Auto learns tastes from votes: for users whose tastes are known, after 60 votes it chooses better than any one model.

How a user is simulated. There are five models, equal in everything that is not taste: nothing was measured, all are
loaded, one provider. For each kind of task (code, other) and model the user has a utility drawn from a normal
distribution (mean 0, deviation 1), independently, so that tastes differ by task. The user compares two models drawn at
random on a prompt of either kind, 60 times. Model a wins with the probability 1 / (1 + exp(-2 (u_a - u_b))), and with
one in ten votes the user calls a tie whatever the utilities are: so about a quarter of the votes are against the taste.
Each vote is a kept comparison in a real store, written and voted on as the window does, and read back as Auto reads it.

What is measured. Over 200 fresh tasks, half of them code, the regret is the utility of the best model for that kind of
task less that of the one Auto proposes. It stands against the best fixed model: the one model, chosen in hindsight by
the true utilities, whose mean regret over the same tasks is least. The median over 20 users (seeds 0 to 19) counts.
"""

from __future__ import annotations

import math
import random
from statistics import mean, median

import pytest

from app.services.comparison.task_kind import TaskKind, kind_of
from app.services.conversations import comparison_rows
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison, Vote
from app.services.conversations.store import ConversationStore
from app.services.routing.candidate import Candidate
from app.services.routing.evidence import EvidenceReader
from app.services.routing.need import need_of
from app.services.routing.preferences import Preferences
from app.services.routing.proposing import propose

pytestmark = pytest.mark.anyio

MODELS = [f"model-{n}" for n in range(5)]
PROMPTS = {TaskKind.CODE: "Write a Python function that parses a date.", TaskKind.OTHER: "Tell me about the sea."}
VOTES, TASKS, SHARPNESS, TIES = 60, 200, 2.0, 0.1
Utilities = dict[TaskKind, dict[str, float]]


def utilities_of(dice: random.Random) -> Utilities:
    return {kind: {model: dice.gauss(0.0, 1.0) for model in MODELS} for kind in TaskKind}


async def vote(store: ConversationStore, dice: random.Random, utilities: Utilities) -> None:
    """One comparison of two models, answered and voted on."""
    kind = dice.choice(list(TaskKind))
    pair = dice.sample(MODELS, 2)
    first, second = (utilities[kind][model] for model in pair)
    prefers_first = dice.random() < 1 / (1 + math.exp(-SHARPNESS * (first - second)))
    cast: Vote = "tie" if dice.random() < TIES else "A" if prefers_first else "B"
    rows = [NewComparedAnswer("lm_studio", model, model, True, False) for model in pair]
    uid = await store.write(comparison_rows.create, NewComparison(PROMPTS[kind], blind=True), rows, store.owner_id)
    for position, model in enumerate(pair):
        answer = {"state": "complete", "text": f"From {model}.", "reasoning": "", "finish_reason": "stop"}
        rest = {"left_out": [], "metrics": None, "error": None}
        await store.write(comparison_rows.finish, uid, position, {**answer, **rest})
    await store.write(comparison_rows.set_vote, uid, cast, kind_of(PROMPTS[kind], ()).value)


async def regrets(seed: int, votes: int = VOTES) -> tuple[float, float]:
    """Mean regret of Auto, and of the best fixed model, for one user."""
    dice = random.Random(seed)
    utilities = utilities_of(dice)
    store = ConversationStore(None)
    await store.open()
    try:
        for _ in range(votes):
            await vote(store, dice, utilities)
        evidence = await EvidenceReader(store).read(0.0, None)
    finally:
        await store.aclose()
    tasks = [kind for kind in TaskKind for _ in range(TASKS // 2)]
    by_auto = [regret_of(utilities, kind, proposed(evidence.preferences, kind)) for kind in tasks]
    fixed = min(mean(regret_of(utilities, kind, model) for kind in tasks) for model in MODELS)
    return mean(by_auto), fixed


def proposed(preferences: Preferences, kind: TaskKind) -> str:
    candidates = [Candidate("lm_studio", m, m, loaded=True, preferences=preferences) for m in MODELS]
    chosen = propose(need_of(PROMPTS[kind]), candidates).chosen
    assert chosen is not None
    return chosen.candidate.model


def regret_of(utilities: Utilities, kind: TaskKind, model: str) -> float:
    return max(utilities[kind].values()) - utilities[kind][model]


async def test_after_sixty_votes_auto_chooses_better_than_the_best_fixed_model() -> None:
    found = [await regrets(seed) for seed in range(20)]
    by_auto, fixed = (median(column) for column in zip(*found, strict=True))
    assert by_auto < fixed, f"median regret {by_auto:.3f}, of the best fixed model {fixed:.3f}"


async def test_with_more_votes_it_chooses_better() -> None:
    few, many = [median([(await regrets(seed, n))[0] for seed in range(8)]) for n in (5, 60)]
    assert many < few


async def test_a_vote_that_is_taken_back_counts_no_more() -> None:
    dice = random.Random(1)
    store = ConversationStore(None)
    await store.open()
    try:
        await vote(store, dice, utilities_of(dice))
        ((uid,),) = await store.read(lambda db: db.execute("SELECT uid FROM comparison").fetchall())
        await store.write(comparison_rows.set_vote, uid, "A", "code")
        voted = (await EvidenceReader(store).read(0.0, None)).preferences
        await store.write(comparison_rows.set_vote, uid, None, None)
        taken_back = (await EvidenceReader(store).read(0.0, None)).preferences
    finally:
        await store.aclose()
    assert any(voted.standing(("lm_studio", model)).judged for model in MODELS)
    assert not any(taken_back.standing(("lm_studio", model)).judged for model in MODELS)
