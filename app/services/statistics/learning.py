"""Reads what models did here and says what to expect of one."""

from __future__ import annotations

import asyncio
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
        """`sizes`: bytes of weights that are read for a token, of the models where that is known.

        Works out what to expect of each of these models, since tables ask that of all of them on the window's thread.
        """
        self._runs = runs
        self._sizes = sizes
        own = {key: from_own(of_one) for key, of_one in runs.items()}
        self._measured: dict[str, dict[str, Measured]] = {}
        for (provider, model), found in own.items():
            size = sizes.get((provider, model))
            if size and found is not None and found.tokens_per_second:
                self._measured.setdefault(provider, {})[model] = Measured(size, found.tokens_per_second)
        self._expected = {key: own.get(key) or self.predict(*key, sizes.get(key)) for key in {**runs, **sizes}}

    @classmethod
    async def read(cls, store: ConversationStore, models: Iterable[tuple[str, ModelConfig]]) -> SpeedLearner:
        """One short read for each model that ran here. `models`: (provider, model) of all that are listed, for their
        sizes."""
        runs = {key: await store.read(run_rows.recent, *key) for key in await store.read(run_rows.models)}
        sizes = {
            (provider, one.name): weight_bytes(one.name, one.size_bytes) for provider, one in models if _writes(one)
        }
        known = {key: size for key, size in sizes.items() if size is not None}
        return await asyncio.to_thread(cls, runs, known)

    def expect(self, provider: str, model: str, prompt_tokens: int | None = None) -> Expectation | None:
        """Of a listed model; None where the evidence is too thin."""
        known = self._expected.get((provider, model))
        if prompt_tokens is None:
            return known
        return from_own(self._runs.get((provider, model), []), prompt_tokens) or known

    def predict(self, provider: str, model: str, wanted_bytes: float | None) -> Expectation | None:
        """From other models of the same provider alone, also for one that is not here yet: providers differ in what
        computes, and where."""
        measured = self._measured.get(provider, {})
        return from_others(wanted_bytes, [one for other, one in measured.items() if other != model])

    def predict_listed(self, provider: str, model: str) -> Expectation | None:
        """The same of a listed model, though it ran here itself: to be compared with what was measured."""
        return self.predict(provider, model, self._sizes.get((provider, model)))


def _writes(model: ModelConfig) -> bool:
    """Whether it writes words, here: what is simulated has weights in name only."""
    return model.local and not model.simulated and model.model_type in (ModelType.CHAT, ModelType.COMPLETION)
