"""What running comparisons say: gathered once a frame on the core's thread, taken over on the window's."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.desktop.controllers.answer_feed import DRAINED_AT_ONCE
from app.lean_dataclass import dataclass
from app.services.comparison.compared_answer import AnswerState

if TYPE_CHECKING:
    from app.services.comparison.asking import Begun
    from app.services.comparison.compared_answer import ComparedAnswer
    from app.services.llm.errors import LLMError
    from app.services.llm.metering import AnswerMetrics

FRAME_S = 0.016


@dataclass(frozen=True, slots=True)
class AnswerNews:
    """One answer since the last time. `anew`: text and reasoning are all there is, not more of it."""

    position: int
    text: str
    reasoning: str
    anew: bool
    state: AnswerState
    phase: str
    progress: float | None
    finish_reason: str | None
    left_out: tuple[str, ...]
    metrics: AnswerMetrics | None
    error: LLMError | None

    def tell(self, answer: ComparedAnswer) -> None:
        """Bring the window's copy of the answer up to this."""
        answer.grow(self.text, self.reasoning, anew=self.anew)
        answer.state, answer.phase, answer.progress = self.state, self.phase, self.progress
        answer.finish_reason, answer.left_out = self.finish_reason, self.left_out
        answer.metrics, answer.error = self.metrics, self.error


@dataclass(slots=True)
class _Told:
    text: int = 0
    reasoning: int = 0
    rewritten: int = 0


class ComparisonFeed(QObject):
    """Signals:
    arrived(): `take` has something (emitted on the core's thread).
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._news: deque[AnswerNews] = deque()

    def take(self) -> list[AnswerNews]:
        """What came since the last time, in order, as much as is shown within a frame. On the window's thread."""
        found, room = [], DRAINED_AT_ONCE
        while self._news and room > 0:
            news, rest = _cut(self._news.popleft(), room)
            if rest is not None:
                self._news.appendleft(rest)
            found.append(news)
            room -= len(news.text) + len(news.reasoning)
        return found

    @property
    def has_more(self) -> bool:
        return bool(self._news)

    async def run(self, begun: Begun) -> None:
        """Run it to its end, on the core's loop; the last news are there before this returns."""
        comparison, loop = begun.comparison, asyncio.get_running_loop()
        told = [_Told() for _ in comparison.answers]
        dirty: set[int] = set()
        flushes: list[asyncio.TimerHandle] = []

        def flush() -> None:
            flushes.clear()
            for n in sorted(dirty):
                self._news.append(_news(begun.first + n, comparison.answers[n], told[n]))
            dirty.clear()
            self.arrived.emit()

        def on_changed(n: int) -> None:
            dirty.add(n)
            if not flushes:
                flushes.append(loop.call_later(FRAME_S, flush))

        subscription = comparison.changed.subscribe(on_changed)
        try:
            await begun.keeper.run()
        finally:
            subscription.close()
            for handle in flushes:
                handle.cancel()
            flush()


def _cut(news: AnswerNews, room: int) -> tuple[AnswerNews, AnswerNews | None]:
    """As much of it as there is room for, and the rest: an answer is over with its last piece only."""
    if len(news.reasoning) + len(news.text) <= room:
        return news, None
    begin = replace(
        news,
        reasoning=news.reasoning[:room],
        text=news.text[: max(0, room - len(news.reasoning))],
        state=AnswerState.RUNNING,
        finish_reason=None,
        metrics=None,
        error=None,
    )
    rest = replace(news, reasoning=news.reasoning[room:], text=news.text[len(begin.text) :], anew=False)
    return begin, rest


def _news(position: int, answer: ComparedAnswer, told: _Told) -> AnswerNews:
    anew = answer.rewritten != told.rewritten
    text, reasoning = answer.text, answer.reasoning
    made = AnswerNews(
        position,
        text if anew else text[told.text :],
        reasoning if anew else reasoning[told.reasoning :],
        anew,
        answer.state,
        answer.phase,
        answer.progress,
        answer.finish_reason,
        answer.left_out,
        answer.metrics,
        answer.error,
    )
    told.text, told.reasoning, told.rewritten = len(text), len(reasoning), answer.rewritten
    return made
