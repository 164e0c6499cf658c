"""Each turn begins as the one before it did, so that servers reuse what they read; what breaks that is named."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from app.services.container import Services
from app.services.conversations.prompt_prefix import prefix_break
from app.services.conversations.running_answer import Answer
from app.services.llm.models import Message
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio

CODER, TWIN = "simulated/coder-7b", "simulated/twin-1b"


async def ask(services: Services, chat: int, text: str, model: str = CODER) -> Answer:
    answer = await services.chats.send(chat, text, provider="lm_studio", model=model)
    await answer.wait()
    assert answer.status == "complete"
    return answer


async def named(services: Services, answer: Answer) -> str | None:
    """What is stored with it."""
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    cause: str | None = stored.metrics.get("prefix_break")
    return cause


def sent(simulator: MockServer) -> list[bytes]:
    """The messages of each request, as bytes without the end of their list."""
    bodies = [seen.body for seen in simulator.stats.recorded if seen.path.endswith("/chat/completions")]
    return [json.dumps(body["messages"]).encode().removesuffix(b"]") for body in bodies]


async def test_each_turn_keeps_the_bytes_of_the_turn_before_as_its_beginning(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer = "Größe:\n```py\nx = 1\n```\n"
    simulator.script.reasoning, simulator.script.reasoning_text = "tags", "Let me see."
    chat = await services.store.create_conversation(system_prompt="Be brief.\n")
    for text in ("one\r\n", "  two", "three\u2028", "four"):
        await ask(services, chat, text)
    turns = sent(simulator)
    assert len(turns) == 4
    assert all(later.startswith(earlier) for earlier, later in pairwise(turns))


def said(*texts: str, system: str = "") -> tuple[Message, ...]:
    roles = ("user", "assistant") * len(texts)
    turns = [Message(role=role, content=text) for role, text in zip(roles, texts, strict=False)]  # type: ignore[arg-type]  # two roles
    return (Message(role="system", content=system), *turns) if system else tuple(turns)


@pytest.mark.parametrize(
    ("before", "now", "cause"),
    [
        (said("a", "b"), said("a", "b", "c"), None),
        (said("a", "b"), said("a"), None),
        (said("a", "b"), said("x", "b", "c"), "history"),
        (said("a", "b"), said("a", "y", "c"), "history"),
        (said("a", "b", system="s"), said("a", "b", "c", system="t"), "system_prompt"),
        (said("a", "b"), said("a", "b", "c", system="t"), "system_prompt"),
    ],
)
def test_what_differs_at_the_beginning_is_told_apart(
    before: tuple[Message, ...], now: tuple[Message, ...], cause: str | None
) -> None:
    assert prefix_break(before, now) == cause
    assert prefix_break(before, now, same_model=False) == "model"


async def test_a_chat_that_goes_on_breaks_nothing(services: Services, simulator: MockServer) -> None:
    simulator.script.answer, simulator.script.reused_tokens = "fine", 0
    chat = await services.store.create_conversation()
    answers = [await ask(services, chat, text) for text in ("one", "two", "three")]
    again = await services.chats.regenerate(answers[-1].message_id)
    await again.wait()
    assert [await named(services, answer) for answer in (*answers, again)] == [None] * 4


async def test_an_edited_prompt_and_another_model_are_named(services: Services, simulator: MockServer) -> None:
    simulator.script.answer, simulator.script.reused_tokens = "fine", 0
    chat = await services.store.create_conversation()
    first = await ask(services, chat, "one, and quite some words with it")
    await ask(services, chat, "two")
    edited = await services.chats.edit(first.prompt_id, "uno", provider="lm_studio", model=CODER)
    await edited.wait()
    assert await named(services, edited) == "history"
    assert await named(services, await ask(services, chat, "three", TWIN)) == "model"


async def test_a_server_that_reused_most_or_says_nothing_is_not_doubted(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer, simulator.script.reused_tokens = "fine", 100_000
    chat = await services.store.create_conversation()
    await ask(services, chat, "one")
    assert await named(services, await ask(services, chat, "two", TWIN)) is None
    simulator.script.reused_tokens = None
    assert await named(services, await ask(services, chat, "three", CODER)) is None
