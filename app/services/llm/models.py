"""Shapes that cross rooms: providers, models, messages, requests. Pydantic, frozen, no behaviour."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_PROVIDER_ALIASES = {
    "lmstudio": "lm_studio",
    "lm-studio": "lm_studio",
    "google": "google_gemini",
    "gemini": "google_gemini",
    "claude": "anthropic",
    "openai-compatible": "openai_compatible",
}


class ProviderType(StrEnum):
    """The built-in providers. Members that name the same service are aliases of one another."""

    LM_STUDIO = "lm_studio"
    OLLAMA = "ollama"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    CLAUDE = "anthropic"
    GOOGLE_GEMINI = "google_gemini"
    GOOGLE = "google_gemini"
    EMBEDDED = "embedded"
    OPENAI_COMPATIBLE = "openai_compatible"
    MOCK = "mock"

    @classmethod
    def _missing_(cls, value: object) -> ProviderType | None:
        if isinstance(value, str):
            canonical = canonical_provider_id(value)
            return next((member for member in cls if member.value == canonical), None)
        return None


def canonical_provider_id(name: str) -> str:
    """`LMStudio` → `lm_studio`, `claude` → `anthropic`; names of user-made servers come back lower-cased."""
    lowered = name.strip().lower()
    return _PROVIDER_ALIASES.get(lowered, lowered)


class ModelType(StrEnum):
    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"
    OTHER = "other"


class ModelState(StrEnum):
    LOADED = "loaded"
    LOADING = "loading"
    NOT_LOADED = "not_loaded"
    UNKNOWN = "unknown"


#: How the simulator marks itself: with a header of every answer, and in the ids of its models.
SIMULATED_HEADER = "x-simulated"
SIMULATED_PREFIX = "simulated/"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True)


class ModelConfig(_Frozen):
    """One model as a provider lists it. None means unknown: nothing here is guessed."""

    name: str
    """The id to send, exactly as the provider spells it."""
    provider: str
    model_type: ModelType = ModelType.CHAT
    max_tokens: int | None = None
    temperature: float | None = None
    context_length: int | None = None
    """Tokens the model could take at most."""
    loaded_context_length: int | None = None
    """Tokens the running instance takes; None when not loaded or unknown."""
    cost_per_1k_tokens: float | None = None
    capabilities: tuple[str, ...] = ()
    """Words of: chat, completion, tools, vision, thinking, embedding."""
    sees_pictures: bool | None = None
    """None where its server does not say; `vision` among the capabilities is then missing, too."""
    is_default: bool = False
    is_enabled: bool = True
    state: ModelState = ModelState.UNKNOWN
    quantization: str | None = None
    size_bytes: int | None = None
    parameters: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    """At least `display_name`, `source` and `local`; `simulated: True` for the simulator, `remote_host` where known."""

    @property
    def display_name(self) -> str:
        return str(self.metadata.get("display_name") or self.name)

    @property
    def local(self) -> bool:
        return bool(self.metadata.get("local", False))

    @property
    def simulated(self) -> bool:
        return bool(self.metadata.get("simulated", False))


Role = Literal["system", "user", "assistant", "tool"]


class ImagePart(_Frozen):
    """A picture of the user's own, already read: base64 without a prefix."""

    media_type: str
    data_base64: str


class ToolCall(_Frozen):
    call_id: str
    name: str
    arguments: str
    """JSON text as the model wrote it; may be invalid."""


class Message(_Frozen):
    role: Role
    content: str = ""
    images: tuple[ImagePart, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


#: How much a model thinks before it answers; not set = as the model does by itself.
Effort = Literal["off", "low", "medium", "high"]
LEVELS: tuple[Effort, ...] = ("low", "medium", "high")


# What may be asked for, in the settings and for one request alike.
Temperature = Annotated[float, Field(ge=0, le=5)]
TopP = Annotated[float, Field(gt=0, le=1)]
TokenCount = Annotated[int, Field(gt=0)]


class SamplingParameters(_Frozen):
    """Only what the user set; a None never goes on the wire."""

    temperature: Temperature | None = None
    top_p: TopP | None = None
    top_k: int | None = None
    min_p: float | None = None
    seed: int | None = None
    max_tokens: TokenCount | None = None
    stop: tuple[str, ...] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repeat_penalty: float | None = None
    context_length: int | None = None
    """Asked of runtimes that take it per request (Ollama's num_ctx)."""
    reasoning_effort: Effort | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
    """Further top-level fields, sent as they are (`--param KEY=VALUE`)."""

    def set_values(self) -> dict[str, Any]:
        """Field name → value for every parameter that was set, `extra` included last."""
        values = {k: v for k, v in self if k != "extra" and v is not None}
        return {**values, **self.extra}


class ChatRequest(_Frozen):
    """One generation. `model` is the provider's own id; choosing it is the manager's work."""

    model: str
    messages: tuple[Message, ...]
    parameters: SamplingParameters = SamplingParameters()
    json_schema: dict[str, Any] | None = None
    tools: tuple[dict[str, Any], ...] = ()
    timeout_s: float | None = None
    """Tolerated silence between bytes; None = the provider's own setting."""
    first_token_timeout_s: float | None = None


class Health(_Frozen):
    """Result of a health check; truthy when reachable with at least one model."""

    reachable: bool
    model_count: int = 0
    latency_ms: float | None = None
    error_kind: str | None = None
    message: str = ""
    hint: str = ""
    simulated: bool = False

    def __bool__(self) -> bool:
        return self.reachable and self.model_count > 0


class Capabilities(_Frozen):
    """What differs by server, asked by callers instead of the provider's name."""

    local: bool = False
    lists_models: bool = True
    json_schema: bool = False
    needs_key: bool = False
    accepts_key: bool = True
    has_runtime: bool = False
    """A program of the user's computer that can be started and stopped (`lms`, `ollama`)."""
    answers_on_its_host: bool = False
    """A local model of it runs on the machine of its address and nowhere else (LM Studio may use linked devices)."""
    needs_address: bool = True
    """False: it has no server to reach and no address to set; it answers by itself (the built-in engine)."""
    native_context_option: bool = False
    """The context window can be chosen per request (Ollama)."""
    window_by_loading: bool = False
    """The context window is that of the loaded model: for another one it has to be loaded anew (LM Studio)."""
    continues_last_message: bool = False
    """It goes on with an assistant's message that comes last, instead of beginning a new one (ollama#6778, LM Studio's
    "Continue assistant message")."""
