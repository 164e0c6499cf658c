"""An answer that broke off is written on as another version that begins with what there was of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.container import Services
from app.services.conversations.context_use import Window, answer_use, context_use, stored_use
from app.services.conversations.continuing import GO_ON, Continuation, RepeatFilter, continuation_of, continued
from app.services.conversations.running_answer import Answer
from app.services.conversations.shortening import boundary
from app.services.conversations.store import ConversationStore
from app.services.conversations.stored_request import rebuilt_messages
from app.services.llm.errors import LLMError
from app.services.llm.metering import estimate_tokens
from app.services.llm.models import Message
from app.services.mock_server import Fault, MockServer

pytestmark = pytest.mark.anyio

WHOLE = "one two three four five six seven eight nine ten"


def requests(simulator: MockServer) -> list[list[dict[str, Any]]]:
    return [r.body["messages"] for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]


async def broken_off(services: Services, simulator: MockServer, after_tokens: int = 7) -> Answer:
    """An answer whose server went away in the middle."""
    simulator.script.answer = WHOLE
    simulator.script.fault, simulator.script.fault_times = Fault.NO_FINISH, 1
    simulator.script.fault_after_tokens = after_tokens
    chat = await services.store.create_conversation(system_prompt="Be brief.")
    answer = await services.chats.send(chat, "count")
    await answer.wait()
    assert answer.status == "interrupted" and WHOLE.startswith(answer.text) and answer.text
    return answer


async def test_the_rest_comes_behind_what_there_was(services: Services, simulator: MockServer) -> None:
    begun = await broken_off(services, simulator)
    simulator.script.answer = WHOLE.removeprefix(begun.text)
    more = await services.chats.go_on(begun.message_id)
    await more.wait()
    assert requests(simulator)[-1] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "count"},
        {"role": "assistant", "content": begun.text},
    ]
    _prompt, shown = await services.store.messages(begun.conversation_id)
    assert (shown.text, shown.status, shown.version) == (WHOLE, "complete", (2, 2))
    kept = await services.store.message(begun.message_id)
    assert kept is not None and (kept.text, kept.status) == (begun.text, "interrupted")
    rebuilt = await services.store.read(rebuilt_messages, more.message_id)
    assert rebuilt is not None
    assert [(m.role, m.content) for m in rebuilt] == [(m["role"], m["content"]) for m in requests(simulator)[-1]]


async def test_what_the_server_says_again_is_not_there_twice(services: Services, simulator: MockServer) -> None:
    begun = await broken_off(services, simulator)
    more = await services.chats.go_on(begun.message_id)  # the simulator begins anew
    await more.wait()
    assert more.text == WHOLE


async def test_a_second_failure_keeps_what_there_was_and_can_be_continued(
    services: Services, simulator: MockServer
) -> None:
    begun = await broken_off(services, simulator)
    simulator.script.fault, simulator.script.fault_times = Fault.SERVER_ERROR, 100
    more = await services.chats.go_on(begun.message_id)
    await more.wait()
    stored = await services.store.message(more.message_id)
    assert stored is not None and (stored.status, stored.text) == ("interrupted", begun.text)
    simulator.script.fault = Fault.NONE
    again = await services.chats.go_on(more.message_id)
    await again.wait()
    assert (again.text, again.status) == (WHOLE, "complete")


async def test_a_crash_keeps_what_it_began_with(services: Services, simulator: MockServer, tmp_path: Path) -> None:
    begun = await broken_off(services, simulator)
    simulator.script.ttft = 30.0
    more = await services.chats.go_on(begun.message_id)
    stored = await services.store.message(more.message_id)
    assert stored is not None and (stored.status, stored.text) == ("streaming", begun.text)
    await services.chats.stop(begun.conversation_id)
    stored = await services.store.message(more.message_id)
    assert stored is not None and (stored.status, stored.text) == ("stopped", begun.text)


async def test_what_was_thought_stays_with_it(services: Services, simulator: MockServer) -> None:
    simulator.script.reasoning, simulator.script.reasoning_text = "reasoning_content", "Hm."
    begun = await broken_off(services, simulator, after_tokens=9)
    assert begun.reasoning == "Hm."
    simulator.script.reasoning = "none"
    more = await services.chats.go_on(begun.message_id)
    await more.wait()
    stored = await services.store.message(more.message_id)
    assert stored is not None and stored.reasoning == begun.reasoning


async def test_an_answer_without_text_cannot_be_continued(services: Services, simulator: MockServer) -> None:
    simulator.script.fault, simulator.script.fault_times = Fault.BAD_REQUEST, 1
    chat = await services.store.create_conversation()
    failed = await services.chats.send(chat, "count")
    await failed.wait()
    with pytest.raises(LLMError, match="nothing to go on with"):
        await services.chats.go_on(failed.message_id)
    assert chat not in services.chats.running


async def test_one_answer_a_chat_also_here(services: Services, simulator: MockServer) -> None:
    begun = await broken_off(services, simulator)
    simulator.script.ttft = 30.0
    await services.chats.go_on(begun.message_id)
    with pytest.raises(LLMError, match="still being written"):
        await services.chats.go_on(begun.message_id)
    async with asyncio.timeout(5):
        await services.chats.stop(begun.conversation_id)


def test_a_server_that_begins_new_messages_is_told_in_words() -> None:
    asked = (Message(role="user", content="count"),)
    told = continued(asked, Continuation("one two"))
    assert [(m.role, m.content) for m in told] == [("user", "count"), ("assistant", "one two"), ("user", GO_ON)]
    assert continued(asked, Continuation()) == asked


def test_requests_that_continue_nothing_or_lie_are_read_as_such() -> None:
    assert not continuation_of({}, "text")
    for said in (None, 3, {}, {"characters": "7"}, {"characters": True}, {"characters": -3}):
        assert not continuation_of({"continues": said}, "text")
    assert continuation_of({"continues": {"characters": 2, "prefilled": True}}, "text") == Continuation("te", "", True)


@given(st.text(min_size=20, max_size=30), st.text(max_size=20), st.booleans(), st.lists(st.integers(1, 4), max_size=30))
def test_only_a_whole_repetition_is_taken_away(begun: str, rest: str, repeats: bool, cuts: list[int]) -> None:
    reply = begun + rest if repeats else rest
    repeated, out, at = RepeatFilter(begun), [], 0
    for size in [*cuts, len(reply)]:
        if piece := reply[at : at + size]:
            out.append(repeated.pass_on(piece))
        at += size
    out.append(repeated.rest())
    ended_in_it = len(reply) >= 20 and begun.startswith(reply) and reply != begun
    assert "".join(out) == ("" if ended_in_it else reply.removeprefix(begun))


def test_a_short_beginning_may_stand_in_the_rest_too() -> None:
    assert RepeatFilter("1").pass_on("1 apples") == "1 apples"
    filtered = RepeatFilter("Hello there, this is what I wrote")
    assert filtered.pass_on("Hello there, this is") == "" and filtered.rest() == ""
    short = RepeatFilter("Hello there, this is what I wrote")
    assert short.pass_on("Hello") == "" and short.rest() == "Hello"


async def test_what_is_sent_again_is_counted(services: Services, simulator: MockServer) -> None:
    begun = await broken_off(services, simulator)
    again = await answer_use(services.store, begun.message_id, "lm_studio", begun.model)
    rest = await answer_use(services.store, begun.message_id, "lm_studio", begun.model, going_on=True)
    assert again is not None and rest is not None
    assert (rest.history, rest.begun) == (again.history, estimate_tokens(begun.text))


async def test_no_cut_of_the_history_makes_the_beginning_of_an_answer_fit(
    services: Services, simulator: MockServer
) -> None:
    begun = await broken_off(services, simulator)
    again = await services.chats.send(begun.conversation_id, "And now at length " * 20)
    await again.wait()
    rest = await answer_use(services.store, again.message_id, "lm_studio", again.model, going_on=True)
    assert rest is not None and rest.history > 0
    too_small = context_use(rest, "", Window(rest.begun))
    assert not too_small.fits
    assert await boundary(services.store, again.conversation_id, too_small, before=again.message_id) is None


async def test_a_continued_answer_is_not_counted_twice(services: Services, simulator: MockServer) -> None:
    begun = await broken_off(services, simulator)
    more = await services.chats.go_on(begun.message_id)
    await more.wait()
    use = await stored_use(services.store, begun.conversation_id, "lm_studio", begun.model)
    assert not use.exact
    assert use.system + use.history <= estimate_tokens("Be brief.") + estimate_tokens(f"count{WHOLE}") + 12


async def test_an_answer_that_other_programs_put_first_has_no_prompt_to_ask(services: Services) -> None:
    chat = await services.store.create_conversation()
    await services.store.import_messages(chat, [("assistant", "Welcome.")])
    (welcome,) = await services.store.messages(chat)
    for ask in (services.chats.regenerate, services.chats.go_on):
        with pytest.raises(LLMError, match="has no prompt"):
            await ask(welcome.id)


async def test_a_store_that_is_opened_again_after_the_end_has_it_all(
    services: Services, simulator: MockServer, tmp_path: Path
) -> None:
    begun = await broken_off(services, simulator)
    await (await services.chats.go_on(begun.message_id)).wait()
    other = ConversationStore(services.paths.store_file)
    await other.open()
    assert [m.text for m in await other.messages(begun.conversation_id)] == ["count", WHOLE]
    assert [hit.snippet for hit in (await other.search("six")).hits]
    await other.aclose()
