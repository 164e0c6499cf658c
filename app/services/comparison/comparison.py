"""Asks several models the same and collects what each says, until all are over or it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from app.services.comparison.compared_answer import AnswerState, ComparedAnswer
from app.services.comparison.turns import Turns
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager, Resolved
from app.services.llm.metering import AnswerMeter
from app.services.llm.models import ChatRequest, ModelConfig
from app.services.llm.pricing import PriceList
from app.services.observe import Event

LEAST_MODELS, MOST_MODELS = 2, 4


async def contenders(manager: LLMManager, names: Sequence[tuple[str | None, str | None]]) -> list[Resolved]:
    """The models behind (provider, model) names, with what their servers' lists say of them where they say it.

    Raises:
        LLMError: config, for fewer than two or more than four; else as `LLMManager.resolve`.
    """
    if not LEAST_MODELS <= len(names) <= MOST_MODELS:
        raise LLMError(ErrorKind.CONFIG, f"{LEAST_MODELS} to {MOST_MODELS} models can be compared, not {len(names)}.")
    return list(await asyncio.gather(*(contender(manager, provider, model) for provider, model in names)))


async def contender(manager: LLMManager, provider: str | None, model: str | None) -> Resolved:
    """One of them, as `contenders` finds it."""
    found = await manager.resolve(provider, model)
    if found.description is not None:
        return found
    listed: list[ModelConfig] = []
    with contextlib.suppress(LLMError, TimeoutError):  # it may answer without listing; its size is unknown then
        async with asyncio.timeout(limits.LIST_TIMEOUT_S):
            listed = await (await manager.ready(found.provider)).list_models()
    return replace(found, description=next((one for one in listed if one.name == found.model), None))


class Comparison:
    """`changed` tells the position of an answer that has something new, on the loop that runs it."""

    def __init__(self, manager: LLMManager, models: Sequence[Resolved], turns: Turns, request: ChatRequest) -> None:
        """`request.model` is not used."""
        self._manager = manager
        self._turns = turns
        self._request = request
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.answers = [ComparedAnswer(model) for model in models]
        self.changed: Event[int] = Event()

    async def run(self) -> None:
        """Until every answer is over. What fails is an answer's own `error`; only a cancellation is raised."""
        try:
            async with asyncio.TaskGroup() as group:
                for positions in self._turns.groups:
                    group.create_task(self._one_after_the_other(positions), name="comparison.turn")
        finally:
            self.stop()

    def stop(self, position: int | None = None) -> None:
        """End one answer, or all; those that are over stay as they are."""
        for n, answer in enumerate(self.answers):
            if position not in (None, n) or answer.is_over:
                continue
            task = self._tasks.get(n)
            if task is not None and not task.done():
                task.cancel()
            else:
                self._end(n, AnswerState.STOPPED)

    async def _one_after_the_other(self, positions: Sequence[int]) -> None:
        for n in positions:
            if self.answers[n].is_over:
                continue
            task = self._tasks[n] = asyncio.create_task(self._answer(n), name="comparison.answer")
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.wait({task})
                raise
            if not task.cancelled():
                task.result()  # a bug of ours is not an answer's failure

    async def _answer(self, n: int) -> None:
        answer, meter = self.answers[n], AnswerMeter()
        answer.state = AnswerState.RUNNING
        self.changed.emit(n)
        try:
            request = self._request.model_copy(update={"model": answer.model.model})
            provider = await self._manager.ready(answer.model.provider)
            async with aclosing(self._manager.stream_from(provider, request)) as events:
                async for event in events:
                    meter.see(event)
                    answer.take(event)
                    self.changed.emit(n)
        except asyncio.CancelledError:
            answer.metrics = meter.metrics() if meter.has_begun else None
            self._end(n, AnswerState.STOPPED)
            raise
        except LLMError as exc:
            answer.error, answer.metrics = exc, meter.metrics() if meter.has_begun else None
            self._end(n, AnswerState.FAILED)
        else:
            prices = PriceList(self._manager.config.pricing, self._manager.price_source)
            model = answer.model
            cost = await prices.cost_usd(model.provider, model.model, meter.metrics(), local=model.local)
            answer.metrics = meter.metrics(cost_usd=cost)
            self._end(n, AnswerState.COMPLETE)

    def _end(self, n: int, state: AnswerState) -> None:
        self.answers[n].state = state
        self.answers[n].phase = ""
        self.changed.emit(n)
