"""A transcript in a window of 900 × 800 with the design's own text size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.models.transcript_model import (
    TranscriptMessage,
    TranscriptModel,
    estimate_lines,
    packed_size,
)
from app.desktop.theme import Theme
from app.desktop.views.transcript import TranscriptView

Show = Callable[..., TranscriptView]


def prompt(text: str, message_id: int = 1, **values: object) -> TranscriptMessage:
    return TranscriptMessage(message_id, "user", "You", "", "14:31", text, **values)  # type: ignore[arg-type]  # fields


def answer(text: str, message_id: int = 2, **values: object) -> TranscriptMessage:
    return TranscriptMessage(message_id, "assistant", "Qwen3 Coder 30B", "LM Studio", "14:32", text, **values)  # type: ignore[arg-type]  # fields


@pytest.fixture
def show(theme: Theme, qtbot: QtBot, qapp: QApplication) -> Iterator[Show]:
    """show(messages, missing=…) -> a visible view; positions in `missing` are not in memory yet."""
    views: list[TranscriptView] = []

    def make(
        messages: list[TranscriptMessage], *, missing: set[int] | None = None, size: tuple[int, int] = (900, 800)
    ) -> TranscriptView:
        model = TranscriptModel()
        view = TranscriptView(theme, model)
        model.setParent(view)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        sizes = [packed_size(m.role, estimate_lines(m.text)) for m in messages]
        model.reset(sizes, {i: m for i, m in enumerate(messages) if i not in (missing or set())})
        view.viewport().repaint()
        views.append(view)
        return view

    yield make
    for view in views:
        view.highlighter.clear()
