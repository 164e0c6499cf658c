"""What failures look like on the outside: OpenAI's shape below /v1, Anthropic's on Messages, ours below /api."""

from __future__ import annotations

import json
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
_ANTHROPIC_TYPES = {**_OPENAI_TYPES, 413: "request_too_large", 503: "overloaded_error"}


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
    fallback = "invalid_request_error" if refusal.status < 500 else "server_error"
    error = {"message": refusal.said, "type": fallback, "code": refusal.kind, "param": None}
    error["type"] = _OPENAI_TYPES.get(refusal.status, fallback)
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


def _anthropic_type(status: int) -> str:
    return _ANTHROPIC_TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")


def encoded(refusal: RefusedError, context: RequestContext) -> bytes:
    return json.dumps(body_of(refusal, context), ensure_ascii=False).encode()
