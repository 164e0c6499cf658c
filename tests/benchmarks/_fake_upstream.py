"""A model server that costs almost nothing, for measuring clients: raw protocol, bytes made once, own process.

Speaks OpenAI's chat stream and Responses, Claude's messages and Ollama's lines; prints its port, ends with its input.
Usage: `python -m tests.benchmarks._fake_upstream --tokens 2000 --rate 0` (rate in tokens a second; 0 = no pace).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable

MODEL = "fake-model"
#: Chat completions refuse this one, as OpenAI's do where only Responses answer.
RESPONSES_MODEL = "fake-responses-model"
#: Texts of the pieces, in turn: a code answer's words, some of them with characters that JSON escapes.
PIECES = (" the", " function", " returns", "\n    ", " value", " `size`", ' "name"', " größe", ":", " in")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Answers:
    """Every byte this server ever sends."""

    def __init__(self, tokens: int) -> None:
        self.openai = [chunk(f"data: {json.dumps(self._openai_chunk(piece))}\n\n".encode()) for piece in PIECES]
        end = {**self._openai_chunk(None), "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        usage = {**self._openai_chunk(None), "choices": [], "usage": self._usage(tokens)}
        tail = f"data: {json.dumps(end)}\n\ndata: {json.dumps(usage)}\n\ndata: [DONE]\n\n"
        self.openai_end = chunk(tail.encode()) + b"0\r\n\r\n"
        self.responses = [chunk(_event(self._responses_piece(piece))) for piece in PIECES]
        over = {"status": "completed", "model": RESPONSES_MODEL, "usage": {"input_tokens": 12, "output_tokens": tokens}}
        self.responses_end = chunk(_event({"type": "response.completed", "response": over})) + b"0\r\n\r\n"
        self.claude = [chunk(_event(self._claude_piece(piece))) for piece in PIECES]
        stopped = {"stop_reason": "end_turn", "stop_sequence": None}
        tail_of_claude = [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": stopped, "usage": {"output_tokens": tokens}},
            {"type": "message_stop"},
        ]
        self.claude_end = chunk(b"".join(map(_event, tail_of_claude))) + b"0\r\n\r\n"
        self.ollama = [chunk((json.dumps(self._ollama_line(piece)) + "\n").encode()) for piece in PIECES]
        last = {
            **self._ollama_line(""),
            "done": True,
            "done_reason": "stop",
            "eval_count": tokens,
            "prompt_eval_count": 12,
        }
        self.ollama_end = chunk((json.dumps(last) + "\n").encode()) + b"0\r\n\r\n"
        listed = {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "nobody"}]}
        tags = {"models": [{"name": MODEL, "model": MODEL, "digest": "0", "details": {}}]}
        self.whole = {
            b"/v1/models": self._whole(listed),
            b"/api/tags": self._whole(tags),
            b"/api/ps": self._whole({"models": [{"name": MODEL, "model": MODEL, "context_length": 8192}]}),
        }
        refusal = {
            "message": "This model is only supported in v1/responses and not in v1/chat/completions.",
            "type": "invalid_request_error",
            "param": "model",
        }
        self.only_responses = self._whole({"error": refusal}, b"404 Not Found")
        self.unknown = self._whole({"error": "not here"}, b"404 Not Found")

    @staticmethod
    def _openai_chunk(piece: str | None) -> dict[str, object]:
        delta = {"role": "assistant", "content": piece}
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        head = {"id": "chatcmpl-0123456789abcdef", "object": "chat.completion.chunk", "created": 1_760_000_000}
        return {**head, "model": MODEL, "system_fingerprint": MODEL, "choices": [choice]}

    @staticmethod
    def _responses_piece(piece: str) -> dict[str, object]:
        place = {"item_id": "msg_0123456789abcdef", "output_index": 0, "content_index": 0, "sequence_number": 7}
        return {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}

    @staticmethod
    def _claude_piece(piece: str) -> dict[str, object]:
        return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}

    @staticmethod
    def _ollama_line(piece: str) -> dict[str, object]:
        message = {"role": "assistant", "content": piece}
        return {"model": MODEL, "created_at": "2026-11-21T00:00:00.000000Z", "message": message, "done": False}

    @staticmethod
    def _usage(tokens: int) -> dict[str, int]:
        return {"prompt_tokens": 12, "completion_tokens": tokens, "total_tokens": tokens + 12}

    @staticmethod
    def _whole(value: object, status: bytes = b"200 OK") -> bytes:
        body = json.dumps(value).encode()
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        return head + body


def _event(value: dict[str, object]) -> bytes:
    return f"event: {value['type']}\ndata: {json.dumps(value)}\n\n".encode()


class Connection(asyncio.Protocol):
    """One client; one request at a time."""

    def __init__(self, answers: Answers, tokens: int, rate: float) -> None:
        self._answers = answers
        self._tokens = tokens
        self._rate = rate
        self._buffer = b""
        self._paused = False
        self._gone = False
        self._go_on: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if len(rest) < length:
            return
        body, self._buffer = rest[:length], rest[length:]
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        if path.endswith(b"/chat/completions") and RESPONSES_MODEL.encode() in body:
            self._transport.write(self._answers.only_responses)
        elif path.endswith(b"/responses"):
            self._begin(b"text/event-stream", self._answers.responses, self._answers.responses_end)
        elif path.endswith(b"/messages"):
            self._begin(b"text/event-stream", self._answers.claude, self._answers.claude_end)
        elif path.endswith(b"/chat/completions"):
            self._begin(b"text/event-stream", self._answers.openai, self._answers.openai_end)
        elif path == b"/api/chat":
            self._begin(b"application/x-ndjson", self._answers.ollama, self._answers.ollama_end)
        else:
            self._transport.write(self._answers.whole.get(path, self._answers.unknown))

    def _begin(self, content_type: bytes, pieces: list[bytes], end: bytes) -> None:
        self._transport.write(HEAD % content_type)
        loop = asyncio.get_running_loop()
        began, left = loop.time(), self._tokens

        def step() -> None:
            nonlocal left
            if self._gone:
                return
            if not left:
                self._transport.write(end)
                return
            self._transport.write(pieces[left % len(pieces)])
            left -= 1
            if self._rate:
                loop.call_at(began + (self._tokens - left) / self._rate, step)
            elif self._paused:
                self._go_on = step
            else:
                loop.call_soon(step)

        step()


async def serve(tokens: int, rate: float) -> None:
    answers = Answers(tokens)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers, tokens, rate), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.tokens, options.rate))


if __name__ == "__main__":
    main()
