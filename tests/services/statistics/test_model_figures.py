"""What runs measured, by model: medians, counts, sums; and what is no run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from app.services.conversations import changes
from app.services.conversations.changes import NewAnswer
from app.services.conversations.store import ConversationStore
from app.services.statistics import run_rows
from app.services.statistics.figures import Spread
from app.services.statistics.model_figures import figures_over_time, model_figures

pytestmark = pytest.mark.anyio

Ran = Callable[..., Awaitable[int]]
NOW = 1_795_608_000.0
DAY = 86_400.0


async def test_a_store_without_answers_has_no_figures(store: ConversationStore) -> None:
    assert await store.read(model_figures) == []
    assert await store.read(figures_over_time, "ollama", "coder", 0.0, "day") == []


async def test_a_model_has_the_median_and_spread_of_what_its_runs_measured(store: ConversationStore, ran: Ran) -> None:
    for tenth in range(11):
        await ran(ttft_ms=1000.0 + 100 * tenth, tokens_per_second=20.0 + tenth, output_tokens=100, estimated=False)
    (found,) = await store.read(model_figures)
    assert (found.provider, found.model) == ("ollama", "coder")
    assert found.speeds.ttft_s == Spread(median=1.5, low=pytest.approx(1.1), high=pytest.approx(1.9), values=11)
    assert found.speeds.decode == Spread(median=25.0, low=21.0, high=29.0, values=11)
    assert found.speeds.prompt is None
    assert (found.totals.runs, found.totals.answered, found.totals.output_tokens) == (11, 11, 1100)


async def test_one_value_far_off_does_not_move_the_median(store: ConversationStore, ran: Ran) -> None:
    for speed in (30.0, 31.0, 32.0, 50_000.0):
        await ran(tokens_per_second=speed, output_tokens=100)
    (found,) = await store.read(model_figures)
    assert found.speeds.decode is not None
    assert found.speeds.decode.median == pytest.approx(31.5)


async def test_a_speed_of_a_few_tokens_is_none(store: ConversationStore, ran: Ran) -> None:
    await ran(tokens_per_second=400.0, output_tokens=3)
    (found,) = await store.read(model_figures)
    assert found.speeds.decode is None


async def test_what_ended_how_is_counted_and_failures_by_their_kind(store: ConversationStore, ran: Ran) -> None:
    await ran()
    await ran(status="stopped", kind="cancelled")
    await ran(status="interrupted", kind="interrupted", output_tokens=7)
    for _ in range(2):
        await ran(status="error", kind="timeout")
    (found,) = await store.read(model_figures)
    assert (found.totals.runs, found.totals.answered, found.totals.stopped) == (5, 1, 1)
    assert dict(found.totals.failures) == {"timeout": 2, "interrupted": 1}
    assert list(found.totals.failures) == ["timeout", "interrupted"]
    assert found.totals.failed == 3


async def test_a_failed_run_says_nothing_of_the_speed(store: ConversationStore, ran: Ran) -> None:
    await ran(status="interrupted", kind="interrupted", ttft_ms=9000.0, tokens_per_second=1.0, output_tokens=50)
    (found,) = await store.read(model_figures)
    assert found.speeds.ttft_s is None
    assert found.speeds.decode is None


async def test_an_unknown_price_stays_unknown_and_a_known_one_is_summed(store: ConversationStore, ran: Ran) -> None:
    await ran(output_tokens=10)
    await ran("claude", provider="anthropic", local=False, output_tokens=10, cost_usd=0.25)
    await ran("claude", provider="anthropic", local=False, output_tokens=10, cost_usd=0.5)
    await ran("claude", provider="anthropic", local=False, output_tokens=10)
    await ran("claude", provider="anthropic", local=False, status="error", kind="auth")
    found = {one.model: one.totals for one in await store.read(model_figures)}
    assert (found["coder"].cost_usd, found["coder"].unpriced) == (None, 1)
    assert (found["claude"].cost_usd, found["claude"].unpriced) == (0.75, 1)


async def test_tokens_counted_here_are_told_from_reported_ones(store: ConversationStore, ran: Ran) -> None:
    await ran("a", output_tokens=10, estimated=False)
    await ran("b", output_tokens=10, estimated=False)
    await ran("b", output_tokens=10, estimated=True)
    found = {one.model: one.totals.estimated for one in await store.read(model_figures)}
    assert found == {"a": False, "b": True}


async def test_a_speed_from_tokens_counted_here_is_told_from_one_of_reported_tokens(
    store: ConversationStore, ran: Ran
) -> None:
    await ran("a", tokens_per_second=40.0, output_tokens=100, estimated=False)
    await ran("b", tokens_per_second=40.0, output_tokens=100, estimated=False)
    await ran("b", tokens_per_second=40.0, output_tokens=100, estimated=True)
    await ran("b", tokens_per_second=40.0, output_tokens=3, estimated=True)  # too short to count
    found = {one.model: one.speeds.decode for one in await store.read(model_figures)}
    assert found == {"a": Spread(40.0, 40.0, 40.0, 1), "b": Spread(40.0, 40.0, 40.0, 2, estimated=1)}


async def test_prompt_speed_leaves_out_what_was_cached_and_says_who_took_the_time(
    store: ConversationStore, ran: Ran
) -> None:
    await ran(input_tokens=1200, cached_tokens=200, prompt_ms=500.0, ttft_ms=900.0)
    await ran(input_tokens=4000, cached_tokens=0, ttft_ms=2500.0, load_ms=500.0)
    (found,) = await store.read(model_figures)
    assert found.speeds.prompt == Spread(median=2000.0, low=2000.0, high=2000.0, values=2, reported=1)
    assert found.speeds.ttft_s is not None
    assert found.speeds.ttft_s.reported == 0


async def test_where_nothing_tells_what_was_cached_only_the_first_prompt_of_a_chat_counts(
    store: ConversationStore, ran: Ran
) -> None:
    chat = await store.create_conversation()
    first = await ran(chat=chat, input_tokens=1000, prompt_ms=1000.0)
    await ran(chat=chat, parent=first, input_tokens=2000, prompt_ms=100.0)
    (found,) = await store.read(model_figures)
    assert found.speeds.prompt is not None
    assert (found.speeds.prompt.median, found.speeds.prompt.values) == (1000.0, 1)


async def test_the_time_to_the_first_token_of_a_distant_server_is_no_prompt_speed(
    store: ConversationStore, ran: Ran
) -> None:
    await ran(local=False, input_tokens=4000, cached_tokens=0, ttft_ms=400.0)
    (found,) = await store.read(model_figures)
    assert found.speeds.prompt is None


async def test_runs_before_the_asked_time_do_not_count(store: ConversationStore, ran: Ran) -> None:
    await ran("old", at=NOW - 40 * DAY)
    await ran("new", at=NOW - 40 * DAY, output_tokens=5)
    await ran("new", output_tokens=7)
    (found,) = await store.read(model_figures, NOW - 30 * DAY)
    assert (found.model, found.totals.runs, found.totals.output_tokens) == ("new", 1, 7)


async def test_the_model_used_last_comes_first(store: ConversationStore, ran: Ran) -> None:
    await ran("first", at=NOW)
    await ran("second", at=NOW + 60)
    assert [one.model for one in await store.read(model_figures)] == ["second", "first"]


async def test_speeds_are_those_of_the_last_runs(store: ConversationStore, ran: Ran) -> None:
    for _ in range(30):
        await ran(at=NOW - DAY, tokens_per_second=10.0, output_tokens=99)
    for _ in range(30):
        await ran(tokens_per_second=30.0, output_tokens=99)
    recent = await store.read(run_rows.recent, "ollama", "coder", 0.0, 30)
    assert {run.tokens_per_second for run in recent} == {30.0}


# -- what is no run


async def test_a_simulated_answer_is_no_run(store: ConversationStore, ran: Ran) -> None:
    await ran(simulated=True, output_tokens=10)
    assert await store.read(model_figures) == []


async def test_a_fork_does_not_run_again(store: ConversationStore, ran: Ran) -> None:
    answer = await ran(output_tokens=10)
    assert await store.fork(answer) is not None
    (found,) = await store.read(model_figures)
    assert found.totals.runs == 1


async def test_an_imported_answer_did_not_run_here(store: ConversationStore) -> None:
    chat = await store.create_conversation()
    await store.import_messages(chat, [("user", "a"), ("assistant", "b")])
    assert await store.read(model_figures) == []


async def test_what_lies_in_the_trash_counts_and_what_was_destroyed_does_not(
    store: ConversationStore, ran: Ran
) -> None:
    chat = await store.create_conversation()
    await ran(chat=chat, output_tokens=10)
    await store.delete_conversations([chat])
    assert len(await store.read(model_figures)) == 1
    await store.destroy_conversation(chat)
    assert await store.read(model_figures) == []


async def test_what_a_crash_of_the_program_cut_off_is_no_failure_of_the_model(
    store: ConversationStore, ran: Ran
) -> None:
    chat = await store.create_conversation()
    prompt = await store.add_user_message(chat, None, "Why?")
    new = NewAnswer("ollama", "coder", "coder", True, False, {}, {}, "test")
    answer = await store.begin_answer(chat, prompt, new)
    await store.write(changes.mark_interrupted, answer, NOW)
    assert await store.read(model_figures) == []


# -- over time


async def test_every_day_has_its_figures_and_a_day_without_runs_is_there_empty(
    store: ConversationStore, ran: Ran
) -> None:
    await ran(at=NOW - 2 * DAY, ttft_ms=500.0, output_tokens=20, tokens_per_second=10.0)
    await ran(at=NOW, ttft_ms=100.0, output_tokens=20, tokens_per_second=30.0)
    await ran(at=NOW, status="error", kind="timeout")
    days = await store.read(figures_over_time, "ollama", "coder", NOW - 2 * DAY, "day")
    assert [day.totals.runs for day in days] == [1, 0, 2]
    assert [day.totals.output_tokens for day in days] == [20, None, 20]
    assert [day.speeds.decode.median if day.speeds.decode else None for day in days] == [10.0, None, 30.0]
    assert [dict(day.totals.failures) for day in days] == [{}, {}, {"timeout": 1}]
    assert [datetime.fromtimestamp(day.begins).hour for day in days] == [0, 0, 0]


async def test_weeks_begin_on_monday_and_months_on_the_first(store: ConversationStore, ran: Ran) -> None:
    await ran(at=NOW - 20 * DAY)
    await ran(at=NOW)
    weeks = await store.read(figures_over_time, "ollama", "coder", 0.0, "week")
    assert {datetime.fromtimestamp(week.begins).weekday() for week in weeks} == {0}
    assert sum(week.totals.runs for week in weeks) == 2
    months = await store.read(figures_over_time, "ollama", "coder", 0.0, "month")
    assert {datetime.fromtimestamp(month.begins).day for month in months} == {1}
    assert sum(month.totals.runs for month in months) == 2
