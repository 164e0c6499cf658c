"""What commands do with what a model wrote."""

from __future__ import annotations

import time

import pytest

from app.desktop.last_answer import CODE_FENCE


@pytest.mark.parametrize("mark", ["`", "~"])
def test_a_long_run_of_marks_does_not_hold_up_the_window(mark: str) -> None:
    began = time.process_time()
    assert CODE_FENCE.findall(mark * 100_000) == []
    assert CODE_FENCE.findall(f"{mark * 100_000}\ncode\n{mark * 100_000}\n")[0][1] == "code\n"
    assert time.process_time() - began < 1.0
