"""`aica setup` as a real process: what it finds, starts, looks up and fetches."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli.conftest import Aica, eventually, home_without_programs, install_programs
from tests.fakes.hub import FakeHub
from tests.fakes.lms import FakeLms
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.raw_http import refused_port

pytestmark = pytest.mark.anyio
SMALL = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
MODEL = f"{SMALL}/coder-q4_k_m"


@pytest.fixture
async def fake(aica: Aica, tmp_path: Path) -> AsyncIterator[FakeHub]:
    home_without_programs(aica, tmp_path / "person")
    async with FakeHub() as hub:
        assert (await aica("config", "set", "network.hub_url", hub.url)).status == 0
        yield hub


@pytest.fixture
def tiny(tmp_path: Path) -> bytes:
    pytest.importorskip("gguf")
    pytest.importorskip("xllamacpp")
    from tests.fakes.tiny_gguf import write_tiny_model

    write_tiny_model(tmp_path / "made.gguf")
    return (tmp_path / "made.gguf").read_bytes()


async def test_without_a_terminal_it_only_reports_and_asks_no_hub(aica: Aica, fake: FakeHub, tiny: bytes) -> None:
    result = await aica("setup")
    assert result.status == 5
    assert "LM Studio" in result.out and "not installed" in result.out
    assert "Qwen2.5 Coder 1.5B" in result.out
    assert "setup --yes" in " ".join(result.err.split()) and "Nothing was started or fetched." in result.err
    assert not fake.api.requests


async def test_yes_fetches_what_fits_and_it_answers(aica: Aica, fake: FakeHub, tiny: bytes) -> None:
    fake.add(SMALL, {"coder-q4_k_m.gguf": tiny})
    result = await aica("setup", "--yes")
    assert result.status == 0, result.err
    assert "apache-2.0" in result.out and "fits" in result.out
    assert f"Ready: {MODEL} (The built-in engine)." in result.out
    assert "SHA-256" in result.err
    assert (await aica("config", "get", "default_provider")).out.strip() == "embedded"
    answer = await aica("ask", "hello", timeout_s=60)
    assert "Once upon a byte" in answer.out
    again = await aica("setup", "--json")
    assert again.status == 0
    assert again.lines[-1] == {"type": "done", "backend": "embedded", "model": MODEL}


async def test_a_server_with_a_model_is_enough(connected: Aica, fake: FakeHub) -> None:
    result = await connected("setup", "--json")
    assert result.status == 0
    assert result.lines[0]["backend"] == "lm_studio" and result.lines[0]["models"]
    assert result.lines[-1]["backend"] == "lm_studio"
    assert not fake.api.requests


async def test_a_default_that_was_chosen_stays(connected: Aica, fake: FakeHub) -> None:
    assert (await connected("config", "set", "default_provider", "openai")).status == 0
    assert (await connected("setup", "--yes")).status == 0
    assert (await connected("config", "get", "default_provider")).out.strip() == "openai"


async def test_the_default_provider_is_named_before_others_that_answer(connected: Aica, fake: FakeHub) -> None:
    async with FakeOllama() as ollama:
        connected.environment["OLLAMA_HOST"] = ollama.url
        assert (await connected("config", "set", "default_provider", "ollama")).status == 0
        result = await connected("setup", "--yes", "--json")
    assert result.lines[-1] == {"type": "done", "backend": "ollama", "model": "llama3:latest"}
    assert (await connected("config", "get", "default_provider")).out.strip() == "ollama"


async def test_what_is_installed_and_off_is_named_with_its_start(aica: Aica, fake: FakeHub, tmp_path: Path) -> None:
    install_programs(tmp_path / "person")
    result = await aica("setup", "--json")
    assert result.status == 4
    assert result.lines[-1]["kind"] == "not_running"
    assert "backend start lm_studio" in result.lines[-1]["hint"]


async def test_a_program_that_was_started_and_has_no_model_is_told_and_one_is_fetched(
    aica: Aica, fake: FakeHub, tiny: bytes, tmp_path: Path
) -> None:
    fake.add(SMALL, {"coder-q4_k_m.gguf": tiny})
    lms = FakeLms(tmp_path / "person")
    aica.environment |= {"PATH": "/usr/bin", "LMSTUDIO_BASE_URL": f"http://127.0.0.1:{refused_port()}"}
    try:
        result = await aica("setup", "--yes")
        assert result.status == 0, result.err
        assert "Starting LM Studio" in result.err
        assert "LM Studio runs, and has no model yet." in result.err
        assert f"Ready: {MODEL}" in result.out
    finally:
        lms.close()


async def test_a_hub_out_of_reach_is_one_sentence_and_its_status(aica: Aica, fake: FakeHub, tiny: bytes) -> None:
    assert (await aica("config", "set", "network.hub_url", "http://127.0.0.1:9")).status == 0
    result = await aica("setup", "--yes", "--json")
    assert result.status == 4
    assert result.lines[-1]["type"] == "error"


async def test_sums_that_differ_are_told_and_nothing_stays(aica: Aica, fake: FakeHub, tiny: bytes) -> None:
    fake.add(SMALL, {"coder-q4_k_m.gguf": tiny}).sums["coder-q4_k_m.gguf"] = "0" * 64
    result = await aica("setup", "--yes")
    assert result.status == 6
    assert "SHA-256" in result.err
    assert not list(Path(aica.environment["AICA_HOME"]).rglob("*.gguf"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
async def test_at_a_terminal_each_step_is_asked_for(aica: Aica, fake: FakeHub, tiny: bytes) -> None:
    fake.add(SMALL, {"coder-q4_k_m.gguf": tiny})
    ours, theirs = os.openpty()
    seen = bytearray()
    child = await aica.start("setup", stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, lambda: seen.extend(_read(ours)))
    try:
        await eventually(lambda: b"Look up their sizes" in seen)
        assert not fake.api.requests
        os.write(ours, b"\r")
        await eventually(lambda: b"Which one to download" in seen)
        assert not fake.network.requests or fake.sent_bytes <= 524_288
        os.write(ours, b"n\r")
        async with asyncio.timeout(10):
            assert await child.wait() == 130
        assert not list(Path(aica.environment["AICA_HOME"]).rglob("*.gguf"))
    finally:
        loop.remove_reader(ours)
        os.close(ours)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 65_536)
    except OSError:
        return b""


async def test_one_server_is_set_up_from_its_program_to_a_loaded_model(
    aica: Aica, fake: FakeHub, tmp_path: Path
) -> None:
    lms = FakeLms(tmp_path / "person")
    lms.serve_simulated(extra_models=["simulated/coder"])
    address = f"http://127.0.0.1:{refused_port()}/v1"
    aica.environment["LMSTUDIO_BASE_URL"] = address
    try:
        nobody = await aica("setup", "lmstudio")
        assert nobody.status != 0 and "setup lm_studio --yes" in " ".join(nobody.err.split())
        result = await aica("setup", "lmstudio", "--yes")
        assert result.status == 0, result.err
        assert f"its server answers at {address}" in result.out
        assert "simulated/coder is in memory." in result.out
        assert "Ready: simulated/coder (LM Studio)." in result.out
        again = await aica("setup", "lmstudio", "--yes", "--json")
        steps = [line for line in again.lines if line["type"] == "step" and line["status"] == "done"]
        assert [line["step"] for line in steps] == ["find", "start", "model", "load", "address", "test"]
        assert again.lines[-1] == {"type": "done", "backend": "lm_studio", "model": "simulated/coder"}
    finally:
        lms.close()


async def test_the_built_in_engine_has_no_server_to_set_up(aica: Aica, fake: FakeHub) -> None:
    result = await aica("setup", "embedded", "--yes")
    assert result.status != 0
    assert "has no server to set up" in result.err
