"""Model `auto` of a single question: whom it goes to, why, and who was asked first."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.routed import Routed
    from app.services.llm.llm_manager import Resolved
    from app.services.llm.models import ChatRequest
    from app.services.llm.stream_events import StreamEvent
    from app.services.routing.need import Need


def need_of_request(request: ChatRequest) -> Need:
    """What a request of its own, outside of any chat, needs of a model."""
    from app.services.llm.metering import estimate_tokens
    from app.services.routing.need import need_of

    beside = sum(estimate_tokens(one.content) for one in request.messages[:-1] if one.content)
    return need_of(
        request.messages[-1].content,
        tokens_beside=beside,
        answer_tokens=request.parameters.max_tokens,
        pictures=any(one.images for one in request.messages),
        tools=bool(request.tools),
    )


async def routed_for(services: Services, request: ChatRequest) -> Routed:
    """Whom Auto would ask.

    Raises:
        LLMError: no model can take it.
    """
    return await services.auto.route_need(need_of_request(request))


async def stream_routed(services: Services, request: ChatRequest, routed: Routed) -> AsyncGenerator[StreamEvent, None]:
    """The answer of the first one that gives a token.

    Raises:
        LLMError: of any kind; text already yielded stays valid.
    """

    async def request_for(asked: Resolved) -> ChatRequest:
        return request.model_copy(update={"model": asked.model})

    async for event in services.manager.stream_first_of(routed.choices, request_for):
        yield event
