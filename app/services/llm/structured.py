"""Answers as JSON that fits a schema: asked natively, as a tool, or in words, checked, and repaired a few times."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import field
from typing import Any, Generic, Literal, TypeVar

from app.lean_dataclass import dataclass
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import ChatRequest, Message
from app.services.llm.safe_json import loads
from app.services.llm.stream_events import (
    Finished,
    PassedOver,
    ReasoningDelta,
    Started,
    StreamEvent,
    TextDelta,
    TextWasReasoning,
    ToolCallDelta,
)
from app.services.wording import say

logger = logging.getLogger(__name__)

T = TypeVar("T")
Mode = Literal["schema", "tool", "prompt"]

DEFAULT_REPAIRS = 2
_TOOL = "answer"
_MOST_QUOTED = 8_000
_MOST_EXPLAINED = 1_500
_MOST_SEARCHED = 1_000_000
_MOST_STARTS = 200
#: Refusals that may be about the way the schema was sent; anything else is about the request itself.
_WAY_REFUSED = frozenset({ErrorKind.BAD_REQUEST, ErrorKind.UNSUPPORTED})


@dataclass(frozen=True, slots=True)
class Structured(Generic[T]):
    """A value that fits, and how it was had: which way it was asked for, and how often it had to be corrected."""

    value: T
    mode: Mode
    repairs: int


@dataclass(slots=True)
class _Said:
    """What one attempt brought."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    arguments: dict[int, str] = field(default_factory=dict)
    finish_reason: str = "unknown"
    begun: bool = False

    def see(self, event: StreamEvent) -> None:
        if isinstance(event, TextDelta):
            self.text.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self.reasoning.append(event.text)
        elif isinstance(event, TextWasReasoning):
            self.reasoning, self.text = self.reasoning + self.text, []
        elif isinstance(event, ToolCallDelta):
            self.arguments[event.index] = self.arguments.get(event.index, "") + event.arguments
        elif isinstance(event, Finished):
            self.finish_reason = event.finish_reason
        self.begun = self.begun or not isinstance(event, (Started, PassedOver))

    def candidates(self) -> Iterator[Any]:
        """Values the answer may mean, the likeliest first; some servers put the whole of it into the reasoning."""
        for arguments in self.arguments.values():
            yield from json_values(arguments)
        yield from json_values("".join(self.text))
        yield from reversed(list(json_values("".join(self.reasoning))))

    def quoted(self) -> str:
        return ("".join(self.text) or "".join(self.arguments.values()) or "".join(self.reasoning))[:_MOST_QUOTED]


class StructuredAnswers:
    """Asks a manager's providers. Remembers which way a model refused, for as long as it lives."""

    def __init__(self, manager: LLMManager) -> None:
        self._manager = manager
        self._refused: dict[tuple[str, str], set[Mode]] = {}

    async def ask(
        self,
        request: ChatRequest,
        schema: dict[str, Any],
        check: Callable[[Any], T],
        *,
        provider: str | None = None,
        max_repairs: int = DEFAULT_REPAIRS,
        on_event: Callable[[StreamEvent], None] = lambda _event: None,
    ) -> Structured[T]:
        """One value that `check` accepts.

        Args:
            check: returns the value to give back; raises `ValueError` with what does not fit.
            max_repairs: further attempts, each with what was wrong with the one before.
            on_event: sees every event of every attempt.

        Raises:
            LLMError: of any kind; `protocol` when the last attempt does not fit either, or was cut.
        """
        resolved = await self._manager.resolve(provider, request.model)
        request = request.model_copy(update={"model": resolved.model})
        place = (resolved.provider, resolved.model)
        refusal: LLMError | None = None
        async for mode in self._ways(*place):
            try:
                return await self._attempts(request, schema, check, resolved.provider, mode, max_repairs, on_event)
            except _WayRefusedError as exc:
                self._refused.setdefault(place, set()).add(mode)
                logger.info("%r does not take a schema as %s: %s", resolved.model, mode, exc.error.message)
                refusal = exc.error
        assert refusal is not None, "asking in words comes last, and its refusal is raised as it is"
        raise refusal

    async def _ways(self, provider_id: str, model: str) -> AsyncIterator[Mode]:
        """The ways that may work, best first; asking in words always may."""
        refused = self._refused.get((provider_id, model), set())
        if self._manager.provider(provider_id).capabilities.json_schema and "schema" not in refused:
            yield "schema"
        if "tool" not in refused:
            # Asked for late: only models that say so take tools, others overlook them without a word.
            listed = await self._manager.list_models(provider_id)
            if any(m.name == model and "tools" in m.capabilities for m in listed):
                yield "tool"
        yield "prompt"

    async def _attempts(
        self,
        request: ChatRequest,
        schema: dict[str, Any],
        check: Callable[[Any], T],
        provider: str,
        mode: Mode,
        max_repairs: int,
        on_event: Callable[[StreamEvent], None],
    ) -> Structured[T]:
        local = self._manager.provider(provider).capabilities.local
        asked = _worded(request, schema, mode, in_words=local or mode == "prompt")
        for repairs in range(max_repairs + 1):
            said = _Said()
            try:
                await self._collect(self._manager.stream(asked, provider), said, on_event)
            except LLMError as exc:
                if exc.kind in _WAY_REFUSED and not said.begun and mode != "prompt" and repairs == 0:
                    raise _WayRefusedError(exc) from exc
                raise
            problem = "There is no JSON in it."
            for value in said.candidates():
                try:
                    return Structured(check(value), mode, repairs)
                except ValueError as exc:
                    problem = str(exc)[:_MOST_EXPLAINED]
            if said.finish_reason == "length":
                raise LLMError(
                    ErrorKind.PROTOCOL,
                    say("The answer was cut at the token limit before its JSON was whole."),
                    say("Allow more tokens (max_tokens), or ask for less."),
                    provider=provider,
                    model=request.model,
                )
            logger.info("attempt %d of %r does not fit the schema: %s", repairs + 1, request.model, problem)
            asked = _corrected(asked, said, problem)
        raise LLMError(
            ErrorKind.PROTOCOL,
            say("The answer does not fit the schema, also after {most} corrections.", most=max_repairs)
            if max_repairs
            else say("The answer does not fit the schema."),
            problem,
            provider=provider,
            model=request.model,
            details=said.quoted(),
        )

    async def _collect(
        self, events: AsyncIterator[StreamEvent], said: _Said, on_event: Callable[[StreamEvent], None]
    ) -> None:
        async for event in events:
            said.see(event)
            on_event(event)


