"""Providers whose answers are event streams: one request, its refused fields, its clocks, its errors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from app.services.llm.errors import LLMError
from app.services.llm.models import ChatRequest
from app.services.llm.providers._answer_reader import batches_of
from app.services.llm.providers._event_answer_reader import EventAnswerReader
from app.services.llm.providers._failures import Server, adopt, clean, not_an_answer, refusal, words_of
from app.services.llm.providers._http_provider import HttpProvider
from app.services.llm.providers._refused_fields import MAX_LEFT_OUT, RefusedFields, left_out
from app.services.llm.stream_events import Started, StreamEvent

if TYPE_CHECKING:
    from app.services.llm.wire_request import WireRequest


class EventProvider(HttpProvider):
    """Subclasses say where requests go, what they hold and how answers are read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused = RefusedFields()

    @abstractmethod
    async def chat_url(self, request: ChatRequest) -> str:
        """Where a chat request goes."""

    @abstractmethod
    def body_of(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        """The JSON body. `refused`: fields that this model did not accept before."""

    @abstractmethod
    def reader_of(self, server: Server, request: ChatRequest, content_type: str) -> EventAnswerReader:
        """What reads the answer."""

    def adapts(self, request: ChatRequest, status: int, text: str) -> bool:
        """Whether a refusal showed another way to ask, to be taken from now on."""
        return False

    async def wire_request(self, request: ChatRequest) -> WireRequest:
        return self.repeated(await self.chat_url(request), self.body_of(request, self._refused.of(request.model)))

    def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        return self.stream_from(request)

    async def stream_from(self, request: ChatRequest, address: str | None = None) -> AsyncGenerator[StreamEvent]:
        """The answer. `address`: where this request goes, in place of what `chat_url` says."""
        self.check_key()
        self.door.prepare()  # before the clocks of this answer start
        told: Started | None = None
        dropped, adapted = 0, False
        while True:
            url = address or await self.chat_url(request)
            server = self.server(url)
            body = self.body_of(request, self._refused.of(request.model))
            started = self._started(request, body)
            if told is None:
                told = started
                yield told
            try:
                async with self.door.stream(
                    "POST",
                    url,
                    purpose="chat",
                    key=self.wire_key(),
                    headers={"Accept": "text/event-stream", **self.extra_headers()},
                    json=body,
                    first_byte_timeout_s=request.first_token_timeout_s or self.first_token_timeout_s,
                    silence_timeout_s=request.timeout_s or self.config.timeout,
                    progress_by_caller=True,
                ) as answer:
                    self._note_headers(answer.headers)
                    if answer.status != 200:
                        text = await answer.read_text()
                        if not adapted and self.adapts(request, answer.status, text):
                            adapted = True
                            continue
                        if dropped < MAX_LEFT_OUT and self._refused.learn(request.model, body, answer.status, text):
                            dropped += 1
                            continue
                        raise _refusal(server, answer.status, text, answer.headers, request.model)
                    if told.left_out != started.left_out:  # this server refused something just now
                        yield started
                    reader = self.reader_of(server, request, answer.content_type)
                    async with aclosing(batches_of(answer, reader)) as batches:
                        async for batch in batches:
                            for event in batch:
                                yield event
                    return
            except LLMError as exc:
                raise adopt(exc, server, request.model) from exc.__cause__

    def _started(self, request: ChatRequest, body: dict[str, Any]) -> Started:
        model = request.model
        missing = left_out(request.parameters, body, self._refused.of(model))
        return Started(self.instance_id, model, self.capabilities.local, self.is_simulated(model), missing)


def _refusal(server: Server, status: int, text: str, headers: Mapping[str, str], model: str) -> LLMError:
    if 200 <= status < 300:
        return not_an_answer(server, f"HTTP {status}, {clean(text) or 'no content'}", model, status=status)
    return refusal(server, words_of(text), status=status, model=model, headers=headers)
