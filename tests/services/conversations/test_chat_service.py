"""Asking and answering inside a conversation, against the simulated server and a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.services.container import Services
from app.services.conversations import queries
from app.services.conversations.chat_service import ChatService
from app.services.conversations.chat_settings import EffectiveParameters
from app.services.conversations.routed import Routed
from app.services.conversations.running_answer import Answer, AnswerBegan, AnswerEnded, AnswerEvent, StopChecked
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import LLMError
from app.services.llm.http import HttpDoor
from app.services.llm.llm_manager import LLMManager
from app.services.llm.models import SamplingParameters
from app.services.mock_server import MockServer
from app.services.settings.schema import AppConfig
from app.services.stop_check import StopCheck
from tests.fakes.raw_http import Exchange, RawServer, chunk, delta, events, head

pytestmark = pytest.mark.anyio


async def test_a_prompt_is_answered_stored_and_measured(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "Hello from the simulator."
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "Say hello.\nPlease.")
    await answer.wait()
    prompt, stored = await services.store.messages(chat)
    assert (prompt.role, prompt.text) == ("user", "Say hello.\nPlease.")
    assert (stored.status, stored.text) == ("complete", "Hello from the simulator.")
    assert stored.provider == "lm_studio"
    assert stored.simulated
    assert stored.metrics["output_tokens"] > 0
    assert stored.metrics["ttft_ms"] > 0
    found = await services.store.conversation(chat)
    assert found is not None
    assert found.title == "Say hello."


async def test_the_answer_row_exists_before_the_first_byte(services: Services, simulator: MockServer) -> None:
    simulator.script.ttft = 30.0
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "slow one")
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    assert stored.status == "streaming"
    await services.chats.stop(chat)


async def test_A9_stop_keeps_the_text_and_closes_the_upstream(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "word " * 2_000
    simulator.script.tokens_per_second = 200.0
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "a long one")
    async with asyncio.timeout(5):
        while len(answer.text_parts) < 20:
            await asyncio.sleep(0.01)
    await services.chats.stop(chat)
    await services.chats.stop(chat)
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    assert stored.status == "stopped"
    assert stored.text == answer.text
    assert len(stored.text) >= 20
    async with asyncio.timeout(1):
        while simulator.stats.streams_aborted == 0:
            await asyncio.sleep(0.01)
    simulator.script.answer = "short"
    again = await services.chats.send(chat, "at once")
    await again.wait()
    assert again.status == "complete"


@pytest.mark.parametrize("how", ["stop", "close"])
async def test_what_ends_in_the_moment_it_began_is_stored_as_that(
    services: Services, simulator: MockServer, how: str
) -> None:
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "no, wait")
    await (services.chats.stop(chat) if how == "stop" else services.chats.aclose())
    stored = await services.store.message(answer.message_id)
    assert stored is not None and stored.status == ("stopped" if how == "stop" else "interrupted")
    assert not services.chats.running


class Choosing:
    """As Auto while a server takes its time to tell which models it has."""

    def __init__(self, services: Services) -> None:
        self.began, self.goes_on, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        services.chats.route = self.route

    async def route(self, _prompt_id: int) -> Routed:
        self.began.set()
        try:
            await self.goes_on.wait()
        finally:
            self.ended.set()
        return Routed((("lm_studio", "simulated/coder-7b"),), "for a test")


def asked_for(simulator: MockServer) -> int:
    return len([one for one in simulator.stats.recorded if one.path.endswith("/chat/completions")])


async def test_stop_while_a_model_is_chosen_ends_the_choice_and_asks_nobody(
    services: Services, simulator: MockServer
) -> None:
    choosing = Choosing(services)
    chat = await services.store.create_conversation()
    sending = asyncio.create_task(services.chats.send(chat, "Hello?", model="auto"))
    async with asyncio.timeout(5):
        await choosing.began.wait()
        await asyncio.gather(services.chats.stop(chat), services.chats.stop(chat))
        answer = await sending
        await answer.wait()
    prompt, stored = await services.store.messages(chat)
    assert (prompt.text, stored.status, stored.text, stored.error) == ("Hello?", "stopped", "", None)
    assert choosing.ended.is_set() and not asked_for(simulator)
    choosing.goes_on.set()
    again = await services.chats.regenerate(answer.message_id, model="auto")
    await again.wait()
    assert again.status == "complete"


async def test_closing_the_core_while_a_model_is_chosen_begins_no_stream(
    services: Services, simulator: MockServer
) -> None:
    choosing = Choosing(services)
    chat = await services.store.create_conversation()
    sending = asyncio.create_task(services.chats.send(chat, "Hello?", model="auto"))
    async with asyncio.timeout(5):
        await choosing.began.wait()
        await services.chats.aclose()
    assert choosing.ended.is_set() and not services.chats.running and not services.chats._tasks.running
    answer = await sending
    _prompt, stored = await services.store.messages(chat)
    assert (stored.id, stored.status) == (answer.message_id, "interrupted")
    assert stored.error is not None and "closed" in stored.error["message"]
    assert not asked_for(simulator)


async def test_whoever_gives_up_sending_while_a_model_is_chosen_leaves_the_chat_free(
    services: Services, simulator: MockServer
) -> None:
    choosing = Choosing(services)
    chat = await services.store.create_conversation()
    sending = asyncio.create_task(services.chats.send(chat, "Hello?", model="auto"))
    async with asyncio.timeout(5):
        await choosing.began.wait()
        sending.cancel()
        await choosing.ended.wait()
        with pytest.raises(asyncio.CancelledError):
            await sending
        answer = await services.chats.send(chat, "And now?", provider="lm_studio", model="simulated/coder-7b")
        await answer.wait()
    assert answer.status == "complete"


async def test_text_is_in_the_journal_while_it_arrives(services: Services, simulator: MockServer) -> None:
    simulator.script.answer = "word " * 400
    simulator.script.tokens_per_second = 100.0
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "go on")
    async with asyncio.timeout(5):
        while len((await services.store.read(queries.journal_pieces, answer.message_id))[0]) < 50:
            await asyncio.sleep(0.02)
    journaled, _ = await services.store.read(queries.journal_pieces, answer.message_id)
    assert answer.text.startswith(journaled)
    await services.chats.stop(chat)


async def test_a_second_message_while_one_is_answered_is_refused(services: Services, simulator: MockServer) -> None:
    simulator.script.ttft = 30.0
    chat = await services.store.create_conversation()
    await services.chats.send(chat, "first")
    with pytest.raises(LLMError) as caught:
        await services.chats.send(chat, "second")
    assert caught.value.kind == "config"
    assert [m.text for m in await services.store.messages(chat)] == ["first", ""]
    await services.chats.stop(chat)


async def test_a_server_that_is_down_is_an_answer_with_an_error(services: Services, simulator: MockServer) -> None:
    services.manager.providers["lm_studio"].config.max_retries = 0
    await simulator.aclose()
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "anyone there?", provider="lm_studio", model="m")
    await answer.wait()
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    assert stored.status == "error"
    assert stored.error is not None
    assert stored.error["kind"] == "not_running"
    assert stored.error["message"] == "LM Studio server not running."


async def test_only_parameters_that_were_set_go_out_and_are_kept_with_their_origin(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation()
    given = EffectiveParameters(SamplingParameters(temperature=0.2), {"temperature": "settings"})
    answer = await services.chats.send(chat, "hello", parameters=given)
    await answer.wait()
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    assert stored.parameters == {"temperature": {"value": 0.2, "origin": "settings"}}
    request = await services.store.read(queries.request_of, answer.message_id)
    assert request is not None
    assert request["parameters"] == {"temperature": 0.2}


async def test_a_parameter_that_the_server_refused_is_stored_as_not_sent(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.refused_fields = ["temperature"]
    chat = await services.store.create_conversation()
    values = SamplingParameters(temperature=0.2, max_tokens=50)
    given = EffectiveParameters(values, {"temperature": "settings", "max_tokens": "settings"})
    for _ in range(2):  # refused now, and known from before
        answer = await services.chats.send(chat, "hello", parameters=given)
        await answer.wait()
        stored = await services.store.message(answer.message_id)
        assert stored is not None and stored.status == "complete"
        assert stored.parameters == {
            "temperature": {
                "value": 0.2,
                "origin": "settings",
                "sent": False,
                "reason": "The server does not accept it.",
            },
            "max_tokens": {"value": 50, "origin": "settings"},
        }
        request = await services.store.read(queries.request_of, answer.message_id)
        assert request is not None and request["left_out"] == ["temperature"]
    bodies = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    assert ["temperature" in body for body in bodies] == [True, False, False]
    (use,) = await services.store.model_uses()
    assert use.uses == 2
    simulator.script.refused_fields = []
    services.manager.providers.clear()
    services.manager.configure(services.manager.config)
    again = await services.chats.regenerate(answer.message_id, parameters=given)
    await again.wait()
    request = await services.store.read(queries.request_of, again.message_id)
    assert request is not None and "left_out" not in request


async def test_regenerating_and_editing_make_versions(services: Services, simulator: MockServer) -> None:
    chat = await services.store.create_conversation()
    simulator.script.answer = "one"
    first = await services.chats.send(chat, "question")
    await first.wait()
    simulator.script.answer = "two"
    second = await services.chats.regenerate(first.message_id)
    await second.wait()
    assert [m.text for m in await services.store.messages(chat)] == ["question", "two"]
    edited = await services.chats.edit(first.prompt_id, "better question")
    await edited.wait()
    shown = await services.store.messages(chat)
    assert [m.text for m in shown] == ["better question", "two"]
    assert shown[0].version == (2, 2)


async def test_events_come_in_order_and_end_once(services: Services, simulator: MockServer) -> None:
    names: list[str] = []
    services.chats.events.subscribe(lambda pair: names.append(type(pair[1]).__name__))
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "hello")
    await answer.wait()
    assert names[0] == AnswerBegan.__name__
    assert names[1] == "Started"
    assert names[-1] == AnswerEnded.__name__
    assert names.count(AnswerEnded.__name__) == 1
    assert "TextDelta" in names


async def test_closing_the_core_keeps_what_arrived(paths: object, simulator: MockServer, services: Services) -> None:
    simulator.script.answer = "word " * 2_000
    simulator.script.tokens_per_second = 200.0
    chat = await services.store.create_conversation()
    answer = await services.chats.send(chat, "a long one")
    async with asyncio.timeout(5):
        while len(answer.text_parts) < 10:
            await asyncio.sleep(0.01)
    await services.chats.aclose()
    stored = await services.store.message(answer.message_id)
    assert stored is not None
    assert stored.status == "interrupted"
    assert stored.text == answer.text
    assert stored.error is not None
    assert "closed" in stored.error["message"]


async def test_an_answer_is_stored_whole_although_its_server_was_removed_meanwhile(tmp_path: Path) -> None:
    """A named server beyond this computer, since only such a one is looked up for a price."""

    began = asyncio.Event()
    goes_on = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        await exchange.write(head(200, "text/event-stream", chunked=True))
        await exchange.write(chunk(events(delta("All of "), done=False)))
        began.set()
        await goes_on.wait()
        await exchange.write(chunk(events(delta("the answer", finish="stop"))) + b"0\r\n\r\n")

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    off = {"lm_studio": {"is_enabled": False}, "ollama": {"is_enabled": False}}
    async with RawServer(reply) as server:
        entry = {"type": "openai_compatible", "base_url": f"http://models.example.com:{server.port}/v1"}
        config = AppConfig.model_validate({"provider_configurations": {"work": entry, **off}})
        store = ConversationStore(tmp_path / "chats.db")
        await store.open()
        door = HttpDoor(resolver=resolve)
        manager = LLMManager(config, door=door)
        chats = ChatService(store, manager)
        chat = await store.create_conversation()
        answer = await chats.send(chat, "Hi", provider="work", model="m")
        async with asyncio.timeout(10):
            await began.wait()
            manager.configure(AppConfig.model_validate({"provider_configurations": off}))
            goes_on.set()
            await answer.wait()
        stored = await store.message(answer.message_id)
        assert stored is not None and (stored.status, stored.text) == ("complete", "All of the answer")
        assert chat not in chats.running
        for part in (chats, store, manager, door):
            await part.aclose()


async def test_a_doubted_stop_is_asked_about_once_for_each_model_and_never_claimed_for_good(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer, simulator.script.tokens_per_second = "word " * 2_000, 200.0
    asking = 0

    async def busy(_provider: str, _model: str) -> bool | None:
        nonlocal asking
        asking += 1
        return True

    services.chats.stop_check = StopCheck(busy, confirm_within_s=0.02, look_every_s=0.01, later_look_every_s=0.01)
    told: list[tuple[int, bool]] = []

    def see(pair: tuple[Answer, AnswerEvent]) -> None:
        if isinstance(pair[1], StopChecked):
            told.append((pair[0].message_id, pair[1].confirmed))

    services.chats.events.subscribe(see)
    stopped: list[int] = []
    for number in range(3):
        chat = await services.store.create_conversation()
        answer = await services.chats.send(chat, f"go on {number}", provider="lm_studio", model="simulated/coder-7b")
        async with asyncio.timeout(5):
            while not answer.text_parts:
                await asyncio.sleep(0.005)
        await services.chats.stop(chat)
        stopped.append(answer.message_id)
        async with asyncio.timeout(5):
            while (answer.message_id, False) not in told:
                await asyncio.sleep(0.005)
    assert [t for t in told if t[0] != stopped[-1]] == [
        (stopped[0], False),
        (stopped[0], True),
        (stopped[1], False),
        (stopped[1], True),
    ], "each doubt ends when nobody asks about it any more"
