"""LM Studio: its settings and texts, and the small client that scripts use."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import Field

from app.lean_dataclass import dataclass
from app.services.llm.errors import LM_STUDIO_NOT_RUNNING, ErrorKind, LLMError
from app.services.llm.local_products import LOCAL_PRODUCTS
from app.services.llm.models import LEVELS, Capabilities, ChatRequest, Effort, Message, ModelConfig, SamplingParameters
from app.services.llm.providers._lm_studio_wire import LMStudioWireProvider
from app.services.llm.providers.base import ProviderConfig
from app.services.llm.registry import register
from app.services.llm.retries import retry_wait
from app.services.llm.stream_events import ReasoningDelta, TextDelta, TextWasReasoning
from app.services.wording import later, say


class LMStudioConfig(ProviderConfig):
    """LM Studio's settings; the address may be typed with or without scheme and `/v1`."""

    base_url: str = Field("http://localhost:1234/v1", description="Address of LM Studio's server.")
    max_retries: int = Field(3, ge=0, le=10, description="Tries after the first, before the first token only.")
    priority: int = Field(5, description="Lower is tried first.")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of `send_message`."""

    content: str
    streaming: bool
    """Whether it was handed out token by token."""
    reasoning: str = ""


@register("lm_studio", aliases=("lmstudio", "lm-studio"))
class LMStudioProvider(LMStudioWireProvider):
    """One LM Studio server. `key` is its API token, where it asks for one."""

    display_name = "LM Studio"
    Config = LMStudioConfig
    capabilities = Capabilities(
        local=True,
        lists_models=True,
        json_schema=True,
        has_runtime=True,
        window_by_loading=True,
        continues_last_message=True,
    )
    key_environment = ("LM_API_TOKEN",)
    not_running_text = LM_STUDIO_NOT_RUNNING
    missing_model_hint = later("Core", "Download it in LM Studio or check MODEL_NAME.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._current_model: str | None = self.config.default_model

    @property
    def start_hint(self) -> str:
        return LOCAL_PRODUCTS["lm_studio"].start_hint(self.base_url)

    def effort_choices(self, model: ModelConfig) -> tuple[Effort, ...]:
        """What its list allows; "on" is what every model does that is not told anything."""
        allowed = model.metadata.get("reasoning_options") or ()
        return tuple(choice for choice in ("off", *LEVELS) if choice in allowed)

    async def fetch_models(self) -> list[dict[str, Any]]:
        """The dicts of `data` of the OpenAI-compatible list.

        Raises:
            LLMError: whose message begins `Failed to fetch models: `.
        """
        try:
            return await self.fetch_raw()
        except LLMError as exc:
            raise _prefixed("Failed to fetch models: ", exc) from exc

    # -- a small client

    @property
    def current_model(self) -> str | None:
        return self._current_model

    async def set_current_model(self, model: str) -> bool:
        """Use this model from now on; False for an empty name. The server is not asked."""
        if not model.strip():
            return False
        self._current_model = model.strip()
        return True

    async def send_message(
        self,
        text: str,
        conversation_history: Sequence[Message | Mapping[str, Any]] | None = None,
        on_token: Callable[[str, str], None] | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        stream: bool | None = None,
    ) -> Reply:
        """One answer of the current model, asked for again up to `max_retries` times before the first token.

        Args:
            conversation_history: earlier messages, as `Message` or `{"role", "content"}`.
            on_token: called with each new piece and the whole text so far.
            stream: None streams exactly when `on_token` is given; True or False says so.

        Raises:
            LLMError: config `No LM Studio model selected`; else the kind of the failure, with a message that begins
                `LM Studio request failed: `.
        """
        if not self._current_model:
            raise LLMError(
                ErrorKind.CONFIG,
                say("No LM Studio model selected"),
                say("Call set_current_model or set default_model."),
                provider=self.instance_id,
            )
        if inspect.iscoroutinefunction(on_token):
            raise TypeError("on_token is called and not awaited: give it a plain function")
        streaming = on_token is not None if stream is None else stream
        request = ChatRequest(
            model=self._current_model,
            messages=(*map(_as_message, conversation_history or ()), Message(role="user", content=text)),
            parameters=SamplingParameters(temperature=temperature, max_tokens=max_tokens),
        )
        try:
            content, reasoning = await self._collect(request, on_token if streaming else None)
        except LLMError as exc:
            raise _prefixed("LM Studio request failed: ", exc) from exc
        if on_token is not None and not streaming:
            on_token(content, content)
        return Reply(content, streaming, reasoning)

    async def _collect(self, request: ChatRequest, on_token: Callable[[str, str], None] | None) -> tuple[str, str]:
        for attempt in itertools.count(1):
            content = reasoning = ""
            try:
                async for event in self.stream(request):
                    if isinstance(event, TextDelta):
                        content += event.text
                        if on_token is not None:
                            on_token(event.text, content)
                    elif isinstance(event, ReasoningDelta):
                        reasoning += event.text
                    elif isinstance(event, TextWasReasoning):
                        content, reasoning = "", content
            except LLMError as exc:
                wait_s = retry_wait(exc, attempt)
                if content or reasoning or attempt > self.config.max_retries or wait_s is None:
                    raise
                await asyncio.sleep(wait_s)
            else:
                break
        return content, reasoning


def _as_message(value: Message | Mapping[str, Any]) -> Message:
    return value if isinstance(value, Message) else Message.model_validate(dict(value))


def _prefixed(prefix: str, error: LLMError) -> LLMError:
    return LLMError(
        error.kind,
        prefix + error.message,
        error.hint,
        provider=error.provider,
        model=error.model,
        retryable=error.retryable,
        status=error.status,
        retry_after_s=error.retry_after_s,
        details=error.details,
        terminal_hint=error.terminal_hint,
    )
