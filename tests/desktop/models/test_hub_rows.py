"""The tables of “Get models”, and the words of downloads and verdicts."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from app.desktop.models.download_facts import bytes_of, left_words, progress_words
from app.desktop.models.fit_words import fit_words
from app.desktop.models.hub_rows import FileRow, FileTableModel, ResultRow, ResultTableModel
from app.services.engine.footprint import Fit, Footprint, Verdict


def test_models_keep_the_rules_of_qt_item_models(qtmodeltester: Any) -> None:
    model = ResultTableModel()
    model.set_rows([ResultRow("maker/one", "7 B", "33k", "mit", "12", "coder"), ResultRow("maker/two")])
    qtmodeltester.check(model)


def test_a_row_is_spoken_with_the_heads_of_what_it_has() -> None:
    model = FileTableModel()
    model.set_rows([FileRow("a.gguf", "Q4_K_M", "1.1 GB", "fits", "Fits", "", "", "a.gguf")])
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Q4_K_M, Size 1.1 GB, On this computer Fits, File a.gguf"
    assert model.row_at(1) is None


def test_progress_says_share_bytes_speed_and_time_left() -> None:
    assert (
        progress_words(3_100_000_000, 7_400_000_000, 48_000_000, 90) == "41 %, 3.1 of 7.4 GB, 48 MB/s, about 2 min left"
    )
    assert progress_words(5_000_000, None, None, None) == "5 MB"
    assert progress_words(0, None, None, None) == ""


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (900_000_000, 7_400_000_000, "900 MB of 7.4 GB"),
        (0, 7_400_000_000, "0 of 7.4 GB"),
        (2_000_000, 8_000_000, "2 of 8 MB"),
    ],
)
def test_the_unit_stands_once_where_it_is_the_same(done: int, total: int, words: str) -> None:
    assert bytes_of(done, total) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "about 1 s left"), (59.4, "about 59 s left"), (600, "about 10 min left"), (5_400, "about 1.5 h left")],
)
def test_time_left_is_no_more_exact_than_it_is_known(seconds: float, words: str) -> None:
    assert left_words(seconds) == words


def test_a_verdict_says_what_it_rests_on_and_what_is_unknown() -> None:
    made = Footprint(1_000_000_000, 500_000_000, 400_000_000)
    assert fit_words(Fit(Verdict.FITS, 4_096, made, 12_400_000_000)) == "Fits, ≈ 1.9 of 12.4 GB free"
    assert fit_words(Fit(Verdict.UNKNOWN, 4_096)) == "Whether it fits is unknown"
    assert fit_words(Fit(Verdict.TOO_LARGE, 4_096, free_bytes=1)) == "Too large"
    assert fit_words(None) == ""
