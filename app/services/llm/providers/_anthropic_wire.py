"""Anthropic's Messages: requests, and its event streams → stream events.

Written from the types of Anthropic's Python SDK 2.11 and the Messages API of version 2026-10-21. Our own wire and not
the SDK, because the SDK brings 33 MB and a second of import, and knows neither our clocks nor our limits nor the log of
connections.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.services.llm.event_stream import ServerEvent
from app.services.llm.models import ChatRequest, Message
from app.services.llm.providers._answer_reader import count_of
from app.services.llm.providers._event_answer_reader import EventAnswerReader
from app.services.llm.providers._failures import Said, Server, error_in
from app.services.llm.providers._tool_calls import arguments_object
from app.services.llm.safe_json import mapping_of
from app.services.llm.stream_events import Finished, FinishReason, StreamEvent, UsageReport

API_VERSION = "2026-10-21"
#: Where neither the user nor the list of models says how long an answer may get; the service demands a number.
DEFAULT_MAX_TOKENS = 8_192
#: Models list up to 128,000; older ones refuse a request whose prompt and answer together pass their window.
MOST_TOKENS_UNASKED = 32_000

_FINISH_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
#: Knobs of ours that the service has no field for; temperature and its kin are sent, and dropped where refused.
_NO_FIELD = frozenset(
    {"min_p", "seed", "presence_penalty", "frequency_penalty", "repeat_penalty", "context_length", "reasoning_effort"}
)
#: OpenAI's words for how tools are chosen → the service's own.
_TOOL_CHOICES = {"required": "any"}
_RESERVED = frozenset({"model", "messages", "stream", "system", "max_tokens"})


# -- requests


def build_body(request: ChatRequest, max_tokens: int | None, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The JSON body of a streamed request.

    `max_tokens`: what the model's entry in the list allows. `refused`: fields this model did not accept before.
    """
    wanted = request.parameters.max_tokens
    unasked = min(max_tokens or DEFAULT_MAX_TOKENS, MOST_TOKENS_UNASKED)
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": wanted if wanted is not None else unasked,
        "messages": _messages(request.messages),
        "stream": True,
    }
    system = "\n\n".join(m.content for m in request.messages if m.role == "system" and m.content)
    if system:
        body["system"] = system
    if sum(message.role == "user" for message in request.messages) > 1:
        # From the second turn on the beginning is sent again and again: it may be read from the service's cache.
        body["cache_control"] = {"type": "ephemeral"}
    for name, value in request.parameters.set_values().items():
        if name == "stop":
            body["stop_sequences"] = list(value)
        elif name == "tool_choice":
            body[name] = _tool_choice(value)
        elif name not in _NO_FIELD and name not in _RESERVED:
            body[name] = value
    body.update(_thinking(request))
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    for name in refused:
        body.pop(name, None)
    return body


def _tool_choice(value: Any) -> Any:
    """OpenAI's word or named function in the service's own form; what is in that form already stays."""
    if isinstance(value, str):
        return {"type": _TOOL_CHOICES.get(value, value)}
    function = mapping_of(mapping_of(value).get("function"))
    return {"type": "tool", "name": function["name"]} if "name" in function else value


def _thinking(request: ChatRequest) -> dict[str, Any]:
    effort = request.parameters.reasoning_effort
    config: dict[str, Any] = {}
    if request.json_schema is not None:
        config["format"] = {"type": "json_schema", "schema": request.json_schema}
    if effort in ("low", "medium", "high"):
        config["effort"] = effort
    found: dict[str, Any] = {"output_config": config} if config else {}
    if effort == "off":
        found["thinking"] = {"type": "disabled"}
    elif effort is not None:
        found["thinking"] = {"type": "adaptive", "display": "summarized"}
    return found


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Turns of the two roles; the service refuses empty blocks, and joins neighbours of one role by itself."""
    found = []
    for message in messages:
        if message.role == "system":
            continue
        content = _content(message)
        if content:
            found.append({"role": "assistant" if message.role == "assistant" else "user", "content": content})
    return found


def _content(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        return [{"type": "tool_result", "tool_use_id": message.tool_call_id or "", "content": message.content}]
    blocks: list[dict[str, Any]] = [
        {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": image.data_base64}}
        for image in message.images
    ]
    # White space alone is refused like an empty block.
    if message.content.strip():
        text = message.content.rstrip() if message.role == "assistant" else message.content
        blocks.append({"type": "text", "text": text})
    blocks += [
        {"type": "tool_use", "id": call.call_id, "name": call.name, "input": arguments_object(call.arguments)}
        for call in message.tool_calls
    ]
    return blocks


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool in OpenAI's form as one in Anthropic's; one that already is stays."""
    function = tool.get("function", tool)
    if "input_schema" in function or "name" not in function:
        return tool
    return {
        "name": function["name"],
        "description": function.get("description", ""),
        "input_schema": function.get("parameters") or {"type": "object", "properties": {}},
    }


