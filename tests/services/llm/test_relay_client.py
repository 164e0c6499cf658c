"""The client behind the gateway's relayed routes: where it connects, and how often."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import pytest

from app.services.llm import limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.relay_client import RelayClient
from app.services.llm.relay_target import RelayTarget
from tests.fakes.raw_http import dropping_port

pytestmark = pytest.mark.anyio


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="no uvloop"))]
)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Python's own loop, as in the window, and the gateway's."""
    return "asyncio", {"use_uvloop": request.param}


async def failure(door: HttpDoor, url: str) -> LLMError:
    client = RelayClient(door)
    try:
        with pytest.raises(LLMError) as caught:
            async with client.opened(RelayTarget(url, {}), b"{}", first_byte_s=5, silence_s=5):
                pass
    finally:
        await client.aclose()
        await door.aclose()
    return caught.value


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:169.254.169.254]"),
        *("[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]"),
    ],
)
async def test_D6_a_forbidden_address_is_refused_before_anything_is_sent(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def must_not_be_called(*_arguments: object) -> None:
        raise AssertionError("a request was about to be sent")

    monkeypatch.setattr(RelayClient, "_send", must_not_be_called)

    error = await failure(HttpDoor(), f"http://{host}/v1/chat/completions")

    assert error.kind is ErrorKind.CONFIG


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue of connections drops packets on Linux only")
async def test_a_host_that_does_not_take_the_connection_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECT_TIMEOUT_S", 0.3)
    lookups = 0

    async def counted(_host: str, _port: int) -> list[str]:
        nonlocal lookups
        lookups += 1
        return ["127.0.0.1"]

    async with dropping_port() as port:
        error = await failure(HttpDoor(resolver=counted), f"http://gpu-box:{port}/v1/chat/completions")

    assert error.kind is ErrorKind.UNREACHABLE and "No answer within 0.3 s" in error.hint
    assert lookups == 1


async def test_an_answer_that_begins_in_the_moment_its_time_runs_out_is_late_and_cancels_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock has asked for the task's end already when the head is there."""
    closed = []

    async def answered_too_late(*_arguments: object) -> object:
        await asyncio.sleep(0)
        exchange._watch.expire("first token")
        return SimpleNamespace(close=lambda: closed.append(True))

    monkeypatch.setattr(RelayClient, "post", answered_too_late)
    door = HttpDoor()
    exchange = RelayClient(door).opened(RelayTarget("http://127.0.0.1:1/x", {}), b"", first_byte_s=5, silence_s=5)

    with pytest.raises(LLMError) as caught:
        await exchange.__aenter__()

    await asyncio.sleep(0)
    assert caught.value.kind is ErrorKind.TIMEOUT and closed
    await door.aclose()
