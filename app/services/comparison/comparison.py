"""Asks several models the same and collects what each says, until all are over or it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from app.services.comparison.compared_answer import AnswerState, ComparedAnswer
from app.services.comparison.turns import Turns
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager, Resolved
from app.services.llm.metering import AnswerMeter, AnswerMetrics
from app.services.llm.models import ChatRequest, ModelConfig
from app.services.llm.pricing import PriceList
from app.services.observe import Event
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.comparison.held_memory import MemoryOf

LEAST_MODELS, MOST_MODELS = 2, 4


async def contenders(manager: LLMManager, names: Sequence[tuple[str | None, str | None]]) -> list[Resolved]:
    """The models behind (provider, model) names, with what their servers' lists say of them where they say it.

    Raises:
        LLMError: config, for fewer than two or more than four; else as `LLMManager.resolve`.
    """
    if not LEAST_MODELS <= len(names) <= MOST_MODELS:
        raise LLMError(
            ErrorKind.CONFIG,
            say(
                "{least} to {most} models can be compared, not {count}.",
                least=LEAST_MODELS,
                most=MOST_MODELS,
                count=len(names),
            ),
        )
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

    def __init__(
        self,
        manager: LLMManager,
        models: Sequence[Resolved],
        turns: Turns,
        request: ChatRequest,
        memory_of: MemoryOf | None = None,
    ) -> None:
        """`request.model` is not used. `memory_of` is asked while a model answers; without it nothing is known."""
        self._manager = manager
        self._memory_of = memory_of
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
        answer, meter, held = self.answers[n], AnswerMeter(), _Held(self._memory_of, self.answers[n].model)
        answer.state = AnswerState.RUNNING
        self.changed.emit(n)
        try:
            request = self._request.model_copy(update={"model": answer.model.model})
            provider = await self._manager.ready(answer.model.provider)
            async with aclosing(self._manager.stream_from(provider, request)) as events:
                async for event in events:
                    meter.see(event)
                    answer.take(event)
                    if meter.has_begun:
                        held.ask()
                    self.changed.emit(n)
            model, prices = answer.model, PriceList(self._manager.config.pricing, self._manager.price_source)
            cost = await prices.cost_usd(model.provider, model.model, meter.metrics(), local=model.local)
            meter.end()
            await held.wait()
            answer.metrics = held.told(meter.metrics(cost_usd=cost))
            self._end(n, AnswerState.COMPLETE)
        except asyncio.CancelledError:
            answer.metrics = held.told(meter.metrics()) if meter.has_begun else None
            self._end(n, AnswerState.STOPPED)
            raise
        except LLMError as exc:
            answer.error, answer.metrics = exc, held.told(meter.metrics()) if meter.has_begun else None
            self._end(n, AnswerState.FAILED)
        finally:
            held.give_up()

    def _end(self, n: int, state: AnswerState) -> None:
        self.answers[n].state = state
        self.answers[n].phase = ""
        self.changed.emit(n)


class _Held:
    """What one model holds of memory: asked once, from its first token on, beside the answer."""

    def __init__(self, memory_of: MemoryOf | None, model: Resolved) -> None:
        self._memory_of = memory_of
        self._model = model
        self._task: asyncio.Task[int | None] | None = None

    def ask(self) -> None:
        if self._memory_of is not None and self._task is None:
            self._task = asyncio.create_task(self._ask(self._memory_of), name="comparison.memory")

    async def _ask(self, memory_of: MemoryOf) -> int | None:
        return await memory_of(self._model)

    async def wait(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})

    def told(self, metrics: AnswerMetrics) -> AnswerMetrics:
        done = self._task is not None and self._task.done() and not self._task.cancelled()
        return replace(metrics, memory_bytes=self._task.result()) if done and self._task is not None else metrics

    def give_up(self) -> None:
        if self._task is not None:
            self._task.cancel()
