"""The relayed routes: a request in a well-known shape goes to the server that has its model, and bytes come back.

Raw ASGI: one JSON parse of the request, none of the answer. Where the server does not speak the shape, the core asks it
and `translation` writes the answer.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.gateway.answers import JSON, Receive, Scope, Send, send_refused, send_whole
from app.gateway.context import RequestContext
from app.gateway.dialects import messages, responses_tools
from app.gateway.dialects.responses import failed
from app.gateway.embeddings import packed
from app.gateway.errors import (
    Meaning,
    RefusedError,
    body_of,
    events_in_openais_shape,
    in_anthropics_shape,
    in_openais_shape,
    refused,
)
from app.gateway.hosts import Host
from app.gateway.http_protocol import OnePiece, ended_with_client, while_connected
from app.gateway.request_body import parsed, read_body
from app.gateway.usage import Tail, UsageEventFilter, usage_in
from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.relay_client import RelayAnswer
from app.services.llm.relay_target import WireShape
from app.services.llm.retries import retry_wait
from app.services.llm.safe_json import loads

if TYPE_CHECKING:
    from app.gateway.gateway import Gateway

logger = logging.getLogger(__name__)

#: What another host may do better, as long as nothing was answered.
_OTHER_HOST = frozenset(
    {
        ErrorKind.NOT_RUNNING,
        ErrorKind.UNREACHABLE,
        ErrorKind.INTERRUPTED,
        ErrorKind.OVERLOADED,
        ErrorKind.RATE_LIMITED,
        ErrorKind.SERVER_ERROR,
        ErrorKind.MODEL_NOT_FOUND,
        ErrorKind.PROTOCOL,
        ErrorKind.AUTH,
    }
)
#: How each shape spells the longest answer, the usual name first; Messages always says it.
_LENGTHS: dict[str, tuple[str, ...]] = {
    "chat/completions": ("max_tokens", "max_completion_tokens"),
    "completions": ("max_tokens",),
    "responses": ("max_output_tokens",),
}
_OPENAI_STREAMS = ("chat/completions", "completions")
#: Of an answer, looked at before it is passed on.
_HEAD_BYTES = 64 * 1024
_NO_SUCH_PATH = frozenset({404, 405, 501})
#: Headers of a client that mean something to the server behind, and those of an answer that do to the client.
_PASSED_IN = (b"anthropic-version", b"anthropic-beta", b"openai-beta", b"accept")
_PASSED_OUT = ("retry-after", "x-simulated")


class Relay:
    """One relayed route."""

    def __init__(self, gateway: Gateway, shape: WireShape) -> None:
        self._gateway = gateway
        self._shape: WireShape = shape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: RequestContext = scope["aica"]
        room, held = self._gateway.bodies, 0
        try:
            raw = await read_body(scope, receive, room)
            held = len(raw)
            body = await parsed(raw)
            exchange = _Exchange(self._gateway, self._shape, scope, send, context)
            await while_connected(scope, exchange.run(raw, body))
        except LLMError as exc:
            await self._fail(send, context, refused(exc))
        except RefusedError as exc:
            await self._fail(send, context, exc)
        finally:
            room.give_back(held)

    async def _fail(self, send: Send, context: RequestContext, refusal: RefusedError) -> None:
        if not context.status:
            await send_refused(send, context, refusal)
            return
        # The answer had begun: an event that clients understand as a failure, and no proper end.
        context.error_kind = refusal.kind
        event = b"data: " + json.dumps(body_of(refusal, context), ensure_ascii=False).encode() + b"\n\n"
        name = b"event: error\n" if self._shape in ("messages", "responses") else b""
        before = failed(context.model, refusal.kind, refusal.said) if self._shape == "responses" else b""
        apart = b"" if context.between_events else b"\n\n"  # the last event may have been cut
        await send({"type": "http.response.body", "body": apart + before + name + event})


class _Exchange:
    """One request and its answer."""

    def __init__(self, gateway: Gateway, shape: WireShape, scope: Scope, send: Send, context: RequestContext) -> None:
        self._gateway = gateway
        self._shape: WireShape = shape
        self._scope = scope
        self._send = send
        self._context = context
        given = context.headers
        self._headers = {n.decode(): v.decode("latin-1") for n in _PASSED_IN if (v := given.get(n)) is not None}
        self._core_asked = False  # it tries again by itself

    async def run(self, raw: bytes, body: dict[str, Any]) -> None:
        asked = body.get("model")
        if asked is not None and not isinstance(asked, str):
            raise RefusedError(400, "bad_request", "'model' is not a text.")
        route = await self._gateway.router.route(asked or "")
        context = self._context
        context.provider, context.model, context.streamed = (
            route.provider or "",
            route.model,
            body.get("stream") is True,
        )
        unset = self._unset(body)
        body = {**body, **unset}
        if route.provider is None:
            await self._translate(body, None, route.model)
            return
        out = _Outgoing(b"" if unset else raw, body, route.model, self._shape)
        await self._ask(await self._gateway.hosts.of(route.provider, route.model), out)

    async def _ask(self, hosts: list[Host], out: _Outgoing) -> None:
        """Ask one host after the other until one answers. Each that may answer later is asked again, after the pause
        that its own failure means; one that never will is asked once.

        Raises:
            LLMError: all failed, and what the last one said is not there to be passed on.
        """
        waiting = [(0.0, place, 1, host) for place, host in enumerate(hosts)]  # when, order, number of the try
        while waiting:
            ready_at, place, attempt, host = heapq.heappop(waiting)
            pause_s = ready_at - time.monotonic()
            if pause_s > 0:
                logger.info("%s: try %d in %.1f s", host.provider.config.base_url, attempt, pause_s)
                await asyncio.sleep(pause_s)
            failure, wait_s = await self._tried(host, out, attempt, others=bool(waiting))
            if failure is None:
                return
            logger.info("%s: %s", host.provider.config.base_url, failure.message)
            if wait_s is not None:
                heapq.heappush(waiting, (time.monotonic() + wait_s, place, attempt + 1, host))

    async def _tried(
        self, host: Host, out: _Outgoing, attempt: int, *, others: bool
    ) -> tuple[LLMError | None, float | None]:
        """(None, None) where the client has its answer; else why not, and the seconds until this host is worth asking
        again, None where it is not. `others`: there are other hosts to ask.

        Raises:
            LLMError: it failed, and nobody else can help.
        """

        def wait_after(error: LLMError) -> float | None:
            may_ask = attempt <= host.provider.config.max_retries and not self._core_asked
            return retry_wait(error, attempt) if may_ask else None

        def goes_on(error: LLMError) -> bool:
            return wait_after(error) is not None or (others and _is_for_others(error))

        self._core_asked = False
        host.in_flight += 1
        try:
            failure = await self._relayed(host, out, goes_on)
        except LLMError as exc:
            if self._context.began or self._context.status or not goes_on(exc):
                raise self._told(exc, host, out.model) from exc.__cause__
            failure = exc
        finally:
            host.in_flight -= 1
        return failure, None if failure is None else wait_after(failure)

    def _unset(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the shared row sets for requests that set nothing."""
        row = self._gateway.settings
        found: dict[str, Any] = {}
        if row.temperature is not None and self._shape != "embeddings" and "temperature" not in body:
            found["temperature"] = row.temperature
        if row.max_tokens is not None and self._shape in _LENGTHS and not body.keys() & set(_LENGTHS[self._shape]):
            found[_LENGTHS[self._shape][0]] = row.max_tokens
        return found

    async def _relayed(self, host: Host, out: _Outgoing, goes_on: Callable[[LLMError], bool]) -> LLMError | None:
        """None where the client has its answer; else why the asking goes on."""
        provider = host.provider
        missing = self._gateway.missing_shapes
        place = (provider.config.base_url, self._shape)
        while True:
            async with provider.relaying(self._shape, out.model) as target:
                if target is None or place in missing or (target.functions_only and out.has_other_tools):
                    await self._translate(out.body, host, out.model)
                    return None
                async with self._gateway.relay.opened(
                    target,
                    out.bytes,
                    headers=self._headers,
                    first_byte_s=provider.first_token_timeout_s,
                    silence_s=provider.config.timeout,
                ) as answer:
                    if not target.certain and await _no_such_path(answer):
                        logger.info("%s does not speak %s: its answers are translated", place[0], self._shape)
                        missing.add(place)
                        continue
                    if out.asks_for_usage and answer.status in (400, 422) and b"stream_options" in await answer.peek():
                        out.do_not_ask_for_usage()
                        continue
                    if answer.status >= 400:
                        said = (await answer.peek_refusal()).decode("utf-8", "replace")
                        failure = provider.refusal_of(said, answer.status, answer.headers, out.model)
                        if goes_on(failure):
                            return failure
                    with ended_with_client(self._scope, answer.hang_up):
                        await self._pass_on(answer, out, provider.meaning_of)
                    return None

    @staticmethod
    def _told(error: LLMError, host: Host, model: str) -> LLMError:
        """The door knows no names; what the core answered has its provider's already."""
        return error if error.provider else host.provider.named(error, model)

    async def _pass_on(self, answer: RelayAnswer, out: _Outgoing, meaning_of: Meaning) -> None:
        context, status = self._context, answer.status
        if status in (401, 403):
            # Its words may quote our key, and to this client a 401 would speak of the gateway's token.
            raise LLMError(
                ErrorKind.AUTH,
                "The server behind this gateway refused the gateway's key.",
                "Its owner has to mend that.",
            )
        headers = [
            (name.encode(), answer.headers[name].encode())
            for name in _PASSED_OUT
            if name in answer.headers and answer.headers[name].isascii() and answer.headers[name].isprintable()
        ]
        kind = (answer.content_type or "application/json").encode("latin-1", "replace")
        if not answer.is_event_stream:
            context.began = True
            whole = await answer.read(limits.MAX_ANSWER_BYTES)
            if len(whole) > limits.MAX_ANSWER_BYTES:
                raise LLMError(
                    ErrorKind.TOO_LARGE, "The server's answer is too large to be passed on.", retryable=False
                )
            context.input_tokens, context.output_tokens = usage_in(whole[-65_536:])
            if out.wants_packed and status == 200:
                whole = packed(whole)
            if status == 200:
                _check_answer(whole)
            if 300 <= status < 400:
                raise LLMError(ErrorKind.PROTOCOL, "The server answered with a redirect.", "Correct its address.")
            if status >= 400 and self._shape.startswith("messages"):
                whole = in_anthropics_shape(whole, status, context)
            elif status >= 400:
                status, whole = in_openais_shape(whole, status, meaning_of)
                kind = JSON
            with OnePiece(self._scope):
                await send_whole(self._send, context, status, whole, kind, headers)
            return
        await self._stream_on(answer, out, meaning_of, kind, headers)

    async def _stream_on(
        self,
        answer: RelayAnswer,
        out: _Outgoing,
        meaning_of: Meaning,
        kind: bytes,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        context, send = self._context, self._send
        context.status = answer.status
        about = [(b"content-type", kind), *context.response_headers, *headers]
        about.append((b"x-accel-buffering", b"no"))  # nginx in front would hold tokens back
        await send({"type": "http.response.start", "status": answer.status, "headers": about})
        tail = Tail()
        cut = UsageEventFilter() if out.asks_for_usage else None
        try:
            first = True
            while chunk := await answer.next_chunk():
                if first:
                    first = False
                    context.answering()
                tail.add(chunk)
                if cut is not None:
                    chunk = cut.pass_on(chunk)
                    if not chunk:
                        continue
                if b'"error"' in chunk:
                    chunk = self._mended(chunk, meaning_of)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            context.input_tokens, context.output_tokens = tail.usage()
            context.between_events = cut is not None or tail.is_between_events()
        if answer.status == 200 and not tail.is_complete():
            raise LLMError(ErrorKind.INTERRUPTED, "The answer broke off.", "What arrived is not all of it. Ask again.")
        await send(
            {"type": "http.response.body", "body": self._mended(cut.rest(), meaning_of) if cut is not None else b""}
        )

    def _mended(self, chunk: bytes, meaning_of: Meaning) -> bytes:
        return events_in_openais_shape(chunk, meaning_of) if self._shape in _OPENAI_STREAMS else chunk

    async def _translate(self, body: dict[str, Any], host: Host | None, model: str) -> None:
        from app.gateway.translation import translated  # here: most requests are relayed

        self._core_asked = True
        if self._shape == "messages/count_tokens":
            hint = "Clients estimate the number themselves then."
            raise RefusedError(404, "unsupported", "The server of this model cannot count tokens.", hint)
        await translated(self._gateway, self._shape, body, host, model, self._send, self._context)


class _Outgoing:
    """The request as it goes out: as it came, but for the server's own name of the model and the wish for usage.

    `raw`: the body's bytes, empty where `body` is not what they say any more.
    """

    def __init__(self, raw: bytes, body: dict[str, Any], model: str, shape: WireShape) -> None:
        self.body = body
        self.model = model
        self._raw = raw
        self._shape = shape
        self.asks_for_usage = (
            shape in ("chat/completions", "completions") and body.get("stream") is True and "stream_options" not in body
        )
        self.wants_packed = shape == "embeddings" and body.get("encoding_format") == "base64"
        other_tools = {"responses": responses_tools.has_other_tools, "messages": messages.has_other_tools}.get(shape)
        self.has_other_tools = other_tools is not None and other_tools(body)
        self.bytes = self._encoded()

    def do_not_ask_for_usage(self) -> None:
        """An older server refuses the field."""
        self.asks_for_usage = False
        self.bytes = self._encoded()

    def _encoded(self) -> bytes:
        if self._raw and self.body.get("model") == self.model and not self.asks_for_usage:
            return self._raw
        changed = {**self.body, "model": self.model}
        if self.asks_for_usage:
            changed["stream_options"] = {"include_usage": True}
        return json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _is_for_others(error: LLMError) -> bool:
    return error.kind in _OTHER_HOST or error.status in (401, 403, 404, 408, 409, 429) or (error.status or 0) >= 500


def _check_answer(whole: bytes) -> None:
    """A 200 must be an answer: other programs send pages, and LM Studio sends errors with it.

    Raises:
        LLMError: protocol, server_error.
    """
    head = whole[:_HEAD_BYTES].lstrip()
    if not head.startswith(b"{") or not whole.rstrip().endswith(b"}"):
        raise LLMError(ErrorKind.PROTOCOL, "The server sent something that is not an answer.", "Is its address right?")
    if head[1:].lstrip().startswith(b'"error"'):
        value = loads(whole) if len(whole) <= _HEAD_BYTES else {}
        if (
            isinstance(value, dict)
            and value.get("error")
            and not value.keys() & {"choices", "data", "output", "content"}
        ):
            raise LLMError(ErrorKind.SERVER_ERROR, "The server failed.", "It answered with an error.")


async def _no_such_path(answer: RelayAnswer) -> bool:
    """Whether a server said that it has no such path; LM Studio says so with status 200."""
    if answer.status in _NO_SUCH_PATH:
        return True
    if answer.status != 200 or answer.is_event_stream:
        return False
    return b'"Unexpected endpoint or method' in (await answer.peek())[:256]
