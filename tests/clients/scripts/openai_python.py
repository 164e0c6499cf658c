"""The openai client of Python, step by step: `openai_python.py STEP MODEL` prints what came of it as one JSON object.

It finds address and token as its users give them: `OPENAI_BASE_URL` and `OPENAI_API_KEY`.
"""

import json
import sys
from typing import Any

import openai
from openai.types import CreateEmbeddingResponse, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

CLIENT = openai.OpenAI(max_retries=0, timeout=30)
QUESTION: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather in Bern?"}]
WEATHER = {
    "name": "weather",
    "description": "The weather of a place.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}
CHAT_TOOLS: list[Any] = [{"type": "function", "function": WEATHER}]
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def checked(kind: type[BaseModel], value: BaseModel) -> Any:
    """The client takes any object for an answer; its own types say what belongs into one."""
    kind.model_validate(value.model_dump(exclude_unset=True))
    return value


def checked_event(event: BaseModel) -> Any:
    value = event.model_dump(exclude_unset=True, warnings=False)
    if value["type"] == "response.failed":  # the types do not know all codes that OpenAI answers
        value["response"]["error"]["code"] = "server_error"
    return EVENT.validate_python(value)


def models(model: str) -> dict[str, Any]:
    listed = CLIENT.models.list().data
    return {"ids": [checked(Model, one).id for one in listed]}


def one_model(model: str) -> dict[str, Any]:
    return {"id": checked(Model, CLIENT.models.retrieve(model)).id}


def plain(model: str) -> dict[str, Any]:
    answer = checked(ChatCompletion, CLIENT.chat.completions.create(model=model, messages=QUESTION))
    return {
        "text": answer.choices[0].message.content,
        "finish": answer.choices[0].finish_reason,
        "tokens": [answer.usage.prompt_tokens, answer.usage.completion_tokens],
    }


def streamed(model: str, **more: Any) -> dict[str, Any]:
    with CLIENT.chat.completions.create(model=model, messages=QUESTION, stream=True, **more) as stream:
        chunks = [checked(ChatCompletionChunk, chunk) for chunk in stream]
    deltas = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    usage = [[c.usage.prompt_tokens, c.usage.completion_tokens] for c in chunks if c.usage is not None]
    return {"text": "".join(deltas), "pieces": len([d for d in deltas if d]), "usage": usage}


def streamed_usage(model: str) -> dict[str, Any]:
    return streamed(model, stream_options={"include_usage": True})


def tool(model: str) -> dict[str, Any]:
    first = CLIENT.chat.completions.create(model=model, messages=QUESTION, tools=CHAT_TOOLS)
    message = checked(ChatCompletion, first).choices[0].message
    (call,) = message.tool_calls
    turn = [*QUESTION, message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    second = CLIENT.chat.completions.create(model=model, messages=turn)
    called = {"name": call.function.name, "arguments": json.loads(call.function.arguments)}
    return {"finish": first.choices[0].finish_reason, **called, "text": second.choices[0].message.content}


def streamed_tool(model: str) -> dict[str, Any]:
    with CLIENT.chat.completions.stream(model=model, messages=QUESTION, tools=CHAT_TOOLS) as stream:
        for _event in stream:
            pass
        whole = stream.get_final_completion()
    (call,) = whole.choices[0].message.tool_calls
    return {"name": call.function.name, "arguments": json.loads(call.function.arguments)}


def leave(model: str) -> dict[str, Any]:
    pieces = 0
    with CLIENT.chat.completions.create(model=model, messages=QUESTION, stream=True) as stream:
        for _chunk in stream:
            pieces += 1
            if pieces == 3:
                break
    return {"pieces": pieces}


def responses(model: str) -> dict[str, Any]:
    answer = CLIENT.responses.create(model=model, input="Weather in Bern?", instructions="Be brief.")
    checked(Response, answer)
    tokens = [answer.usage.input_tokens, answer.usage.output_tokens]
    return {"text": answer.output_text, "status": answer.status, "tokens": tokens}


def responses_stream(model: str, **more: Any) -> dict[str, Any]:
    with CLIENT.responses.create(model=model, input="Weather in Bern?", stream=True, **more) as stream:
        events = [checked_event(event) for event in stream]
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    thought = "".join(event.delta for event in events if event.type == "response.reasoning_text.delta")
    last = events[-1].response
    return {"kinds": [event.type for event in events], "text": text, "thought": thought, "whole": last.output_text}


def responses_tool(model: str) -> dict[str, Any]:
    tools: list[Any] = [{"type": "function", "strict": False, **WEATHER}]
    told = responses_stream(model, tools=tools)
    first = CLIENT.responses.create(model=model, input="Weather in Bern?", tools=tools, store=False)
    (call,) = [item for item in checked(Response, first).output if item.type == "function_call"]
    turn: list[Any] = [{"role": "user", "content": "Weather in Bern?"}, *first.output]
    turn.append({"type": "function_call_output", "call_id": call.call_id, "output": "sunny"})
    second = CLIENT.responses.create(model=model, input=turn)
    called = {"name": call.name, "arguments": json.loads(call.arguments)}
    return {**called, "kinds": told["kinds"], "text": second.output_text}


def embeddings(model: str) -> dict[str, Any]:
    """As the client asks by itself: for base64, which it decodes."""
    packed = checked(CreateEmbeddingResponse, CLIENT.embeddings.create(model=model, input=["one", "two"]))
    asked = CLIENT.embeddings.create(model=model, input=["one", "two"], encoding_format="float")
    return {"packed": [list(one.embedding) for one in packed.data], "plain": [one.embedding for one in asked.data]}


STEPS = {
    step.__name__: step
    for step in (
        *(models, one_model, plain, streamed, streamed_usage, tool, streamed_tool, leave),
        *(responses, responses_stream, responses_tool, embeddings),
    )
}

if __name__ == "__main__":
    try:
        found = STEPS[sys.argv[1]](sys.argv[2])
    except openai.APIStatusError as failure:
        found = {
            "failure": type(failure).__name__,
            "status": failure.status_code,
            "message": failure.message,
            "code": failure.code,
            "request_id": failure.request_id,
        }
    except openai.APIError as failure:
        found = {"failure": type(failure).__name__, "status": None, "message": failure.message, "code": failure.code}
    print(json.dumps(found))
