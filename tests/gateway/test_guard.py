"""Who may ask: tokens, host names, request ids, sizes and rates."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import time
from types import SimpleNamespace

import httpx2
import pytest
from limits.aio.storage import memory

from app.gateway import gateway as gateway_module
from app.gateway.guard import _host_name
from app.gateway.options import GatewayOptions
from app.gateway.run import bound_socket
from app.services.llm.errors import LLMError
from app.services.mock_server import MockServer
from tests.gateway.conftest import StartGateway, configure

pytestmark = pytest.mark.anyio

PROTECTED = ["/v1/models", "/api/v1/llm-settings", "/api/v1/llm-settings/lmstudio/models", "/api/v1/requests", "/odd"]


@pytest.mark.parametrize("path", PROTECTED)
async def test_without_a_token_nothing_is_told(path: str, start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    answer = await running.client.get(path, headers={"Authorization": ""})
    wrong = await running.client.get(path, headers={"Authorization": "Bearer nearly-test-token"})

    assert (answer.status_code, wrong.status_code) == (401, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "test-token" not in wrong.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/models/public", "/metrics", "/docs", "/openapi.json"])
async def test_on_this_computer_state_and_documents_need_no_token(path: str, start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    assert (await running.client.get(path, headers={"Authorization": ""})).status_code == 200


async def test_beyond_this_computer_figures_and_documents_need_one(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(host="0.0.0.0", allow_lan=True)
    bare = httpx2.AsyncClient(base_url=running.address.replace("0.0.0.0", "127.0.0.1"), trust_env=False)

    async with bare:
        statuses = {
            path: (await bare.get(path)).status_code
            for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json")
        }

    assert statuses == {"/healthz": 200, "/readyz": 200, "/metrics": 401, "/docs": 401, "/openapi.json": 401}


async def test_the_key_header_of_anthropics_clients_is_a_token_too(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    async with httpx2.AsyncClient(base_url=running.address, trust_env=False) as bare:
        key = {"x-api-key": "test-token"}
        messages = await bare.post("/v1/messages", json={"model": "none", "messages": []}, headers=key)
        models = await bare.get("/v1/models", headers=key)

    assert (messages.status_code, models.status_code) == (404, 401)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil:3000", "10.0.0.1"])
async def test_a_name_that_is_not_served_is_refused_on_every_route(host: str, start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    for path in ("/healthz", "/api/models/public", "/v1/models"):
        answer = await running.client.get(path, headers={"Host": host})
        assert answer.status_code in (400, 421), path


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:3000", "box.example"])
async def test_the_names_it_serves_are_answered(host: str, start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(allowed_hosts=("box.example",))

    assert (await running.client.get("/healthz", headers={"Host": host})).status_code == 200


async def test_every_answer_and_log_line_has_the_id_of_its_request(
    start_gateway: StartGateway, caplog: pytest.LogCaptureFixture
) -> None:
    configure()
    running = await start_gateway()
    with caplog.at_level(logging.INFO):
        given = await running.client.get("/v1/models", headers={"X-Request-Id": "mine-1"})
        made = await running.client.get("/v1/models")
        odd = await running.client.get("/nowhere", headers={"X-Request-Id": "a b\t<script>"})

    assert given.headers["x-request-id"] == "mine-1"
    assert made.headers["x-request-id"].startswith("req_")
    assert odd.headers["x-request-id"].startswith("req_")


async def test_D7_a_body_above_the_limit_is_refused_before_it_is_read_whole(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    async def endless():
        for _ in range(40):
            yield b"x" * 1024 * 1024

    kind = {"Content-Type": "application/json"}
    sent = await running.client.post("/v1/chat/completions", content=endless(), headers=kind)

    assert sent.status_code == 413
    assert sent.json()["error"]["code"] == "too_large"


@pytest.fixture
def standing_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts are by the minute of the clock: one that ends within a test would let one more through."""
    now = time.time()
    monkeypatch.setattr(memory, "time", SimpleNamespace(time=lambda: now))


