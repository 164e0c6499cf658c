"""The promises of `tests/promises.md`, part D, held with raw sockets where a well-behaved client could not try."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from app import log
from app.gateway import http_protocol
from app.gateway.app import SHAPES
from app.gateway.gateway import ROUTES
from app.gateway.guard import OPEN_ON_LOOPBACK, OPEN_PATHS
from app.gateway.rate_limit import RateLimit
from app.services.mock_server import MockServer
from tests.fakes.raw_http import Exchange, RawServer
from tests.gateway.conftest import Running, StartGateway, configure
from tests.gateway.test_relay import gateway_over, server_with, whole

pytestmark = pytest.mark.anyio

JSON = b"Content-Type: application/json\r\n"
AUTH = b"Authorization: Bearer test-token\r\n"


async def connection(running: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(running.address.rpartition(":")[2]))


async def raw(running: Running, data: bytes, *, wait_s: float = 5) -> bytes:
    """What comes back for these bytes until the gateway closes or is silent."""
    reader, writer = await connection(running)
    writer.write(data)
    pieces = []
    try:
        async with asyncio.timeout(wait_s):
            while piece := await reader.read(65_536):
                pieces.append(piece)
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    return b"".join(pieces)


async def always_answers(exchange: Exchange) -> None:
    await exchange.write(whole(b'{"choices":[]}'))


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


#: Every route, and some that are none.
PATHS = [*sorted(ROUTES), "/", "/nowhere", "//healthz", "/healthz/", "/api/v1/llm-settings/lmstudio/models"]


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host:\r\n",
        b"Host: evil.example\r\n",
        b"Host: evil.example:3000\r\n",
        b"Host: 127.0.0.1\r\nHost: evil.example\r\n",
        b"Host: evil.example\r\nHOST: 127.0.0.1\r\n",
        b"Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n",
        b"Host: 127.0.0.1, evil.example\r\n",
        b"Host: 127.0.0.1.evil.example\r\n",
        b"Host: [::1].evil.example\r\n",
        b"Host: evil.example@127.0.0.1\r\n",
        b"Host: 127.0.0.1@evil.example:3000\r\n",
        b"Host: 127.0.0.1:evil.example\r\n",
        b"Host: 127.0.0.1/evil.example\r\n",
        b"Host: 10.0.0.7\r\n",
    ],
)
async def test_D2_foreign_missing_and_doubled_hosts_are_refused_on_every_route(
    hosts: bytes, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway()
    for path, method in itertools.product(PATHS, ("GET", "POST", "OPTIONS")):
        head = f"{method} {path} HTTP/1.1\r\n".encode() + hosts + AUTH + b"Connection: close\r\n\r\n"
        answer = await raw(running, head)
        assert statuses(answer)[:1] in ([400], [421]), (method, path)


async def test_D2_a_host_in_the_request_line_counts_for_nothing(start_gateway: StartGateway) -> None:
    """Such a target is for proxies: the path in it is none of ours, whatever the header says."""
    configure()
    running = await start_gateway()
    for target in (b"http://evil.example/v1/models", b"http://127.0.0.1/v1/models"):
        ask = b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        assert statuses(await raw(running, ask + b"\r\n"))[0] == 401
        foreign = ask.replace(b"Host: 127.0.0.1", b"Host: evil.example")
        assert statuses(await raw(running, foreign + AUTH + b"\r\n"))[0] in (400, 421)


ORIGINS = [
    *("null", "https://evil.example", "http://127.0.0.1:3000", "http://localhost", "file://", "", "*", "https://"),
    *("http://team.example", "https://team.example:444", "https://team.example.", "https://team.example.evil.example"),
    *("https://evil-team.example", "https://eviltteam.example", "https://x.team.example", "https://team.example/"),
    *("https://team.example@evil.example", "https://evil.example#https://team.example", "https://team.example\\.evil"),
    *("https://team.example https://evil.example", "https://team.example,https://evil.example", "https://TEAM.example"),
    *(
        "chrome-extension://abcdef",
        "moz-extension://abcdef",
        "app://obsidian.md",
        "https://tеam.example".encode().decode("latin-1"),
    ),
]


@pytest.mark.parametrize("allowed", [(), ("https://team.example",)], ids=["none allowed", "one allowed"])
async def test_D3_no_origin_is_reflected(allowed: tuple[str, ...], start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(cors_origins=allowed)
    for origin in [*ORIGINS, *([] if allowed else ["https://team.example"])]:
        sent = {"Origin": origin.encode("latin-1")}
        ask = {
            **sent,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
            "Cookie": "a=b",
        }
        for answer in (
            await running.client.options("/v1/models", headers=ask),
            await running.client.get("/v1/models", headers={**sent, "Cookie": "a=b"}),
            await running.client.get("/v1/models", headers={**sent, "Authorization": ""}),
            await running.client.get("/healthz", headers=sent),
        ):
            told = [name for name in answer.headers if name in ("access-control-allow-origin", "set-cookie")]
            assert told == [], (origin, answer)


async def test_D3_a_preflight_for_private_networks_is_refused(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(cors_origins=("https://team.example",))
    ask = {
        "Origin": "https://team.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }

    answer = await running.client.options("/v1/models", headers=ask)

    assert answer.status_code == 400
    assert "access-control-allow-private-network" not in answer.headers


async def test_D3_any_origin_gets_no_credentials(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(cors_origins=("*",), dev=True)

    ask = {"Origin": "https://x.example", "Access-Control-Request-Method": "POST", "Cookie": "a=b"}
    for answer in (
        await running.client.get("/v1/models", headers={"Origin": "https://x.example"}),
        await running.client.get("/v1/models", headers={"Origin": "https://x.example", "Cookie": "a=b"}),
        await running.client.options("/v1/models", headers=ask),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "kind",
    [
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonx"),
        *("text/plain; charset=application/json", "text/plain, application/json", "application/x-json", "json"),
    ],
)
async def test_D3_writes_that_a_page_could_send_unasked_are_refused(kind: str, start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    body = b'{"provider": "ollama", "messages": []}'

    for shape in SHAPES:
        sent = await running.client.post(f"/v1/{shape}", content=body, headers={"Content-Type": kind})
        assert sent.status_code == 415, shape
    changed = await running.client.patch("/api/v1/llm-settings", content=body, headers={"Content-Type": kind})
    assert changed.status_code in (415, 422)
    assert (await running.client.get("/api/v1/llm-settings")).json()["provider"] == "lmstudio"


CREDENTIALS: list[dict[str, str] | list[tuple[str, str]]] = [
    {},
    {"Authorization": "test-token"},
    {"Authorization": "Basic dGVzdC10b2tlbg=="},
    {"Authorization": "Bearer  test-token"},
    {"Authorization": "Bearer test-token x"},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer \xff\xfe"},
    {"Authorization": "Bearer " + "x" * 20_000},
    {"X-Api-Key": "test-token"},
    {"Authorization": "Bearer wrong", "X-Api-Key": "test-token"},
    [("Authorization", "Bearer test-token"), ("Authorization", "Bearer test-token")],
    [("Authorization", "Bearer wrong"), ("Authorization", "Bearer test-token")],
]


def spellings(path: str) -> list[str]:
    """Of a path that asks for a token: as another program might send it to get around the question."""
    return [
        *(
            path,
            f"{path}/",
            f"/{path}",
            f"{path}?x=1",
            f"{path};x",
            f"{path}%00",
            f"{path}%2f",
            path.upper(),
            f"{path}/..",
        ),
        *(
            path.replace("/v1", "/%761"),
            path.replace("/v1", "/./v1"),
            path.replace("/v1", "/x/../v1"),
            path.replace("/", "\\"),
        ),
        *(f"/healthz/..{path}", f"/healthz%2f..{path}", f"/healthz;{path}", f"/healthz?{path}/../..", f"/docs{path}"),
        *(f"http://127.0.0.1{path}", f"http://127.0.0.1/healthz/..{path}"),
    ]


SPELLED = ("/v1/models", "/v1/chat/completions", "/api/v1/llm-settings")
PROTECTED = [*sorted(ROUTES - OPEN_PATHS - OPEN_ON_LOOPBACK), "/api/v1/llm-settings/x/models", "/nowhere"]


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=lambda given: str(given)[:50])
async def test_D4_wrong_doubled_and_odd_credentials_are_401_on_every_route_and_spelling(
    credentials: Any, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway()
    running.gateway._guesses = RateLimit(100_000, None)  # so many at once are throttled otherwise
    pairs = list(credentials.items()) if isinstance(credentials, dict) else credentials
    headers = b"Host: 127.0.0.1\r\nConnection: close\r\n"
    headers += b"".join(name.encode() + b": " + value.encode("latin-1") + b"\r\n" for name, value in pairs)
    by_key_alone = [name for name, _ in pairs] == ["X-Api-Key"]
    for path in PROTECTED:
        if by_key_alone and path.startswith("/v1/messages"):
            continue  # Anthropic's clients send it this way
        for spelled in spellings(path) if path in SPELLED else ():
            if spelled.startswith("/healthz?"):
                continue  # that is /healthz, with a query that means nothing
            answer = await raw(running, b"GET " + spelled.encode() + b" HTTP/1.1\r\n" + headers + b"\r\n")
            # What is no target of HTTP is refused by the parser, whoever asks.
            assert statuses(answer)[:1] == [401] or (statuses(answer)[:1] == [400] and spelled[0] not in "/h"), spelled
        for method, more in itertools.product(METHODS, BODIES):
            answer = await raw(running, f"{method} {path} HTTP/1.1\r\n".encode() + headers + more)
            assert statuses(answer)[:1] == [401] or (method == "BREW" and statuses(answer)[:1] == [400]), (method, path)


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
#: The token is asked for before what is sent is looked at: its kind, its length, its form.
BODIES = (
    b"\r\n",
    b"Content-Type: text/plain\r\nContent-Length: 8\r\n\r\nnot json",
    b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{",
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
)


async def test_D5_nothing_in_a_request_chooses_where_it_goes(start_gateway: StartGateway) -> None:
    canary_hits = 0

    async def canary(exchange: Exchange) -> None:
        nonlocal canary_hits
        canary_hits += 1
        await exchange.write(whole(b"{}"))

    async def reply(exchange: Exchange) -> None:
        await exchange.write(whole(b'{"choices":[]}'))

    async with RawServer(canary) as elsewhere, server_with(reply) as server:
        running = await gateway_over(server, start_gateway)
        address = f"http://127.0.0.1:{elsewhere.port}/v1"
        for field in ("base_url", "api_base", "url", "host", "provider", "endpoint"):
            await running.ask("m", **{field: address})
        for model in (address, f"openai_compatible:{address}", f"{address}:m", "team@" + address, "../m", "openai:m"):
            await running.ask(model)
        for header in ("X-Base-Url", "X-Forwarded-Host", "Forwarded", "X-Upstream", "Proxy"):
            await running.client.post(
                "/v1/chat/completions", json={"model": "m", "messages": []}, headers={header: address}
            )

    assert canary_hits == 0
    assert not any("test-token" in str(seen.headers) + seen.target for seen in server.requests)


async def test_D5_a_provider_that_is_not_switched_on_is_not_asked(
    start_gateway: StartGateway, simulator: MockServer
) -> None:
    configure(lm_studio={"base_url": simulator.base_url, "is_enabled": False})
    running = await start_gateway()

    answer = await running.ask("lm_studio:simulated/coder-7b")

    assert answer.status_code == 404
    assert "not switched on" in answer.json()["error"]["message"]


async def test_D5_the_settings_row_opens_no_provider_that_is_not_switched_on(start_gateway: StartGateway) -> None:
    async with server_with(always_answers) as server:
        configure(lm_studio={"base_url": server.url, "is_enabled": False})
        running = await start_gateway()
        await running.client.patch("/api/v1/llm-settings", json={"provider": "lmstudio", "lmstudio_model": "m"})
        answers = [await running.ask(name) for name in ("", "lm_studio:", "lm_studio:m", "lmstudio:m", "m", "auto")]

    assert [answer.status_code for answer in answers[:5]] == [404] * 5
    assert answers[5].status_code >= 400
    assert [seen for seen in server.requests if seen.method == "POST"] == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
        b"GET /" + b"a" * 400_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
async def test_D7_a_head_that_is_too_large_is_refused_and_others_are_served(
    head: bytes, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway()

    answer, other = await asyncio.gather(raw(running, head), running.client.get("/healthz"))

    assert not statuses(answer) or statuses(answer)[0] in (400, 401, 431)
    assert other.status_code == 200


async def test_D7_a_request_that_never_comes_to_an_end_is_given_up(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()
    monkeypatch.setattr(http_protocol, "HEAD_LIMIT_S", 0.3)
    monkeypatch.setattr(http_protocol, "BODY_SILENCE_S", 0.3)
    running = await start_gateway()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"

    slow_head = await raw(running, head)
    slow_body = await raw(running, head + AUTH + JSON + b"Content-Length: 50\r\nConnection: close\r\n\r\n{")

    assert statuses(slow_head) == [408]
    assert statuses(slow_body)[0] == 408


async def test_D7_a_body_that_comes_too_slowly_is_given_up_on_every_route(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Piece by piece, so that it is never silent for long."""
    configure()
    monkeypatch.setattr(http_protocol, "BODY_LIMIT_S", 0.5)
    running = await start_gateway()
    for request in (b"POST /v1/chat/completions", b"PATCH /api/v1/llm-settings"):
        head = request + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + AUTH + JSON + b"Content-Length: 50\r\n\r\n"
        reader, writer = await connection(running)
        writer.write(head)
        reading = asyncio.create_task(reader.read())
        for _ in range(40):
            if reading.done():
                break
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.close()

        answer = await reading

        assert statuses(answer) == [408]
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "timeout"


