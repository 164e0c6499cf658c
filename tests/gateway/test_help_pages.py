"""The pages about the gateway: what they tell people to write down is read, and run where that is possible here."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.gateway.gateway import ROUTES
from app.gateway.metrics import Metrics
from app.services.mock_server import MockServer
from app.services.settings.schema import AppConfig
from tests.gateway.conftest import TOKEN, StartGateway, configure
from tests.tools import markdown

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
HELP = ROOT / "resources" / "help"
ADDRESS, MODEL = "http://127.0.0.1:3000", "qwen/qwen3-coder-30b"


def blocks(page: str, language: str) -> list[str]:
    text = (HELP / page).read_text(encoding="utf-8")
    return [block.text for block in markdown.code_blocks(text) if block.language == language]


def named(value: Any) -> set[str]:
    """Every text in a configuration."""
    if isinstance(value, dict):
        return {text for one in value.values() for text in named(one)}
    if isinstance(value, list):
        return {text for one in value for text in named(one)}
    return {value} if isinstance(value, str) else set()


async def test_the_python_example_runs(simulator: MockServer, start_gateway: StartGateway, tmp_path: Path) -> None:
    simulator.script.update({"ttft": 0, "tokens_per_second": 0, "answer": "one two"})
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    (example,) = blocks("gateway.md", "python")
    script = tmp_path / "example.py"
    script.write_text(
        example.replace(ADDRESS, running.address).replace("AICA_TOKEN", TOKEN).replace(MODEL, "simulated/coder-7b"),
        encoding="utf-8",
    )
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=pipe, stderr=pipe)
    async with asyncio.timeout(30):
        out, err = await child.communicate()

    assert (child.returncode, err.decode()) == (0, "")
    assert out.decode() == "one twoone two\n"


async def test_the_question_of_the_curl_example_is_answered(simulator: MockServer, start_gateway: StartGateway) -> None:
    configure(lm_studio={"base_url": simulator.base_url})
    running = await start_gateway()
    question = json.loads(next(text for text in blocks("gateway.md", "json") if '"messages"' in text))

    answer = await running.post("/v1/chat/completions", {**question, "model": "simulated/coder-7b"})

    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n")


def test_every_configuration_can_be_read_and_names_the_gateway_as_that_program_wants_it() -> None:
    _curl, claude, zed = map(json.loads, blocks("gateway.md", "json"))
    (codex,) = map(tomllib.loads, blocks("gateway.md", "toml"))
    llm, continue_ = map(yaml.safe_load, blocks("gateway.md", "yaml"))

    assert claude["env"]["ANTHROPIC_BASE_URL"] == ADDRESS
    for told in (codex, llm, continue_, zed):
        assert f"{ADDRESS}/v1" in named(told)
        assert ADDRESS not in named(told)
        assert MODEL in named(told)
    assert codex["model_provider"] in codex["model_providers"]


def test_the_llm_settings_are_those_that_the_real_program_is_tested_with() -> None:
    text = (ROOT / "tests" / "clients" / "test_llm.py").read_text(encoding="utf-8")
    (tested,) = re.findall(r'MODELS = """\\\n(.*?)"""', text, re.DOTALL)

    assert tested.format(model=MODEL, address=ADDRESS) == blocks("gateway.md", "yaml")[0]


def test_the_providers_of_a_team_are_valid_settings() -> None:
    for told in blocks("team.md", "json"):
        AppConfig.model_validate(json.loads(told))


def test_the_figures_that_the_page_names_are_there() -> None:
    shown = Metrics(ROUTES).exposition({}).decode()
    text = (HELP / "team.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`(aica_\w+)`", text))

    assert len(names) == 7
    assert all(name in shown for name in names)


def test_the_balancers_ask_for_what_there_is_and_do_not_buffer() -> None:
    (caddy,), (nginx,), (haproxy,) = (blocks("team.md", name) for name in ("caddyfile", "nginx", "haproxy"))

    assert "health_uri /readyz" in caddy
    assert "uri /readyz" in haproxy
    assert "/readyz" in ROUTES
    assert "flush_interval -1" in caddy
    assert "proxy_buffering off" in nginx
    assert all(text.count("{") == text.count("}") for text in (caddy, nginx))
    (scrape,) = map(yaml.safe_load, blocks("team.md", "yaml"))
    assert scrape["scrape_configs"][0]["static_configs"][0]["targets"]
