"""What the simulator does: one set of settings, changeable while it runs."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import field
from enum import StrEnum
from typing import Any, Literal

from app.lean_dataclass import dataclass


class Fault(StrEnum):
    """Ways to misbehave, by name. `Script.fault_scope` says where, `Script.fault_times` how often."""

    NONE = ""
    REFUSE_AUTH = "refuse_auth"
    """401, as a server that requires a token answers."""
    HTML = "html"
    """200 with a web page: some other program owns the port."""
    NOT_JSON = "not_json"
    """200, declared as JSON, that is not."""
    ERROR_200 = "error_200"
    """200 with an error object in the body (LM Studio's catch-all)."""
    RATE_LIMITED = "rate_limited"
    """429 with `Retry-After: retry_after`."""
    SERVER_ERROR = "server_error"
    """500."""
    OVERLOADED = "overloaded"
    """503 with `Retry-After: retry_after`."""
    BAD_REQUEST = "bad_request"
    """400 in the OpenAI shape."""
    CRASH = "crash"
    """400 with a bare string: the engine died."""
    NO_MODELS = "no_models"
    """400 "No models loaded", whatever is loaded."""
    CONTEXT_LENGTH = "context_length"
    """Overflow: 400 without streaming, an error event with it."""
    REDIRECT = "redirect"
    """307 to `redirect_to`."""
    HANG = "hang"
    """The request is read and never answered."""
    CLOSE = "close"
    """The connection ends before any byte of an answer."""
    RESET = "reset"
    """Like `cut`, with a TCP reset."""
    CUT = "cut"
    """The connection ends after `cut_after_bytes` bytes of the body."""
    STALL = "stall"
    """Silence after `fault_after_tokens` tokens; the connection stays open."""
    DRIP = "drip"
    """Keep-alive comments instead of tokens, for ever."""
    NO_DONE = "no_done"
    """The finish reason comes, `[DONE]` does not."""
    NO_FINISH = "no_finish"
    """The stream just ends after `fault_after_tokens` tokens."""
    ERROR_FIRST = "error_first"
    """`event: error` right after the 200."""
    ERROR_MID = "error_mid"
    """`event: error` after `fault_after_tokens` tokens."""
    ERROR_PLAIN = "error_plain"
    """An error object in an unnamed event, as before LM Studio 0.3.18."""
    UNREADABLE_EVENT = "unreadable_event"
    """One event that is not JSON, in mid-stream; the rest follows."""
    EMPTY = "empty"
    """A well-formed answer without a single character, with usage."""
    WHOLE_ANSWER = "whole_answer"
    """One JSON object although a stream was asked for."""


ReasoningForm = Literal["auto", "none", "reasoning_content", "reasoning", "think_tags", "lone_close_tag"]
DownloadOutcome = Literal[
    "completed", "failed", "stall", "already_downloaded", "not_implemented", "model_not_found", "paused"
]
#: Where a fault applies: the calls that generate, the model lists, or every path.
FaultScope = Literal["generation", "models", "all"]


@dataclass(slots=True)
class Script:
    """Settings of the simulator. Times are seconds, sizes bytes; every field may change between two requests."""

    ttft: float = 0.2
    """Seconds before the first token (and before a whole answer)."""
    tokens_per_second: float = 80.0
    """Per stream; 0 = as fast as the connection takes them."""
    answer: str | None = None
    """The text of every answer; None = a canned one that says it is simulated."""
    tokens: int | None = None
    """Exactly this many tokens: the text is repeated or cut; None = the text as it is."""
    seed: int = 0
    """Chooses among the canned answers together with the prompt."""
    reasoning: ReasoningForm = "auto"
    """`auto`: the thinking model reasons in `reasoning_content`, the others not at all."""
    reasoning_text: str = "The user asks for something. A simulator does not think, it only pretends to."
    """The thinking, where there is any."""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    """`{"name", "arguments", "id"?}` each: answered instead of text when the request offers tools."""
    usage: Literal["never", "asked", "always"] = "asked"
    """Whether token counts are reported."""
    echo_model: str | None = None
    """The `model` named in answers when it should differ from the one asked for."""
    schema_in_reasoning: bool = False
    """Structured output arrives as reasoning, with empty content (thinking models up to LM Studio 0.4.12)."""
    enforce_context: bool = False
    """Refuse prompts longer than the loaded context."""

    keeps_tokens: int | None = None
    """Of longer prompts only this many tokens are kept, without a word: `prompt_tokens` reports them alone."""
    reused_tokens: int | None = None
    """How many tokens of a prompt it says it had read before (`cached_tokens`); null = it does not tell."""
    refused_fields: list[str] = field(default_factory=list)
    """Fields of a chat request that are refused with 400 and their name."""

    fault: Fault = Fault.NONE
    """How it misbehaves."""
    fault_scope: FaultScope = "generation"
    """Which calls fail."""
    fault_times: int | None = None
    """How many requests fail before all is well again; None = every one."""
    fault_after_tokens: int = 3
    """Tokens of an answer before it goes wrong in the middle."""
    cut_after_bytes: int = 200
    """Bytes of the body before `cut` and `reset`."""
    retry_after: str = "1"
    """The header `Retry-After` of `rate_limited` and `overloaded`."""
    redirect_to: str = "http://127.0.0.1:9/"
    """Where `redirect` leads."""
    error_message: str = (
        "The number of tokens to keep from the initial prompt is greater than the context length. "
        "Try to load the model with a larger context length, or provide a shorter input."
    )
    """What error events say."""
    chunk_bytes: int | None = None
    """Cut every body into pieces of this many bytes, each sent on its own."""
    token: str | None = None
    """The bearer token this server asks for; None = none."""
    old_server: bool = False
    """Before LM Studio 0.4: no `/api/v1`."""

    jit: bool = True
    """Just-in-time loading; off, two of the three lists shrink to loaded models."""
    load_seconds: float = 0.0
    """How long loading a model takes."""
    load_error: str | None = None
    """Every load fails with this text."""
    load_context_limit: int | None = None
    """Loads silently get at most this many tokens of context."""
    hidden_models: list[str] = field(default_factory=list)
    """Keys missing from every list, as if deleted."""
    extra_models: list[str] = field(default_factory=list)
    """Further chat models, as if just downloaded: `simulated/…` keys."""
    list_delay: float = 0.0
    """Seconds before a model list is answered."""

    download_seconds: float = 2.0
    """How long a download takes."""
    download_bytes: int = 2_279_145_003
    """Its size."""
    download_outcome: DownloadOutcome = "completed"
    """How it ends."""
    idle_close_s: float = 5.0
    """Idle keep-alive connections end after this (Express: 5 s)."""

    def update(self, changes: dict[str, Any]) -> None:
        """Set fields by name; nothing is changed when one of them is wrong.

        Raises:
            ValueError: an unknown field or a value of the wrong type, named in the message.
        """
        checked = {name: _checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def takes_fault(self, scope: FaultScope) -> Fault:
        """The fault this request suffers; counts `fault_times` down."""
        if self.fault is Fault.NONE or self.fault_scope not in ("all", scope):
            return Fault.NONE
        if self.fault_times is None:
            return self.fault
        if self.fault_times <= 0:
            return Fault.NONE
        self.fault_times -= 1
        return self.fault


def _checked(name: str, value: Any) -> Any:
    hints = _field_types()
    if name not in hints:
        raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(hints))}")
    wanted = hints[name]
    if wanted is Fault:
        try:
            return Fault(value)
        except ValueError:
            raise ValueError(f"unknown fault {value!r}; known: {', '.join(f for f in Fault if f)}") from None
    if not _fits(value, wanted):
        raise ValueError(f"setting {name!r} cannot be {value!r}")
    return float(value) if wanted is float else value


def _field_types() -> dict[str, Any]:
    names = {f.name for f in dataclasses.fields(Script)}
    return {name: hint for name, hint in typing.get_type_hints(Script).items() if name in names}


def _fits(value: Any, wanted: Any) -> bool:
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is Literal:
        return value in arguments
    if origin in (types.UnionType, typing.Union):
        return any(_fits(value, part) for part in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict)
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, wanted)
