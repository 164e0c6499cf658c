"""A day with every provider switched off: nothing is connected to, not even on this computer."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.paths import user_paths
from app.services.llm import registry
from tests.end_to_end.conftest import Programs
from tests.end_to_end.traced import STRACE, needs_strace
from tests.fakes.raw_http import refused_port
from tests.mcp_server.test_mcp import INITIALIZE

pytestmark = [
    pytest.mark.anyio,
    needs_strace,
]

#: A connection, or a datagram to somewhere.
OUT = re.compile(r"sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)")
WATCHED = "trace=connect,sendto,sendmsg,sendmmsg"
#: A day has 2,880 half minutes; so many looks may come too late where another program needs the processor.
FEWEST_LOOKS = 700


def watched(trace: Path) -> tuple[str, ...]:
    assert STRACE is not None
    return STRACE, "-f", "--seccomp-bpf", "-e", WATCHED, "-o", str(trace)


def seen(trace: Path) -> list[str]:
    """Each call that names an address of a network."""
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if OUT.search(line)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Everything is off, and one more server of the user's, too."""
    made = tmp_path / "home"
    off: dict[str, object] = {name: {"is_enabled": False} for name in registry.all_classes()}
    off["box"] = {"type": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "is_enabled": False}
    file = user_paths(made).config_file
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"provider_configurations": off}), encoding="utf-8")
    return made


@contextlib.asynccontextmanager
async def all_of(child: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Ends it and what it watches."""
    try:
        async with asyncio.timeout(150):
            yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # strace alone would leave what it watches behind
            os.killpg(child.pid, signal.SIGKILL)
        await child.communicate()  # closes the pipes of one that was not waited for


async def test_E12_a_day_of_the_window_with_every_provider_off_opens_no_connection(
    programs: Programs, home: Path, tmp_path: Path
) -> None:
    trace, port = tmp_path / "trace", refused_port()
    environment = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY"), "sk-canary-0123456789abcdef")
    child = await programs.start(
        *(*watched(trace), sys.executable, "-m", "tests.end_to_end.day_child", "--home", str(home)),
        environment={**environment, "DAY_LAST_PORT": str(port)},
        start_new_session=True,
    )
    async with all_of(child):
        ended = await programs.end_of(child, 140)
    assert ended.status == 0, ended.err
    said = ended.out.splitlines()
    assert said[-1] == "done", ended.err
    looks = int(next(line for line in said if line.startswith("looks ")).split()[1])
    assert looks > FEWEST_LOOKS, "the day passed, and the program was awake"
    (last,) = seen(trace)
    assert f"htons({port})" in last, "the one at the end, which shows that a connection would be seen"


async def test_E12_the_commands_the_gateway_and_mcp_open_no_connection_with_every_provider_off(
    programs: Programs, home: Path, tmp_path: Path
) -> None:
    aica = (sys.executable, "-m", "app.cli.main", "--home", str(home))
    commands = {"models": None, "ask": None, "doctor": None}
    traces: dict[str, Path] = {}
    for number, (command, status) in enumerate(commands.items()):
        traces[command] = trace = tmp_path / f"trace{number}"
        words = [*command.split(), *(["Is anybody there?"] if command == "ask" else [])]
        ended = await programs.run(*watched(trace), *aica, *words)
        assert "Traceback" not in ended.err
        assert status is None or ended.status == status, (command, ended)
    traces["mcp"] = tmp_path / "trace-mcp"
    await use_mcp(programs, *watched(traces["mcp"]), *aica, "mcp")
    traces["serve"] = tmp_path / "trace-serve"
    await use_gateway(programs, *watched(traces["serve"]), *aica, "serve", "--port", "0")
    assert {name: seen(trace) for name, trace in traces.items() if seen(trace)} == {}


async def use_mcp(programs: Programs, *command: str) -> None:
    child = await programs.start(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "init_llm", "arguments": {}}}
    sent = [INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}, call]
    async with all_of(child):
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write("".join(json.dumps(one) + "\n" for one in sent).encode())
        answers = [json.loads(await child.stdout.readline()) for _ in range(2)]
        assert {one["id"] for one in answers} == {1, 2}
        child.stdin.close()
        await programs.end_of(child)


async def use_gateway(programs: Programs, *command: str) -> None:
    child = await programs.start(*command, environment={"AICA_GATEWAY_TOKEN": "t"}, start_new_session=True)
    async with all_of(child):
        assert child.stdout is not None
        while b"http://" not in (line := await child.stdout.readline()):
            assert line, await programs.end_of(child)
        address = re.search(rb"http://[^\s/]+", line)
        assert address is not None
        headers = {"Authorization": "Bearer t"}
        async with httpx2.AsyncClient(
            base_url=address[0].decode(), headers=headers, trust_env=False, timeout=30
        ) as client:
            assert (await client.get("/v1/models")).status_code == 200
            question = {"model": "any", "messages": [{"role": "user", "content": "Hi"}]}
            answer = await client.post("/v1/chat/completions", json=question)
            assert 400 <= answer.status_code < 600, "nobody is there to answer"
        await asyncio.sleep(1)  # what it does by itself after its start
