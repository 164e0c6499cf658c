"""Every task has an owner and a name. The owner keeps it alive, shows its failure and cancels it at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
#: Called with the name of a task and the exception nobody awaited.
OnError = Callable[[str, BaseException], None]


_hear: OnError | None = None


def hear_faults(hear: OnError | None) -> None:
    """Have every failure of a task told here as well, whoever owns it, on the task's own thread. None: no more."""
    global _hear
    _hear = hear


class TaskOwner:
    """Starts tasks on the running loop. `on_error` is called with an exception nobody awaited."""

    def __init__(self, on_error: OnError | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_error = on_error

    def start(self, coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            logger.error("the task %s failed", task.get_name(), exc_info=error)
            if _hear is not None:
                _hear(task.get_name(), error)
            if self._on_error is not None:
                self._on_error(task.get_name(), error)

    @property
    def running(self) -> int:
        return len(self._tasks)

    async def aclose(self) -> None:
        """Cancel what runs and wait until it has cleaned up."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
