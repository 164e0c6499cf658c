"""The configuration's one schema (contract §3). The Settings form, the JSON schema and the docs come from it."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.services.hub.names import PUBLIC_HUB
from app.services.llm.address import canonical_base_url, is_loopback
from app.services.llm.errors import LLMError
from app.services.llm.models import Temperature, TokenCount, TopP, canonical_provider_id
from app.services.wording import say

#: Also the pattern of a named server's key.
SERVER_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")


class _Section(BaseModel):
    model_config = ConfigDict(extra="allow", validate_default=True)


class ModelEntry(_Section):
    """A model the user described. Its numbers prefill forms; they are never sent and never shown as facts."""

    provider: str = "lm_studio"
    model_type: Literal["chat", "completion", "embedding"] = "chat"
    max_tokens: TokenCount | None = None
    temperature: Temperature | None = None
    context_length: int | None = Field(None, gt=0)
    cost_per_1k_tokens: float | None = Field(None, ge=0)
    supported_features: list[str] = Field(default_factory=list)
    is_default: bool = False
    is_enabled: bool = True
    metadata: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _accept_capabilities(cls, value: Any) -> Any:
        """`capabilities` is read as a synonym of `supported_features`."""
        if isinstance(value, dict) and "capabilities" in value and "supported_features" not in value:
            value = dict(value)
            value["supported_features"] = value.pop("capabilities")
        return value


class ProviderEntry(_Section):
    """One provider, or one named server when `type` is `openai_compatible`. Further fields belong to the provider."""

    type: str | None = Field(None, description="openai_compatible for a named server of the user's.")
    name: str | None = Field(None, description="Name shown for a named server.")
    is_enabled: bool | None = Field(
        None, description="Whether it is asked for models and answers; empty = when its key is set."
    )
    priority: int | None = Field(None, description="Lower is tried first.")
    timeout: float = Field(60, gt=0, description="Seconds of silence tolerated.")
    first_token_timeout: float | None = Field(None, gt=0, description="Seconds until the first token.")
    max_retries: int = Field(2, ge=0, le=10, description="Tries after the first, before the first token.")
    base_url: str | None = Field(None, description="Address of the server.")
    base_urls: list[str] | None = Field(None, description="Several hosts of one service.")
    default_model: str | None = Field(None, description="Model used when none is named.")


class Price(_Section):
    """USD per 1,000 tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class InterfaceSettings(_Section):
    theme: Literal["system", "light", "dark"] = Field("system", description="Colours of the window.")
    language: Literal["system", "en", "es"] = Field("system", description="Language of the window.")
    zoom_percent: int = Field(100, ge=80, le=200, description="Size of the transcript and message text.")
    motion: Literal["system", "reduced", "full"] = Field("system", description="Fades and slides.")
    announce_answers: Literal["end", "sentences"] = Field(
        "end", description="What a screen reader says while an answer arrives."
    )
    shortcuts: dict[str, str] = Field(default_factory=dict, description="Command → key sequence, where changed.")


class ChatSettings(_Section):
    system_prompt: str = Field("", description="Sent at the start of every new chat.")
    temperature: Temperature | None = Field(None, description="Empty = the server's own default.")
    top_p: TopP | None = Field(None, description="Empty = the server's own default.")
    max_tokens: TokenCount | None = Field(None, description="Longest answer in tokens; empty = no limit of ours.")
    show_reasoning: bool = Field(False, description="Open a model's thinking by itself.")
    line_numbers: bool = Field(False, description="Numbers beside the lines of code.")
    send_with: Literal["enter", "ctrl+enter"] = Field("enter", description="Key that sends the message.")
    find_word_parts: bool = Field(False, description="Find parts of words and identifiers; needs a second index.")


class NetworkSettings(_Section):
    ca_file: str | None = Field(None, description="Certificate authority to trust besides the system's.")
    proxy_for_local: bool = Field(False, description="Use the proxy for this computer and the local network too.")
    polling_interval: float = Field(30.0, ge=0.2, description="Seconds between looks at the model lists.")
    hub_url: str = Field(PUBLIC_HUB, description="Model hub that is searched and fetched from when you ask for it.")

    @field_validator("hub_url")
    @classmethod
    def _canonical_hub(cls, value: str) -> str:
        try:
            url = canonical_base_url(value, path="", default_scheme="https")
        except LLMError as exc:
            raise ValueError(exc.hint or exc.message) from exc
        if not url.startswith("https://") and not is_loopback(url):
            raise ValueError(say("only https protects what is fetched on its way"))
        return url


class GatewaySettings(_Section):
    """Of the gateway that the window runs; `aica serve` has flags of its own."""

    start_with_window: bool = Field(False, description="Start the gateway when the window opens.")
    port: int = Field(3000, ge=0, le=65_535, description="Port it listens on; 0 = any free one.")
    allow_lan: bool = Field(False, description="Other computers may reach it; needs a token.")
    rate_limit: int | None = Field(
        None, ge=0, description="Requests a minute and token; 0 = no limit, empty = none on this computer, else 600."
    )


class AppConfig(_Section):
    """The whole file. Unknown keys are kept."""

    default_provider: str = Field("lm_studio", description="Provider used when none is named.")
    default_model: str | None = Field(None, description="Model used when none is named.")
    auto_may_use_cloud: bool = Field(False, description="Auto and fallback may go from a local to a cloud provider.")
    auto_budget_usd: float | None = Field(
        None, ge=0, description="USD that answers may cost before Auto proposes only free models; empty = no limit."
    )
    auto_budget_period: Literal["day", "month"] = Field("day", description="Time for which that budget is.")
    model_configurations: dict[str, ModelEntry] = Field(default_factory=dict)
    provider_configurations: dict[str, ProviderEntry] = Field(default_factory=dict)
    pricing: dict[str, dict[str, Price]] = Field(default_factory=dict)
    interface: InterfaceSettings = Field(default_factory=lambda: InterfaceSettings())
    chat: ChatSettings = Field(default_factory=lambda: ChatSettings())
    network: NetworkSettings = Field(default_factory=lambda: NetworkSettings())
    gateway: GatewaySettings = Field(default_factory=lambda: GatewaySettings())

    @field_validator("default_provider")
    @classmethod
    def _canonical_provider(cls, value: str) -> str:
        return canonical_provider_id(value)

    @field_validator("provider_configurations", mode="before")
    @classmethod
    def _check_keys(cls, value: Any) -> Any:
        """Provider keys are canonical ids or named servers; aliases are folded into their canonical id."""
        if not isinstance(value, dict):
            return value
        for key in value:
            if not SERVER_KEY.fullmatch(canonical_provider_id(str(key))):
                raise ValueError(say("{key!r} is not a provider id: use letters, digits, - and _", key=key))
        return fold_aliases(value)


def fold_aliases(entries: dict[str, Any]) -> dict[str, Any]:
    """Provider entries under their canonical ids; of two spellings of one provider the later one's fields win."""
    folded: dict[str, Any] = {}
    for key, entry in entries.items():
        canonical = canonical_provider_id(str(key))
        before = folded.get(canonical)
        folded[canonical] = {**before, **entry} if isinstance(before, dict) and isinstance(entry, dict) else entry
    return folded


def json_schema() -> dict[str, Any]:
    """The schema published as `config/llm_studio_config.schema.json`."""
    schema = AppConfig.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "AI Coder Assistant configuration"
    return schema
