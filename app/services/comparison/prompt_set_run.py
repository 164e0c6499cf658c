"""Asks models every prompt of a set, one prompt after the other; each is kept as a comparison of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.lean_dataclass import dataclass
from app.services.comparison.comparison import Comparison
from app.services.comparison.keeper import ComparisonKeeper
from app.services.comparison.prompt_set import ComparedPrompt
from app.services.comparison.summary import summary_of
from app.services.conversations.comparison_rows import NewComparison
from app.services.llm.models import ChatRequest, SamplingParameters
from app.services.observe import Event

if TYPE_CHECKING:
    from app.services.comparison.compared_answer import ComparedAnswer
    from app.services.comparison.held_memory import MemoryOf
    from app.services.comparison.summary import ModelSummary
    from app.services.comparison.turns import Turns
    from app.services.conversations.store import ConversationStore
    from app.services.llm.llm_manager import LLMManager, Resolved


@dataclass(slots=True)
class Round:
    """The answers to one prompt, in the order of the models. `uid`: the kept comparison's."""

    prompt: ComparedPrompt
    uid: str
    answers: list[ComparedAnswer]


class PromptSetRun:
    """`began` tells of the comparison of the next prompt, before its first token; `rounds` are those that are over."""

    def __init__(
        self,
        manager: LLMManager,
        store: ConversationStore,
        models: Sequence[Resolved],
        turns: Turns,
        prompts: Sequence[ComparedPrompt],
        *,
        parameters: dict[str, Any] | None = None,
        timeout_s: float | None = None,
        blind: bool = False,
        memory_of: MemoryOf | None = None,
    ) -> None:
        """`timeout_s`: of each answer and of its first token; None leaves both to the settings. `memory_of` as
        `Comparison` has it."""
        self._manager = manager
        self._memory_of = memory_of
        self._store = store
        self.models = models
        self._parameters = parameters or {}
        self._timeout_s = timeout_s
        self._blind = blind
        self._current: Comparison | None = None
        self._stopped = False
        self.turns = turns
        self.prompts = prompts
        self.rounds: list[Round] = []
        self.began: Event[Comparison] = Event()

    async def run(self) -> None:
        """Until all are over, or it is stopped. What fails is an answer's own `error`."""
        for prompt in self.prompts:
            if self._stopped:
                return
            request = self._request(prompt)
            comparison = Comparison(self._manager, self.models, self.turns, request, self._memory_of)
            self._current = comparison
            asked = NewComparison(prompt.text, prompt.system, self._parameters, self._blind, self.turns.reason)
            keeper = await ComparisonKeeper.begin(self._store, comparison, asked)
            self.began.emit(comparison)
            await keeper.run()
            self.rounds.append(Round(prompt, keeper.uid, comparison.answers))

    def stop(self) -> None:
        """End what is asked now; nothing further is asked."""
        self._stopped = True
        if self._current is not None:
            self._current.stop()

    def summary(self) -> list[ModelSummary]:
        """What the rounds that are over say of each model."""
        return summary_of([one.answers for one in self.rounds])

    def report(self) -> dict[str, Any]:
        """Answers, figures and summary, for JSON."""
        return {
            "order": "together" if self.turns.reason is None else "in_turn",
            "order_reason": self.turns.reason,
            "comparisons": [
                {"id": one.prompt.name, "prompt": one.prompt.text, "answers": [a.as_dict() for a in one.answers]}
                for one in self.rounds
            ],
            "summary": [one.as_dict() for one in self.summary()],
        }

    def _request(self, prompt: ComparedPrompt) -> ChatRequest:
        limits = (
            {} if self._timeout_s is None else {"timeout_s": self._timeout_s, "first_token_timeout_s": self._timeout_s}
        )
        return ChatRequest(
            model="", messages=prompt.messages, parameters=SamplingParameters(**self._parameters), **limits
        )
