"""Shapes that requests are translated from and answers into: one file each."""

from __future__ import annotations

from typing import Any, Protocol

from app.gateway.dialects.answer import CollectedAnswer
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest
from app.services.llm.relay_target import WireShape
from app.services.llm.stream_events import StreamEvent


class Writer(Protocol):
    """Writes one answer. `event` gives the bytes of a stream so far, `end` its last ones, `whole` the plain form."""

    def event(self, event: StreamEvent, answer: CollectedAnswer) -> bytes: ...

    def end(self, answer: CollectedAnswer) -> bytes: ...

    def whole(self, answer: CollectedAnswer) -> dict[str, Any]: ...


class Dialect(Protocol):
    """A module of this package."""

    def read_request(self, body: dict[str, Any]) -> ChatRequest: ...

    def writer(self, body: dict[str, Any], model: str) -> Writer: ...


def dialect_of(shape: WireShape) -> Dialect:
    """The file of a shape.

    Raises:
        LLMError: unsupported, only servers that speak it themselves can answer it.
    """
    from app.gateway.dialects import chat_completions, messages, responses

    found: dict[str, Any] = {"chat/completions": chat_completions, "messages": messages, "responses": responses}
    if shape not in found:
        raise LLMError(
            ErrorKind.UNSUPPORTED,
            f"The provider of this model has no /v1/{shape}.",
            "Choose a model of a server that has it.",
        )
    dialect: Dialect = found[shape]
    return dialect
