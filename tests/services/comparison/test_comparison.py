"""Several models and one prompt, with the simulator as the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.services.comparison.compared_answer import AnswerState, ComparedAnswer, best_at
from app.services.comparison.comparison import Comparison, contenders
from app.services.comparison.summary import summary_of
from app.services.comparison.turns import Turns
from app.services.llm.errors import ErrorKind, LLMError
from app.services.llm.llm_manager import LLMManager, Resolved
from app.services.llm.metering import AnswerMetrics
from app.services.llm.models import ChatRequest, Message
from app.services.mock_server import MockServer
from app.services.settings.schema import AppConfig, ProviderEntry

pytestmark = pytest.mark.anyio

ASKED = ChatRequest(model="", messages=(Message(role="user", content="hi"),))
CODER, THINKER = "simulated/coder-7b", "simulated/thinker-4b"


@pytest.fixture
async def manager(simulator: MockServer) -> AsyncIterator[LLMManager]:
    config = AppConfig(provider_configurations={"lm_studio": ProviderEntry(base_url=simulator.base_url, max_retries=0)})
    async with LLMManager.from_config(config) as made:
        yield made


async def both(manager: LLMManager, groups: tuple[tuple[int, ...], ...] = ((0,), (1,))) -> Comparison:
    models = await contenders(manager, [("lm_studio", CODER), (None, f"lm_studio:{THINKER}")])
    return Comparison(manager, models, Turns(groups), ASKED)


async def test_every_model_answers_with_its_own_figures(manager: LLMManager) -> None:
    comparison = await both(manager)
    await comparison.run()
    coder, thinker = comparison.answers
    assert coder.state is thinker.state is AnswerState.COMPLETE
    assert coder.text and thinker.text and thinker.reasoning and not coder.reasoning
    assert coder.model.description is not None and coder.model.description.size_bytes
    for one in comparison.answers:
        assert one.metrics is not None and one.metrics.output_tokens and one.metrics.cost_usd == 0.0
        assert one.finish_reason == "stop" and one.as_dict()["metrics"]["ttft_ms"] > 0


async def test_in_turn_the_second_waits_until_the_first_is_over(manager: LLMManager) -> None:
    comparison = await both(manager, groups=((0, 1),))
    seen: list[tuple[AnswerState, AnswerState]] = []
    comparison.changed.subscribe(lambda _n: seen.append((comparison.answers[0].state, comparison.answers[1].state)))
    await comparison.run()
    assert (AnswerState.RUNNING, AnswerState.WAITING) in seen
    assert (AnswerState.COMPLETE, AnswerState.RUNNING) in seen
    assert (AnswerState.RUNNING, AnswerState.RUNNING) not in seen


async def test_together_they_overlap(manager: LLMManager, simulator: MockServer) -> None:
    simulator.script.update({"tokens_per_second": 200})
    comparison = await both(manager)
    seen: set[tuple[bool, bool]] = set()
    comparison.changed.subscribe(lambda _n: seen.add((bool(comparison.answers[0].text), comparison.answers[1].is_over)))
    await comparison.run()
    assert (True, False) in seen


async def test_one_that_fails_leaves_the_other_alone(manager: LLMManager) -> None:
    models = await contenders(manager, [("lm_studio", CODER), ("lm_studio", "simulated/missing")])
    comparison = Comparison(manager, models, Turns(((1, 0),)), ASKED)
    await comparison.run()
    whole, failed = comparison.answers
    assert whole.state is AnswerState.COMPLETE
    assert failed.state is AnswerState.FAILED and failed.error is not None
    assert failed.error.kind is ErrorKind.MODEL_NOT_FOUND and failed.metrics is None


async def test_what_broke_off_keeps_its_text(manager: LLMManager, simulator: MockServer) -> None:
    simulator.script.update({"fault": "no_finish", "fault_after_tokens": 3})
    comparison = await both(manager)
    await comparison.run()
    assert all(one.state is AnswerState.FAILED and one.text for one in comparison.answers[:1])
    assert comparison.answers[0].error is not None and comparison.answers[0].error.kind is ErrorKind.INTERRUPTED


async def test_stopping_ends_upstream_and_keeps_what_came(manager: LLMManager, simulator: MockServer) -> None:
    simulator.script.update({"tokens_per_second": 20})
    comparison = await both(manager, groups=((0, 1),))
    begun = asyncio.Event()
    comparison.changed.subscribe(lambda _n: begun.set() if comparison.answers[0].text else None)
    running = asyncio.create_task(comparison.run())
    await begun.wait()
    comparison.stop()
    await running
    assert [one.state for one in comparison.answers] == [AnswerState.STOPPED] * 2
    assert comparison.answers[0].text and comparison.answers[0].metrics is not None
    async with asyncio.timeout(5):
        while simulator.stats.streams_open:
            await asyncio.sleep(0.01)


async def test_one_can_be_stopped_alone(manager: LLMManager, simulator: MockServer) -> None:
    simulator.script.update({"tokens_per_second": 300})
    comparison = await both(manager)
    comparison.changed.subscribe(lambda n: comparison.stop(1) if n == 1 and comparison.answers[1].reasoning else None)
    await comparison.run()
    assert [one.state for one in comparison.answers] == [AnswerState.COMPLETE, AnswerState.STOPPED]


async def test_cancelling_ends_every_answer(manager: LLMManager, simulator: MockServer) -> None:
    simulator.script.update({"tokens_per_second": 20})
    comparison = await both(manager)
    begun = asyncio.Event()
    comparison.changed.subscribe(lambda _n: begun.set() if comparison.answers[0].text else None)
    running = asyncio.create_task(comparison.run())
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [one.state for one in comparison.answers] == [AnswerState.STOPPED] * 2


@pytest.mark.parametrize("count", [1, 5])
async def test_two_to_four_are_compared(manager: LLMManager, count: int) -> None:
    with pytest.raises(LLMError, match="2 to 4 models"):
        await contenders(manager, [("lm_studio", CODER)] * count)


def answer(**figures: float | None) -> ComparedAnswer:
    made = ComparedAnswer(Resolved("p", "m", local=True), AnswerState.COMPLETE)
    made.metrics = AnswerMetrics(**figures)  # type: ignore[arg-type]  # a test names fields of floats only
    return made


def test_less_time_and_more_speed_are_better() -> None:
    pair = [answer(ttft_ms=100, tokens_per_second=10), answer(ttft_ms=300, tokens_per_second=30)]
    assert best_at("ttft_ms", pair) == {0}
    assert best_at("tokens_per_second", pair) == {1}


def test_nobody_is_better_at_what_is_nearly_equal_or_unknown() -> None:
    assert best_at("ttft_ms", [answer(ttft_ms=100), answer(ttft_ms=104)]) == set()
    assert best_at("cost_usd", [answer(cost_usd=0.0), answer(cost_usd=0.0)]) == set()
    assert best_at("cost_usd", [answer(cost_usd=0.1), answer()]) == set()


def test_a_summary_has_medians_and_sums_and_an_unknown_cost_stays_unknown() -> None:
    first = [answer(ttft_ms=100, output_tokens=5, cost_usd=0.5), answer(ttft_ms=7, output_tokens=1, cost_usd=None)]
    second = [answer(ttft_ms=300, output_tokens=6, cost_usd=0.25), answer(ttft_ms=9, output_tokens=1, cost_usd=1.0)]
    second[1].state = AnswerState.FAILED
    one, other = summary_of([first, second])
    assert (one.answered, one.ttft_ms, one.output_tokens, one.cost_usd) == (2, 200, 11, 0.75)
    assert (other.answered, other.failed, other.ttft_ms, other.cost_usd) == (1, 1, 7, None)
