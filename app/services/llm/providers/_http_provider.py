"""What providers that speak HTTP share: address, names in errors, short calls, the simulator's mark."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from app.services.llm import limits
from app.services.llm.errors import LLMError
from app.services.llm.models import SIMULATED_HEADER
from app.services.llm.outgoing import HeaderKey, request_headers
from app.services.llm.providers._failures import Server, adopt, error_in, not_an_answer, refusal, words_of
from app.services.llm.providers.base import BaseProvider
from app.services.llm.relay_target import RelayTarget, WireShape
from app.services.wording import later, say

if TYPE_CHECKING:
    from app.services.llm.http import JsonAnswer
    from app.services.llm.outgoing import Key
    from app.services.llm.wire_request import WireRequest


class _Standing:
    """The target of a server that is there anyway: nothing is held while it is used."""

    def __init__(self, provider: HttpProvider, shape: WireShape) -> None:
        self._provider = provider
        self._shape: WireShape = shape

    async def __aenter__(self) -> RelayTarget | None:
        return await self._provider.relay_target(self._shape)

    async def __aexit__(self, *_about: object) -> None:
        return None


class HttpProvider(BaseProvider):
    """A provider with a base URL that a person may have typed."""

    not_running_text: ClassVar[str] = ""
    """The product's fixed sentence where it has one."""
    missing_model_hint: ClassVar[str] = later("Core", "Check the name of the model.")
    #: Shapes that every version of its server speaks, below `relay_root`, and those that newer ones do.
    relayed_shapes: ClassVar[frozenset[WireShape]] = frozenset()
    perhaps_relayed_shapes: ClassVar[frozenset[WireShape]] = frozenset()
    functions_only: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._canonical: tuple[str, str] | None = None
        self._simulated = False

    @property
    def base_url(self) -> str:
        """The configured address in its canonical form.

        Raises:
            LLMError: kind `config`, for an address that is none.
        """
        typed = self.config.base_url
        if self._canonical is None or self._canonical[0] != typed:
            self._canonical = (typed, self.canonical_base_url(typed))
        return self._canonical[1]

    @property
    def start_hint(self) -> str:
        """How to start the server at the configured address, after "Nothing answers at …"."""
        return say("Start its server, or correct the address.")

    def extra_headers(self) -> dict[str, str]:
        """Headers of every request beside the key."""
        return {}

    def wire_key(self) -> Key:
        """The key as the service wants to see it; as a bearer token where nothing else is said."""
        return self.key

    async def relay_root(self) -> str:
        """The address that the shapes' paths lie below."""
        return self.base_url

    def relaying(self, shape: WireShape, model: str) -> AbstractAsyncContextManager[RelayTarget | None]:
        return _Standing(self, shape)

    async def relay_target(self, shape: WireShape) -> RelayTarget | None:
        """Where a request of this shape goes, None where the server does not speak it.

        Raises:
            LLMError: auth, config.
        """
        if shape not in self.relayed_shapes and shape not in self.perhaps_relayed_shapes:
            return None
        self.check_key()
        url = f"{await self.relay_root()}/{shape}"
        headers = request_headers(self.wire_key(), self.extra_headers(), has_body=True)
        return RelayTarget(url, headers, certain=shape in self.relayed_shapes, functions_only=self.functions_only)

    def named(self, error: LLMError, model: str) -> LLMError:
        if not self.config.base_url:
            return super().named(error, model)
        return adopt(error, self.server(self.config.base_url), model)

    def repeated(self, url: str, body: dict[str, Any]) -> WireRequest:
        """A request of ours for other programs. The key is named, not shown."""
        from app.services.llm.wire_request import WireRequest  # here: it is seldom asked for

        key = self.wire_key()
        header = key.header if isinstance(key, HeaderKey) else "Authorization" if key is not None else ""
        variable = self.key_environment[0] if self.key_environment else "API_KEY"
        return WireRequest(url, body, self.extra_headers(), header, variable if header else "")

    def server(self, url: str) -> Server:
        """Who answers at `url`, for errors."""
        return Server(self.name, self.instance_id, url, self.not_running_text, self.start_hint, self.missing_model_hint)

    def is_simulated(self, model: str = "") -> bool:
        return self._simulated or super().is_simulated(model)

    async def get_json(
        self,
        url: str,
        *,
        purpose: str,
        method: str = "GET",
        json: Any = None,
        key: Key = None,
        timeout_s: float = limits.LIST_TIMEOUT_S,
    ) -> JsonAnswer:
        """A short call with this provider's key (`key`: in another form); errors of the connection carry its name.

        Raises:
            LLMError: not_running, unreachable, timeout, interrupted, protocol, too_large, config, auth (no key).
        """
        self.check_key()
        try:
            answer = await self.door.request_json(
                method,
                url,
                purpose=purpose,
                key=key or self.wire_key(),
                headers=self.extra_headers(),
                json=json,
                timeout_s=timeout_s,
            )
        except LLMError as exc:
            raise adopt(exc, self.server(url)) from exc.__cause__
        self._note_headers(answer.headers)
        return answer

    async def get_list(self, url: str, key: str, *, purpose: str = "models") -> list[dict[str, Any]]:
        """The objects under `key` of a list call, bounded, others left out.

        Raises:
            LLMError: as `get_json`, and what the server refused with.
        """
        answer = await self.get_json(url, purpose=purpose)
        found = answer.value.get(key) if isinstance(answer.value, dict) else None
        if answer.status == 200 and isinstance(found, list) and error_in(answer.value) is None:
            return [item for item in found[: limits.MAX_MODELS] if isinstance(item, dict)]
        raise self.list_error(url, answer)

    def list_error(self, url: str, answer: JsonAnswer) -> LLMError:
        """Why a list call gave no list."""
        server = self.server(url)
        said = error_in(answer.value)
        if said is None and answer.status < 400:
            if answer.value is None:
                what = (
                    say("an HTML page")
                    if "<" in answer.text[:200]
                    else say("not JSON")
                    if answer.text
                    else say("an empty answer")
                )
            else:
                what = say("JSON without a list of models")
            return not_an_answer(server, what, status=answer.status)
        return refusal(server, said or words_of(answer.text), status=answer.status, headers=answer.headers)

    def _note_headers(self, headers: Mapping[str, str]) -> None:
        self._simulated = headers.get(SIMULATED_HEADER, "") == "1"


def bounded_id(value: Any) -> str | None:
    """A model id as listed, None for what is none."""
    if isinstance(value, str) and 0 < len(value) <= limits.MAX_MODEL_ID_CHARACTERS:
        return value
    return None


def whole_number(value: Any) -> int | None:
    """A positive integer of a list, None for anything else."""
    return value if type(value) is int and 0 < value < 1 << 53 else None


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