class _WayRefusedError(Exception):
    """The server took neither the schema nor the tool in this form."""

    def __init__(self, error: LLMError) -> None:
        super().__init__(error.message)
        self.error = error


# -- requests


def _worded(request: ChatRequest, schema: dict[str, Any], mode: Mode, *, in_words: bool) -> ChatRequest:
    """The request in one of the ways. Local models are told in words, too: a grammar alone may loop on white space."""
    update: dict[str, Any] = {}
    if mode == "schema":
        update["json_schema"] = schema
    elif mode == "tool":
        tool = {"name": _TOOL, "description": "Gives the answer. Call it exactly once.", "parameters": schema}
        update["tools"] = (tool,)
        extra = {**request.parameters.extra, "tool_choice": "required"}
        update["parameters"] = request.parameters.model_copy(update={"extra": extra})
    if in_words:
        how = "Answer with one JSON value that fits this JSON Schema, and with nothing else:"
        update["messages"] = _with_instruction(request.messages, f"{how}\n{json.dumps(schema, ensure_ascii=False)}")
    return request.model_copy(update=update)


def _with_instruction(messages: tuple[Message, ...], instruction: str) -> tuple[Message, ...]:
    """The instruction in the first system message: many chat templates take only one."""
    if messages and messages[0].role == "system":
        first = messages[0].model_copy(update={"content": f"{messages[0].content}\n\n{instruction}"})
        return (first, *messages[1:])
    return (Message(role="system", content=instruction), *messages)


def _corrected(asked: ChatRequest, said: _Said, problem: str) -> ChatRequest:
    """The same request with the answer that did not fit, and why."""
    again = f"That does not fit the schema: {problem}\nGive the whole corrected JSON value and nothing else."
    told = (Message(role="assistant", content=said.quoted() or "(nothing)"), Message(role="user", content=again))
    return asked.model_copy(update={"messages": (*asked.messages, *told)})


# -- finding JSON

_FENCE = re.compile(r"```[a-zA-Z0-9]*[ \t]*\r?\n(.*?)```", re.DOTALL)


def json_values(text: str) -> Iterator[Any]:
    """JSON values in a text: all of it, fenced blocks, then objects and lists standing among words."""
    text = text[:_MOST_SEARCHED].strip()
    if not text:
        return
    for whole in (text, *(match[1].strip() for match in _FENCE.finditer(text))):
        try:
            yield loads(whole)
        except ValueError:
            continue
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_MOST_STARTS):
        starts = [place for place in (text.find("{", at), text.find("[", at)) if place >= 0]
        if not starts:
            return
        at = min(starts)
        try:
            _, end = decoder.raw_decode(text, at)
            yield loads(text[at:end])
        except (ValueError, RecursionError):
            end = at + 1
        at = end


# -- schemas


def closed_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in the subset that services hold a model to: every property required, no others, no defaults."""

    def close(value: Any) -> Any:
        if isinstance(value, list):
            return [close(one) for one in value]
        if not isinstance(value, dict):
            return value
        closed = {key: close(one) for key, one in value.items() if key != "default"}
        properties = value.get("properties")
        if isinstance(properties, dict):
            # Within `properties` a key is a name, also one that is called "default".
            closed["properties"] = {name: close(one) for name, one in properties.items()}
            closed["required"] = list(properties)
            closed.setdefault("additionalProperties", False)
        return closed

    result = close(schema)
    assert isinstance(result, dict)
    return result


def schema_checker(schema: dict[str, Any]) -> Callable[[Any], Any]:
    """A check against a JSON Schema that gives the value back.

    Raises:
        LLMError: kind `config`, the schema itself is not valid.
    """
    from jsonschema import Draft202012Validator, SchemaError  # here: only whoever asks for a schema pays for it
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as exc:
        where = "/".join(str(part) for part in exc.absolute_path) or "the schema"
        raise LLMError(
            ErrorKind.CONFIG,
            say("The JSON Schema is not valid."),
            f"{where}: {exc.message[:300]}",
        ) from exc
    # An empty registry: a `$ref` to an address is an error here, never a request.
    validator = kind(schema, registry=Registry())

    def check(value: Any) -> Any:
        try:
            errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
        except Unresolvable as exc:
            raise LLMError(
                ErrorKind.CONFIG, say("The JSON Schema refers to something it does not hold."), str(exc)
            ) from exc
        if errors:
            raise ValueError("; ".join(_told(error) for error in errors[:10]))
        return value

    return check


def _told(error: Any) -> str:
    where = "/".join(str(part) for part in error.absolute_path) or "the value"
    return f"{where}: {error.message[:200]}"
