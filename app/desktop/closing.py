"""The end of a run: every part is closed, whatever happened to the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

#: Longer than any part needs by its own limits.
PART_LIMIT_S = 8.0

Part = tuple[str, Callable[[], Awaitable[object] | object]]


class Closing:
    """Closes parts in order. A part that fails or hangs is logged: a process that stays hidden for good is worse."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts

    async def run(self) -> None:
        for name, close in self._parts:
            try:
                async with asyncio.timeout(PART_LIMIT_S):
                    pending = close()
                    if isinstance(pending, Awaitable):
                        await pending
            except Exception:
                logger.exception("%s was not closed in order", name)
