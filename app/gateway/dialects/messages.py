"""Anthropic's Messages, as Claude Code and the anthropic clients speak it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from app.gateway.dialects.answer import CollectedAnswer
from app.gateway.dialects.reading import (
    bad,
    effort,
    objects,
    picture,
    request_of,
    stop_words,
    text_in,
    unknown_role,
    unknown_type,
    word_in,
)
from app.services.llm.models import ChatRequest, ImagePart, Message, ToolCall
from app.services.llm.stream_events import (
    FinishReason,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    UsageReport,
)

_STOP_REASONS: dict[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
    "unknown": "end_turn",
}
_PARTS = ("text", "image", "tool_use", "tool_result")
#: Parts of earlier answers that are no text of theirs.
_LEFT_OUT = frozenset({"thinking", "redacted_thinking"})


def read_request(body: dict[str, Any]) -> ChatRequest:
    """Raises: LLMError: bad_request, naming what cannot be translated."""
    parameters: dict[str, Any] = {name: body.get(name) for name in ("temperature", "top_p", "top_k", "max_tokens")}
    parameters["stop"] = stop_words(body.get("stop_sequences"), "stop_sequences")
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") == "disabled":
        parameters["reasoning_effort"] = "off"
    config = body.get("output_config")
    config = config if isinstance(config, dict) else {}
    if config.get("effort") is not None:
        parameters.setdefault("reasoning_effort", effort(config["effort"]))
    tools = _tools(objects(body.get("tools") or [], "tools"))
    choice = body.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind == "none":
        tools = ()
    elif tools and kind == "tool" and isinstance(choice, dict):
        parameters["extra"] = {"tool_choice": {"type": "function", "function": {"name": choice.get("name")}}}
    elif tools and kind == "any":
        parameters["extra"] = {"tool_choice": "required"}
    messages = _system(body.get("system"))
    for one in objects(body.get("messages"), "messages"):
        messages += _turn(one)
    return request_of(messages, parameters, tools=tools, schema=_schema(config.get("format")))


def _schema(wanted: Any) -> dict[str, Any] | None:
    if not isinstance(wanted, dict):
        return None
    schema = wanted.get("schema")
    if not isinstance(schema, dict):
        raise bad("'output_config.format' has no schema.")
    return schema


def _system(value: Any) -> list[Message]:
    if value is None or value == "":
        return []
    text = value if isinstance(value, str) else "\n\n".join(text_in(one, "system") for one in objects(value, "system"))
    return [Message(role="system", content=text)]


def has_other_tools(body: dict[str, Any]) -> bool:
    """Whether a request offers what only Anthropic's own service knows."""
    tools = body.get("tools")
    return isinstance(tools, list) and any(isinstance(tool, dict) and not _is_own(tool) for tool in tools)


def _is_own(tool: dict[str, Any]) -> bool:
    return tool.get("type") in (None, "custom")


