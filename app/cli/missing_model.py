"""A model that its provider does not have: the names of its list that were probably meant."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.llm.errors import LLMError

logger = logging.getLogger(__name__)
LIST_WITHIN_S = 3.0


async def suggest_names(services: Services, error: LLMError, way_to_list: str, *, of_any_kind: bool = False) -> None:
    """Add names of the provider's list to the hint of a `model_not_found`; other errors stay as they are.

    `way_to_list`: what to type for the whole list. `of_any_kind`: also models that answer no chat.
    """
    from app.services.llm.errors import ErrorKind, LLMError
    from app.services.llm.near_names import near_names

    if error.kind is not ErrorKind.MODEL_NOT_FOUND or not error.provider or not error.model:
        return
    try:
        async with asyncio.timeout(LIST_WITHIN_S):
            listed = await (await services.manager.ready(error.provider)).list_models()
    except (LLMError, TimeoutError) as exc:
        logger.debug("no list for a suggestion: %s", exc)
        return
    names = [model.name for model in listed if of_any_kind or model.model_type == "chat"]
    if not names or error.model in names:
        return
    near = near_names(error.model, names)
    meant = f"Did you mean {' or '.join(near)}? " if near else ""
    error.hint = f"{error.hint} {meant}“{way_to_list}” lists the models.".strip()
