"""How much memory a model holds while it answers: as its server reports, or as its process is measured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from app.services import runtimes
from app.services.llm.errors import LLMError
from app.services.llm.llm_manager import Resolved

if TYPE_CHECKING:
    from app.services.container import Services

logger = logging.getLogger(__name__)

#: An answer waits no longer for it.
ASK_LIMIT_S = 2.0
#: Bytes that a model holds now; None: nobody tells. Does not raise for what a server does.
MemoryOf = Callable[[Resolved], Awaitable[int | None]]


def memory_of(services: Services) -> MemoryOf:
    """Asks the runtime of a model. Models elsewhere, simulated ones and named servers tell nothing."""

    async def ask(model: Resolved) -> int | None:
        if not model.local or model.simulated or model.provider not in runtimes.BACKENDS:
            return None
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                place = services.runtime_place(model.provider)
                return await runtimes.held_memory(model.provider, model.model, **place)
        except (LLMError, TimeoutError) as exc:  # the answer counts; the figure stays unknown, and is shown as that
            logger.info("what %s holds in memory is not known: %s", model.model, exc)
            return None

    return ask
