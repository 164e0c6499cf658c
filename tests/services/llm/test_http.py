"""The door: connections, clocks, limits, and what a broken exchange is called."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from app.services.llm import http, limits
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.network_log import NetworkLog
from tests.fakes.raw_http import (
    RawServer,
    Reply,
    answer,
    chunk,
    cut,
    drip,
    head,
    pieces,
    raw,
    refused_port,
    stall,
    stream,
)

pytestmark = pytest.mark.anyio
KEY = "sk-canary-0123456789"


async def read_all(door: HttpDoor, url: str, **options: Any) -> bytes:
    async with asyncio.timeout(10), door.stream("POST", url, purpose="test", json={"a": 1}, **options) as body:
        return b"".join([part async for part in body])


async def failure(door: HttpDoor, url: str, **options: Any) -> LLMError:
    with pytest.raises(LLMError) as caught:
        await read_all(door, url, **options)
    return caught.value


async def test_a_json_call_returns_status_headers_value_and_text() -> None:
    log = NetworkLog()
    async with RawServer(answer({"x": [1, "é"]}, 201, X_Simulated="1")) as server:
        door = HttpDoor(network_log=log)
        got = await door.request_json("POST", server.url + "/v1/x", purpose="models", key=KEY, json={"q": "ü"})
    assert (got.status, got.value, got.headers["x-simulated"]) == (201, {"x": [1, "é"]}, "1")
    seen = server.requests[0]
    assert (seen.method, seen.path, seen.json) == ("POST", "/v1/x", {"q": "ü"})
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    entry = log.entries[0]
    assert (entry.purpose, entry.method, entry.host, entry.port, entry.path) == (
        "models", "POST", "127.0.0.1", server.port, "/v1/x",
    )  # fmt: skip
    assert entry.status == 201 and entry.bytes_out > 50 and entry.bytes_in > 50 and entry.took_ms is not None
    assert entry.error is None


async def test_without_a_key_no_authorization_is_sent() -> None:
    async with RawServer(answer({})) as server:
        await HttpDoor().request_json("GET", server.url, purpose="t")
        await HttpDoor().request_json("GET", server.url, purpose="t", key="")
    assert all("authorization" not in seen.headers for seen in server.requests)
    assert [seen.path for seen in server.requests] == ["/", "/"]


async def test_a_body_that_is_not_json_has_no_value_but_its_text() -> None:
    async with RawServer(answer("<html>no</html>", content_type="text/html")) as server:
        got = await HttpDoor().request_json("GET", server.url, purpose="t")
    assert got.value is None and got.text == "<html>no</html>"


async def test_nobody_listening_on_loopback_is_not_running() -> None:
    url = f"http://127.0.0.1:{refused_port()}/v1/chat/completions"
    log = NetworkLog()
    error = await failure(HttpDoor(network_log=log), url)
    assert error.kind is ErrorKind.NOT_RUNNING and error.retryable
    assert error.details.startswith(f"POST {url}\nnot_running: connection refused after ")
    assert error.details.endswith(" ms") and log.entries[0].error == "not_running"


async def test_refusal_on_another_host_is_unreachable() -> None:
    async def to_loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    error = await failure(HttpDoor(resolver=to_loopback), f"http://gpu-box:{refused_port()}/v1")
    assert error.kind is ErrorKind.UNREACHABLE
    assert error.message == "gpu-box cannot be reached." and "refused" in error.hint


async def test_an_unknown_name_is_unreachable_and_says_so() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    error = await failure(HttpDoor(resolver=unknown), "http://gpu-box.lan:1234/v1")
    assert error.kind is ErrorKind.UNREACHABLE and error.hint.startswith("Name not found.")


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254"])
async def test_D6_a_name_that_resolves_to_a_forbidden_address_is_not_contacted(address: str) -> None:
    async def rebound(host: str, port: int) -> list[str]:
        return [address]

    error = await failure(HttpDoor(resolver=rebound), "http://innocent.example:1234/v1", key=KEY)
    assert error.kind is ErrorKind.CONFIG and not error.retryable


FORBIDDEN_LITERALS = [
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.254.169.254."),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fe80::1]"),
    *("[fd00:ec2::254]", "100.100.100.200", "metadata.google.internal", "metadata"),
]


@pytest.mark.parametrize("host", FORBIDDEN_LITERALS)
async def test_D6_a_forbidden_literal_is_not_contacted_even_when_it_was_never_canonicalised(host: str) -> None:
    async def as_the_system_reads_numbers(_host: str, _port: int) -> list[str]:
        return ["169.254.169.254"]  # what `getaddrinfo` makes of them, and a cloud's resolver of its names

    error = await failure(HttpDoor(resolver=as_the_system_reads_numbers), f"http://{host}/latest")
    assert error.kind is ErrorKind.CONFIG


@pytest.mark.parametrize("host", FORBIDDEN_LITERALS)
async def test_D6_nor_through_a_proxy_which_would_contact_it_for_us(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(answer({"through": "proxy"})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        for door in (HttpDoor(), HttpDoor(use_proxy_for_local=True)):
            error = await failure(door, f"http://{host}/latest", key=KEY)
            assert error.kind is ErrorKind.CONFIG
        assert proxy.connections == 0


async def test_D6_of_a_name_with_several_addresses_only_the_allowed_ones_are_contacted() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["169.254.169.254", "fe80::1", "127.0.0.1"]

    async with RawServer(answer({"ok": 1})) as server:
        got = await HttpDoor(resolver=mixed).request_json("GET", f"http://mixed:{server.port}/", purpose="t")
    assert got.value == {"ok": 1}


async def test_localhost_connects_to_ipv4_first_and_keeps_the_typed_name() -> None:
    async with RawServer(answer({})) as server:
        await HttpDoor().request_json("GET", f"http://localhost:{server.port}/", purpose="t")
    assert server.requests[0].headers["host"] == f"localhost:{server.port}"


async def test_the_next_address_is_tried_when_one_refuses() -> None:
    async with RawServer(answer({"ok": 1})) as server:

        async def two(host: str, port: int) -> list[str]:
            return ["127.0.0.2", "127.0.0.1"]

        got = await HttpDoor(resolver=two).request_json("GET", f"http://two:{server.port}/", purpose="t")
    assert got.value == {"ok": 1}


async def test_proxies_of_the_environment_are_not_used_for_local_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{refused_port()}")
    monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{refused_port()}")
    async with RawServer(answer({"ok": 1})) as server:
        assert (await HttpDoor().request_json("GET", server.url, purpose="t")).value == {"ok": 1}
    door = HttpDoor()
    assert door.proxy_for("http://192.168.1.4:1234/v1") is None
    assert door.proxy_for("http://gpu-box:1234/v1") is None
    assert door.proxy_for("http://api.example.com/v1") is not None


async def test_proxies_of_the_environment_are_used_for_remote_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    async with RawServer(answer({"through": "proxy"})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        got = await HttpDoor().request_json("GET", "http://api.example.com/v1/models", purpose="t")
        assert got.value == {"through": "proxy"}
        assert proxy.requests[0].target == "http://api.example.com/v1/models"
        local = await HttpDoor(use_proxy_for_local=True).request_json("GET", "http://127.0.0.1:9/x", purpose="t")
        assert local.value == {"through": "proxy"}
        monkeypatch.setenv("no_proxy", "example.com")
        assert HttpDoor().proxy_for("http://api.example.com/v1") is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_A13_a_redirect_is_reported_and_nothing_reaches_its_target(status: int) -> None:
    async with RawServer(answer({})) as second:
        target = f"http://someone:secret@127.0.0.1:{second.port}/x?token=1"
        async with RawServer(answer({}, status, Location=target)) as first:
            error = await failure(HttpDoor(), first.url, key=KEY)
        assert second.connections == 0
    assert error.kind is ErrorKind.PROTOCOL and error.status == status
    assert f"127.0.0.1:{second.port}" in error.hint
    assert "secret" not in str(error) and "token" not in str(error)


@pytest.mark.parametrize(
    "reply, kind",
    [
        (raw(b""), ErrorKind.INTERRUPTED),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Le"), ErrorKind.INTERRUPTED),
        (raw(b"SSH-2.0-OpenSSH_9.7\r\n\r\n"), ErrorKind.PROTOCOL),
        (raw(b"\x00\x01\x02\r\n\r\n"), ErrorKind.PROTOCOL),
        (raw(head(200, length=100) + b"abc"), ErrorKind.INTERRUPTED),
        (raw(head(200, chunked=True) + chunk(b"abc")), ErrorKind.INTERRUPTED),
        (raw(head(200, chunked=True) + chunk(b"abc") + b"zz\r\n"), ErrorKind.PROTOCOL),
        (cut(head(200, length=100) + b"abc", 1000, reset=True), ErrorKind.INTERRUPTED),
        (answer({}, Content_Encoding="gzip"), ErrorKind.PROTOCOL),
        (answer({}, X_Long="x" * (limits.MAX_HEADER_BYTES + 1)), ErrorKind.PROTOCOL),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 300_000), ErrorKind.PROTOCOL),
    ],
)
async def test_A7_a_broken_exchange_is_one_error_of_the_right_kind(reply: Reply, kind: ErrorKind) -> None:
    async with RawServer(reply) as server:
        error = await failure(HttpDoor(), server.url)
    assert error.kind is kind, error.details
    assert error.message and error.details.startswith(f"POST {server.url}")


async def test_A7_a_stream_cut_at_any_byte_gives_what_came_and_then_one_error() -> None:
    body = b"data: one\n\ndata: two\n\n"
    whole = head(200, "text/event-stream", chunked=True) + chunk(body[:9]) + chunk(body[9:]) + b"0\r\n\r\n"
    door = HttpDoor()
    for position in range(len(whole)):
        received = b""
        async with RawServer(cut(whole, position)) as server:
            with pytest.raises(LLMError) as caught:
                async with asyncio.timeout(5), door.stream("POST", server.url, purpose="t", json={}) as answer_:
                    async for part in answer_:
                        received += part
        assert caught.value.kind is ErrorKind.INTERRUPTED, position
        assert body.startswith(received)


async def test_A8_a_connection_nobody_takes_ends_as_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECT_TIMEOUT_S", 0.05)

    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    error = await failure(HttpDoor(resolver=never), "http://slow-name:1/v1")
    assert error.kind is ErrorKind.UNREACHABLE and "No answer within 0.05 s" in error.hint


async def test_A8_no_headers_within_the_first_token_time_is_a_timeout() -> None:
    async with RawServer(stall()) as server:
        error = await failure(HttpDoor(), server.url, first_byte_timeout_s=0.05)
        async with asyncio.timeout(2):
            await server.disconnected.wait()
    assert error.kind is ErrorKind.TIMEOUT and "silent for 0.05 s" in error.message


async def test_A8_headers_alone_and_comments_do_not_end_the_first_token_clock() -> None:
    opening = head(200, "text/event-stream")
    for reply in (stall(opening), drip(opening, b": still here\n\n", every_s=0.01)):
        async with RawServer(reply) as server:
            error = await failure(HttpDoor(), server.url, first_byte_timeout_s=0.1, progress_by_caller=True)
        assert error.kind is ErrorKind.TIMEOUT and "first token" in error.details


async def test_A8_silence_in_a_running_stream_ends_it() -> None:
    async with RawServer(stall(head(200, "text/event-stream") + b"data: x\n\n")) as server:
        error = await failure(HttpDoor(), server.url, silence_timeout_s=0.05)
        async with asyncio.timeout(2):
            await server.disconnected.wait()
    assert error.kind is ErrorKind.TIMEOUT and "silence" in error.details


async def test_A8_single_bytes_without_an_event_do_not_count_as_progress_for_ever() -> None:
    async with RawServer(drip(head(200, "text/event-stream"), b":", every_s=0.01)) as server:
        door = HttpDoor()
        started = asyncio.get_running_loop().time()
        with pytest.raises(LLMError) as caught:
            async with (
                asyncio.timeout(10),
                door.stream("POST", server.url, purpose="t", silence_timeout_s=0.05, progress_by_caller=True) as body,
            ):
                body.progress()
                async for _ in body:
                    pass
        took = asyncio.get_running_loop().time() - started
    assert caught.value.kind is ErrorKind.TIMEOUT
    assert took + 0.01 >= 0.05 * limits.PROGRESS_FACTOR


async def test_A8_a_slow_but_living_stream_is_not_ended() -> None:
    body = b"data: abcdefgh\n\n"

    async def slow(exchange: Any) -> None:
        await exchange.write(head(200, "text/event-stream", length=len(body)))
        for position in range(len(body)):
            await exchange.write(body[position : position + 1])
            await asyncio.sleep(0.01)

    async with RawServer(slow) as server:
        got = await read_all(HttpDoor(), server.url, silence_timeout_s=0.1, first_byte_timeout_s=5)
    assert got == body


async def test_A17_a_program_that_stood_still_reads_what_came_meanwhile_before_it_gives_up() -> None:
    """Stopped by a terminal (Ctrl-Z), or by a computer that slept: its clocks went on, and nobody was silent."""
    go_on, awake = threading.Event(), threading.Event()

    def serve(listener: socket.socket) -> None:
        connected, _ = listener.accept()
        with connected:
            connected.recv(65_536)
            connected.sendall(head(200, "text/event-stream", length=30) + b"data: one\n")
            go_on.wait(10)
            connected.sendall(b"data: two\n")
            awake.wait(10)
            connected.sendall(b"data: 333\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        received = []

        def stand_still() -> None:
            go_on.set()
            time.sleep(1)  # the whole loop, and with it the program, while its reader waits

        async with asyncio.timeout(10), HttpDoor().stream("POST", url, purpose="t", silence_timeout_s=0.2) as body:
            async for part in body:
                received.append(part)
                if len(received) == 1:
                    asyncio.get_running_loop().call_later(0.05, stand_still)
                else:
                    asyncio.get_running_loop().call_later(0.05, awake.set)
        server.join()
    assert b"".join(received) == b"data: one\ndata: two\ndata: 333\n"


async def test_A9_leaving_the_stream_closes_the_connection_upstream() -> None:
    async with RawServer(drip(head(200, "text/event-stream"), b"data: x\n\n", every_s=0.001)) as server:
        door = HttpDoor()
        async with door.stream("POST", server.url, purpose="t", json={}) as body:
            await anext(body)
        async with asyncio.timeout(1):
            await server.disconnected.wait()


async def test_A9_cancelling_the_reading_task_closes_the_connection_upstream() -> None:
    async with RawServer(stall(head(200, "text/event-stream") + b"data: x\n\n")) as server:
        door = HttpDoor()
        arrived = asyncio.Event()

        async def read() -> None:
            async with door.stream("POST", server.url, purpose="t", json={}) as body:
                async for _ in body:
                    arrived.set()

        task = asyncio.create_task(read())
        async with asyncio.timeout(2):
            await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            await server.disconnected.wait()


async def test_A9_closing_a_stream_or_the_door_from_outside_ends_the_reader_as_cancelled() -> None:
    async with RawServer(stall(head(200, "text/event-stream") + b"data: x\n\n")) as server:
        door = HttpDoor()
        for close in ("stream", "door"):
            arrived: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

            async def read(arrived: asyncio.Future[Any] = arrived) -> None:
                async with door.stream("POST", server.url, purpose="t", json={}) as body:
                    async for _ in body:
                        arrived.set_result(body)

            task = asyncio.create_task(read())
            async with asyncio.timeout(2):
                body = await arrived
                await (body.aclose() if close == "stream" else door.aclose())
                with pytest.raises(LLMError) as caught:
                    await task
            assert caught.value.kind is ErrorKind.CANCELLED


async def test_A10_a_json_answer_over_the_limit_is_too_large() -> None:
    async with RawServer(answer("[" + "1," * 5000 + "1]")) as server:
        with pytest.raises(LLMError) as caught:
            await HttpDoor().request_json("GET", server.url, purpose="t", max_bytes=1000)
    assert caught.value.kind is ErrorKind.TOO_LARGE


async def test_A10_an_endless_error_body_is_cut() -> None:
    async with RawServer(drip(head(500, "text/plain"), b"x" * 10_000, every_s=0)) as server:
        got = await HttpDoor().request_json("GET", server.url, purpose="t")
    assert got.status == 500 and len(got.text) == limits.MAX_ERROR_BODY_BYTES


async def test_A10_deeply_nested_json_is_no_value_and_no_crash() -> None:
    async with RawServer(answer("[" * 100_000)) as server:
        assert (await HttpDoor().request_json("GET", server.url, purpose="t")).value is None


async def test_a_short_call_is_bounded_as_a_whole_however_it_drips() -> None:
    async with RawServer(drip(head(200), b" ", every_s=0.005)) as server:
        with pytest.raises(LLMError) as caught:
            async with asyncio.timeout(5):
                await HttpDoor().request_json("GET", server.url, purpose="t", timeout_s=0.1)
    assert caught.value.kind is ErrorKind.TIMEOUT


async def test_A16_every_exchange_has_a_connection_of_its_own() -> None:
    surplus = answer({"first": 1})

    async def too_much(exchange: Any) -> None:
        await surplus(exchange)
        await exchange.write(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"injected": 1}\n')
        await exchange.until_client_leaves()

    async with RawServer(too_much) as server:
        door = HttpDoor()
        for _ in range(3):
            assert (await door.request_json("GET", server.url, purpose="t")).value == {"first": 1}
    assert server.connections == 3


async def test_an_early_answer_to_a_large_request_is_read() -> None:
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head(413, length=2) + b"{}")
        await writer.drain()
        writer.write_eof()
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            seen.append("client closed")
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        got = await HttpDoor().request_json("POST", url, purpose="t", json={"x": "y" * 1_000_000})
    assert got.status == 413


@pytest.mark.parametrize("key", ["sk-can\nary", "sk-canary\r\nX: y", "sk-canäry", "sk-\x00canary"])
async def test_C2_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str) -> None:
    async with RawServer(answer({})) as server:
        error = await failure(HttpDoor(), server.url, key=key)
        assert server.connections == 0
    assert error.kind is ErrorKind.CONFIG
    assert "can" not in error.message.replace("cannot", "") and key not in f"{error!r}{error}{error.details}"


async def test_C2_the_key_is_in_no_log_line_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with RawServer(raw(head(200, length=9))) as server:
        error = await failure(HttpDoor(), server.url, key=KEY)
    assert KEY not in caplog.text
    chain: BaseException | None = error
    while chain is not None:
        assert KEY not in f"{chain!r}{chain}"
        chain = chain.__cause__


async def test_values_that_are_no_json_are_refused_before_anything_is_sent() -> None:
    async with RawServer(answer({})) as server:
        with pytest.raises(LLMError) as caught:
            await HttpDoor().request_json("POST", server.url, purpose="t", json={"t": float("nan")})
        assert server.connections == 0
        await HttpDoor().request_json("POST", server.url, purpose="t", json={"t": "half \ud83d pair"})
    assert caught.value.kind is ErrorKind.BAD_REQUEST
    assert server.requests[0].json == {"t": "half ? pair"}


async def test_a_finished_answer_is_waited_for_only_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "FINISHING_GRACE_S", 0.05)
    async with RawServer(stall(head(200, "text/event-stream") + b"data: x\n\n")) as server:
        with pytest.raises(LLMError):
            async with asyncio.timeout(5), HttpDoor().stream("POST", server.url, purpose="t", json={}) as body:
                async for _ in body:
                    body.finishing()


async def test_chunks_arrive_one_by_one_as_the_server_writes_them() -> None:
    parts = [f"data: {n}\n\n".encode() for n in range(20)]
    async with RawServer(pieces(parts)) as server:
        assert await read_all(HttpDoor(), server.url) == b"".join(parts)
    async with RawServer(stream(b"".join(parts))) as server:
        assert await read_all(HttpDoor(), server.url) == b"".join(parts)


ROOT = Path(__file__).resolve().parents[3]
FIRST_REQUEST = """
import asyncio, json, sys
from app.services.llm.http import HttpDoor
from app.services.llm.network_log import NetworkLog

async def main():
    log = NetworkLog()
    door = HttpDoor(network_log=log)
    for _ in range(4):
        await door.request_json("GET", sys.argv[1], purpose="models")
    print(json.dumps([entry.took_ms for entry in log.entries]))

asyncio.run(main())
"""


async def test_the_first_request_of_a_process_does_not_count_our_imports_as_the_servers_time() -> None:
    async with RawServer(answer({})) as server:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FIRST_REQUEST, server.url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await child.communicate()
    first, *others = json.loads(out)
    # The imports are 50 to 150 times a request; what a busy machine adds it adds to all.
    assert first < 20 * max(others), (first, others)
