"""What the gateway asks a server again, and what it passes on as it is (contract: Timeouts)."""

from __future__ import annotations

import asyncio
import time

import pytest
from pydantic import SecretStr

from app.services.llm import limits
from tests.fakes.raw_http import Exchange, RawServer
from tests.gateway.conftest import StartGateway, configure
from tests.gateway.test_hosts import ANSWER, answers, asked, host, over
from tests.gateway.test_relay import gateway_over, server_with, whole

pytestmark = pytest.mark.anyio

STREAM = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {"choices":[]}\n\ndata: [DONE]\n\n'
NO = b'{"error":{"message":"No."}}'


def failing(times: int, failure: bytes, answer: bytes = ANSWER) -> RawServer:
    """Fails so often, each time with these bytes; none: the connection is reset."""
    left = times

    async def reply(exchange: Exchange) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            await exchange.write(answer)
        elif failure:
            await exchange.write(failure)
        else:
            exchange.reset()

    return server_with(reply)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_passing_failure_is_asked_again_and_the_client_sees_the_answer(
    status: int, streamed: bool, start_gateway: StartGateway
) -> None:
    refusal = whole(NO, b"%d Later" % status)
    async with failing(2, refusal, STREAM if streamed else ANSWER) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=streamed)

    assert (answer.status_code, asked(server)) == (200, 3)
    assert answer.text == (STREAM.partition(b"\r\n\r\n")[2].decode() if streamed else '{"choices":[]}')
    assert len({one.body for one in server.requests if one.method == "POST"}) == 1, "the same request each time"


async def test_so_is_a_connection_that_was_reset_before_any_byte(start_gateway: StartGateway) -> None:
    async with failing(2, b"") as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, asked(server)) == (200, 3)


