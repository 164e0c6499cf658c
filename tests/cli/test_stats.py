"""`aica stats`: figures of earlier answers as a table, JSON and CSV."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest

from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore
from tests.cli.conftest import Aica

pytestmark = pytest.mark.anyio


async def an_answer(
    aica: Aica, *, at: float, status: Any = "complete", kind: str = "", simulated: bool = False, **metrics: Any
) -> None:
    """As the product stores it, at that time."""
    file = Path(aica.environment["AICA_HOME"]) / "data" / "conversations.db"
    store = ConversationStore(file, clock=lambda: at)
    await store.open()
    chat = await store.create_conversation()
    prompt = await store.add_user_message(chat, None, "Why?")
    new = NewAnswer("ollama", "coder:7b", "Coder 7B", True, simulated, {}, {}, "test")
    answer = await store.begin_answer(chat, prompt, new)
    error = {"kind": kind, "message": "x", "hint": ""} if kind else None
    await store.finish_answer(answer, status, "Because.", "", metrics=metrics, error=error)
    await store.aclose()


@pytest.fixture
async def answered(aica: Aica) -> Aica:
    now = time.time()
    figures = {"ttft_ms": 250.0, "tokens_per_second": 40.0, "output_tokens": 1200, "input_tokens": 300}
    await an_answer(aica, at=now - 90 * 86_400, estimated=True, **{**figures, "tokens_per_second": 10.0})
    await an_answer(aica, at=now, estimated=False, **figures)
    await an_answer(aica, at=now, status="error", kind="timeout")
    return aica


async def test_a_table_has_medians_sums_and_what_failed(answered: Aica) -> None:
    found = await answered("stats")
    assert found.status == 0
    head, row, failed = found.out.splitlines()
    assert head.split("  ")[0] == "MODEL"
    for text in ("ollama:coder:7b", "3", "1", "0.25 s", "≈ 25.0 tok/s", "600", "≈ 2,400"):
        assert text in row
    assert failed == "ollama:coder:7b failed: timeout 1"


async def test_since_leaves_out_what_is_older(answered: Aica) -> None:
    (model,) = (await answered("stats", "--since", "7d", "--json")).value["models"]
    assert (model["provider"], model["model"], model["runs"]) == ("ollama", "coder:7b", 2)
    assert (model["tokens_per_second"]["median"], model["tokens_per_second"]["estimated"]) == (40.0, 0)
    assert model["cost_usd"] is None
    (ever,) = (await answered("stats", "--json")).value["models"]
    assert ever["tokens_per_second"]["estimated"] == 1
    assert [day["runs"] for day in model["periods"]] == [0, 0, 0, 0, 0, 0, 2]
    assert (await answered("stats", "--since", "soon")).status == 2


async def test_csv_has_a_line_for_each_period_with_answers(answered: Aica) -> None:
    rows = list(csv.DictReader(io.StringIO((await answered("stats", "--csv")).out)))
    assert [(row["model"], row["runs"], row["failures"]) for row in rows] == [
        ("coder:7b", "1", ""),
        ("coder:7b", "2", "timeout:1"),
    ]


async def test_simulated_answers_alone_are_said_to_be_left_out(aica: Aica) -> None:
    await an_answer(aica, at=time.time() - 30 * 86_400, simulated=True)
    found = await aica("stats")
    assert (found.status, found.out) == (0, "")
    assert "No answers of a model yet, only simulated ones" in found.err
    assert "No answers since then." in (await aica("stats", "--since", "7d")).err
    assert "only simulated ones" in (await aica("stats", "--since", "60d")).err


async def test_without_answers_it_says_so(aica: Aica) -> None:
    found = await aica("stats")
    assert (found.status, found.out) == (0, "")
    assert "No answers yet." in found.err
    assert (await aica("stats", "--json")).value == {"since": None, "models": []}
