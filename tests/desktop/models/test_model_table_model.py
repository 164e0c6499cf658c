"""The table of local models."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from app.desktop.glyphs import StateGlyph
from app.desktop.models.model_table_model import Column, ModelTableModel, Role, TableRow


def row(name: str, **facts: Any) -> TableRow:
    return TableRow("lm_studio", f"lab/{name.lower()}", name, "LM Studio", "Not loaded", StateGlyph.IDLE, **facts)


def test_model_keeps_the_rules_of_qt_item_models(qtmodeltester: Any) -> None:
    model = ModelTableModel()
    model.set_rows([row("Coder", quantization="Q4_K_M", size="4.7 GB", size_bytes=4_700_000_000), row("Writer")])
    qtmodeltester.check(model)


def test_columns_exist_only_where_a_model_has_the_fact() -> None:
    model = ModelTableModel()
    model.set_rows([row("Coder", quantization="Q4_K_M"), row("Writer")])
    assert model.known_columns() == {Column.MODEL, Column.RUNTIME, Column.STATE, Column.QUANT}


def test_filter_keeps_rows_that_hold_every_word(qtbot: Any) -> None:
    model = ModelTableModel()
    model.set_rows([row("Coder 7B", quantization="Q4_K_M"), row("Coder 30B"), row("Writer 7B")])
    model.set_filter("coder 7b")
    assert [model.index(i, 0).data() for i in range(model.rowCount())] == ["Coder 7B"]
    model.set_filter("")
    assert model.rowCount() == 3


def test_change_of_a_row_repaints_it_and_resets_nothing(qtbot: Any) -> None:
    model = ModelTableModel()
    model.set_rows([row("Coder"), row("Writer")])
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    with qtbot.waitSignal(model.dataChanged):
        model.set_rows([row("Coder", size="4.7 GB"), row("Writer")])
    assert not resets
    assert model.index(0, Column.SIZE).data() == "4.7 GB"


def test_row_is_spoken_with_its_facts() -> None:
    model = ModelTableModel()
    model.set_rows([row("Coder", quantization="Q4_K_M", context="16k of 32k", simulated=True)])
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Coder, LM Studio, Not loaded, Q4_K_M, window 16k of 32k, simulated"
    assert model.index(0, 0).data(Role.ROW).model == "lab/coder"
