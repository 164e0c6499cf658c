"""The least that can be called a gateway in Python: checks the token, reads the request's JSON once, and passes bytes
from socket to socket. A floor to measure against, no product. Usage: `_gateway_floor UPSTREAM_PORT`; prints its port.
"""

from __future__ import annotations

import asyncio
import json
import sys

TOKEN = b"bearer sk-bench"


class Upstream(asyncio.Protocol):
    """A kept connection to the server. `need`: bytes of a whole answer, -1 where it is chunked."""

    client: Client | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def begin(self, client: Client) -> None:
        self.client, self.need, self.got, self.tail = client, 0, 0, b""

    def data_received(self, data: bytes) -> None:
        client = self.client
        if client is None:
            return
        client.transport.write(data)
        self.tail = (self.tail + data)[-4_096:]
        self.got += len(data)
        if not self.need:
            end = self.tail.find(b"\r\n\r\n")
            if end < 0:
                return
            lowered = self.tail[:end].lower()
            at = lowered.find(b"content-length:")
            self.need = -1 if at < 0 else int(lowered[at + 15 :].split(b"\r\n", 1)[0]) + end + 4
        done = self.got >= self.need if self.need > 0 else self.tail.endswith(b"0\r\n\r\n")
        if done:
            self.client = client.upstream = None
            client.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            self.client.transport.close()


class Client(asyncio.Protocol):
    upstream: Upstream | None = None

    def __init__(self, port: int, idle: list[Upstream]) -> None:
        self.port, self.idle = port, idle
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.upstream is not None:
            self.upstream.client = None
            self.upstream.transport.abort()

    def pause_writing(self) -> None:
        if self.upstream is not None:
            self.upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.upstream is not None:
            self.upstream.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if not end or len(rest) < length:
            return
        body, self.buffer = rest[:length], rest[length:]
        if TOKEN not in lowered:
            self.transport.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            return
        asked = json.loads(body)
        if asked.get("stream") and "stream_options" not in asked:
            asked["stream_options"] = {"include_usage": True}
            body = json.dumps(asked).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        if self.idle:
            self._send(self.idle.pop(), request)
        else:
            asyncio.get_running_loop().create_task(self._connect(request))

    async def _connect(self, request: bytes) -> None:
        _, upstream = await asyncio.get_running_loop().create_connection(Upstream, "127.0.0.1", self.port)
        self._send(upstream, request)

    def _send(self, upstream: Upstream, request: bytes) -> None:
        upstream.begin(self)
        self.upstream = upstream
        upstream.transport.write(request)


async def serve(upstream_port: int) -> None:
    idle: list[Upstream] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Client(upstream_port, idle), "127.0.0.1", 0, backlog=2_048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
