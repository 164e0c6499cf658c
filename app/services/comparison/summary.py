"""What many comparisons say of each model: how often it answered, how fast, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from app.lean_dataclass import dataclass
from app.services.comparison.compared_answer import AnswerState, ComparedAnswer


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """Medians over the answers that have the figure; None where none has it."""

    provider: str
    model: str
    answered: int
    failed: int
    ttft_ms: float | None
    tokens_per_second: float | None
    duration_ms: float | None
    output_tokens: int | None
    """Sum."""
    cost_usd: float | None
    """Sum; None where the price of one answer is unknown."""
    memory_bytes: int | None
    """The most that the model held of memory while it answered."""
    estimated: bool
    """Whether some tokens were counted here instead of by the server."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def summary_of(rounds: Sequence[Sequence[ComparedAnswer]]) -> list[ModelSummary]:
    """One for each position; `rounds` are the answers to one prompt each, in the order of the models."""
    return [_summary([answers[n] for answers in rounds]) for n in range(len(rounds[0]))] if rounds else []


def _summary(answers: Sequence[ComparedAnswer]) -> ModelSummary:
    whole = [one for one in answers if one.state is AnswerState.COMPLETE]
    metrics = [one.metrics for one in whole if one.metrics is not None]

    def middle(figure: str) -> float | None:
        values = [value for one in metrics if (value := getattr(one, figure)) is not None]
        return median(values) if values else None

    tokens = [one.output_tokens for one in metrics if one.output_tokens is not None]
    costs = [one.cost_usd for one in metrics]
    return ModelSummary(
        provider=answers[0].model.provider,
        model=answers[0].model.model,
        answered=len(whole),
        failed=sum(one.state is AnswerState.FAILED for one in answers),
        ttft_ms=middle("ttft_ms"),
        tokens_per_second=middle("tokens_per_second"),
        duration_ms=middle("duration_ms"),
        output_tokens=sum(tokens) if tokens else None,
        cost_usd=None if not costs or None in costs else sum(cost for cost in costs if cost is not None),
        memory_bytes=max((one.memory_bytes for one in metrics if one.memory_bytes is not None), default=None),
        estimated=any(one.estimated for one in metrics),
    )
