"""The packaged programs, started as people start them and as they start themselves."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app import __version__
from app.services.llm import registry
from tests.bundle.conftest import ENGINE
from tests.end_to_end.conftest import Programs
from tests.fakes.pdf import pdf

pytestmark = pytest.mark.anyio

PROMPT = "Write code that cuts a text into pieces"


async def asked_line(programs: Programs, program: str, argument: str, request: dict[str, Any]) -> dict[str, Any]:
    """What a child of ours that works on lines answers to one."""
    child = await programs.start(program, argument, stdin=asyncio.subprocess.PIPE, limit=32 * 1024 * 1024)
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(json.dumps(request).encode() + b"\n")
    async with asyncio.timeout(30):
        line = await child.stdout.readline()
        child.stdin.close()
        answer: dict[str, Any] = json.loads(line)
        assert await child.wait() == 0
    return answer


async def test_both_programs_tell_their_version(packaged: Programs, aica: str, window: str) -> None:
    assert (await packaged.run(aica, "--version")).out.strip() == f"aica {__version__}"
    assert (await packaged.run(window, "--version")).out.strip() == f"AI Coder Assistant {__version__}"


async def test_all_providers_and_the_shipped_settings_are_there(packaged: Programs, aica: str) -> None:
    ended = await packaged.run(aica, "ask", "--provider", "nobody", "Hello")
    known = re.search(r"Known providers: ([\w, ]+)\.", ended.err)
    assert known is not None, ended.err
    assert set(known[1].split(", ")) == set(registry.all_classes())
    ended = await packaged.run(aica, "config", "get", "default_provider")
    assert (ended.status, ended.out.strip().strip('"')) == (0, "lm_studio"), ended.err


async def test_a_question_is_answered_by_the_simulated_model(packaged: Programs, aica: str) -> None:
    ended = await packaged.run(aica, "ask", "--provider", "mock", PROMPT)
    assert ended.status == 0, ended.err
    assert "def chunks(text: str, size: int)" in ended.out


async def test_the_doctor_runs(packaged: Programs, aica: str) -> None:
    ended = await packaged.run(aica, "doctor", "--json")
    assert ended.status in (0, 4), ended.err
    assert f"aica {__version__}" in ended.out
    assert "lm_studio" in ended.out


async def test_every_command_is_there(packaged: Programs, aica: str) -> None:
    from app.cli.main import COMMANDS

    for command in COMMANDS:
        ended = await packaged.run(aica, command, "--help")
        assert (ended.status, ended.err) == (0, ""), command


@pytest.mark.parametrize("program", ["aica", "window"])
async def test_documents_are_read_by_a_child(packaged: Programs, program: str, request: pytest.FixtureRequest) -> None:
    wanted = {"data": base64.b64encode(pdf("Text of the page")).decode(), "most": 1_000}
    answer = await asked_line(packaged, request.getfixturevalue(program), "--document-worker", wanted)
    assert answer["text"].endswith("Text of the page")


async def test_code_and_formulas_are_drawn_by_a_child(packaged: Programs, window: str) -> None:
    code = {"lexer": "python", "lines": ["def f(): pass"]}
    answer = await asked_line(packaged, window, "--highlight-worker", code)
    assert [0, 3, "key"] in answer["ranges"][0]
    formula = {"formula": r"\frac{1}{2}", "ink": "#010203"}
    assert (await asked_line(packaged, window, "--highlight-worker", formula))["svg"].startswith("<svg")


async def told_address(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None
    async with asyncio.timeout(60):
        line = (await child.stdout.readline()).decode()
    assert line.startswith("listening on http://"), line
    return line.removeprefix("listening on ").strip()


async def posted(address: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of a POST with our token."""
    import httpx2

    async with httpx2.AsyncClient(base_url=address, trust_env=False, timeout=30) as client:
        answer = await client.post(path, json=body, headers={"Authorization": "Bearer team"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("starter", ["aica", "aica with two workers", "window"])
async def test_the_gateway_answers(
    packaged: Programs, starter: str, request: pytest.FixtureRequest, aica: str, window: str
) -> None:
    simulator = await packaged.start(aica, "mock-server", "--port", "0")
    seen = {"LMSTUDIO_BASE_URL": await told_address(simulator), "AICA_GATEWAY_TOKEN": "team"}
    command = {
        "aica": (aica, "serve", "--port", "0"),
        "aica with two workers": (aica, "serve", "--port", "0", "--workers", "2"),
        # As the window starts it.
        "window": (window, "--command", "serve", "--port", "0", "--end-with-stdin"),
    }[starter]
    gateway = await packaged.start(*command, environment=seen, stdin=asyncio.subprocess.PIPE)
    address = await told_address(gateway)
    question = {"model": "simulated/coder-7b", "messages": [{"role": "user", "content": PROMPT}]}
    answer = await posted(address, "/v1/chat/completions", question)
    assert "def chunks" in answer["choices"][0]["message"]["content"]
    if starter == "window":
        assert gateway.stdin is not None
        gateway.stdin.close()
    else:
        gateway.terminate()
    async with asyncio.timeout(30):
        assert await gateway.wait() == 0


async def test_the_mcp_server_answers(packaged: Programs, aica: str) -> None:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(command=aica, args=["mcp"], env=packaged.environment, cwd=str(packaged.folder))
    async with asyncio.timeout(60), stdio_client(server) as (incoming, outgoing):
        async with ClientSession(incoming, outgoing) as client:
            await client.initialize()
            tools = {tool.name for tool in (await client.list_tools()).tools}
    assert {"init_llm", "generate", "get_instructions", "list_models", "backend_status"} <= tools


def engine_settings(tmp_path: Path) -> Path:
    """A configuration that leads to a folder with one model, which recites."""
    tiny = pytest.importorskip("tests.fakes.tiny_gguf")
    folder = tmp_path / "models"
    folder.mkdir()
    tiny.write_tiny_model(folder / "tiny.gguf")
    file = tmp_path / "config.json"
    own = {"folders": [str(folder)], "default_model": "tiny"}
    file.write_text(json.dumps({"provider_configurations": {"embedded": own}}))
    return file


async def test_the_built_in_engine_answers_or_says_that_it_is_not_in_this_package(
    packaged: Programs, bundle: Path, aica: str, tmp_path: Path
) -> None:
    settings = engine_settings(tmp_path)
    asking = (aica, "--config", str(settings), "ask", "--provider", "embedded", "--model", "tiny", "Tell me a story")
    ended = await packaged.run(*asking)
    if (bundle / "_internal" / ENGINE).exists():
        from tests.fakes.tiny_gguf import SENTENCE

        assert (ended.status, ended.out.strip()) == (0, SENTENCE), ended.err
    else:
        assert ended.status == 4
        assert "was made without it" in ended.err and "pip install" not in ended.err
