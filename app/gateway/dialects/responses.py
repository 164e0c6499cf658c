"""OpenAI's Responses, as Codex and the newer openai clients speak it. Stateless: nothing is kept between requests."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from app.gateway.dialects.answer import CollectedAnswer
from app.gateway.dialects.reading import (
    bad,
    content_of,
    effort,
    objects,
    request_of,
    unknown_role,
    unknown_type,
    word_in,
)
from app.gateway.dialects.responses_tools import OfferedTool, flat_name, free_text, offered
from app.lean_dataclass import dataclass
from app.services.llm.models import ChatRequest, Message, Role, ToolCall
from app.services.llm.stream_events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta, UsageReport

_ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
#: Items of earlier turns that no other model can use: thinking, and what the service itself looked up.
_LEFT_OUT = frozenset({"reasoning", "web_search_call", "file_search_call", "tool_search_call", "tool_search_output"})
_ITEMS = ("message", "function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output")
_TEXT_PARTS = frozenset({"input_text", "output_text", "text", "refusal", "summary_text"})


def read_request(body: dict[str, Any]) -> ChatRequest:
    """Raises: LLMError: bad_request, naming what cannot be translated."""
    for name in ("previous_response_id", "conversation"):
        if body.get(name):
            raise bad(f"'{name}' cannot be used here: nothing is kept between requests.", "Send the whole input.")
    parameters: dict[str, Any] = {"temperature": body.get("temperature"), "top_p": body.get("top_p")}
    parameters["max_tokens"] = body.get("max_output_tokens")
    reasoning = body.get("reasoning")
    parameters["reasoning_effort"] = effort(reasoning.get("effort")) if isinstance(reasoning, dict) else None
    tools = tuple(tool.as_function() for tool in offered(body).values())
    choice = body.get("tool_choice")
    if choice == "none":
        tools = ()
    elif tools and isinstance(choice, dict):
        parameters["extra"] = {"tool_choice": {"type": "function", "function": {"name": str(choice.get("name"))}}}
    elif tools and choice == "required":
        parameters["extra"] = {"tool_choice": "required"}
    return request_of(_messages(body), parameters, tools=tools, schema=_schema(body.get("text")))


def _schema(text: Any) -> dict[str, Any] | None:
    wanted = text.get("format") if isinstance(text, dict) else None
    if not isinstance(wanted, dict) or wanted.get("type") in (None, "text"):
        return None
    if wanted.get("type") == "json_object":
        return {"type": "object"}
    if not isinstance(wanted.get("schema"), dict):
        raise bad("'text.format' has no schema.")
    schema: dict[str, Any] = wanted["schema"]
    return schema


def _messages(body: dict[str, Any]) -> list[Message]:
    found: list[Message] = []
    if isinstance(body.get("instructions"), str) and body["instructions"]:
        found.append(Message(role="system", content=body["instructions"]))
    given = body.get("input")
    if isinstance(given, str):
        return [*found, Message(role="user", content=given)]
    for item in objects(given, "input"):
        _take(item, found)
    return found


def _take(item: dict[str, Any], found: list[Message]) -> None:
    kind = word_in(item, "type", "message")
    if kind == "message":
        role = _ROLES.get(word_in(item, "role"))
        if role is None:
            raise unknown_role(_ROLES)
        text, images = content_of(item.get("content"), _TEXT_PARTS, "input_image")
        found.append(Message(role=role, content=text, images=images))
    elif kind in ("function_call", "custom_tool_call"):
        given = str(item.get("arguments") or "{}")
        if kind == "custom_tool_call":
            given = json.dumps({"input": str(item.get("input") or "")}, ensure_ascii=False)
        call = ToolCall(
            call_id=str(item.get("call_id") or ""),
            name=flat_name(item.get("namespace"), str(item.get("name") or "")),
            arguments=given,
        )
        last = found[-1] if found else None
        if last is not None and last.role == "assistant":  # text and its calls are one turn
            found[-1] = last.model_copy(update={"tool_calls": (*last.tool_calls, call)})
        else:
            found.append(Message(role="assistant", tool_calls=(call,)))
    elif kind in ("function_call_output", "custom_tool_call_output"):
        output = item.get("output")
        text = output if isinstance(output, str) else content_of(output, _TEXT_PARTS, "input_image")[0]
        found.append(Message(role="tool", content=text, tool_call_id=str(item.get("call_id") or "")))
    elif kind not in _LEFT_OUT:
        raise unknown_type("input", _ITEMS)


def writer(body: dict[str, Any], model: str) -> ResponsesWriter:
    return ResponsesWriter(model, offered(body))


@dataclass(slots=True)
class _Item:
    """An output item that is being written. `done`: its finished form so far."""

    key: tuple[str, int]
    index: int
    done: dict[str, Any]


#: OpenAI's words for why a response failed, where they differ from the general one; Codex acts on them.
_FAILURES = {"context_length": "context_length_exceeded", "rate_limited": "rate_limit_exceeded"}


def failed(model: str, kind: str, message: str) -> bytes:
    """The end of a stream that broke off, relayed ones included: its number in the stream is not known here."""
    error = {"code": _FAILURES.get(kind, "server_error"), "message": message}
    response = {**_about(model), "status": "failed", "error": error, "output": [], "usage": None}
    value = {"type": "response.failed", "sequence_number": 0, "response": response}
    return f"event: response.failed\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def _about(model: str) -> dict[str, Any]:
    """What every response tells of itself."""
    about: dict[str, Any] = {"id": f"resp_{secrets.token_hex(12)}", "object": "response", "model": model}
    about |= {"created_at": int(time.time()), "error": None, "incomplete_details": None}
    return {**about, "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}


class ResponsesWriter:
    """Events, or a whole response: items of reasoning, message and function calls, in the order in which they came."""

    def __init__(self, model: str, tools: Mapping[str, OfferedTool]) -> None:
        self._tools = tools
        self._about = _about(model)
        self._sequence = 0
        self._began = False
        self._output: list[dict[str, Any]] = []
        self._item: _Item | None = None

    def event(self, event: StreamEvent, answer: CollectedAnswer) -> bytes:
        if isinstance(event, TextDelta):
            out = self._open(("message", 0), lambda: _message_item(""))
            return out + self._text(event.text)
        if isinstance(event, ReasoningDelta):
            out = self._open(("reasoning", 0), lambda: _reasoning_item(""))
            return out + self._reasoning(event.text)
        if isinstance(event, ToolCallDelta):
            call = answer.calls[event.index]
            out = self._open(("call", event.index), lambda: self._call_item(call.call_id, call.name, ""))
            assert self._item is not None
            if self._item.done["type"] == "custom_tool_call":  # its text is known when its JSON is whole
                self._item.done["input"] += event.arguments
                return out
            self._item.done["arguments"] += event.arguments
            return out + self._event(
                "response.function_call_arguments.delta", {**self._place(), "delta": event.arguments}
            )
        return b""

    def end(self, answer: CollectedAnswer) -> bytes:
        out = self._start() + self._close()
        kind = "response.incomplete" if answer.finish_reason == "length" else "response.completed"
        return out + self._event(kind, {"response": self._response(answer, self._output)})

    def whole(self, answer: CollectedAnswer) -> dict[str, Any]:
        output = []
        if answer.reasoning:
            output.append(_reasoning_item(answer.reasoning))
        if answer.text or not answer.calls:
            output.append(_message_item(answer.text))
        output += [self._call_item(call.call_id, call.name, call.arguments) for call in answer.calls.values()]
        return self._response(answer, output)

    # -- items

    def _text(self, text: str) -> bytes:
        assert self._item is not None
        self._item.done["content"][0]["text"] += text
        return self._event(
            "response.output_text.delta", {**self._place(), "content_index": 0, "delta": text, "logprobs": []}
        )

    def _reasoning(self, text: str) -> bytes:
        assert self._item is not None
        self._item.done["content"][0]["text"] += text
        return self._event("response.reasoning_text.delta", {**self._place(), "content_index": 0, "delta": text})

    def _place(self) -> dict[str, Any]:
        assert self._item is not None
        return {"item_id": self._item.done["id"], "output_index": self._item.index}

    def _open(self, key: tuple[str, int], make: Any) -> bytes:
        out = self._start()
        if self._item is not None and self._item.key == key:
            return out
        out += self._close()
        self._item = _Item(key, len(self._output), make())
        started = {**self._item.done, "status": "in_progress"}
        if key[0] != "call":
            started["content"] = []
        out += self._event("response.output_item.added", {"output_index": self._item.index, "item": started})
        if key[0] == "message":
            part = {"type": "output_text", "text": "", "annotations": []}
            out += self._event("response.content_part.added", {**self._place(), "content_index": 0, "part": part})
        return out

    def _close(self) -> bytes:
        if self._item is None:
            return b""
        item, out = self._item, b""
        place = self._place()
        if item.key[0] == "message":
            part = item.done["content"][0]
            text = {**place, "content_index": 0, "text": part["text"], "logprobs": []}
            out += self._event("response.output_text.done", text)
            out += self._event("response.content_part.done", {**place, "content_index": 0, "part": part})
        elif item.key[0] == "reasoning":
            text = {**place, "content_index": 0, "text": item.done["content"][0]["text"]}
            out += self._event("response.reasoning_text.done", text)
        elif item.done["type"] == "custom_tool_call":
            given = item.done["input"] = free_text(item.done["input"])
            out += self._event("response.custom_tool_call_input.delta", {**place, "delta": given})
            out += self._event("response.custom_tool_call_input.done", {**place, "input": given})
        else:
            done = {**place, "name": item.done["name"], "arguments": item.done["arguments"]}
            out += self._event("response.function_call_arguments.done", done)
        out += self._event("response.output_item.done", {"output_index": item.index, "item": item.done})
        self._output.append(item.done)
        self._item = None
        return out

    def _call_item(self, call_id: str, flat: str, arguments: str) -> dict[str, Any]:
        """The call of a tool by the name under which the client offered it."""
        tool = self._tools.get(flat)
        item = {"id": f"fc_{secrets.token_hex(12)}", "status": "completed", "call_id": call_id}
        item["name"] = tool.name if tool is not None else flat
        if tool is not None and tool.namespace is not None:
            item["namespace"] = tool.namespace
        if tool is not None and tool.custom:
            return {**item, "type": "custom_tool_call", "input": free_text(arguments)}
        return {**item, "type": "function_call", "arguments": arguments}

    # -- the response

    def _start(self) -> bytes:
        if self._began:
            return b""
        self._began = True
        empty: dict[str, Any] = {**self._about, "status": "in_progress", "output": [], "usage": None}
        first = self._event("response.created", {"response": empty})
        return first + self._event("response.in_progress", {"response": empty})

    def _response(self, answer: CollectedAnswer, output: list[dict[str, Any]]) -> dict[str, Any]:
        cut = answer.finish_reason == "length"
        about: dict[str, Any] = {**self._about, "status": "incomplete" if cut else "completed", "output": output}
        if cut:
            about["incomplete_details"] = {"reason": "max_output_tokens"}
        return {**about, "usage": _usage(answer.usage)}

    def _event(self, kind: str, value: dict[str, Any]) -> bytes:
        whole = {"type": kind, "sequence_number": self._sequence, **value}
        self._sequence += 1
        data = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        return f"event: {kind}\ndata: {data}\n\n".encode()


def _message_item(text: str) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def _reasoning_item(text: str) -> dict[str, Any]:
    part = {"type": "reasoning_text", "text": text}
    return {
        "id": f"rs_{secrets.token_hex(12)}",
        "type": "reasoning",
        "status": "completed",
        "summary": [],
        "content": [part],
    }


def _usage(usage: UsageReport | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    prompt, written = usage.input_tokens or 0, usage.output_tokens or 0
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens or 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens or 0},
        "total_tokens": prompt + written,
    }