def _tools(given: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Those of the client. What the service itself would run is left out, but not where nothing else is offered: then
    the answer would be made up."""
    own = [tool for tool in given if _is_own(tool)]
    if given and not own:
        raise bad("Tools of the service itself cannot be translated for this provider.", "Give name and input_schema.")
    return tuple(_tool(tool) for tool in own)


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool.get("name"), str) or not isinstance(tool.get("input_schema"), dict):
        raise bad("A tool has no name or no input_schema.")
    function = {
        "name": tool["name"],
        "description": tool.get("description") or "",
        "parameters": tool["input_schema"],
    }
    return {"type": "function", "function": function}


def _turn(one: dict[str, Any]) -> list[Message]:
    """One turn; results of tools are messages of their own, ahead of what else a turn holds."""
    role, content = one.get("role"), one.get("content")
    if role == "system":
        return _system(content)
    if role not in ("user", "assistant"):
        raise unknown_role(("system", "user", "assistant"))
    if isinstance(content, str):
        return [Message(role=role, content=content)]
    texts: list[str] = []
    images: list[ImagePart] = []
    calls: list[ToolCall] = []
    results: list[Message] = []
    for part in objects(content, "content"):
        kind = word_in(part, "type")
        if kind == "text":
            texts.append(text_in(part, "content"))
        elif kind == "image":
            images.append(_picture(part.get("source")))
        elif kind == "tool_use":
            arguments = json.dumps(part.get("input") or {}, ensure_ascii=False)
            calls.append(ToolCall(call_id=str(part.get("id")), name=str(part.get("name")), arguments=arguments))
        elif kind == "tool_result":
            results.append(_result(part, images))
        elif kind not in _LEFT_OUT:
            raise unknown_type("content", _PARTS)
    if texts or images or calls:
        results.append(Message(role=role, content="\n".join(texts), images=tuple(images), tool_calls=tuple(calls)))
    return results


def _result(part: dict[str, Any], images: list[ImagePart]) -> Message:
    """The text of a tool's result. Its pictures go to `images`: only people's turns can hold some."""
    content = part.get("content")
    if isinstance(content, list):
        texts = []
        for one in objects(content, "tool_result"):
            if one.get("type") == "image":
                images.append(_picture(one.get("source")))
            else:
                texts.append(text_in(one, "tool_result"))
        content = "\n".join(texts)
    text = content if isinstance(content, str) else ""
    return Message(role="tool", content=text, tool_call_id=str(part.get("tool_use_id") or ""))


def _picture(source: Any) -> ImagePart:
    if not isinstance(source, dict) or source.get("type") != "base64":
        raise bad("Pictures are taken as base64 only.", "This gateway fetches no addresses.")
    return picture(f"data:{source.get('media_type')};base64,{source.get('data')}")


def writer(body: dict[str, Any], model: str) -> MessagesWriter:
    return MessagesWriter(model)


class MessagesWriter:
    """Events, or a whole message: blocks of thinking, text and tool calls, in the order in which they came."""

    def __init__(self, model: str) -> None:
        self._about = {"id": f"msg_{secrets.token_hex(12)}", "type": "message", "role": "assistant", "model": model}
        self._began = False
        self._index = -1
        self._open: tuple[str, int] | None = None

    def event(self, event: StreamEvent, answer: CollectedAnswer) -> bytes:
        if isinstance(event, TextDelta):
            return self._delta(("text", 0), {"type": "text", "text": ""}, {"type": "text_delta", "text": event.text})
        if isinstance(event, ReasoningDelta):
            opening: dict[str, Any] = {"type": "thinking", "thinking": "", "signature": ""}
            return self._delta(("thinking", 0), opening, {"type": "thinking_delta", "thinking": event.text})
        if isinstance(event, ToolCallDelta):
            call = answer.calls[event.index]
            opening = {"type": "tool_use", "id": call.call_id, "name": call.name, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": event.arguments}
            return self._delta(("tool", event.index), opening, delta)
        return b""

    def end(self, answer: CollectedAnswer) -> bytes:
        last = self._start() + self._close()
        delta = {"stop_reason": _stop_reason(answer), "stop_sequence": None}
        last += _event("message_delta", {"delta": delta, "usage": _usage(answer.usage)})
        return last + _event("message_stop", {})

    def whole(self, answer: CollectedAnswer) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        if answer.reasoning:
            content.append({"type": "thinking", "thinking": answer.reasoning, "signature": ""})
        if answer.text:
            content.append({"type": "text", "text": answer.text})
        for call in answer.calls.values():
            content.append(
                {"type": "tool_use", "id": call.call_id, "name": call.name, "input": _object(call.arguments)}
            )
        stop = {"stop_reason": _stop_reason(answer), "stop_sequence": None}
        return {**self._about, "content": content, **stop, "usage": _usage(answer.usage)}

    def _delta(self, block: tuple[str, int], opening: dict[str, Any], delta: dict[str, Any]) -> bytes:
        out = self._start()
        if self._open != block:
            out += self._close()
            self._index += 1
            self._open = block
            out += _event("content_block_start", {"index": self._index, "content_block": opening})
        return out + _event("content_block_delta", {"index": self._index, "delta": delta})

    def _start(self) -> bytes:
        if self._began:
            return b""
        self._began = True
        empty: dict[str, Any] = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": _usage(None)}
        return _event("message_start", {"message": {**self._about, **empty}})

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        return _event("content_block_stop", {"index": self._index})


def _event(kind: str, value: dict[str, Any]) -> bytes:
    data = json.dumps({"type": kind, **value}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _stop_reason(answer: CollectedAnswer) -> str:
    if answer.finish_reason == "unknown" and answer.calls:
        return "tool_use"
    return _STOP_REASONS[answer.finish_reason]


def _usage(usage: UsageReport | None) -> dict[str, Any]:
    """What the server reported; what it left out is 0, since the shape has no word for unknown."""
    cached = (usage.cached_tokens or 0) if usage is not None else 0
    prompt = (usage.input_tokens or 0) if usage is not None else 0
    return {
        "input_tokens": max(0, prompt - cached),
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": (usage.output_tokens or 0) if usage is not None else 0,
    }


def _object(arguments: str) -> dict[str, Any]:
    """A call's arguments; what the model wrote is kept under a name of ours where it is no object."""
    try:
        value = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"arguments": arguments}
