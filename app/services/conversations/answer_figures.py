"""The figures of an answer that is over: the meter's, what it cost, and what they show about the prompt."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from app.services.conversations.dropped_turns import dropped_tokens
from app.services.conversations.prompt_prefix import broken_by
from app.services.llm.pricing import PriceList

if TYPE_CHECKING:
    from app.services.conversations.running_answer import Answer
    from app.services.conversations.store import ConversationStore
    from app.services.llm.llm_manager import LLMManager
    from app.services.llm.metering import AnswerMeter, AnswerMetrics

logger = logging.getLogger(__name__)


class AnswerFigures:
    def __init__(self, store: ConversationStore, manager: LLMManager) -> None:
        self._store = store
        self._manager = manager

    async def of(self, answer: Answer, meter: AnswerMeter) -> AnswerMetrics:
        """All figures of an answer; those that cannot be had are left out, since the text matters more."""
        metrics = meter.metrics()
        prices = PriceList(self._manager.config.pricing, self._manager.price_source)
        try:
            cost = await prices.cost_usd(answer.provider, answer.model, metrics, local=answer.local)
            dropped = await self._dropped(answer, metrics)
            broken = await self._prefix_break(answer, metrics)
        except Exception:
            logger.exception("the figures of the answer %d are incomplete", answer.message_id)
            return metrics
        return replace(meter.metrics(cost_usd=cost), dropped_tokens=dropped, prefix_break=broken)

    async def _prefix_break(self, answer: Answer, metrics: AnswerMetrics) -> str | None:
        if metrics.cached_tokens is None or answer.request is None:
            return None
        return await self._store.read(
            broken_by,
            answer.conversation_id,
            answer.message_id,
            answer.request.messages,
            provider=answer.provider,
            model=answer.model,
            reused=metrics.cached_tokens,
        )

    async def _dropped(self, answer: Answer, metrics: AnswerMetrics) -> int | None:
        provider = self._manager.providers.get(answer.provider)
        if provider is not None and provider.capabilities.native_context_option:
            return None  # Ollama is told to cut nothing; old versions of it count only what was not in their cache
        return await dropped_tokens(
            self._store,
            answer.conversation_id,
            answer.prompt_id,
            answer.request.messages if answer.request else (),
            provider=answer.provider,
            model=answer.model,
            reported=metrics.input_tokens,
            part=answer.part,
        )
