"""Reads what models did here and says what to expect of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.services.llm.models import ModelType
from app.services.statistics import run_rows
from app.services.statistics.expected import Expectation, Measured, from_others, from_own, weight_bytes

if TYPE_CHECKING:
    from app.services.conversations.store import ConversationStore
    from app.services.llm.models import ModelConfig
    from app.services.statistics.run_rows import Run

Key = tuple[str, str]


class SpeedLearner:
    """What ran here, as it was when `read` was called."""

    def __init__(self, runs: dict[Key, list[Run]], sizes: dict[Key, float]) -> None:
        """`sizes`: bytes of weights that are read for a token, of the models where that is known."""
        self._runs = runs
        self._sizes = sizes

    @classmethod
    async def read(cls, store: ConversationStore, models: Iterable[tuple[str, ModelConfig]]) -> SpeedLearner:
        """One short read for each model that ran here. `models`: (provider, model) of all that are listed, for their
        sizes."""
        runs = {key: await store.read(run_rows.recent, *key) for key in await store.read(run_rows.models)}
        sizes = {
            (provider, one.name): weight_bytes(one.name, one.size_bytes) for provider, one in models if _writes(one)
        }
        return cls(runs, {key: size for key, size in sizes.items() if size is not None})

    def expect(self, provider: str, model: str, prompt_tokens: int | None = None) -> Expectation | None:
        """Of a listed model; None where the evidence is too thin."""
        own = from_own(self._runs.get((provider, model), []), prompt_tokens)
        return own or self.predict(provider, model, self._sizes.get((provider, model)))

    def predict(self, provider: str, model: str, wanted_bytes: float | None) -> Expectation | None:
        """From other models of the same provider alone, also for one that is not here yet."""
        return from_others(wanted_bytes, self._others(provider, model))

    def predict_listed(self, provider: str, model: str) -> Expectation | None:
        """The same of a listed model, though it ran here itself: to be compared with what was measured."""
        return self.predict(provider, model, self._sizes.get((provider, model)))

    def _others(self, provider: str, model: str) -> list[Measured]:
        """Providers differ in what computes, and where."""
        found = []
        for (other_provider, other), runs in self._runs.items():
            size = self._sizes.get((other_provider, other))
            own = from_own(runs)
            if other_provider == provider and other != model and size and own is not None and own.tokens_per_second:
                found.append(Measured(size, own.tokens_per_second))
        return found


def _writes(model: ModelConfig) -> bool:
    """Whether it writes words, here: what is simulated has weights in name only."""
    return model.local and not model.simulated and model.model_type in (ModelType.CHAT, ModelType.COMPLETION)
