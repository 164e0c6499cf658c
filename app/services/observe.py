"""The core's whole notification mechanism: an event is a list of functions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Subscription:
    """Undo handle of `Event.subscribe`; closing twice is harmless."""

    def __init__(self, undo: Callable[[], None]) -> None:
        self._undo: Callable[[], None] | None = undo

    def close(self) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()


class Event(Generic[T]):
    """Calls every subscriber, in order, on the thread that emits. References are strong."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[T], None]] = []

    def subscribe(self, fn: Callable[[T], None]) -> Subscription:
        self._subscribers.append(fn)

        def undo() -> None:
            if fn in self._subscribers:
                self._subscribers.remove(fn)

        return Subscription(undo)

    def emit(self, value: T) -> None:
        for fn in tuple(self._subscribers):
            try:
                fn(value)
            except Exception:  # an observer's bug must not break the emitter's work
                logger.exception("an observer failed")
