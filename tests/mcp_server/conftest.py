"""The real `aica mcp` as a process, driven by the SDK's own client over standard input and output."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from app.services.mock_server import MockServer, Script
from tests.fakes.ollama_server import FakeOllama

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Mcp:
    """`async with mcp.session() as client:`; `environment` may be changed before."""

    environment: dict[str, str]
    errors: Path
    flags: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What the server wrote to standard error."""
        return self.errors.read_text(encoding="utf-8")

    @asynccontextmanager
    async def session(self) -> AsyncIterator[ClientSession]:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "app.cli.main", "mcp", *self.flags],
            env=self.environment,
            cwd=str(ROOT),
        )
        with self.errors.open("w", encoding="utf-8") as log:
            stream: IO[str] = log
            async with stdio_client(server, errlog=stream) as (incoming, outgoing):
                async with ClientSession(incoming, outgoing) as client:
                    await client.initialize()
                    yield client


def text_of(result: Any) -> str:
    """The text of an answer: exactly one piece of it."""
    (piece,) = result.content
    assert piece.type == "text"
    return str(piece.text)


@pytest.fixture
def mcp(private_environment: None, tmp_path: Path) -> Mcp:
    """A server with no backend in reach."""
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    environment |= {"LMSTUDIO_BASE_URL": "http://127.0.0.1:9", "OLLAMA_HOST": "http://127.0.0.1:9"}
    environment |= {"PATH": "/usr/bin:/bin"}
    return Mcp(environment, tmp_path / "stderr.txt")


@pytest.fixture
async def ollama(mcp: Mcp) -> AsyncIterator[FakeOllama]:
    async with FakeOllama() as server:
        mcp.environment["OLLAMA_HOST"] = server.url
        yield server


@pytest.fixture
async def studio(mcp: Mcp) -> AsyncIterator[MockServer]:
    async with MockServer(Script(ttft=0, tokens_per_second=0, answer="one two three", download_seconds=0)) as server:
        mcp.environment |= {"LMSTUDIO_BASE_URL": server.base_url, "BACKEND": "lm_studio"}
        yield server
