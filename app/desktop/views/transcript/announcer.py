"""Says an answer aloud while it arrives, a sentence at a time, where the reader asked for that."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtGui import QAccessible

_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n+")
MAX_HELD = 2_000  # characters without an end of a sentence (code, tables): said as they are


class SentenceAnnouncer:
    """Collects streamed text and announces whole sentences; costs nothing while no screen reader runs."""

    def __init__(self, say: Callable[[str], None], *, is_listening: Callable[[], bool] = QAccessible.isActive) -> None:
        """`say` gets each sentence; `is_listening` tells whether a screen reader is there."""
        self._say = say
        self._is_listening = is_listening
        self._held = ""
        self.is_on = False

    def feed(self, text: str) -> None:
        if not self.is_on or not self._is_listening():
            return
        *sentences, self._held = _SENTENCE_END.split(self._held + text)
        if len(self._held) > MAX_HELD:
            sentences.append(self._held)
            self._held = ""
        for sentence in sentences:
            if sentence.strip():
                self._say(sentence.strip())

    def end(self) -> None:
        """The answer is over: say what is left."""
        held, self._held = self._held, ""
        if held.strip() and self.is_on and self._is_listening():
            self._say(held.strip())
