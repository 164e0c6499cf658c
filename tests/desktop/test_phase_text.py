"""The line in place of an answer that has not begun: what goes on, how far it is, for how long."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from app.desktop.controllers.answer_feed import Running, phase_text


@pytest.mark.parametrize(
    ("phase", "progress", "seconds", "text"),
    [
        ("loading", None, 3, "Loading Qwen"),
        ("loading", 0.42, 3, "Loading Qwen, 42 %"),
        ("reading", None, 3, "Reading the prompt, 3 s"),
        ("reading", 0.5, 3, "Reading the prompt, 50 %"),
        ("waiting", None, 3, "Waiting for the first token, 3 s"),
        ("waiting", None, 30, "Still waiting, 30 s. LM Studio is working."),
        ("queued", None, 3, "Queued at LM Studio"),
    ],
)
def test_a_phase_is_one_sentence_with_its_figure_in_it(
    qapp: QApplication, phase: str, progress: float | None, seconds: int, text: str
) -> None:
    answer = SimpleNamespace(model_name="Qwen", model="qwen")
    running = Running(answer, seconds=seconds, phase=phase, progress=progress)  # type: ignore[arg-type]  # what it reads
    assert phase_text(running, "LM Studio") == text
