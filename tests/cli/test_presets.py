"""`aica preset`, and `--preset` of `aica chat` and `aica ask`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.services.mock_server import MockServer
from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


def bodies(server: MockServer) -> list[dict[str, Any]]:
    return [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]


async def test_a_preset_is_kept_shown_and_removed(connected: Aica) -> None:
    kept = await connected(
        "preset", "save", "Careful", "--system", "Be careful.", "--temperature", "0.2", "--stop", "END"
    )
    assert kept.out == "“Careful” is kept.\n"
    shown = await connected("preset", "show", "careful")
    assert shown.out == 'temperature = 0.2\nstop = ["END"]\n\nBe careful.\n'
    (listed,) = (await connected("preset", "list", "--json")).value["presets"]
    assert listed == {
        "name": "Careful",
        "system_prompt": "Be careful.",
        "parameters": {"temperature": 0.2, "stop": ["END"]},
        "load": {},
        "default_of": [],
    }
    assert "temperature 0.2" in (await connected("preset", "list")).out
    assert (await connected("preset", "save", "careful", "--seed", "7")).out == "“careful” has other values now.\n"
    assert (await connected("preset", "delete", "Careful")).out == "“careful” removed.\n"
    assert (await connected("preset", "show", "Careful")).status == 2
    assert (await connected("preset", "delete", "Careful")).status == 2


async def test_a_value_that_cannot_be_sent_and_no_value_at_all_are_refused(connected: Aica) -> None:
    refused = await connected("preset", "save", "Hot", "--temperature", "9")
    assert refused.status == 2 and "--temperature" in refused.err
    assert (await connected("preset", "save", "Nothing")).status == 3
    assert (await connected("preset", "list", "--json")).value == {"presets": []}


async def test_a_question_takes_a_preset_and_flags_stand_above_it(connected: Aica, server: MockServer) -> None:
    await connected("preset", "save", "Careful", "--system", "Be careful.", "--temperature", "0.2", "--seed", "7")
    assert (await connected("ask", "--preset", "careful", "hello")).status == 0
    assert (
        await connected("ask", "--preset", "Careful", "--temperature", "1", "--system", "Be wild.", "hi")
    ).status == 0
    first, second = bodies(server)
    assert (first["temperature"], first["seed"], first["messages"][0]["content"]) == (0.2, 7, "Be careful.")
    assert (second["temperature"], second["seed"], second["messages"][0]["content"]) == (1, 7, "Be wild.")
    unknown = await connected("ask", "--preset", "wild", "hello")
    assert unknown.status == 2 and "There is no preset 'wild'" in unknown.err


async def test_a_chat_is_begun_with_a_preset_and_keeps_it(connected: Aica, server: MockServer) -> None:
    await connected("preset", "save", "Careful", "--system", "Be careful.", "--temperature", "0.2")
    assert (await connected("chat", "--preset", "Careful", stdin=b"one\n")).status == 0
    assert (await connected("chat", "--continue", stdin=b"two\n")).status == 0
    for body in bodies(server):
        assert (body["temperature"], body["messages"][0]["content"]) == (0.2, "Be careful.")
    assert (await connected("chat", "--preset", "wild", stdin=b"one\n")).status == 2


async def test_a_preset_that_cannot_be_saved_is_not_called_kept(connected: Aica) -> None:
    folder = Path(connected.environment["AICA_HOME"]) / "data"
    folder.mkdir(parents=True)
    (folder / "conversations.db").write_bytes(b"not a database" * 1000)
    result = await connected("preset", "save", "Careful", "--temperature", "0.2")
    assert result.status == 3 and "kept" not in result.out
    assert "Nothing was changed" in result.err


async def test_controls_in_a_stop_sequence_do_not_reach_the_terminal(connected: Aica) -> None:
    await connected("preset", "save", "odd", "--stop", "a\u009b31mb", "--stop", "c\u202ed")
    for action in (("show", "odd"), ("list",)):
        out = (await connected("preset", *action)).out
        assert "31mb" in out and "\u009b" not in out


async def test_what_a_preset_loses_by_being_saved_again_is_told(connected: Aica) -> None:
    await connected("preset", "save", "Careful", "--system", "Say so.", "--temperature", "0.2", "--seed", "7")
    again = await connected("preset", "save", "Careful", "--temperature", "0.5")
    assert "No longer in it, since they were not named: seed, system prompt." in again.err


async def test_a_preset_says_how_a_model_is_loaded_and_is_shown_with_that(connected: Aica) -> None:
    saved = await connected("preset", "save", "Long", "--temperature", "0.2", "--context", "8000", "--ttl", "never")
    assert saved.status == 0
    shown = await connected("preset", "show", "long")
    assert shown.out == 'temperature = 0.2\nload context_length = 8000\nload ttl_s = "never"\n'
    (listed,) = (await connected("preset", "list", "--json")).value["presets"]
    assert listed["load"] == {"context_length": 8000, "ttl_s": "never"}
    assert "load context 8000, load ttl never" in (await connected("preset", "list")).out
    again = await connected("preset", "save", "Long", "--batch", "256")
    assert "No longer in it, since they were not named: temperature, load context_length, load ttl_s." in again.err
