"""Auto proposes a model that can take the task, and says why: hard needs exclude, evidence ranks, words explain."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType

import pytest

from app.services.comparison.task_kind import TaskKind
from app.services.routing.candidate import FREE, Candidate, Pace, Price
from app.services.routing.need import Need, need_of, read_prompt
from app.services.routing.preferences import Preferences, VotedRound
from app.services.routing.proposing import Barrier, Rules, VoteCount, propose
from app.services.routing.scoring import Factor
from app.services.routing.words import barrier_words, detail_lines, nobody_words, reason_line

QWEN = Candidate("lm_studio", "qwen", "Qwen3 Coder 30B", loaded=True, window=32_768, pictures=False, priority=5)
LLAMA = Candidate("ollama", "llama", "Llama 8B", loaded=True, window=131_072, pictures=False, priority=6)
EYES = Candidate("ollama", "eyes", "Vision 8B", loaded=False, window=8_192, pictures=True, priority=6)
CLOUD = Candidate(
    "anthropic", "c", "Claude", local=False, window=200_000, pictures=True, priority=20, price=Price(3e-6, 15e-6)
)
OPEN = Rules(local_only=False)


def votes(*rounds: VotedRound) -> Preferences:
    return Preferences(rounds)


def won(winner: Candidate, loser: Candidate, kind: str = "code", language: str | None = None) -> VotedRound:
    return VotedRound((winner.key, loser.key), winner.key, kind=kind, language=language)


def chosen_name(need: Need, *candidates: Candidate, rules: Rules = OPEN) -> str:
    proposal = propose(need, candidates, rules)
    return proposal.chosen.candidate.name if proposal.chosen else ""


# -- hard needs


@pytest.mark.parametrize(
    ("need", "candidate", "rules", "barrier", "words"),
    [
        (Need(pictures=True), QWEN, OPEN, Barrier.PICTURES, "cannot read pictures"),
        (Need(tools=True), replace(QWEN, tools=False), OPEN, Barrier.TOOLS, "cannot use tools"),
        (Need(prompt_tokens=9_000), EYES, OPEN, Barrier.WINDOW, "its window of 8.2k is too small for 9.6k"),
        (Need(), replace(QWEN, available=False), OPEN, Barrier.UNREACHABLE, "its server is not reachable"),
        (Need(), CLOUD, Rules(local_only=True), Barrier.CLOUD, "Auto may not use the cloud"),
        (Need(), CLOUD, Rules(False, 0.0), Barrier.BUDGET, "would pass the budget"),
        (Need(), replace(CLOUD, price=None), Rules(False, 5.0), Barrier.PRICE, "its price is not known"),
    ],
)
def test_what_a_model_cannot_do_excludes_it_with_the_reason(
    need: Need, candidate: Candidate, rules: Rules, barrier: Barrier, words: str
) -> None:
    proposal = propose(need, [candidate, replace(LLAMA, pictures=True, tools=True)], rules)
    assert [one.candidate.name for one in proposal.ranked] == ["Llama 8B"]
    (excluded,) = proposal.excluded
    assert excluded.barrier is barrier
    assert words in barrier_words(excluded, need)


def test_the_answer_needs_room_in_the_window_too() -> None:
    small = replace(QWEN, window=9_500)
    assert propose(Need(prompt_tokens=9_000, answer_tokens=400), [small]).chosen is not None
    assert propose(Need(prompt_tokens=9_000, answer_tokens=600), [small]).chosen is None


def test_a_model_that_surely_sees_comes_before_one_that_may() -> None:
    unsure = replace(QWEN, pictures=None)
    assert chosen_name(Need(pictures=True), unsure, EYES) == "Vision 8B"
    assert chosen_name(Need(pictures=True), unsure, LLAMA) == "Qwen3 Coder 30B", "nobody says that it cannot"


def test_nobody_who_can_is_said_with_the_reason() -> None:
    proposal = propose(Need(pictures=True), [QWEN, LLAMA, CLOUD], Rules(local_only=True))
    assert proposal.chosen is None and reason_line(proposal) == ""
    assert nobody_words(proposal) == "None can read pictures."
    assert nobody_words(propose(Need(), [replace(QWEN, available=False)])) == (
        "Qwen3 Coder 30B: its server is not reachable."
    )
    assert nobody_words(propose(Need(), [])) == "No model is known yet."


# -- evidence


def test_without_any_evidence_the_priority_of_providers_decides_and_that_is_said() -> None:
    proposal = propose(Need(), [LLAMA, QWEN])
    assert proposal.chosen is not None and proposal.chosen.candidate is QWEN
    assert proposal.votes is VoteCount.NONE and proposal.thin
    assert reason_line(proposal) == "first by priority · no votes yet"


def test_votes_outweigh_priority_and_count_for_their_kind_of_task() -> None:
    seen = votes(*[won(LLAMA, QWEN)] * 6, *[won(QWEN, LLAMA, "other")] * 6)
    both = [replace(one, preferences=seen) for one in (QWEN, LLAMA)]
    proposal = propose(Need(TaskKind.CODE, prompt_tokens=9_000), both)
    assert proposal.chosen is not None and proposal.chosen.candidate.name == "Llama 8B"
    assert reason_line(proposal) == "code · 9k tokens · your votes prefer it"
    assert chosen_name(Need(TaskKind.OTHER), *both) == "Qwen3 Coder 30B"


def test_one_vote_says_that_there_are_few() -> None:
    proposal = propose(
        Need(TaskKind.CODE), [replace(one, preferences=votes(won(QWEN, LLAMA))) for one in (QWEN, LLAMA)]
    )
    assert proposal.votes is VoteCount.FEW
    assert reason_line(proposal).endswith("few votes yet")


def test_votes_on_prompts_in_one_language_count_for_it() -> None:
    seen = votes(*[won(QWEN, LLAMA, "other", "en")] * 6, *[won(LLAMA, QWEN, "other", "de")] * 6)
    both = [replace(one, preferences=seen) for one in (QWEN, LLAMA)]
    assert chosen_name(need_of("Warum ist der Himmel blau und nicht rot?"), *both) == "Llama 8B"
    assert chosen_name(need_of("Why is the sky blue and not red?"), *both) == "Qwen3 Coder 30B"


def test_of_equals_the_one_that_is_loaded_is_proposed() -> None:
    idle = replace(QWEN, model="idle", name="Idle", loaded=False, size_bytes=18_000_000_000)
    proposal = propose(Need(), [idle, QWEN])
    assert proposal.chosen is not None and proposal.chosen.candidate is QWEN
    assert "loaded" in reason_line(proposal)


def test_measured_speed_counts_to_the_end_of_the_answer() -> None:
    quick = replace(LLAMA, pace=Pace(0.4, 1_500.0, 80.0))
    slow = replace(QWEN, pace=Pace(0.3, 60.0, 4.0))
    proposal = propose(Need(prompt_tokens=6_000), [slow, quick])
    assert proposal.chosen is not None and proposal.chosen.candidate is quick
    assert proposal.chosen.seconds == pytest.approx(6_000 / 1_500 + 600 / 80)
    assert "fast, ≈ 12 s" in reason_line(proposal)


def test_who_has_read_the_chat_need_not_read_it_again() -> None:
    twins = [replace(QWEN, model=name, name=name) for name in ("one", "two")]
    read = Need(prompt_tokens=9_000, read_by=("lm_studio", "two"), read_tokens=8_500)
    proposal = propose(read, twins)
    assert proposal.chosen is not None and proposal.chosen.candidate.name == "two"
    assert "has read this chat" in reason_line(proposal)
    unloaded = propose(read, [twins[0], replace(twins[1], loaded=False)])
    assert unloaded.chosen is not None and unloaded.chosen.candidate.name == "one", "its server forgot it"


def test_a_model_that_fails_often_gives_way() -> None:
    flaky = replace(QWEN, answered=3, failed=7)
    proposal = propose(Need(), [flaky, LLAMA])
    assert proposal.chosen is not None and proposal.chosen.candidate is LLAMA
    assert Factor.RELIABILITY in proposal.reasons and "fails least" in reason_line(proposal)
    assert any("7 of 10 answers failed" in line for line in detail_lines(proposal))


def test_cost_counts_against_what_is_left_of_the_budget() -> None:
    need = Need(prompt_tokens=5_000)
    liked = votes(won(CLOUD, QWEN, "other"))
    both = [replace(one, preferences=liked) for one in (QWEN, CLOUD)]
    assert chosen_name(need, *both, rules=Rules(False, 10.0)) == "Claude"
    assert chosen_name(need, *both, rules=Rules(False, 0.025)) == "Qwen3 Coder 30B", "it would take nearly all of it"
    assert chosen_name(need, *both, rules=Rules(False, 0.01)) == "Qwen3 Coder 30B"


def test_a_favourite_comes_first_until_votes_say_otherwise() -> None:
    liked = replace(LLAMA, favourite=True)
    proposal = propose(Need(), [QWEN, liked])
    assert proposal.chosen is not None and proposal.chosen.candidate is liked
    assert reason_line(proposal).startswith("a favourite")
    seen = votes(*[won(QWEN, LLAMA, "other")] * 8)
    assert chosen_name(Need(), replace(QWEN, preferences=seen), replace(liked, preferences=seen)) == "Qwen3 Coder 30B"


def test_the_details_name_figures_runners_up_and_why_others_cannot() -> None:
    lines = detail_lines(propose(Need(pictures=True), [QWEN, EYES, CLOUD], OPEN))
    assert lines[0].startswith("Vision 8B: pictures · ")
    assert "no votes · ≈" in lines[1]
    assert lines[2].startswith("Next: Claude (no votes · ≈") and "$0.0090" in lines[2]
    assert lines[3] == "Not Qwen3 Coder 30B: cannot read pictures"


def test_the_only_model_needs_no_other_reason() -> None:
    assert reason_line(propose(Need(), [QWEN])) == "the only model · no votes yet"
    assert (
        reason_line(propose(Need(pictures=True), [QWEN, EYES])) == "pictures · the only model that can · no votes yet"
    )


def test_the_same_evidence_gives_the_same_proposal() -> None:
    many = [replace(QWEN, model=f"m{n}", name=f"M{n}") for n in range(30)]
    first = propose(Need(), many)
    assert all(propose(Need(), many) == first for _ in range(3))
    assert first.chosen is not None and first.chosen.candidate.model == "m0", "of equals the first of the list"


def test_the_work_grows_with_the_models_and_not_faster() -> None:
    """Calls are counted, not seconds: 200 models cost what typing can bear (some 12 microseconds a model)."""
    seen = Preferences([won(replace(QWEN, model=f"m{n}"), replace(QWEN, model=f"m{n + 1}")) for n in range(400)])
    many = [replace(QWEN, model=f"m{n}", price=FREE, preferences=seen) for n in range(400)]

    def calls(count: int) -> int:
        counted = 0

        def count_one(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal counted
            counted += event == "call"

        some = many[:count]
        sys.setprofile(count_one)
        try:
            propose(Need(TaskKind.CODE, prompt_tokens=9_000), some)
        finally:
            sys.setprofile(None)
        return counted

    at_200, at_400 = calls(200), calls(400)
    assert at_200 <= 200 * 40
    assert at_400 <= at_200 * 2.1


def test_the_language_is_told_by_the_beginning_and_the_kind_by_more() -> None:
    english = "Why is the sky blue and not green? " * 80
    found = need_of(f"{english}{'почему небо голубое ' * 200} See this Python traceback.")
    assert (found.language, found.kind) == ("en", TaskKind.CODE)


def test_a_draft_that_was_read_needs_what_its_text_needs() -> None:
    text = "Why is the sky blue?"
    assert need_of(read_prompt(text), tokens_beside=7, pictures=True) == need_of(text, tokens_beside=7, pictures=True)
