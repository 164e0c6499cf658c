"""`aica recommend`, and `--model auto`: which model, why, and how much that rests on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.paths import user_paths
from app.services.conversations import comparison_rows
from app.services.conversations.comparison_rows import NewComparedAnswer, NewComparison
from app.services.conversations.store import ConversationStore
from app.services.mock_server import MockServer
from app.services.mock_server.script import Fault
from tests.cli.conftest import Aica
from tests.cli.test_ask import ANSWER, CODER, PNG

pytestmark = pytest.mark.anyio

WRITER = "simulated/writer-13b"


async def vote(winner: str, loser: str, times: int) -> None:
    """Kept comparisons with a vote, as the window writes them."""
    store = ConversationStore(user_paths().store_file)
    await store.open()
    ended = {"state": "complete", "text": "...", "reasoning": "", "finish_reason": "stop", "left_out": []}
    for _ in range(times):
        rows = [NewComparedAnswer("lm_studio", model, model, True, True) for model in (winner, loser)]
        uid = await store.write(comparison_rows.create, NewComparison("The sea?"), rows, store.owner_id)
        for place in (0, 1):
            await store.write(comparison_rows.finish, uid, place, {**ended, "metrics": None, "error": None})
        await store.write(comparison_rows.set_vote, uid, "A", "other")
    await store.aclose()


async def test_it_ranks_models_with_reasons_and_says_that_evidence_is_thin(connected: Aica) -> None:
    result = await connected("recommend", "Write a Python function.")
    assert result.status == 0
    first, _blank, head, *rows = result.out.splitlines()
    assert first.startswith(f"lm_studio:{CODER}  code") and first.endswith("no votes yet")
    assert head.split() == ["MODEL", "PROVIDER", "VOTES", "SECONDS", "USD", "SCORE"]
    assert rows[0].split()[:3] == [CODER, "lm_studio", "none"]
    assert len(rows) == 6
    assert "Thin evidence: you have not voted on this model yet" in result.err


async def test_votes_decide_once_there_are_some(connected: Aica) -> None:
    await vote(WRITER, CODER, 6)
    result = await connected("recommend", "Tell me about the sea.")
    assert result.out.startswith(f"lm_studio:{WRITER}  your votes prefer it\n")
    assert "Thin evidence" not in result.err
    value = (await connected("recommend", "--json", "Tell me about the sea.")).value
    assert (value["recommended"], value["thin"], value["votes"]) == (f"lm_studio:{WRITER}", False, "enough")
    best = value["models"][0]
    assert (best["votes"], best["won"], best["measured"]) == (6, 6, False)
    assert best["score"] == pytest.approx(sum(best["factors"].values()), abs=0.01)


async def test_what_a_model_cannot_do_is_said(connected: Aica, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    result = await connected("recommend", "--attach", str(picture), "What is this?")
    assert result.out.startswith("lm_studio:simulated/vision-8b  pictures")
    assert f"Not lm_studio:{CODER}: cannot read pictures." in " ".join(result.err.split())


async def test_without_a_prompt_it_is_about_any_task(connected: Aica) -> None:
    value = (await connected("recommend", "--json")).value
    assert value["need"]["kind"] == "other" and value["need"]["prompt_tokens"] == 0
    assert value["recommended"] == f"lm_studio:{CODER}"


async def test_when_nothing_answers_the_status_is_4(aica: Aica) -> None:
    result = await aica("recommend", "Hello")
    assert (result.status, result.out) == (4, "")
    assert "LM Studio server not running." in result.err


# --- asking on Auto ---


async def test_asking_on_auto_names_the_model_and_the_reason_first(connected: Aica, server: MockServer) -> None:
    await vote(WRITER, CODER, 6)
    result = await connected("ask", "--model", "auto", "Tell me about the sea.")
    assert (result.status, result.out) == (0, f"{ANSWER}\n")
    said = " ".join(result.err.split())
    assert f"aica: lm_studio:{WRITER} is asked, chosen by Auto: your votes prefer it." in said
    assert server.stats.recorded[-1].body["model"] == WRITER


async def test_json_tells_the_choice_and_who_was_passed_over(connected: Aica, server: MockServer) -> None:
    server.script.fault, server.script.retry_after, server.script.fault_times = Fault.OVERLOADED, "90", 1
    result = await connected("ask", "--model", "auto", "--json", "Hello")
    lines = [json.loads(line) for line in result.out.splitlines()]
    kinds = [line["type"] for line in lines]
    assert result.status == 0
    assert kinds[:4] == ["auto", "start", "passed_over", "start"] and kinds[-1] == "done"
    assert (lines[2]["model"], lines[2]["kind"]) == (CODER, "overloaded")
    assert lines[3]["model"] == lines[0]["choices"][1]["model"]


async def test_a_chat_on_auto_says_who_is_asked_and_why(connected: Aica) -> None:
    result = await connected("chat", "--model", "auto", stdin=b"Write a Python function.\n")
    assert result.status == 0
    assert "Simulated Coder 7B is asked, chosen by Auto: code" in " ".join(result.err.split())
