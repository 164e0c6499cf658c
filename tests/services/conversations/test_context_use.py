"""How much of the window the next request would take: by the server's own count where there is one, else estimated."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.services.container import Services
from app.services.conversations.context import request_messages
from app.services.conversations.context_use import answer_use, context_use, empty_chat, stored_use, window_of
from app.services.conversations.records import ContextUse, Window
from app.services.conversations.store import ConversationStore
from app.services.llm.metering import CHARACTERS_PER_TOKEN, estimate_tokens
from app.services.llm.models import ModelConfig
from app.services.llm.providers.lm_studio import LMStudioProvider
from app.services.llm.providers.ollama import OllamaConfig, OllamaProvider
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio

CODER = "simulated/coder-7b"
UNKNOWN = Window(None)


def tokens(use: ContextUse) -> dict[str, int]:
    return {segment.name: segment.tokens for segment in use.segments}


async def ask(services: Services, chat: int, text: str, model: str = CODER) -> int:
    answer = await services.chats.send(chat, text, provider="lm_studio", model=model)
    await answer.wait()
    assert answer.status == "complete"
    return answer.message_id


async def sent(services: Services, chat: int) -> int:
    """Bytes of everything a request of this chat would hold, the system prompt aside."""
    messages = request_messages("", await services.store.messages(chat))
    return sum(len(message.content.encode()) for message in messages)


async def test_a_new_chat_holds_the_system_prompt_and_the_draft_as_estimates() -> None:
    use = context_use(empty_chat("Be brief and exact."), "What is a token bucket?", Window(16_384))
    assert tokens(use) == {"system": 5, "draft": 6}
    assert (use.total, use.window, use.exact) == (11, 16_384, False)
    assert use.fits
    nothing = context_use(empty_chat("  \n"), "", UNKNOWN)
    assert (nothing.segments, nothing.total, nothing.exact, nothing.fits) == ((), 0, True, None)


async def test_the_servers_own_count_is_the_exact_base(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "A bucket that fills with tokens."
    chat = await services.store.create_conversation()
    answer = await services.store.message(await ask(services, chat, "What is a token bucket?"))
    assert answer is not None
    stored = await stored_use(services.store, chat, "lm_studio", CODER)
    use = context_use(stored, "", UNKNOWN)
    assert use.total == answer.metrics["input_tokens"] + answer.metrics["output_tokens"]
    assert use.exact
    assert [(s.name, s.exact) for s in use.segments] == [("history", True)]
    with_draft = context_use(stored, "Go on.", UNKNOWN)
    assert not with_draft.exact
    assert with_draft.total == use.total + estimate_tokens("Go on.")


async def test_a_system_prompt_is_shown_apart_and_the_whole_stays_what_was_reported(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation(system_prompt="You are a careful reviewer of Python code.")
    answer = await services.store.message(await ask(services, chat, "Look at this."))
    assert answer is not None
    use = context_use(await stored_use(services.store, chat, "lm_studio", CODER), "", UNKNOWN)
    assert use.exact
    assert use.total == answer.metrics["input_tokens"] + answer.metrics["output_tokens"]
    assert tokens(use)["system"] == estimate_tokens("You are a careful reviewer of Python code.")
    assert not any(segment.exact for segment in use.segments)


async def test_another_system_prompt_takes_the_place_of_the_one_that_was_counted(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation(system_prompt="Be brief. " * 20)
    answer = await services.store.message(await ask(services, chat, "Look at this."))
    assert answer is not None
    before = await stored_use(services.store, chat, "lm_studio", CODER)
    await services.store.set_chat_settings(chat, "You are a careful reviewer of Python code.", {})
    after = await stored_use(services.store, chat, "lm_studio", CODER)
    assert after.system == estimate_tokens("You are a careful reviewer of Python code.")
    assert after.history == before.history and before.exact and not after.exact
    again = await answer_use(services.store, answer.id, "lm_studio", CODER)
    assert again is not None and (again.system, again.exact) == (after.system, False)


async def test_another_model_counts_otherwise_so_all_is_estimated(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    await ask(services, chat, "What is a token bucket? " * 20)
    use = context_use(await stored_use(services.store, chat, "lm_studio", "simulated/twin-1b"), "", UNKNOWN)
    assert not use.exact
    assert use.total == round(await sent(services, chat) / CHARACTERS_PER_TOKEN)


async def test_only_what_came_after_the_reported_answer_is_estimated(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    await ask(services, chat, "first")
    before = context_use(await stored_use(services.store, chat, "lm_studio", CODER), "", UNKNOWN)
    simulator.script.usage = "never"
    simulator.script.answer = "é" * 195
    await ask(services, chat, "x" * 390)
    use = context_use(await stored_use(services.store, chat, "lm_studio", CODER), "", UNKNOWN)
    assert use.total == before.total + 200
    assert not use.exact


async def test_thinking_is_not_sent_back_and_not_counted(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "Yes."
    simulator.script.reasoning = "Let me think about this at length. " * 40
    chat = await services.store.create_conversation()
    answer = await services.store.message(await ask(services, chat, "Is it so?", "simulated/thinker-4b"))
    assert answer is not None
    assert answer.reasoning
    use = context_use(await stored_use(services.store, chat, "lm_studio", "simulated/thinker-4b"), "", UNKNOWN)
    assert use.total < answer.metrics["input_tokens"] + answer.metrics["output_tokens"]
    assert use.total >= answer.metrics["input_tokens"]


async def test_a_failed_answer_and_other_branches_do_not_count(services: Services, simulator: MockServer) -> None:
    services.manager.providers["lm_studio"].config.max_retries = 0
    chat = await services.store.create_conversation()
    first = await services.chats.send(chat, "question " * 50, provider="lm_studio", model=CODER)
    await first.wait()
    edited = await services.chats.edit(first.prompt_id, "short", provider="lm_studio", model=CODER)
    await edited.wait()
    metrics = (await services.store.messages(chat))[-1].metrics
    use = context_use(await stored_use(services.store, chat, "lm_studio", CODER), "", UNKNOWN)
    assert use.total == metrics["input_tokens"] + metrics["output_tokens"]
    await simulator.aclose()
    failed = await services.chats.send(chat, "x" * 39, provider="lm_studio", model=CODER)
    await failed.wait()
    assert failed.status == "error"
    again = context_use(await stored_use(services.store, chat, "lm_studio", CODER), "", UNKNOWN)
    assert again.total == use.total + 10


async def test_an_edited_prompt_replaces_what_followed_it(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    await ask(services, chat, "first")
    whole = context_use(await stored_use(services.store, chat, "lm_studio", CODER), "", UNKNOWN)
    await ask(services, chat, "second " * 30)
    second = (await services.store.messages(chat))[2]
    use = context_use(await stored_use(services.store, chat, "lm_studio", CODER, before=second.id), "", UNKNOWN)
    assert use.total == whole.total


async def test_a_chat_that_is_gone_is_an_empty_one(services: Services) -> None:
    use = context_use(await stored_use(services.store, 4711, "lm_studio", CODER), "", UNKNOWN)
    assert use.total == 0


async def test_a_hundred_thousand_messages_are_counted_without_holding_up_the_store(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "chats.db")
    await store.open()
    try:
        chat = await store.create_conversation()
        pair = (("user", "u" * 300), ("assistant", "a" * 480))
        await store.import_messages(chat, pair * 50_000)  # type: ignore[arg-type]  # the roles are literals
        started = time.perf_counter()
        use = context_use(await stored_use(store, chat, "lm_studio", CODER), "", UNKNOWN)
        assert time.perf_counter() - started < 2.0
        assert use.total == round(50_000 * 780 / CHARACTERS_PER_TOKEN)
    finally:
        await store.aclose()


async def test_the_window_is_the_loaded_one_and_a_possible_one_is_marked() -> None:
    async with LMStudioProvider() as provider:
        loaded = ModelConfig(name="m", provider="lm_studio", context_length=262_144, loaded_context_length=32_768)
        assert window_of(provider, loaded) == Window(32_768)
        idle = ModelConfig(name="m", provider="lm_studio", context_length=262_144)
        assert window_of(provider, idle) == Window(262_144, at_most=True)
        assert window_of(provider, ModelConfig(name="m", provider="lm_studio")) == UNKNOWN
        assert window_of(provider, None) == UNKNOWN


async def test_for_ollama_it_is_the_window_that_would_be_asked_for() -> None:
    async with OllamaProvider(OllamaConfig(context_length=16_384)) as provider:
        local = {"local": True}
        loaded = ModelConfig(name="m", provider="ollama", loaded_context_length=8_192, metadata=local)
        assert window_of(provider, loaded) == Window(8_192)
        idle = ModelConfig(name="m", provider="ollama", context_length=131_072, metadata=local)
        assert window_of(provider, idle) == Window(16_384)
        small = ModelConfig(name="m", provider="ollama", context_length=2_048, metadata=local)
        assert window_of(provider, small) == Window(2_048)
        cloud = ModelConfig(name="m:cloud", provider="ollama", context_length=262_144, metadata={"local": False})
        assert window_of(provider, cloud) == Window(262_144, at_most=True)
