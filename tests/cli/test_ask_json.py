"""What programs read of `aica ask --json`: one line ends it, whatever happens; and output that cannot be written."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from app.services.mock_server import MockServer
from tests.cli.conftest import Aica, eventually

pytestmark = pytest.mark.anyio

THINKER = "simulated/thinker-4b"
TWO = ("compare", "--json", "--model", "simulated/coder-7b", "--model", THINKER)


# --- --no-stream ---


async def test_without_a_stream_the_text_and_the_thinking_are_one_line_each(
    connected: Aica, server: MockServer
) -> None:
    server.script.tokens = 40
    streamed = (await connected("ask", "--json", "--model", THINKER, "hello")).lines
    whole = (await connected("ask", "--json", "--no-stream", "--model", THINKER, "hello")).lines

    assert [line["type"] for line in whole] == ["start", "reasoning", "text", "usage", "done"]
    assert whole[1]["text"] == server.script.reasoning_text
    assert whole[2]["text"] == "".join(line["text"] for line in streamed if line["type"] == "text")


async def test_without_a_stream_thinking_that_came_as_text_is_no_text(connected: Aica, server: MockServer) -> None:
    server.script.reasoning = "lone_close_tag"
    lines = (await connected("ask", "--json", "--no-stream", "hello")).lines

    assert [line["type"] for line in lines] == ["start", "reasoning", "text", "usage", "done"]
    assert server.script.reasoning_text in lines[1]["text"]
    assert lines[2]["text"].strip() == server.script.answer


async def test_without_a_stream_what_came_of_a_broken_answer_is_told_before_its_error(
    connected: Aica, server: MockServer
) -> None:
    server.script.update({"fault": "no_finish", "fault_after_tokens": 3})
    result = await connected("ask", "--json", "--no-stream", "hello")

    assert result.status == 6
    assert [line["type"] for line in result.lines] == ["start", "text", "error"]
    assert result.lines[1]["text"].startswith("one two")


# --- the line that ends it ---


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "--json"),
        ("ask", "--json", "--schema", "not-there.json", "hello"),
        ("ask", "--json", "--attach", "not-there.txt", "hello"),
        ("ask", "--json", "--temperature", "9", "hello"),
        (*TWO,),
        (*TWO, "--attach", "not-there.txt", "hello"),
    ],
    ids=["ask: no prompt", "schema", "attach", "temperature", "compare: no prompt", "compare: attach"],
)
async def test_wrong_usage_is_an_error_line_too(
    connected: Aica, server: MockServer, arguments: tuple[str, ...]
) -> None:
    result = await connected(*arguments)

    (error,) = result.lines
    assert result.status == 2
    assert (error["type"], error["kind"], error["retryable"]) == ("error", "bad_request", False)
    assert error["message"] and error["message"] in " ".join(result.err.split())
    assert not server.stats.recorded


async def test_without_json_wrong_usage_prints_nothing_on_standard_output(connected: Aica) -> None:
    result = await connected("ask")
    assert (result.status, result.out) == (2, "")


async def test_a_comparison_that_fails_as_a_whole_is_an_error_line(connected: Aica) -> None:
    result = await connected(*TWO, "--file", "not-there.jsonl")
    assert result.status == 3
    assert [(line["type"], line["kind"]) for line in result.lines] == [("error", "config")]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_termination_ends_the_lines_and_the_generation_upstream(connected: Aica, server: MockServer) -> None:
    server.script.update({"tokens": 100_000, "tokens_per_second": 100})
    child = await connected.start("ask", "--json", "hello")
    await eventually(lambda: server.stats.tokens_sent > 5)
    child.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        out, err = await child.communicate()

    assert child.returncode == -signal.SIGTERM
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["kind"] for line in lines if line["type"] in ("error", "done")] == ["cancelled"]
    assert lines[-1]["type"] == "error"
    assert b"Traceback" not in err
    await eventually(lambda: server.stats.streams_aborted == 1)


# --- output that cannot be written ---


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("flags", [(), ("--json",), ("--no-stream",)])
@pytest.mark.parametrize("unbuffered", ["", "1"])
async def test_output_that_cannot_be_written_is_told_with_the_reason(
    connected: Aica, unbuffered: str, flags: tuple[str, ...]
) -> None:
    connected.environment["PYTHONUNBUFFERED"] = unbuffered
    with Path("/dev/full").open("wb") as full:
        child = await connected.start("ask", *flags, "hello", stdout=full)
        _, err = await child.communicate()

    assert child.returncode == 1
    assert err.decode().splitlines()[-1] == "aica: the output could not be written: No space left on device."
    assert b"unexpected" not in err and b"Exception ignored" not in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
async def test_wrong_usage_stays_wrong_usage_where_nothing_can_be_written(connected: Aica) -> None:
    with Path("/dev/full").open("wb") as full:
        child = await connected.start("ask", "--json", stdout=full)
        _, err = await child.communicate()

    assert child.returncode == 2
    assert len(err.splitlines()) == 1 and b"there is no prompt" in err
