"""OpenAI's chat completions."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from app.gateway.dialects.answer import CollectedAnswer
from app.gateway.dialects.reading import (
    bad,
    content_of,
    effort,
    objects,
    request_of,
    stop_words,
    unknown_role,
    word_in,
)
from app.services.llm.models import ChatRequest, Message, Role, ToolCall
from app.services.llm.stream_events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta, UsageReport

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_TEXT_PARTS = ("text", "refusal")
_PARAMETERS = ("temperature", "top_p", "top_k", "min_p", "seed", "presence_penalty", "frequency_penalty")


def read_request(body: dict[str, Any]) -> ChatRequest:
    """Raises: LLMError: bad_request, naming what cannot be translated."""
    if body.get("n") not in (None, 1):
        raise bad("'n' above 1 cannot be translated for this provider.")
    parameters = {name: body.get(name) for name in (*_PARAMETERS, "repeat_penalty")}
    parameters["max_tokens"] = body.get("max_completion_tokens", body.get("max_tokens"))
    parameters["stop"] = stop_words(body.get("stop"))
    parameters["reasoning_effort"] = effort(body.get("reasoning_effort"))
    tools = tuple(objects(body.get("tools") or [], "tools"))
    choice = body.get("tool_choice")
    if choice == "none":
        tools = ()
    elif tools and choice not in (None, "auto"):
        parameters["extra"] = {"tool_choice": choice}
    messages = [_message(one) for one in objects(body.get("messages"), "messages")]
    return request_of(messages, parameters, tools=tools, schema=_schema(body.get("response_format")))


def _schema(wanted: Any) -> dict[str, Any] | None:
    if not isinstance(wanted, dict) or wanted.get("type") in (None, "text"):
        return None
    if wanted.get("type") == "json_object":
        return {"type": "object"}
    described = wanted.get("json_schema")
    schema = described.get("schema") if isinstance(described, dict) else None
    if not isinstance(schema, dict):
        raise bad("'response_format' has no json_schema.schema.")
    return schema


def _message(one: dict[str, Any]) -> Message:
    role = _ROLES.get(word_in(one, "role"))
    if role is None:
        raise unknown_role(_ROLES)
    text, images = content_of(one.get("content"), _TEXT_PARTS, "image_url")
    calls = tuple(_call(call) for call in objects(one.get("tool_calls") or [], "tool_calls"))
    call_id = one.get("tool_call_id")
    return Message(
        role=role,
        content=text,
        images=images,
        tool_calls=calls,
        tool_call_id=call_id if isinstance(call_id, str) else None,
    )


def _call(call: dict[str, Any]) -> ToolCall:
    function = call.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise bad("An entry of 'tool_calls' has no function name.")
    arguments = function.get("arguments")
    return ToolCall(
        call_id=str(call.get("id") or ""),
        name=function["name"],
        arguments=arguments if isinstance(arguments, str) else json.dumps(arguments or {}),
    )


def writer(body: dict[str, Any], model: str) -> ChatCompletionsWriter:
    options = body.get("stream_options")
    return ChatCompletionsWriter(model, isinstance(options, dict) and options.get("include_usage") is True)


class ChatCompletionsWriter:
    """Chunks, or a whole completion. Reasoning goes into `reasoning_content`, as LM Studio and vLLM spell it."""

    def __init__(self, model: str, with_usage: bool) -> None:
        self._about = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}
        self._with_usage = with_usage
        self._role: dict[str, str] = {"role": "assistant"}

    def event(self, event: StreamEvent, answer: CollectedAnswer) -> bytes:
        if isinstance(event, TextDelta):
            return self._chunk({"content": event.text})
        if isinstance(event, ReasoningDelta):
            return self._chunk({"reasoning_content": event.text})
        if isinstance(event, ToolCallDelta):
            function = {"arguments": event.arguments, **({"name": event.name} if event.name else {})}
            named = {"id": event.call_id, "type": "function"} if event.call_id else {}
            return self._chunk({"tool_calls": [{"index": event.index, **named, "function": function}]})
        return b""

    def end(self, answer: CollectedAnswer) -> bytes:
        last = self._chunk({}, _finish(answer))
        if self._with_usage and answer.usage is not None:
            last += self._event({"choices": [], "usage": _usage(answer.usage)})
        return last + b"data: [DONE]\n\n"

    def whole(self, answer: CollectedAnswer) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": answer.text}
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        if answer.calls:
            message["content"] = answer.text or None
            message["tool_calls"] = [
                {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in answer.calls.values()
            ]
        choice = {"index": 0, "message": message, "finish_reason": _finish(answer)}
        usage = {"usage": _usage(answer.usage)} if answer.usage is not None else {}
        return {"object": "chat.completion", **self._about, "choices": [choice], **usage}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        delta, self._role = {**self._role, **delta}, {}
        return self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _event(self, value: dict[str, Any]) -> bytes:
        whole = {"object": "chat.completion.chunk", **self._about, **value}
        return b"data: " + json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _finish(answer: CollectedAnswer) -> str:
    if answer.finish_reason == "unknown":
        return "tool_calls" if answer.calls else "stop"
    return answer.finish_reason


def _usage(usage: UsageReport) -> dict[str, Any]:
    """What the server reported; a count it left out is 0 here, since the shape has no word for unknown."""
    prompt, written = usage.input_tokens or 0, usage.output_tokens or 0
    found: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}
    if usage.cached_tokens is not None:
        found["prompt_tokens_details"] = {"cached_tokens": usage.cached_tokens}
    if usage.reasoning_tokens is not None:
        found["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    return found
