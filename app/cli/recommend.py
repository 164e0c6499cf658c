"""`aica recommend`: which model a prompt would go to, and why; nothing is asked."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from app.cli import output, prompt_input, running
from app.cli.start_hints import fit_way_to_start
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.errors import LLMError
    from app.services.routing.need import Need
    from app.services.routing.proposing import Proposal
    from app.services.routing.scoring import Ranked

HEAD = ("MODEL", "PROVIDER", "VOTES", "SECONDS", "USD", "SCORE")


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{parser.description} It rests on your votes on compared answers, on what was measured here, on prices and on "
        "the order of providers, and says where that is little. No model is asked."
    )
    parser.add_argument(
        "--attach",
        metavar="FILE",
        action="append",
        default=[],
        help="text, PDF, Office document or picture that would go along; may repeat",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "prompt", metavar="PROMPT", nargs="*", help='what would be asked; "-" is standard input; none = any task'
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Any:
    """Usage is checked before anything is opened.

    Raises:
        UsageError: unreadable files.
    """
    piped = "-" in arguments.prompt
    has_prompt = bool(arguments.prompt or arguments.attach)
    prompt = prompt_input.read_prompt(arguments.prompt, arguments.attach) if has_prompt or piped else None
    return _recommend(arguments, prompt)


async def _recommend(arguments: argparse.Namespace, prompt: prompt_input.Prompt | None) -> int:
    from app.services.routing.need import Need, need_of

    need = Need() if prompt is None else need_of(prompt.text, pictures=bool(prompt.images))
    async with await running.services_of(arguments, quiet=arguments.json) as services:
        await services.auto.look()
        proposal = services.auto.propose(need)
        problem = await _problem(services, proposal)
    if arguments.json:
        output.print_json(_as_object(proposal))
    else:
        _print(proposal)
    if problem is None:
        return 0
    if not arguments.json:
        output.report(problem)
    return output.exit_status(problem)


async def _problem(services: Services, proposal: Proposal) -> LLMError | None:
    """Why nothing is recommended: what the first server said where none was reached, else what no model can."""
    from app.services.llm.errors import LLMError
    from app.services.routing.auto import routed

    try:
        routed(proposal)
    except LLMError as exc:
        states = services.catalogue.states().values()
        failed = [state.error for state in states if state.error is not None]
        if not failed or any(state.status == "up" for state in states):
            return exc
        await fit_way_to_start(services, failed[0])
        return failed[0]
    return None


def _print(proposal: Proposal) -> None:
    from app.services.routing.words import barrier_words, reason_line

    if proposal.chosen is not None:
        one = proposal.chosen.candidate
        output.say(f"{output.one_line(one.provider)}:{output.one_line(one.model)}  {reason_line(proposal)}")
        print()
        print(output.table([_row(ranked) for ranked in proposal.ranked], HEAD))
    for excluded in proposal.excluded:
        name = f"{excluded.candidate.provider}:{excluded.candidate.model}"
        output.note(f"Not {output.one_line(name)}: {barrier_words(excluded, proposal.need)}.")
    if proposal.chosen is not None and proposal.thin:
        print(file=sys.stderr)
        output.note(
            f"{_thin(proposal)} Compare answers and vote, in the window or with “{in_terminal('compare')} --blind”, "
            "and it learns what you prefer."
        )


def _thin(proposal: Proposal) -> str:
    from app.services.routing.proposing import VoteCount

    if proposal.votes is VoteCount.NONE:
        return "Thin evidence: you have not voted on this model yet; priorities, what is loaded and speed decide."
    return "Thin evidence: there are few votes on this model yet."


def _row(one: Ranked) -> tuple[str, ...]:
    from app.services.routing.words import seconds_text

    standing = one.standing
    return (
        one.candidate.model,
        one.candidate.provider,
        f"{standing.won} of {standing.judged}" if standing.judged else "none",
        f"≈ {seconds_text(one.seconds)}" + ("" if one.measured else ", not measured"),
        "unknown" if one.usd is None else f"≈ {one.usd:.4f}" if one.usd else "0",
        f"{one.score:+.2f}",
    )


def _as_object(proposal: Proposal) -> dict[str, Any]:
    from app.services.routing.words import barrier_words, reason_line

    chosen = proposal.chosen
    return {
        "need": _need_object(proposal.need),
        "recommended": None if chosen is None else f"{chosen.candidate.provider}:{chosen.candidate.model}",
        "reason": reason_line(proposal),
        "votes": proposal.votes.value,
        "thin": proposal.thin,
        "models": [_ranked_object(one) for one in proposal.ranked],
        "excluded": [
            {
                "provider": one.candidate.provider,
                "model": one.candidate.model,
                "barrier": one.barrier.value,
                "reason": barrier_words(one, proposal.need),
            }
            for one in proposal.excluded
        ],
    }


def _need_object(need: Need) -> dict[str, Any]:
    return {
        "kind": need.kind.value,
        "language": need.language,
        "prompt_tokens": need.prompt_tokens,
        "answer_tokens": need.answer_tokens,
        "pictures": need.pictures,
        "tools": need.tools,
    }


def _ranked_object(one: Ranked) -> dict[str, Any]:
    return {
        "provider": one.candidate.provider,
        "model": one.candidate.model,
        "name": one.candidate.name,
        "local": one.candidate.local,
        "score": round(one.score, 3),
        "factors": {name.value: round(value, 3) for name, value in one.factors},
        "seconds": round(one.seconds, 1),
        "measured": one.measured,
        "usd": one.usd,
        "votes": one.standing.judged,
        "won": one.standing.won,
    }
