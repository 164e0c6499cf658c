"""One simulated generation: what will be said, and when each token is due."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal

from app.lean_dataclass import dataclass
from app.services.mock_server import answers
from app.services.mock_server.http import ApiError, Connection
from app.services.mock_server.models import SimulatedModel
from app.services.mock_server.script import Fault, Script
from app.services.mock_server.stats import Stats

#: Tokens handed over at once when no pace is set.
UNPACED_BATCH = 64
REASONING_TAGS = ("think_tags", "lone_close_tag")


@dataclass(frozen=True, slots=True)
class Piece:
    """About one token. `tool` pieces carry a fragment of `delta.tool_calls` instead of text."""

    channel: Literal["content", "reasoning", "tool"]
    text: str = ""
    tool: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """A planned answer."""

    model: str
    """The name echoed in the answer."""
    reasoning_field: str
    pieces: tuple[Piece, ...]
    tool_calls: tuple[dict[str, Any], ...]
    prompt_tokens: int
    finish_reason: str
    reused_tokens: int | None = None

    @property
    def content(self) -> str:
        return "".join(p.text for p in self.pieces if p.channel == "content")

    @property
    def reasoning(self) -> str:
        return "".join(p.text for p in self.pieces if p.channel == "reasoning")

    @property
    def reasoning_tokens(self) -> int:
        return sum(p.channel == "reasoning" for p in self.pieces)

    def usage(self) -> dict[str, Any]:
        """OpenAI's usage object."""
        completion = len(self.pieces)
        reused = {} if self.reused_tokens is None else {"prompt_tokens_details": {"cached_tokens": self.reused_tokens}}
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
            "completion_tokens_details": {"reasoning_tokens": self.reasoning_tokens},
            **reused,
        }


def plan(
    script: Script,
    model: SimulatedModel,
    instance_id: str,
    prompt: str,
    body: dict[str, Any],
    *,
    fault: Fault = Fault.NONE,
    prompt_tokens: int | None = None,
) -> Generation:
    """Decide the whole answer to one request in OpenAI's shape.

    Raises:
        ApiError: 400, a field of the request is refused.
    """
    tool_calls = _tool_calls(script, body)
    form = _reasoning_form(script, model, body)
    if fault is Fault.EMPTY:
        pieces: list[Piece] = []
    elif tool_calls:
        pieces = _tool_pieces(tool_calls)
    else:
        pieces = _text_pieces(script, prompt, body, form)
    pieces, length_reached = _bounded(pieces, body)
    finish = "length" if length_reached else "tool_calls" if tool_calls else "stop"
    return Generation(
        model=script.echo_model or instance_id,
        reasoning_field="reasoning" if form == "reasoning" else "reasoning_content",
        pieces=tuple(pieces),
        tool_calls=tuple(tool_calls),
        prompt_tokens=prompt_tokens if prompt_tokens is not None else answers.count_tokens(prompt),
        finish_reason=finish,
        reused_tokens=script.reused_tokens,
    )


def _text_pieces(script: Script, prompt: str, body: dict[str, Any], form: str) -> list[Piece]:
    schema = _requested_schema(body)
    if schema is not None:
        text = json.dumps(answers.example_for_schema(schema))
        channel: Literal["content", "reasoning"] = "reasoning" if script.schema_in_reasoning else "content"
        return [Piece(channel, token) for token in answers.tokenize(text)]
    content = [Piece("content", token) for token in answers.answer_tokens(script, prompt)]
    thoughts = answers.tokenize(script.reasoning_text)
    if form in REASONING_TAGS:
        opening = [Piece("content", "<think>")] if form == "think_tags" else []
        return [*opening, *(Piece("content", t) for t in thoughts), Piece("content", "</think>\n\n"), *content]
    if form == "none":
        return content
    return [*(Piece("reasoning", t) for t in thoughts), *content]


def _reasoning_form(script: Script, model: SimulatedModel, body: dict[str, Any]) -> str:
    if body.get("reasoning_effort") in ("none", "off"):
        return "none"
    if script.reasoning == "auto":
        return "reasoning_content" if model.thinks else "none"
    return script.reasoning


