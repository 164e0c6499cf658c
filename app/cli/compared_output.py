"""Compared answers on a terminal: side by side where they fit, else one below the other, and their figures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.cli import output
from app.services.comparison.compared_answer import AnswerState, best_at
from app.services.comparison.turns import TurnReason
from app.services.conversations.comparison_rows import LETTERS

if TYPE_CHECKING:
    from app.services.comparison.compared_answer import ComparedAnswer
    from app.services.comparison.summary import ModelSummary
    from app.services.llm.metering import AnswerMetrics

LEAST_COLUMN = 36
GAP = "  │  "
BAR_CELLS = 24
BEST = " ←"
UNKNOWN_MEMORY = "–"

TURN_WORDS = {
    TurnReason.ASKED: "The models of this computer answer one after the other.",
    TurnReason.ONE_SERVER: "Models of one server answer one after the other, since not all are in memory; "
    "--together asks them at once.",
    TurnReason.MEMORY: "The models of this computer answer one after the other, since they would not fit into free "
    "memory together; --together asks them at once.",
    TurnReason.UNKNOWN_SIZE: "The models of this computer answer one after the other, since not all sizes are known; "
    "--together asks them at once.",
}


def state_words(answer: ComparedAnswer, *, hidden: bool = False) -> str:
    """How far an answer is, in a word or two. `hidden`: without what tells fast models from slow ones."""
    if answer.state is AnswerState.RUNNING and not hidden:
        return answer.phase or f"{len(answer.text) + len(answer.reasoning):,} characters"
    return answer.state.value


def print_answers(answers: Sequence[ComparedAnswer], *, hidden: bool = False) -> None:
    """What they say. `hidden`: letters in place of the names."""
    titles = [_title(n, None if hidden else answer) for n, answer in enumerate(answers)]
    columns = output.columns_of(sys.stdout)
    wide = 0 if columns is None else (columns - len(GAP) * (len(answers) - 1)) // len(answers)
    if wide >= LEAST_COLUMN:
        _print_side_by_side(titles, answers, wide)
        return
    for title, answer in zip(titles, answers, strict=True):
        print(output.styled(title, "1", sys.stdout))
        print(f"\n{_body(answer)}\n")


def print_figures(answers: Sequence[ComparedAnswer]) -> None:
    """Names and figures, then what failed and what was left out."""
    rows = [[_title(n, one), *_figures(one.metrics, n, answers)] for n, one in enumerate(answers)]
    print(output.table(rows, ("MODEL", "FIRST TOKEN", "SPEED", "TOKENS", "TOTAL", "MEMORY", "COST")))
    if any(_keeps_silent(one) for one in answers):
        output.note(f"MEMORY {UNKNOWN_MEMORY}: the server did not tell what its model takes of memory.")
    for n, answer in enumerate(answers):
        if answer.error is not None:
            output.complain(f"{LETTERS[n]}: {answer.error.message}")
            output.hint(answer.error.whole_hint)
        if answer.left_out:
            output.note(f"{LETTERS[n]}: not sent, since its server does not accept it: {', '.join(answer.left_out)}.")


def _keeps_silent(answer: ComparedAnswer) -> bool:
    """Whether a model of this computer answered, and nobody told what it held."""
    model, metrics = answer.model, answer.metrics
    return model.local and not model.simulated and metrics is not None and metrics.memory_bytes is None


def _title(n: int, answer: ComparedAnswer | None) -> str:
    if answer is None:
        return f"Answer {LETTERS[n]}"
    return output.one_line(f"{LETTERS[n]}  {answer.model.provider}:{answer.model.model}")


def _body(answer: ComparedAnswer) -> str:
    text = output.visible(answer.text).strip("\n")
    if answer.state is AnswerState.COMPLETE:
        return text or "(the answer is empty)"
    end = {AnswerState.FAILED: "(broke off)" if text else "(failed)", AnswerState.STOPPED: "(stopped)"}
    return f"{text}\n{end.get(answer.state, '')}".strip("\n")


def _print_side_by_side(titles: Sequence[str], answers: Sequence[ComparedAnswer], wide: int) -> None:
    columns = [_folded(_body(one), wide) for one in answers]
    heads = (output.styled(_padded(_cut(title, wide), wide), "1", sys.stdout) for title in titles)
    print(GAP.join(heads).rstrip())
    for number in range(max(len(lines) for lines in columns)):
        cells = (lines[number] if number < len(lines) else "" for lines in columns)
        print(GAP.join(_padded(cell, wide) for cell in cells).rstrip())
    print()


def _folded(text: str, wide: int) -> list[str]:
    """Lines of at most this many cells, broken at spaces where there are any."""
    lines: list[str] = []
    for line in text.expandtabs(4).split("\n"):
        rest = line
        while len(_cut(rest, wide)) < len(rest):
            piece = _cut(rest, wide)
            space = piece.rfind(" ")
            end = space if space > wide // 2 else len(piece)
            lines.append(rest[:end])
            rest = rest[end:].lstrip(" ")
        lines.append(rest)
    return lines


def _cut(text: str, cells: int) -> str:
    from prompt_toolkit.utils import get_cwidth  # here: wide characters count only where columns are printed

    used = 0
    for n, character in enumerate(text):
        used += get_cwidth(character)
        if used > cells:
            return text[: max(1, n)]
    return text


def _padded(text: str, cells: int) -> str:
    from prompt_toolkit.utils import get_cwidth  # here: as above

    return text + " " * (cells - get_cwidth(text))


def _figures(metrics: AnswerMetrics | None, n: int, answers: Sequence[ComparedAnswer]) -> list[str]:
    if metrics is None:
        return [""] * 6
    about = "≈ " if metrics.estimated else ""

    def cell(figure: str, words: str) -> str:
        return words + (BEST if words and n in best_at(figure, answers) else "")

    return [
        cell("ttft_ms", _seconds(metrics.ttft_ms)),
        cell("tokens_per_second", _speed(metrics.tokens_per_second, about)),
        "" if metrics.output_tokens is None else f"{about}{metrics.output_tokens:,}",
        cell("duration_ms", _seconds(metrics.duration_ms)),
        _memory(metrics.memory_bytes),
        cell("cost_usd", _cost(metrics.cost_usd)),
    ]


def _seconds(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def _speed(tokens_per_second: float | None, about: str) -> str:
    return "" if tokens_per_second is None else f"{about}{tokens_per_second:.1f} tok/s"


def _memory(size_bytes: int | None) -> str:
    return UNKNOWN_MEMORY if size_bytes is None else output.size_text(size_bytes)


def _cost(cost_usd: float | None) -> str:
    if cost_usd is None:
        return "unknown"
    if cost_usd == 0:
        return "free"
    return f"${cost_usd:.4f}" if cost_usd >= 0.0001 else "< $0.0001"


def print_summary(summaries: Sequence[ModelSummary], prompts: int) -> None:
    """A table and a chart; the answers themselves are in `--json`."""
    rows = [
        [
            f"{one.provider}:{one.model}",
            f"{one.answered}/{prompts}",
            _seconds(one.ttft_ms),
            _speed(one.tokens_per_second, "≈ " if one.estimated else ""),
            _seconds(one.duration_ms),
            "" if one.output_tokens is None else f"{one.output_tokens:,}",
            _memory(one.memory_bytes) if one.answered else "",
            _cost(one.cost_usd) if one.answered else "",
        ]
        for one in summaries
    ]
    print(output.table(rows, ("MODEL", "ANSWERED", "FIRST TOKEN", "SPEED", "TOTAL", "TOKENS", "MEMORY", "COST")))
    _print_chart("Speed, median", summaries, lambda one: one.tokens_per_second, lambda value: f"{value:.1f} tok/s")
    _print_chart("Time to the end, median", summaries, lambda one: one.duration_ms, lambda value: _seconds(value))
    output.note("Times and speed are medians, memory is the most that was held. --json has every answer.")


def _print_chart(
    title: str,
    summaries: Sequence[ModelSummary],
    value_of: Callable[[ModelSummary], float | None],
    words: Callable[[float], str],
) -> None:
    known = [(f"{one.provider}:{one.model}", value) for one in summaries if (value := value_of(one)) is not None]
    most = max((value for _name, value in known), default=0.0)
    if most <= 0:
        return
    name_cells = max(len(output.one_line(name, 40)) for name, _value in known)
    print(f"\n{title}")
    for name, value in known:
        full = max(1, round(value / most * BAR_CELLS))
        print(f"{output.one_line(name, 40).ljust(name_cells)}  {'█' * full}{' ' * (BAR_CELLS - full)}  {words(value)}")
