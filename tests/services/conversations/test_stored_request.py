"""What an answer was asked with can be rebuilt exactly, whatever happens to its chat later."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from app.services.container import Services
from app.services.conversations import changes, queries
from app.services.conversations.changes import NewAnswer
from app.services.conversations.running_answer import Answer
from app.services.conversations.store import ConversationStore
from app.services.conversations.stored_request import rebuilt_messages
from app.services.mock_server import Fault, MockServer

pytestmark = pytest.mark.anyio


def sent(simulator: MockServer) -> list[list[tuple[str, str]]]:
    """The messages of every chat request, as they arrived."""
    bodies = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    return [[(m["role"], m["content"]) for m in body["messages"]] for body in bodies]


async def rebuilt(store: ConversationStore, message_id: int) -> list[tuple[str, str]]:
    messages = await store.read(rebuilt_messages, message_id)
    assert messages is not None
    return [(m.role, m.content) for m in messages]


async def ask(services: Services, chat: int, text: str) -> Answer:
    answer = await services.chats.send(chat, text)
    await answer.wait()
    return answer


async def change_everything(services: Services, simulator: MockServer, chat: int, answers: list[Answer]) -> None:
    """All that a person can do to a chat with three turns."""
    store = services.store
    await store.write(
        lambda db: db.execute("UPDATE conversation SET system_prompt = 'Another one.' WHERE id = ?", (chat,))
    )
    simulator.script.answer = "said differently"
    await (await services.chats.regenerate(answers[0].message_id)).wait()
    await (await services.chats.edit(answers[0].prompt_id, "the first one, edited")).wait()
    await store.choose_version(answers[0].prompt_id)
    await store.delete_message(answers[1].prompt_id)
    await store.choose_version(answers[0].message_id)


async def test_edits_versions_deletions_and_another_system_prompt_change_no_old_request(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation(system_prompt="Be brief.")
    answers = [await ask(services, chat, text) for text in ("one", "two", "three")]
    wanted = sent(simulator)
    assert wanted[2][0] == ("system", "Be brief.") and len(wanted[2]) == 6
    await change_everything(services, simulator, chat, answers)
    assert [await rebuilt(services.store, answer.message_id) for answer in answers] == wanted
    assert await services.store.read(rebuilt_messages, answers[0].prompt_id) is None, "a prompt was asked with nothing"


async def test_an_answer_that_failed_was_left_out_and_its_prompt_joined(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation()
    simulator.script.fault, simulator.script.fault_times = Fault.BAD_REQUEST, 1
    await ask(services, chat, "one")
    second = await ask(services, chat, "two")
    assert await rebuilt(services.store, second.message_id) == sent(simulator)[-1] == [("user", "one\n\ntwo")]


async def test_a_fork_keeps_its_requests_when_the_chat_it_came_from_is_destroyed(
    services: Services, simulator: MockServer
) -> None:
    store = services.store
    chat = await store.create_conversation(system_prompt="Be brief.")
    answers = [await ask(services, chat, text) for text in ("one", "two")]
    wanted = sent(simulator)
    fork = await store.fork(answers[1].message_id)
    assert fork is not None
    copies = [m for m in await store.messages(fork) if m.role == "assistant"]
    await store.destroy_conversation(chat)
    other = await store.create_conversation()
    await store.import_messages(other, [("user", "somebody else's")])  # ids of what is gone are used again
    assert [await rebuilt(store, copy.id) for copy in copies] == wanted
    for copy in copies:
        request = await store.read(queries.request_of, copy.id)
        assert request is not None and request["prompt_id"] == copy.parent_id


async def test_what_another_process_was_still_writing_is_kept_as_it_was_sent(
    services: Services, simulator: MockServer
) -> None:
    store = services.store
    chat = await store.create_conversation()
    prompt = await store.add_user_message(chat, None, "one")
    row = NewAnswer("lm_studio", "m", "m", True, False, {}, {}, owner="another process")
    running = await store.begin_answer(chat, prompt, row)
    await store.journal(running, 1, "half an", "")
    answer = await ask(services, chat, "two")
    wanted = sent(simulator)[-1]
    assert wanted == [("user", "one"), ("assistant", "half an"), ("user", "two")]
    await store.write(changes.finish_answer, running, "complete", "half an answer is whole now", "", 1.0, metrics={})
    assert await rebuilt(store, answer.message_id) == wanted
    fork = await store.fork(answer.message_id)
    assert fork is not None
    assert await rebuilt(store, (await store.messages(fork))[-1].id) == wanted


async def test_a_chat_of_ten_thousand_turns_is_rebuilt(tmp_path: Path) -> None:
    store = ConversationStore(tmp_path / "c.db")
    await store.open()
    chat = await store.create_conversation()
    turns: list[Any] = [("user", "q"), ("assistant", "a")] * 5_000
    await store.import_messages(chat, turns)
    last = (await store.messages(chat))[-1].id
    prompt = await store.add_user_message(chat, last, "and?")
    request = {"format": 1, "prompt_id": prompt, "system_prompt": "", "model": "m", "parameters": {}}
    answer = await store.begin_answer(chat, prompt, NewAnswer("p", "m", "m", True, False, request, {}, owner="me"))
    began = time.perf_counter()
    assert len(await rebuilt(store, answer)) == 10_001
    assert time.perf_counter() - began < 5
    await store.aclose()
