"""A model as a row: what is known of it beside its server's list, in words."""

from __future__ import annotations

from typing import Any

import pytest

from app.desktop.controllers.model_rows import LiveFacts, keep_words, table_row, used_words
from app.desktop.glyphs import StateGlyph
from app.desktop.models.chat_settings_facts import preset_summary
from app.desktop.models.load_facts import time_words
from app.desktop.models.model_list_model import size_text
from app.desktop.models.model_table_model import Action, Column, ModelTableModel, TableRow
from app.services.conversations.records import Preset
from app.services.llm.catalogue import ProviderState
from app.services.llm.models import ModelConfig, ModelState

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (20, "under 1 min left"),
        (-5, "under 1 min left"),
        (240, "4 min left"),
        (7_100, "118 min left"),
        (14_400, "4 h left"),
    ],
)
def test_the_time_left_is_said_roughly(seconds: float, said: str) -> None:
    assert keep_words(LiveFacts(leaves_at=NOW + seconds), NOW) == said


def test_a_model_that_stays_says_so_and_one_of_which_nobody_tells_says_nothing() -> None:
    assert keep_words(LiveFacts(stays=True), NOW) == "stays loaded"
    assert keep_words(LiveFacts(), NOW) == ""


def test_last_use_is_said_in_minutes_and_hours_and_then_as_a_date() -> None:
    assert [used_words(NOW - ago, NOW) for ago in (3, 200, 7_300)] == ["just now", "3 min ago", "2 h ago"]
    assert any(letter.isdigit() for letter in used_words(NOW - 90_000, NOW))
    assert "ago" not in used_words(NOW - 90_000, NOW)


def test_times_are_offered_as_people_say_them() -> None:
    assert [time_words(seconds) for seconds in (300, 3_600, 86_400, 90)] == ["5 min", "1 h", "24 h", "90 s"]


def row(loaded: bool, live: LiveFacts, status: str = "up") -> TableRow:
    model = ModelConfig(
        name="m", provider="ollama", state=ModelState.LOADED if loaded else ModelState.NOT_LOADED, size_bytes=10**9
    )
    state = ProviderState("ollama", "Ollama", True, "http://localhost:11434", status=status)  # type: ignore[arg-type]  # a word of its three
    return table_row("ollama", state, model, live)


def test_a_row_offers_what_can_be_done_with_it_now() -> None:
    can = LiveFacts(can_load=True)
    assert row(False, can).action is Action.LOAD and row(True, can).action is Action.UNLOAD
    assert row(True, LiveFacts()).action is None, "its server cannot be told"
    assert row(True, can, "down").action is None
    loading = row(False, LiveFacts(can_load=True, loading=0.42))
    assert (loading.action, loading.state, loading.glyph) == (Action.CANCEL, "Loading 42 %", StateGlyph.BUSY)
    leaving = row(True, LiveFacts(can_load=True, unloading=True, stays=True))
    assert (leaving.action, leaving.state, leaving.keep) == (None, "Unloading", "")


def test_memory_is_marked_where_it_was_estimated() -> None:
    assert row(True, LiveFacts(memory_bytes=2 * 10**9)).memory == "2.0 GB"
    assert row(True, LiveFacts(memory_bytes=2 * 10**9, memory_estimated=True)).memory == "≈ 2.0 GB"
    assert row(True, LiveFacts()).memory == ""


def test_rows_are_sorted_by_what_stands_behind_the_words(qtbot: Any) -> None:
    def one(name: str, memory: int, used: float, glyph: StateGlyph) -> TableRow:
        words = f"{memory} MB" if memory else ""
        return TableRow(
            "s", name, name, "S", glyph.value, glyph, memory=words, memory_bytes=memory, used_at=used,
            used="then" if used else "",
        )  # fmt: skip

    model = ModelTableModel()
    rows = [
        one("b", 900, 0.0, StateGlyph.IDLE),
        one("a", 1_000, 5.0, StateGlyph.LOADED),
        one("c", 0, 9.0, StateGlyph.GONE),
    ]
    model.set_rows(rows)

    def order() -> str:
        return "".join(model.index(i, 0).data() for i in range(model.rowCount()))

    model.turn(Column.MEMORY)
    assert (order(), model.order) == ("abc", (Column.MEMORY, True)), "9 MB is less than 1000 MB, unknown is last"
    model.turn(Column.MEMORY)
    assert (order(), model.order) == ("bac", (Column.MEMORY, False))
    model.turn(Column.MEMORY)
    assert (order(), model.order) == ("bac", None)
    model.turn(Column.USED)
    assert order() == "cab"
    model.turn(Column.MODEL)
    assert (order(), model.order) == ("abc", (Column.MODEL, False))
    model.turn(Column.STATE)
    assert order() == "abc", "loaded, not loaded, gone"
    model.set_filter("c")
    assert order() == "c"


def test_a_preset_that_says_how_a_model_is_loaded_says_so_in_its_line() -> None:
    load = {"context_length": 32_768, "gpu": "max", "ttl_s": "never", "batch": 256}
    preset = Preset("u", "Long", "Be brief.", {"seed": 7}, load)
    loads = "load: window 32768, GPU max, kept until it is unloaded, batch 256"
    assert preset_summary(preset) == f"seed 7 · system prompt · {loads}"
    assert preset_summary(Preset("u", "Only", None, {}, {"ttl_s": 300})) == "load: kept 5 min"
    assert preset_summary(Preset("u", "Plain", None, {"seed": 7})) == "seed 7"


def test_a_time_that_is_long_over_is_not_said_to_last_a_minute_yet() -> None:
    assert keep_words(LiveFacts(leaves_at=NOW - 30), NOW) == "under 1 min left", "a look is some seconds old"
    assert keep_words(LiveFacts(leaves_at=NOW - 3_600), NOW) == "", "it computes, or that computer's clock differs"


@pytest.mark.parametrize(
    ("size", "said"),
    [(None, ""), (0, ""), (1, "1 kB"), (476_000, "476 kB"), (1_000_000, "1 MB"), (4_700_000_000, "4.7 GB")],
)
def test_a_size_that_is_known_is_never_shown_as_none(size: int | None, said: str) -> None:
    assert size_text(size) == said