async def test_so_is_a_server_that_comes_up_meanwhile(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BACKOFF_FIRST_S", 1.0)
    async with failing(0, b"") as server:
        running = await gateway_over(server, start_gateway)
    asking = asyncio.create_task(running.ask("m"))
    await asyncio.sleep(0.2)
    assert not asking.done()
    server = failing(0, b"")
    server.port = int(running.gateway.services.manager.providers["team"].config.base_url.split(":")[2].split("/")[0])
    async with server:
        answer = await asking

    assert (answer.status_code, asked(server)) == (200, 1)


@pytest.mark.parametrize(("tries", "retries"), [(1, 0), (2, 1), (4, 3)])
async def test_a_lasting_failure_is_told_after_as_many_tries_as_are_set(
    tries: int, retries: int, start_gateway: StartGateway
) -> None:
    async with failing(99, whole(NO, b"503 Busy", more=b"Retry-After: 0\r\n")) as server:
        running = await gateway_over(server, start_gateway, max_retries=retries)
        answer = await running.ask("m")

    assert (answer.status_code, asked(server)) == (503, tries)
    assert (answer.json()["error"]["message"], answer.headers["retry-after"]) == ("No.", "0")
    assert len(running.gateway.requests) == 1, "to the client it was one request"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_what_another_try_does_not_help_is_told_at_once(status: int, start_gateway: StartGateway) -> None:
    async with failing(99, whole(NO, b"%d No" % status)) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert answer.status_code >= 400
    assert asked(server) == 1


async def test_A12_a_long_wait_is_told_and_not_slept(start_gateway: StartGateway) -> None:
    async with failing(99, whole(NO, b"429 Slow Down", more=b"Retry-After: 120\r\n")) as server:
        running = await gateway_over(server, start_gateway)
        begun = time.monotonic()
        answer = await running.ask("m")

    assert (answer.status_code, answer.headers["retry-after"], asked(server)) == (429, "120", 1)
    assert time.monotonic() - begun < 10


async def test_no_money_left_does_not_come_back_in_a_second(start_gateway: StartGateway) -> None:
    spent = b'{"error":{"message":"Pay.","code":"insufficient_quota"}}'
    async with failing(99, whole(spent, b"429 Slow Down")) as server:
        running = await gateway_over(server, start_gateway)
        assert (await running.ask("m")).status_code == 429

    assert asked(server) == 1


async def test_a_timeout_is_never_asked_again(start_gateway: StartGateway) -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.until_client_leaves()

    async with server_with(silent) as server:
        running = await gateway_over(server, start_gateway, first_token_timeout=0.2)
        assert (await running.ask("m")).status_code == 504

    assert asked(server) == 1


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_answer_that_began_is_never_asked_again(streamed: bool, start_gateway: StartGateway) -> None:
    async def cut(exchange: Exchange) -> None:
        kind = b"text/event-stream" if streamed else b"application/json"
        body = b'data: {"choices":[]}\n\n' if streamed else b'{"choices"'
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: 999\r\n\r\n%s" % (kind, body))
        await asyncio.sleep(0.1)
        exchange.reset()

    async with server_with(cut) as server:
        running = await gateway_over(server, start_gateway)
        await running.ask("m", stream=streamed)

    assert asked(server) == 1


async def test_nothing_is_asked_again_for_a_client_that_left(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BACKOFF_FIRST_S", 0.5)
    async with failing(99, whole(NO, b"503 Busy")) as server:
        running = await gateway_over(server, start_gateway)
        asking = asyncio.create_task(running.ask("m"))
        async with asyncio.timeout(5):
            while not asked(server):
                await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait([asking])
        await asyncio.sleep(1.0)
        assert asked(server) == 1


async def test_of_several_hosts_each_is_asked_before_any_is_asked_again(start_gateway: StartGateway) -> None:
    order: list[str] = []

    def busy_once(name: str) -> RawServer:
        async def reply(exchange: Exchange) -> None:
            order.append(name)
            await exchange.write(whole(NO, b"503 Busy") if order.count(name) == 1 else ANSWER)

        return host(reply, "m")

    async with busy_once("one") as one, busy_once("two") as two:
        running = await over(start_gateway, one.url, two.url)
        answer = await running.ask("m")

    assert answer.status_code == 200
    assert order == ["one", "two", "one"]


QUOTA = b'{"error":{"message":"Pay.","code":"insufficient_quota"}}'


@pytest.mark.parametrize(
    "final",
    [
        whole(NO, b"401 No"),
        whole(QUOTA, b"429 No"),
        whole(NO, b"404 No"),
        whole(NO, b"429 No", more=b"Retry-After: 120\r\n"),
    ],
    ids=["key", "quota", "no model", "long wait"],
)
@pytest.mark.parametrize("first", [True, False])
async def test_of_several_hosts_only_those_that_may_answer_later_are_asked_again(
    final: bytes, first: bool, start_gateway: StartGateway
) -> None:
    async def never(exchange: Exchange) -> None:
        await exchange.write(final)

    busy = 0

    async def later(exchange: Exchange) -> None:
        nonlocal busy
        busy += 1
        await exchange.write(whole(NO, b"503 Busy") if busy < 3 else ANSWER)

    async with host(never, "m") as one, host(later, "m") as two:
        addresses = [one.url, two.url] if first else [two.url, one.url]
        running = await over(start_gateway, *addresses)
        answer = await running.ask("m")

    assert (answer.status_code, asked(one), asked(two)) == (200, 1, 3)


async def test_each_host_is_left_alone_for_as_long_as_it_asked(start_gateway: StartGateway) -> None:
    times: list[float] = []

    async def patient(exchange: Exchange) -> None:
        times.append(time.monotonic())
        await exchange.write(ANSWER if len(times) > 1 else whole(NO, b"429 No", more=b"Retry-After: 1\r\n"))

    async def broken(exchange: Exchange) -> None:
        await exchange.write(whole(NO, b"503 Busy"))

    async with host(patient, "m") as one, host(broken, "m") as two:
        running = await over(start_gateway, one.url, two.url)
        answer = await running.ask("m")

    assert (answer.status_code, asked(two)) == (200, 3)
    assert 1.0 <= times[1] - times[0] < 8


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
async def test_another_host_is_asked_also_where_nothing_is_asked_again(
    status: int, start_gateway: StartGateway
) -> None:
    async def refuses(exchange: Exchange) -> None:
        await exchange.write(whole(NO, b"%d No" % status))

    async with host(refuses, "m") as one, host(answers, "m") as two:
        urls = [f"{one.url}/v1", f"{two.url}/v1"]
        team = {"type": "openai_compatible", "base_url": urls[0], "base_urls": urls, "max_retries": 0}
        configure(lm_studio={"is_enabled": False}, team=team)
        running = await start_gateway()
        answer = await running.ask("m")

    assert (answer.status_code, asked(one), asked(two)) == (200, 1, 1)


async def test_a_short_wait_that_a_server_asks_for_is_kept(start_gateway: StartGateway) -> None:
    times: list[float] = []

    async def reply(exchange: Exchange) -> None:
        times.append(time.monotonic())
        await exchange.write(ANSWER if len(times) > 1 else whole(NO, b"503 Busy", more=b"Retry-After: 2\r\n"))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert answer.status_code == 200
    assert 2.0 <= times[1] - times[0] < 10


async def test_what_comes_late_of_a_refusal_decides_too(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        head = b"HTTP/1.1 429 No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(QUOTA)
        await exchange.write(head + QUOTA[:20])
        await asyncio.sleep(0.1)
        await exchange.write(QUOTA[20:])

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"], asked(server)) == (429, "insufficient_quota", 1)


@pytest.mark.parametrize(("status", "told"), [(400, 400), (404, 404), (401, 502), (200, 502)])
async def test_a_status_that_was_said_holds_where_the_rest_breaks_off(
    status: int, told: int, start_gateway: StartGateway
) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n" % status)
        await asyncio.sleep(0.1)
        exchange.reset()

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, asked(server)) == (told, 1)
    assert answer.json()["error"]["message"]


async def test_what_the_core_asks_is_not_asked_again_on_top(start_gateway: StartGateway) -> None:
    async with failing(99, whole(b'{"type":"error","error":{"type":"api_error"}}', b"500 Broken")) as server:
        configure(
            lm_studio={"is_enabled": False},
            anthropic={"base_url": f"http://127.0.0.1:{server.port}/v1", "is_enabled": True, "max_retries": 1},
        )
        running = await start_gateway()
        running.gateway.services.manager.use_key("anthropic", SecretStr("sk-ant-test"))
        assert (await running.ask("claude:claude-x")).status_code == 502

    assert asked(server) == 2
