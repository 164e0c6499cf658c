"""What every stream of every provider yields, in this order: Started, any deltas and phases, UsageReport, Finished.

A stream that fails raises `LLMError` instead of yielding `Finished`; what was yielded before stays valid.
Plain slotted classes, not pydantic: one is made for each token.
"""

from __future__ import annotations

from typing import Literal

from app.lean_dataclass import dataclass

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "unknown"]


@dataclass(frozen=True, slots=True)
class Started:
    """This provider and model are asked (ids as the provider spells them).

    Comes before the server's answer, and again where it refused a field and the request was repeated without that.
    """

    provider: str
    model: str
    local: bool
    simulated: bool = False
    #: Parameters that were set and not sent, since the server does not accept them: names of `SamplingParameters`; of
    #: `extra` ones, and of fields that are one of several for a parameter, the wire's.
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOver:
    """This one was asked first and failed before its first token; the next `Started` names the one that is asked now.

    `kind` of the error, and its sentence. Only where several models may answer (`auto`).
    """

    provider: str
    model: str
    kind: str
    message: str
    local: bool = True
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """What the server does before the first token. `progress` is 0..1, None where the server does not tell."""

    phase: Literal["queued", "loading", "reading", "waiting"]
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class TextWasReasoning:
    """All text so far was reasoning: only its closing tag came, the chat template had written the opening one."""


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a tool call. `index` identifies the call; `id` and `name` are empty except in the first piece."""

    index: int
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Token counts reported by the server, None where it did not report that figure."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    #: USD as reported by the server itself (OpenRouter); None elsewhere.
    cost_usd: float | None = None
    #: Of the prompt, what a service kept in its cache, where that costs extra (Anthropic).
    cache_written_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ServerTimings:
    """Times a server measured itself, in milliseconds (Ollama, llama.cpp); None where it did not say."""

    load_ms: float | None = None
    prompt_ms: float | None = None
    decode_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    finish_reason: FinishReason
    #: The model that answered, as echoed by the server; differs from the one asked for on some servers.
    served_model: str | None = None
    timings: ServerTimings | None = None
    #: Unreadable events that were skipped on the way (reliability A4).
    skipped_events: int = 0


StreamEvent = (
    Started
    | PassedOver
    | PhaseChanged
    | TextDelta
    | ReasoningDelta
    | TextWasReasoning
    | ToolCallDelta
    | UsageReport
    | ServerTimings
    | Finished
)
