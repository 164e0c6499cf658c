"""Certificates: what the operating system or the user's own file trusts, and nothing else (reliability A13)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.container import Services
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.http import HttpDoor
from tests.fakes.certificates import make_certificate
from tests.fakes.raw_http import Exchange, RawServer, answer, complaining_server

pytest.importorskip("cryptography")
pytestmark = pytest.mark.anyio


def own_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signed itself, and its key."""
    made = make_certificate(folder, authority=True)
    return made.file, made.key_file


@contextlib.asynccontextmanager
async def https_server(cert_file: Path, key_file: Path, received: list[bytes]) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert_file, key_file)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            received.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}')
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_server_of_the_users_own_authority_is_reached(tmp_path: Path) -> None:
    cert_file, key_file = own_certificate(tmp_path)
    received: list[bytes] = []
    async with https_server(cert_file, key_file, received) as port:
        door = HttpDoor(ca_file=cert_file)
        for host in ("localhost", "127.0.0.1"):
            got = await door.request_json("GET", f"https://{host}:{port}/x", purpose="t", key="k")
            assert got.value == {"a": 1}
    assert len(received) == 2 and b"Bearer k" in received[0]


async def test_A13_an_untrusted_certificate_is_never_accepted(tmp_path: Path) -> None:
    cert_file, key_file = own_certificate(tmp_path)
    received: list[bytes] = []
    async with https_server(cert_file, key_file, received) as port:
        with pytest.raises(LLMError) as caught:
            await HttpDoor().request_json("GET", f"https://localhost:{port}/x", purpose="t", key="k")
    assert caught.value.kind is ErrorKind.UNREACHABLE and not caught.value.retryable
    assert "certificate is not trusted" in caught.value.hint and received == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_A13_a_redirect_from_https_to_http_is_not_followed(status: int, tmp_path: Path) -> None:
    cert_file, key_file = own_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert_file, key_file)
    async with RawServer(answer({})) as plain:
        async with RawServer(answer("", status, Location=f"http://localhost:{plain.port}/x"), tls=context) as server:
            with pytest.raises(LLMError) as caught:
                door = HttpDoor(ca_file=cert_file)
                await door.request_json("POST", f"https://localhost:{server.port}/x", purpose="t", key="k", json={})
            assert len(server.requests) == 1
        assert plain.connections == 0
    assert caught.value.kind is ErrorKind.PROTOCOL


async def test_a_clock_that_runs_out_in_the_middle_of_a_handshake_is_a_told_failure() -> None:
    async with RawServer(answer("")) as server:  # it waits for the end of a request that is no HTTP
        with pytest.raises(LLMError) as caught:
            await HttpDoor().request_json("GET", f"https://127.0.0.1:{server.port}/x", purpose="t", timeout_s=0.3)
    assert caught.value.kind is ErrorKind.TIMEOUT


async def test_a_server_that_does_not_speak_tls_is_unreachable() -> None:
    async with complaining_server() as port:
        with pytest.raises(LLMError) as caught:
            await HttpDoor().request_json("GET", f"https://127.0.0.1:{port}/x", purpose="t")
    assert caught.value.kind is ErrorKind.UNREACHABLE


async def test_a_certificate_file_that_cannot_be_read_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("no certificate", encoding="utf-8")
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(LLMError) as caught:
            await HttpDoor(ca_file=tmp_path / name).request_json("GET", "https://127.0.0.1:9/", purpose="t")
        assert caught.value.kind is ErrorKind.CONFIG and name in caught.value.hint


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
async def test_a_certificate_file_that_is_a_pipe_is_a_config_error_and_holds_up_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pem")
    for name in ("pipe.pem", "a\0b"):
        async with asyncio.timeout(5):
            with pytest.raises(LLMError) as caught:
                await HttpDoor(ca_file=tmp_path / name).request_json("GET", "https://127.0.0.1:9/", purpose="t")
        assert caught.value.kind is ErrorKind.CONFIG


async def test_an_authority_that_is_saved_in_the_settings_is_trusted_at_once(
    services: Services, tmp_path: Path
) -> None:
    cert_file, key_file = own_certificate(tmp_path)
    received: list[bytes] = []
    async with https_server(cert_file, key_file, received) as port:
        url = f"https://localhost:{port}/x"
        with pytest.raises(LLMError, match="cannot be reached"):
            await services.door.request_json("GET", url, purpose="t")
        services.settings.save({("network", "ca_file"): str(cert_file)})
        await services.apply_settings()
        assert (await services.door.request_json("GET", url, purpose="t")).value == {"a": 1}
        services.settings.save({("network", "ca_file"): None})
        await services.apply_settings()
        with pytest.raises(LLMError, match="cannot be reached"):
            await services.door.request_json("GET", url, purpose="t")
    assert len(received) == 1


async def test_a_proxy_for_local_servers_is_taken_at_once_and_a_running_answer_keeps_its_way(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = asyncio.Event()

    async def slowly(exchange: Exchange) -> None:
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nfirst ")
        await go_on.wait()
        await exchange.write(b"second")

    routes = {"/x": answer({"by": "itself"})}
    async with RawServer(slowly, routes) as server, RawServer(answer({"by": "proxy"})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with services.door.stream("GET", f"{server.url}/slow", purpose="t") as running:
            read = [await anext(running)]
            services.settings.save({("network", "proxy_for_local"): True})
            await services.apply_settings()
            got = await services.door.request_json("GET", f"{server.url}/x", purpose="t")
            assert got.value == {"by": "proxy"}
            go_on.set()
            read += [piece async for piece in running]
        assert b"second" in b"".join(read)
        assert f"{server.url}/x" in [request.target for request in proxy.requests]
        services.settings.save({("network", "proxy_for_local"): None})
        await services.apply_settings()
        got = await services.door.request_json("GET", f"{server.url}/x", purpose="t")
        assert got.value == {"by": "itself"}
