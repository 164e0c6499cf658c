"""The reader of large stores: the same figures, slice by slice, by day, week or month; and as files."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.services.conversations.store import ConversationStore
from app.services.statistics import export, run_rows
from app.services.statistics.model_figures import model_figures
from app.services.statistics.reading import StatisticsReader, bucket_for, since_days

pytestmark = pytest.mark.anyio

Ran = Callable[..., Awaitable[int]]
NOW = 1_795_608_000.0
DAY = 86_400.0


@pytest.fixture
def reader(store: ConversationStore) -> StatisticsReader:
    return StatisticsReader(store, clock=lambda: NOW)


async def some_runs(ran: Ran) -> None:
    for n in range(9):
        await ran(at=NOW - n * DAY, ttft_ms=100.0 * (n + 1), output_tokens=20, tokens_per_second=10.0 + n, cost_usd=0.5)
    await ran("other", status="error", kind="timeout")
    await ran(status="error", kind="overloaded")


async def test_slices_come_to_the_same_as_one_read(
    store: ConversationStore, ran: Ran, reader: StatisticsReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some_runs(ran)
    whole = await store.read(model_figures)
    monkeypatch.setattr(run_rows.end_of_slice, "__defaults__", (2,))
    assert await reader.models(None) == whole
    assert await reader.models(NOW - 3.5 * DAY) == await store.read(model_figures, NOW - 3.5 * DAY)


async def test_a_history_reaches_from_the_asked_day_to_today(ran: Ran, reader: StatisticsReader) -> None:
    await ran(at=NOW - 2 * DAY, output_tokens=20)
    history = await reader.history("ollama", "coder", since_days(7, NOW))
    assert history.bucket == "day"
    assert [one.totals.runs for one in history.periods] == [0, 0, 0, 0, 1, 0, 0]


async def test_a_history_of_a_model_that_did_not_run_then_is_empty(ran: Ran, reader: StatisticsReader) -> None:
    await ran(at=NOW - 20 * DAY)
    assert (await reader.history("ollama", "coder", since_days(7, NOW))).periods == ()
    assert (await reader.history("ollama", "never", None)).periods == ()


def test_longer_times_are_cut_into_longer_pieces() -> None:
    assert [bucket_for(days * DAY) for days in (7, 30, 90, 500)] == ["day", "day", "week", "month"]


async def test_csv_has_a_line_for_each_day_with_runs_and_nothing_for_what_is_unknown(
    ran: Ran, reader: StatisticsReader
) -> None:
    await ran(at=NOW - DAY, output_tokens=20, estimated=True)
    await ran(at=NOW, ttft_ms=250.0, output_tokens=20, tokens_per_second=40.0, cost_usd=0.25)
    await ran(at=NOW, status="error", kind="timeout")
    text = export.as_csv([await reader.history("ollama", "coder", None)])
    assert text.count("\r\n") == 3
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert (first["ttft_ms"], first["cost_usd"], first["output_estimated"], first["unpriced_runs"]) == (
        "",
        "",
        "1",
        "1",
    )
    assert (second["runs"], second["failed"], second["failures"]) == ("2", "1", "timeout:1")
    assert (second["ttft_ms"], second["tokens_per_second"], second["cost_usd"]) == ("250.0", "40.0", "0.250000")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\n=1", "＝1+1", "＠SUM(A1)"])
async def test_B10_a_name_that_is_a_formula_is_text_in_csv(ran: Ran, reader: StatisticsReader, name: str) -> None:
    await ran(name)
    text = export.as_csv([await reader.history("ollama", name, None)])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["model"] == f"'{name}"


async def test_an_object_has_plain_values_and_null_for_what_is_unknown(ran: Ran, reader: StatisticsReader) -> None:
    await ran(ttft_ms=250.0)
    (figures,) = await reader.models(None)
    found: dict[str, Any] = json.loads(
        json.dumps(export.as_object(figures, await reader.history("ollama", "coder", None)))
    )
    assert found["ttft_ms"] == {"median": 250.0, "p10": 250.0, "p90": 250.0, "values": 1, "reported": 0, "estimated": 0}
    assert found["cost_usd"] is None
    assert found["tokens_per_second"] is None
    assert [one["runs"] for one in found["periods"]] == [1]


async def test_no_read_of_a_large_store_keeps_its_thread_busy(
    store: ConversationStore, reader: StatisticsReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 60_000  # runs of one model in a year: two months of it are as many as most people ever have

    def fill(db: sqlite3.Connection) -> None:
        db.executemany(
            "INSERT INTO run(provider, model, started_at, source, local, outcome, begins, ttft_ms, prompt_ms, "
            "tokens_per_second, input_tokens, cached_tokens, output_tokens, estimated) "
            "VALUES ('ollama', 'coder', ?, ?, 1, 'complete', 1, 500.0, 400.0, 40.0, 1000, 0, 300, 0)",
            ((NOW - (count - n) * 500.0, f"m{n}") for n in range(count)),
        )

    await store.write(fill)
    steps: list[tuple[int, str]] = []
    read = store.read

    async def counted(query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def measured(db: sqlite3.Connection) -> Any:
            thousands = 0

            def step() -> int:
                nonlocal thousands
                thousands += 1
                return 0

            db.set_progress_handler(step, 1_000)
            found = query(db, *args, **kwargs)
            db.set_progress_handler(None, 0)
            steps.append((thousands, query.__name__))
            return found

        return await read(measured)

    monkeypatch.setattr(store, "read", counted)
    (figures,) = await reader.models(None)
    history = await reader.history("ollama", "coder", None)
    assert figures.totals.runs == sum(one.totals.runs for one in history.periods) == count
    # Thousands of steps of SQLite's machine, whatever else this computer does: 50,000 rows take 40 ms alone.
    assert max(steps)[0] < 2_300, max(steps)
