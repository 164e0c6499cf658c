"""The one exception tree of the core.

LLMError
    .kind       one of `ErrorKind` (contract: section Errors)
    .message    what happened, in the user's words; never a key, a stack trace or raw HTML
    .hint       what to do next, may be empty
    .retryable  whether the same request may succeed if sent again
    .status     the HTTP status, where one was seen
    .details    evidence for a "Details" view: method, address, timing; redacted

There are no subclasses: what a kind means for retrying, exit status and display is a table.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorKind(StrEnum):
    NOT_INSTALLED = "not_installed"
    NOT_RUNNING = "not_running"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    AUTH = "auth"
    MODEL_NOT_FOUND = "model_not_found"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    CONTEXT_LENGTH = "context_length"
    BAD_REQUEST = "bad_request"
    CONTENT_FILTER = "content_filter"
    PROTOCOL = "protocol"
    INTERRUPTED = "interrupted"
    SERVER_ERROR = "server_error"
    CANCELLED = "cancelled"
    CONFIG = "config"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"


#: Kinds that may succeed when the same request is sent again (retrying is decided by the manager, see contract).
RETRYABLE_KINDS = frozenset(
    {
        ErrorKind.NOT_RUNNING,
        ErrorKind.UNREACHABLE,
        ErrorKind.TIMEOUT,
        ErrorKind.RATE_LIMITED,
        ErrorKind.OVERLOADED,
        ErrorKind.INTERRUPTED,
        ErrorKind.SERVER_ERROR,
        ErrorKind.PROTOCOL,
    }
)

LM_STUDIO_NOT_INSTALLED = "LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings."
OLLAMA_NOT_INSTALLED = "Ollama is not installed. Please install from https://ollama.com"
LM_STUDIO_NOT_RUNNING = "LM Studio server not running."
OLLAMA_NOT_RUNNING = "Ollama is not running."


class LLMError(Exception):
    """A failure that has a kind, a sentence for the user and a next step."""

    def __init__(
        self,
        kind: ErrorKind | str,
        message: str,
        hint: str = "",
        *,
        provider: str | None = None,
        model: str | None = None,
        retryable: bool | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
        details: str = "",
    ) -> None:
        super().__init__(message)
        self.kind = ErrorKind(kind)
        self.message = message
        self.hint = hint
        self.provider = provider
        self.model = model
        self.retryable = self.kind in RETRYABLE_KINDS if retryable is None else retryable
        self.status = status
        self.retry_after_s = retry_after_s
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __repr__(self) -> str:
        return f"LLMError({self.kind.value!r}, {self.message!r})"
