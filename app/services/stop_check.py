"""Whether a server really stopped: it is asked, where it can be, until it is idle or has had its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from app.services.llm.errors import LLMError

#: (provider, model) -> computing, idle, or None where the server cannot be asked.
Busy = Callable[[str, str], Awaitable[bool | None]]

#: A server that is still busy after this has not stopped; one token of a large model takes about a second.
CONFIRM_WITHIN_S = 3.0
LOOK_EVERY_S = 0.5
#: After that it is asked less often, and no longer than this: a prompt that is being read can take minutes.
LATER_LOOK_EVERY_S = 2.0
GIVE_UP_AFTER_S = 600.0


class StopCheck:
    """Asks about stopped answers."""

    def __init__(
        self,
        busy: Busy,
        *,
        confirm_within_s: float = CONFIRM_WITHIN_S,
        look_every_s: float = LOOK_EVERY_S,
        later_look_every_s: float = LATER_LOOK_EVERY_S,
        give_up_after_s: float = GIVE_UP_AFTER_S,
    ) -> None:
        self._busy = busy
        self._confirm_within_s = confirm_within_s
        self._look_every_s = look_every_s
        self._later_look_every_s = later_look_every_s
        self._give_up_after_s = give_up_after_s

    async def watch(self, provider: str, model: str, is_used_again: Callable[[], bool]) -> AsyncIterator[bool]:
        """Yields False once the server is still busy though it should have stopped, and True when it went idle then.

        Ends without a word where the server went idle in time, cannot be asked, or is computing for us again.
        """
        began = time.monotonic()
        told = False
        while True:
            busy = None if is_used_again() else await self._asked(provider, model)
            if busy is None or is_used_again():
                return
            if not busy:
                if told:
                    yield True
                return
            waited = time.monotonic() - began
            if waited >= self._confirm_within_s and not told:
                told = True
                yield False
            if waited >= self._give_up_after_s:
                return
            await asyncio.sleep(self._later_look_every_s if told else self._look_every_s)

    async def _asked(self, provider: str, model: str) -> bool | None:
        try:
            return await self._busy(provider, model)
        except LLMError:
            return None  # it is gone: nothing computes that we could tell about
