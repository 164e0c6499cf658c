"""Answers that come as event streams, as one JSON body although a stream was asked for, or as no answer at all."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from app.services.llm import limits
from app.services.llm.errors import LLMError
from app.services.llm.event_stream import EventStreamParser, ServerEvent
from app.services.llm.providers._answer_reader import BaseAnswerReader
from app.services.llm.providers._failures import Said, Server, not_an_answer, refusal, words_of
from app.services.llm.providers._tool_calls import ToolCallIndex
from app.services.llm.safe_json import loads
from app.services.llm.stream_events import StreamEvent
from app.services.wording import say

_SNIFFED_BYTES = 64


class EventAnswerReader(BaseAnswerReader):
    """Subclasses say what one event means, and what a whole JSON body means."""

    unreadable = "events"

    def __init__(self, server: Server, model: str, *, content_type: str = "", json_answer: bool = False) -> None:
        super().__init__(server, model, json_answer=json_answer)
        self._parser = EventStreamParser()
        # Some servers send whole bodies under any content type: the first bytes decide, unless the type already did.
        self._whole: bytearray | None = bytearray() if content_type in ("application/json", "text/html") else None
        self._sniffed = b"" if self._whole is None else None
        self._calls = ToolCallIndex()

    @abstractmethod
    def _event(self, event: ServerEvent, out: list[StreamEvent], *, last: bool = False) -> None:
        """One event. `last`: the body ended behind it, so it may be cut."""

    @abstractmethod
    def _whole_value(self, value: Any, out: list[StreamEvent]) -> None:
        """The JSON body of an answer that was not streamed."""

    # -- in

    def _read(self, chunk: bytes, out: list[StreamEvent]) -> None:
        if self._sniffed is not None:
            chunk = self._sniff(chunk)
        if self._whole is None:
            self._events(self._parser.feed(chunk), out)
        elif len(self._whole) + len(chunk) > (most := min(limits.MAX_ANSWER_BYTES, limits.MAX_JSON_BODY_BYTES)):
            raise self._too_large(most)
        else:
            self._whole += chunk

    def _read_end(self, out: list[StreamEvent]) -> None:
        if self._sniffed and self._whole is None:
            chunk, self._sniffed = self._sniffed, None
            self._events(self._parser.feed(chunk), out)
        if self._whole is not None and not self.done:
            self._whole_answer(bytes(self._whole), out)
        elif not self.done:
            self._events(self._parser.end(), out, last=True)

    def _events(self, events: list[ServerEvent], out: list[StreamEvent], *, last: bool = False) -> None:
        for event in events:
            self._event(event, out, last=last)
            if self.done:
                return

    def _sniff(self, chunk: bytes) -> bytes:
        head = (self._sniffed or b"") + chunk
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:_SNIFFED_BYTES]
        if not start:
            self._sniffed = head
            if len(head) > _SNIFFED_BYTES:
                self._sniffed = None
                return head
            return b""
        self._sniffed = None
        if start[:1] in b"{[<":
            self._whole = bytearray()
        return head

    def _whole_answer(self, body: bytes, out: list[StreamEvent]) -> None:
        if body.lstrip()[:5] == b"data:" or body.lstrip()[:6] == b"event:":
            self._whole = None  # an event stream under the wrong content type
            self._events([*self._parser.feed(body), *self._parser.end()], out)
            return
        try:
            value = loads(body)
        except ValueError:
            what = say("an HTML page") if b"<" in body[:200] else say("not JSON")
            raise not_an_answer(self._server, what, self._model) from None
        self._whole_value(value, out)

    # -- pieces of an event

    def _object_in(self, event: ServerEvent, *, last: bool) -> dict[str, Any] | None:
        """The JSON object of an event; None where it is none, which is counted unless the body was cut there."""
        name, data = event
        try:
            value = loads(data)
        except ValueError:
            if not last:  # the last one may simply be cut
                self._unreadable(name, data)
            return None
        if not isinstance(value, dict):
            self._skip()
            return None
        return value

    def _call(self, call: dict[str, Any], out: list[StreamEvent]) -> None:
        """A piece of a tool call, in OpenAI's form."""
        piece = self._calls.piece(call)
        if piece is None:
            raise self._too_large()
        self.answering = True
        out.append(piece)

    # -- errors

    def _broken_off(self) -> LLMError:
        stray = self._parser.stray.decode("utf-8", "replace").strip()
        if stray.startswith("{"):  # proxies that fail in the middle write their error without a field name
            return self._refused(words_of(stray))
        if self.answering:
            return self._interrupted(say("the stream ended without a finish reason"))
        return not_an_answer(self._server, say("an empty answer"), self._model)

    def _refused(self, said: Said) -> LLMError:
        return refusal(self._server, said, status=None, model=self._model, mid_stream=self.answering)

    def _unreadable(self, name: str, data: bytes) -> None:
        if name == "error":
            raise self._refused(words_of(data.decode("utf-8", "replace")))
        self._skip()
