"""Clients of a gateway: raw sockets, so that the load costs little beside what is measured.

Usage: `_gateway_load PORT MODE CONNECTIONS SECONDS MODEL`; MODE is whole, stream or leave. Prints one JSON object.
Streams are cut at the deadline, so an overloaded target cannot hang the run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from tests.benchmarks._gateway_upstream import STAMP_DIGITS

#: LiteLLM takes no other form.
TOKEN = "sk-bench"
#: Clients do not come at the same instant.
APART_S = 0.003


class Load(asyncio.Protocol):
    """One client that asks again and again until `until`; `stamps` takes [sent, received] of tokens."""

    def __init__(self, request: bytes, stream: bool, until: float, found: Found) -> None:
        self._request, self._stream, self._until, self._found = request, stream, until, found
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._buffer, self._first, self._need, self._got = b"", True, 0, 0
        self._asked_ns = time.monotonic_ns()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._got += len(data)
        self._buffer = self._buffer + data if len(self._buffer) < 8_192 else self._buffer[-4_096:] + data
        if not self._need and not self._read_head():
            return
        if self._stream:
            self._take_tokens(time.monotonic_ns())
        over = self._got >= self._need if self._need > 0 else self._buffer.endswith(b"0\r\n\r\n")
        if over:
            self._found.requests += 1
            if time.monotonic() < self._until:
                self._ask()
            else:
                self.finish()

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        lowered = self._buffer[:end].lower()
        if not lowered.startswith(b"http/1.1 200"):
            self._found.refused += 1
            self.finish()
            return False
        at = lowered.find(b"content-length:")
        self._need = -1 if at < 0 else int(lowered[at + 15 :].split(b"\r\n", 1)[0]) + end + 4
        return True

    def _take_tokens(self, now: int) -> None:
        at = last = 0
        while (at := self._buffer.find(b"t=", at)) >= 0 and at + 2 + STAMP_DIGITS <= len(self._buffer):
            stamp = self._buffer[at + 2 : at + 2 + STAMP_DIGITS]
            at += 2
            last = at + STAMP_DIGITS
            if not stamp.isdigit():
                continue
            self._found.tokens += 1
            if self._first:
                self._first = False
                self._found.first_ns.append(now - self._asked_ns)
            else:
                self._found.latency_ns.append(now - int(stamp))
        self._buffer = self._buffer[last:]

    def finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._found.broken += 1
            self.done.set_result(None)


class Found:
    def __init__(self) -> None:
        self.requests = self.tokens = self.refused = self.broken = 0
        self.first_ns: list[int] = []
        self.latency_ns: list[int] = []


def middle_ms(values: list[int]) -> float:
    return sorted(values)[len(values) // 2] / 1e6 if values else 0.0


async def run(port: int, mode: str, connections: int, seconds: float, model: str) -> dict[str, float]:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": mode != "whole"})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
    request = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    loop, found = asyncio.get_running_loop(), Found()
    until = time.monotonic() + seconds
    clients = []
    for _ in range(connections):
        made = await loop.create_connection(lambda: Load(request, mode != "whole", until, found), "127.0.0.1", port)
        clients.append(made[1])
        await asyncio.sleep(APART_S)
    left_ns = 0
    if mode == "leave":
        await asyncio.sleep(seconds)
        left_ns = time.monotonic_ns()
        for client in clients:
            client.finish()
        await asyncio.sleep(0.3)  # the server shares the core: this program's own end is not to be measured
    else:
        _done, late = await asyncio.wait([client.done for client in clients], timeout=seconds + 1)
        for client in clients:
            client.finish()
        found.broken += len(late) if mode == "whole" else 0
    return {
        "requests": found.requests,
        "tokens": found.tokens,
        "refused": found.refused,
        "broken": found.broken,
        "first_ms": middle_ms(found.first_ns),
        "latency_ms": middle_ms(found.latency_ns),
        "left_ns": left_ns,
    }


if __name__ == "__main__":
    _, port_text, mode_text, connections_text, seconds_text, model_text = sys.argv
    print(
        json.dumps(asyncio.run(run(int(port_text), mode_text, int(connections_text), float(seconds_text), model_text)))
    )
