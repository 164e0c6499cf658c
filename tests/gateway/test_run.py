"""`aica serve` as a process: what it prints, what it refuses, how it ends, and several workers and gateways as one."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import Any

import httpx2
import pytest

from app.cli import serve
from app.services.mock_server import MockServer
from tests.end_to_end.conftest import Ended
from tests.gateway.conftest import configure
from tests.gateway.serve_process import ended, serving, start

pytestmark = pytest.mark.anyio


def client(address: str, token: str = "t") -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(base_url=address, headers=headers, timeout=30, trust_env=False)


QUESTION = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": "hi"}]}


async def test_it_says_where_it_listens_answers_and_ends_cleanly(simulator: MockServer) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    async with serving(AICA_GATEWAY_TOKEN="t") as (process, address):
        async with client(address) as asking:
            answer = await asking.post("/v1/chat/completions", json=QUESTION)
        process.send_signal(signal.SIGINT)
        end = await ended(process)

    assert answer.status_code == 200
    assert (end.status, end.out) == (0, "")
    assert end.err.splitlines() == [f"aica: Every route with an example: {address}/docs"]


async def test_an_answer_that_runs_is_finished_when_it_is_asked_to_end(simulator: MockServer) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    simulator.script.update({"tokens_per_second": 60})
    async with serving(AICA_GATEWAY_TOKEN="t") as (process, address), client(address) as asking:
        body = {**QUESTION, "stream": True, "max_tokens": 60}
        async with asking.stream("POST", "/v1/chat/completions", json=body) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            process.terminate()
            rest = [line async for line in lines]
        end = await ended(process)

    assert "data: [DONE]" in rest
    assert end.status == 0


async def test_two_workers_answer_on_one_address_and_count_together(simulator: MockServer) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    async with serving("--workers", "2", AICA_GATEWAY_TOKEN="t") as (_process, address):
        statuses = []
        for _ in range(6):
            async with client(address) as asking:
                statuses.append((await asking.post("/v1/chat/completions", json=QUESTION)).status_code)
        async with client(address) as asking:
            figures = (await asking.get("/metrics")).text

    assert statuses == [200] * 6
    assert 'aica_requests_total{route="/v1/chat/completions",status="200"} 6.0' in figures


async def test_D1_a_port_that_is_taken_stays_with_its_program_which_is_named(simulator: MockServer) -> None:
    configure()
    taken = simulator.base_url.rpartition(":")[2].partition("/")[0]
    end = await ended(await start("--port", taken, AICA_GATEWAY_TOKEN="t"))

    assert end.status == 3
    assert f":{taken} cannot be listened on" in end.err
    assert "LM Studio that holds it" in end.err
    assert "--port" in end.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "--allow-lan"),
        (("--host", "0.0.0.0", "--allow-lan"), "aica token create"),
        (("--cors-origin", "*"), "--dev"),
    ],
)
async def test_D1_what_would_open_the_door_to_strangers_is_refused(options: tuple[str, ...], said: str) -> None:
    configure()
    end = await ended(await start(*options))

    assert (end.status, end.out) == (3, "")
    assert said in end.err


@pytest.mark.parametrize(
    "origin",
    [
        *("", "garbage", "app.example", "app.example:80", "https://", "https://a.example/", "https://a.example/page"),
        *("https://*.example", "https://a b", "https://me@a.example", "https://a.example:99999", "https://a.example:x"),
    ],
)
def test_what_is_no_origin_is_wrong_usage(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    serve.configure(parser, parser)
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--cors-origin", origin])
    assert "is not an origin" in capsys.readouterr().err


async def test_a_gateway_for_what_is_no_origin_does_not_start() -> None:
    configure()
    end = await ended(await start("--cors-origin", "garbage", AICA_GATEWAY_TOKEN="t"))

    assert (end.status, end.out) == (2, "")
    assert "is not an origin" in end.err


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://App.Example", "https://app.example"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
        ("*", "*"),
    ],
)
def test_origins_are_taken_as_browsers_send_them(typed: str, origin: str) -> None:
    parser = argparse.ArgumentParser()
    serve.configure(parser, parser)
    assert parser.parse_args(["--cors-origin", typed]).cors_origin == [origin]


async def test_a_token_made_by_the_command_opens_it_and_a_revoked_one_does_not(simulator: MockServer) -> None:
    configure(lm_studio={"base_url": simulator.base_url})

    async def token(*arguments: str) -> Ended:
        command = (sys.executable, "-m", "app.cli.main", "token", *arguments)
        pipe = asyncio.subprocess.PIPE
        return await ended(await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe))

    async with serving() as (_process, address):
        async with client(address, "guess") as asking:
            refused = await asking.get("/v1/models")
        secret = (await token("create", "laptop")).out.strip()
        async with client(address, secret) as asking:
            allowed = await asking.get("/v1/models")
            await token("revoke", "laptop")
            async with asyncio.timeout(8):
                while (await asking.get("/v1/models")).status_code != 401:
                    await asyncio.sleep(0.2)

    assert refused.status_code == 401
    assert "aica token create" in refused.json()["error"]["message"] or "token create" in refused.text
    assert allowed.status_code == 200


async def test_two_gateways_share_settings_tokens_and_limits(
    simulator: MockServer, postgres_url: str, redis_server: Any
) -> None:
    """What runs behind a balancer: PostgreSQL for the row and the tokens, Redis for the rate limit."""
    configure(lm_studio={"base_url": simulator.base_url})
    shared = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url, "AICA_GATEWAY_TOKEN": "t"}
    async with (
        serving("--rate-limit", "8", **shared) as (_p1, one),
        serving("--rate-limit", "8", **shared) as (_p2, two),
    ):
        async with client(one) as left, client(two) as right:
            await left.patch("/api/v1/llm-settings", json={"lmstudio_model": "simulated/writer-13b"})
            async with asyncio.timeout(6):
                asked = 1
                while True:
                    asked += 1
                    seen = (await right.get("/api/v1/llm-settings")).json()
                    if seen.get("lmstudio_model") == "simulated/writer-13b" or asked == 4:
                        break
                    await asyncio.sleep(1.0)
            answers = [(await side.get("/v1/models")).status_code for side in (left, right) * 8]

    assert seen.get("lmstudio_model") == "simulated/writer-13b"
    # Counting for itself, each side would let 8 through; together it is 8, and one more where the minute turned.
    assert answers.count(200) + asked <= 9
    assert {answers[-1], answers[-2]} == {429}


async def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    configure()
    url = "postgresql://someone:hunter2@127.0.0.1:9/team"
    end = await ended(await start(AICA_GATEWAY_TOKEN="t", DATABASE_URL=url))

    assert end.status in (3, 4)
    assert "127.0.0.1" in end.err
    assert "hunter2" not in end.err + end.out
