"""Ollama over its native interface: models with their real windows, chat with an explicit window and no silent cuts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from app.lean_dataclass import dataclass
from app.services.llm.address import canonical_base_url
from app.services.llm.errors import OLLAMA_NOT_RUNNING, ErrorKind, LLMError
from app.services.llm.local_products import LOCAL_PRODUCTS
from app.services.llm.models import LEVELS, Capabilities, ChatRequest, Effort, ModelConfig, ModelState, ModelType
from app.services.llm.profiles import looks_like_embedding, readable_name
from app.services.llm.providers._answer_reader import batches_of
from app.services.llm.providers._failures import adopt, not_an_answer, refusal, words_of
from app.services.llm.providers._http_provider import HttpProvider, bounded_id, text_of, whole_number
from app.services.llm.providers._ollama_names import full_name, wire_name
from app.services.llm.providers._ollama_wire import LineReader, build_body, refuses_thinking
from app.services.llm.providers._refused_fields import left_out
from app.services.llm.providers.base import ProviderConfig
from app.services.llm.registry import register
from app.services.llm.relay_target import OPENAI_SHAPES
from app.services.llm.stream_events import PhaseChanged, Started, StreamEvent
from app.services.wording import later

if TYPE_CHECKING:
    from app.services.llm.wire_request import WireRequest

logger = logging.getLogger(__name__)

DEFAULT_PORT = 11434
DEFAULT_BASE_URL = f"http://localhost:{DEFAULT_PORT}"
#: Ollama's own default is 4,096 tokens on most machines, too few for code and cut without a word.
DEFAULT_CONTEXT_LENGTH = 16_384

_PARALLEL_DESCRIPTIONS = 4
#: What a window lookup may fail with on old servers; the chat itself then says what is wrong, if anything.
_LOOKUP_MAY_FAIL = frozenset(
    {ErrorKind.UNSUPPORTED, ErrorKind.MODEL_NOT_FOUND, ErrorKind.PROTOCOL, ErrorKind.BAD_REQUEST}
)
#: Ollama's words for abilities → ours.
_ABILITIES = {
    "completion": "chat",
    "tools": "tools",
    "vision": "vision",
    "thinking": "thinking",
    "embedding": "embedding",
}


class OllamaConfig(ProviderConfig):
    base_url: str = Field(DEFAULT_BASE_URL, description="Address of Ollama's server.")
    priority: int = Field(6, description="Lower is tried first.")
    context_length: int = Field(
        DEFAULT_CONTEXT_LENGTH, ge=512, description="Tokens of window to ask for when a model is not loaded yet."
    )
    keep_alive: str | None = Field(None, description="How long a model stays loaded, such as 10m; empty = 5 minutes.")
    model_source: Literal["ollama", "huggingface"] = Field(
        "ollama", description="huggingface: a model named user/repo is taken from hf.co."
    )


def base_url_from_ollama_host(value: str) -> str:
    """The address `OLLAMA_HOST` means, read as Ollama's own client does (source: envconfig.Host).

    No scheme → http and port 11434; with a scheme the scheme's own port; no host → this computer; listening
    addresses (0.0.0.0, ::) → loopback.

    Raises:
        LLMError: kind `config`.
    """
    text = value.strip().strip("\"'").strip()
    scheme, marker, rest = text.partition("://")
    if not marker:
        scheme, rest = "http", text
    authority, slash, path = rest.partition("/")
    bare_ipv6 = authority.count(":") > 1 and not authority.startswith("[")
    if bare_ipv6:
        authority = f"[{authority}]"
    if authority.startswith(":") or not authority:
        authority = f"127.0.0.1{authority}"
    host, colon, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if not colon:
        host = authority
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        port = {"http": "80", "https": "443"}.get(scheme, "") if marker else str(DEFAULT_PORT)
    return canonical_base_url(f"{scheme}://{host}:{port}{slash}{path}", path="")


@dataclass(frozen=True, slots=True)
class _Description:
    """What `/api/show` told of a model; the digest says when it is out of date."""

    digest: str
    context_length: int | None
    abilities: tuple[str, ...]
    cache_bytes_per_token: int | None = None


@register("ollama")
class OllamaProvider(HttpProvider):
    """One Ollama server. Its cloud models are listed and marked as not local."""

    relayed_shapes = OPENAI_SHAPES
    # 0.13.3 and 0.14.
    perhaps_relayed_shapes = frozenset({"responses", "messages", "messages/count_tokens"})

    display_name = "Ollama"
    Config = OllamaConfig
    capabilities = Capabilities(
        local=True,
        json_schema=True,
        has_runtime=True,
        answers_on_its_host=True,
        native_context_option=True,
        continues_last_message=True,
    )
    not_running_text = OLLAMA_NOT_RUNNING
    missing_model_hint = later("Core", "Check MODEL_NAME.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._descriptions: dict[str, _Description] = {}
        self._cloud_models: set[str] = set()
        self._without_thinking: set[str] = set()

    @property
    def start_hint(self) -> str:
        return LOCAL_PRODUCTS["ollama"].start_hint(self.base_url)

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        if text.strip().startswith(":"):  # `OLLAMA_HOST=:11435`
            return base_url_from_ollama_host(text)
        return canonical_base_url(text, path="", default_port=DEFAULT_PORT).removesuffix("/api")

    async def relay_root(self) -> str:
        return f"{self.base_url}/v1"

    # -- models

    async def list_models(self) -> list[ModelConfig]:
        listed, running = await asyncio.gather(
            self.get_list(f"{self.base_url}/api/tags", "models"), self._running(), return_exceptions=True
        )
        if isinstance(listed, BaseException):
            raise listed
        if isinstance(running, BaseException):
            if not isinstance(running, LLMError):
                raise running
            running = {}
        gate = asyncio.Semaphore(_PARALLEL_DESCRIPTIONS)
        items = [item for item in listed if bounded_id(item.get("model") or item.get("name"))]
        described = await asyncio.gather(*(self._describe_once(item, gate) for item in items))
        models = [self._model(item, one, running) for item, one in zip(items, described, strict=True)]
        self._cloud_models = {model.name for model in models if not model.local}
        return models

    async def _running(self) -> dict[str, dict[str, Any]]:
        """Loaded models by full name."""
        found = await self.get_list(f"{self.base_url}/api/ps", "models", purpose="loaded models")
        return {full_name(str(item.get("model") or item.get("name") or "")): item for item in found}

    async def _describe_once(self, item: dict[str, Any], gate: asyncio.Semaphore) -> _Description:
        """Window and abilities: from the list where newer servers tell, else asked once per digest."""
        name, digest = str(item.get("model") or item.get("name")), str(item.get("digest") or "")
        details = item.get("details") if isinstance(item.get("details"), dict) else {}
        assert isinstance(details, dict)
        abilities, window = _abilities(item.get("capabilities")), whole_number(details.get("context_length"))
        if abilities and window:
            return _Description(digest, window, abilities)
        async with gate:
            return await self._describe(name, digest) or _Description(digest, window, abilities)

    async def _describe(self, name: str, digest: str | None = None) -> _Description | None:
        """What `/api/show` says, remembered until the digest changes; None where it cannot say."""
        known = self._descriptions.get(full_name(name))
        if known is not None and (digest is None or known.digest == digest):
            return known
        try:
            url = f"{self.base_url}/api/show"
            question = {"model": name, "verbose": False}
            answer = await self.get_json(url, purpose="model details", method="POST", json=question)
        except LLMError as exc:
            logger.info("Ollama could not describe %r: %s", name, exc.message)
            return None
        if answer.status != 200 or not isinstance(answer.value, dict):
            return None
        info = answer.value.get("model_info")
        info = info if isinstance(info, dict) else {}
        window = whole_number(info.get(f"{info.get('general.architecture')}.context_length"))
        described = _Description(
            digest or "", window, _abilities(answer.value.get("capabilities")), _cache_bytes_per_token(info)
        )
        self._descriptions[full_name(name)] = described
        return described

    def _model(self, item: dict[str, Any], about: _Description, running: dict[str, dict[str, Any]]) -> ModelConfig:
        name = str(item.get("model") or item.get("name"))
        details = item.get("details") if isinstance(item.get("details"), dict) else {}
        assert isinstance(details, dict)
        loaded = running.get(full_name(name))
        embedding = about.abilities == ("embedding",) or (not about.abilities and looks_like_embedding(name))
        remote = text_of(item.get("remote_host")) or text_of(item.get("remote_model"))
        metadata: dict[str, Any] = {
            "display_name": readable_name(name.removesuffix(":latest")),
            "source": self.provider_id,
            "local": not _is_cloud(name, remote),
            "base_url": self.base_url,
        }
        for ours, value in (
            ("remote_host", remote),
            ("family", details.get("family")),
            ("format", details.get("format")),
        ):
            if text_of(value):
                metadata[ours] = value
        if about.cache_bytes_per_token is not None:
            metadata["cache_bytes_per_token"] = about.cache_bytes_per_token
        if loaded is not None:
            metadata["vram_bytes"] = whole_number(loaded.get("size_vram"))
        if self.is_simulated(name):
            metadata["simulated"] = True
        return ModelConfig(
            name=name,
            provider=self.instance_id,
            model_type=ModelType.EMBEDDING if embedding else ModelType.CHAT,
            context_length=about.context_length,
            loaded_context_length=whole_number(loaded.get("context_length")) if loaded is not None else None,
            capabilities=about.abilities or (("embedding",) if embedding else ("chat",)),
            sees_pictures="vision" in about.abilities if about.abilities else None,
            is_default=name == self.config.default_model,
            state=ModelState.LOADED if loaded is not None else ModelState.NOT_LOADED,
            quantization=text_of(details.get("quantization_level")),
            size_bytes=whole_number(item.get("size")),
            parameters=text_of(details.get("parameter_size")),
            metadata=metadata,
        )

    def window_for(self, model: ModelConfig) -> int | None:
        """As `_window` asks for it; what a cloud model makes of that is not known."""
        if model.loaded_context_length is not None or not model.local:
            return model.loaded_context_length
        return self.usual_window(model)

    def usual_window(self, model: ModelConfig) -> int | None:
        """The configured one, at most what the model can take."""
        if not model.local:
            return None
        asked = int(getattr(self.config, "context_length", DEFAULT_CONTEXT_LENGTH))
        return asked if model.context_length is None else min(asked, model.context_length)

    def effort_choices(self, model: ModelConfig) -> tuple[Effort, ...]:
        """A switch for all models that think but gpt-oss, which takes a level and cannot be switched off."""
        if "thinking" not in model.capabilities:
            return ()
        return LEVELS if "gpt-oss" in model.name else ("off",)

    # -- chat

    async def wire_request(self, request: ChatRequest) -> WireRequest:
        model = self._wire_name(request.model)
        try:
            num_ctx, _loaded = await self._window(request, model)
        except LLMError:  # it does not run now: what is asked for is known all the same
            num_ctx = request.parameters.context_length or DEFAULT_CONTEXT_LENGTH
        keep_alive, may_think = getattr(self.config, "keep_alive", None), model not in self._without_thinking
        return self.repeated(
            f"{self.base_url}/api/chat",
            build_body(request, model, num_ctx, keep_alive=keep_alive, may_think=may_think),
        )

    async def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        model = self._wire_name(request.model)
        local = model not in self._cloud_models and not _is_cloud(model, None)
        self.door.prepare()  # before the clocks of this answer start
        told = self._started(request, model, local)
        yield told
        url = f"{self.base_url}/api/chat"
        server = self.server(url)
        num_ctx, loaded = await self._window(request, model)
        if local and not loaded:
            yield PhaseChanged("loading")
        for _attempt in range(2):
            may_think = model not in self._without_thinking
            if (started := self._started(request, model, local)) != told:
                told = started
                yield told
            body = build_body(
                request, model, num_ctx, keep_alive=getattr(self.config, "keep_alive", None), may_think=may_think
            )
            try:
                async with self.door.stream(
                    "POST",
                    url,
                    purpose="chat",
                    key=self.key,
                    headers={"Accept": "application/x-ndjson"},
                    json=body,
                    first_byte_timeout_s=request.first_token_timeout_s or self.first_token_timeout_s,
                    silence_timeout_s=request.timeout_s or self.config.timeout,
                    progress_by_caller=True,
                ) as answer:
                    if answer.status != 200:
                        text = await answer.read_text()
                        if "think" in body and may_think and refuses_thinking(text):
                            self._without_thinking.add(model)
                            continue
                        if answer.status < 300:
                            raise not_an_answer(server, f"HTTP {answer.status}", request.model, status=answer.status)
                        raise refusal(
                            server, words_of(text), status=answer.status, model=request.model, headers=answer.headers
                        )
                    reader = LineReader(server, request.model, json_answer=request.json_schema is not None)
                    async with aclosing(batches_of(answer, reader)) as batches:
                        async for batch in batches:
                            for event in batch:
                                yield event
                    return
            except LLMError as exc:
                raise adopt(exc, server, request.model) from exc.__cause__

    def _started(self, request: ChatRequest, model: str, local: bool) -> Started:
        body = build_body(request, model, 0, keep_alive=None, may_think=model not in self._without_thinking)
        missing = left_out(request.parameters, {*body, *body["options"]}, frozenset())
        return Started(self.instance_id, request.model, local, self.is_simulated(request.model), missing)

    async def _window(self, request: ChatRequest, model: str) -> tuple[int, bool]:
        """The window to ask for, and whether the model is loaded.

        The user's choice; else the one the model is loaded with, since another would load it anew; else the
        configured one, at most what the model can take.
        """
        try:
            running = (await self._running()).get(full_name(model))
        except LLMError as exc:
            if exc.kind not in _LOOKUP_MAY_FAIL:
                exc.model = request.model
                raise
            running = None
        wanted = request.parameters.context_length
        if wanted is None and running is not None:
            wanted = whole_number(running.get("context_length"))
        if wanted is None:
            wanted = int(getattr(self.config, "context_length", DEFAULT_CONTEXT_LENGTH))
            about = await self._describe(model)
            if about is not None and about.context_length is not None:
                wanted = min(wanted, about.context_length)
        return wanted, running is not None

    def _wire_name(self, model: str) -> str:
        return wire_name(model, getattr(self.config, "model_source", "ollama"))


def _cache_bytes_per_token(info: Mapping[str, Any]) -> int | None:
    """What one token of window takes: keys and values of all layers at 16 bits. None where a figure is missing."""

    def number(name: str) -> int | None:
        return whole_number(info.get(f"{info.get('general.architecture')}.{name}"))

    layers, heads = number("block_count"), number("attention.head_count_kv")
    all_heads, width = number("attention.head_count"), number("embedding_length")
    size = number("attention.key_length") or (width // all_heads if width and all_heads else None)
    if layers is None or heads is None or size is None:
        return None
    return 2 * layers * heads * (size + (number("attention.value_length") or size))


def _is_cloud(name: str, remote: str | None) -> bool:
    tag = name.rpartition("/")[2].partition(":")[2]
    return remote is not None or tag == "cloud" or tag.endswith("-cloud")


def _abilities(value: Any) -> tuple[str, ...]:
    known = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return tuple(_ABILITIES[one] for one in known if one in _ABILITIES)
