"""OpenAI's Responses: requests, and its event streams → stream events.

Only for models that chat completions refuses. Nothing is kept at the service (`store` is false): the chat lives here,
and each request holds all of it. Written from the types of OpenAI's Python SDK 3.52.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.services.llm import limits
from app.services.llm.event_stream import ServerEvent
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers._answer_reader import count_of
from app.services.llm.providers._event_answer_reader import EventAnswerReader
from app.services.llm.providers._failures import Said, Server, error_in
from app.services.llm.providers._openai_request import response_format
from app.services.llm.safe_json import mapping_of
from app.services.llm.stream_events import Finished, FinishReason, StreamEvent, UsageReport
from app.services.wording import say

_INCOMPLETE: dict[str, FinishReason] = {"max_output_tokens": "length", "content_filter": "content_filter"}
#: Knobs of chat completions that have another name here, or none.
_NO_FIELD = frozenset(
    {"max_tokens", "stop", "seed", "min_p", "top_k", "presence_penalty", "frequency_penalty", "repeat_penalty"}
    | {"context_length", "reasoning_effort"}
)
_RESERVED = frozenset({"model", "input", "instructions", "stream", "store"})
_EFFORTS = {"off": "none", "low": "low", "medium": "medium", "high": "high"}


# -- requests


def build_body(request: ChatRequest, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The JSON body of a streamed request. `refused`: fields this model did not accept before."""
    parameters = request.parameters
    body: dict[str, Any] = {"model": request.model, "input": _input(request.messages), "stream": True, "store": False}
    system = "\n\n".join(m.content for m in request.messages if m.role == "system" and m.content)
    if system:
        body["instructions"] = system
    for name, value in parameters.set_values().items():
        if name not in _NO_FIELD and name not in _RESERVED:
            body[name] = value
    if parameters.max_tokens is not None:
        body["max_output_tokens"] = parameters.max_tokens
    if parameters.reasoning_effort is not None:
        body["reasoning"] = {"effort": _EFFORTS[parameters.reasoning_effort], "summary": "auto"}
    if request.json_schema is not None:
        wrapped = response_format(request.json_schema)["json_schema"]
        body["text"] = {"format": {"type": "json_schema", **wrapped}}
    if request.tools:
        body["tools"] = [{"type": "function", **tool.get("function", tool)} for tool in request.tools]
    for name in refused:
        body.pop(name, None)
    return body


def _input(messages: Iterable[Message]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "system":
            continue
        if message.role == "tool":
            call_id = message.tool_call_id or ""
            items.append({"type": "function_call_output", "call_id": call_id, "output": message.content})
            continue
        kind = "output_text" if message.role == "assistant" else "input_text"
        parts: list[dict[str, Any]] = [{"type": kind, "text": message.content}] if message.content else []
        parts += [
            {"type": "input_image", "image_url": f"data:{image.media_type};base64,{image.data_base64}"}
            for image in message.images
        ]
        if parts:
            items.append({"type": "message", "role": message.role, "content": parts})
        items += [
            {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments or "{}"}
            for call in message.tool_calls
        ]
    return items


# -- answers


class ResponseReader(EventAnswerReader):
    """One answer of the Responses API."""

    def __init__(self, server: Server, model: str, *, content_type: str = "", json_answer: bool = False) -> None:
        super().__init__(server, model, content_type=content_type, json_answer=json_answer)
        self._finish: FinishReason = "unknown"
        self._usage: UsageReport | None = None

    def end(self) -> list[StreamEvent]:
        reason: FinishReason = "tool_calls" if self._calls.count and self._finish == "stop" else self._finish
        finished = Finished(reason, self._served_model, None, self._skipped)
        return [finished] if self._usage is None else [self._usage, finished]

    # -- one event

    def _event(self, event: ServerEvent, out: list[StreamEvent], *, last: bool = False) -> None:
        name, data = event
        if not data or data.strip() == b"[DONE]":
            return
        value = self._object_in(event, last=last)
        if value is None:
            return
        self._progressed = True
        kind = value.get("type")
        if kind == "error" or name == "error" or value.get("error"):
            raise self._refused(error_in(value) or error_in({"error": value}) or Said(""))
        if isinstance(kind, str) and kind.startswith("response."):
            self._known(kind.removeprefix("response."), value, out)

    def _known(self, kind: str, value: dict[str, Any], out: list[StreamEvent]) -> None:
        delta = value.get("delta")
        if kind in ("output_text.delta", "refusal.delta"):
            if isinstance(delta, str):
                self._text(delta, out)
        elif kind in ("reasoning_summary_text.delta", "reasoning_text.delta"):
            if isinstance(delta, str):
                self._thought(delta, out)
        elif kind == "function_call_arguments.delta":
            self._call({"index": value.get("output_index"), "function": {"arguments": delta}}, out)
        elif kind == "output_item.added":
            self._item(value.get("output_index"), mapping_of(value.get("item")), out, whole=False)
        elif kind in ("completed", "incomplete", "failed", "cancelled"):
            self._ended(mapping_of(value.get("response")))
        # All others repeat what the pieces said, or announce what is about to come.

    def _item(self, index: Any, item: dict[str, Any], out: list[StreamEvent], *, whole: bool) -> None:
        """An item of the answer: its beginning in a stream, all of it in a whole body."""
        kind = item.get("type")
        if kind == "function_call":
            arguments = item.get("arguments") if whole else ""
            function = {"name": item.get("name"), "arguments": arguments or ""}
            self._call({"index": index, "id": item.get("call_id") or item.get("id"), "function": function}, out)
        elif whole and kind in ("message", "reasoning"):
            parts = [*_list(item.get("summary")), *_list(item.get("content"))]
            for text in (
                part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)
            ):
                self._text(text, out) if kind == "message" else self._thought(text, out)

    def _ended(self, response: dict[str, Any]) -> None:
        """The last event: whether it is whole, what it used."""
        said = error_in(response)
        status = response.get("status")
        if said is not None or status in ("failed", "cancelled"):
            raise self._refused(said or Said(say("The response ended as {status}.", status=status)))
        model = response.get("model")
        if isinstance(model, str) and model:
            self._served_model = model[: limits.MAX_MODEL_ID_CHARACTERS]
        self._usage = _usage(mapping_of(response.get("usage")))
        reason = mapping_of(response.get("incomplete_details")).get("reason")
        self._finish = _INCOMPLETE.get(str(reason), "unknown") if status == "incomplete" else "stop"
        self.complete = self.done = True

    # -- a whole body

    def _whole_value(self, value: Any, out: list[StreamEvent]) -> None:
        said = error_in(value)
        if said is not None:
            raise self._refused(said)
        body = mapping_of(value)
        for index, item in enumerate(_list(body.get("output"))):
            self._item(index, mapping_of(item), out, whole=True)
        if self.answering:
            self._ended(body)


def wants_responses(text: str) -> bool:
    """Whether a refusal of chat completions says that the model answers here."""
    lowered = text.lower()
    return "v1/responses" in lowered or "responses api" in lowered


def _usage(usage: Mapping[str, Any]) -> UsageReport | None:
    report = UsageReport(
        count_of(usage.get("input_tokens")),
        count_of(usage.get("output_tokens")),
        count_of(mapping_of(usage.get("output_tokens_details")).get("reasoning_tokens")),
        count_of(mapping_of(usage.get("input_tokens_details")).get("cached_tokens")),
    )
    return report if report.input_tokens or report.output_tokens else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
