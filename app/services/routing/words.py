"""A proposal in words, the same in every front: “code · 9k tokens · your votes prefer it”."""

from __future__ import annotations

from app.services.comparison.task_kind import TaskKind
from app.services.routing.candidate import Candidate
from app.services.routing.need import Need
from app.services.routing.proposing import Barrier, Excluded, Proposal, VoteCount
from app.services.routing.scoring import Factor, Ranked
from app.services.wording import later, say

#: Shorter prompts are not worth their number.
TOLD_TOKENS = 1_000
MOST_RUNNERS_UP = 3

_LANGUAGES = {
    "ar": later("Core", "Arabic"),
    "de": later("Core", "German"),
    "el": later("Core", "Greek"),
    "en": later("Core", "English"),
    "es": later("Core", "Spanish"),
    "fr": later("Core", "French"),
    "he": later("Core", "Hebrew"),
    "hi": later("Core", "Hindi"),
    "it": later("Core", "Italian"),
    "ja": later("Core", "Japanese"),
    "ko": later("Core", "Korean"),
    "nl": later("Core", "Dutch"),
    "pt": later("Core", "Portuguese"),
    "ru": later("Core", "Russian"),
    "th": later("Core", "Thai"),
    "zh": later("Core", "Chinese"),
}


def reason_line(proposal: Proposal) -> str:
    """What was needed, then why this one; what the votes are worth last where that is little. "" where none can."""
    if proposal.chosen is None:
        return ""
    said = [*need_words(proposal.need), *reason_words(proposal)]
    return " · ".join([*said, *([thin_words(proposal)] if proposal.thin else [])])


def need_words(need: Need) -> list[str]:
    words = [say("code")] if need.kind is TaskKind.CODE else []
    if need.pictures:
        words.append(say("pictures"))
    if need.tools:
        words.append(say("tools"))
    if need.prompt_tokens >= TOLD_TOKENS:
        words.append(say("{count} tokens", count=tokens_text(need.prompt_tokens)))
    return words


def reason_words(proposal: Proposal) -> list[str]:
    """Why the chosen one, the weightiest first."""
    if proposal.chosen is None:
        return []
    if len(proposal.ranked) == 1:
        return [say("the only model that can")] if proposal.excluded else [say("the only model")]
    words = [_reason(factor, proposal.chosen) for factor in proposal.reasons]
    return words or [say("first in the list")]


def thin_words(proposal: Proposal) -> str:
    """How little the votes are worth; "" where they are many."""
    return {VoteCount.NONE: say("no votes yet"), VoteCount.FEW: say("few votes yet"), VoteCount.ENOUGH: ""}[
        proposal.votes
    ]


def detail_lines(proposal: Proposal) -> list[str]:
    """All there is to say: the chosen one with its figures, the runners-up, and why the others cannot."""
    lines = []
    if proposal.chosen is not None:
        lines.append(f"{proposal.chosen.candidate.name}: {reason_line(proposal)}")
        lines.append(figures(proposal.chosen))
        if proposal.need.language in _LANGUAGES:
            lines.append(say("Language of the prompt: {language}", language=say(_LANGUAGES[proposal.need.language])))
    for one in proposal.ranked[1 : 1 + MOST_RUNNERS_UP]:
        lines.append(say("Next: {name} ({figures})", name=one.candidate.name, figures=figures(one)))
    lines += [
        say("Not {name}: {why}", name=one.candidate.name, why=barrier_words(one, proposal.need))
        for one in proposal.excluded[:6]
    ]
    if len(proposal.excluded) > 6:
        lines.append(say("Nor {count} more", count=len(proposal.excluded) - 6))
    return lines


def figures(one: Ranked) -> str:
    """Votes, seconds, money of one model."""
    standing = one.standing
    votes = (
        say("{won} of {judged} votes", won=standing.won, judged=standing.judged) if standing.judged else say("no votes")
    )
    seconds = f"≈ {seconds_text(one.seconds)}" + ("" if one.measured else say(", not measured yet"))
    parts = [votes, seconds]
    if one.usd:
        parts.append(f"≈ ${one.usd:.4f}")
    elif one.usd is None:
        parts.append(say("price unknown"))
    if one.candidate.failed:
        total = one.candidate.failed + one.candidate.answered
        parts.append(say("{failed} of {total} answers failed", failed=one.candidate.failed, total=total))
    return " · ".join(parts)


def barrier_words(excluded: Excluded, need: Need) -> str:
    one = excluded.candidate
    return {
        Barrier.UNREACHABLE: say("its server is not reachable"),
        Barrier.CLOUD: say("Auto may not use the cloud"),
        Barrier.PICTURES: say("cannot read pictures"),
        Barrier.TOOLS: say("cannot use tools"),
        Barrier.WINDOW: say(
            "its window of {window} is too small for {needed}",
            window=tokens_text(one.window or 0),
            needed=tokens_text(need.tokens),
        ),
        Barrier.BUDGET: say("would pass the budget"),
        Barrier.PRICE: say("its price is not known, and there is a budget"),
    }[excluded.barrier]


def nobody_words(proposal: Proposal) -> str:
    """Why there is no proposal, in a sentence."""
    if not proposal.excluded:
        return say("No model is known yet.")
    models = [one for one in proposal.excluded if one.barrier is not Barrier.CLOUD] or list(proposal.excluded)
    if len(models) == 1:
        return f"{models[0].candidate.name}: {barrier_words(models[0], proposal.need)}."
    kinds = dict.fromkeys(one.barrier for one in models)
    said = {
        Barrier.UNREACHABLE: say("no server is reachable"),
        Barrier.CLOUD: say("Auto may not use the cloud"),
        Barrier.PICTURES: say("none can read pictures"),
        Barrier.TOOLS: say("none can use tools"),
        Barrier.WINDOW: say("no window has room for {count} tokens", count=tokens_text(proposal.need.tokens)),
        Barrier.BUDGET: say("the budget is used up"),
        Barrier.PRICE: say("prices are not known, and there is a budget"),
    }
    text = ", ".join(said[kind] for kind in kinds)
    return f"{text[:1].upper()}{text[1:]}."


def _reason(factor: Factor, chosen: Ranked) -> str:
    return {
        Factor.VOTES: say("your votes prefer it"),
        Factor.PRIORITY: _priority_words(chosen.candidate),
        Factor.SPEED: _speed_words(chosen),
        Factor.RELIABILITY: say("fails least"),
        Factor.COST: say("costs nothing") if not chosen.usd else say("costs little"),
        Factor.DOUBT: say("sure to be able to"),
    }[factor]


def _priority_words(one: Candidate) -> str:
    return say("a favourite") if one.favourite else say("first by priority")


def _speed_words(chosen: Ranked) -> str:
    if chosen.has_read:
        return say("has read this chat")
    if chosen.measured:
        return say("fast, ≈ {seconds}", seconds=seconds_text(chosen.seconds))
    return say("loaded") if chosen.candidate.loaded else say("quick to load")


def tokens_text(tokens: int) -> str:
    """9k, 1.5k, 131k; exact below a thousand."""
    if tokens < 1_000:
        return str(tokens)
    thousands = tokens / 1_000
    return f"{thousands:.1f}k".replace(".0k", "k") if thousands < 9.95 else f"{thousands:.0f}k"


def seconds_text(seconds: float) -> str:
    if seconds >= 90:
        return say("{seconds:.0f} min", seconds=seconds / 60)
    return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.1f} s"
