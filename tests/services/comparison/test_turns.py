"""Which models answer at the same time."""

from __future__ import annotations

import pytest

from app.services.comparison.turns import TurnReason, turns_of
from app.services.llm.llm_manager import Resolved
from app.services.llm.models import ModelConfig, ModelState

GB = 1_000_000_000
TOGETHER = ((0,), (1,))


def model(
    provider: str,
    name: str,
    *,
    loaded: bool = False,
    size: int | None = None,
    local: bool = True,
    simulated: bool = False,
) -> Resolved:
    state = ModelState.LOADED if loaded else ModelState.NOT_LOADED
    described = ModelConfig(name=name, provider=provider, state=state, size_bytes=size)
    return Resolved(provider, name, local, simulated, described)


def test_models_elsewhere_answer_together() -> None:
    turns = turns_of([model("openai", "a", local=False), model("anthropic", "b", local=False)], 0)
    assert turns.groups == TOGETHER and turns.reason is None


def test_what_is_in_memory_answers_together() -> None:
    both = [model("lm_studio", "a", loaded=True), model("lm_studio", "b", loaded=True)]
    assert turns_of(both, 0).groups == TOGETHER


def test_a_server_that_must_load_answers_in_turn_even_if_there_is_room() -> None:
    both = [model("lm_studio", "a", loaded=True), model("lm_studio", "b", size=1)]
    turns = turns_of(both, 64 * GB)
    assert turns.groups == ((0, 1),) and turns.reason is TurnReason.ONE_SERVER


def test_one_model_asked_twice_is_loaded_once() -> None:
    assert turns_of([model("ollama", "a", size=9 * GB)] * 2, 0).groups == TOGETHER


@pytest.mark.parametrize(
    ("available", "sizes", "reason"),
    [
        (24 * GB, (9 * GB, 9 * GB), None),
        (18 * GB, (9 * GB, 9 * GB), TurnReason.MEMORY),
        (20 * GB, (9 * GB, 9 * GB), TurnReason.MEMORY),  # the files would fit, their windows not
        (24 * GB, (9 * GB, None), TurnReason.UNKNOWN_SIZE),
        (None, (9 * GB, 9 * GB), TurnReason.UNKNOWN_SIZE),
    ],
)
def test_two_servers_answer_together_where_both_models_fit(
    available: int | None, sizes: tuple[int | None, int | None], reason: TurnReason | None
) -> None:
    both = [model("lm_studio", "a", size=sizes[0]), model("ollama", "b", size=sizes[1])]
    turns = turns_of(both, available)
    assert turns.reason is reason
    assert turns.groups == (TOGETHER if reason is None else ((0, 1),))


def test_a_model_elsewhere_does_not_wait_for_those_that_answer_in_turn() -> None:
    three = [model("lm_studio", "a"), model("openai", "b", local=False), model("lm_studio", "c")]
    assert turns_of(three, 64 * GB).groups == ((0, 2), (1,))


def test_what_was_asked_for_counts_more() -> None:
    unloaded = [model("lm_studio", "a"), model("lm_studio", "b")]
    loaded = [model("lm_studio", "a", loaded=True), model("lm_studio", "b", loaded=True)]
    assert turns_of(unloaded, 0, together=True).groups == TOGETHER
    assert turns_of(loaded, 64 * GB, together=False) == turns_of(unloaded, 64 * GB, together=False)
    assert turns_of(loaded, 64 * GB, together=False).reason is TurnReason.ASKED


def test_simulated_models_need_no_memory() -> None:
    both = [model("mock", "a", simulated=True), model("mock", "b", simulated=True)]
    assert turns_of(both, 0, together=False).groups == TOGETHER
