"""The layers of what a chat is answered with: its own, its preset's, the settings', the server's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.container import Services
from app.services.conversations import chat_settings, presets, queries
from app.services.conversations.chat_settings import (
    PRESET,
    PROMPT_FROM,
    EffectiveSettings,
    prompt_from_settings,
    read_stops,
    shown_stops,
    with_own_prompt,
    with_preset,
    without_own_prompt,
)
from app.services.conversations.context_use import stored_use
from app.services.conversations.records import Preset
from app.services.conversations.store import ConversationStore
from app.services.llm.metering import estimate_tokens
from app.services.mock_server import MockServer

pytestmark = pytest.mark.anyio

NOTHING: dict[str, Any] = {"system_prompt": "", "temperature": None, "top_p": None, "max_tokens": None}
DEFAULTS = {**NOTHING, "system_prompt": "Of the settings.", "temperature": 0.9, "max_tokens": 500}
MODEL = ("lm_studio", "simulated/coder-7b")


@pytest.fixture
async def store() -> ConversationStore:
    opened = ConversationStore(None)
    await opened.open()
    return opened


async def keep(store: ConversationStore, name: str, prompt: str | None = None, **values: Any) -> Preset:
    kept, _before = await store.write(presets.save_preset, name, prompt, values)
    return kept


async def effective(
    store: ConversationStore, prompt: str, parameters: dict[str, Any], defaults: dict[str, Any] = DEFAULTS
) -> EffectiveSettings:
    return await store.read(chat_settings.effective_settings, defaults, prompt, parameters, *MODEL)


def told(settings: EffectiveSettings) -> dict[str, tuple[Any, str]]:
    return {name: (one.value, one.origin) for name, one in settings.values.items() if one.source != "server"}


@pytest.mark.parametrize(
    ("own", "of_preset", "of_settings", "expected"),
    [
        (None, None, None, (None, "server")),
        (None, None, 0.9, (0.9, "settings")),
        (None, 0.2, None, (0.2, "preset Careful")),
        (None, 0.2, 0.9, (0.2, "preset Careful")),
        (0.0, 0.2, 0.9, (0.0, "chat")),
        (0.0, None, None, (0.0, "chat")),
        ("hot", 0.2, 0.9, (0.2, "preset Careful")),  # what a file brought and cannot be sent
        (True, None, 0.9, (0.9, "settings")),
    ],
)
async def test_the_nearest_layer_that_says_something_decides(
    store: ConversationStore, own: Any, of_preset: Any, of_settings: Any, expected: tuple[Any, str]
) -> None:
    values = {"seed": 1} if of_preset is None else {"temperature": of_preset}
    careful = await keep(store, "Careful", **values)
    parameters = {PRESET: careful.uid, **({} if own is None else {"temperature": own})}
    found = await effective(store, "", parameters, {**NOTHING, "temperature": of_settings})
    temperature = found.values["temperature"]
    assert (temperature.value, temperature.origin) == expected
    sent = found.for_request()
    assert sent.values.temperature == expected[0]
    assert sent.origins.get("temperature", "server") == expected[1]


async def test_what_nobody_chose_is_not_sent(store: ConversationStore) -> None:
    found = await effective(store, "", {}, NOTHING)
    assert found.for_request().values.set_values() == {} and found.system_prompt == ""
    assert found.preset is None and found.preset_from == "none"


async def test_a_model_begins_with_its_preset_until_the_chat_chooses(store: ConversationStore) -> None:
    careful, wild = await keep(store, "Careful", temperature=0.1), await keep(store, "Wild", temperature=1.5)
    await store.write(presets.set_preset_of_model, *MODEL, careful.uid)
    found = await effective(store, "", {})
    assert (found.preset, found.preset_from, found.values["temperature"].value) == (careful, "model", 0.1)
    found = await effective(store, *with_preset("", {}, wild, ""))
    assert (found.preset, found.preset_from, found.preset_of_model) == (wild, "chat", careful)
    found = await effective(store, *with_preset("", {}, None, ""))
    assert (found.preset, found.preset_from, found.values["temperature"].origin) == (None, "off", "settings")


async def test_a_preset_that_is_gone_is_named_and_sets_nothing(store: ConversationStore) -> None:
    careful = await keep(store, "Careful", temperature=0.1)
    prompt, parameters = with_preset("", {}, careful, "")
    await store.write(presets.delete_preset, careful.uid)
    found = await effective(store, prompt, parameters)
    assert (found.preset_from, found.missing, found.values["temperature"].value) == ("gone", "Careful", 0.9)


async def test_choosing_a_preset_takes_the_place_of_what_it_sets_and_leaves_the_rest(store: ConversationStore) -> None:
    careful = await keep(store, "Careful", "Be careful.", temperature=0.1)
    prompt, parameters = with_own_prompt({"temperature": 1.0, "seed": 7, "reasoning_effort": "off"}, "Mine.")
    prompt, parameters = with_preset(prompt, parameters, careful, "Of the settings.")
    found = await effective(store, prompt, parameters)
    assert told(found) == {
        "system_prompt": ("Be careful.", "preset Careful"),
        "temperature": (0.1, "preset Careful"),
        "max_tokens": (500, "settings"),
        "seed": (7, "chat"),
    }
    assert parameters["reasoning_effort"] == "off"
    found = await effective(store, *with_preset(prompt, parameters, None, "Of the settings."))
    assert told(found)["system_prompt"] == ("Of the settings.", "settings")


async def test_the_settings_prompt_stays_as_it_was_when_the_chat_began(store: ConversationStore) -> None:
    prompt, parameters = prompt_from_settings("As it was.")
    assert told(await effective(store, prompt, parameters))["system_prompt"] == ("As it was.", "settings")
    assert "system_prompt" not in told(await effective(store, *prompt_from_settings("")))
    careful = await keep(store, "Careful", "Be careful.")
    chosen = with_preset(prompt, parameters, careful, "Of the settings.")
    assert (await effective(store, *chosen)).system_prompt == "Be careful."
    assert (await effective(store, *with_preset(*chosen, None, ""))).system_prompt == "As it was."


async def test_an_own_prompt_wins_even_when_it_is_empty_and_can_be_given_up(store: ConversationStore) -> None:
    careful = await keep(store, "Careful", "Be careful.")
    of_preset = with_preset("", {}, careful, "")
    prompt, parameters = with_own_prompt(of_preset[1], "")
    found = await effective(store, prompt, parameters)
    assert (found.system_prompt, found.values["system_prompt"].source) == ("", "chat")
    assert (await effective(store, *without_own_prompt(parameters, ""))).system_prompt == "Be careful."
    older = await effective(store, "Written by an earlier version.", {PRESET: careful.uid})
    assert older.values["system_prompt"].source == "chat"


async def test_a_preset_keeps_what_a_chat_chose_and_not_the_settings(store: ConversationStore) -> None:
    careful = await keep(store, "Careful", temperature=0.1)
    prompt, parameters = with_preset("", {}, careful, "")
    found = await effective(store, prompt, {**parameters, "stop": ["END"]})
    assert chat_settings.preset_values(found) == (None, {"temperature": 0.1, "stop": ["END"]})
    found = await effective(store, *with_own_prompt({}, "Mine."))
    assert chat_settings.preset_values(found) == ("Mine.", {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("temperature", 6), ("top_p", 0), ("max_tokens", 0), ("max_tokens", True), ("seed", "x"), ("seed", None)),
        *(("stop", value) for value in ("END", [], [""], [1], ["x"] * 17, ["x" * 201])),
    ],
)
def test_what_cannot_be_sent_is_told(name: str, value: Any) -> None:
    assert chat_settings.problem_of(name, value)
    assert chat_settings.known_values({name: value}) == {}


@given(st.lists(st.text(alphabet="\\nt\n\tab ", min_size=1), max_size=5))
def test_stop_sequences_are_edited_one_a_line(stops: list[str]) -> None:
    assert read_stops(shown_stops(stops)) == stops


# -- in a request


async def ask(services: Services, chat: int, text: str = "hello") -> dict[str, Any]:
    answer = await services.chats.send(chat, text, provider=MODEL[0], model=MODEL[1])
    await answer.wait()
    stored = await services.store.message(answer.message_id)
    assert stored is not None and stored.status == "complete" and stored.parameters is not None
    return stored.parameters


def last_body(simulator: MockServer) -> dict[str, Any]:
    body: dict[str, Any] = [r.body for r in simulator.stats.recorded if r.path.endswith("/chat/completions")][-1]
    return body


async def test_a_chat_is_asked_with_its_preset_and_the_ledger_says_so(
    services: Services, simulator: MockServer
) -> None:
    careful = await keep(services.store, "Careful", "Be careful.", temperature=0.1, stop=["END"])
    prompt, parameters = with_preset("", {"seed": 7}, careful, "")
    chat = await services.store.create_conversation(system_prompt=prompt, parameters=parameters)
    assert await ask(services, chat) == {
        "temperature": {"value": 0.1, "origin": "preset Careful"},
        "stop": {"value": ["END"], "origin": "preset Careful"},
        "seed": {"value": 7, "origin": "chat"},
    }
    body = last_body(simulator)
    assert (body["temperature"], body["stop"], body["seed"]) == (0.1, ["END"], 7)
    assert body["messages"][0] == {"role": "system", "content": "Be careful."}
    assert "top_p" not in body and "max_tokens" not in body
    use = await stored_use(services.store, chat, *MODEL)
    assert use.system == estimate_tokens("Be careful."), "the bar counts what is sent"
    await services.store.write(presets.rename_preset, careful.uid, "Sober")
    assert (await ask(services, chat))["temperature"]["origin"] == "preset Sober"


async def test_a_model_is_asked_with_its_preset_also_where_nobody_named_it(
    services: Services, simulator: MockServer
) -> None:
    chat = await services.store.create_conversation()
    plain = await services.chats.send(chat, "who answers?")
    await plain.wait()
    careful = await keep(services.store, "Careful", temperature=0.1)
    await services.store.write(presets.set_preset_of_model, "lm_studio", last_body(simulator)["model"], careful.uid)
    answer = await services.chats.send(chat, "again")
    await answer.wait()
    assert last_body(simulator)["temperature"] == 0.1


async def test_a_fork_keeps_the_settings_of_its_chat(services: Services, simulator: MockServer) -> None:
    prompt, parameters = with_own_prompt({"temperature": 0.3}, "Mine.")
    chat = await services.store.create_conversation(system_prompt=prompt, parameters=parameters)
    await ask(services, chat)
    fork = await services.store.fork((await services.store.messages(chat))[-1].id)
    assert fork is not None
    found = await services.store.read(queries.conversation, fork)
    assert found is not None and (found.system_prompt, found.parameters) == ("Mine.", parameters)
    assert found.parameters[PROMPT_FROM] == "chat"


async def test_settings_of_a_chat_go_out_with_it_and_come_in_again(tmp_path: Path, services: Services) -> None:
    from tests.services.conversations.test_chat_files import exported, import_chats, read_chats

    careful = await keep(services.store, "Careful", temperature=0.1)
    prompt, parameters = with_preset(*with_own_prompt({"stop": ["END"]}, "Mine."), careful, "")
    chat = await services.store.create_conversation(system_prompt=prompt, parameters=parameters)
    await services.store.add_user_message(chat, None, "hi")
    other = ConversationStore(tmp_path / "other.db")
    await other.open()
    await import_chats(other, read_chats((await exported(services.store)).encode()))
    (found,) = await other.conversations()
    assert (found.system_prompt, found.parameters) == ("Mine.", parameters)
    missing = await other.read(chat_settings.settings_of_chat, NOTHING, found.id, *MODEL)
    assert (missing.preset_from, missing.missing) == ("gone", "Careful"), "a preset is not part of the file"
    await other.aclose()


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", "0.7"), ("max_tokens", "12"), ("seed", 1 << 64), ("max_tokens", 10**400), ("temperature", [])],
)
def test_what_no_form_can_show_is_no_value(name: str, value: Any) -> None:
    assert chat_settings.problem_of(name, value)
    assert chat_settings.known_values({name: value}) == {}


def test_a_seed_of_64_bits_is_one() -> None:
    assert chat_settings.known_values({"seed": (1 << 64) - 1}) == {"seed": (1 << 64) - 1}
