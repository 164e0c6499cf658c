"""Requests in OpenAI's chat-completions shape: only what was set goes on the wire."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from app.lean_dataclass import dataclass
from app.services.llm.models import ChatRequest, Message

#: Never taken from the user's extra parameters: they decide where the request goes and how it is read.
_RESERVED = frozenset({"model", "messages", "stream", "stream_options"})
#: Fields of `SamplingParameters` that are no field of this wire.
_NOT_ON_THIS_WIRE = frozenset({"context_length"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one service's requests differ from the common form."""

    max_tokens_field: str = "max_tokens"
    """OpenAI itself: `max_completion_tokens`; everybody else reads `max_tokens` (providers.md, 3.6)."""
    unknown_parameters: frozenset[str] = frozenset()
    """Knobs the service refuses as unknown; left out silently."""
    reasoning_off: str = "none"
    """The `reasoning_effort` that switches reasoning off."""
    extra_body: dict[str, Any] = field(default_factory=dict)
    """Further fields of every request."""


def build_body(request: ChatRequest, dialect: Dialect, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The JSON body of a streamed request. `refused`: fields this model did not accept before."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [message_body(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        **dialect.extra_body,
    }
    for name, value in request.parameters.set_values().items():
        if name in _RESERVED or name in _NOT_ON_THIS_WIRE or name in dialect.unknown_parameters:
            continue
        if name == "max_tokens":
            body[dialect.max_tokens_field] = value
        elif name == "stop":
            body["stop"] = list(value)
        elif name == "reasoning_effort":
            body["reasoning_effort"] = dialect.reasoning_off if value == "off" else value
        else:
            body[name] = value
    if request.tools:
        body["tools"] = [tool if "type" in tool else {"type": "function", "function": tool} for tool in request.tools]
    if request.json_schema is not None:
        body["response_format"] = response_format(request.json_schema)
    for name in refused:
        if name == "max_tokens" and "max_tokens" in body:
            body["max_completion_tokens"] = body["max_tokens"]
        body.pop(name, None)
    return body


def message_body(message: Message) -> dict[str, Any]:
    """One message. Reasoning of earlier turns is never sent back: models take it for their own text."""
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id or "", "content": message.content}
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        parts: list[dict[str, Any]] = [{"type": "text", "text": message.content}] if message.content else []
        parts += [
            {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{image.data_base64}"}}
            for image in message.images
        ]
        body["content"] = parts
    if message.tool_calls:
        body["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in message.tool_calls
        ]
    return body


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """`json_schema` form; `json_object` is refused by LM Studio. Strict only where the schema is closed, since OpenAI
    refuses strict schemas that are not."""
    title = re.sub(r"[^A-Za-z0-9_-]+", "_", str(schema.get("title") or "answer"))[:64].strip("_") or "answer"
    strict = _is_closed(schema)
    return {"type": "json_schema", "json_schema": {"name": title, "strict": strict, "schema": schema}}


def _is_closed(schema: Any) -> bool:
    """Whether every object of a schema names all its properties, requires them and allows no others."""
    if isinstance(schema, list):
        return all(_is_closed(one) for one in schema)
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        names = properties if isinstance(properties, dict) else {}
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(names):
            return False
    return all(_is_closed(one) for key, one in schema.items() if key not in ("enum", "const", "examples", "required"))
