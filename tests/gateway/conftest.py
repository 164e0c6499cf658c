"""A real gateway on a free port of loopback, in the test's own loop, over real servers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from app.gateway.app import make_app
from app.gateway.gateway import Gateway
from app.gateway.options import GatewayOptions
from app.gateway.run import OVERRIDES, _config, _Server, address_of, bound_socket, open_gateway
from app.paths import user_paths
from app.services.container import Overrides
from app.services.llm import limits

TOKEN = "test-token"


@dataclass
class Running:
    """A gateway that answers, and a client with its token."""

    gateway: Gateway
    address: str
    client: httpx2.AsyncClient

    async def post(self, path: str, body: Any, **more: Any) -> httpx2.Response:
        return await self.client.post(path, json=body, **more)

    async def ask(self, model: str = "", **more: Any) -> httpx2.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}
        return await self.post("/v1/chat/completions", body)


StartGateway = Callable[..., Awaitable[Running]]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that `aica serve` runs on."""
    return "asyncio", {"use_uvloop": sys.platform != "win32"}


def configure(**providers: dict[str, Any]) -> None:
    """The user's file: these providers, and no others of this computer."""
    everything = {"ollama": {"is_enabled": False}, "embedded": {"is_enabled": False}, **providers}
    file = user_paths().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"provider_configurations": everything}), encoding="utf-8")


@asynccontextmanager
async def running_gateway(options: GatewayOptions, token: str = TOKEN) -> AsyncIterator[Running]:
    taken = bound_socket(options)
    try:
        async with await open_gateway(options, user_paths(), Overrides(**OVERRIDES)) as gateway:
            await gateway.services.catalogue.refresh()
            listening = asyncio.Event()
            server = _Server(_config(make_app(gateway), options), listening.set)
            serving = asyncio.create_task(server._serve([taken]))  # without the signals, which are the test run's
            await listening.wait()
            address = address_of(taken, options)
            headers = {"Authorization": f"Bearer {token}"}
            try:
                async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=20, trust_env=False) as client:
                    yield Running(gateway, address, client)
            finally:
                server.should_exit = server.force_exit = True
                await serving
    finally:
        taken.close()


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BACKOFF_FIRST_S", 0.01)


@pytest.fixture
async def start_gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartGateway]:
    """Starts gateways; `configure` says over which providers. All end with the test."""
    monkeypatch.setenv("AICA_GATEWAY_TOKEN", TOKEN)
    contexts = []

    async def start(**options: Any) -> Running:
        context = running_gateway(GatewayOptions(port=0, **options))
        contexts.append(context)
        return await context.__aenter__()

    yield start
    for context in reversed(contexts):
        await context.__aexit__(None, None, None)


def events_of(body: str) -> list[Any]:
    """The values of a stream's `data` lines; `[DONE]` as it is."""
    lines = [line[6:] for line in body.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
