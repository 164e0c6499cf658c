"""Every provider's wire as the fault suite needs it: how it is reached, and how an answer looks on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.services.llm.providers._answer_reader import BaseAnswerReader
from app.services.llm.providers._anthropic_wire import MessageReader
from app.services.llm.providers._failures import Server
from app.services.llm.providers._ollama_wire import LineReader
from app.services.llm.providers._openai_stream import AnswerReader
from app.services.llm.providers._responses_wire import ResponseReader
from app.services.llm.providers.anthropic import AnthropicConfig, AnthropicProvider
from app.services.llm.providers.base import BaseProvider
from app.services.llm.providers.google_gemini import GoogleGeminiConfig, GoogleGeminiProvider
from app.services.llm.providers.lm_studio import LMStudioConfig, LMStudioProvider
from app.services.llm.providers.ollama import OllamaConfig, OllamaProvider
from app.services.llm.providers.openai import OpenAIConfig, OpenAIProvider
from app.services.llm.providers.openai_compatible import OpenAICompatibleConfig, OpenAICompatibleProvider
from tests.fakes.raw_http import Exchange, RawServer, Reply, answer, delta

#: In every request: none of them may come back in an error.
KEY_CANARY = "sk-canary-key-0123456789"
PROMPT_CANARY = "canary-prompt-tell-nobody"
MODEL = "a-model"
#: The text of a whole answer; each part is an event of its own.
PARTS = ("Grüße, ", "world 🙂", " and all")
TEXT = "".join(PARTS)


@dataclass(frozen=True)
class Wire:
    """`events` are complete frames: what comes before the text, one for each of `PARTS`, the end."""

    name: str
    make: Callable[..., BaseProvider]
    path: str
    content_type: str
    before: tuple[bytes, ...]
    texts: tuple[bytes, ...]
    end: tuple[bytes, ...]
    whole: object
    """The same answer not streamed."""
    error: Callable[[str], bytes]
    """A frame that tells of an error inside a good answer."""
    others: dict[str, Reply]
    """Routes asked beside the chat."""
    reader: Callable[[Server, str], BaseAnswerReader]
    """The parser alone, without a network."""

    @property
    def frames(self) -> tuple[bytes, ...]:
        return self.before + self.texts + self.end

    @property
    def body(self) -> bytes:
        return b"".join(self.frames)

    @property
    def start(self) -> bytes:
        """Up to and with the first piece of text."""
        return b"".join(self.before) + self.texts[0]

    def text_of(self, number: int) -> str:
        """The text in the frame of this number."""
        said = number - len(self.before)
        return PARTS[said] if 0 <= said < len(PARTS) else ""

    def junk(self, text: str) -> bytes:
        """A frame whose content is this."""
        return f"{text}\n".encode() if "ndjson" in self.content_type else f"data: {text}\n\n".encode()

    @property
    def heartbeat(self) -> bytes:
        """What a server may send while nothing happens."""
        return b"\n" if "ndjson" in self.content_type else b": still here\n\n"

    def server(self, chat: Reply) -> RawServer:
        """`chat` for the call that asks for the answer, sensible replies for all others."""

        async def other(exchange: Exchange) -> None:
            reply = self.others.get(exchange.request.path, answer({"error": "not found"}, 404))
            await reply(exchange)

        return RawServer(other, {self.path: chat})


def _json(value: object) -> str:
    """As servers send it: letters beyond ASCII are several bytes, between any two of which the network may cut."""
    return json.dumps(value, ensure_ascii=False)


def frame(value: object) -> bytes:
    return f"data: {_json(value)}\n\n".encode()


def named(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\ndata: {_json(value)}\n\n".encode()


def line(value: object) -> bytes:
    return _json(value).encode() + b"\n"


def _provider(cls: type[BaseProvider], config: type[Any], suffix: str) -> Callable[..., BaseProvider]:
    def make(url: str, **options: Any) -> BaseProvider:
        return cls(config(base_url=url + suffix, **options), key=KEY_CANARY)

    return make


def _openai(name: str, cls: type[BaseProvider], config: type[Any], suffix: str, path: str) -> Wire:
    return Wire(
        name,
        _provider(cls, config, suffix),
        path,
        "text/event-stream",
        (frame(delta(role="assistant")),),
        tuple(frame(delta(part)) for part in PARTS),
        (frame(delta(finish="stop")), b"data: [DONE]\n\n"),
        {"model": MODEL, "choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]},
        lambda text: frame({"error": {"message": text}}),
        {},
        AnswerReader,
    )


def _anthropic() -> Wire:
    def piece(part: str) -> bytes:
        return named({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}})

    return Wire(
        "anthropic",
        _provider(AnthropicProvider, AnthropicConfig, ""),
        "/v1/messages",
        "text/event-stream",
        (
            named({"type": "message_start", "message": {"model": MODEL, "usage": {"input_tokens": 3}}}),
            named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
        tuple(piece(part) for part in PARTS),
        (
            named({"type": "content_block_stop", "index": 0}),
            named({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}),
            named({"type": "message_stop"}),
        ),
        {"model": MODEL, "content": [{"type": "text", "text": TEXT}], "stop_reason": "end_turn"},
        lambda text: named({"type": "error", "error": {"type": "api_error", "message": text}}),
        {},
        MessageReader,
    )


def _responses() -> Wire:
    only_here = {
        "error": {
            "message": "This model is only supported in v1/responses and not in v1/chat/completions.",
            "type": "invalid_request_error",
            "param": "model",
        }
    }

    def piece(part: str) -> bytes:
        return named({"type": "response.output_text.delta", "output_index": 0, "delta": part})

    message = {"type": "message", "content": [{"type": "output_text", "text": TEXT}]}
    return Wire(
        "openai_responses",
        _provider(OpenAIProvider, OpenAIConfig, "/v1"),
        "/v1/responses",
        "text/event-stream",
        (named({"type": "response.created", "response": {"status": "in_progress", "error": None}}),),
        tuple(piece(part) for part in PARTS),
        (named({"type": "response.completed", "response": {"status": "completed", "model": MODEL}}),),
        {"status": "completed", "model": MODEL, "output": [message]},
        lambda text: named({"type": "error", "message": text}),
        {"/v1/chat/completions": answer(only_here, 404)},
        ResponseReader,
    )


def _ollama() -> Wire:
    def said(text: str, **more: object) -> bytes:
        return line({"model": MODEL, "message": {"role": "assistant", "content": text}, "done": False, **more})

    about = {"model_info": {"general.architecture": "x", "x.context_length": 8192}, "capabilities": ["completion"]}
    return Wire(
        "ollama",
        _provider(OllamaProvider, OllamaConfig, ""),
        "/api/chat",
        "application/x-ndjson",
        (),
        tuple(said(part) for part in PARTS),
        (said("", done=True, done_reason="stop", prompt_eval_count=3, eval_count=4),),
        {"model": MODEL, "message": {"role": "assistant", "content": TEXT}, "done": True, "done_reason": "stop"},
        lambda text: line({"error": text}),
        {"/api/show": answer(about), "/api/ps": answer({"models": []}), "/api/tags": answer({"models": []})},
        LineReader,
    )


WIRES = [
    _openai("lm_studio", LMStudioProvider, LMStudioConfig, "/v1", "/v1/chat/completions"),
    _openai("openai", OpenAIProvider, OpenAIConfig, "/v1", "/v1/chat/completions"),
    _openai("openai_compatible", OpenAICompatibleProvider, OpenAICompatibleConfig, "/v1", "/v1/chat/completions"),
    _openai(
        "google_gemini", GoogleGeminiProvider, GoogleGeminiConfig, "/v1beta/openai", "/v1beta/openai/chat/completions"
    ),
    _responses(),
    _anthropic(),
    _ollama(),
]
