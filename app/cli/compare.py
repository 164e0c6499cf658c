"""`aica compare`: the same prompt to several models, side by side, with their figures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from secrets import SystemRandom
from typing import TYPE_CHECKING, Any

from app.cli import blind_vote, output, prompt_input, running
from app.cli.missing_model import suggest_names
from app.cli.progress import ProgressLine
from app.cli.request_flags import add_request_flags, parameters_of
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.comparison.compared_answer import ComparedAnswer
    from app.services.comparison.comparison import Comparison
    from app.services.comparison.prompt_set import ComparedPrompt
    from app.services.comparison.prompt_set_run import PromptSetRun
    from app.services.comparison.turns import Turns
    from app.services.llm.llm_manager import Resolved


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{parser.description} Models elsewhere and models that are in memory answer at the same time; those of this "
        "computer that would not fit together answer in turn, so that each is measured by itself."
    )
    parser.add_argument(
        "--model",
        metavar="P:M",
        action="append",
        required=True,
        help="PROVIDER:MODEL, or a model id; two to four times. The same model may be named twice",
    )
    parser.add_argument("--timeout", metavar="S", type=running.positive, help="seconds of silence tolerated")
    add_request_flags(parser)
    order = parser.add_mutually_exclusive_group()
    order.add_argument("--together", action="store_true", help="all at the same time, even if memory may not do")
    order.add_argument("--in-turn", action="store_true", help="one after the other, for figures that compare well")
    parser.add_argument(
        "--attach", metavar="FILE", action="append", default=[], help="text, PDF or picture to send along; may repeat"
    )
    parser.add_argument(
        "--file",
        metavar="FILE",
        help='ask every prompt of a file: a line is a JSON string or {"prompt": "…", "system": "…", "id": "…"}',
    )
    parser.add_argument("--json", action="store_true", help="answers, figures and summary as one JSON object")
    parser.add_argument(
        "--blind",
        action="store_true",
        help="hide names and order until you have said which answer is better; needs a terminal",
    )
    parser.add_argument("--no-save", action="store_true", help="keep nothing of it")
    parser.add_argument("prompt", metavar="PROMPT", nargs="*", help='the question; "-" is standard input')
    parser.set_defaults(run=run, error_line=True)


def run(arguments: argparse.Namespace) -> Any:
    """Usage is checked before anything is opened.

    Raises:
        UsageError: too few or too many models, no prompt, unreadable files, malformed flags, nobody to vote.
        LLMError: kind `config`, for a set of prompts that cannot be read.
    """
    from app.services.comparison.comparison import LEAST_MODELS, MOST_MODELS

    if not LEAST_MODELS <= len(arguments.model) <= MOST_MODELS:
        raise output.UsageError(f"--model is given {LEAST_MODELS} to {MOST_MODELS} times, not {len(arguments.model)}.")
    if arguments.blind:
        _check_blind(arguments)
    parameters = parameters_of(arguments)
    return _compare(arguments, _prompts(arguments), parameters)


def _check_blind(arguments: argparse.Namespace) -> None:
    if arguments.json or arguments.file:
        raise output.UsageError("--blind asks for a vote on one prompt; leave out --json and --file.")
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise output.UsageError("--blind asks for a vote, so it needs a terminal.")


def _prompts(arguments: argparse.Namespace) -> list[ComparedPrompt]:
    from app.services.comparison.prompt_set import ComparedPrompt, read_prompt_set

    system = arguments.system or ""
    if arguments.file:
        if arguments.prompt or arguments.attach:
            raise output.UsageError("--file brings its own prompts; leave out PROMPT and --attach.")
        return read_prompt_set(Path(arguments.file), system=system)
    prompt = prompt_input.read_prompt(arguments.prompt, arguments.attach)
    return [ComparedPrompt(prompt.text, system, images=prompt.images)]


async def _compare(arguments: argparse.Namespace, prompts: Sequence[ComparedPrompt], parameters: dict[str, Any]) -> int:
    from app.services.comparison.comparison import contenders
    from app.services.comparison.held_memory import memory_of
    from app.services.comparison.prompt_set_run import PromptSetRun
    from app.services.comparison.turns import turns_of
    from app.services.engine.memory import available_bytes
    from app.services.llm.errors import LLMError

    arguments.provider, named, arguments.model = None, arguments.model, None  # no single model's overrides
    keep = not arguments.no_save
    async with await running.services_of(arguments, quiet=arguments.json, keep_history=keep) as services:
        if keep and not arguments.json and not services.store.state.saved:
            output.note(f"This comparison cannot be saved: {services.store.state.reason}.")
        try:
            models = await contenders(services.manager, [(None, name) for name in named])
        except LLMError as exc:
            await suggest_names(services, exc, in_terminal("models"))
            raise
        if arguments.blind:
            SystemRandom().shuffle(models)
        together = True if arguments.together else False if arguments.in_turn else None
        turns = turns_of(models, available_bytes(), together=together)
        if not arguments.json:
            _say_order(models, turns)
        asking = PromptSetRun(
            services.manager,
            services.store,
            models,
            turns,
            prompts,
            parameters=parameters,
            timeout_s=arguments.timeout,
            blind=arguments.blind,
            memory_of=memory_of(services),
        )
        await _ask(asking, shows_progress=sys.stderr.isatty() and not arguments.json, hidden=arguments.blind)
        if arguments.blind:
            await blind_vote.ask(services.store, asking.rounds[0].uid)
    _show(arguments, asking)
    return _status([one.answers for one in asking.rounds])


async def _ask(asking: PromptSetRun, *, shows_progress: bool, hidden: bool) -> None:
    count, lines = len(asking.prompts), list[ProgressLine]()

    def begin(comparison: Comparison) -> None:
        for line in lines:
            line.end()
        line = ProgressLine(f"{len(asking.rounds) + 1}/{count}" if count > 1 else "Asked")
        lines[:] = [line]
        comparison.changed.subscribe(lambda _position: line.show(None, _progress(comparison, hidden=hidden)))

    if shows_progress:
        asking.began.subscribe(begin)
    try:
        await asking.run()
    finally:
        for line in lines:
            line.end()


def _progress(comparison: Comparison, *, hidden: bool) -> str:
    from app.cli.compared_output import state_words
    from app.services.conversations.comparison_rows import LETTERS

    return "  ".join(f"{LETTERS[n]} {state_words(one, hidden=hidden)}" for n, one in enumerate(comparison.answers))


def _say_order(models: Sequence[Resolved], turns: Turns) -> None:
    from app.cli.compared_output import TURN_WORDS

    if any(model.simulated for model in models):
        output.note("Simulated answers. No model is running.")
    if turns.reason is not None:
        output.note(TURN_WORDS[turns.reason])
    elif sum(model.local and not model.simulated for model in models) > 1:
        output.note("Models of this computer run at the same time and slow each other down; --in-turn measures better.")


def _show(arguments: argparse.Namespace, asking: PromptSetRun) -> None:
    from app.cli import compared_output

    rounds = asking.rounds
    if arguments.json:
        output.print_json(asking.report())
    elif arguments.file:
        compared_output.print_summary(asking.summary(), len(rounds))
    else:
        if not arguments.blind:  # those were read before the vote
            compared_output.print_answers(rounds[0].answers)
        compared_output.print_figures(rounds[0].answers)


def _status(rounds: Sequence[list[ComparedAnswer]]) -> int:
    """0 where every model answered every prompt, else what the first failure means."""
    answers = (one for answers in rounds for one in answers)
    failed = next((one for one in answers if one.error is not None), None)
    return output.exit_status(failed.error, answered=bool(failed.text)) if failed and failed.error else 0
