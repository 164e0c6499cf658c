"""What failures look like on the outside: OpenAI's shape below /v1, Anthropic's on Messages, ours below /api."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from app.gateway.context import RequestContext
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.safe_json import loads, mapping_of

#: Status by kind. What the gateway's own upstream refused us (`auth`) is no fault of the client's token.
_STATUSES: dict[ErrorKind, int] = {
    ErrorKind.NOT_INSTALLED: 502,
    ErrorKind.NOT_RUNNING: 502,
    ErrorKind.UNREACHABLE: 502,
    ErrorKind.TIMEOUT: 504,
    ErrorKind.AUTH: 502,
    ErrorKind.MODEL_NOT_FOUND: 404,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.OVERLOADED: 503,
    ErrorKind.CONTEXT_LENGTH: 400,
    ErrorKind.BAD_REQUEST: 400,
    ErrorKind.CONTENT_FILTER: 400,
    ErrorKind.PROTOCOL: 502,
    ErrorKind.INTERRUPTED: 502,
    ErrorKind.SERVER_ERROR: 502,
    ErrorKind.CANCELLED: 503,
    ErrorKind.CONFIG: 400,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.UNSUPPORTED: 400,
}
_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
#: Kinds that some servers tell with a 400, as if the request were wrong.
_NOT_THE_REQUEST = frozenset(
    {ErrorKind.MODEL_NOT_FOUND, ErrorKind.SERVER_ERROR, ErrorKind.OVERLOADED, ErrorKind.RATE_LIMITED}
)
_ANTHROPIC_TYPES = {**_OPENAI_TYPES, 413: "request_too_large", 503: "overloaded_error"}

#: A provider's `meaning_of`.
Meaning = Callable[[str, int | None], tuple[ErrorKind, str]]


class RefusedError(Exception):
    """The gateway's own no. `headers`: further ones of the answer."""

    def __init__(
        self, status: int, kind: str, message: str, hint: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.hint = hint
        self.headers = headers or {}

    @property
    def said(self) -> str:
        """Message and hint."""
        return f"{self.message} {self.hint}".strip()


def refused(error: LLMError) -> RefusedError:
    """The answer that a failure of the core becomes."""
    headers = {}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(max(1, round(error.retry_after_s)))
    return RefusedError(_STATUSES[error.kind], error.kind.value, error.message, error.hint, headers)


def body_of(refusal: RefusedError, context: RequestContext) -> dict[str, Any]:
    """The JSON body, in the shape that this client reads."""
    if not context.path.startswith("/v1/"):
        failure = {"kind": refusal.kind, "message": refusal.message, "hint": refusal.hint}
        return {"success": False, "error": failure}
    error = {"message": refusal.said, "type": _openai_type(refusal.status), "code": refusal.kind, "param": None}
    if not context.speaks_anthropic:
        return {"error": error}
    error["type"] = _anthropic_type(refusal.status)
    return {"type": "error", "error": error, "request_id": context.request_id}


def in_anthropics_shape(answer: bytes, status: int, context: RequestContext) -> bytes:
    """What a server said with an error status, for clients of Messages: proxies and LM Studio say it as OpenAI does.

    What has that shape, or no message, stays as it is.
    """
    if len(answer) > limits.MAX_ERROR_BODY_BYTES:
        return answer
    try:
        value = mapping_of(loads(answer))
    except ValueError:
        return answer
    error = value.get("error")
    message = mapping_of(error).get("message", value.get("message") if error is None else error)
    if value.get("type") == "error" or not isinstance(message, str) or not message:
        return answer
    told = {"type": _anthropic_type(status), "message": message}
    return json.dumps({"type": "error", "error": told, "request_id": context.request_id}, ensure_ascii=False).encode()


def in_openais_shape(answer: bytes, status: int, meaning_of: Meaning) -> tuple[int, bytes]:
    """What a server said with an error status, for OpenAI's clients: whatever it left out is filled in, and what it
    said stays. The status too, but where 400 is all that this server says."""
    text = answer[: limits.MAX_ERROR_BODY_BYTES].decode("utf-8", "replace")
    kind, words = meaning_of(text, status)
    if status == 400 and kind in _NOT_THE_REQUEST:
        status = _STATUSES[kind]
    try:
        value = loads(answer) if len(answer) <= limits.MAX_ERROR_BODY_BYTES else None
    except ValueError:
        value = None
    one = value[0] if isinstance(value, list) and len(value) == 1 else value  # a list: Gemini's compatible address
    told = _told_in_openais_shape(mapping_of(one), status, kind, words)
    return status, answer if told == value else json.dumps(told, ensure_ascii=False).encode()


_DATA = re.compile(rb"^data: ?([^\r\n]+)", re.MULTILINE)


def events_in_openais_shape(chunk: bytes, meaning_of: Meaning) -> bytes:
    """The same for errors within a stream. What is no whole event stays as it is."""
    return _DATA.sub(lambda line: _event_in_openais_shape(line, meaning_of), chunk)


def _event_in_openais_shape(line: re.Match[bytes], meaning_of: Meaning) -> bytes:
    if b'"error"' not in line[1] or len(line[1]) > limits.MAX_ERROR_BODY_BYTES:
        return line[0]
    try:
        value = mapping_of(loads(line[1]))
    except ValueError:
        return line[0]
    if not value.get("error") or "choices" in value:
        return line[0]
    kind, words = meaning_of(line[1].decode("utf-8", "replace"), None)
    told = _told_in_openais_shape(value, _STATUSES[kind], kind, words)
    return line[0] if told == value else b"data: " + json.dumps(told, ensure_ascii=False).encode()


def _told_in_openais_shape(value: dict[str, Any], status: int, kind: ErrorKind, words: str) -> dict[str, Any]:
    """`value` with an `error` that has all four fields."""
    error = value.get("error")
    given = error if isinstance(error, dict) else {} if error else value
    message = error if isinstance(error, str) else given.get("message") or given.get("detail")
    if not isinstance(message, str) or not message:
        message = words or f"The server of this model answered {status} and gave no reason."
    own = {"type": _openai_type(status), "code": kind.value, "param": None}
    fields = {name: own[name] if given.get(name) is None else given[name] for name in own}
    more = error if isinstance(error, dict) else {}
    return {**value, "error": {**more, "message": message, **fields}}


def _openai_type(status: int) -> str:
    return _OPENAI_TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")


def _anthropic_type(status: int) -> str:
    return _ANTHROPIC_TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")


def encoded(refusal: RefusedError, context: RequestContext) -> bytes:
    return json.dumps(body_of(refusal, context), ensure_ascii=False).encode()
