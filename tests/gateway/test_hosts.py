"""Several hosts of one service: the least busy one answers, another one where it fails before its answer."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from tests.fakes.raw_http import Exchange, RawServer, Reply
from tests.gateway.conftest import Running, StartGateway, configure
from tests.gateway.test_relay import whole

pytestmark = pytest.mark.anyio

ANSWER = whole(b'{"choices":[]}')


def host(reply: Reply, *models: str) -> RawServer:
    body = json.dumps({"object": "list", "data": [{"id": model} for model in models]}).encode()

    async def lists(exchange: Exchange) -> None:
        await exchange.write(whole(body))

    return RawServer(reply, {"/v1/models": lists})


async def answers(exchange: Exchange) -> None:
    await exchange.write(ANSWER)


async def over(start: StartGateway, *addresses: str) -> Running:
    urls = [f"{address}/v1" for address in addresses]
    configure(
        lm_studio={"is_enabled": False}, team={"type": "openai_compatible", "base_url": urls[0], "base_urls": urls}
    )
    running = await start()
    await running.gateway.hosts.look()
    running.gateway.router.forget()
    return running


def asked(server: RawServer) -> int:
    return sum(one.method == "POST" for one in server.requests)


async def test_requests_go_to_the_host_with_the_least_to_do(start_gateway: StartGateway) -> None:
    open_gate = asyncio.Event()

    async def waits(exchange: Exchange) -> None:
        await open_gate.wait()
        await exchange.write(ANSWER)

    async with host(waits, "m") as one, host(waits, "m") as two:
        running = await over(start_gateway, one.url, two.url)
        asking = [asyncio.create_task(running.ask("m")) for _ in range(10)]
        async with asyncio.timeout(5):
            while asked(one) + asked(two) < 10:
                await asyncio.sleep(0.01)
        open_gate.set()
        statuses = {(await one_answer).status_code for one_answer in asking}

    assert statuses == {200}
    assert (asked(one), asked(two)) == (5, 5)


async def test_a_host_that_is_gone_costs_no_request(start_gateway: StartGateway) -> None:
    async with host(answers, "m") as stays:
        async with host(answers, "m") as goes:
            running = await over(start_gateway, goes.url, stays.url)
        statuses = [(await running.ask("m")).status_code for _ in range(4)]

    assert statuses == [200] * 4
    assert asked(stays) == 4


@pytest.mark.parametrize("status", [b"503 Busy", b"500 Broken", b"429 Slow Down", b"401 No"])
async def test_a_host_that_refuses_is_passed_over(status: bytes, start_gateway: StartGateway) -> None:
    async def refuses(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"error":"no"}', status))

    async with host(refuses, "m") as sick, host(answers, "m") as well:
        running = await over(start_gateway, sick.url, well.url)
        statuses = [(await running.ask("m")).status_code for _ in range(2)]

    assert statuses == [200, 200]


async def test_what_the_request_itself_is_refused_for_is_not_tried_elsewhere(start_gateway: StartGateway) -> None:
    async def refuses(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"error":"bad"}', b"400 Bad Request"))

    async with host(refuses, "m") as one, host(answers, "m") as two:
        running = await over(start_gateway, one.url, two.url)
        answer = await running.ask("m")

    assert (answer.status_code, asked(two)) == (400, 0)


async def test_an_answer_that_broke_off_is_not_begun_anew_elsewhere(start_gateway: StartGateway) -> None:
    async def breaks(exchange: Exchange) -> None:
        await exchange.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await exchange.write(b"a\r\ndata: {}\n\n\r\n")
        exchange.reset()

    async with host(breaks, "m") as one, host(answers, "m") as two:
        running = await over(start_gateway, one.url, two.url)
        answer = await running.ask("m", stream=True)

    assert "data: {}" in answer.text
    assert '"interrupted"' in answer.text
    assert asked(two) == 0


async def test_the_list_is_that_of_all_hosts_and_a_request_goes_where_its_model_is(start_gateway: StartGateway) -> None:
    async with host(answers, "both", "left") as one, host(answers, "both", "right") as two:
        running = await over(start_gateway, one.url, two.url)
        ids = [model["id"] for model in (await running.client.get("/v1/models")).json()["data"]]
        statuses = [(await running.ask("right")).status_code for _ in range(3)]

    assert sorted(ids) == ["both", "left", "right"]
    assert statuses == [200] * 3
    assert (asked(one), asked(two)) == (0, 3)


async def test_models_stay_available_while_one_host_has_them(start_gateway: StartGateway) -> None:
    async with host(answers, "m") as stays:
        async with host(answers, "m") as goes:
            running = await over(start_gateway, goes.url, stays.url)
        await running.gateway.services.catalogue.refresh()
        await running.gateway.hosts.look()
        (model,) = (await running.client.get("/api/models/public")).json()["models"]

    assert model["isAvailable"] is True


async def test_when_every_host_is_gone_the_last_failure_is_told(start_gateway: StartGateway) -> None:
    async with host(answers, "m") as one, host(answers, "m") as two:
        running = await over(start_gateway, one.url, two.url)
    answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "not_running")


async def test_a_host_that_compresses_unasked_is_passed_over(start_gateway: StartGateway) -> None:
    async def compresses(exchange: Exchange) -> None:
        await exchange.write(whole(gzip.compress(b'{"choices":[]}'), more=b"Content-Encoding: gzip\r\n"))

    async with host(compresses, "m") as sick, host(answers, "m") as well:
        running = await over(start_gateway, sick.url, well.url)
        statuses = [(await running.ask("m")).status_code for _ in range(2)]

    assert statuses == [200, 200]


async def test_a_whole_answer_that_broke_off_after_its_first_bytes_is_not_asked_for_elsewhere(
    start_gateway: StartGateway,
) -> None:
    """The first host may have computed all of it; a second one would be paid, too."""

    async def breaks(exchange: Exchange) -> None:
        await exchange.write(ANSWER[:-5])
        exchange.reset()

    async with host(breaks, "m") as one, host(answers, "m") as two:
        running = await over(start_gateway, one.url, two.url)
        answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "interrupted")
    assert (asked(one), asked(two)) == (1, 0)


def lists_asked(server: RawServer) -> int:
    return sum(one.method == "GET" for one in server.requests)


async def test_each_host_is_asked_for_its_models_once_per_look(start_gateway: StartGateway) -> None:
    async with host(answers, "both", "left") as one, host(answers, "both", "right") as two:
        running = await over(start_gateway, one.url, two.url)
        asked_before = -1
        async with asyncio.timeout(5):  # until the looks of the start are over
            while asked_before != (asked_before := lists_asked(one) + lists_asked(two)):
                await asyncio.sleep(0.3)
        first, second = lists_asked(one), lists_asked(two)
        polled = asyncio.Event()
        watching = running.gateway.services.catalogue.polled.subscribe(lambda _nothing: polled.set())
        running.gateway.services.catalogue.look_now()
        async with asyncio.timeout(5):
            await polled.wait()
            while lists_asked(two) == second:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        watching.close()
        asked_now = (lists_asked(one) - first, lists_asked(two) - second)
        statuses = [(await running.ask(model)).status_code for model in ("left", "right", "both")]

    assert asked_now == (1, 1)
    assert statuses == [200] * 3
    assert (asked(one) >= 1, asked(two) >= 1) == (True, True)
