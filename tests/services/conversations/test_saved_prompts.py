"""Saved prompts: kept, replaced, taken away; and what goes into their places."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.conversations import saved_prompts
from app.services.conversations.prompt_templates import Place, filled, places, with_input
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import LLMError
from tests.services.conversations.test_store_recovery import fill_the_disk

pytestmark = pytest.mark.anyio


async def names(store: ConversationStore) -> list[str]:
    return [prompt.name for prompt in await store.read(saved_prompts.prompts)]


async def test_those_for_code_are_there_and_an_own_one_stands_in_their_place(store: ConversationStore) -> None:
    assert await names(store) == ["commit", "explain", "refactor", "review", "test"]
    assert await store.write(saved_prompts.save_prompt, "/Review", "My way.\n\n{{input}}") is None
    found = await store.read(saved_prompts.prompt_called, "REVIEW")
    assert found is not None and found.own and found.text.startswith("My way.")
    assert await names(store) == ["commit", "explain", "refactor", "review", "test"]
    gone = await store.write(saved_prompts.delete_prompt, "review")
    assert gone is not None and gone.text.startswith("My way.")
    found = await store.read(saved_prompts.prompt_called, "review")
    assert found is not None and not found.own


async def test_a_new_text_gives_the_old_one_back(store: ConversationStore) -> None:
    await store.write(saved_prompts.save_prompt, "plan", "one")
    before = await store.write(saved_prompts.save_prompt, "plan", "two")
    assert before is not None and before.text == "one"
    assert [p.text for p in await store.read(saved_prompts.prompts) if p.name == "plan"] == ["two"]
    assert await store.write(saved_prompts.delete_prompt, "explain") is None


async def test_a_prompt_takes_another_name_but_not_anothers(store: ConversationStore) -> None:
    await store.write(saved_prompts.replace_prompt, "", "plan", "one")
    await store.write(saved_prompts.replace_prompt, "plan", "steps", "two")
    await store.write(saved_prompts.replace_prompt, "", "other", "three")
    with pytest.raises(LLMError, match="/other already"):
        await store.write(saved_prompts.replace_prompt, "steps", "Other", "four")
    assert {p.name: p.text for p in await store.read(saved_prompts.prompts) if p.own} == {
        "steps": "two",
        "other": "three",
    }
    await store.write(saved_prompts.replace_prompt, "review", "mine", "a copy of one that came with the program")
    assert "review" in await names(store)


@pytest.mark.parametrize("name", ["", " ", "two words", "-x", "ä", "a/b", "x" * 41, "a\nb"])
async def test_what_cannot_be_typed_behind_a_slash_is_no_name(store: ConversationStore, name: str) -> None:
    with pytest.raises(LLMError, match="name of a prompt"):
        await store.write(saved_prompts.save_prompt, name, "text")


@pytest.mark.parametrize("text", ["", " \n", "x" * 100_001])
async def test_what_is_no_prompt_is_not_kept(store: ConversationStore, text: str) -> None:
    with pytest.raises(LLMError, match="cannot be kept"):
        await store.write(saved_prompts.save_prompt, "x", text)
    assert "x" not in await names(store)


def test_places_are_found_and_filled_once() -> None:
    text = "Review {{ Language }} code:\n{{input}} {{unknown}} {{}} {single}"
    assert places(text)[0] == Place("language", 7, 21)
    assert [place.name for place in places(text)] == ["language", "input", "unknown"]
    assert filled(text, {"language": "{{input}}", "input": "x"}).startswith("Review {{input}} code:\nx {{unknown}}")


def test_what_is_said_goes_into_its_place_or_behind() -> None:
    assert with_input("Do {{input}} now.", "this") == "Do this now."
    assert with_input("Do it.\n", "x = 1") == "Do it.\n\nx = 1"
    assert with_input("Today is {{date}}.", "", date(2026, 11, 21)) == "Today is 2026-11-21."
    assert with_input("{{input}}", "costs \\1 {{date}} \\g<0>") == "costs \\1 {{date}} \\g<0>"


@given(st.text(alphabet="{} ab\n", max_size=80), st.text(max_size=20))
def test_nothing_but_the_places_changes(text: str, value: str) -> None:
    found = places(text)
    result = filled(text, dict.fromkeys((place.name for place in found), value))
    at, expected = 0, ""
    for place in found:
        expected += text[at : place.start] + value
        at = place.end
    assert result == expected + text[at:]


async def test_what_was_kept_while_the_disk_was_full_is_written_when_there_is_room(store: ConversationStore) -> None:
    await store.write(saved_prompts.save_prompt, "old", "one")
    await store.write(saved_prompts.save_prompt, "gone", "text")
    await fill_the_disk(store)
    await store.write(saved_prompts.save_prompt, "fresh", "kept in memory")
    await store.write(saved_prompts.save_prompt, "old", "two")
    await store.write(saved_prompts.delete_prompt, "gone")
    assert await store.try_again()
    own = {p.name: p.text for p in await store.read(saved_prompts.prompts) if p.own}
    assert own == {"fresh": "kept in memory", "old": "two"}


@pytest.mark.parametrize("name", ["help", "Model", "/new"])
async def test_a_command_of_the_terminal_chat_is_no_name(store: ConversationStore, name: str) -> None:
    with pytest.raises(LLMError, match="is a command"):
        await store.write(saved_prompts.save_prompt, name, "text")
