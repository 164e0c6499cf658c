"""What an answer was asked with, to be looked at, repeated and compared: the exact messages, and the values that went
out with where each came from."""

from __future__ import annotations

import sqlite3
from dataclasses import field
from typing import TYPE_CHECKING, Any

from app.lean_dataclass import dataclass
from app.services.conversations import queries
from app.services.conversations.records import StoredMessage
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import ChatRequest, Message, SamplingParameters
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.llm.llm_manager import LLMManager
    from app.services.llm.wire_request import WireRequest


@dataclass(frozen=True, slots=True)
class SentRequest:
    """`parameters`: name → value, origin and, where the server took it not, `sent: false` with the reason."""

    answer: StoredMessage
    model: str
    messages: tuple[Message, ...]
    values: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    def as_chat_request(self) -> ChatRequest:
        """The request, as it would be handed to a provider once more."""
        known = SamplingParameters.model_fields.keys() - {"extra"}
        named = {name: value for name, value in self.values.items() if name in known}
        extra = {name: value for name, value in self.values.items() if name not in known}
        return ChatRequest(
            model=self.model, messages=self.messages, parameters=SamplingParameters(**named, extra=extra)
        )


def sent_request(db: sqlite3.Connection, answer_id: int) -> SentRequest | None:
    """What an answer was asked with; None for what is no answer to a request (an imported one, a prompt)."""
    from app.services.conversations.stored_request import rebuilt_messages

    request, answer = queries.request_of(db, answer_id), queries.message(db, answer_id)
    messages = rebuilt_messages(db, answer_id)
    if request is None or answer is None or messages is None:
        return None
    values = request.get("parameters")
    return SentRequest(
        answer,
        answer.model or str(request.get("model") or ""),
        messages,
        dict(values) if isinstance(values, dict) else {},
        dict(answer.parameters or {}),
    )


async def wire_request(manager: LLMManager, sent: SentRequest) -> WireRequest:
    """The request as its provider would send it now; what has no address of its own is asked through the gateway.

    Raises:
        LLMError: config, the provider is no longer there or the stored values are none.
    """
    provider = manager.providers.get(sent.answer.provider or "")
    if provider is None:
        name = sent.answer.provider or say("the provider")
        raise LLMError(
            ErrorKind.CONFIG,
            say("{name} is no longer configured.", name=name),
            say("Add it again, or ask another model."),
        )
    try:
        request = sent.as_chat_request()
    except ValueError as exc:
        raise LLMError(ErrorKind.CONFIG, say("The stored settings of this answer cannot be read."), str(exc)) from exc
    return await provider.wire_request(request)
