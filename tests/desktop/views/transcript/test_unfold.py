"""Thinking opens and closes in a short movement, which is only painted: nothing is laid out again for it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.views.transcript.blocks.frame import ThinkingBlock
from app.desktop.views.transcript.flow import Placed
from app.desktop.views.transcript.unfold import UNFOLD_MS
from app.desktop.views.transcript.view import TranscriptView
from tests.desktop.views.transcript.conftest import Show, answer, prompt

THOUGHT = "\n\n".join(f"Thought {n}." for n in range(6))
ANSWER = "\n\n".join(f"Paragraph {n}." for n in range(60))


def thoughtful(show: Show, text: str = ANSWER) -> TranscriptView:
    """A question and an answer with thinking, read from its beginning."""
    view = show([prompt("Why?"), answer(text, reasoning=THOUGHT, reasoning_seconds=6.0)])
    view.theme.motion.choose("full")
    view.scroll_to_message(0)
    QApplication.processEvents()  # the scroll bar comes late
    return view


def line_of(view: TranscriptView) -> Placed:
    return next(placed for placed in view.flow.visible if isinstance(placed.block, ThinkingBlock) and placed.index == 1)


def toggle(view: TranscriptView) -> None:
    line = line_of(view)
    view.actions_.run(line.index, line.number, line.block.controls[0])


def hold(view: TranscriptView, at_ms: int) -> None:
    """Stop the clock of the movement at a moment."""
    view.unfold.animation.pause()
    view.unfold.animation.setCurrentTime(at_ms)


def shown(view: TranscriptView, area: QRect | None = None) -> QImage:
    return view.viewport().grab(area or view.viewport().rect()).toImage()


def below_the_line(view: TranscriptView) -> QRect:
    top = line_of(view).top + line_of(view).block.height
    return QRect(0, top, view.viewport().width(), view.viewport().height() - top)


def test_opening_begins_with_what_was_there_and_ends_with_what_is_laid_out(show: Show, qtbot: QtBot) -> None:
    view = thoughtful(show)
    area = below_the_line(view)
    before = shown(view, area)
    toggle(view)
    assert view.unfold.is_running
    hold(view, 0)
    assert shown(view, area) == before
    hold(view, UNFOLD_MS // 3)
    between = shown(view, area)
    view.unfold.animation.resume()
    qtbot.waitUntil(lambda: not view.unfold.is_running, timeout=2_000)
    after = shown(view, area)
    assert between != before and between != after and after != before


def test_closing_begins_with_the_open_thinking_and_ends_without_it(show: Show, qtbot: QtBot) -> None:
    view = thoughtful(show)
    closed = shown(view)
    toggle(view)
    qtbot.waitUntil(lambda: not view.unfold.is_running, timeout=2_000)
    opened = shown(view, below_the_line(view))
    toggle(view)
    hold(view, 0)
    assert shown(view, below_the_line(view)) == opened
    view.unfold.animation.resume()
    qtbot.waitUntil(lambda: not view.unfold.is_running, timeout=2_000)
    assert shown(view) == closed


def test_the_movement_lays_nothing_out_and_the_line_stays_where_it_is(
    show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = thoughtful(show)
    top = line_of(view).top
    toggle(view)
    arranged: list[Any] = []
    real = view.flow.arrange
    monkeypatch.setattr(view.flow, "arrange", lambda: (arranged.append(1), real()))
    assert line_of(view).top == top
    qtbot.waitUntil(lambda: not view.unfold.is_running, timeout=2_000)
    assert not arranged and line_of(view).top == top


def test_closing_at_the_end_keeps_the_last_line_in_its_place_all_the_time(show: Show, qtbot: QtBot) -> None:
    view = show([prompt("Why?\n\n" * 40), answer("Because.\n\nAnd so on.", reasoning=THOUGHT, reasoning_seconds=6.0)])
    view.theme.motion.choose("full")
    toggle(view)
    qtbot.waitUntil(lambda: not view.unfold.is_running, timeout=2_000)
    view.jump_to_latest()
    foot = QRect(0, view.viewport().height() - 60, view.viewport().width(), 60)
    last = shown(view, foot)
    toggle(view)
    assert view.unfold.is_running and view.at_end
    for at_ms in (0, UNFOLD_MS // 3, UNFOLD_MS - 1):
        hold(view, at_ms)
        assert shown(view, foot) == last
    view.unfold.animation.resume()
    qtbot.waitUntil(lambda: not view.unfold.is_running, timeout=2_000)
    assert shown(view, foot) == last


def test_reduced_motion_opens_at_once(show: Show) -> None:
    view = thoughtful(show)
    view.theme.motion.choose("reduced")
    toggle(view)
    assert not view.unfold.is_running


def test_a_scroll_bar_that_comes_with_the_thinking_does_not_end_it(show: Show, qtbot: QtBot) -> None:
    view = thoughtful(show, "\n\n".join(f"Paragraph {n}." for n in range(16)))
    width = view.viewport().width()
    toggle(view)
    qtbot.waitUntil(lambda: view.viewport().width() < width)
    assert view.unfold.is_running


@pytest.mark.parametrize("what", ["scroll", "resize", "zoom", "stream"])
def test_whatever_else_moves_the_view_ends_it(show: Show, what: str) -> None:
    view = thoughtful(show, "Short." if what == "stream" else ANSWER)
    toggle(view)
    assert view.unfold.is_running
    if what == "scroll":
        view.scroll_by(40)
    elif what == "resize":
        view.resize(700, 500)
    elif what == "zoom":
        view.set_zoom(1.2)
    else:
        view.model.begin_stream(view.model.append(answer("")))
        view.model.append_text(2, "An answer")
    assert not view.unfold.is_running


def test_text_that_streams_does_not_move(show: Show) -> None:
    view = thoughtful(show, "")
    view.model.begin_stream(1)
    view.model.append_text(1, "An answer")
    toggle(view)
    assert not view.unfold.is_running
