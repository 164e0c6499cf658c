"""`aica mock-server`: says where it listens, says it is simulated, ends on Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import pytest

from app.services.mock_server import MockServer
from tests.cli.conftest import Aica

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="signals")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_answers_until_it_is_asked_to_end(aica: Aica, number: signal.Signals) -> None:
    child = await aica.start("mock-server", "--port", "0", "--rate", "0", "--ttft", "0")
    assert child.stdout is not None
    async with asyncio.timeout(15):
        line = (await child.stdout.readline()).decode()
    assert line.startswith("listening on http://127.0.0.1:")
    aica.environment["LMSTUDIO_BASE_URL"] = line.split()[-1]
    result = await aica("ask", "--json", "hello")
    assert result.status == 0
    assert result.lines[0]["simulated"] is True
    child.send_signal(number)
    async with asyncio.timeout(10):
        _, err = await child.communicate()
    assert child.returncode == 0
    assert b"Simulated LM Studio: no model is running." in err


async def test_what_is_no_number_is_refused_in_words(aica: Aica) -> None:
    for flag, words in (("--port", "a port is a number from 0 to 65535"), ("--rate", "it is a number from 0")):
        refused = await aica("mock-server", flag, "abc")
        assert refused.status == 2
        assert words in refused.err
    refused = await aica("ask", "--timeout", "soon", "hello")
    assert "'soon' is not a number" in refused.err


async def test_its_script_can_be_changed_from_outside(aica: Aica) -> None:
    child = await aica.start("mock-server", "--port", "0")
    assert child.stdout is not None
    address = (await child.stdout.readline()).decode().split()[-1]
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"answer": "changed", "ttft": 0}).encode()
    writer.write(
        b"POST /_simulator/script HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (int(port), len(body)) + body
    )
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK")
    writer.close()
    aica.environment["LMSTUDIO_BASE_URL"] = address
    assert (await aica("ask", "hello")).out == "changed\n"
    child.send_signal(signal.SIGTERM)
    await child.communicate()


async def test_a_port_that_is_taken_is_a_sentence_and_status_3(aica: Aica, server: MockServer) -> None:
    result = await aica("mock-server", "--port", server.base_url.rpartition(":")[2])
    assert (result.status, result.out) == (3, "")
    assert "--port" in result.err
    assert "cannot be used: address already in use." in result.err
    for flags in (("--port", "70000"), ("--rate", "-1")):
        assert (await aica("mock-server", *flags)).status == 2
