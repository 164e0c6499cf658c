"""The anthropic client of Python, step by step: `anthropic_python.py STEP MODEL` prints one JSON object.

It finds address and token as its users (and Claude Code's) give them: `ANTHROPIC_BASE_URL`, `ANTHROPIC_AUTH_TOKEN`.
"""

import json
import sys
from typing import Any

import anthropic
from anthropic.types import Message, MessageTokensCount, ModelInfo, RawMessageStreamEvent
from pydantic import BaseModel, TypeAdapter

CLIENT = anthropic.Anthropic(max_retries=0, timeout=30)
ABOUT: dict[str, Any] = {
    "max_tokens": 200,
    "system": "Be brief.",
    "messages": [{"role": "user", "content": "Weather in Bern?"}],
}
TOOLS: list[Any] = [
    {
        "name": "weather",
        "description": "The weather of a place.",
        "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    }
]
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def checked(kind: type[BaseModel], value: BaseModel) -> Any:
    """The client takes any object for an answer; its own types say what belongs into one."""
    kind.model_validate(value.model_dump(exclude_unset=True))
    return value


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def models(model: str) -> dict[str, Any]:
    listed = [checked(ModelInfo, one) for one in CLIENT.models.list()]
    return {"ids": [one.id for one in listed]}


def one_model(model: str) -> dict[str, Any]:
    return {"id": checked(ModelInfo, CLIENT.models.retrieve(model)).id}


def plain(model: str) -> dict[str, Any]:
    answer = checked(Message, CLIENT.messages.create(model=model, **ABOUT))
    tokens = [answer.usage.input_tokens, answer.usage.output_tokens]
    return {"text": text_of(answer), "finish": answer.stop_reason, "tokens": tokens}


def events(model: str, **more: Any) -> dict[str, Any]:
    """Every raw event by the client's own types, then what the client makes of the same stream."""
    with CLIENT.messages.create(model=model, stream=True, **{**ABOUT, **more}) as stream:
        raw = [EVENT.validate_python(event.model_dump(exclude_unset=True)) for event in stream]
    with CLIENT.messages.stream(model=model, **{**ABOUT, **more}) as told:
        pieces = list(told.text_stream)
        whole = checked(Message, told.get_final_message())
    return {
        "kinds": [event.type for event in raw],
        "text": "".join(pieces),
        "blocks": [block.type for block in whole.content],
        "calls": [{"name": b.name, "arguments": b.input} for b in whole.content if b.type == "tool_use"],
        "finish": whole.stop_reason,
        "tokens": [whole.usage.input_tokens, whole.usage.output_tokens],
    }


def streamed(model: str) -> dict[str, Any]:
    return events(model)


def streamed_tool(model: str) -> dict[str, Any]:
    return events(model, tools=TOOLS)


def tool(model: str) -> dict[str, Any]:
    first = checked(Message, CLIENT.messages.create(model=model, tools=TOOLS, **ABOUT))
    (call,) = [block for block in first.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}
    turn = [
        *ABOUT["messages"],
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": [result]},
    ]
    second = CLIENT.messages.create(model=model, **{**ABOUT, "messages": turn})
    return {"finish": first.stop_reason, "name": call.name, "arguments": call.input, "text": text_of(second)}


def leave(model: str) -> dict[str, Any]:
    pieces = 0
    with CLIENT.messages.create(model=model, stream=True, **ABOUT) as stream:
        for event in stream:
            pieces += event.type == "content_block_delta"
            if pieces == 3:
                break
    return {"pieces": pieces}


def count(model: str) -> dict[str, Any]:
    found = CLIENT.messages.count_tokens(model=model, messages=ABOUT["messages"], system=ABOUT["system"])
    return {"tokens": checked(MessageTokensCount, found).input_tokens}


def as_claude_code(model: str) -> dict[str, Any]:
    """A request with everything in it that Claude Code sends."""
    kept = {"type": "ephemeral"}
    system = [{"type": "text", "text": "You are a coding tool."}, {"type": "text", "text": "x", "cache_control": kept}]
    asked = [{"type": "text", "text": "Weather in Bern?", "cache_control": kept}]
    with CLIENT.beta.messages.create(
        model=model,
        max_tokens=32_000,
        system=system,
        messages=[{"role": "user", "content": asked}],
        tools=[{**TOOLS[0], "cache_control": kept}],
        thinking={"type": "enabled", "budget_tokens": 31_999},
        metadata={"user_id": "user_x_account__session_y"},
        betas=["claude-code-20250219", "interleaved-thinking-2025-05-14"],
        stream=True,
    ) as stream:
        return {"kinds": [EVENT.validate_python(e.model_dump(exclude_unset=True)).type for e in stream]}


STEPS = {
    step.__name__: step
    for step in (
        *(models, one_model, plain, streamed, streamed_tool, tool, leave, count),
        as_claude_code,
    )
}

if __name__ == "__main__":
    try:
        found = STEPS[sys.argv[1]](sys.argv[2])
    except anthropic.APIStatusError as failure:
        about = failure.body if isinstance(failure.body, dict) else {}
        found = {
            "failure": type(failure).__name__,
            "status": failure.status_code,
            "message": failure.message,
            "type": about.get("error", {}).get("type"),
            "request_id": failure.request_id,
        }
    except anthropic.APIError as failure:
        found = {"failure": type(failure).__name__, "status": None, "message": failure.message}
    print(json.dumps(found))
