"""What a window talks to while it is in use for long, each in a process of its own, so that its memory is not counted.

`python -m tests.benchmarks._soak_servers hub` is the look-alike of the hub; it prints its address.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from typing import Any


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class LmStudio:
    """The simulator on a port of its own; stopped and started as a person does it, misbehaving on demand."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        command = [sys.executable, "-m", "app.cli.main", "mock-server", "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        await asyncio.to_thread(self._process.stdout.readline)  # type: ignore[union-attr]  # it is a pipe
        await self.play(ttft=0.01, tokens_per_second=2_000.0)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            await asyncio.to_thread(process.wait)
            assert process.stdout is not None
            process.stdout.close()

    async def play(self, **changes: Any) -> None:
        """From the next request on."""
        body = json.dumps(changes).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"POST /_simulator/script HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the simulator refused {changes}: {answer[-300:]!r}")


class Hub:
    """The look-alike of the hub of models."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.benchmarks._soak_servers", "hub"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def _serve_hub() -> None:
    from tests.fakes.hub import FakeHub

    async with FakeHub() as hub:
        for name in ("maker/Tiny-1B-Coder-GGUF", "maker/Small-3B-GGUF", "other/Large-70B-GGUF"):
            hub.add(name, {"model-Q4_K_M.gguf": b"GGUF" + bytes(4_000)}, readme=f"# {name}\n\nA model.")
        print(hub.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve_hub())
