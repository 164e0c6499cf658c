"""What is expected of a model: from its own answers, from other models here, or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from app.services.conversations.store import ConversationStore
from app.services.llm.models import ModelConfig, ModelType
from app.services.statistics import learning
from app.services.statistics.expected import Measured, from_others, from_own, weight_bytes
from app.services.statistics.learning import SpeedLearner
from app.services.statistics.run_rows import Run

Ran = Callable[..., Awaitable[int]]
GB = 1_000_000_000
RUN = Run(0.0, True, True, 1000.0, None, 800.0, 40.0, 1600, 0, 200)


def runs(*speeds: float, tokens: int = 1600) -> list[Run]:
    return [replace(RUN, tokens_per_second=speed, input_tokens=tokens) for speed in speeds]


def test_a_model_is_expected_to_do_what_it_did() -> None:
    found = from_own(runs(40.0, 42.0, 44.0, 900.0), prompt_tokens=3200)
    assert found is not None
    assert (found.tokens_per_second, found.answers) == (43.0, 4)
    assert found.ttft_s == pytest.approx(3200 / 2000)


def test_a_speed_from_tokens_counted_here_says_so() -> None:
    reported = runs(40.0, 42.0, 44.0)
    counted = [*reported[:2], replace(reported[2], estimated=True)]
    assert [found and found.estimated for found in (from_own(reported), from_own(counted))] == [False, True]


def test_too_few_answers_say_nothing() -> None:
    assert from_own(runs(40.0, 42.0)) is None
    assert from_own([]) is None


def test_answers_to_prompts_of_similar_length_count_before_others() -> None:
    found = from_own(runs(60.0, 61.0, 62.0, tokens=500) + runs(20.0, 21.0, 22.0, tokens=20_000), prompt_tokens=18_000)
    assert found is not None
    assert (found.tokens_per_second, found.answers) == (21.0, 3)
    # None of similar length: all of them count.
    assert from_own(runs(60.0, 61.0, 62.0, tokens=500), prompt_tokens=18_000) is not None


def test_the_first_token_is_not_guessed_from_prompts_of_another_length_without_a_reading_speed() -> None:
    distant = [replace(run, local=False, prompt_ms=None) for run in runs(40.0, 41.0, 42.0, tokens=500)]
    near, far = from_own(distant, prompt_tokens=600), from_own(distant, prompt_tokens=30_000)
    assert near is not None
    assert far is not None
    assert (near.ttft_s, far.ttft_s) == (1.0, None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("qwen3-8b", 1.0),
        ("Qwen3-30B-A3B-Q4_K_M", 0.1),
        ("qwen3_30b_a3b", 0.1),
        ("mixtral-8x7b", None),
        ("openai/gpt-oss-20b", None),
        ("deepseek-r1-distill-llama-8b", 1.0),
        ("deepseek-r1", None),
    ],
)
def test_of_a_mixture_of_experts_only_the_part_that_runs_is_read(name: str, read: float | None) -> None:
    found = weight_bytes(name, 10 * GB)
    assert found == (None if read is None else pytest.approx(10 * GB * read))
    assert weight_bytes(name, None) is None


def test_twice_the_bytes_take_twice_as_long() -> None:
    found = from_others(8 * GB, [Measured(4 * GB, 50.0)])
    assert found is not None
    assert (found.tokens_per_second, found.answers, found.models) == (pytest.approx(25.0), 0, 1)


def test_what_every_token_costs_is_told_from_what_its_bytes_cost() -> None:
    def speed(size: float) -> float:
        return 1 / (0.004 + size / (100 * GB))

    measured = [Measured(size * GB, speed(size * GB)) for size in (1.0, 2.0, 8.0)]
    for size in (0.5, 4.0, 16.0):
        found = from_others(size * GB, measured)
        assert found is not None
        assert found.tokens_per_second == pytest.approx(speed(size * GB), rel=0.01)


def test_a_model_far_from_all_that_ran_is_not_predicted() -> None:
    assert from_others(100 * GB, [Measured(4 * GB, 50.0)]) is None
    assert from_others(None, [Measured(4 * GB, 50.0)]) is None
    assert from_others(4 * GB, []) is None


def listed(name: str, size_gb: float, provider: str = "ollama") -> tuple[str, ModelConfig]:
    size = int(size_gb * GB)
    return provider, ModelConfig(name=name, provider=provider, size_bytes=size, metadata={"local": True})


@pytest.mark.anyio
async def test_a_model_that_ran_is_judged_by_itself_and_another_by_those_of_its_provider(
    store: ConversationStore, ran: Ran
) -> None:
    for _ in range(3):
        await ran("small", tokens_per_second=60.0, output_tokens=100)
        await ran("elsewhere", provider="lm_studio", tokens_per_second=500.0, output_tokens=100)
    models = [listed("small", 2), listed("large", 6), listed("elsewhere", 2, "lm_studio")]
    learner = await SpeedLearner.read(store, models)
    small, large = learner.expect("ollama", "small"), learner.expect("ollama", "large")
    assert small is not None
    assert large is not None
    assert (small.tokens_per_second, small.answers) == (60.0, 3)
    assert (large.tokens_per_second, large.models) == (pytest.approx(20.0), 1)
    assert learner.predict_listed("ollama", "small") is None  # there is no other
    assert learner.expect("ollama", "not listed") is None
    assert learner.expect("embedded", "large") is None


@pytest.mark.anyio
async def test_models_that_write_nothing_here_are_not_predicted(store: ConversationStore, ran: Ran) -> None:
    for _ in range(3):
        await ran("small", tokens_per_second=60.0, output_tokens=100)
    embedding = ModelConfig(
        name="e", provider="ollama", model_type=ModelType.EMBEDDING, size_bytes=2 * GB, metadata={"local": True}
    )
    simulated = ModelConfig(name="s", provider="ollama", size_bytes=2 * GB, metadata={"local": True, "simulated": True})
    cloud = ModelConfig(name="c", provider="ollama", size_bytes=2 * GB, metadata={"local": False})
    models = [listed("small", 2), *(("ollama", one) for one in (embedding, simulated, cloud))]
    learner = await SpeedLearner.read(store, models)
    assert [learner.expect("ollama", name) for name in ("e", "s", "c")] == [None, None, None]


@pytest.mark.anyio
async def test_what_is_expected_of_a_listed_model_is_worked_out_once_and_not_when_it_is_shown(
    store: ConversationStore, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await ran("small", tokens_per_second=60.0, output_tokens=100)
    learner = await SpeedLearner.read(store, [listed("small", 2), listed("large", 6)])

    def refuse(*_anything: object) -> None:
        raise AssertionError("worked out again, for each row of a table")

    monkeypatch.setattr(learning, "from_own", refuse)
    monkeypatch.setattr(learning, "from_others", refuse)
    small, large = learner.expect("ollama", "small"), learner.expect("ollama", "large")
    assert small is not None and small.tokens_per_second == 60.0
    assert large is not None and large.tokens_per_second == pytest.approx(20.0)
    assert learner.expect("ollama", "not listed") is None
