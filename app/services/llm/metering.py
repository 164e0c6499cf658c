"""Honest numbers of one answer: what was measured, what the server reported, what is only estimated."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.stream_events import (
    Finished,
    PassedOver,
    ReasoningDelta,
    ServerTimings,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
    ToolCallDelta,
    UsageReport,
)

#: Characters a token stands for on average in English and code; estimates are always marked as such.
CHARACTERS_PER_TOKEN = 3.9


def estimate_tokens(text: str) -> int:
    """A rough count; the caller marks it with ≈. Non-ASCII text counts by its UTF-8 length."""
    return tokens_of_size(_weight(text))


def tokens_of_size(size_bytes: int) -> int:
    """As `estimate_tokens`, of a text with this length in UTF-8."""
    return max(1, round(size_bytes / CHARACTERS_PER_TOKEN)) if size_bytes else 0


@dataclass(frozen=True, slots=True)
class AnswerMetrics:
    """Times in milliseconds. None = unknown, never 0 in its place."""

    ttft_ms: float | None = None
    duration_ms: float | None = None
    tokens_per_second: float | None = None
    """Decode speed: tokens after the first, divided by the time since the first."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cache_written_tokens: int | None = None
    estimated: bool = True
    """Whether `output_tokens` was counted here instead of reported by the server."""
    load_ms: float | None = None
    prompt_ms: float | None = None
    reasoning_ms: float | None = None
    cost_usd: float | None = None
    dropped_tokens: int | None = None
    """About how many tokens of the chat's start the server did not read; None where nothing shows that it did not."""
    prefix_break: str | None = None
    """What kept the server from reusing what it had read: model, system_prompt or history; None where nothing did."""
    memory_bytes: int | None = None
    """What the model held of memory while it answered; of compared answers alone."""

    def as_dict(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}


class AnswerMeter:
    """Watches one stream. Feed it every event as it arrives; read `metrics()` at any time."""

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._started = clock()
        self._first: float | None = None
        self._last: float | None = None
        self._reasoning_from: float | None = None
        self._reasoning_until: float | None = None
        self._text_characters = 0
        self._reasoning_characters = 0
        self._deltas = 0
        self._usage = UsageReport()
        self._timings: ServerTimings | None = None
        self._ended: float | None = None

    def see(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            self._delta()
            self._text_characters += _weight(event.text)
            if self._reasoning_from is not None and self._reasoning_until is None:
                self._reasoning_until = self._last
        elif isinstance(event, ReasoningDelta):
            self._delta()
            self._reasoning_characters += _weight(event.text)
            if self._reasoning_from is None:
                self._reasoning_from = self._last
        elif isinstance(event, TextWasReasoning):
            self._reasoning_characters += self._text_characters
            self._text_characters = 0
            self._reasoning_from, self._reasoning_until = self._first, self._last
        elif isinstance(event, ToolCallDelta):
            self._delta()
            self._text_characters += _weight(event.arguments)
        elif isinstance(event, UsageReport):
            self._usage = event
        elif isinstance(event, ServerTimings):
            self._timings = event
        elif isinstance(event, PassedOver):
            self._started = self._clock()  # the time of one model is not that of another
        elif isinstance(event, Finished):
            self._timings = event.timings or self._timings
            self.end()

    def _delta(self) -> None:
        self._last = self._clock()
        self._deltas += 1
        if self._first is None:
            self._first = self._last

    def end(self) -> None:
        """The stream is over, however it ended."""
        if self._ended is None:
            self._ended = self._clock()

    @property
    def has_begun(self) -> bool:
        """Whether anything of an answer came."""
        return self._first is not None or self._ended is not None

    @property
    def output_tokens_estimate(self) -> int:
        return tokens_of_size(self._text_characters + self._reasoning_characters)

    def metrics(self, *, cost_usd: float | None = None) -> AnswerMetrics:
        reported = self._usage.output_tokens
        output = reported if reported is not None else self.output_tokens_estimate
        end = self._ended if self._ended is not None else self._clock()
        thinking_end = self._reasoning_until if self._reasoning_until is not None else self._last
        return AnswerMetrics(
            ttft_ms=_ms(self._started, self._first),
            duration_ms=_ms(self._started, end),
            tokens_per_second=self._speed(output),
            input_tokens=self._usage.input_tokens,
            output_tokens=output,
            reasoning_tokens=self._usage.reasoning_tokens,
            cached_tokens=self._usage.cached_tokens,
            cache_written_tokens=self._usage.cache_written_tokens,
            estimated=reported is None,
            load_ms=self._timings.load_ms if self._timings else None,
            prompt_ms=self._timings.prompt_ms if self._timings else None,
            reasoning_ms=_ms(self._reasoning_from, thinking_end) if self._reasoning_from is not None else None,
            cost_usd=cost_usd if cost_usd is not None else self._usage.cost_usd,
        )

    def _speed(self, output_tokens: int) -> float | None:
        if self._timings is not None and self._timings.decode_ms and output_tokens > 1:
            return output_tokens / (self._timings.decode_ms / 1000)
        if self._first is None or self._last is None or output_tokens < 2 or self._deltas < 2:
            return None
        elapsed = self._last - self._first
        return (output_tokens - 1) / elapsed if elapsed > 0 else None


def _weight(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _ms(start: float | None, end: float | None) -> float | None:
    if start is None or end is None:
        return None
    return (end - start) * 1000
