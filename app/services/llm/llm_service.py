"""LLMService: the core as four calls, for programs that only want text (contract §8)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, Self, TypeVar, overload

from pydantic import BaseModel

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message, SamplingParameters
from app.services.llm.stream_events import StreamEvent, TextDelta, TextWasReasoning
from app.services.llm.structured import DEFAULT_REPAIRS, Structured, StructuredAnswers, closed_schema
from app.services.wording import say

M = TypeVar("M", bound=BaseModel)


class LLMService:
    """Asks one provider and model, or whichever the configuration names. Close it, or use `async with`."""

    def __init__(
        self,
        manager: LLMManager,
        *,
        provider: str | None = None,
        model: str | None = None,
        defaults: SamplingParameters | None = None,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`defaults`: parameters of every request that does not set them itself."""
        self.manager = manager
        self.provider = provider
        self.model = model
        self.defaults = defaults if defaults is not None else SamplingParameters()
        self._on_close = on_close
        self._structured = StructuredAnswers(manager)

    async def stream_response(self, prompt: str, *, system: str = "", **parameters: Any) -> AsyncIterator[str]:
        """Pieces of the answer's text as they arrive. `parameters` are fields of `SamplingParameters`.

        Raises:
            LLMError: of any kind; pieces already yielded stay valid.
        """
        async for event in self._events(prompt, system, parameters):
            if isinstance(event, TextDelta):
                yield event.text

    async def get_response(self, prompt: str, *, system: str = "", **parameters: Any) -> str:
        """The whole answer's text, without reasoning.

        A model that closes its thinking without ever having opened it is understood here; `stream_response` cannot take
        such text back.

        Raises:
            LLMError: of any kind.
        """
        pieces: list[str] = []
        async for event in self._events(prompt, system, parameters):
            if isinstance(event, TextDelta):
                pieces.append(event.text)
            elif isinstance(event, TextWasReasoning):
                pieces.clear()
        return "".join(pieces)

    @overload
    async def get_structured_response(
        self,
        prompt: str,
        response_model: type[M],
        *,
        system: str = "",
        report: Literal[False] = False,
        max_repairs: int = DEFAULT_REPAIRS,
        **parameters: Any,
    ) -> M: ...

    @overload
    async def get_structured_response(
        self,
        prompt: str,
        response_model: type[M],
        *,
        system: str = "",
        report: Literal[True],
        max_repairs: int = DEFAULT_REPAIRS,
        **parameters: Any,
    ) -> Structured[M]: ...

    async def get_structured_response(
        self,
        prompt: str,
        response_model: type[M],
        *,
        system: str = "",
        report: bool = False,
        max_repairs: int = DEFAULT_REPAIRS,
        **parameters: Any,
    ) -> M | Structured[M]:
        """An instance of a pydantic model. `report`: with `.mode` (schema, tool or prompt) and `.repairs` around it.

        Raises:
            LLMError: of any kind; `protocol` when no attempt fits the model.
        """

        def check(value: Any) -> M:
            # From JSON text: sets, tuples and dates are read as JSON spells them. A ValidationError is a ValueError.
            return response_model.model_validate_json(json.dumps(value))

        schema = closed_schema(response_model.model_json_schema())
        request = self._request(prompt, system, parameters)
        found = await self._structured.ask(request, schema, check, provider=self.provider, max_repairs=max_repairs)
        return found if report else found.value

    async def _events(self, prompt: str, system: str, parameters: dict[str, Any]) -> AsyncIterator[StreamEvent]:
        async for event in self.manager.stream(self._request(prompt, system, parameters), self.provider):
            yield event

    def _request(self, prompt: str, system: str, parameters: dict[str, Any]) -> ChatRequest:
        unknown = sorted(parameters.keys() - SamplingParameters.model_fields.keys())
        if unknown:  # such as `model`, which another one would answer for
            raise TypeError(f"unexpected arguments: {', '.join(unknown)}")
        if not isinstance(prompt, str) or not isinstance(system, str):
            raise TypeError("prompt and system are texts")
        if not prompt.strip():
            raise LLMError(ErrorKind.CONFIG, say("The prompt is empty."), say("Write what you want to know."))
        messages = [Message(role="system", content=system)] if system else []
        messages.append(Message(role="user", content=prompt))
        own = SamplingParameters(**parameters)  # what is set, and None for what a server is to decide after all
        chosen = self.defaults.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
        return ChatRequest(model=self.model or "", messages=tuple(messages), parameters=chosen)

    async def aclose(self) -> None:
        if self._on_close is not None:
            await self._on_close()
        else:
            await self.manager.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()
