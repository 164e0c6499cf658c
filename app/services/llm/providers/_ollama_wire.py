"""Ollama's native chat: requests, and its newline-delimited JSON answers → stream events.

The native interface and not `/v1`, because only it takes the context window and the switches against silent
truncation (Ollama source, server/prompt.go and openai/openai.go, 2026).
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from app.services.llm import limits
from app.services.llm.errors import LLMError
from app.services.llm.event_stream import LineSplitter
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers._answer_reader import BaseAnswerReader, count_of
from app.services.llm.providers._failures import Server, error_in, not_an_answer, refusal, words_of
from app.services.llm.providers._tool_calls import arguments_object
from app.services.llm.safe_json import loads
from app.services.llm.stream_events import (
    Finished,
    FinishReason,
    ServerTimings,
    StreamEvent,
    ToolCallDelta,
    UsageReport,
)
from app.services.wording import say

_OPTION_NAMES = {"max_tokens": "num_predict", "context_length": "num_ctx"}
#: Of the user's extra parameters those that stand beside `options`; all others are options.
_TOP_LEVEL = frozenset({"keep_alive", "think", "format", "logprobs", "top_logprobs"})
_RESERVED = frozenset({"model", "messages", "stream", "options", "tools", "truncate", "shift"})
_FINISH_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length"}


def build_body(
    request: ChatRequest, model: str, num_ctx: int, *, keep_alive: str | None, may_think: bool
) -> dict[str, Any]:
    """A streamed chat request. `may_think` False leaves the `think` switch out (models that refuse it)."""
    options: dict[str, Any] = {"num_ctx": num_ctx}
    body: dict[str, Any] = {
        "model": model,
        "messages": _messages(request.messages),
        "stream": True,
        # An over-long chat must end in an error, not in messages dropped unseen.
        "truncate": False,
        "shift": False,
        "options": options,
    }
    if keep_alive:
        body["keep_alive"] = keep_alive
    for name, value in request.parameters.set_values().items():
        if name in _RESERVED:
            continue
        if name == "reasoning_effort":
            if may_think:
                body["think"] = False if value == "off" else value
        elif name in _TOP_LEVEL:
            body[name] = value
        elif name == "stop":
            options["stop"] = list(value)
        else:
            options[_OPTION_NAMES.get(name, name)] = value
    if request.tools:
        body["tools"] = [tool if "type" in tool else {"type": "function", "function": tool} for tool in request.tools]
    if request.json_schema is not None:
        body["format"] = request.json_schema
    return body


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    tool_names = {call.call_id: call.name for message in messages for call in message.tool_calls}
    bodies = []
    for message in messages:
        body: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.images:
            body["images"] = [image.data_base64 for image in message.images]
        if message.tool_calls:
            body["tool_calls"] = [
                {"id": call.call_id, "function": {"name": call.name, "arguments": arguments_object(call.arguments)}}
                for call in message.tool_calls
            ]
        if message.role == "tool" and message.tool_call_id:
            body["tool_call_id"] = message.tool_call_id
            body["tool_name"] = tool_names.get(message.tool_call_id, "")
        bodies.append(body)
    return bodies


class LineReader(BaseAnswerReader):
    """One answer of Ollama."""

    unreadable = "lines"

    def __init__(self, server: Server, model: str, *, json_answer: bool = False) -> None:
        super().__init__(server, model, json_answer=json_answer)
        self._splitter = LineSplitter()
        self._calls = 0
        self._last: dict[str, Any] = {}

    def _read(self, chunk: bytes, out: list[StreamEvent]) -> None:
        self._lines(self._splitter.feed(chunk), out)

    def _read_end(self, out: list[StreamEvent]) -> None:
        if not self.done:
            self._lines(self._splitter.end(), out, last=True)

    def _broken_off(self) -> LLMError:
        if not self.answering:
            return not_an_answer(self._server, say("an empty answer"), self._model)
        return self._interrupted(say("the stream ended without its last line"))

    def end(self) -> list[StreamEvent]:
        """Usage, where reported, and `Finished` with the server's own times."""
        last = self._last
        reason = _FINISH_REASONS.get(str(last.get("done_reason")), "unknown")
        if self._calls and reason != "length":
            reason = "tool_calls"
        usage = UsageReport(count_of(last.get("prompt_eval_count")), count_of(last.get("eval_count")))
        timings = ServerTimings(
            _milliseconds(last.get("load_duration")),
            _milliseconds(last.get("prompt_eval_duration")),
            _milliseconds(last.get("eval_duration")),
        )
        finished = Finished(reason, self._served_model, timings, self._skipped)
        counted = usage.input_tokens is not None or usage.output_tokens is not None
        return [usage, finished] if counted else [finished]

    def _lines(self, lines: list[bytes], out: list[StreamEvent], *, last: bool = False) -> None:
        for line in lines:
            self._line(line, out, last=last)
            if self.done:
                return

    def _line(self, line: bytes, out: list[StreamEvent], *, last: bool = False) -> None:
        try:
            value = loads(line)
        except ValueError:
            if line[:1] == b"<":
                raise not_an_answer(self._server, say("an HTML page"), self._model) from None
            if not last:
                self._skip()
            return
        said = error_in(value)
        if said is not None:
            raise refusal(self._server, said, status=None, model=self._model, mid_stream=self.answering)
        if not isinstance(value, dict):
            self._skip()
            return
        self._progressed = True
        message = value.get("message")
        if isinstance(message, dict):
            self._message(message, out)
        elif "done" not in value:
            self._skip()
        if value.get("done") is True:
            self.complete = self.done = True
            self._last = value
            model = value.get("model")
            self._served_model = model[: limits.MAX_MODEL_ID_CHARACTERS] if isinstance(model, str) else None

    def _message(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        thinking = message.get("thinking")
        if isinstance(thinking, str) and thinking:
            self._thought(thinking, out)
        content = message.get("content")
        if isinstance(content, str) and content:
            self._text(content, out)
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            self._tool_call(call, out)

    def _tool_call(self, call: Any, out: list[StreamEvent]) -> None:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            self._skip()
            return
        given = function.get("arguments")
        arguments = given if isinstance(given, str) else json.dumps(given or {}, ensure_ascii=False)
        self._grow(arguments)
        if self._calls >= limits.MAX_TOOL_CALLS or len(arguments) > limits.MAX_TOOL_ARGUMENTS_BYTES:
            raise self._too_large()
        call_id = call.get("id")
        call_id = call_id if isinstance(call_id, str) and call_id else f"call_{uuid.uuid4().hex[:12]}"
        out.append(ToolCallDelta(self._calls, call_id, function["name"][:256], arguments))
        self._calls += 1


def refuses_thinking(text: str) -> bool:
    """Whether a 400 is about the `think` switch alone."""
    message = words_of(text).message.lower()
    return "does not support thinking" in message or "think value" in message


def _milliseconds(nanoseconds: Any) -> float | None:
    return nanoseconds / 1e6 if type(nanoseconds) is int and 0 <= nanoseconds < 1 << 62 else None
