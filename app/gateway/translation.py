"""Requests whose server does not speak their shape: the core asks, and the answer is written in the client's shape."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from app.gateway.answers import Send, send_json
from app.gateway.context import RequestContext
from app.gateway.dialects import dialect_of
from app.gateway.dialects.answer import CollectedAnswer
from app.gateway.hosts import Host
from app.services.llm.relay_target import WireShape
from app.services.llm.stream_events import PassedOver, PhaseChanged, Started, UsageReport

if TYPE_CHECKING:
    from app.gateway.gateway import Gateway


async def translated(
    gateway: Gateway,
    shape: WireShape,
    body: dict[str, Any],
    host: Host | None,
    model: str,
    send: Send,
    context: RequestContext,
) -> None:
    """Answer one request. `host` None: the manager chooses (`auto`).

    Raises:
        LLMError: of any kind; unsupported where the core has no such request (completions, embeddings).
    """
    dialect = dialect_of(shape)
    request = dialect.read_request(body).model_copy(update={"model": model})
    streamed = body.get("stream") is True
    writer = dialect.writer(body, model)
    answer = CollectedAnswer()
    context.streamed = streamed
    manager = gateway.services.manager
    source = manager.stream(request) if host is None else manager.stream_from(host.provider, request)
    async with aclosing(source) as events:
        async for event in events:
            if isinstance(event, Started):
                context.provider, context.model = event.provider, event.model
            elif isinstance(event, UsageReport):
                context.input_tokens, context.output_tokens = event.input_tokens, event.output_tokens
            elif not isinstance(event, PhaseChanged | PassedOver):
                context.began = True
            answer.take(event)
            if not streamed:
                continue
            piece = writer.event(event, answer)
            if piece:
                if not context.status:
                    await _begin(send, context)
                context.answering()
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    if streamed:
        if not context.status:
            await _begin(send, context)
        await send({"type": "http.response.body", "body": writer.end(answer)})
    else:
        await send_json(send, context, 200, writer.whole(answer))


async def _begin(send: Send, context: RequestContext) -> None:
    context.status = 200
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"x-accel-buffering", b"no"),
        *context.response_headers,
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
