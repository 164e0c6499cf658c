"""OpenAI itself: chat completions, Responses where a model needs it, and its live list cut down to chat models."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from pydantic import Field

from app.services.llm.address import canonical_base_url
from app.services.llm.models import Capabilities, ChatRequest, ModelConfig, ModelType
from app.services.llm.profiles import is_openai_chat_model, looks_like_embedding, readable_name
from app.services.llm.providers._event_answer_reader import EventAnswerReader
from app.services.llm.providers._failures import Server
from app.services.llm.providers._http_provider import bounded_id
from app.services.llm.providers._openai_request import Dialect
from app.services.llm.providers._openai_wire import OpenAIWireProvider
from app.services.llm.providers._responses_wire import ResponseReader, build_body, wants_responses
from app.services.llm.providers.base import ProviderConfig
from app.services.llm.registry import register
from app.services.llm.relay_target import OPENAI_SHAPES

logger = logging.getLogger(__name__)


class OpenAIConfig(ProviderConfig):
    base_url: str = Field("https://api.openai.com/v1", description="Address of the service.")
    priority: int = Field(20, description="Lower is tried first.")
    organization: str | None = Field(None, description="Organization id, where the account has several.")
    project: str | None = Field(None, description="Project id, where the key belongs to several.")


@register("openai")
class OpenAIProvider(OpenAIWireProvider):
    """The API key is needed for everything, the list included."""

    display_name = "OpenAI"
    Config = OpenAIConfig
    capabilities = Capabilities(local=False, json_schema=True, needs_key=True)
    price_catalogue = "openai"
    key_environment = ("OPENAI_API_KEY",)
    key_hosts = ("api.openai.com",)
    relayed_shapes = OPENAI_SHAPES | {"responses"}
    functions_only = False
    # Reasoning models refuse max_tokens, and these knobs are unknown to the service (OpenAI API reference, 2026).
    dialect: ClassVar[Dialect] = Dialect(
        max_tokens_field="max_completion_tokens",
        unknown_parameters=frozenset({"top_k", "min_p", "repeat_penalty"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_responses: set[str] = set()

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        return canonical_base_url(text, path="/v1", default_scheme="https", keep_path=True)

    def extra_headers(self) -> dict[str, str]:
        given = {"OpenAI-Organization": "organization", "OpenAI-Project": "project"}
        return {header: value for header, field in given.items() if (value := getattr(self.config, field, None))}

    # -- models that answer on Responses only

    def adapts(self, request: ChatRequest, status: int, text: str) -> bool:
        if request.model in self._on_responses or status not in (400, 404) or not wants_responses(text):
            return False
        logger.info("%r answers on Responses only", request.model)
        self._on_responses.add(request.model)
        return True

    async def chat_url(self, request: ChatRequest) -> str:
        if request.model in self._on_responses:
            return f"{self.base_url}/responses"
        return await super().chat_url(request)

    def body_of(self, request: ChatRequest, refused: frozenset[str]) -> dict[str, Any]:
        if request.model in self._on_responses:
            return build_body(request, refused)
        return super().body_of(request, refused)

    def reader_of(self, server: Server, request: ChatRequest, content_type: str) -> EventAnswerReader:
        if request.model in self._on_responses:
            json_answer = request.json_schema is not None
            return ResponseReader(server, request.model, content_type=content_type, json_answer=json_answer)
        return super().reader_of(server, request, content_type)

    async def list_models(self) -> list[ModelConfig]:
        """Chat and embedding models; the list tells neither windows nor prices, so those stay unknown."""
        models = []
        for item in await self.get_list(f"{self.base_url}/models", "data"):
            name = bounded_id(item.get("id"))
            if name is None:
                continue
            embedding = looks_like_embedding(name)
            if not embedding and not is_openai_chat_model(name):
                continue
            models.append(
                ModelConfig(
                    name=name,
                    provider=self.instance_id,
                    model_type=ModelType.EMBEDDING if embedding else ModelType.CHAT,
                    capabilities=("embedding",) if embedding else ("chat",),
                    is_default=name == self.config.default_model,
                    metadata={
                        "display_name": readable_name(name),
                        "source": self.provider_id,
                        "local": False,
                        "base_url": self.base_url,
                        **({"shutdown_date": item["shutdown_date"]} if item.get("shutdown_date") else {}),
                        **({"simulated": True} if self.is_simulated(name) else {}),
                    },
                )
            )
        return models
