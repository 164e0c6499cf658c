"""Calls in threads: one that may never return, and one that must not be left half done.

The first kind, such as a look at a network share whose server is gone, runs in a daemon thread of its own: it takes no
thread from the executor, which has few, and the end of the program does not wait for it.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


async def uninterrupted(function: Callable[..., T], *arguments: object) -> T:
    """What a blocking function returns or raises. A task that is ended meanwhile ends once the function has.

    For what changes files: nothing that follows the end of the task may meet the thread still at work.
    """
    future = asyncio.get_running_loop().run_in_executor(None, functools.partial(function, *arguments))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        if not future.cancelled():
            future.exception()  # taken, so that nobody complains that nobody did
        raise


class BlockingCall(Generic[T]):
    """One function, of which at most one call runs at a time. Those who ask meanwhile share its result."""

    def __init__(self, function: Callable[[], T], *, name: str) -> None:
        """`name`: of the thread."""
        self._function = function
        self._name = name
        self._lock = threading.Lock()
        self._running: Future[T] | None = None

    async def result(self, within_s: float) -> T:
        """What the call returns or raises.

        Raises:
            TimeoutError: it has not returned yet. It goes on.
        """
        future = self._begin()
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if future.done():  # the function's own, or it came just now
                return future.result()
            raise

    def _begin(self) -> Future[T]:
        with self._lock:
            if self._running is None or self._running.done():
                future: Future[T] = Future()
                future.set_running_or_notify_cancel()  # so that nobody who stops waiting cancels it for the others
                threading.Thread(target=self._run, args=(future,), name=self._name, daemon=True).start()
                self._running = future
            return self._running

    def _run(self, future: Future[T]) -> None:
        try:
            future.set_result(self._function())
        except Exception as exc:  # noqa: BLE001 - who waits for the result gets it
            future.set_exception(exc)