async def test_a_body_in_pieces_is_read_and_the_connection_serves_on(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    reader, writer = await connection(running)
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n" + AUTH + JSON + b"Content-Length: 4\r\n\r\n"
    statuses_seen = []
    for _ in range(2):
        for piece in (head[:20], head[20:], b"[1", b"2]"):
            writer.write(piece)
            await asyncio.sleep(0.05)
        answer = await reader.readuntil(b"}")
        statuses_seen += statuses(answer)
        await reader.read(65_536)
    writer.close()

    assert statuses_seen == [400, 400]


@pytest.mark.parametrize("in_pieces", [False, True])
async def test_a_client_that_would_rather_speak_http2_gets_its_answer_and_its_body_is_no_request(
    start_gateway: StartGateway, in_pieces: bool
) -> None:
    configure()
    running = await start_gateway()
    body = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n" + AUTH + JSON
    head += b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    reader, writer = await connection(running)
    for piece in (head[:-70], head[-70:], body) if in_pieces else (head, body):
        writer.write(piece)
        await asyncio.sleep(0.1)
    writer.write_eof()

    answer = await asyncio.wait_for(reader.read(), 10)

    writer.close()
    assert statuses(answer) == [400] and b"not JSON" in answer


async def test_D7_many_small_headers_are_too_large_a_head(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    answer = await raw(running, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"a:\r\n" * 30_000 + b"\r\n")
    assert statuses(answer)[:1] == [431]


async def test_D7_deep_json_and_huge_numbers_are_refused(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    kind = {"Content-Type": "application/json"}
    for body in (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"a":' + b"9" * 20_000 + b"}"):
        answer = await running.client.post("/v1/chat/completions", content=body, headers=kind)
        assert answer.status_code == 400


async def test_D7_a_compressed_body_is_not_unpacked(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    answer = await running.client.post("/v1/chat/completions", content=b"\x1f\x8b" + b"\0" * 99, headers=headers)

    assert answer.status_code in (400, 415)


CANARY = "canary<script>7f3a"


@pytest.mark.parametrize(
    "body",
    [
        {"model": CANARY},
        {"model": [CANARY]},
        {"model": "m", "messages": CANARY},
        {"model": "m", "stream": CANARY, "n": CANARY},
    ],
)
async def test_D8_wrong_input_is_4xx_without_being_repeated(
    body: dict[str, Any], start_gateway: StartGateway, simulator: MockServer
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    for path in ("/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"):
        answer = await running.post(path, body)
        assert 400 <= answer.status_code < 500, path
        assert CANARY not in answer.text
    changed = await running.client.patch("/api/v1/llm-settings", json={"provider": CANARY})
    named = await running.client.patch("/api/v1/llm-settings", json={CANARY: CANARY})
    listed = await running.client.get(f"/api/v1/llm-settings/{CANARY}/models")
    assert (changed.status_code, named.status_code, listed.status_code) == (400, 400, 404)
    assert CANARY not in changed.text + named.text + listed.text


CHUNKED = b"Transfer-Encoding: chunked\r\n"
FRAMINGS = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "one length twice": b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "lengths in a list": b"Content-Length: 5, 5\r\n\r\nhello",
    "length and chunks": b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and length": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "chunks twice": CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "more than the chunk": CHUNKED + b"\r\n5;x\r\nhelloX\r\n0\r\n\r\n",
    "negative chunk": CHUNKED + b"\r\n-1\r\nhello\r\n0\r\n\r\n",
    "chunk in another notation": CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunk without a size": CHUNKED + b"\r\n\r\nhello\r\n0\r\n\r\n",
    "chunk larger than any number": CHUNKED + b"\r\n1" + b"0" * 32 + b"5\r\nhello\r\n0\r\n\r\n",
    "chunk with a space": CHUNKED + b"\r\n5 5\r\nhello\r\n0\r\n\r\n",
    "chunk that ends with a line feed alone": CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n",
    "chunk without its end": CHUNKED + b"\r\n5\r\nhello0\r\n\r\n",
    "an encoding that is none": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks within another encoding": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 5\r\n\r\nhello",
    "a space before the name": b" Content-Length: 5\r\n\r\nhello",
    "a line that is folded": b"X: y\r\n Content-Length: 5\r\n\r\nhello",
    "a sign": b"Content-Length: +5\r\n\r\nhello",
    "a negative length": b"Content-Length: -5\r\n\r\nhello",
    "a length in another notation": b"Content-Length: 0x5\r\n\r\nhello",
    "a length larger than any number": b"Content-Length: 184467440737095516165\r\n\r\nhello",
    "a length with a letter": b"Content-Length: 5a\r\n\r\nhello",
    "a zero byte": b"X: a\x00b\r\nContent-Length: 5\r\n\r\nhello",
    "a carriage return alone": b"X: a\rContent-Length: 5\r\n\r\nhello",
    "a name that is none": b"X(y): z\r\nContent-Length: 5\r\n\r\nhello",
    "no name": b": z\r\nContent-Length: 5\r\n\r\nhello",
    "a line without a colon": b"junk\r\nContent-Length: 5\r\n\r\nhello",
}


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
async def test_D9_ambiguous_framing_is_refused_and_the_connection_closed(
    framing: bytes, start_gateway: StartGateway
) -> None:
    async with server_with(always_answers) as server:
        running = await gateway_over(server, start_gateway)
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n" + AUTH + JSON
        second = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        reader, writer = await connection(running)
        writer.write(head + framing + second)
        async with asyncio.timeout(5):
            answer = await reader.read(-1)  # to the end: nobody else closes it
        writer.close()

    assert statuses(answer) == [400], "what came behind was taken for a request of its own"
    assert [seen for seen in server.requests if seen.method == "POST"] == []


async def test_D9_each_pipelined_request_is_judged_by_its_own_token(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()
    ask = b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n"

    answer = await raw(running, ask + AUTH + b"\r\n" + ask + b"\r\n" + ask + AUTH + b"Connection: close\r\n\r\n")

    assert statuses(answer) == [200, 401, 200]


_LOGGED = re.compile(r"2\d{3}-\d\d-\d\dT[\d:.]+Z (INFO|WARNING) app[\w.]*: ")


async def test_D12_what_clients_send_cannot_forge_a_line_of_the_log_and_no_contents_are_in_it(
    start_gateway: StartGateway, simulator: MockServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    log_file = tmp_path / "aica.log"
    handler = log.LogFile(log_file)
    handler.setFormatter(log.RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("app").addHandler(handler)
    with caplog.at_level(logging.INFO):
        await running.ask("simulated/coder-7b\n2026 INFO forged", user=CANARY)
        for path in (
            "/v1/%0a2026-01-01T00:00:00.000Z%20INFO%20app:%20forged",
            "/%0d%0aforged",
            "/%e2%80%a8forged",
            "/%1b[2Jforged",
        ):
            await running.client.get(path)
        for odd in ("a b", "x" * 129, "a\tb", "ä", "<script>", "a;b", ""):
            sent = {"X-Request-Id": odd.encode("latin-1")}
            assert (await running.client.get("/v1/models", headers=sent)).headers["x-request-id"].startswith("req_")
        await running.post(
            "/v1/chat/completions",
            {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": CANARY}]},
        )
    logging.getLogger("app").removeHandler(handler)
    handler.close()
    written = "\n".join(record.getMessage() for record in caplog.records)
    lines = log_file.read_text(encoding="utf-8").split("\n")[:-1]

    assert any("forged" in line for line in lines)
    assert [line for line in lines if not _LOGGED.match(line) or not line.isprintable()] == []
    assert CANARY not in written
    assert "test-token" not in written


async def test_D13_answers_are_not_cached_not_sniffed_and_carry_no_banner(
    start_gateway: StartGateway, simulator: MockServer
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    answers = [
        await running.client.get("/healthz"),
        await running.client.get("/v1/models", headers={"Authorization": ""}),
        await running.ask("simulated/coder-7b"),
        await running.ask("simulated/coder-7b", stream=True),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
    assert json.loads(answers[1].text)
