"""What servers behind do wrong, or refuse, as the clients of each relayed route see it."""

from __future__ import annotations

import gzip

import httpx2
import pytest

from tests.fakes.raw_http import Exchange, RawServer
from tests.gateway.conftest import StartGateway
from tests.gateway.test_relay import gateway_over, server_with, whole
from tests.gateway.test_translation import over_claude

pytestmark = pytest.mark.anyio


def always(answer: bytes) -> RawServer:
    """A server that answers every question with these bytes."""

    async def reply(exchange: Exchange) -> None:
        await exchange.write(answer)

    return server_with(reply)


async def asked_for_a_message(server: RawServer, start: StartGateway) -> httpx2.Response:
    running = await over_claude(server, start)
    return await running.post("/v1/messages", {"model": "claude:claude-x", "max_tokens": 5, "messages": []})


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (b"400 Bad Request", b'{"error":{"message":"Too long.","code":"x"}}', "invalid_request_error", "Too long."),
        (b"404 Not There", b'{"error":{"message":"Who?"},"object":"error"}', "not_found_error", "Who?"),
        (b"429 Slow Down", b'{"error":"Slower."}', "rate_limit_error", "Slower."),
        (b"500 Broken", b'{"object":"error","message":"Broken."}', "api_error", "Broken."),
        (b"503 Busy", b'{"error":{"message":"Busy.","type":"server_error"}}', "overloaded_error", "Busy."),
    ],
)
async def test_a_servers_error_on_messages_has_anthropics_shape(
    status: bytes, body: bytes, kind: str, message: str, start_gateway: StartGateway
) -> None:
    async with always(whole(body, status)) as server:
        answer = await asked_for_a_message(server, start_gateway)

    assert answer.status_code == int(status[:3])
    told = answer.json()
    assert (told["type"], told["error"]["type"], told["error"]["message"]) == ("error", kind, message)
    assert told["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (b"400 Bad Request", b'{"type": "error",  "error": {"type": "odd_error", "message": "No."}}'),
        (b"500 Broken", b"<html>Broken</html>"),
        (b"500 Broken", b'{"error": {"code": 7}}'),
        (b"200 OK", b'{"type": "message",  "content": [], "message": "x"}'),
    ],
)
async def test_what_is_anthropics_already_or_has_no_message_stays_on_messages(
    status: bytes, body: bytes, start_gateway: StartGateway
) -> None:
    async with always(whole(body, status)) as server:
        answer = await asked_for_a_message(server, start_gateway)

    assert (answer.status_code, answer.content) == (int(status[:3]), body)


async def test_a_servers_error_on_openais_routes_stays_as_it_is(start_gateway: StartGateway) -> None:
    body = b'{"error": {"message": "Too long.",  "odd": 1}}'
    async with always(whole(body, b"400 Bad Request")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.content) == (400, body)


@pytest.mark.parametrize("status", [b"200 OK", b"500 Broken"])
@pytest.mark.parametrize(("kind", "streamed"), [(b"application/json", False), (b"text/event-stream", True)])
async def test_an_answer_that_is_compressed_unasked_is_refused_and_never_passed_on_as_text(
    kind: bytes, streamed: bool, status: bytes, start_gateway: StartGateway
) -> None:
    packed = gzip.compress(b'{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}')
    async with always(whole(packed, status, kind, b"Content-Encoding: gzip\r\n")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=streamed)

    assert server.requests[-1].headers["accept-encoding"] == "identity"
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "protocol")
    assert "compressed" in answer.json()["error"]["message"]


async def test_an_answer_that_says_it_is_not_compressed_passes(start_gateway: StartGateway) -> None:
    async with always(whole(b'{"choices":[]}', more=b"Content-Encoding: Identity\r\n")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.content) == (200, b'{"choices":[]}')


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        (b"Retry-After: b\xc3\xa4ld\r\n", 429),
        (b"Retry-After: \xff\xfe\r\n", 429),
        (b"X-Simulated: \xe2\x80\xae1\r\n", 200),
        (b"X-Odd: \xff\tx\r\nServer: \xe4\r\n", 200),
    ],
)
async def test_odd_headers_of_a_server_do_not_break_the_answer(
    odd: bytes, status: int, start_gateway: StartGateway
) -> None:
    async with always(whole(b'{"choices":[]}', b"%d Odd" % status, more=odd)) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.content) == (status, b'{"choices":[]}')
    assert not {"retry-after", "x-simulated", "x-odd", "server"} & set(answer.headers)


@pytest.mark.parametrize("kind", [b"application/json; name=\xc3\xa4", b"application/json; name=\xff", b""])
async def test_an_odd_content_type_of_a_server_does_not_break_the_answer(
    kind: bytes, start_gateway: StartGateway
) -> None:
    async with always(whole(b'{"choices":[]}', kind=kind)) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.content) == (200, b'{"choices":[]}')


async def test_a_header_that_is_no_http_is_a_failure_in_shape(start_gateway: StartGateway) -> None:
    async with always(whole(b'{"choices":[]}', more=b"X-Odd: a\x01b\x00c\r\n")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "protocol")


async def test_a_refused_request_is_sent_again_only_where_the_wish_for_usage_was_refused(
    start_gateway: StartGateway,
) -> None:
    async with always(whole(b'{"error":{"message":"No such tool."}}', b"400 Bad Request")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=True)

    asked = [seen.json for seen in server.requests if seen.method == "POST"]
    assert (answer.status_code, len(asked)) == (400, 1)
    assert "stream_options" in asked[0]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_A13_a_relayed_request_is_not_sent_where_a_server_points(
    status: int, streamed: bool, start_gateway: StartGateway
) -> None:
    async with always(whole(b'{"choices":[]}')) as elsewhere:
        address = f"Location: {elsewhere.url}/v1/chat/completions\r\n".encode()
        async with always(whole(b"", b"%d Elsewhere" % status, more=address)) as server:
            running = await gateway_over(server, start_gateway)
            answer = await running.ask("m", stream=streamed)
        assert elsewhere.connections == 0

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "protocol")
    assert "location" not in answer.headers
