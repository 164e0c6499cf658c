"""`aica ask`: one question, one answer."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from app.cli import output, prompt_input, running
from app.cli.missing_model import suggest_names
from app.cli.preset_choice import preset_named, sent_by
from app.cli.request_flags import add_request_flags, parameters_of
from app.cli.start_hints import fit_way_to_start
from app.services.terminal_command import in_terminal

if TYPE_CHECKING:
    from app.services.container import Services
    from app.services.conversations.routed import Routed
    from app.services.llm.models import ChatRequest
    from app.services.llm.stream_events import Started, StreamEvent, ToolCallDelta


def configure(parser: argparse.ArgumentParser, _common: argparse.ArgumentParser) -> None:
    # argparse takes the line of the overview as description; this says what it leaves out.
    parser.description = f"{parser.description} This is not kept in the history; aica chat keeps its chats."
    running.add_choice_flags(parser)
    add_request_flags(parser)
    parser.add_argument("--preset", metavar="NAME", help="values of a preset, below those that other flags give")
    parser.add_argument("--schema", metavar="FILE", help="JSON Schema that the answer must fit")
    parser.add_argument(
        "--attach",
        metavar="FILE",
        action="append",
        default=[],
        help="text, PDF, Office document or picture to send along; may repeat",
    )
    parser.add_argument("--no-stream", action="store_true", help="print the answer when it is whole")
    parser.add_argument("--no-reasoning", action="store_true", help="do not show the model's thinking")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, as it happens")
    parser.add_argument("prompt", metavar="PROMPT", nargs="*", help='the question; "-" is standard input')
    parser.set_defaults(run=run, error_line=True)


def run(arguments: argparse.Namespace) -> Any:
    """Usage is checked before anything is opened.

    Raises:
        UsageError: no prompt, unreadable files, malformed flags.
    """
    prompt = prompt_input.read_prompt(arguments.prompt, arguments.attach)
    parameters = parameters_of(arguments)
    schema = None
    if arguments.schema:
        from app.cli.schema_answer import read_schema  # here: it brings the core

        schema = read_schema(arguments.schema)
    return _ask(arguments, prompt, parameters, schema)


async def _ask(
    arguments: argparse.Namespace, prompt: prompt_input.Prompt, parameters: dict[str, Any], schema: Any
) -> int:
    printer = _JsonPrinter(arguments) if arguments.json else _TextPrinter(arguments)
    with _stopped_by_sigterm():
        return await _asked(arguments, prompt, parameters, schema, printer)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM stops the answer as Ctrl-C does, and ends the program then, as it would have at once."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    if task is None or before is not signal.SIG_DFL:
        yield
        return
    came = False

    def stop(*_: object) -> None:
        nonlocal came
        came = True
        signal.signal(signal.SIGTERM, before)  # a second one does not wait
        loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if came:
            signal.raise_signal(signal.SIGTERM)


async def _asked(
    arguments: argparse.Namespace,
    prompt: prompt_input.Prompt,
    parameters: dict[str, Any],
    schema: Any,
    printer: Printer,
) -> int:
    from app.services.llm.errors import ErrorKind, LLMError
    from app.services.llm.llm_manager import AUTO_MODEL

    try:
        # The history is opened only to know the model used last, presets, and what Auto rests on.
        keep_history = arguments.model in (None, AUTO_MODEL) or arguments.preset is not None
        async with await running.services_of(arguments, quiet=arguments.json, keep_history=keep_history) as services:
            system = arguments.system
            if arguments.preset is not None:
                preset = await preset_named(services, arguments.preset)
                system = preset.system_prompt if system is None else system
                parameters = {**sent_by(preset), **parameters}
            request = _request(arguments, prompt, system, parameters)
            try:
                if schema is not None:
                    from app.cli import schema_answer

                    return await schema_answer.answer(services, request, schema, arguments.provider, printer)
                return await _answer(services, request, arguments.provider, printer)
            except LLMError as exc:
                await suggest_names(services, exc, in_terminal("models"))
                await fit_way_to_start(services, exc)
                raise
    except LLMError as exc:
        printer.failed(exc)
        return output.exit_status(exc, answered=printer.answered)
    except asyncio.CancelledError:
        printer.failed(LLMError(ErrorKind.CANCELLED, "Stopped."))
        raise


async def _answer(services: Services, request: ChatRequest, provider: str | None, printer: Printer) -> int:
    from app.services.llm.metering import AnswerMeter
    from app.services.llm.pricing import PriceList
    from app.services.llm.stream_events import Started

    meter = AnswerMeter()
    begun: Started | None = None
    async with aclosing(await _events(services, request, provider, printer)) as events:
        async for event in events:
            meter.see(event)
            if isinstance(event, Started):
                begun = event
            printer.event(event)
    metrics = meter.metrics()
    if begun is not None:
        prices = PriceList(services.settings.config.pricing, services.manager.price_source)
        cost = await prices.cost_usd(begun.provider, begun.model, metrics, local=begun.local)
        metrics = meter.metrics(cost_usd=cost)
    printer.ended(request, metrics)
    return 0


async def _events(
    services: Services, request: ChatRequest, provider: str | None, printer: Printer
) -> AsyncGenerator[StreamEvent, None]:
    from app.services.llm.llm_manager import AUTO_MODEL

    if request.model != AUTO_MODEL or provider is not None:
        return services.manager.stream(request, provider)
    from app.cli.auto_choice import routed_for, stream_routed

    routed = await routed_for(services, request)
    printer.chosen_by_auto(routed)
    return stream_routed(services, request, routed)


def _request(
    arguments: argparse.Namespace, prompt: prompt_input.Prompt, system: str | None, parameters: dict[str, Any]
) -> ChatRequest:
    from app.services.llm.models import ChatRequest, Message, SamplingParameters

    messages = [Message(role="system", content=system)] if system else []
    messages.append(Message(role="user", content=prompt.text, images=prompt.images))
    return ChatRequest(
        model=arguments.model or "",
        messages=tuple(messages),
        parameters=SamplingParameters(**parameters),
        timeout_s=arguments.timeout,
        first_token_timeout_s=arguments.timeout,
    )


class Printer:
    """Shows one answer. `answered` tells whether a first token came."""

    def __init__(self) -> None:
        self.answered = False

    def event(self, event: StreamEvent) -> None:
        raise NotImplementedError

    def chosen_by_auto(self, routed: Routed) -> None:
        raise NotImplementedError

    def ended(self, request: ChatRequest, metrics: Any, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        raise NotImplementedError

    def failed(self, error: Any) -> None:
        raise NotImplementedError


class _TextPrinter(Printer):
    """The answer on standard output, thinking and remarks on standard error."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__()
        self._whole: list[str] | None = [] if arguments.no_stream else None
        self._show_reasoning = not arguments.no_reasoning
        self._text = output.StreamWriter(sys.stdout)
        self._reasoning = output.StreamWriter(sys.stderr, output.DIM)
        self._thinking = False
        self._finish_reason = ""
        self._tell_who = not running.names_a_model(arguments.model)
        self._began: Started | None = None

    def chosen_by_auto(self, routed: Routed) -> None:
        output.note(f"{output.one_line(':'.join(routed.choices[0]))} is asked, chosen by Auto: {routed.why}.")

    def event(self, event: StreamEvent) -> None:
        from app.services.llm import stream_events as kinds

        if isinstance(event, kinds.PassedOver):
            output.note(f"{output.one_line(event.model or event.provider)}: {event.message} Another one is asked.")
        elif isinstance(event, kinds.Started):
            self._began = event
            if event.simulated:
                output.note("Simulated answers. No model is running.")
            output.note_left_out(event)
        elif isinstance(event, kinds.TextDelta):
            self._end_thinking()
            self.answered = True
            if self._whole is None:
                self._text.write(event.text)
            else:
                self._whole.append(event.text)
        elif isinstance(event, kinds.ReasoningDelta):
            self.answered = True
            if self._show_reasoning and self._whole is None:
                self._thinking = True
                self._reasoning.write(event.text)
        elif isinstance(event, kinds.TextWasReasoning):
            if self._whole is not None:
                self._whole.clear()
            elif self._text.last:
                self._text.finish()
                output.note("The text above was the model's thinking; its answer follows.")
        elif isinstance(event, kinds.ToolCallDelta):
            self.answered = True
            if event.name:
                output.note(f"The model wants to call {event.name!r}; tools are not run here.")
        elif isinstance(event, kinds.Finished):
            self._finish_reason = event.finish_reason

    def _end_thinking(self) -> None:
        if self._thinking:
            self._reasoning.finish()
            self._thinking = False

    def _flush(self) -> None:
        self._end_thinking()
        if self._whole:
            self._text.write("".join(self._whole))
            self._whole = []
        self._text.finish()

    def ended(self, request: ChatRequest, metrics: Any, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        said = bool(self._whole) or self._text.last != ""
        self._flush()
        if self._finish_reason == "length":
            output.note("The answer was cut at the token limit." if said else "The thinking used up all tokens.")
        elif not said and self._finish_reason != "tool_calls":
            output.note("The answer is empty.")
        if self._tell_who and self._began is not None:
            output.note_who_answered(self._began.provider, self._began.model)

    def failed(self, error: Any) -> None:
        self._flush()
        if error.kind != "cancelled":
            output.report(error)


class _JsonPrinter(Printer):
    """One JSON object a line (contract §5); exactly one `done` or `error` ends it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__()
        self._whole: list[str] | None = [] if arguments.no_stream else None
        self._calls: dict[int, dict[str, str]] = {}
        self._reasoning = ""
        self._finish_reason = "unknown"
        self._over = False
        self._began: Started | None = None

    def chosen_by_auto(self, routed: Routed) -> None:
        choices = [{"provider": provider, "model": model} for provider, model in routed.choices]
        output.json_line({"type": "auto", "choices": choices, "reason": routed.why})

    def event(self, event: StreamEvent) -> None:
        from app.services.llm import stream_events as kinds

        if isinstance(event, kinds.PassedOver):
            about = {"provider": event.provider, "model": event.model, "kind": event.kind, "message": event.message}
            output.json_line({"type": "passed_over", **about})
        elif isinstance(event, kinds.Started):
            self._start(event)
        elif isinstance(event, kinds.TextDelta):
            self._say("text", event.text)
        elif isinstance(event, kinds.ReasoningDelta):
            self._reasoning += event.text
            self._say("reasoning", event.text)
        elif isinstance(event, kinds.TextWasReasoning):
            self._take_text_back()
        elif isinstance(event, kinds.ToolCallDelta):
            self._collect(event)
        elif isinstance(event, kinds.Finished):
            self._finish_reason = event.finish_reason

    def _start(self, event: Started) -> None:
        before, self._began = self._began, event
        if before is not None and (before.provider, before.model) == (event.provider, event.model):
            output.json_line({"type": "left_out", "fields": list(event.left_out)})  # refused after it went out
            return
        line: dict[str, Any] = {"type": "start", "provider": event.provider, "model": event.model, "local": event.local}
        if event.simulated:
            line["simulated"] = True
        if event.left_out:
            line["left_out"] = list(event.left_out)
        output.json_line(line)

    def _say(self, kind: str, text: str) -> None:
        self.answered = True
        if self._whole is None:
            output.json_line({"type": kind, "text": text})
        elif kind == "text":
            self._whole.append(text)

    def _take_text_back(self) -> None:
        """What was told as text is thinking."""
        if self._whole is None:
            output.json_line({"type": "text_was_reasoning"})
        else:
            self._reasoning += "".join(self._whole)
            self._whole.clear()

    def _tell_whole(self) -> None:
        """With `--no-stream`: what came, each in one line."""
        if self._whole is not None:
            for kind, text in (("reasoning", self._reasoning), ("text", "".join(self._whole))):
                if text:
                    output.json_line({"type": kind, "text": text})

    def _collect(self, piece: ToolCallDelta) -> None:
        self.answered = True
        call = self._calls.setdefault(piece.index, {"id": "", "name": "", "arguments": ""})
        call["id"] = call["id"] or piece.call_id
        call["name"] = call["name"] or piece.name
        call["arguments"] += piece.arguments

    def ended(self, request: ChatRequest, metrics: Any, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        from app.services.llm.metering import estimate_tokens

        self._tell_whole()
        for call in self._calls.values():
            output.json_line({"type": "tool_call", **call})
        known = metrics.input_tokens is not None
        asked = metrics.input_tokens if known else estimate_tokens("".join(m.content for m in request.messages))
        thought = metrics.reasoning_tokens
        output.json_line(
            {
                "type": "usage",
                "input_tokens": asked,
                "output_tokens": metrics.output_tokens,
                "reasoning_tokens": estimate_tokens(self._reasoning) if thought is None else thought,
                "cost_usd": metrics.cost_usd,
                "estimated": metrics.estimated or not known,
            }
        )
        self._over = True
        output.json_line(
            {
                "type": "done",
                "finish_reason": self._finish_reason,
                "ttft_ms": _rounded(metrics.ttft_ms),
                "duration_ms": _rounded(metrics.duration_ms),
                "tokens_per_second": _rounded(metrics.tokens_per_second),
                **more,
            }
        )

    def failed(self, error: Any) -> None:
        if not self._over:
            self._over = True
            self._tell_whole()
            output.json_line(output.error_object(error))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
