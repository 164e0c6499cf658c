"""`aica prompt`, and `/NAME` in `aica chat`."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.services.mock_server import MockServer
from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


async def test_a_prompt_is_kept_shown_and_removed(connected: Aica) -> None:
    assert (await connected("prompt", "save", "plan", "Plan", "{{input}}", "in steps.")).out == "/plan is kept.\n"
    again = await connected("prompt", "save", "plan", stdin=b"Plan {{input}} in three steps.\n")
    assert again.out == "/plan has another text now.\n"
    assert (await connected("prompt", "show", "/plan")).status == 2
    assert (await connected("prompt", "show", "plan")).out == "Plan {{input}} in three steps.\n\n"
    listed = (await connected("prompt", "list", "--json")).value["prompts"]
    assert {p["name"]: p["own"] for p in listed}["plan"] is True
    assert "/review" in (await connected("prompt", "list")).out
    assert (await connected("prompt", "delete", "plan")).out == "/plan removed.\n"
    assert (await connected("prompt", "delete", "review")).status == 2
    assert (await connected("prompt", "save", "two words", "x")).status == 3


async def test_a_name_behind_a_slash_sends_the_prompt(connected: Aica, server: MockServer) -> None:
    await connected("prompt", "save", "plan", "Plan {{input}} in steps.")
    result = await connected("chat", stdin=b"/plan the move\n/nothing\n/prompts\n")
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert [m["content"] for m in bodies[0]["messages"]] == ["Plan the move in steps."]
    assert len(bodies) == 1 and "There is no command '/nothing', nor a prompt" in result.err
    assert "/plan " in result.out and "/commit " in result.out


async def test_a_prompt_that_cannot_be_saved_is_not_called_kept(connected: Aica) -> None:
    folder = Path(connected.environment["AICA_HOME"]) / "data"
    folder.mkdir(parents=True)
    (folder / "conversations.db").write_bytes(b"not a database" * 1000)
    result = await connected("prompt", "save", "plan", "Plan {{input}}.")
    assert result.status == 3 and "kept" not in result.out
    assert "cannot be saved" in result.err and "Nothing was changed" in result.err
    assert (await connected("prompt", "list")).status == 0


async def test_a_place_that_nothing_was_said_for_is_told_and_never_sent_as_it_stands(
    connected: Aica, server: MockServer
) -> None:
    await connected("prompt", "save", "tr", "To {{language}}: {{input}}")
    result = await connected("chat", stdin=b"/explain\n/tr hello\n")
    assert "Not sent: write behind /explain what it is about." in result.err
    assert "Sent as it stands there: {{language}}." in result.err
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert [body["messages"][-1]["content"] for body in bodies] == ["To {{language}}: hello"]
