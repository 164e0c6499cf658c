"""One of the answers that are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm import stream_events as kinds
from app.services.llm.errors import LLMError
from app.services.llm.llm_manager import Resolved
from app.services.llm.metering import AnswerMetrics

#: What figures are compared by, and whether more of it is better.
FIGURES: dict[str, bool] = {"ttft_ms": False, "tokens_per_second": True, "duration_ms": False, "cost_usd": False}
#: As a share of the larger figure.
TIE = 0.05


class AnswerState(StrEnum):
    WAITING = "waiting"
    """Its turn has not come."""
    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The program ended while it was written; only of comparisons that were kept."""


@dataclass(slots=True)
class ComparedAnswer:
    """What is there of it by now."""

    model: Resolved
    state: AnswerState = AnswerState.WAITING
    phase: str = ""
    """Before the first token: queued, loading, reading or waiting; "" otherwise."""
    progress: float | None = None
    """From 0 to 1, of the phase, where the server tells."""
    finish_reason: str | None = None
    metrics: AnswerMetrics | None = None
    """None until it is over."""
    error: LLMError | None = None
    left_out: tuple[str, ...] = ()
    """Parameters that its server does not accept, and did not get."""
    rewritten: int = 0
    """How often text that was there became reasoning."""
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return _whole(self._text)

    @property
    def reasoning(self) -> str:
        return _whole(self._reasoning)

    def take(self, event: kinds.StreamEvent) -> None:
        """What its stream says."""
        if isinstance(event, kinds.TextDelta):
            self._text.append(event.text)
            self.phase = ""
        elif isinstance(event, kinds.ReasoningDelta):
            self._reasoning.append(event.text)
            self.phase = ""
        elif isinstance(event, kinds.TextWasReasoning):
            self._reasoning, self._text = self._reasoning + self._text, []
            self.rewritten += 1
        elif isinstance(event, kinds.PhaseChanged):
            self.phase, self.progress = event.phase, event.progress
        elif isinstance(event, kinds.Started):
            self.left_out = event.left_out
        elif isinstance(event, kinds.Finished):
            self.finish_reason = event.finish_reason

    @classmethod
    def kept(cls, model: Resolved, state: AnswerState, text: str, reasoning: str) -> ComparedAnswer:
        """One that was stored."""
        return cls(model, state, _text=[text], _reasoning=[reasoning])

    @property
    def name(self) -> str:
        """What people call its model."""
        return self.model.description.display_name if self.model.description is not None else self.model.model

    def grow(self, text: str, reasoning: str, *, anew: bool) -> None:
        """Add to what came; `anew` puts it in its place. For a copy that follows the answer on another thread."""
        if anew:
            self._text, self._reasoning = [], []
        if text:
            self._text.append(text)
        if reasoning:
            self._reasoning.append(reasoning)

    @property
    def is_over(self) -> bool:
        return self.state not in (AnswerState.WAITING, AnswerState.RUNNING)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        error = self.error
        return {
            "provider": self.model.provider,
            "model": self.model.model,
            "local": self.model.local,
            "simulated": self.model.simulated,
            "state": self.state.value,
            "text": self.text,
            "reasoning": self.reasoning,
            "finish_reason": self.finish_reason,
            "left_out": list(self.left_out),
            "metrics": None if self.metrics is None else self.metrics.as_dict(),
            "error": None
            if error is None
            else {"kind": error.kind.value, "message": error.message, "hint": error.hint},
        }


def _whole(pieces: list[str]) -> str:
    """Joined once, however often it is looked at while it grows."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""


def best_at(figure: str, answers: Sequence[ComparedAnswer]) -> set[int]:
    """Positions of the answers that are best at one of `FIGURES`: nobody where fewer than two have it, or where they
    differ by less than `TIE`, which the next run may turn round."""
    values = {
        n: getattr(one.metrics, figure)
        for n, one in enumerate(answers)
        if one.state is AnswerState.COMPLETE and one.metrics is not None and getattr(one.metrics, figure) is not None
    }
    return best_of(values, more=FIGURES[figure])


def best_of(values: Mapping[int, float], *, more: bool) -> set[int]:
    """Whose value is best, as `best_at` has it; `more`: the larger one is."""
    if len(values) < 2:
        return set()
    best, worst = (max, min) if more else (min, max)
    winner, loser = best(values.values()), worst(values.values())
    if abs(winner - loser) <= TIE * max(winner, loser):
        return set()
    return {n for n, value in values.items() if abs(value - winner) <= TIE * winner}
