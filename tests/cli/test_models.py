"""`aica models`: one list of everything that answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.services.mock_server import MockServer
from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


async def test_the_table_shows_models_and_says_who_did_not_answer(connected: Aica) -> None:
    result = await connected("models")
    assert result.status == 0
    head, *rows = [re.split(r" {2,}", line) for line in result.out.splitlines()]
    assert head == ["MODEL", "PROVIDER", "TYPE", "STATE", "CONTEXT NOW", "CONTEXT MAX", "QUANT", "SIZE"]
    coder = next(row for row in rows if row[0] == "simulated/coder-7b")
    assert coder[1:] == ["lm_studio", "chat", "loaded", "16384", "32768", "Q4_K_M", "4.7 GB", "simulated"]
    thinker = next(row for row in rows if row[0] == "simulated/thinker-4b")
    assert thinker[1:] == ["lm_studio", "chat", "not loaded", "262144", "Q4_K_M", "2.5 GB", "simulated"]
    assert "aica: Ollama is not running.\nNothing answers at http://127.0.0.1:9. " in result.err


async def test_json_holds_models_and_providers(connected: Aica) -> None:
    value = (await connected("models", "--json", "--refresh")).value
    coder = next(m for m in value["models"] if m["id"] == "simulated/coder-7b")
    assert coder["name"] == "Simulated Coder 7B"
    assert (coder["available"], coder["loaded_context_length"], coder["simulated"]) == (True, 16384, True)
    states = {p["id"]: p["status"] for p in value["providers"]}
    assert (states["lm_studio"], states["ollama"]) == ("up", "down")


async def test_one_provider_can_be_asked_for_even_the_simulated_one(aica: Aica) -> None:
    value = (await aica("models", "--provider", "mock", "--json")).value
    assert {p["id"] for p in value["providers"]} == {"mock"}
    assert len(value["models"]) >= 6


async def test_when_nothing_answers_the_status_is_4(aica: Aica) -> None:
    result = await aica("models")
    assert (result.status, result.out) == (4, "")
    assert (await aica("models", "--provider", "nonsense")).status == 3


async def test_a_built_in_engine_without_files_says_so_when_nothing_else_lists_anything(
    aica: Aica, tmp_path: Path
) -> None:
    off = {"is_enabled": False}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"provider_configurations": {"lm_studio": off, "ollama": off}}), encoding="utf-8")
    result = await aica("--config", str(config), "models")
    assert (result.status, result.out) == (5, "")
    assert result.err.startswith("aica: Built-in engine found no model file on this computer.\nIt looks for GGUF files")


async def test_B8_hostile_names_are_made_visible(connected: Aica, server: MockServer) -> None:
    server.script.extra_models = ["simulated/x\x1b[2J\nfake row\u202e"]
    result = await connected("models")
    assert "\x1b" not in result.out + result.err
    assert not any(line.startswith("fake row") for line in result.out.splitlines())
