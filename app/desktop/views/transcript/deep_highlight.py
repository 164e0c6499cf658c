"""The queue of closed code blocks that were seen and wait for the colours of their whole text, or for their picture.

Strings and comments over several lines get their right colour this way, and formulas are drawn. The work is done by
another process; here is only who asks, one block at a time, the newest first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

MAX_WAITING = 64


class Highlightable(Protocol):
    """A code block as this module sees it."""

    def code_lines(self) -> list[str]: ...
    def language(self) -> str: ...
    def take(self, answer: Any) -> None: ...


class DeepHighlighter(QObject):
    """Signals:
    wanted(language, lines): answer with `take`, also when there is nothing to say.
    """

    wanted = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: OrderedDict[int, tuple[Highlightable, Callable[[], None]]] = OrderedDict()
        self._asked: tuple[Highlightable, Callable[[], None]] | None = None
        self._in_flight = False

    def add(self, block: Highlightable, changed: Callable[[], None]) -> None:
        """Highlight `block` some time soon; `changed` is called when its ranges were set."""
        if self._asked is not None and self._asked[0] is block:
            return
        self._waiting[id(block)] = (block, changed)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.popitem(last=False)
        self._ask()

    def clear(self) -> None:
        """Another conversation: nothing of the old one is worth colouring."""
        self._waiting.clear()
        self._asked = None

    def _ask(self) -> None:
        if self._in_flight or not self._waiting:
            return
        _, self._asked = self._waiting.popitem()
        self._in_flight = True
        self.wanted.emit(self._asked[0].language(), self._asked[0].code_lines())

    def take(self, answer: Any) -> None:
        """The answer to the last `wanted`; None keeps what is there."""
        asked, self._asked = self._asked, None
        self._in_flight = False
        if asked is not None:
            block, changed = asked
            block.take(answer)
            changed()
        self._ask()
