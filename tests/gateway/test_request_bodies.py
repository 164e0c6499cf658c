"""Bodies of requests: how much of them all one process holds at a time."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from app.gateway.request_body import BodyRoom
from tests.fakes.raw_http import Exchange
from tests.gateway.conftest import Running, StartGateway, configure
from tests.gateway.test_promises import AUTH, JSON, connection, statuses
from tests.gateway.test_relay import gateway_over, server_with, whole

pytestmark = pytest.mark.anyio

ROOM_BYTES = 100_000


def of_size(size: int) -> dict[str, str]:
    """A body of a little more than so many bytes."""
    return {"model": "m", "padding": "x" * size}


def with_room(running: Running) -> BodyRoom:
    """The gateway with little room for bodies."""
    running.gateway.bodies = BodyRoom(ROOM_BYTES)
    return running.gateway.bodies


def assert_told_to_come_again(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "1"


async def test_D11_what_all_bodies_hold_together_is_bounded_and_small_ones_still_pass(
    start_gateway: StartGateway,
) -> None:
    go_on = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        if len(exchange.request.body) > 10_000:
            await go_on.wait()
        await exchange.write(whole(b'{"choices":[]}'))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        room = with_room(running)
        held = [asyncio.create_task(running.post("/v1/chat/completions", of_size(45_000))) for _ in range(2)]
        async with asyncio.timeout(5):
            while len(server.requests) < 3:  # the list of models, and these two
                await asyncio.sleep(0.01)
        beyond = await running.post("/v1/chat/completions", of_size(45_000))
        small = await running.post("/v1/chat/completions", of_size(100))
        go_on.set()
        answered = [(await one).status_code for one in held]
        afterwards = await running.post("/v1/chat/completions", of_size(45_000))

    assert_told_to_come_again(beyond)
    assert small.status_code == 200
    assert answered == [200, 200]
    assert afterwards.status_code == 200
    assert room.free_bytes == ROOM_BYTES


async def test_a_body_of_unknown_length_takes_what_has_come_of_it(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    room = with_room(running)

    async def pieces():
        for _ in range(20):
            yield b" " * 10_000
            await asyncio.sleep(0)

    kind = {"Content-Type": "application/json"}
    answer = await running.client.post("/v1/chat/completions", content=pieces(), headers=kind)

    assert_told_to_come_again(answer)
    assert room.free_bytes == ROOM_BYTES


async def test_a_client_that_leaves_in_the_middle_of_its_body_gives_the_room_back(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    room = with_room(running)
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n" + AUTH + JSON
    _reader, writer = await connection(running)
    writer.write(head + b"Content-Length: 50000\r\n\r\n" + b" " * 20_000)
    async with asyncio.timeout(5):
        while room.free_bytes > ROOM_BYTES - 20_000:
            await asyncio.sleep(0.01)
        writer.close()
        while room.free_bytes < ROOM_BYTES:
            await asyncio.sleep(0.01)


async def test_a_length_that_is_only_claimed_takes_no_room(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    with_room(running)
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n" + AUTH + JSON
    reader, writer = await connection(running)
    writer.write(head + b"Content-Length: 90000\r\n\r\n{")
    await asyncio.sleep(0.1)
    other_reader, other = await connection(running)
    other.write(head + b"Content-Length: 90000\r\n\r\n" + b" " * 90_000)

    answer = await other_reader.readuntil(b"}")
    other.close()
    writer.close()
    await reader.read()

    assert statuses(answer) == [400]


async def test_bodies_of_typed_routes_count_too(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    with_room(running)  # less than one of them may hold

    answer = await running.client.patch("/api/v1/llm-settings", json={"temperature": 0.5})
    read = await running.client.get("/api/v1/llm-settings")

    assert (answer.status_code, answer.json()["error"]["kind"]) == (503, "overloaded")
    assert read.status_code == 200
