"""Gemini: chat over Google's OpenAI-compatible address, and the native list, which tells windows and abilities."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr

from app.services.llm import limits
from app.services.llm.address import canonical_base_url
from app.services.llm.models import Capabilities, ModelConfig, ModelType
from app.services.llm.outgoing import HeaderKey
from app.services.llm.profiles import readable_name
from app.services.llm.providers._http_provider import bounded_id, text_of, whole_number
from app.services.llm.providers._openai_wire import OpenAIWireProvider
from app.services.llm.providers.base import ProviderConfig
from app.services.llm.registry import register

_ROOT = "/v1beta/openai"
_PAGE = 1_000
_MOST_PAGES = 5


class GoogleGeminiConfig(ProviderConfig):
    base_url: str = Field(
        "https://generativelanguage.googleapis.com/v1beta/openai", description="OpenAI-compatible address."
    )
    priority: int = Field(20, description="Lower is tried first.")


@register("google_gemini", aliases=("google", "gemini"))
class GoogleGeminiProvider(OpenAIWireProvider):
    """The API key is needed for everything, the list included."""

    display_name = "Gemini"
    Config = GoogleGeminiConfig
    capabilities = Capabilities(local=False, json_schema=True, needs_key=True)
    price_catalogue = "google"
    key_environment = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
    key_hosts = ("generativelanguage.googleapis.com",)
    relayed_shapes = frozenset({"chat/completions", "embeddings"})

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        return canonical_base_url(text, path=_ROOT, default_scheme="https", keep_path=True)

    def _native_root(self) -> str:
        """Where the native list lies; behind a proxy whose path is another one, beside the compatible address."""
        return self.base_url.removesuffix("/openai")

    async def list_models(self) -> list[ModelConfig]:
        """Models that generate text, and those that embed."""
        first = f"{self._native_root()}/models?pageSize={_PAGE}"
        url, found = first, []
        for _page in range(_MOST_PAGES):
            # In a header: an address with a key in it would be logged by every proxy on the way.
            key = None if self.key is None else HeaderKey("x-goog-api-key", SecretStr(self.key.get_secret_value()))
            answer = await self.get_json(url, purpose="models", key=key)
            value = answer.value
            items = value.get("models") if isinstance(value, dict) else None
            if answer.status != 200 or not isinstance(value, dict) or not isinstance(items, list):
                raise self.list_error(url, answer)
            found += [item for item in items if isinstance(item, dict)]
            token = value.get("nextPageToken")
            if not isinstance(token, str) or not token or len(found) >= limits.MAX_MODELS:
                break
            url = f"{first}&pageToken={quote(token[:2_000], safe='')}"
        described = [self._described(item) for item in found[: limits.MAX_MODELS]]
        return [model for model in described if model is not None]

    def _described(self, item: dict[str, Any]) -> ModelConfig | None:
        listed = bounded_id(item.get("name"))
        actions = item.get("supportedGenerationMethods")
        able = [one for one in actions if isinstance(one, str)] if isinstance(actions, list) else []
        chats, embeds = "generateContent" in able, "embedContent" in able
        if listed is None or not (chats or embeds):
            return None
        name = listed.removeprefix("models/")
        words = ["chat", "tools", *(["thinking"] if item.get("thinking") is True else [])]
        return ModelConfig(
            name=name,
            provider=self.instance_id,
            model_type=ModelType.CHAT if chats else ModelType.EMBEDDING,
            max_tokens=whole_number(item.get("outputTokenLimit")),
            context_length=whole_number(item.get("inputTokenLimit")),
            loaded_context_length=whole_number(item.get("inputTokenLimit")),
            capabilities=tuple(words) if chats else ("embedding",),
            is_default=name == self.config.default_model,
            metadata={
                "display_name": text_of(item.get("displayName")) or readable_name(name),
                "source": self.provider_id,
                "local": False,
                "base_url": self.base_url,
                **({"simulated": True} if self.is_simulated(name) else {}),
            },
        )
