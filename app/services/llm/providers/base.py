"""What a provider is: a client of one service, with its configuration and key handed in."""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.services.llm import limits
from app.services.llm.address import host_of
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.models import LEVELS, SIMULATED_PREFIX, Capabilities, ChatRequest, Effort, Health, ModelConfig
from app.services.llm.relay_target import RelayTarget, WireShape
from app.services.llm.stream_events import StreamEvent
from app.services.terminal_command import in_terminal
from app.services.wording import say

if TYPE_CHECKING:
    from app.services.llm.http import HttpDoor
    from app.services.llm.wire_request import WireRequest


class ProviderConfig(BaseModel):
    """Fields every provider has; subclasses add theirs. Field descriptions feed the Settings form and the schema."""

    model_config = ConfigDict(extra="allow", validate_assignment=True)

    is_enabled: bool = Field(True, description="Whether this provider is asked for models and answers.")
    priority: int = Field(10, description="Lower is tried first.")
    timeout: float = Field(limits.SILENCE_TIMEOUT_S, gt=0, description="Seconds of silence tolerated.")
    first_token_timeout: float | None = Field(
        None, gt=0, description="Seconds until the first token; empty = 600 for local, 300 for cloud providers."
    )
    max_retries: int = Field(2, ge=0, le=10, description="Tries after the first, before the first token only.")
    base_url: str = Field("", description="Address of the server.")
    default_model: str | None = Field(None, description="Model used when none is named.")
    name: str | None = Field(None, description="Name shown for this server.")


