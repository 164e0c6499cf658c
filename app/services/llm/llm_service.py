"""LLMService: the core as three calls, for programs that only want text (contract §8)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message, SamplingParameters
from app.services.llm.stream_events import StreamEvent, TextDelta, TextWasReasoning


class LLMService:
    """Asks one provider and model, or whichever the configuration names. Close it, or use `async with`."""

    def __init__(
        self,
        manager: LLMManager,
        *,
        provider: str | None = None,
        model: str | None = None,
        on_close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.manager = manager
        self.provider = provider
        self.model = model
        self._on_close = on_close

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

    async def _events(self, prompt: str, system: str, parameters: dict[str, Any]) -> AsyncIterator[StreamEvent]:
        if not prompt.strip():
            raise LLMError(ErrorKind.CONFIG, "The prompt is empty.", "Write what you want to know.")
        messages = [Message(role="system", content=system)] if system else []
        messages.append(Message(role="user", content=prompt))
        request = ChatRequest(
            model=self.model or "", messages=tuple(messages), parameters=SamplingParameters(**parameters)
        )
        async for event in self.manager.stream(request, self.provider):
            yield event

    async def aclose(self) -> None:
        if self._on_close is not None:
            await self._on_close()
        else:
            await self.manager.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()
