"""Presets: kept, renamed, taken away and put back; which model begins with one; and a store that was in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.services.conversations import model_loads, presets
from app.services.conversations.records import Preset
from app.services.conversations.store import ConversationStore
from app.services.llm.errors import LLMError
from tests.services.conversations.test_store_recovery import fill_the_disk

pytestmark = pytest.mark.anyio

DATA = Path(__file__).resolve().parents[2] / "data"

#: The schema that has templates.
FIRST_WITH_LOADS = 12


async def keep(store: ConversationStore, name: str, temperature: float = 0.2) -> Preset:
    kept, _before = await store.write(presets.save_preset, name, None, {"temperature": temperature})
    return kept


async def names(store: ConversationStore) -> list[str]:
    return [one.name for one in await store.read(presets.presets)]


async def test_what_is_kept_comes_back_and_a_name_keeps_one_thing(store: ConversationStore) -> None:
    kept, before = await store.write(
        presets.save_preset, "  Careful \n coder", "Be brief.\ud800", {"temperature": 0.2, "stop": ["END"]}
    )
    assert before is None and kept.name == "Careful coder"
    found = await store.read(presets.preset_called, "careful CODER")
    assert found == Preset(kept.uid, "Careful coder", "Be brief.?", {"temperature": 0.2, "stop": ["END"]})
    again, before = await store.write(presets.save_preset, "Careful Coder", None, {"seed": 1})
    assert before == found and again.uid == kept.uid
    assert await store.read(presets.presets) == [Preset(kept.uid, "Careful Coder", None, {"seed": 1})]


@pytest.mark.parametrize("name", ["", " \n", "x" * 61, "a\x07b"])
async def test_what_is_no_name_is_refused(store: ConversationStore, name: str) -> None:
    with pytest.raises(LLMError, match="name of a preset"):
        await keep(store, name)
    assert await names(store) == []


async def test_nothing_is_not_kept_but_an_empty_system_prompt_is_something(store: ConversationStore) -> None:
    with pytest.raises(LLMError, match="nothing to keep"):
        await store.write(presets.save_preset, "Empty", None, {})
    kept, _before = await store.write(presets.save_preset, "Bare", "", {})
    assert (await store.read(presets.preset, kept.uid)) == kept


async def test_a_new_name_changes_nothing_else_and_may_not_be_anothers(store: ConversationStore) -> None:
    careful, wild = await keep(store, "Careful"), await keep(store, "Wild", 1.5)
    renamed = await store.write(presets.rename_preset, careful.uid, "Sober")
    assert renamed == Preset(careful.uid, "Sober", None, {"temperature": 0.2})
    with pytest.raises(LLMError, match="“Wild” already"):
        await store.write(presets.rename_preset, careful.uid, "wild")
    assert (await store.write(presets.rename_preset, wild.uid, "WILD")) is not None, "its own name may be written anew"
    assert await store.write(presets.rename_preset, "gone", "Other") is None
    assert await names(store) == ["Sober", "WILD"]


async def test_a_deleted_one_is_put_back_with_its_models(store: ConversationStore) -> None:
    careful, wild = await keep(store, "Careful"), await keep(store, "Wild")
    for model in ("qwen", "llama"):
        await store.write(presets.set_preset_of_model, "lm_studio", model, careful.uid)
    deleted = await store.write(presets.delete_preset, careful.uid)
    assert deleted is not None and await store.read(presets.preset_of_model, "lm_studio", "qwen") is None
    await store.write(presets.set_preset_of_model, "lm_studio", "qwen", wild.uid)
    await store.write(presets.put_back, deleted)
    assert await store.read(presets.preset_of_model, "lm_studio", "llama") == careful
    assert await store.read(presets.preset_of_model, "lm_studio", "qwen") == wild, "chosen meanwhile"
    assert await store.write(presets.delete_preset, "gone") is None


async def test_a_name_that_is_taken_by_now_is_told(store: ConversationStore) -> None:
    deleted = await store.write(presets.delete_preset, (await keep(store, "Careful")).uid)
    assert deleted is not None
    await keep(store, "careful")
    with pytest.raises(LLMError, match="by now"):
        await store.write(presets.put_back, deleted)


async def test_a_model_gives_its_preset_up_and_takes_none_that_is_gone(store: ConversationStore) -> None:
    careful = await keep(store, "Careful")
    await store.write(presets.set_preset_of_model, "ollama", "qwen", careful.uid)
    await store.write(presets.set_preset_of_model, "ollama", "qwen", "gone")
    assert await store.read(presets.models_of_presets) == {careful.uid: [("ollama", "qwen")]}
    await store.write(presets.set_preset_of_model, "ollama", "qwen", None)
    assert await store.read(presets.models_of_presets) == {}


async def test_what_changed_while_the_disk_was_full_is_written_when_there_is_room(store: ConversationStore) -> None:
    old, gone = await keep(store, "Old"), await keep(store, "Gone")
    await store.write(presets.set_preset_of_model, "lm_studio", "a", old.uid)
    await fill_the_disk(store)
    fresh = await keep(store, "Fresh", 0.9)
    await store.write(presets.rename_preset, old.uid, "Older")
    await store.write(presets.delete_preset, gone.uid)
    await store.write(presets.set_preset_of_model, "lm_studio", "a", None)
    await store.write(presets.set_preset_of_model, "lm_studio", "b", fresh.uid)
    assert await store.try_again()
    assert store.state.saved
    assert await store.read(presets.presets) == [fresh, Preset(old.uid, "Older", None, {"temperature": 0.2})]
    assert await store.read(presets.models_of_presets) == {fresh.uid: [("lm_studio", "b")]}


async def test_a_name_that_another_process_gave_meanwhile_stays_theirs(store: ConversationStore) -> None:
    assert store.path is not None
    await keep(store, "Old")
    await fill_the_disk(store)
    ours = await keep(store, "Careful", 0.1)
    other = ConversationStore(store.path)
    await other.open()
    theirs = await keep(other, "careful", 0.9)
    await other.aclose()
    assert await store.try_again()
    assert await names(store) == ["careful", "Careful 2", "Old"]
    assert await store.read(presets.preset, theirs.uid) == theirs
    assert await store.read(presets.preset, ours.uid) == Preset(ours.uid, "Careful 2", None, {"temperature": 0.1})


async def test_a_preset_whose_values_are_damaged_is_there_without_them(store: ConversationStore) -> None:
    kept = await keep(store, "Careful")
    await store.write(lambda db: db.execute("UPDATE preset SET parameters = '{\"temp'") and None)
    assert await store.read(presets.preset, kept.uid) == Preset(kept.uid, "Careful")


async def test_a_store_of_the_schema_before_takes_presets(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(DATA / "store-v8.db", path)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved and await names(store) == []
    await keep(store, "Careful")
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    assert await names(again) == ["Careful"]
    await again.aclose()


async def test_options_of_a_load_are_kept_and_stay_when_the_values_change(
    store: ConversationStore,
) -> None:
    load = {"context_length": 32_768, "ttl_s": "never"}
    kept, _before = await store.write(presets.save_preset, "Long", "Be brief.", {"temperature": 0.2}, load)
    assert kept.load == load and await store.read(presets.preset, kept.uid) == kept
    again, before = await store.write(presets.save_preset, "Long", None, {"seed": 1})
    assert before == kept and (again.parameters, again.load) == ({"seed": 1}, load)
    bare, _before = await store.write(presets.save_preset, "Long", None, {"seed": 1}, {})
    assert bare.load == {}
    only, _before = await store.write(presets.save_preset, "Only a load", None, {}, {"gpu": "max"})
    assert await store.read(presets.preset_called, "only a load") == only


async def test_a_template_has_the_values_of_its_name_or_of_its_model(store: ConversationStore) -> None:
    careful = await keep(store, "Careful")
    await store.write(presets.set_preset_of_model, "ollama", "qwen", careful.uid)
    made, before = await store.write(presets.save_template, "Large", {"context_length": 65_536}, "ollama", "qwen")
    assert before is None and (made.parameters, made.load) == ({"temperature": 0.2}, {"context_length": 65_536})
    same, before = await store.write(presets.save_template, "careful", {"gpu": 0.5}, "ollama", "llama")
    assert before == careful and (same.uid, same.parameters, same.load) == (
        careful.uid,
        {"temperature": 0.2},
        {"gpu": 0.5},
    )
    plain, _before = await store.write(presets.save_template, "Plain", {"batch": 256}, "ollama", "llama")
    assert (plain.system_prompt, plain.parameters) == (None, {})
    with pytest.raises(LLMError, match="nothing to keep"):
        await store.write(presets.save_template, "Empty", {}, "ollama", "llama")


async def test_a_preset_whose_options_of_a_load_are_damaged_is_there_without_them(store: ConversationStore) -> None:
    kept, _before = await store.write(presets.save_preset, "Long", None, {"seed": 1}, {"gpu": "max"})
    await store.write(lambda db: db.execute("UPDATE preset SET load_options = '[1'") and None)
    assert await store.read(presets.preset, kept.uid) == Preset(kept.uid, "Long", None, {"seed": 1})


@pytest.mark.parametrize(
    "released",
    [path for path in sorted(DATA.glob("store-v*.db")) if int(path.stem.removeprefix("store-v")) < FIRST_WITH_LOADS],
    ids=lambda path: path.stem,
)
async def test_a_store_of_any_earlier_schema_takes_templates(released: Path, tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    shutil.copy(released, path)
    store = ConversationStore(path)
    await store.open()
    assert store.state.saved
    assert all(one.load == {} for one in await store.read(presets.presets))
    await store.write(presets.save_preset, "Long", None, {}, {"context_length": 8_192})
    await store.write(model_loads.keep_load, "ollama", "qwen", {"context_length": 8_192})
    await store.aclose()
    again = ConversationStore(path)
    await again.open()
    found = await again.read(presets.preset_called, "Long")
    assert found is not None and found.load == {"context_length": 8_192}
    assert await again.read(model_loads.load_of_model, "ollama", "qwen") == {"context_length": 8_192}
    await again.aclose()
