"""A generation while it runs and when it has ended, and what is told about it."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import Any

from app.lean_dataclass import dataclass
from app.services.conversations.continuing import Continuation
from app.services.conversations.records import MessageStatus, SentPart
from app.services.conversations.routed import Routed, Unanswered
from app.services.llm.errors import LLMError
from app.services.llm.metering import AnswerMetrics
from app.services.llm.models import ChatRequest
from app.services.llm.stream_events import Started, StreamEvent


@dataclass(slots=True, eq=False)
class Answer:
    """One running or ended generation. Mutated on the engine's loop only."""

    conversation_id: int
    message_id: int
    prompt_id: int
    provider: str
    model: str
    model_name: str = ""
    local: bool = True
    simulated: bool = False
    status: MessageStatus = "streaming"
    text_parts: list[str] = field(default_factory=list)
    reasoning_parts: list[str] = field(default_factory=list)
    error: LLMError | None = None
    metrics: AnswerMetrics | None = None
    finish_reason: str | None = None
    started: Started | None = None
    """The newest try."""
    request: ChatRequest | None = None
    """As it was handed to the provider; None until then."""
    part: SentPart = field(default_factory=SentPart)
    """Of the branch, what the request holds."""
    begun: Continuation = field(default_factory=Continuation)
    """What it begins with, where it goes on with another one; not among the parts."""
    routed: Routed | None = None
    """Where Auto chose the model."""
    unroutable: LLMError | None = None
    """Why Auto could not."""
    unanswered: tuple[Unanswered, ...] = ()
    """Who was asked before the newest try."""
    stop_asked: bool = False
    rewritten: int = 0
    """How often text that was there became reasoning; the journal starts anew each time."""
    task: asyncio.Task[None] | None = None

    @property
    def text(self) -> str:
        return self.begun.text + "".join(self.text_parts)

    @property
    def reasoning(self) -> str:
        return self.begun.reasoning + "".join(self.reasoning_parts)

    @property
    def error_row(self) -> dict[str, Any] | None:
        """The error as it is stored."""
        if self.error is None:
            return None
        row: dict[str, Any] = {"kind": self.error.kind.value, "message": self.error.message, "hint": self.error.hint}
        if self.error.details:
            row["details"] = self.error.details
        if self.error.retry_after_s is not None:
            row["retry_after_s"] = self.error.retry_after_s
        return row

    async def wait(self) -> None:
        """Until the answer has ended and is stored; never raises for the answer's own failure."""
        if self.task is not None:
            await asyncio.wait({self.task})


@dataclass(slots=True, eq=False)
class Preparation:
    """What comes before an answer's first request: its prompt is stored, its model chosen, its own row made."""

    stop_asked: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """The answer is to end as soon as its row is there, and nobody to be asked."""
    routing: asyncio.Future[Routed] | None = None
    """Auto's choice, while it lasts."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def end(self) -> None:
        """Choose no model any more, and wait until the answer runs; it ends by itself then."""
        self.ended.set()
        if self.routing is not None:
            self.routing.cancel()
        await self.over.wait()


@dataclass(frozen=True, slots=True)
class AnswerBegan:
    """The rows exist. `prompt_text` is set when a prompt was added with it."""

    answer: Answer
    new_prompt: bool


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer is stored with its final status."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class StopChecked:
    """After a stop: the server is still computing though it should have stopped (False), or that doubt is over."""

    answer: Answer
    confirmed: bool


AnswerEvent = AnswerBegan | StreamEvent | AnswerEnded | StopChecked
