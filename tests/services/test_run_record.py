"""Starts that ended early in a row, and what makes the count begin anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.services.run_record import FILE, MOST_EARLY_ENDS, RunRecord


def begun(folder: Path) -> RunRecord:
    record = RunRecord(folder)
    record.begin()
    return record


def test_three_starts_that_end_early_make_the_next_one_careful(tmp_path: Path) -> None:
    assert [begun(tmp_path).wants_safe_mode for _start in range(MOST_EARLY_ENDS + 1)] == [False, False, False, True]


def test_a_run_that_lived_or_ended_as_it_should_begins_the_count_anew(tmp_path: Path) -> None:
    begun(tmp_path)
    begun(tmp_path)
    begun(tmp_path).settle()
    assert begun(tmp_path).early_ends == 0
    begun(tmp_path)
    begun(tmp_path).end()
    assert begun(tmp_path).early_ends == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"running": true, "early_ends": "many"}', b"\xff" * 9_000])
def test_a_broken_record_is_no_reason_to_be_careful(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert not begun(tmp_path).wants_safe_mode
    assert json.loads((tmp_path / FILE).read_bytes())["running"] is True


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    record = begun(tmp_path / "file")
    record.settle()
    record.end()
    assert not record.wants_safe_mode
