"""A chat that outgrew its model's window goes on without its beginning, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from app.services.container import Services
from app.services.conversations import queries
from app.services.conversations.context import SUMMARY_BEGINS
from app.services.conversations.context_use import context_use, stored_use
from app.services.conversations.history_cut import put_cuts_back, take_cuts_back
from app.services.conversations.records import ContextUse, Window
from app.services.conversations.running_answer import Answer
from app.services.conversations.shortening import Boundary, boundary, shorten, summarising_window
from app.services.conversations.store import ConversationStore
from app.services.conversations.stored_request import rebuilt_messages
from app.services.llm.errors import LLMError
from app.services.mock_server import Fault, MockServer

pytestmark = pytest.mark.anyio

TWIN = "simulated/twin-1b"
WINDOW = 8_192
FILLER = "word " * 1_500


def sent(simulator: MockServer) -> list[list[tuple[str, str]]]:
    """The messages of every chat request, as they arrived."""
    bodies = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    return [[(m["role"], m["content"]) for m in body["messages"]] for body in bodies]


async def ask(services: Services, chat: int, text: str) -> Answer:
    answer = await services.chats.send(chat, text, provider="lm_studio", model=TWIN)
    await answer.wait()
    assert answer.status == "complete", answer.error
    return answer


async def rebuilt(services: Services, answer: Answer) -> list[tuple[str, str]]:
    messages = await services.store.read(rebuilt_messages, answer.message_id)
    return [(m.role, m.content) for m in messages or ()]


async def long_chat(services: Services, turns: int = 6, system_prompt: str = "Be brief.") -> int:
    """Turns of about 1,900 tokens each, too many for the window."""
    chat = await services.store.create_conversation(system_prompt=system_prompt)
    for turn in range(turns):
        await services.store.import_messages(
            chat, [("user", f"prompt {turn} {FILLER}"), ("assistant", f"answer {turn}")]
        )
    return chat


async def use_of(services: Services, chat: int, draft: str = "and on", window: int | None = WINDOW) -> ContextUse:
    return context_use(await stored_use(services.store, chat, "lm_studio", TWIN), draft, Window(window))


async def cut(services: Services, chat: int, draft: str = "and on") -> Boundary:
    place = await boundary(services.store, chat, await use_of(services, chat, draft))
    assert place is not None
    await shorten(services.store, place)
    return place


async def test_shortening_leaves_out_the_oldest_turns_until_the_request_fits_with_room_for_an_answer(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.enforce_context = True
    chat = await long_chat(services)
    before = await use_of(services, chat)
    assert before.fits is False
    place = await cut(services, chat)
    after = await use_of(services, chat)
    assert after.total * 1.25 <= WINDOW, "room for an answer"
    answer = await ask(services, chat, "and on")
    (request,) = sent(simulator)
    assert [role for role, _ in request] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert request[0] == ("system", "Be brief.") and request[1][1].startswith("prompt 3 "), "no turn too many"
    assert place.left_out == 6
    assert len(await services.store.messages(chat)) == 14, "nothing is deleted"
    assert [
        (m.role, m.content) for m in await services.store.read(rebuilt_messages, answer.message_id) or ()
    ] == request


async def test_what_fits_is_not_cut_and_a_prompt_too_large_by_itself_cannot_be_helped(services: Services) -> None:
    chat = await long_chat(services, turns=2)
    assert await boundary(services.store, chat, await use_of(services, chat)) is None
    assert await boundary(services.store, chat, await use_of(services, chat, "word " * 12_000)) is None
    empty = await services.store.create_conversation()
    assert await boundary(services.store, empty, await use_of(services, empty, "word " * 12_000)) is None


async def test_all_turns_can_go_where_the_prompt_just_fits(services: Services, simulator: MockServer) -> None:
    chat = await long_chat(services, turns=2)
    draft = "word " * 5_900
    place = await cut(services, chat, draft)
    assert place.left_out == 4
    await ask(services, chat, draft)
    assert [role for role, _ in sent(simulator)[0]] == ["system", "user"]


async def test_without_a_known_window_or_after_a_refusal_the_newer_half_is_kept(services: Services) -> None:
    chat = await long_chat(services)
    place = await boundary(services.store, chat, await use_of(services, chat, window=None))
    assert place is not None and 6 <= place.left_out <= 8
    fits = await use_of(services, chat, window=1_000_000)
    assert await boundary(services.store, chat, fits) is None
    place = await boundary(services.store, chat, fits, refused=True)
    assert place is not None and 6 <= place.left_out <= 8


async def test_the_servers_own_count_decides_where_a_token_is_less_than_four_characters(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer = "fine"
    chat = await long_chat(services, turns=3)
    answer = await ask(services, chat, "and on")
    metrics = {"input_tokens": 16_000, "output_tokens": 2, "estimated": False}
    await services.store.write(
        lambda db: db.execute(
            "UPDATE message SET metrics = json(?) WHERE id = ?", (json.dumps(metrics), answer.message_id)
        )
    )
    place = await boundary(services.store, chat, await use_of(services, chat))
    assert place is not None and place.left_out == 4, "each turn takes 5,300 tokens, not 1,900"


async def test_the_cut_belongs_to_its_branch_and_edits_and_new_answers_below_it_keep_it(
    services: Services, simulator: MockServer
) -> None:
    chat = await long_chat(services)
    place = await cut(services, chat)
    answer = await ask(services, chat, "and on")
    await (await services.chats.regenerate(answer.message_id)).wait()
    await (await services.chats.edit(answer.prompt_id, "and on, edited")).wait()
    first, again, edited = sent(simulator)
    assert first == again
    assert edited[:-1] == first[:-1] and edited[-1][1] == "and on, edited"
    above = (await services.store.messages(chat))[place.position - 1]
    await (await services.chats.edit(above.id, "another way")).wait()
    assert len(sent(simulator)[-1]) == 1 + place.position, "another branch is sent whole"
    assert (await use_of(services, chat)).total > 2 * 1_900


async def test_a_cut_survives_reopening_forks_and_is_taken_back_and_put_back(
    services: Services, simulator: MockServer, tmp_path: Path
) -> None:
    path = tmp_path / "own.db"
    store = ConversationStore(path)
    await store.open()
    chat = await store.create_conversation()
    for turn in range(3):
        await store.import_messages(chat, [("user", f"prompt {turn}"), ("assistant", f"answer {turn}")])
    messages = await store.messages(chat)
    await shorten(store, Boundary(messages[1].id, 1, 2, 0))
    await shorten(store, Boundary(messages[3].id, 3, 2, 0))
    await store.aclose()
    store = ConversationStore(path)
    await store.open()
    assert (await store.read(queries.shown_part, chat)).first == 4, "the lowest counts"
    opened = await store.open_conversation(chat)
    assert opened is not None and opened.cut_message_id == messages[3].id
    assert [m.cut is not None for m in opened.messages] == [False, True, False, True, False, False]
    copied = await store.fork(messages[5].id)
    assert copied is not None
    assert (await store.read(queries.shown_part, copied)).first == 4
    taken = await store.write(take_cuts_back, messages[3].id)
    assert (await store.read(queries.shown_part, chat)).first == 0, "all of it is sent again"
    await store.write(put_cuts_back, taken)
    assert (await store.read(queries.shown_part, chat)).first == 4
    await store.aclose()


async def test_old_requests_stay_rebuildable_after_the_chat_was_shortened_and_after_it_was_taken_back(
    services: Services, simulator: MockServer
) -> None:
    chat = await long_chat(services, turns=3)
    whole = await ask(services, chat, "before")
    place = await boundary(services.store, chat, await use_of(services, chat, window=4_000))
    assert place is not None
    await shorten(services.store, place)
    short = await ask(services, chat, "after")
    await services.store.write(take_cuts_back, place.message_id)
    last = await ask(services, chat, "whole again")
    wanted = sent(simulator)
    for answer, request in zip((whole, short, last), wanted, strict=True):
        assert await rebuilt(services, answer) == request
    assert len(wanted[1]) < len(wanted[0]) < len(wanted[2])


async def test_the_metrics_name_the_shortened_chat_and_tell_of_no_dropped_turns(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.reused_tokens = 5
    simulator.script.answer = "fine"
    chat = await long_chat(services, turns=3)
    await ask(services, chat, "before")
    place = await boundary(services.store, chat, await use_of(services, chat, window=4_000))
    assert place is not None
    await shorten(services.store, place)
    answer = await ask(services, chat, "after")
    assert answer.metrics is not None
    assert answer.metrics.prefix_break == "shortened"
    assert answer.metrics.dropped_tokens is None, "we left them out, not the server"


def test_after_a_refusal_of_what_should_have_fitted_half_the_window_is_trusted() -> None:
    fits, over = ContextUse((), 5_000, WINDOW, False), ContextUse((), 9_000, WINDOW, False)
    assert summarising_window(fits, refused=True) == WINDOW // 2
    assert summarising_window(over, refused=True) == summarising_window(over, refused=False) == WINDOW
    assert summarising_window(ContextUse((), 9_000, None, False), refused=True) is None


# -- a summary in their place


async def summarise(services: Services, chat: int, *, draft: str = "and on", window: int = WINDOW) -> Boundary:
    use = await use_of(services, chat, draft, window)
    place = await boundary(services.store, chat, use, with_summary=True)
    assert place is not None
    await services.summariser.summarise(chat, place, provider="lm_studio", model=TWIN, window=window)
    return place


async def test_the_model_summarises_what_is_left_out_and_the_summary_goes_in_its_place(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.enforce_context = True
    simulator.script.answer = "They counted words."
    chat = await long_chat(services)
    place = await summarise(services, chat)
    asked = sent(simulator)
    assert all([role for role, _ in request] == ["user"] for request in asked), "a plain prompt"
    assert "User: prompt 0 word" in asked[0][0][1] and "Assistant: answer 0" in asked[0][0][1]
    bodies = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")]
    assert {body["model"] for body in bodies} == {TWIN}
    answer = await ask(services, chat, "and on")
    request = sent(simulator)[-1]
    assert request[0] == ("system", "Be brief.")
    assert request[1][0] == "user" and request[1][1].startswith(f"{SUMMARY_BEGINS}\n\nThey counted words.")
    assert f"prompt {(place.position + 1) // 2} word" in request[1][1], "and the first prompt that is sent"
    assert await rebuilt(services, answer) == request
    stored = (await services.store.messages(chat))[place.position]
    assert stored.cut is not None
    assert (stored.cut.summary, stored.cut.messages) == ("They counted words.", place.position + 1)
    assert "twin" in stored.cut.model_name.lower()
    use = await use_of(services, chat)
    assert next(s.tokens for s in use.segments if s.name == "summary") > 0


async def test_a_long_history_is_summarised_piece_by_piece_each_with_the_summary_so_far(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.enforce_context = True
    simulator.script.answer = "They counted."
    chat = await long_chat(services, turns=12)
    seen: list[tuple[int, int]] = []
    place = await boundary(services.store, chat, await use_of(services, chat), with_summary=True)
    assert place is not None
    await services.summariser.summarise(
        chat, place, provider="lm_studio", model=TWIN, window=WINDOW, on_progress=lambda n, of: seen.append((n, of))
    )
    asked = [request[0][1] for request in sent(simulator)]
    assert seen == [(n, len(asked)) for n in range(1, len(asked) + 1)] and len(asked) > 2
    assert "They counted." not in asked[0] and all("They counted." in text for text in asked[1:])
    told = "".join(asked)
    assert all(f"prompt {turn} word" in told for turn in range(place.left_out // 2)), "nothing is skipped"


async def test_summarising_again_begins_with_the_summary_that_is_there(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer = "The first summary."
    chat = await long_chat(services)
    first = await summarise(services, chat)
    count = len(sent(simulator))
    for turn in range(6, 9):
        await services.store.import_messages(chat, [("user", f"prompt {turn} {FILLER}"), ("assistant", "fine")])
    simulator.script.answer = "The second summary."
    second = await summarise(services, chat)
    assert second.position > first.position
    again = sent(simulator)[count][0][1]
    assert "The first summary." in again and "prompt 0 word" not in again
    stored = (await services.store.messages(chat))[second.position]
    assert stored.cut is not None and stored.cut.messages == second.position + 1


@pytest.mark.parametrize("answer", ["", "   \n", "word " * 20_000], ids=["nothing", "blank", "endless"])
async def test_a_summary_that_is_none_or_too_long_leaves_everything_as_it_was_and_says_why(
    services: Services, simulator: MockServer, answer: str
) -> None:
    simulator.script.answer = answer
    simulator.script.tokens_per_second = 0
    chat = await long_chat(services)
    with pytest.raises(LLMError) as raised:
        await summarise(services, chat)
    assert "summary" in raised.value.message
    assert (await services.store.read(queries.shown_part, chat)).first == 0
    simulator.script.answer = "fine"
    await ask(services, chat, "and on")


async def test_a_failing_server_leaves_everything_as_it_was(services: Services, simulator: MockServer) -> None:
    chat = await long_chat(services)
    simulator.script.fault = Fault.SERVER_ERROR
    with pytest.raises(LLMError):
        await summarise(services, chat)
    assert (await services.store.read(queries.shown_part, chat)).first == 0


async def test_another_branch_shown_meanwhile_is_not_summarised_in_the_place_of_this_one(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.answer = "They counted words."
    chat = await long_chat(services)
    use = await use_of(services, chat)
    place = await boundary(services.store, chat, use, with_summary=True)
    assert place is not None
    above = (await services.store.messages(chat))[place.position - 1]
    await (await services.chats.edit(above.id, "another way", provider="lm_studio", model=TWIN)).wait()

    with pytest.raises(LLMError) as caught:
        await services.summariser.summarise(chat, place, provider="lm_studio", model=TWIN, window=WINDOW)

    assert caught.value.kind == "config" and "changed meanwhile" in caught.value.message
    assert (await services.store.message(place.message_id)).cut is None  # type: ignore[union-attr]  # it is there


async def test_summarising_can_be_stopped_and_no_answer_begins_meanwhile(
    services: Services, simulator: MockServer
) -> None:
    simulator.script.ttft = 30
    chat = await long_chat(services)
    task = asyncio.create_task(summarise(services, chat))
    async with asyncio.timeout(5):
        while not sent(simulator):
            await asyncio.sleep(0.01)
    with pytest.raises(LLMError) as raised:
        await services.chats.send(chat, "meanwhile")
    assert raised.value.kind == "config"
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert (await services.store.read(queries.shown_part, chat)).first == 0
    simulator.script.ttft = 0
    await ask(services, chat, "and on")
