"""What servers behind do wrong, or refuse, as the clients of each relayed route see it."""

from __future__ import annotations

import gzip
import socket

import httpx2
import pytest

from tests.fakes.raw_http import Exchange, RawServer
from tests.gateway.conftest import StartGateway, configure, events_of
from tests.gateway.test_relay import gateway_over, server_with, whole
from tests.gateway.test_translation import over_claude

pytestmark = pytest.mark.anyio


def always(answer: bytes) -> RawServer:
    """A server that answers every question with these bytes."""

    async def reply(exchange: Exchange) -> None:
        await exchange.write(answer)

    return server_with(reply)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


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


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (b"400 Bad Request", b'{"error":{"message":"No.","odd":1}}', ("invalid_request_error", "bad_request", "No.")),
        (b"400 Bad Request", b'{"error":"Odd field."}', ("invalid_request_error", "bad_request", "Odd field.")),
        (
            b"422 Odd",
            b'{"detail":[{"msg":"field required"}]}',
            ("invalid_request_error", "bad_request", "field required"),
        ),
        (b"422 Odd", b'{"detail":"Odd."}', ("invalid_request_error", "bad_request", "Odd.")),
        (b"429 Slow Down", b'{"object":"error","message":"Slower."}', ("rate_limit_error", "rate_limited", "Slower.")),
        (b"500 Broken", b"Broken\npipe", ("server_error", "server_error", "Broken")),
        (b"502 Broken", b"<html><title>Broken</title></html>", ("server_error", "server_error", "Broken")),
        (
            b"500 Broken",
            b"",
            ("server_error", "server_error", "The server of this model answered 500 and gave no reason."),
        ),
        (b"400 No", b'[{"error":{"message":"No."}}]', ("invalid_request_error", "bad_request", "No.")),
        (b"400 No", b'[{"error":{"message":"No.","type":"t","code":"c","param":null}}]', ("t", "c", "No.")),
        (b"400 No", b'{"error":{"message":"No.","type":"t","code":400}}', ("t", 400, "No.")),
        (
            b"400 No",
            b'{"error":"exceeds the context length"}',
            ("invalid_request_error", "context_length", "exceeds the context length"),
        ),
    ],
)
async def test_a_servers_error_on_openais_routes_has_their_shape(
    status: bytes, body: bytes, told: tuple[str, str, str], start_gateway: StartGateway
) -> None:
    async with always(whole(body, status, b"text/html" if body.startswith(b"<") else b"application/json")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    error = answer.json()["error"]
    assert (answer.status_code, answer.headers["content-type"]) == (int(status[:3]), "application/json")
    assert (error["type"], error["code"], error["message"], error["param"]) == (*told, None)


@pytest.mark.parametrize("path", ["completions", "embeddings", "responses"])
async def test_so_it_is_on_the_other_routes_of_openais(path: str, start_gateway: StartGateway) -> None:
    async with always(whole(b'{"error":"No."}', b"400 Bad Request")) as server:
        running = await gateway_over(server, start_gateway)
        model = "text-embedding-x" if path == "embeddings" else "m"
        answer = await running.post(f"/v1/{path}", {"model": model, "input": "x", "prompt": "x"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_a_servers_own_fields_of_an_error_stay(start_gateway: StartGateway) -> None:
    whole_error = b'{"error": {"message": "No.",  "type": "t", "code": "c", "param": "p", "odd": 1}, "more": 2}'
    async with always(whole(whole_error, b"400 Bad Request")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")
    assert (answer.status_code, answer.content) == (400, whole_error)

    async with always(whole(b'{"error":{"message":"No.","odd":1},"more":2}', b"400 Bad Request")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")
    assert (answer.json()["error"]["odd"], answer.json()["more"]) == (1, 2)


@pytest.mark.parametrize(
    ("status", "words", "told", "code"),
    [
        (b"400 Bad Request", b"Invalid model identifier 'm'", 404, "model_not_found"),
        (b"400 Bad Request", b"Failed to load model", 502, "server_error"),
        (b"400 Bad Request", b"Out of memory", 503, "overloaded"),
        (b"400 Bad Request", b"rate_limit exceeded", 429, "rate_limited"),
        (b"500 Broken", b"Model not found", 500, "model_not_found"),
    ],
)
async def test_where_a_server_says_400_to_everything_the_status_is_that_of_what_happened(
    status: bytes, words: bytes, told: int, code: str, start_gateway: StartGateway
) -> None:
    async with always(whole(b'{"error":"%s"}' % words, status)) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"]) == (told, code)


@pytest.mark.parametrize("path", ["chat/completions", "completions"])
@pytest.mark.parametrize("asks_for_usage", [False, True])
async def test_an_error_within_a_stream_has_openais_shape(
    path: str, asks_for_usage: bool, start_gateway: StartGateway
) -> None:
    before = b'data: {"choices":[{"delta":{"content":"\\"error\\""}}],  "odd":1}\n\n'
    stream = before + b'event: error\ndata: {"error":{"message":"The model has crashed.","odd":1}}\n\n'
    async with always(whole(stream, kind=b"text/event-stream")) as server:
        running = await gateway_over(server, start_gateway)
        more = {"stream_options": {"include_usage": True}} if asks_for_usage else {}
        answer = await running.post(f"/v1/{path}", {"model": "m", "messages": [], "prompt": "", "stream": True, **more})

    assert answer.content.startswith(before + b"event: error\ndata: ")
    assert events_of(answer.text)[1:] == [
        {
            "error": {
                "message": "The model has crashed.",
                "odd": 1,
                "type": "server_error",
                "code": "interrupted",
                "param": None,
            }
        }
    ]


async def test_an_error_beside_choices_and_a_cut_event_stay_in_a_stream(start_gateway: StartGateway) -> None:
    stream = b'data: {"choices":[],"error":{"message":"x"}}\n\ndata: {"error":{"message'
    async with always(whole(stream, kind=b"text/event-stream")) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m", stream=True)

    assert answer.content.startswith(stream)


@pytest.mark.parametrize("body", [b'{"object": "list", "data": [', b'{"choices": [{"x": "}"', b"{"])
async def test_an_answer_that_is_cut_is_refused(body: bytes, start_gateway: StartGateway) -> None:
    async with always(whole(body)) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "protocol")


async def test_space_around_an_answer_is_none_of_it(start_gateway: StartGateway) -> None:
    async with always(whole(b'\n {"choices":[]} \r\n')) as server:
        running = await gateway_over(server, start_gateway)
        answer = await running.ask("m")

    assert answer.json() == {"choices": []}


@pytest.mark.parametrize(
    ("provider", "sentence"), [("ollama", "Ollama is not running."), ("lm_studio", "LM Studio server not running.")]
)
async def test_a_server_that_is_down_is_named_with_the_way_to_start_it(
    provider: str, sentence: str, start_gateway: StartGateway
) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    configure(**{"lm_studio": {"is_enabled": False}, provider: {"is_enabled": True, "base_url": address}})
    running = await start_gateway()

    pinned = await running.ask(f"{provider}:m")

    assert (pinned.status_code, pinned.json()["error"]["code"]) == (502, "not_running")
    message = pinned.json()["error"]["message"]
    assert message.startswith(f"{sentence} Nothing answers at {address}. ")
    assert len(message) > len(f"{sentence} Nothing answers at {address}. ")


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

    assert (answer.status_code, answer.json()["choices"]) == (status, [])
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
