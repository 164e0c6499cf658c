"""Pictures for a model that cannot read any are refused before anything is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, ModelConfig
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.llm.providers.base import BaseProvider

logger = logging.getLogger(__name__)

FindModel = Callable[[str, str], ModelConfig | None]


def cannot_read_pictures(model_name: str, *, provider: str | None = None, model: str | None = None) -> LLMError:
    """What is said of a model without eyes."""
    return LLMError(
        ErrorKind.UNSUPPORTED,
        say("{model_name} cannot read pictures.", model_name=model_name),
        say("Take the picture out or choose a model with the mark."),
        provider=provider,
        model=model,
    )


async def check_pictures(provider: BaseProvider, request: ChatRequest, find_model: FindModel | None) -> None:
    """Nothing where the request holds no picture, the model sees, or nobody knows.

    `find_model`: what is known without asking; else the provider's list is looked at.

    Raises:
        LLMError: kind `unsupported`.
    """
    if not any(message.images for message in request.messages):
        return
    known = find_model(provider.instance_id, request.model) if find_model is not None else None
    if known is None:
        known = await _listed(provider, request.model)
    if known is not None and known.sees_pictures is False:
        raise cannot_read_pictures(known.display_name, provider=provider.instance_id, model=request.model)


async def _listed(provider: BaseProvider, model: str) -> ModelConfig | None:
    try:
        async with asyncio.timeout(limits.LIST_TIMEOUT_S):
            return next((one for one in await provider.list_models() if one.name == model), None)
    except (LLMError, TimeoutError) as exc:
        logger.info("whether %s reads pictures is not known: %s", model, exc)
        return None
