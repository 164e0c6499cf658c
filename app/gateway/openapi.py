"""The relayed routes in the OpenAPI document, beside those that FastAPI describes by itself."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

_MESSAGES = [{"role": "user", "content": "Say hello."}]
_TEXT: dict[str, Any] = {"type": "string"}
_MODEL: dict[str, Any] = {
    "type": "string",
    "description": "A model's id, provider:model, auto, or empty for the one that the settings name.",
}
_ERRORS = {
    "400": "The request is not valid, or this model's server refused it.",
    "401": "A token is needed.",
    "404": "There is no such model.",
    "408": "The request's body stopped coming.",
    "413": "The request is too large.",
    "415": "The request is not declared as JSON.",
    "421": "The gateway does not answer to that host name.",
    "422": "The server did not accept a field.",
    "429": "Too many requests.",
    "502": "The server behind could not be reached, or broke off.",
    "503": "Too much to do.",
    "504": "The server was silent for too long.",
}
#: Path -> summary, fields, required fields, example.
RELAYED: dict[str, tuple[str, dict[str, Any], list[str], dict[str, Any]]] = {
    "/v1/chat/completions": (
        "OpenAI's chat completions, streamed or whole",
        {"messages": {"type": "array", "items": {"type": "object"}}, "stream": {"type": "boolean"}},
        ["messages"],
        {"model": "lm_studio:your-model", "messages": _MESSAGES, "stream": True},
    ),
    "/v1/completions": (
        "OpenAI's older completions",
        {"prompt": _TEXT, "stream": {"type": "boolean"}},
        ["prompt"],
        {"model": "your-model", "prompt": "def hello():", "max_tokens": 64},
    ),
    "/v1/embeddings": (
        "OpenAI's embeddings",
        {"input": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}},
        ["input"],
        {"model": "your-embedding-model", "input": ["some text"]},
    ),
    "/v1/responses": (
        "OpenAI's Responses, without stored conversations",
        {"input": {"anyOf": [_TEXT, {"type": "array", "items": {"type": "object"}}]}, "stream": {"type": "boolean"}},
        ["input"],
        {"model": "your-model", "input": "Say hello.", "stream": True},
    ),
    "/v1/messages": (
        "Anthropic's Messages",
        {
            "messages": {"type": "array", "items": {"type": "object"}},
            "max_tokens": {"type": "integer"},
            "stream": {"type": "boolean"},
        },
        ["messages", "max_tokens"],
        {"model": "your-model", "max_tokens": 512, "messages": _MESSAGES},
    ),
    "/v1/messages/count_tokens": (
        "Anthropic's count of a request's tokens, where the server of the model has it",
        {"messages": {"type": "array", "items": {"type": "object"}}},
        ["messages"],
        {"model": "your-model", "messages": _MESSAGES},
    ),
}


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with the relayed routes and the tokens; made once."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        for path, about in RELAYED.items():
            document["paths"][path] = {"post": _operation(path, *about)}
        document.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, text in _ERRORS.items():
                    operation["responses"].setdefault(status, {"description": text})
        app.openapi_schema = document
    return app.openapi_schema


def _operation(
    path: str, summary: str, fields: dict[str, Any], required: list[str], example: dict[str, Any]
) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"model": _MODEL, **fields}, "required": required}
    content = {"application/json": {"schema": schema, "example": example}}
    answer = {"description": "The answer, as the server gave it.", "content": {"application/json": {}}}
    answer["content"] = {"application/json": {}, "text/event-stream": {}}
    return {
        "tags": ["anthropic" if path.startswith("/v1/messages") else "openai"],
        "summary": summary,
        "description": "Fields that are not listed here go to the server as they are.",
        "operationId": path.strip("/").replace("/", "_"),
        "requestBody": {"required": True, "content": content},
        "responses": {"200": answer},
    }