# -- answers


class MessageReader(EventAnswerReader):
    """One answer of the Messages API."""

    def __init__(self, server: Server, model: str, *, content_type: str = "", json_answer: bool = False) -> None:
        super().__init__(server, model, content_type=content_type, json_answer=json_answer)
        self._finish: FinishReason = "unknown"
        self._usage: dict[str, int] = {}
        self._reasoning_tokens: int | None = None

    def end(self) -> list[StreamEvent]:
        finished = Finished(self._finish, self._served_model, None, self._skipped)
        report = self._report()
        return [finished] if report is None else [report, finished]

    def _report(self) -> UsageReport | None:
        """The prompt as the service counted it: what it read from its cache and wrote to it included."""
        usage = self._usage
        parts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        prompt = sum(usage.get(name, 0) for name in parts) if "input_tokens" in usage else None
        output = usage.get("output_tokens")
        if not prompt and not output:
            return None
        read, written = usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens")
        return UsageReport(prompt, output, self._reasoning_tokens, read, cache_written_tokens=written)

    # -- one event

    def _event(self, event: ServerEvent, out: list[StreamEvent], *, last: bool = False) -> None:
        name, data = event
        if not data:
            return
        value = self._object_in(event, last=last)
        if value is None:
            return
        kind = value.get("type")
        if kind == "ping":
            return
        self._progressed = True
        said = error_in(value)
        if said is None and (name == "error" or kind == "error"):
            said = Said("")
        if said is not None:
            raise self._refused(said)
        self._known(kind, value, out)

    def _known(self, kind: Any, value: dict[str, Any], out: list[StreamEvent]) -> None:
        if kind == "content_block_delta":
            self._delta(value, mapping_of(value.get("delta")), out)
        elif kind == "content_block_start":
            self._block(value.get("index"), mapping_of(value.get("content_block")), out)
        elif kind == "message_start":
            self._around(mapping_of(value.get("message")))
        elif kind == "message_delta":
            self._around(value)
            self._stopped(mapping_of(value.get("delta")).get("stop_reason"))
        elif kind == "message_stop":
            self.complete = self.done = True
        # Others end a block, or are newer than this reader; what they hold is no text.

    def _delta(self, value: dict[str, Any], delta: dict[str, Any], out: list[StreamEvent]) -> None:
        kind = delta.get("type")
        if kind == "text_delta" and isinstance(delta.get("text"), str):
            self._text(delta["text"], out)
        elif kind == "thinking_delta" and isinstance(delta.get("thinking"), str):
            self._thought(delta["thinking"], out)
        elif kind == "input_json_delta" and isinstance(delta.get("partial_json"), str):
            self._call({"index": value.get("index"), "function": {"arguments": delta["partial_json"]}}, out)
        # Signatures, citations and what is newer than this reader are no text.

    def _block(self, index: Any, block: dict[str, Any], out: list[StreamEvent]) -> None:
        """The beginning of a block, which may hold its first words; in a whole answer it holds all of them."""
        kind = block.get("type")
        if kind == "text" and isinstance(block.get("text"), str) and block["text"]:
            self._text(block["text"], out)
        elif kind == "thinking" and isinstance(block.get("thinking"), str) and block["thinking"]:
            self._thought(block["thinking"], out)
        elif kind == "tool_use":
            function = {"name": block.get("name"), "arguments": block.get("input") or ""}
            self._call({"index": index, "id": block.get("id"), "function": function}, out)

    def _around(self, message: dict[str, Any]) -> None:
        model = message.get("model")
        if isinstance(model, str) and model:
            self._served_model = model[:500]
        usage = mapping_of(message.get("usage"))
        for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"):
            count = count_of(usage.get(name))
            if count is not None:
                self._usage[name] = count  # cumulative: the last one counts
        details = mapping_of(usage.get("output_tokens_details"))
        self._reasoning_tokens = count_of(details.get("thinking_tokens")) or self._reasoning_tokens

    def _stopped(self, reason: Any) -> None:
        if isinstance(reason, str):
            self.complete = True
            self._finish = _FINISH_REASONS.get(reason, "unknown")

    # -- a whole body

    def _whole_value(self, value: Any, out: list[StreamEvent]) -> None:
        said = error_in(value)
        if said is not None:
            raise self._refused(said)
        body = mapping_of(value)
        content = body.get("content")
        for index, block in enumerate(content if isinstance(content, list) else ()):
            self._block(index, mapping_of(block), out)
        self._around(body)
        if self.answering:
            self._stopped(body.get("stop_reason"))
            self.complete = True
