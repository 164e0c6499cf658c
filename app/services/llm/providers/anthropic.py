"""Claude over Anthropic's Messages API, with the list that tells windows, limits and abilities of each model."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from pydantic import Field

from app.services.llm import limits
from app.services.llm.address import canonical_base_url
from app.services.llm.models import Capabilities, ChatRequest, ModelConfig, ModelType
from app.services.llm.outgoing import HeaderKey, Key
from app.services.llm.profiles import readable_name
from app.services.llm.providers._anthropic_wire import API_VERSION, DEFAULT_MAX_TOKENS, MessageReader, build_body
from app.services.llm.providers._event_provider import EventProvider
from app.services.llm.providers._failures import Server
from app.services.llm.providers._http_provider import bounded_id, text_of, whole_number
from app.services.llm.providers.base import ProviderConfig
from app.services.llm.registry import register

#: "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens for …"
_MOST_ALLOWED = re.compile(r"max_tokens: \d+ > (\d{1,9}),")
_PAGE = 1_000
_MOST_PAGES = 5


class AnthropicConfig(ProviderConfig):
    base_url: str = Field("https://api.anthropic.com/v1", description="Address of the service.")
    priority: int = Field(20, description="Lower is tried first.")


@register("anthropic", aliases=("claude",))
class AnthropicProvider(EventProvider):
    """The API key is needed for everything, the list included."""

    display_name = "Claude"
    Config = AnthropicConfig
    capabilities = Capabilities(local=False, json_schema=True, needs_key=True)
    price_catalogue = "anthropic"
    key_environment = ("ANTHROPIC_API_KEY",)
    key_hosts = ("api.anthropic.com",)
    relayed_shapes = frozenset({"messages", "messages/count_tokens"})
    functions_only = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Model → tokens an answer may have, as listed last.
        self._most_tokens: dict[str, int] = {}

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        return canonical_base_url(text, path="/v1", default_scheme="https", keep_path=True)

    def wire_key(self) -> Key:
        return None if self.key is None else HeaderKey("x-api-key", self.key)

    def extra_headers(self) -> dict[str, str]:
        return {"anthropic-version": API_VERSION}

    async def list_models(self) -> list[ModelConfig]:
        """Every model that can still be asked, newest first as the service lists them."""
        url, found = f"{self.base_url}/models?limit={_PAGE}", []
        for _page in range(_MOST_PAGES):
            answer = await self.get_json(url, purpose="models")
            value = answer.value
            items = value.get("data") if isinstance(value, dict) else None
            if answer.status != 200 or not isinstance(value, dict) or not isinstance(items, list):
                raise self.list_error(url, answer)
            found += [item for item in items if isinstance(item, dict)]
            last = value.get("last_id")
            if not value.get("has_more") or not isinstance(last, str) or len(found) >= limits.MAX_MODELS:
                break
            url = f"{self.base_url}/models?limit={_PAGE}&after_id={quote(last[:500], safe='')}"
        described = [self._described(item) for item in found[: limits.MAX_MODELS]]
        models = [model for model in described if model is not None]
        self._most_tokens = {m.name: m.max_tokens for m in models if m.max_tokens is not None}
        return models

    def _described(self, item: dict[str, Any]) -> ModelConfig | None:
        name = bounded_id(item.get("id"))
        if name is None or item.get("lifecycle") == "retired":
            return None
        metadata: dict[str, Any] = {
            "display_name": text_of(item.get("display_name")) or readable_name(name),
            "source": self.provider_id,
            "local": False,
            "base_url": self.base_url,
        }
        if text_of(item.get("retires_at")):
            metadata["shutdown_date"] = item["retires_at"]
        if self.is_simulated(name):
            metadata["simulated"] = True
        abilities = _abilities(item.get("capabilities"))
        return ModelConfig(
            name=name,
            provider=self.instance_id,
            model_type=ModelType.CHAT,
            max_tokens=whole_number(item.get("max_tokens")),
            context_length=whole_number(item.get("max_input_tokens")),
            loaded_context_length=whole_number(item.get("max_input_tokens")),
            capabilities=abilities,
            # Its list names the abilities of each model; behind a proxy it may name none.
            sees_pictures="vision" in abilities if isinstance(item.get("capabilities"), dict) else None,
            is_default=name == self.config.default_model,
            metadata=metadata,
        )

    async def chat_url(self, request: ChatRequest) -> str:
        return f"{self.base_url}/messages"

    def body_of(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        return build_body(request, self._most_tokens.get(request.model), refused)

    def adapts(self, request: ChatRequest, status: int, text: str) -> bool:
        """A limit of the answer's length that only the refusal tells: ours is lowered, the user's own is not."""
        found = _MOST_ALLOWED.search(text) if status == 400 and request.parameters.max_tokens is None else None
        most = int(found[1]) if found else 0
        if not 0 < most < self._most_tokens.get(request.model, DEFAULT_MAX_TOKENS):
            return False
        self._most_tokens[request.model] = most
        return True

    def reader_of(self, server: Server, request: ChatRequest, content_type: str) -> MessageReader:
        json_answer = request.json_schema is not None
        return MessageReader(server, request.model, content_type=content_type, json_answer=json_answer)


def _abilities(value: Any) -> tuple[str, ...]:
    """Words for what the list says a model supports; every model of it chats and takes tools."""
    known = value if isinstance(value, dict) else {}

    def supported(name: str) -> bool:
        entry = known.get(name)
        return isinstance(entry, dict) and entry.get("supported") is True

    words = ["chat", "tools"]
    if supported("image_input"):
        words.append("vision")
    if supported("thinking"):
        words.append("thinking")
    return tuple(words)
