"""Answers in OpenAI's chat-completions shape → stream events, from bytes, whatever the server got wrong.

Serves LM Studio, llama.cpp, vLLM, OpenRouter, OpenAI and their relatives. An answer may come as an event stream, as
one JSON body although a stream was asked for, or as something that is no answer at all; errors may hide in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.services.llm import limits
from app.services.llm.event_stream import ServerEvent
from app.services.llm.providers._answer_reader import count_of
from app.services.llm.providers._event_answer_reader import EventAnswerReader
from app.services.llm.providers._failures import Said, Server, error_in
from app.services.llm.safe_json import loads
from app.services.llm.stream_events import (
    Finished,
    FinishReason,
    PhaseChanged,
    ServerTimings,
    StreamEvent,
    UsageReport,
)

_FINISH_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class AnswerReader(EventAnswerReader):
    """One answer of an OpenAI-shaped server."""

    def __init__(self, server: Server, model: str, *, content_type: str = "", json_answer: bool = False) -> None:
        super().__init__(server, model, content_type=content_type, json_answer=json_answer)
        self._finish: FinishReason | None = None
        self._usage: UsageReport | None = None
        self._timings: ServerTimings | None = None

    def end(self) -> list[StreamEvent]:
        """Usage, where the server reported it, and `Finished`."""
        reason: FinishReason = self._finish or ("tool_calls" if self._calls.count else "unknown")
        if self._calls.count and reason == "stop":
            reason = "tool_calls"  # several servers say stop although calls came
        finished = Finished(reason, self._served_model, self._timings, self._skipped)
        return [finished] if self._usage is None else [self._usage, finished]

    # -- one event

    def _event(self, event: ServerEvent, out: list[StreamEvent], *, last: bool = False) -> None:
        name, data = event
        if data == b"[DONE]" or data.strip() == b"[DONE]":
            self.complete = self.done = True
            return
        if not data:
            return
        try:
            value = loads(data)
        except ValueError:
            if not last:  # the last one may simply be cut
                self._unreadable(name, data)
            return
        self._progressed = True
        if type(value) is dict and not name:
            # The ordinary chunk, checked step by step because any part of it may be missing or of another type.
            choices = value.get("choices")
            if type(choices) is list and choices and type(choices[0]) is dict and not value.get("error"):
                self._choice(choices[0], out)
                if self._served_model is None or "usage" in value or "timings" in value or "prompt_progress" in value:
                    self._around(value, out)
                return
        self._unusual(name, value, out)

    def _choice(self, choice: dict[str, Any], out: list[StreamEvent]) -> None:
        delta = choice.get("delta")
        if type(delta) is not dict:
            delta = choice.get("message")
        if type(delta) is dict:
            self._delta(delta, out)
        elif type(choice.get("text")) is str:
            self._text(choice["text"], out)
        reason = choice.get("finish_reason")
        if reason and type(reason) is str:
            if reason == "error":
                raise self._refused(error_in(choice) or Said(""))
            self.complete = True
            self._finish = _FINISH_REASONS.get(reason, "unknown")

    def _delta(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            self._reasoning(reasoning, out)
        content = delta.get("content")
        if type(content) is str:
            if content:
                self._text(content, out)
        elif content:
            self._parts(content, out)
        calls = delta.get("tool_calls")
        if calls:
            self._tool_calls(calls, out)
        elif type(delta.get("function_call")) is dict:
            self._tool_calls([{"index": 0, "function": delta["function_call"]}], out)
        if type(delta.get("refusal")) is str and delta["refusal"]:
            self._text(delta["refusal"], out)

    def _unusual(self, name: str, value: Any, out: list[StreamEvent]) -> None:
        said = error_in(value)
        if said is None and name == "error":
            said = error_in({"error": value}) or Said("")
        if said is not None:
            raise self._refused(said)
        if not isinstance(value, dict):
            if value is not None:
                self._skip()
            return
        choices = value.get("choices")
        if isinstance(choices, list):
            for choice in choices[:1]:
                if isinstance(choice, dict):
                    self._choice(choice, out)
        elif not ({"usage", "timings", "prompt_progress"} & value.keys()):
            self._skip()
        self._around(value, out)

    def _around(self, value: dict[str, Any], out: list[StreamEvent]) -> None:
        """What stands beside the choices: the model's name, usage, times, progress."""
        model = value.get("model")
        if type(model) is str and model:
            self._served_model = model[: limits.MAX_MODEL_ID_CHARACTERS]
        usage = value.get("usage")
        if type(usage) is dict:
            self._usage = usage_report(usage) or self._usage
        timings = value.get("timings")
        if type(timings) is dict:
            self._timings = ServerTimings(None, _number(timings.get("prompt_ms")), _number(timings.get("predicted_ms")))
        progress = value.get("prompt_progress")
        if type(progress) is dict and not self.answering:
            done, total = _number(progress.get("processed")), _number(progress.get("total"))
            if done is not None and total:
                out.append(PhaseChanged("reading", min(1.0, done / total)))

    # -- pieces of the answer

    def _reasoning(self, value: Any, out: list[StreamEvent]) -> None:
        text = value if isinstance(value, str) else _joined_text(value)
        if text:
            self._thought(text, out)

    def _parts(self, content: Any, out: list[StreamEvent]) -> None:
        """Content as a list of typed parts (Mistral and others)."""
        if not isinstance(content, list):
            self._skip()
            return
        for part in content:
            if isinstance(part, str):
                self._text(part, out)
            elif isinstance(part, dict) and isinstance(part.get("text"), str):
                self._text(part["text"], out)
            elif isinstance(part, dict) and part.get("thinking"):
                self._reasoning(part["thinking"], out)

    def _tool_calls(self, calls: Any, out: list[StreamEvent]) -> None:
        if not isinstance(calls, list):
            self._skip()
            return
        for call in calls:
            if not isinstance(call, dict):
                self._skip()
                continue
            self._call(call, out)

    def _whole_value(self, value: Any, out: list[StreamEvent]) -> None:
        self._unusual("", value, out)
        if self.answering and isinstance(value, dict):
            self.complete = True


def usage_report(usage: Mapping[str, Any]) -> UsageReport | None:
    """Token counts of a `usage` object; None when it says nothing (LM Studio sends zeros at times)."""
    details = usage.get("completion_tokens_details")
    cached = usage.get("prompt_tokens_details")
    cost = usage.get("cost")
    report = UsageReport(
        input_tokens=count_of(usage.get("prompt_tokens")),
        output_tokens=count_of(usage.get("completion_tokens")),
        reasoning_tokens=count_of(details.get("reasoning_tokens")) if isinstance(details, Mapping) else None,
        cached_tokens=count_of(cached.get("cached_tokens")) if isinstance(cached, Mapping) else None,
        cost_usd=_number(cost),
    )
    return report if report.input_tokens or report.output_tokens else None


def _joined_text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(
            part.get("text", "") for part in value if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    return ""


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < 1e15 else None
