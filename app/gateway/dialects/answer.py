"""An answer as the core gave it so far, for whoever writes it down whole or has to close what a stream opened."""

from __future__ import annotations

from dataclasses import field

from app.lean_dataclass import dataclass
from app.services.llm.stream_events import (
    Finished,
    FinishReason,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
    ToolCallDelta,
    UsageReport,
)


@dataclass(slots=True)
class Call:
    call_id: str
    name: str
    arguments: str = ""


@dataclass(slots=True)
class CollectedAnswer:
    text_pieces: list[str] = field(default_factory=list)
    reasoning_pieces: list[str] = field(default_factory=list)
    calls: dict[int, Call] = field(default_factory=dict)
    usage: UsageReport | None = None
    finish_reason: FinishReason = "unknown"

    def take(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            self.text_pieces.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self.reasoning_pieces.append(event.text)
        elif isinstance(event, TextWasReasoning):
            self.reasoning_pieces, self.text_pieces = [*self.reasoning_pieces, *self.text_pieces], []
        elif isinstance(event, ToolCallDelta):
            call = self.calls.setdefault(event.index, Call(event.call_id, event.name))
            call.call_id, call.name = call.call_id or event.call_id, call.name or event.name
            call.arguments += event.arguments
        elif isinstance(event, UsageReport):
            self.usage = event
        elif isinstance(event, Finished):
            self.finish_reason = event.finish_reason

    @property
    def text(self) -> str:
        return "".join(self.text_pieces)

    @property
    def reasoning(self) -> str:
        return "".join(self.reasoning_pieces)
