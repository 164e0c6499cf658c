"""The gateway as a child: a real `aica serve` over the simulator, asked over real HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from app.paths import Paths, user_paths
from app.services.container import open_services
from app.services.gateway_control import GatewayControl
from app.services.gateway_log import WINDOW_TOKEN_VARIABLE
from app.services.gateway_process import FROZEN_ARGUMENT, GatewayOrder, GatewayProcess, GatewayState, GatewayStatus
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.mock_server import MockServer
from app.services.process import process_exists

pytestmark = pytest.mark.anyio

QUESTION = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "hi"}]}


class Watched(GatewayProcess):
    """One that remembers what it told, and can be waited for."""

    def __init__(self, home: Path, **more: object) -> None:
        super().__init__(HttpDoor(), home=str(home), **more)  # type: ignore[arg-type]  # passed through
        self.told: list[GatewayState] = []
        self.changed.subscribe(self.told.append)

    async def until(self, status: GatewayStatus) -> GatewayState:
        async with asyncio.timeout(30):
            while self.state.status != status:
                assert status == "failed" or self.state.status != "failed", self.state
                await asyncio.sleep(0.01)
        return self.state


@asynccontextmanager
async def a_gateway(home: Path, **more: object) -> AsyncIterator[Watched]:
    gateway = Watched(home, **more)
    try:
        yield gateway
    finally:
        await gateway.aclose()


@pytest.fixture
def home(paths: Paths, simulator: MockServer) -> Path:
    """A state folder whose one provider is the simulator."""
    others = {"ollama": {"is_enabled": False}, "embedded": {"is_enabled": False}}
    providers = {"lm_studio": {"base_url": simulator.base_url}, **others}
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(json.dumps({"provider_configurations": providers}), encoding="utf-8")
    return paths.config.parent


async def test_it_listens_answers_tells_its_requests_and_ends(home: Path) -> None:
    async with a_gateway(home) as gateway:
        gateway.start(GatewayOrder(0))
        state = await gateway.until("listening")
        process_id = gateway.process_id
        assert process_id is not None
        async with httpx2.AsyncClient(base_url=state.address, trust_env=False) as client:
            refused = await client.post("/v1/chat/completions", json=QUESTION)
        first, second = await gateway.requests(), await gateway.requests()
        await gateway.stop()

        assert refused.status_code == 401
        assert [(one.path, one.status) for one in first] == [("/v1/chat/completions", 401)]
        assert second == first, "looking at the log is not in it"
        assert not process_exists(process_id)
        assert [state.status for state in gateway.told] == ["starting", "listening", "stopping", "stopped"]
        assert await gateway.requests() == []


async def test_its_own_token_is_in_no_argument_no_file_and_new_every_time(home: Path) -> None:
    keys = []
    async with a_gateway(home) as gateway:
        for _ in range(2):
            gateway.start(GatewayOrder(0))
            await gateway.until("listening")
            assert gateway._key is not None
            keys.append(gateway._key.get_secret_value())
            arguments = Path(f"/proc/{gateway.process_id}/cmdline")
            assert not arguments.exists() or keys[-1].encode() not in arguments.read_bytes()
            await gateway.requests()
            await gateway.stop()

    assert keys[0] != keys[1]
    assert keys[0] not in repr(gateway.told)
    for file in home.rglob("*"):
        assert not file.is_file() or not any(key.encode() in file.read_bytes() for key in keys), file


async def test_a_token_of_the_users_environment_opens_it_beside_its_own(home: Path) -> None:
    environment = {**os.environ, "AICA_GATEWAY_TOKEN": "of-the-user"}
    async with a_gateway(home, environment=environment) as gateway:
        gateway.start(GatewayOrder(0))
        state = await gateway.until("listening")
        assert gateway._key is not None
        statuses = []
        async with httpx2.AsyncClient(base_url=state.address, trust_env=False) as client:
            for token in ("of-the-user", gateway._key.get_secret_value(), "of-nobody"):
                headers = {"Authorization": f"Bearer {token}"}
                statuses.append((await client.get("/v1/models", headers=headers)).status_code)
        told = await gateway.requests()

    assert statuses == [200, 200, 401]
    assert [one.token for one in told] == ["", WINDOW_TOKEN_VARIABLE, "AICA_GATEWAY_TOKEN"]


async def test_a_taken_port_is_told_with_one_that_is_free(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with a_gateway(home) as gateway:
            gateway.start(GatewayOrder(port))
            failed = await gateway.until("failed")
            assert f"127.0.0.1:{port} cannot be listened on" in failed.message
            assert failed.free_port not in (None, port)
            gateway.start(GatewayOrder(failed.free_port or 0))
            assert (await gateway.until("listening")).port == failed.free_port


async def test_one_that_is_ended_from_outside_is_told_and_not_started_again(home: Path) -> None:
    async with a_gateway(home) as gateway:
        gateway.start(GatewayOrder(0))
        await gateway.until("listening")
        assert gateway.process_id is not None
        os.kill(gateway.process_id, signal.SIGKILL)
        failed = await gateway.until("failed")

        assert failed.message == "The gateway was ended by signal 9."
        assert failed.free_port is None
        assert gateway.process_id is None
        await gateway.stop()
        assert gateway.state == GatewayState()


async def test_stop_while_it_starts_leaves_nothing(home: Path) -> None:
    async with a_gateway(home) as gateway:
        gateway.start(GatewayOrder(0))
        await asyncio.sleep(0.1)
        await gateway.stop()

        assert gateway.process_id is None
        assert "listening" not in [state.status for state in gateway.told]
        assert gateway.state.status == "stopped"


async def test_one_that_does_not_end_is_killed_after_the_grace(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.gateway_process.STOP_GRACE_S", 0.2)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('listening on http://127.0.0.1:1', flush=True); time.sleep(600)"
    )
    async with a_gateway(home, command=("-I", "-c", deaf)) as gateway:
        gateway.start(GatewayOrder(0))
        await gateway.until("listening")
        process_id = gateway.process_id
        await gateway.stop()

        assert process_id is not None
        assert not process_exists(process_id)
        assert gateway.state.status == "stopped"


async def test_an_answer_that_runs_gets_a_moment_when_it_stops(home: Path, simulator: MockServer) -> None:
    simulator.script.update({"tokens_per_second": 40, "ttft": 0})
    async with a_gateway(home) as gateway:
        gateway.start(GatewayOrder(0))
        state = await gateway.until("listening")
        assert gateway._key is not None
        headers = {"Authorization": f"Bearer {gateway._key.get_secret_value()}"}
        body = {**QUESTION, "stream": True, "max_tokens": 40}
        async with (
            httpx2.AsyncClient(base_url=state.address, headers=headers, trust_env=False, timeout=20) as client,
            client.stream("POST", "/v1/chat/completions", json=body) as answer,
        ):
            lines = answer.aiter_lines()
            await anext(lines)
            stopping = asyncio.ensure_future(gateway.stop())
            rest = [line async for line in lines]
            await stopping

    assert "data: [DONE]" in rest


async def test_an_answer_that_does_not_come_in_that_moment_is_refused_and_not_cut(
    home: Path, simulator: MockServer
) -> None:
    simulator.script.update({"ttft": 60})
    async with a_gateway(home) as gateway:
        gateway.start(GatewayOrder(0))
        state = await gateway.until("listening")
        assert gateway._key is not None
        headers = {"Authorization": f"Bearer {gateway._key.get_secret_value()}"}
        async with httpx2.AsyncClient(base_url=state.address, headers=headers, trust_env=False, timeout=20) as client:
            asking = asyncio.ensure_future(client.post("/v1/chat/completions", json=QUESTION))
            async with asyncio.timeout(10):
                while not any(one.method == "POST" for one in simulator.stats.recorded):
                    await asyncio.sleep(0.01)
            await gateway.stop()
            answer = await asking

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize("program", ["app.cli.main", "app.desktop.main"])
async def test_a_frozen_program_runs_the_command_by_itself(program: str) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", program, FROZEN_ARGUMENT, "serve", "--help"), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()

    assert child.returncode == 0
    assert b"--end-with-stdin" in out


# -- with the settings and the tokens


@asynccontextmanager
async def a_control(home: Path, **gateway: object) -> AsyncIterator[GatewayControl]:
    paths = user_paths(home)
    values = json.loads(paths.config_file.read_text(encoding="utf-8"))
    paths.config_file.write_text(json.dumps({**values, "gateway": {"port": 0, **gateway}}), encoding="utf-8")
    async with await open_services(paths) as services:
        control = GatewayControl(services, home=str(home))
        try:
            yield control
        finally:
            await control.aclose()


async def test_other_computers_are_let_in_only_behind_a_token(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_control(home, allow_lan=True, rate_limit=7) as control:
        with pytest.raises(LLMError, match="no token protects it"):
            await control.start()
        assert not user_paths(home).gateway_file.exists(), "a look at the tokens makes no database"

        with monkeypatch.context() as given:
            given.setenv("AICA_GATEWAY_TOKEN", "of-the-user")
            await control.start()
            await control.process.stop()

        await control.create_token("laptop")
        assert [one.name for one in await control.tokens()] == ["laptop"]
        assert control.wanted() == GatewayOrder(0, allow_lan=True, rate_limit=7)
        assert await control.revoke_token("laptop")
        assert not await control.revoke_token("laptop")
        with pytest.raises(LLMError):
            await control.start()
        assert control.process.state.status == "stopped"
