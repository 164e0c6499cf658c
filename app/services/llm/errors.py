"""The one exception tree of the core.

LLMError
    .kind       one of `ErrorKind` (contract: section Errors)
    .message    what happened, in the user's words; never a key, a stack trace or raw HTML
    .hint       what to do next, may be empty
    .terminal_hint  what to type in a terminal next; a front with buttons leaves it out
    .retryable  whether the same request may succeed if sent again; what is repeated unasked is the manager's choice
    .status     the HTTP status, where one was seen
    .setting    which setting is not valid, as its message names it (`network.ca_file`); "" where it is about none
    .wants_key  the server asks for a key and got none
    .details    evidence for a "Details" view: method, address, timing; redacted

There are no subclasses: what a kind means for retrying, exit status and display is a table.
"""

from __future__ import annotations

from enum import StrEnum

from app.services.wording import later, say


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

LM_STUDIO_NOT_INSTALLED = later(
    "Core", "LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings."
)
OLLAMA_NOT_INSTALLED = later("Core", "Ollama is not installed. Please install from https://ollama.com")
LM_STUDIO_NOT_RUNNING = later("Core", "LM Studio server not running.")
OLLAMA_NOT_RUNNING = later("Core", "Ollama is not running.")


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
        terminal_hint: str = "",
        setting: str = "",
        wants_key: bool = False,
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
        self.terminal_hint = terminal_hint
        self.setting = setting
        self.wants_key = wants_key

    @property
    def whole_hint(self) -> str:
        """The hint for who sits at a terminal."""
        return f"{self.hint} {self.terminal_hint}".strip()

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __repr__(self) -> str:
        return f"LLMError({self.kind.value!r}, {self.message!r})"


def invalid_setting(setting: str, hint: str, *, provider: str | None = None) -> LLMError:
    """The error for a setting of the configuration, by its path."""
    message = say("A setting is not valid: {setting}.", setting=setting)
    return LLMError(ErrorKind.CONFIG, message, hint, provider=provider, setting=setting)


def none_switched_on() -> LLMError:
    """Every provider is off, and nobody named one."""
    return LLMError(ErrorKind.CONFIG, say("No provider is switched on."), say("Switch one on in Settings, Providers."))


def switched_off(name: str, provider: str) -> LLMError:
    """The provider that would be asked is off, and nobody named it."""
    hint = say("Switch it on in Settings, Providers, or choose a model of another provider.")
    return LLMError(ErrorKind.CONFIG, say("{name} is switched off.", name=name), hint, provider=provider)


#: Exit statuses of the commands (contract §5) that a failed answer leads to.
_EXIT_CONFIG, _EXIT_UNREACHABLE, _EXIT_REFUSED, _EXIT_BROKE_OFF, _EXIT_CANCELLED = 3, 4, 5, 6, 130

_EXIT_STATUSES: dict[ErrorKind, int] = {
    ErrorKind.CONFIG: _EXIT_CONFIG,
    ErrorKind.NOT_INSTALLED: _EXIT_UNREACHABLE,
    ErrorKind.NOT_RUNNING: _EXIT_UNREACHABLE,
    ErrorKind.UNREACHABLE: _EXIT_UNREACHABLE,
    ErrorKind.TIMEOUT: _EXIT_UNREACHABLE,
    ErrorKind.AUTH: _EXIT_REFUSED,
    ErrorKind.MODEL_NOT_FOUND: _EXIT_REFUSED,
    ErrorKind.RATE_LIMITED: _EXIT_REFUSED,
    ErrorKind.OVERLOADED: _EXIT_REFUSED,
    ErrorKind.CONTEXT_LENGTH: _EXIT_REFUSED,
    ErrorKind.BAD_REQUEST: _EXIT_REFUSED,
    ErrorKind.CONTENT_FILTER: _EXIT_REFUSED,
    ErrorKind.UNSUPPORTED: _EXIT_REFUSED,
    ErrorKind.SERVER_ERROR: _EXIT_REFUSED,
    ErrorKind.INTERRUPTED: _EXIT_BROKE_OFF,
    ErrorKind.PROTOCOL: _EXIT_BROKE_OFF,
    ErrorKind.TOO_LARGE: _EXIT_BROKE_OFF,
    ErrorKind.CANCELLED: _EXIT_CANCELLED,
}


def exit_status_of(kind: ErrorKind | str, *, began: bool = False) -> int:
    """The exit status a failure means. `began`: the answer had its first token, so a timeout broke it off."""
    kind = ErrorKind(kind)
    if kind is ErrorKind.TIMEOUT and began:
        return _EXIT_BROKE_OFF
    return _EXIT_STATUSES[kind]
