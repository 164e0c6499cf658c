"""How many requests a minute one token may make; counted in this process, or in Redis for several."""

from __future__ import annotations

import logging
import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from app.gateway.errors import RefusedError

logger = logging.getLogger(__name__)

#: Seconds that a Redis which does not answer may hold a request up.
_REDIS_WAIT_S = 1.0


class RateLimit:
    """`redis_url`: None counts in this process alone."""

    def __init__(self, requests_a_minute: int, redis_url: str | None) -> None:
        self._item = RateLimitItemPerMinute(requests_a_minute)
        self._storage = _storage(redis_url)
        self._window = SlidingWindowCounterRateLimiter(self._storage)

    async def check(self, who: str) -> None:
        """Count one request.

        Raises:
            RefusedError: 429 with the seconds to wait; 503 where the shared count cannot be had.
        """
        try:
            if await self._window.hit(self._item, who):
                return
            stats = await self._window.get_window_stats(self._item, who)
        except StorageError as exc:
            # Going on uncounted would let one client take all, and nobody would see why.
            logger.error("the shared rate limit cannot be counted: %s", type(exc.storage_error).__name__)
            raise RefusedError(503, "overloaded", "The rate limit cannot be counted now.", "Try again.") from exc
        wait_s = max(1, math.ceil(stats.reset_time - time.time()))
        raise RefusedError(
            429,
            "rate_limited",
            f"More than {self._item.amount} requests a minute.",
            f"Try again in {wait_s} s.",
            {"retry-after": str(wait_s)},
        )

    async def aclose(self) -> None:
        """Forget the counts of this process; shared ones stay."""
        if isinstance(self._storage, MemoryStorage):
            await self._storage.reset()


def _storage(redis_url: str | None) -> Storage:
    if redis_url is None:
        return MemoryStorage(wrap_exceptions=True)
    return RedisStorage(
        f"async+{redis_url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="aica",
        socket_timeout=_REDIS_WAIT_S,
        socket_connect_timeout=_REDIS_WAIT_S,
    )
