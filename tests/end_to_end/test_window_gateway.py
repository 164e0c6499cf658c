"""The gateway of a real window: whatever ends the window ends it, too."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import psutil
import pytest

from app.paths import user_paths
from tests.end_to_end.conftest import Programs, eventually
from tests.end_to_end.test_window import Window, a_window
from tests.fakes.raw_http import refused_port

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")]


@asynccontextmanager
async def a_window_with_gateway(
    programs: Programs, home: Path, server: str = "http://127.0.0.1:9"
) -> AsyncIterator[tuple[Window, psutil.Process, str]]:
    """The window, its gateway's process, and the address."""
    port = refused_port()
    providers = {"lm_studio": {"base_url": server}, "ollama": {"is_enabled": False}, "embedded": {"is_enabled": False}}
    values = {"provider_configurations": providers, "gateway": {"port": port, "start_with_window": True}}
    file = user_paths(home).config_file
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(values), encoding="utf-8")
    address = f"http://127.0.0.1:{port}"
    async with a_window(programs, "--home", str(home), LMSTUDIO_BASE_URL="") as window:
        process = psutil.Process(window.process.pid)

        def gateways() -> list[psutil.Process]:
            return [child for child in process.children() if "--end-with-stdin" in child.cmdline()]

        await eventually(gateways, 20, "the gateway is started")
        (gateway,) = gateways()
        await eventually(lambda: any(one.laddr.port == port for one in gateway.net_connections()), 20, "it listens")
        yield window, gateway, address


async def test_a_window_that_was_killed_leaves_no_gateway_behind(programs: Programs, tmp_path: Path) -> None:
    async with a_window_with_gateway(programs, tmp_path / "home") as (window, gateway, _address):
        assert "aica_" not in " ".join(gateway.cmdline()), "its token is in no argument"
        window.process.send_signal(signal.SIGKILL)
        await window.process.wait()
        await eventually(lambda: not gateway.is_running(), 10, "the gateway has ended")


async def test_closing_the_window_gives_a_client_s_answer_three_seconds_at_most(
    programs: Programs, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    async with (
        programs.simulator("--rate", "5", "--ttft", "0") as server,
        a_window_with_gateway(programs, home, server) as (window, gateway, address),
    ):
        made = await programs.run("-m", "app.cli.main", "token", "create", "editor", "--home", str(home))
        headers = {"Authorization": f"Bearer {made.out.strip()}"}
        question = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "hi"}], "stream": True}
        async with httpx2.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=30) as client:
            async with client.stream("POST", "/v1/chat/completions", json={**question, "max_tokens": 500}) as answer:
                lines = answer.aiter_lines()
                assert (await anext(lines)).startswith("data: ")
                began = time.monotonic()
                assert await window.close() == 0
                took_s = time.monotonic() - began
        assert not gateway.is_running()
        assert took_s < 6, "the window's own end, and three seconds"
