"""What models were loaded with last: kept, replaced, damaged, and in a store that was in memory."""

from __future__ import annotations

import pytest

from app.services.conversations.model_loads import keep_load, load_of_model
from app.services.conversations.store import ConversationStore
from app.services.runtimes.load_values import known_load_values, load_options, load_values
from app.services.runtimes.records import NEVER, LoadOptions
from tests.services.conversations.test_store_recovery import fill_the_disk

pytestmark = pytest.mark.anyio


async def test_each_model_has_what_it_was_loaded_with_last(store: ConversationStore) -> None:
    assert await store.read(load_of_model, "ollama", "qwen") == {}
    await store.write(keep_load, "ollama", "qwen", {"gpu": "max"})
    await store.write(keep_load, "lm_studio", "qwen", {"batch": 9})
    await store.write(keep_load, "ollama", "qwen", {"context_length": 4_096})
    assert await store.read(load_of_model, "ollama", "qwen") == {"context_length": 4_096}
    assert await store.read(load_of_model, "lm_studio", "qwen") == {"batch": 9}
    await store.write(lambda db: db.execute("UPDATE model_load SET options = '{'") and None)
    assert await store.read(load_of_model, "ollama", "qwen") == {}


async def test_what_was_loaded_while_the_disk_was_full_is_written_when_there_is_room(store: ConversationStore) -> None:
    await store.write(keep_load, "ollama", "old", {"gpu": "off"})
    await store.write(keep_load, "ollama", "both", {"gpu": "off"})
    await fill_the_disk(store)
    assert await store.read(load_of_model, "ollama", "old") == {"gpu": "off"}
    await store.write(keep_load, "ollama", "both", {"gpu": "max"})
    await store.write(keep_load, "ollama", "new", {"batch": 5})
    other = ConversationStore(store.path)
    await other.open()
    await other.write(keep_load, "ollama", "old", {"gpu": 0.5})
    await other.aclose()
    assert await store.try_again()
    assert store.state.saved
    assert await store.read(load_of_model, "ollama", "both") == {"gpu": "max"}
    assert await store.read(load_of_model, "ollama", "new") == {"batch": 5}
    assert await store.read(load_of_model, "ollama", "old") == {"gpu": 0.5}, "another process loaded it meanwhile"


def test_options_become_values_and_values_options() -> None:
    options = LoadOptions(8_000, 0.5, NEVER, 256)
    values = {"context_length": 8_000, "gpu": 0.5, "ttl_s": "never", "batch": 256}
    assert load_values(options) == values
    assert load_options(values) == options
    assert load_values(LoadOptions()) == {} and load_options({}) == LoadOptions()


def test_values_that_are_none_are_left_out_and_the_others_stay() -> None:
    raw = {"context_length": "8000", "gpu": 7, "ttl_s": -1, "batch": True, "temperature": 1}
    assert known_load_values(raw) == {}
    assert known_load_values({**raw, "gpu": "off", "ttl_s": 60}) == {"gpu": "off", "ttl_s": 60}
    assert known_load_values({"gpu": ["max"], "batch": 0, "ttl_s": "always", "context_length": None}) == {}
