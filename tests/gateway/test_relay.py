"""Relayed requests: bytes go through as they are, ends and failures too."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct

import httpx2
import psutil
import pytest

from app.services.llm import limits
from app.services.mock_server import Fault, MockServer
from tests.fakes.raw_http import Exchange, RawServer
from tests.gateway.conftest import Running, StartGateway, configure, events_of

pytestmark = pytest.mark.anyio

MODELS = json.dumps({"object": "list", "data": [{"id": "m"}, {"id": "text-embedding-x"}]}).encode()


def whole(body: bytes, status: bytes = b"200 OK", kind: bytes = b"application/json", more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n" % (status, kind, len(body), more)
    return head + body


async def lists_models(exchange: Exchange) -> None:
    await exchange.write(whole(MODELS))


def server_with(reply) -> RawServer:
    """A plain OpenAI-compatible server with one chat model; `reply` answers everything else."""
    return RawServer(reply, {"/v1/models": lists_models})


async def gateway_over(server: RawServer, start: StartGateway, **settings) -> Running:
    address = f"http://127.0.0.1:{server.port}/v1"
    configure(lm_studio={"is_enabled": False}, team={"type": "openai_compatible", "base_url": address, **settings})
    return await start()


async def test_an_answer_comes_through_whole(simulator: MockServer, start_gateway: StartGateway) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()

    answer = await running.ask("simulated/coder-7b")

    assert answer.status_code == 200
    assert answer.headers["x-simulated"] == "1"
    assert "Simulated answer" in answer.json()["choices"][0]["message"]["content"]
    logged = running.gateway.requests[-1]
    assert (logged.provider, logged.model, logged.token_name) == (
        "lm_studio",
        "simulated/coder-7b",
        "AICA_GATEWAY_TOKEN",
    )
    assert logged.output_tokens == answer.json()["usage"]["completion_tokens"]


async def test_a_stream_comes_through_byte_by_byte_as_the_server_wrote_it(start_gateway: StartGateway) -> None:
    events = [b'data: {"choices":[{"delta":{"content":"a"}}],  "odd" : 1}\n\n', b": comment\n\n", b"data: [DONE]\n\n"]

    async def reply(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for event in events:
            await exchange.write(event)

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=True, stream_options={"include_usage": False})

    assert answer.content == b"".join(events)
    assert answer.headers["content-type"] == "text/event-stream"


async def test_unknown_fields_reach_the_server_and_the_body_is_not_rewritten(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"choices":[]}'))

    raw = b'{"model": "m",   "messages": [], "odd_field": {"x": [1, 2.50]}, "top_k": 3}'
    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        await running.client.post("/v1/chat/completions", content=raw, headers={"Content-Type": "application/json"})

    assert server.requests[-1].body == raw


async def test_the_clients_token_never_reaches_the_server(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"choices":[]}'))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        await running.ask("m")

    assert "authorization" not in server.requests[-1].headers
    assert "test-token" not in str(server.requests[-1])


async def test_usage_is_asked_for_and_its_event_kept_from_a_client_that_did_not_ask(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()

    plain = events_of((await running.ask("simulated/coder-7b", stream=True)).text)
    asked = events_of(
        (await running.ask("simulated/coder-7b", stream=True, stream_options={"include_usage": True})).text
    )

    assert not [one for one in plain if one != "[DONE]" and one.get("usage")]
    assert plain[-1] == "[DONE]"
    (reported,) = [one["usage"] for one in asked if one != "[DONE]" and one.get("usage")]
    assert [one.output_tokens for one in running.gateway.requests] == [reported["completion_tokens"]] * 2


async def test_a_server_that_refuses_to_report_usage_is_asked_without(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        if "stream_options" in exchange.request.json:
            await exchange.write(whole(b'{"error":"unknown field stream_options"}', b"400 Bad Request"))
        else:
            await exchange.write(whole(b"data: [DONE]\n\n", kind=b"text/event-stream"))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=True)

    assert (answer.status_code, answer.text) == (200, "data: [DONE]\n\n")


@pytest.mark.parametrize("how", ["closes", "resets"])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses"])
async def test_D10_a_client_that_leaves_ends_the_generation_behind(
    path: str, how: str, start_gateway: StartGateway
) -> None:
    """Relayed, and translated: this server speaks neither Messages nor Responses."""
    event = b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'

    async def reply(exchange: Exchange) -> None:
        if exchange.request.path != "/v1/chat/completions":
            await exchange.write(whole(b'{"error":"Not found"}', b"404 Not Found"))
            return
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event * 3)
        with contextlib.suppress(ConnectionError):
            await exchange.until_client_leaves()
        exchange.server.disconnected.set()

    content = [{"role": "user", "content": "hi"}]
    body = json.dumps({"model": "m", "stream": True, "max_tokens": 5, "messages": content, "input": content}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer test-token\r\nContent-Length: {len(body)}\r\n\r\n"
    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(running.address.rpartition(":")[2]))
        writer.write(head.encode() + body)
        async with asyncio.timeout(10):
            await reader.readuntil(b"word ")
        if how == "resets":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        async with asyncio.timeout(2):
            await server.disconnected.wait()


async def test_D10_a_client_that_leaves_before_the_first_byte_ends_it_too(start_gateway: StartGateway) -> None:
    arrived = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        arrived.set()
        await exchange.until_client_leaves()
        exchange.server.disconnected.set()

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        asking = asyncio.create_task(running.ask("m"))
        await arrived.wait()
        asking.cancel()
        async with asyncio.timeout(2):
            await server.disconnected.wait()
        assert await running.client.get("/healthz")


async def test_a_slow_reader_slows_the_server_instead_of_filling_memory(start_gateway: StartGateway) -> None:
    sent = 0

    async def reply(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        piece = b"data: " + b"x" * 65_000 + b"\n\n"
        for _ in range(2_000):
            await exchange.write(piece)
            sent += len(piece)

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        body = {"model": "m", "stream": True, "messages": []}
        async with running.client.stream("POST", "/v1/chat/completions", json=body) as answer:
            stream = answer.aiter_raw()
            await anext(stream)
            before = -1
            while sent != before:
                before = sent
                await asyncio.sleep(0.3)
            assert sent < 40_000_000, "the gateway read on although nobody took what it had"
            await stream.aclose()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.CLOSE, 502, "interrupted"),
        (Fault.REFUSE_AUTH, 502, "auth"),
        (Fault.REDIRECT, 502, "protocol"),
    ],
)
async def test_a_failure_before_the_answer_is_told_in_openais_shape(
    fault: Fault, status: int, code: str, simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    simulator.script.update({"fault": fault.value, "fault_times": 99})

    answer = await running.ask("simulated/coder-7b")

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert set(answer.json()["error"]) == {"message", "type", "code", "param"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.RATE_LIMITED, 429), (Fault.SERVER_ERROR, 500), (Fault.OVERLOADED, 503), (Fault.BAD_REQUEST, 400)],
)
async def test_what_the_server_answers_goes_through_with_its_status(
    fault: Fault, status: int, simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    simulator.script.update({"fault": fault.value, "fault_times": 99})

    answer = await running.ask("simulated/coder-7b")

    assert answer.status_code == status
    assert answer.json()
    assert ("retry-after" in answer.headers) == (status in (429, 503))


async def test_D10_a_stream_that_breaks_off_says_so_and_has_no_proper_end(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    simulator.script.update({"fault": Fault.CUT.value, "cut_after_bytes": 900})

    answer = await running.ask("simulated/coder-7b", stream=True, stream_options={})

    assert "[DONE]" not in answer.text
    assert json.loads(answer.text.rpartition("data: ")[2])["error"]["code"] == "interrupted"
    assert running.gateway.requests[-1].error_kind == "interrupted"


async def test_a_silent_server_is_given_up_after_its_own_limit(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.until_client_leaves()

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway, first_token_timeout=0.3)
        answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")


async def test_a_server_that_stops_in_the_middle_is_given_up_after_the_silence_it_may_keep(
    start_gateway: StartGateway,
) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n")
        await exchange.until_client_leaves()

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway, timeout=0.3)
        answer = await running.ask("m", stream=True)

    assert '"timeout"' in answer.text


async def test_A16_a_kept_connection_that_the_server_closed_costs_no_request(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"choices":[]}', more=b"Connection: keep-alive\r\n"))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answers = [(await running.ask("m")).status_code for _ in range(5)]

    assert answers == [200] * 5


async def test_embeddings_and_older_completions_are_relayed(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(json.dumps({"path": exchange.request.path}).encode()))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        embedded = await running.post("/v1/embeddings", {"model": "text-embedding-x", "input": "a"})
        completed = await running.post("/v1/completions", {"model": "m", "prompt": "a"})

    assert (embedded.json()["path"], completed.json()["path"]) == ("/v1/embeddings", "/v1/completions")


async def test_D11_of_a_thousand_requests_at_once_each_gets_its_whole_answer_or_a_plain_no_and_it_is_alive_after(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One process plays clients, gateway and server here: connecting takes as long as all of them need.
    monkeypatch.setattr(limits, "CONNECT_TIMEOUT_S", 60.0)
    text = json.dumps({"choices": [{"message": {"content": "x" * 2_000}}]}).encode()

    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(text))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        running.gateway._most_at_once = 300
        open_ones = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(
            base_url=running.address,
            headers=dict(running.client.headers),
            timeout=60,
            limits=open_ones,
            trust_env=False,
        ) as client:
            body = {"model": "m", "messages": []}
            before_mb = psutil.Process().memory_info().rss / 1024**2
            answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for _ in range(1_000)))
            grown_mb = psutil.Process().memory_info().rss / 1024**2 - before_mb
            afterwards = await running.ask("m")

    assert {answer.status_code for answer in answers} <= {200, 429, 503}
    assert all(answer.content == text for answer in answers if answer.status_code == 200)
    assert sum(answer.status_code == 200 for answer in answers) >= 300
    assert (afterwards.status_code, running.gateway._running) == (200, 0)
    assert grown_mb < 400, "with a thousand clients and their server in it"


async def test_the_shared_row_sets_what_a_request_leaves_open_and_nothing_else(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"choices":[]}'))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        await running.client.patch("/api/v1/llm-settings", json={"temperature": 0.25, "max_tokens": 77})
        await running.ask("m")
        await running.ask("m", temperature=1.5, max_completion_tokens=5)
        await running.post("/v1/embeddings", {"model": "text-embedding-x", "input": "a"})

    open_one, set_one, embedded = [seen.json for seen in server.requests if seen.method == "POST"]
    assert (open_one["temperature"], open_one["max_tokens"]) == (0.25, 77)
    assert (set_one["temperature"], set_one["max_completion_tokens"], "max_tokens" in set_one) == (1.5, 5, False)
    assert not {"temperature", "max_tokens"} & set(embedded)


async def test_D10_an_end_that_the_server_did_not_announce_is_no_end(start_gateway: StartGateway) -> None:
    """A cut that looks like a proper end of the bytes: the connection closes, or the last chunk comes early."""

    async def reply(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        await exchange.write(b'data: {"choices":[{"delta":{"content":"half"},"finish_reason":null}]}\n\ndata: {"choi')

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=True, stream_options={"include_usage": True})

    assert json.loads(answer.text.splitlines()[-2].removeprefix("data: "))["error"]["code"] == "interrupted"
    assert running.gateway.requests[-1].error_kind == "interrupted"


async def test_a_server_that_hangs_up_on_a_new_connection_is_not_asked_beyond_the_tries_that_are_set(
    start_gateway: StartGateway,
) -> None:
    asked = 0

    async def reply(exchange: Exchange) -> None:
        nonlocal asked
        asked += 1  # the connection closes without an answer

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway, max_retries=0)
        answer = await running.ask("m")

    assert (answer.status_code, asked) == (502, 1)


async def test_a_slow_client_is_not_told_that_the_server_was_silent(start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for _ in range(200):
            await exchange.write(b"data: " + b"x" * 60_000 + b"\n\n")
        await exchange.write(b"data: [DONE]\n\n")

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway, timeout=0.3)
        body = {"model": "m", "stream": True, "messages": []}
        async with running.client.stream("POST", "/v1/chat/completions", json=body) as answer:
            stream = answer.aiter_raw()
            pieces = [await anext(stream)]
            await asyncio.sleep(1)
            pieces += [piece async for piece in stream]

    assert b"".join(pieces).endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[1,2]", b'{"error":"Model exploded"}'])
async def test_a_200_that_is_no_answer_is_a_failure(body: bytes, start_gateway: StartGateway) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(body))

    async with server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert answer.status_code == 502
    assert b"exploded" not in answer.content
