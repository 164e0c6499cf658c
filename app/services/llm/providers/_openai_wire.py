"""The one wire of every OpenAI-shaped server: chat requests and how their answers are read.

Subclasses are providers; they differ in address, key, dialect and what their model list tells.
"""

from __future__ import annotations

from typing import Any, ClassVar

from app.services.llm.models import Capabilities, ChatRequest
from app.services.llm.providers._event_answer_reader import EventAnswerReader
from app.services.llm.providers._event_provider import EventProvider
from app.services.llm.providers._failures import Server
from app.services.llm.providers._openai_request import Dialect, build_body
from app.services.llm.providers._openai_stream import AnswerReader
from app.services.llm.relay_target import OPENAI_SHAPES


class OpenAIWireProvider(EventProvider):
    """A provider whose server speaks chat completions. `base_url` ends in the API root (`…/v1`)."""

    dialect: ClassVar[Dialect] = Dialect()
    capabilities: ClassVar[Capabilities] = Capabilities()
    relayed_shapes = OPENAI_SHAPES

    async def relay_root(self) -> str:
        return await self.chat_root()

    async def chat_root(self) -> str:
        """Where `/chat/completions` lies; subclasses that must find out first override it."""
        return self.base_url

    async def chat_url(self, request: ChatRequest) -> str:
        return f"{await self.chat_root()}/chat/completions"

    def body_of(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        return build_body(request, self.dialect, refused)

    def reader_of(self, server: Server, request: ChatRequest, content_type: str) -> EventAnswerReader:
        json_answer = request.json_schema is not None
        return AnswerReader(server, request.model, content_type=content_type, json_answer=json_answer)

    async def slots_busy(self, origin: str) -> bool | None:
        """Whether a llama-server computes, as its slots say; None where there is no such list.

        Raises:
            LLMError: it does not answer.
        """
        answer = await self.get_json(f"{origin}/slots", purpose="health")
        slots = answer.value if answer.status == 200 and isinstance(answer.value, list) else []
        known = [slot["is_processing"] for slot in slots if isinstance(slot, dict) and "is_processing" in slot]
        return any(known) if known else None