async def test_a_token_may_ask_so_often_a_minute_and_is_told_when_again(
    standing_minute: None, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway(rate_limit=3)

    answers = [await running.client.get("/v1/models") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["error"]["type"] == "rate_limit_error"


async def test_D13_guessing_tokens_is_throttled_and_does_not_lock_out_the_owner(
    standing_minute: None, start_gateway: StartGateway
) -> None:
    configure()
    running = await start_gateway(rate_limit=3)

    statuses = [
        (await running.client.get("/v1/models", headers={"Authorization": f"Bearer no-{n}"})).status_code
        for n in range(5)
    ]

    assert statuses == [401, 401, 401, 429, 429]
    assert (await running.client.get("/v1/models")).status_code == 200


async def test_D13_guessing_is_throttled_on_this_computer_too_where_asking_is_not(
    standing_minute: None, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()
    monkeypatch.setattr(gateway_module, "DEFAULT_RATE_LIMIT", 20)
    running = await start_gateway()
    assert running.gateway.rate_limit is None
    guessed = [
        (await running.client.get("/v1/models", headers={"Authorization": f"Bearer no-{n}"})).status_code
        for n in range(30)
    ]
    owners = [(await running.client.get("/v1/models")).status_code for _ in range(30)]

    assert guessed == [401] * 20 + [429] * 10
    assert owners == [200] * 30


async def test_pages_of_an_allowed_origin_may_ask_and_others_may_not(
    simulator: MockServer, start_gateway: StartGateway
) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway(cors_origins=("https://team.example",))
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Authorization"}

    allowed = await running.client.options("/v1/models", headers={"Origin": "https://team.example", **ask})
    other = await running.client.options("/v1/models", headers={"Origin": "https://evil.example", **ask})
    answer = await running.client.post(
        "/v1/chat/completions",
        json={"messages": [{"role": "user", "content": "x"}]},
        headers={"Origin": "https://team.example"},
    )

    assert allowed.headers["access-control-allow-origin"] == "https://team.example"
    assert "access-control-allow-origin" not in other.headers
    assert answer.headers["access-control-allow-origin"] == "https://team.example"


async def test_D3_without_the_option_no_page_may_ask(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway()

    answer = await running.client.get("/v1/models", headers={"Origin": "https://team.example"})

    assert "access-control-allow-origin" not in answer.headers


async def test_a_page_can_read_why_it_was_refused(start_gateway: StartGateway) -> None:
    configure()
    running = await start_gateway(cors_origins=("https://team.example",))

    answer = await running.client.get("/v1/models", headers={"Origin": "https://team.example", "Authorization": ""})

    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "https://team.example"


BEYOND = [
    *("0.0.0.0", "::", "", "0", "192.168.1.5", "10.0.0.1", "::ffff:0.0.0.0", "fe80::1", "example.com", "127.1.example"),
    *(
        "127.0.0.1.nip.io",
        "localhost.evil",
        "*",
        "0x7f000001.example",
        "255.255.255.255",
        "126.255.255.255",
        "128.0.0.1",
    ),
]


@pytest.mark.parametrize(
    ("options", "has_token", "message"),
    [
        *((GatewayOptions(host=host), True, "other computers") for host in BEYOND),
        *((GatewayOptions(host=host, allow_lan=True), False, "Without a token") for host in BEYOND),
        (GatewayOptions(cors_origins=("*",)), True, "every web page"),
        (GatewayOptions(cors_origins=("https://a.example", "*")), True, "every web page"),
        (GatewayOptions(cors_origins=("null",), dev=True), True, "null"),
    ],
)
async def test_D1_a_dangerous_start_is_refused(options: GatewayOptions, has_token: bool, message: str) -> None:
    with pytest.raises(LLMError) as caught:
        options.check(has_token=has_token)
    assert message in caught.value.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2", "127.255.255.254"])
def test_D1_on_this_computer_neither_flag_nor_token_is_needed(host: str) -> None:
    GatewayOptions(host=host).check(has_token=False)


HOLDERS = {
    "plainly": ("127.0.0.1", ()),
    "to be shared by those who come later": ("127.0.0.1", ("SO_REUSEADDR",)),
    "to be shared with others": ("127.0.0.1", ("SO_REUSEADDR", "SO_REUSEPORT")),
    "on all addresses": ("0.0.0.0", ("SO_REUSEADDR", "SO_REUSEPORT")),
    "on all addresses of both kinds": ("::", ("SO_REUSEADDR", "SO_REUSEPORT")),
}


@pytest.mark.skipif(sys.platform != "linux", reason="what may be bound beside what differs")
@pytest.mark.parametrize(("address", "flags"), HOLDERS.values(), ids=HOLDERS)
@pytest.mark.parametrize("ours", ["127.0.0.1", "0.0.0.0"])
def test_D1_no_port_is_taken_over_however_it_is_held(address: str, flags: tuple[str, ...], ours: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as holder:
        for flag in flags:
            holder.setsockopt(socket.SOL_SOCKET, getattr(socket, flag), 1)
        if ":" in address:
            holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        holder.bind((address, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(OSError) as caught:
            bound_socket(GatewayOptions(host=ours, port=port))
        assert caught.value.errno == errno.EADDRINUSE
        with socket.create_connection(("127.0.0.1", port)):
            holder.settimeout(5)
            holder.accept()[0].close()


async def test_D8_a_bug_is_an_answer_without_details(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()
    running = await start_gateway()

    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(running.gateway.router, "route", broken)
    answer = await running.ask("m")

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_link_local_address_is_read_with_its_zone() -> None:
    hosts = ("[fe80::1%eth0]:3000", "[fe80::1%25eth0]:3000", "[fe80::1%25en-0]")
    assert [_host_name(host) for host in hosts] == ["fe80::1"] * 3
    hostile = ("[fe80::1%]:3", "[fe80::1%a]b]:3", "[%eth0]:3", "[fe80::1%eth0]evil.example")
    assert [_host_name(host) for host in hostile] == list(hostile)


def test_host_names_are_read_with_and_without_port() -> None:
    assert [_host_name(h) for h in ("[::1]:3", "[::1]", "A:3", "a", "::1")] == ["::1", "::1", "a", "a", "::1"]
