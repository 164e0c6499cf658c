"""A server that drops the start of a chat without a word is found out by its own count of the prompt."""

from __future__ import annotations

import pytest

from app.services.container import Services
from app.services.conversations.context_use import stored_use
from app.services.conversations.dropped_turns import dropped_of
from app.services.conversations.running_answer import Answer
from app.services.llm.metering import estimate_tokens
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio

CODER = "simulated/coder-7b"
LONG = "The quick brown fox jumps over the lazy dog. " * 60


async def ask(services: Services, chat: int, text: str, model: str = CODER) -> Answer:
    answer = await services.chats.send(chat, text, provider="lm_studio", model=model)
    await answer.wait()
    assert answer.status == "complete"
    return answer


async def dropped(services: Services, answer: Answer) -> int | None:
    """What is stored with it."""
    stored = await services.store.message(answer.message_id)
    assert stored is not None and answer.metrics is not None
    assert stored.metrics.get("dropped_tokens") == answer.metrics.dropped_tokens
    return answer.metrics.dropped_tokens


@pytest.mark.parametrize(
    ("reported", "estimated", "claimed"),
    [
        (599, 1_000, 401),
        (600, 1_000, None),  # estimates are rough: less than 60 % is asked for …
        (10, 210, None),  # … and more than 200 tokens
        (9, 210, 201),
        (1_000, 400, None),
    ],
)
def test_an_estimate_alone_must_be_far_off(reported: int, estimated: int, claimed: int | None) -> None:
    assert dropped_of(reported, estimated) == claimed


def test_less_than_an_earlier_turn_already_had_is_enough() -> None:
    assert dropped_of(900, 1_000, earlier=901, since=50) == 51
    assert dropped_of(901, 1_000, earlier=901, since=50) is None


async def test_a_prompt_that_was_read_whole_is_left_alone(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "A short answer."
    chat = await services.store.create_conversation(system_prompt="Be brief.")
    for text in (LONG, LONG, "And?"):
        assert await dropped(services, await ask(services, chat, text)) is None


async def test_turns_that_were_dropped_are_told_with_how_many(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "A short answer."
    chat = await services.store.create_conversation()
    first = await ask(services, chat, LONG)
    assert await dropped(services, first) is None
    simulator.script.keeps_tokens = 300
    told = await dropped(services, await ask(services, chat, LONG))
    assert first.metrics is not None and first.metrics.input_tokens is not None
    assert told == first.metrics.input_tokens + estimate_tokens("A short answer." + LONG) - 300
    use = await stored_use(services.store, chat, "lm_studio", CODER)
    assert use.history > 300 + told, "the next request holds all of it again"
    assert not use.exact


async def test_a_small_loss_is_seen_by_the_count_of_an_earlier_turn(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "A short answer."
    chat = await services.store.create_conversation()
    first = await ask(services, chat, LONG)
    assert first.metrics is not None and first.metrics.input_tokens is not None
    simulator.script.keeps_tokens = first.metrics.input_tokens - 1
    told = await dropped(services, await ask(services, chat, "And?"))
    assert told == 1 + estimate_tokens("A short answer." + "And?")


async def test_the_count_of_another_model_or_a_branch_that_is_not_shown_proves_nothing(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer = "A short answer."
    chat = await services.store.create_conversation()
    first = await ask(services, chat, LONG)
    assert first.metrics is not None and first.metrics.input_tokens is not None
    simulator.script.keeps_tokens = first.metrics.input_tokens - 1
    assert await dropped(services, await ask(services, chat, "And?", "simulated/twin-1b")) is None
    edited = await services.chats.edit(first.prompt_id, LONG[:-300], provider="lm_studio", model=CODER)
    await edited.wait()
    assert await dropped(services, edited) is None


async def test_without_a_reported_count_nothing_is_claimed(services: Services, simulator: MockServer) -> None:
    simulator.script.usage, simulator.script.keeps_tokens = "never", 10
    chat = await services.store.create_conversation()
    assert await dropped(services, await ask(services, chat, LONG)) is None
