"""Which rows of a repository fit into this computer: one look at the head of one of its files, judged for all."""

from __future__ import annotations

import asyncio
import logging

from app.lean_dataclass import dataclass
from app.services.engine import graphics_memory, memory
from app.services.engine.footprint import Fit, judge
from app.services.engine.gguf import GgufError, GgufHeader, read_beginning
from app.services.hub.client import HubClient
from app.services.hub.records import HubItem, HubRepository
from app.services.llm.errors import LLMError
from app.services.wording import say

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """A row of the table. `fit` is None for what is no model by itself."""

    item: HubItem
    fit: Fit | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A repository with its verdicts. `problem`: why the sizes could not be read; then only weights were compared."""

    repository: HubRepository
    rows: tuple[JudgedItem, ...]
    problem: str = ""


async def judged(client: HubClient, repository: HubRepository, context_length: int) -> Judged:
    """Judge every row for a window of so many tokens. Fetches at most `client.HEAD_BYTES` of the smallest file."""
    header, problem = await _head(client, repository)
    free, graphics = await asyncio.gather(asyncio.to_thread(memory.available_bytes), graphics_memory.free_bytes())
    rows = []
    for item in repository.items:
        fit = None
        if item.kind == "model":
            fit = judge(header, item.size_bytes, context_length, free, graphics_bytes=graphics)
        rows.append(JudgedItem(item, fit))
    return Judged(repository, tuple(rows), problem)


async def _head(client: HubClient, repository: HubRepository) -> tuple[GgufHeader | None, str]:
    """The head of the smallest model: layers and heads are the same for all quantizations of one."""
    smallest = next((item for item in repository.items if item.kind == "model"), None)
    if smallest is None:
        return None, say("It has no model file.")
    try:
        data = await client.beginning(repository.name, repository.revision, smallest.path)
        return await asyncio.to_thread(read_beginning, data, smallest.size_bytes or len(data)), ""
    except (LLMError, GgufError) as exc:
        logger.info("the head of a file of %s was not read: %s", repository.name, exc)
        return None, say("{path} could not be looked into: {reason}", path=smallest.path, reason=exc)
