"""`aica compare`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.conversations.kept_comparisons import KeptComparison, kept_comparison, listed
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from tests.cli.conftest import Aica
from tests.cli.test_chat import at_terminal

pytestmark = pytest.mark.anyio

TWO = ("--model", "lm_studio:simulated/coder-7b", "--model", "simulated/thinker-4b")


async def test_both_answers_and_their_figures_are_printed(connected: Aica, server: MockServer) -> None:
    result = await connected("compare", *TWO, "--system", "Short.", "--temperature", "0.2", "Say", "it")
    assert result.status == 0
    assert result.out.count("one two three four five six") == 2
    assert "A lm_studio:simulated/coder-7b" in result.out and "B lm_studio:simulated/thinker-4b" in result.out
    assert "FIRST TOKEN" in result.out and "tok/s" in result.out
    figures = next(line for line in result.out.splitlines() if line.startswith("MODEL"))
    row = next(line for line in result.out.splitlines() if line.startswith("A ") and "tok/s" in line)
    assert row[figures.index("MEMORY") :].startswith("–"), "no model is in memory"
    assert "did not tell" not in result.err
    bodies = [r.body for r in server.stats.recorded if r.path.endswith("/chat/completions")]
    assert {body["model"] for body in bodies} == {"simulated/coder-7b", "simulated/thinker-4b"}
    assert all([m["content"] for m in body["messages"]] == ["Short.", "Say it"] for body in bodies)
    assert all(body["temperature"] == 0.2 for body in bodies)


async def test_json_has_everything(connected: Aica) -> None:
    result = await connected("compare", *TWO, "--in-turn", "--json", "hi")
    value = result.value
    assert result.err == ""
    (comparison,) = value["comparisons"]
    assert comparison["prompt"] == "hi"
    assert [one["state"] for one in comparison["answers"]] == ["complete", "complete"]
    assert all(one["simulated"] and one["metrics"]["output_tokens"] for one in comparison["answers"])
    assert [one["answered"] for one in value["summary"]] == [1, 1]


async def test_a_file_of_prompts_gives_a_summary(connected: Aica, tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text('"one"\n{"prompt": "two", "id": "b"}\n', encoding="utf-8")
    result = await connected("compare", *TWO, "--file", str(file))
    assert result.status == 0 and result.out.count("2/2") == 2 and "█" in result.out
    value = (await connected("compare", *TWO, "--file", str(file), "--json")).value
    assert [one["id"] for one in value["comparisons"]] == ["", "b"]
    file.write_text("nonsense\n", encoding="utf-8")
    bad = await connected("compare", *TWO, "--file", str(file))
    assert bad.status == 3 and "Line 1" in bad.err


async def test_one_failure_is_told_beside_the_other_answer(connected: Aica) -> None:
    result = await connected("compare", *TWO, "--model", "lm_studio:simulated/none", "hi")
    assert result.status == 5
    assert result.out.count("one two three") == 2 and "(failed)" in result.out
    assert "C: Model 'simulated/none' not found." in result.err


async def test_models_elsewhere_of_this_computer_that_do_not_answer_are_told(aica: Aica) -> None:
    result = await aica("compare", "--model", "lm_studio:a", "--model", "ollama:b", "hi")
    assert result.status == 4 and "A: LM Studio server not running." in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--model", "a", "hi"), "--model is given 2 to 4 times"),
        ((*TWO, *TWO, *TWO, "hi"), "2 to 4 times, not 6"),
        (TWO, "there is no prompt"),
        ((*TWO, "--file", "x", "hi"), "--file brings its own prompts"),
        ((*TWO, "--together", "--in-turn", "hi"), "not allowed with"),
        ((*TWO, "--temperature", "9", "hi"), "--temperature 9"),
    ],
)
async def test_wrong_usage_is_told_before_anything_is_asked(
    connected: Aica, server: MockServer, arguments: tuple[str, ...], words: str
) -> None:
    result = await connected("compare", *arguments)
    assert result.status == 2 and words in result.err
    assert not server.stats.recorded


async def kept(aica: Aica) -> list[KeptComparison]:
    """What the store holds now, the newest first."""
    store = ConversationStore(user_paths(aica.environment["AICA_HOME"]).store_file)
    await store.open()
    try:
        found = [await store.read(kept_comparison, row.uid) for row in await store.read(listed)]
    finally:
        await store.aclose()
    return [one for one in found if one is not None]


async def test_what_was_compared_is_kept_unless_it_is_not_wanted(connected: Aica, tmp_path: Path) -> None:
    assert (await connected("compare", *TWO, "--no-save", "--system", "Short.", "hi")).status == 0
    assert await kept(connected) == []
    assert (await connected("compare", *TWO, "--system", "Short.", "--temperature", "0.2", "hi")).status == 0
    (one,) = await kept(connected)
    assert (one.prompt, one.system_prompt, one.parameters["temperature"]) == ("hi", "Short.", 0.2)
    assert [answer.model.model for answer in one.answers] == ["simulated/coder-7b", "simulated/thinker-4b"]
    assert all(answer.text and answer.metrics is not None for answer in one.answers) and not one.hidden


@pytest.mark.parametrize("more", [(), ("--json",), ("--file", "x")])
async def test_blind_needs_somebody_who_votes(connected: Aica, server: MockServer, more: tuple[str, ...]) -> None:
    result = await connected("compare", *TWO, "--blind", *more, *(() if "--file" in more else ("hi",)))
    assert result.status == 2 and "--blind asks for a vote" in result.err
    assert not server.stats.recorded


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize(("keys", "vote"), [(b"z\rb\r", "B"), (b"t\r", "tie"), (b"X\r", "bad"), (b"\r", None)])
async def test_blind_hides_the_names_until_the_vote(connected: Aica, keys: bytes, vote: str | None) -> None:
    async with at_terminal(connected, "compare", *TWO, "--blind", "hi") as (terminal, child):
        await terminal.until(b"Enter no vote:")
        before = terminal.screen
        terminal.press(keys)
        await terminal.until(b"lm_studio:simulated/thinker-4b")
        async with asyncio.timeout(10):
            assert await child.wait() == 0
    assert b"Answer A" in before and before.count(b"one two three") >= 2
    for name in (b"coder", b"thinker", b"lm_studio", b"tok/s", b"FIRST TOKEN"):
        assert name not in before
    (one,) = await kept(connected)
    assert (one.blind, one.vote, one.hidden) == (True, vote, False)


def test_a_cost_is_never_rounded_to_nothing() -> None:
    from app.cli.compared_output import _cost

    assert [_cost(one) for one in (None, 0.0, 0.00001, 0.0123)] == ["unknown", "free", "< $0.0001", "$0.0123"]
