"""A chat server for measuring gateways: raw protocol, bytes made once, every token stamped with the time it left.

Prints its port and ends with its input. `POST /control` takes `{"tokens", "rate", "ttft"}` (rate in tokens a second,
0 = no pace); `GET /stats` tells what was asked, and how many streams the other side ended, and when the last one.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

MODEL = "fake-model"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_ABOUT = {"id": "chatcmpl-0123456789abcdef", "created": 1_760_000_000, "model": MODEL}
#: Digits of a nanosecond stamp in a token's text.
STAMP_DIGITS = 19


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _token_parts() -> tuple[bytes, bytes]:
    """What stands before and after the stamp of a token's chunk."""
    mark = "t=" + "0" * STAMP_DIGITS + " "
    choice = {"index": 0, "delta": {"role": "assistant", "content": mark}, "logprobs": None, "finish_reason": None}
    whole = _chunk(_event({"object": "chat.completion.chunk", **_ABOUT, "choices": [choice]}))
    before, _, after = whole.partition(b"0" * STAMP_DIGITS)
    return before, after


class Server:
    def __init__(self) -> None:
        self.tokens, self.rate, self.ttft = 64, 0.0, 0.0
        self.stats: dict[str, Any] = {"requests": 0, "ended_by_peer_ns": []}
        self.before, self.after = _token_parts()
        stop = {
            "object": "chat.completion.chunk",
            **_ABOUT,
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        }
        usage = {"object": "chat.completion.chunk", **_ABOUT, "choices": [], "usage": self._usage()}
        self.end = _chunk(_event(stop) + _event(usage) + b"data: [DONE]\n\n") + b"0\r\n\r\n"
        listed = {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "nobody"}]}
        self.models = self.reply(listed)
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "word " * 64}}
        self.whole = self.reply({"object": "chat.completion", **_ABOUT, "choices": [choice], "usage": self._usage()})

    @staticmethod
    def _usage() -> dict[str, int]:
        return {"prompt_tokens": 12, "completion_tokens": 64, "total_tokens": 76}

    @staticmethod
    def reply(value: object, status: bytes = b"200 OK") -> bytes:
        body = json.dumps(value).encode()
        return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            status,
            len(body),
            body,
        )


class Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = b""
        self._streaming = self._paused = self._gone = False
        self._timer: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone = True
        if self._timer is not None:
            self._timer.cancel()
        if self._streaming:
            self._server.stats["ended_by_peer_ns"].append(time.monotonic_ns())

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._streaming and not self._server.rate:
            self._step()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while not self._streaming and self._take_one():
            pass

    def _take_one(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return False
        body, self._buffer = rest[:length], rest[length:]
        path = head.split(b" ", 2)[1].partition(b"?")[0]
        self._answer(path, body)
        return bool(self._buffer)

    def _answer(self, path: bytes, body: bytes) -> None:
        server, write = self._server, self._transport.write
        if path.endswith(b"/chat/completions"):
            server.stats["requests"] += 1
            if b'"stream":true' in body.replace(b" ", b""):
                self._streaming, self._left = True, server.tokens
                write(_HEAD)
                self._timer = self._loop.call_later(server.ttft, self._begin)
            else:
                write(server.whole)
        elif path == b"/control":
            for name, value in json.loads(body).items():
                setattr(server, name, value)
            write(server.reply({}))
        elif path == b"/stats":
            write(server.reply(server.stats))
        elif path == b"/v1/models":
            write(server.models)
        else:
            write(server.reply({"error": "not here"}, b"404 Not Found"))

    def _begin(self) -> None:
        self._began = self._loop.time()
        self._step()

    def _step(self) -> None:
        if self._gone:
            return
        server = self._server
        if not self._left:
            self._streaming = False
            self._transport.write(server.end)
            return
        self._transport.write(server.before + b"%019d" % time.monotonic_ns() + server.after)
        self._left -= 1
        if server.rate:
            self._timer = self._loop.call_at(self._began + (server.tokens - self._left) / server.rate, self._step)
        elif not self._paused:
            self._timer = self._loop.call_soon(self._step)


async def serve() -> None:
    server = Server()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0, backlog=2_048)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    listening.close()


if __name__ == "__main__":
    asyncio.run(serve())