class BaseProvider(abc.ABC):
    """Talks to one service. Keeps no global state: two instances with two addresses live side by side.

    The core may run it on any asyncio loop; an instance belongs to the loop that first uses it.
    """

    provider_id: ClassVar[str] = ""
    display_name: ClassVar[str] = ""
    Config: ClassVar[type[ProviderConfig]] = ProviderConfig
    capabilities: ClassVar[Capabilities] = Capabilities()
    #: Environment variables that may hold this provider's key where the key store has none …
    key_environment: ClassVar[tuple[str, ...]] = ()
    #: … and the only hosts such a key may go to; empty = the configured address, whatever it is.
    key_hosts: ClassVar[tuple[str, ...]] = ()
    #: The service's id in the price library; empty = its address is looked up there.
    price_catalogue: ClassVar[str] = ""
    #: Only asked when chosen by name: never polled, never part of a fallback.
    only_when_chosen: ClassVar[bool] = False

    def __init__(
        self,
        config: ProviderConfig | None = None,
        *,
        key: SecretStr | str | None = None,
        door: HttpDoor | None = None,
        instance_id: str | None = None,
    ) -> None:
        """`key`: the API key for exactly this config's base URL. `door`: shared HTTP door; None makes an own one,
        closed by `aclose()`. `instance_id`: the key in `provider_configurations` for user-made servers."""
        # here: http imports nothing of providers, keeps import light
        from app.services.llm.http import HttpDoor as Door

        self.config = config if config is not None else self.Config()
        self.key = SecretStr(key) if isinstance(key, str) else key
        self.key_problem: LLMError | None = None
        """Why the key store could not say whether there is a key, None where it could."""
        self.instance_id = instance_id or self.provider_id
        self.models_folder: Path | None = None
        self._owns_door = door is None
        self.door: HttpDoor = door if door is not None else Door()

    def use_models_folder(self, folder: Path) -> None:
        """Tell where this program keeps model files that it fetched, for a provider that reads such files itself."""
        self.models_folder = folder

    def loaded_files(self) -> list[Path]:
        """Model files that this process has in memory."""
        return []

    @classmethod
    def canonical_base_url(cls, text: str) -> str:
        """What is stored for an address a person typed: with or without scheme, trailing `/` or `/v1`.

        Raises:
            LLMError: kind `config`: not http/https, credentials in it, a link-local or metadata address, no host.
        """
        from app.services.llm.address import canonical_base_url

        return canonical_base_url(text, path="/v1")

    @property
    def name(self) -> str:
        """What people call it: the configured name, else the product's own."""
        return self.config.name or say(self.display_name) or self.instance_id

    @property
    def first_token_timeout_s(self) -> float:
        if self.config.first_token_timeout is not None:
            return self.config.first_token_timeout
        return limits.FIRST_TOKEN_TIMEOUT_LOCAL_S if self.capabilities.local else limits.FIRST_TOKEN_TIMEOUT_CLOUD_S

    def check_key(self) -> None:
        """Nothing may be asked of a service that needs a key before there is one: it could only refuse.

        Raises:
            LLMError: kind `auth`, there is no key for the present address.
        """
        if not self.capabilities.needs_key or self.key is not None:
            return
        ways = say(
            "Enter it in Settings, Providers, or run: {command}", command=in_terminal(f"key set {self.instance_id}")
        )
        if self.key_environment and (not self.key_hosts or host_of(self.config.base_url) in self.key_hosts):
            ways += say(" (or set {key_environment})", key_environment=self.key_environment[0])
        if self.key_problem is not None:
            ways = f"{self.key_problem.message} {self.key_problem.hint} {ways}"
        raise LLMError(ErrorKind.AUTH, say("No key for {name}.", name=self.name), ways, provider=self.instance_id)

    def window_for(self, model: ModelConfig) -> int | None:
        """Tokens that a request to this model would be given now; None where that is not known before it."""
        return model.loaded_context_length

    def usual_window(self, model: ModelConfig) -> int | None:
        """Tokens that a request gets where nobody asks for more; None where that is not ours to say."""
        return None

    def window_cost_bytes(self, model: ModelConfig, tokens: int) -> int | None:
        """About how much memory so many more tokens of window take; None where that is not known."""
        per_token = model.metadata.get("cache_bytes_per_token")
        return per_token * tokens if isinstance(per_token, int) else None

    def effort_choices(self, model: ModelConfig) -> tuple[Effort, ...]:
        """How the model's thinking can be switched, none where it does not think or cannot be told."""
        return ("off", *LEVELS) if "thinking" in model.capabilities else ()

    async def own_program(self) -> str:
        """What answers in place of a server, in a phrase, for a provider that needs no address.

        Raises:
            LLMError: not_installed.
        """
        return self.name

    @abc.abstractmethod
    async def list_models(self) -> list[ModelConfig]:
        """The models of the service, chat and others; `model_type` tells them apart.

        Raises:
            LLMError: not_running, unreachable, timeout, auth, protocol, server_error.
        """

    def is_simulated(self, model: str = "") -> bool:
        """Whether the simulator answers here, as far as is known without asking: its server said so, or the id does."""
        return model.startswith(SIMULATED_PREFIX)

    async def busy(self, model: str) -> bool | None:
        """Whether the server is computing for this model right now; None where it cannot be asked.

        Raises:
            LLMError: it does not answer.
        """
        return None

    @abc.abstractmethod
    def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """The one way text is produced. One attempt, no retries. Closing the iterator closes the connection.

        Raises (while iterating):
            LLMError: with any kind; text already yielded stays valid.
        """

    async def wire_request(self, request: ChatRequest) -> WireRequest:
        """What `stream` would send now, to be shown and repeated by other programs. What has no lasting address of its
        own is asked through the gateway.

        Raises:
            LLMError: config, the address or the key is none.
        """
        from app.services.llm.providers._openai_request import Dialect, build_body  # here: it is seldom asked for
        from app.services.llm.wire_request import GATEWAY_TOKEN_VARIABLE, GATEWAY_URL, WireRequest

        body = build_body(request.model_copy(update={"model": f"{self.instance_id}:{request.model}"}), Dialect())
        return WireRequest(GATEWAY_URL, body, {}, "Authorization", GATEWAY_TOKEN_VARIABLE)

    def relaying(self, shape: WireShape, model: str) -> AbstractAsyncContextManager[RelayTarget | None]:
        """Where a request of this shape can go as it is, for as long as the block runs; None where its server does not
        speak it and the request has to be translated into a `ChatRequest`.

        Raises:
            LLMError: on entering: auth (no key), and what starting a model met.
        """
        return nullcontext()

    def meaning_of(self, refusal: str, status: int | None) -> tuple[ErrorKind, str]:
        """What kind of failure the body of a relayed answer tells of, and its server's words: one line, without keys.
        `status`: None for an error within a stream."""
        from app.services.llm.providers._failures import kind_of, words_of  # here: only who relays asks

        said = words_of(refusal)
        return kind_of(said, said.status if status is None else status, mid_stream=status is None), said.message

    def refusal_of(self, body: str, status: int, headers: Mapping[str, str], model: str) -> LLMError:
        """The failure that `stream` would raise for this error answer."""
        from app.services.llm.providers._failures import Server, refusal, words_of  # here: only who relays asks

        server = Server(self.name, self.instance_id, self.config.base_url)
        return refusal(server, words_of(body), status=status, model=model, headers=headers)

    def named(self, error: LLMError, model: str) -> LLMError:
        """An error that a relay met on the way to this server, told as `stream` tells it; the same object."""
        error.provider = error.provider or self.instance_id
        return error

    async def health_check(self) -> Health:
        """Reachability and number of chat models; never raises `LLMError`, never makes a server load a model."""
        import time

        started = time.perf_counter()
        try:
            models = await self.list_models()
        except LLMError as exc:
            return Health(reachable=False, error_kind=exc.kind.value, message=exc.message, hint=exc.hint)
        chat = [m for m in models if m.model_type == "chat"]
        return Health(
            reachable=True,
            model_count=len(chat),
            latency_ms=(time.perf_counter() - started) * 1000,
            simulated=any(m.simulated for m in models),
        )

    def retire(self) -> None:
        """Another configuration took its place: let go of what no running answer needs. `aclose` still follows."""
        return

    async def aclose(self) -> None:
        if self._owns_door:
            await self.door.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        await self.aclose()