def _requested_schema(body: dict[str, Any]) -> Any:
    response_format = body.get("response_format")
    if response_format is None:
        return None
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if kind not in ("json_schema", "text"):
        raise ApiError(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"})
    if kind == "text":
        return None
    holder = response_format.get("json_schema")
    schema = holder.get("schema") if isinstance(holder, dict) else None
    if not isinstance(schema, dict):
        raise ApiError(400, {"error": "'response_format.json_schema.schema' field is required"})
    return schema


def _tool_calls(script: Script, body: dict[str, Any]) -> list[dict[str, Any]]:
    tools = body.get("tools")
    if not isinstance(tools, list) or not tools or body.get("tool_choice") == "none":
        return []
    planned = script.tool_calls
    if not planned and body.get("tool_choice") == "required":
        function = tools[0].get("function", {})
        example = answers.example_for_schema(function.get("parameters", {"type": "object"}))
        planned = [{"name": function.get("name", ""), "arguments": json.dumps(example)}]
    return [
        {
            "id": call.get("id", str(814_890_118 + n)),
            "type": "function",
            "function": {"name": call.get("name", ""), "arguments": call.get("arguments", "")},
        }
        for n, call in enumerate(planned)
    ]


def _tool_pieces(calls: Sequence[dict[str, Any]]) -> list[Piece]:
    pieces = []
    for index, call in enumerate(calls):
        function = call["function"]
        first = {**call, "index": index, "function": {"name": function["name"], "arguments": ""}}
        pieces.append(Piece("tool", tool=first))
        fragments = answers.tokenize(function["arguments"])
        pieces += [Piece("tool", tool={"index": index, "function": {"arguments": f}}) for f in fragments]
    return pieces


def _bounded(pieces: list[Piece], body: dict[str, Any]) -> tuple[list[Piece], bool]:
    """Apply `max_tokens` and `stop`; whether the length limit ended the answer."""
    stops = body.get("stop") or []
    stops = [stops] if isinstance(stops, str) else stops
    text = ""
    for index, piece in enumerate(pieces if stops else []):
        text += piece.text if piece.channel == "content" else ""
        found = min((text.find(s) for s in stops if isinstance(s, str) and s in text), default=-1)
        if found >= 0:
            kept = text[:found]
            before = "".join(p.text for p in pieces[:index] if p.channel == "content")
            pieces = [*pieces[:index], Piece("content", kept[len(before) :])]
            break
    limit = body.get("max_tokens")
    if isinstance(limit, int) and 0 <= limit < len(pieces):
        return pieces[:limit], True
    return pieces, False


async def paced(pieces: Sequence[Piece], tokens_per_second: float) -> AsyncIterator[Sequence[Piece]]:
    """The pieces as they fall due, counted from the first call; late ones come together, so the rate holds."""
    if tokens_per_second <= 0:
        for start in range(0, len(pieces), UNPACED_BATCH):
            yield pieces[start : start + UNPACED_BATCH]
            await asyncio.sleep(0)
        return
    clock = asyncio.get_running_loop().time
    begin, sent = clock(), 0
    while sent < len(pieces):
        due = min(len(pieces), math.floor((clock() - begin) * tokens_per_second) + 1)
        if due > sent:
            yield pieces[sent:due]
            sent = due
        if sent < len(pieces):
            await asyncio.sleep(max(0.0, begin + sent / tokens_per_second - clock()))


@contextlib.contextmanager
def counted(connection: Connection, stats: Stats, *, streaming: bool) -> Iterator[None]:
    """Count one generation as completed, or as aborted when the client left before its end."""
    stats.streams_open += streaming
    try:
        yield
    except asyncio.CancelledError:
        if connection.client_left:
            stats.streams_aborted += streaming
            stats.answers_aborted += not streaming
        raise
    else:
        stats.streams_completed += streaming
        stats.answers_completed += not streaming
    finally:
        stats.streams_open -= streaming


def note_tokens(stats: Stats, count: int) -> None:
    stats.tokens_sent += count
    stats.last_token_at = time.monotonic()


def whole_duration_s(script: Script, generation: Generation) -> float:
    """How long a whole answer takes: time to the first token plus the pace."""
    if script.tokens_per_second <= 0:
        return script.ttft
    return script.ttft + len(generation.pieces) / script.tokens_per_second
