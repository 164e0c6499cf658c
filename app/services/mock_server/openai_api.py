"""The OpenAI-compatible half: /v1/models, /v1/chat/completions, /v1/completions, /v1/embeddings."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

from app.services.mock_server import answers, generation
from app.services.mock_server.generation import Generation, Piece
from app.services.mock_server.http import ApiError, Connection, Request
from app.services.mock_server.models import Collection, Instance
from app.services.mock_server.script import Fault, Script
from app.services.mock_server.stats import Stats

EVENT_STREAM = "text/event-stream; charset=utf-8"
DRIP_INTERVAL_S = 0.05
DONE = b"data: [DONE]\n\n"


class OpenAiApi:
    """Routes of the OpenAI-compatible server; `fault` is what this request was chosen to suffer."""

    def __init__(self, script: Script, stats: Stats, collection: Collection) -> None:
        self._script = script
        self._stats = stats
        self._collection = collection
        self._answers = 0

    async def chat(self, request: Request, connection: Connection, fault: Fault) -> None:
        body = request.json_object()
        self._refuse_fields(body)
        prompt, prompt_tokens = _read_messages(body)
        if self._script.keeps_tokens is not None:
            prompt_tokens = min(prompt_tokens, self._script.keeps_tokens)
        model, instance = await self._collection.for_generation(body.get("model"))
        overflow = self._overflow(instance, prompt_tokens, fault)
        planned = generation.plan(
            self._script, model, instance.instance_id, prompt, body, fault=fault, prompt_tokens=prompt_tokens
        )
        if not body.get("stream") or fault is Fault.WHOLE_ANSWER:
            if overflow:
                raise ApiError(400, {"error": overflow})
            await self._whole(connection, planned, self._chat_body(planned))
            return
        await self._stream(connection, planned, fault, _ChatFrames(self._new_id("chatcmpl"), planned), body, overflow)

    async def completion(self, request: Request, connection: Connection, fault: Fault) -> None:
        body = request.json_object()
        prompt = body.get("prompt")
        if not isinstance(prompt, str):
            raise ApiError(400, {"error": "'prompt' field is required and must be a string"})
        model, instance = await self._collection.for_generation(body.get("model"))
        plain = {key: value for key, value in body.items() if key not in ("tools", "response_format")}
        planned = generation.plan(
            self._script, model, instance.instance_id, prompt, {**plain, "reasoning_effort": "none"}, fault=fault
        )
        if body.get("stream"):
            frames = _CompletionFrames(self._new_id("cmpl"), planned)
            await self._stream(connection, planned, fault, frames, body, None)
            return
        choice = {"index": 0, "text": planned.content, "logprobs": None, "finish_reason": planned.finish_reason}
        await self._whole(connection, planned, self._envelope("text_completion", "cmpl", planned, choice))

    async def embeddings(self, request: Request, connection: Connection, _fault: Fault) -> None:
        body = request.json_object()
        inputs = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
        if not isinstance(inputs, list) or not inputs or not all(isinstance(i, str) for i in inputs):
            raise ApiError(400, {"error": "'input' field must be a string or an array of strings"})
        model, instance = await self._collection.for_generation(body.get("model"), kind="embedding")
        data = [
            {"object": "embedding", "index": n, "embedding": answers.embedding(text)} for n, text in enumerate(inputs)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}  # as LM Studio reports it
        name = f"{instance.instance_id}@{(model.quantization or {}).get('name', 'f16').lower()}"
        await connection.send_json(200, {"object": "list", "data": data, "model": name, "usage": usage})

    def _refuse_fields(self, body: dict[str, Any]) -> None:
        refused = next((name for name in self._script.refused_fields if name in body), None)
        if refused is not None:
            message = f"Unsupported parameter: '{refused}' is not supported with this model."
            said = {"type": "invalid_request_error", "code": "unsupported_parameter", "param": refused}
            raise ApiError(400, {"error": {"message": message, **said}})

    def _overflow(self, instance: Instance, prompt_tokens: int, fault: Fault) -> str | None:
        too_long = self._script.enforce_context and prompt_tokens > instance.context_length
        return self._script.error_message if too_long or fault is Fault.CONTEXT_LENGTH else None

    def _new_id(self, prefix: str) -> str:
        self._answers += 1
        return f"{prefix}-simulated{self._answers}"

    # --- whole answers ---

    async def _whole(self, connection: Connection, planned: Generation, body: dict[str, Any]) -> None:
        with generation.counted(connection, self._stats, streaming=False):
            await asyncio.sleep(generation.whole_duration_s(self._script, planned))
            generation.note_tokens(self._stats, len(planned.pieces))
            await connection.send_json(200, body)

    def _chat_body(self, planned: Generation) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": planned.content}
        if planned.reasoning:
            message[planned.reasoning_field] = planned.reasoning
        message["tool_calls"] = list(planned.tool_calls)  # present even when empty
        choice = {"index": 0, "logprobs": None, "finish_reason": planned.finish_reason, "message": message}
        return self._envelope("chat.completion", "chatcmpl", planned, choice)

    def _envelope(self, kind: str, prefix: str, planned: Generation, choice: dict[str, Any]) -> dict[str, Any]:
        body = {
            "id": self._new_id(prefix),
            "object": kind,
            "created": int(time.time()),
            "model": planned.model,
            "choices": [choice],
            "usage": planned.usage(),
            "stats": {},
            "system_fingerprint": planned.model,
        }
        if self._script.usage == "never":
            del body["usage"]
        return body

    # --- streams ---

    async def _stream(
        self,
        connection: Connection,
        planned: Generation,
        fault: Fault,
        frames: _ChatFrames | _CompletionFrames,
        body: dict[str, Any],
        overflow: str | None,
    ) -> None:
        with generation.counted(connection, self._stats, streaming=True):
            connection.start_stream(EVENT_STREAM)
            if overflow or fault is Fault.ERROR_FIRST:
                await self._error_event(connection)
                return
            if fault is Fault.DRIP:
                await _drip(connection)
            await asyncio.sleep(self._script.ttft)
            if await self._tokens(connection, planned, fault, frames):
                await self._ending(connection, planned, fault, frames, body)
            else:
                await connection.end()

    async def _tokens(
        self, connection: Connection, planned: Generation, fault: Fault, frames: _ChatFrames | _CompletionFrames
    ) -> bool:
        """Send the tokens; False when the script has the stream end here, without a finish reason."""
        breaks = fault in (
            Fault.STALL, Fault.NO_FINISH, Fault.ERROR_MID, Fault.ERROR_PLAIN, Fault.UNREADABLE_EVENT
        )  # fmt: skip
        first = min(self._script.fault_after_tokens, len(planned.pieces)) if breaks else len(planned.pieces)
        await self._send(connection, planned.pieces[:first], frames)
        match fault:
            case Fault.STALL:
                await asyncio.Event().wait()
            case Fault.NO_FINISH:
                return False
            case Fault.ERROR_MID:
                await self._error_event(connection, end=False)
                return False
            case Fault.ERROR_PLAIN:
                await connection.write(_data({"error": {"message": self._script.error_message}}))
                return False
            case Fault.UNREADABLE_EVENT:
                await connection.write(b"data: {this is not json\n\n")
                await self._send(connection, planned.pieces[first:], frames)
        return True

    async def _send(
        self, connection: Connection, pieces: Sequence[Piece], frames: _ChatFrames | _CompletionFrames
    ) -> None:
        async for batch in generation.paced(pieces, self._script.tokens_per_second):
            for piece in batch:
                await connection.write(frames.token(piece))
            generation.note_tokens(self._stats, len(batch))

    async def _ending(
        self,
        connection: Connection,
        planned: Generation,
        fault: Fault,
        frames: _ChatFrames | _CompletionFrames,
        body: dict[str, Any],
    ) -> None:
        await connection.write(frames.finish(planned.finish_reason))
        options = body.get("stream_options")
        asked = isinstance(options, dict) and bool(options.get("include_usage"))
        if self._script.usage == "always" or (asked and self._script.usage == "asked"):
            await connection.write(frames.usage(planned))
        if fault is not Fault.NO_DONE:
            await connection.write(DONE)
        await connection.end()

    async def _error_event(self, connection: Connection, *, end: bool = True) -> None:
        event = _data({"error": {"message": self._script.error_message}})
        await connection.write(b"event: error\n" + event)
        if end:
            await connection.end()


class _ChatFrames:
    """Bytes of `chat.completion.chunk` events; the parts that never change are made once."""

    def __init__(self, answer_id: str, planned: Generation) -> None:
        self._head = {
            "id": answer_id,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": planned.model,
            "system_fingerprint": planned.model,
        }
        self._fields = {"content": "content", "reasoning": planned.reasoning_field}
        whole = _data({**self._head, "choices": [self._choice({"role": "assistant", "\0": 0}, None)]})
        self._before, _, self._after = whole.partition(b'"\\u0000":0')

    @staticmethod
    def _choice(delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
        return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}

    def token(self, piece: Piece) -> bytes:
        if piece.channel == "tool":
            value = {"tool_calls": [piece.tool]}
        else:
            value = {self._fields[piece.channel]: piece.text}  # type: ignore[dict-item]  # one of two shapes
        return self._before + _compact(value)[1:-1] + self._after

    def finish(self, reason: str) -> bytes:
        return _data({**self._head, "choices": [self._choice({}, reason)]})

    def usage(self, planned: Generation) -> bytes:
        return _data({**self._head, "choices": [], "usage": planned.usage()})


class _CompletionFrames:
    """Bytes of streamed `text_completion` events."""

    def __init__(self, answer_id: str, planned: Generation) -> None:
        self._head = {
            "id": answer_id,
            "object": "text_completion",
            "created": int(time.time()),
            "model": planned.model,
        }

    def _event(self, text: str, reason: str | None) -> bytes:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
        return _data({**self._head, "choices": [choice]})

    def token(self, piece: Piece) -> bytes:
        return self._event(piece.text, None)

    def finish(self, reason: str) -> bytes:
        return self._event("", reason)

    def usage(self, planned: Generation) -> bytes:
        return _data({**self._head, "choices": [], "usage": planned.usage()})


async def _drip(connection: Connection) -> None:
    while True:
        await connection.write(b": keep-alive\n\n")
        await asyncio.sleep(DRIP_INTERVAL_S)


def _compact(value: Any) -> bytes:
    # surrogates of a scripted answer travel escaped, like everything a strict encoder refuses
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _data(value: Any) -> bytes:
    return b"data: " + _compact(value) + b"\n\n"


def _read_messages(body: dict[str, Any]) -> tuple[str, int]:
    """The last user text and a token count of everything.

    Raises:
        ApiError: 400 in LM Studio's words.
    """
    messages = body.get("messages")
    if not isinstance(messages, list):
        raise ApiError(400, {"error": "'messages' field is required"})
    prompt, total = "", 0
    for message in messages:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise ApiError(400, {"error": "Invalid 'messages' in payload. Each message needs a role."})
        for call in message.get("tool_calls") or []:
            if not call.get("id"):
                raise ApiError(400, {"error": "Invalid 'messages' in payload. A tool call has no id."})
        text = _text_of(message.get("content"))
        total += answers.count_tokens(text)
        if message["role"] == "user":
            prompt = text
    return prompt, total


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if not isinstance(content, list):
        raise ApiError(400, {"error": "Invalid 'messages' in payload. Unknown content."})
    parts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text":
            parts.append(str(part.get("text", "")))
        elif kind != "image_url":
            raise ApiError(400, {"error": f"Invalid 'messages' in payload. Unknown content part {kind!r}."})
    return "\n".join(parts)
